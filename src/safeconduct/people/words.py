"""The codes of people as words, with their shapes."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

STATES = {
    "holds": pgettext_lazy("appointment", "Holds"),
    "to_come": pgettext_lazy("appointment", "To come"),
    "ended": pgettext_lazy("appointment", "Ended"),
}

PURPOSES = {
    "api": _("Acts and reads as you"),
    "feed": _("Only hands in observations"),
}

TONES = {
    "holds": ("good", "yes"),
    "to_come": ("notice", "wait"),
    "ended": ("unknown", "no"),
}

FAULTS = {
    "role": _("Not a role that your party may hold."),
    "user": _("Not a user of your party."),
    "end": _("Want a time that is still to come, and after the beginning."),
    "name": _("Want 1 to 150 characters."),
    "purpose": _("Choose one of these."),
}
