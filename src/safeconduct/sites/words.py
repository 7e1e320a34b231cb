"""The codes of sites as words, with their shapes."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

ROLES = {
    "ring": pgettext_lazy("place", "Ring"),
    "exempt": pgettext_lazy("place", "Where vehicles may wait"),
    "gate": pgettext_lazy("place", "Gate"),
    "route": pgettext_lazy("place", "Route"),
    "post": pgettext_lazy("place", "Post"),
    "sensor": pgettext_lazy("place", "Sensor"),
}

RINGS = {"outer": _("Outer ring"), "middle": _("Middle ring"), "inner": _("Inner ring")}

KINDS = {
    "car": _("Car"),
    "truck": _("Truck"),
    "bus": _("Bus"),
    "motorcycle": _("Motorcycle"),
    "vessel": _("Vessel"),
    "own": _("Own vehicle"),
    "unknown": _("Unknown vehicle"),
}

HEALTH = {
    "live": pgettext_lazy("health", "Live"),
    "silent": pgettext_lazy("health", "Silent"),
    "unknown": pgettext_lazy("health", "Never heard"),
}

POSTURES = {
    "normal": pgettext_lazy("alert state of a site", "1 Normal"),
    "heightened": pgettext_lazy("alert state of a site", "2 Heightened"),
    "substantial": pgettext_lazy("alert state of a site", "3 Substantial"),
    "critical": pgettext_lazy("alert state of a site", "4 Critical"),
    "unknown": pgettext_lazy("alert state of a site", "Unknown"),
}

TONES = {
    "normal": ("iso-green", "yes"),
    "heightened": ("iso-yellow", "alert"),
    "substantial": ("iso-orange", "substantial"),
    "critical": ("iso-red", "critical"),
    "live": ("good", "yes"),
    "silent": ("unknown", "unknown"),
    "unknown": ("unknown", "unknown"),
}
