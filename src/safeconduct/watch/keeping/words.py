"""Words for what is wrong with a question to the archive or a hold on evidence."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _

FAULTS = {
    "place": _("Choose a place, or give a point and its site."),
    "site": _("Choose a site."),
    "lon": _("Longitude in degrees, from -180 to 180."),
    "lat": _("Latitude in degrees, from -90 to 90."),
    "begin": _("A time that has come."),
    "end": _("A time after the beginning, at most 14 days."),
    "radius_m": _("From 5 to 1,000 metres."),
    "at_least_s": _("From 20 seconds to a day."),
    "until": _("A time from now on, at most a year ahead."),
    "reason": _("Say what it is needed for, in at most 1,000 characters."),
    "lifted": _("This hold was lifted before."),
}


def fault(where: str) -> Any:
    """What to do about a fault at `where`."""
    return FAULTS.get(where, _("This cannot be done as it was entered."))
