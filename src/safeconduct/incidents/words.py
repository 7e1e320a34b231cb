"""The words of incidents: types, states, kinds of lines, letters of a first report, figures."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

TYPES = {
    "attack": pgettext_lazy("incident", "Attack"),
    "threat": pgettext_lazy("incident", "Threat"),
    "intrusion": pgettext_lazy("incident", "Intrusion"),
    "accident": pgettext_lazy("incident", "Accident"),
    "medical": pgettext_lazy("incident", "Medical emergency"),
    "fire": pgettext_lazy("incident", "Fire"),
    "arrest": pgettext_lazy("incident", "Arrest"),
    "missing": pgettext_lazy("incident", "Missing person"),
    "other": pgettext_lazy("incident", "Other"),
}

STATES = {
    "open": pgettext_lazy("incident state", "Open"),
    "stood_down": pgettext_lazy("incident state", "Stood down"),
    "closed": pgettext_lazy("incident state", "Closed"),
}

FILTERS = {"standing": _("Not closed"), **STATES}

LETTERS = {
    "major": _("Major incident?"),
    "location": _("Exact location"),
    "type": _("Type of incident"),
    "hazards": _("Hazards"),
    "access": _("Access"),
    "casualties": _("Number and kind of casualties"),
    "services": _("Emergency services, there or needed"),
}

CATEGORIES = {
    "killed": pgettext_lazy("casualties", "Killed"),
    "injured": pgettext_lazy("casualties", "Injured"),
    "missing": pgettext_lazy("casualties", "Missing"),
    "uninjured": pgettext_lazy("casualties", "Unhurt"),
}

WHOSE = {
    "protected": pgettext_lazy("casualties", "protected people"),
    "other": pgettext_lazy("casualties", "others"),
}

STATUSES = {
    "claimed": pgettext_lazy("figure", "Not confirmed"),
    "confirmed": pgettext_lazy("figure", "Confirmed"),
}

CONFIDENCES = {
    "low": pgettext_lazy("confidence", "Low confidence"),
    "moderate": pgettext_lazy("confidence", "Moderate confidence"),
    "high": pgettext_lazy("confidence", "High confidence"),
}

LINKED = {
    "alert": pgettext_lazy("linked", "Alert"),
    "movement": pgettext_lazy("linked", "Movement"),
    "headcount": pgettext_lazy("linked", "Headcount"),
}

TONES = {
    "open": ("alert", "stop"),
    "stood_down": ("notice", "wait"),
    "closed": ("unknown", "yes"),
    "claimed": ("notice", "unknown"),
    "confirmed": ("unknown", "yes"),
}
