"""The words of obligations: states with their colours and shapes."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

STATES = {
    "open": pgettext_lazy("obligation", "Owed"),
    "satisfied": pgettext_lazy("obligation", "Done in time"),
    "ended": pgettext_lazy("obligation", "No longer owed"),
    "waived": pgettext_lazy("obligation", "Waived"),
    "breached": pgettext_lazy("obligation", "Deadline missed"),
    "cured": pgettext_lazy("obligation", "Done late"),
}

TONES = {
    "open": ("notice", "wait"),
    "satisfied": ("good", "yes"),
    "ended": ("unknown", "no"),
    "waived": ("unknown", "no"),
    "breached": ("critical", "critical"),
    "cured": ("alert", "yes"),
}

FAULTS = {
    "reason": _("Say why, in 1 to 1,000 characters."),
    "meeting": _("Name the meeting, in 1 to 200 characters."),
    "party": _("Only the party to whom it is owed can do without it."),
    "state": _("This is settled already."),
    "tabled": _("A meeting has this before it already."),
    "noted_at": _("Only a missed deadline goes before a meeting."),
}


def fault(where: str) -> Any:
    """What to do about a fault at `where`."""
    return FAULTS.get(where, _("This cannot be done as it was entered."))
