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

CATEGORIES = {
    "telecommunications": pgettext_lazy("standard", "Telecommunications"),
    "documentation": pgettext_lazy("standard", "Documentation"),
    "coordination": pgettext_lazy("standard", "Coordination"),
    "medical": pgettext_lazy("standard", "Medical"),
    "equipment": pgettext_lazy("standard", "Equipment"),
    "vehicles": pgettext_lazy("standard", "Vehicles"),
    "premises": pgettext_lazy("standard", "Premises"),
    "training": pgettext_lazy("standard", "Training"),
    "residential": pgettext_lazy("standard", "Residences"),
}

EVIDENCE = {
    "inspection": pgettext_lazy("evidence", "Seen on the spot"),
    "test": pgettext_lazy("evidence", "Tried out"),
    "document": pgettext_lazy("evidence", "A document"),
    "record": pgettext_lazy("evidence", "A log"),
    "interview": pgettext_lazy("evidence", "People asked"),
}

COMPLIANCE = {
    "full": pgettext_lazy("compliance", "Met"),
    "partial": pgettext_lazy("compliance", "Met in part"),
    "none": pgettext_lazy("compliance", "Not met"),
    "n/a": pgettext_lazy("compliance", "Does not apply"),
    "": pgettext_lazy("compliance", "Never tested"),
}

STANDINGS = {
    "met": pgettext_lazy("compliance", "Met"),
    "partial": pgettext_lazy("compliance", "Met in part"),
    "unmet": pgettext_lazy("compliance", "Not met"),
    "overdue": pgettext_lazy("compliance", "Unknown: overdue"),
    "untested": pgettext_lazy("compliance", "Unknown: never tested"),
    "out": pgettext_lazy("compliance", "Does not apply"),
}

ROUNDS = {
    "planned": pgettext_lazy("inspection", "Planned"),
    "under_way": pgettext_lazy("inspection", "Under way"),
    "finished": pgettext_lazy("inspection", "To be signed"),
    "signed": pgettext_lazy("inspection", "Signed"),
    "cancelled": pgettext_lazy("inspection", "Given up"),
}

TONES = {
    "met": ("good", "yes"),
    "full": ("good", "yes"),
    "partial": ("alert", "alert"),
    "unmet": ("critical", "no"),
    "none": ("critical", "no"),
    "overdue": ("unknown", "wait"),
    "untested": ("unknown", "unknown"),
    "out": ("", ""),
    "n/a": ("", ""),
    "": ("unknown", "unknown"),
    "planned": ("notice", "wait"),
    "under_way": ("notice", "go"),
    "finished": ("alert", "key"),
    "signed": ("good", "yes"),
    "cancelled": ("unknown", "no"),
    "normal": ("iso-green", "yes"),
    "heightened": ("iso-yellow", "alert"),
    "substantial": ("iso-orange", "substantial"),
    "critical": ("iso-red", "critical"),
    "live": ("good", "yes"),
    "silent": ("unknown", "unknown"),
    "unknown": ("unknown", "unknown"),
}
