"""The watch's codes as words, with their colours and shapes."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

SEVERITIES = {
    "critical": pgettext_lazy("severity", "Critical"),
    "alert": pgettext_lazy("severity", "Alert"),
    "notice": pgettext_lazy("severity", "Notice"),
}

STATES = {
    "open": pgettext_lazy("alert state", "Open"),
    "acknowledged": pgettext_lazy("alert state", "Acknowledged"),
    "assessed": pgettext_lazy("alert state", "Assessed"),
}

KINDS = {
    "dwell": _("Waiting too long"),
    "repeat": _("Back again"),
    "circling": _("Circling"),
    "lost_watch": _("Watch lost"),
    "sweep_void": _("Stop on a swept stretch"),
    "convoy_approach": _("Closing on a movement"),
}

DISPOSITIONS = {
    "expected": pgettext_lazy("disposition", "Expected"),
    "benign": pgettext_lazy("disposition", "Benign"),
    "suspicious": pgettext_lazy("disposition", "Suspicious"),
    "hostile": pgettext_lazy("disposition", "Hostile"),
    "false": pgettext_lazy("disposition", "False alarm"),
    "duplicate": pgettext_lazy("disposition", "Duplicate"),
}

RINGS = {"outer": _("Outer ring"), "middle": _("Middle ring"), "inner": _("Inner ring")}

VEHICLES = {
    "car": _("Car"),
    "truck": _("Truck"),
    "bus": _("Bus"),
    "motorcycle": _("Motorcycle"),
    "vessel": _("Vessel"),
    "own": _("Own vehicle"),
    "unknown": _("Unknown vehicle"),
}

PERIODS = {
    "day": pgettext_lazy("period", "Day"),
    "week": pgettext_lazy("period", "Week"),
    "month": pgettext_lazy("period", "Month"),
}

RATES = {
    "quiet": pgettext_lazy("alarm rate", "Within what one can take for long"),
    "busy": pgettext_lazy("alarm rate", "At most for a while"),
    "over": pgettext_lazy("alarm rate", "More than one can take"),
    "flood": pgettext_lazy("alarm rate", "Flood"),
}

POSITIONS = {
    "seen": pgettext_lazy("position", "Seen"),
    "idle": pgettext_lazy("position", "Standing"),
    "unseen": pgettext_lazy("position", "Not seen now"),
    "gone": pgettext_lazy("position", "Gone"),
}

HEALTH = {
    "live": pgettext_lazy("health", "Live"),
    "silent": pgettext_lazy("health", "Silent"),
    "unreachable": pgettext_lazy("health", "Unreachable"),
    "clock_off": pgettext_lazy("health", "Clock off"),
    "unknown": pgettext_lazy("health", "Never heard"),
    "closed": pgettext_lazy("health", "Closed"),
}

CHECK_LEVELS = {
    "error": pgettext_lazy("finding", "Error"),
    "warning": pgettext_lazy("finding", "Warning"),
    "note": pgettext_lazy("finding", "Note"),
}

TONES = {
    "error": ("critical", "critical"),
    "warning": ("alert", "alert"),
    "note": ("unknown", "unknown"),
    "quiet": ("good", "yes"),
    "busy": ("notice", "notice"),
    "over": ("alert", "alert"),
    "flood": ("critical", "critical"),
    "critical": ("critical", "critical"),
    "alert": ("alert", "alert"),
    "notice": ("notice", "notice"),
    "open": ("alert", "wait"),
    "acknowledged": ("notice", "person"),
    "assessed": ("good", "yes"),
    "expected": ("good", "yes"),
    "benign": ("good", "yes"),
    "suspicious": ("alert", "alert"),
    "hostile": ("critical", "critical"),
    "false": ("unknown", "no"),
    "duplicate": ("unknown", "no"),
    "live": ("good", "yes"),
    "silent": ("unknown", "unknown"),
    "unreachable": ("alert", "alert"),
    "clock_off": ("alert", "alert"),
    "unknown": ("unknown", "unknown"),
    "closed": ("unknown", "no"),
}
