"""The form of one place: what each role needs, and the GeoJSON feature that comes of it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from django import forms
from django.utils.functional import lazy
from django.utils.translation import gettext_lazy as _

from safeconduct.sites import words
from safeconduct.sites.places import DEFAULT_RULES, KINDS, SEVERITIES, RingLevel
from safeconduct.terms.errors import BadInput

FIELDS: Mapping[str, tuple[str, ...]] = {
    "ring": ("ring", "notice_s", "alert_s", "critical_s", "min_coverage"),
    "exempt": ("kinds", "max_stay_s", "hours"),
    "gate": (),
    "route": ("width_m",),
    "post": (),
    "sensor": ("sensor",),
}
"""The fields of each role, beside name, role and geometry."""

SHAPES = {
    "ring": "Polygon",
    "exempt": "Polygon",
    "gate": "Point",
    "route": "LineString",
    "post": "Point",
    "sensor": "Polygon",
}
"""What is drawn for each role by default; a sensor may be a point as well."""


def _isolated(text: Any, part: str) -> str:
    return str(text).replace(part, f"\u2066{part}\u2069")


_left_to_right: Any = lazy(_isolated, str)
"""`part` of a text kept in its order where the text runs from right to left: a span of hours would turn round."""


def _seconds(label: Any) -> forms.IntegerField:
    return forms.IntegerField(label=label, required=False, min_value=1, max_value=86_400)


class PlaceForm(forms.Form):
    """One place. Steps of a ring that are left empty are not taken; all empty means the level's defaults."""

    name = forms.CharField(label=_("Name"), max_length=256)
    role = forms.ChoiceField(label=_("What it is"), choices=list(words.ROLES.items()))
    ring = forms.ChoiceField(label=_("Which ring"), choices=list(words.RINGS.items()), required=False)
    notice_s = _seconds(_("Notice after, seconds"))
    alert_s = _seconds(_("Alert after, seconds"))
    critical_s = _seconds(_("Critical after, seconds"))
    min_coverage = forms.FloatField(
        label=_("Share that its sensors must cover"),
        required=False,
        min_value=0.01,
        max_value=1,
        help_text=_("0.8 is four fifths of the ring's own ground. Empty: any."),
    )
    kinds = forms.MultipleChoiceField(
        label=_("Which vehicles may wait"),
        choices=[(kind, words.KINDS[kind]) for kind in words.KINDS if kind in KINDS],
        widget=forms.CheckboxSelectMultiple,
        required=False,
    )
    max_stay_s = forms.IntegerField(label=_("For how long, seconds"), required=False, min_value=1)
    hours = forms.CharField(
        label=_("At which hours (UTC)"),
        required=False,
        max_length=11,
        help_text=_left_to_right(_("Like 06:00-23:00. Empty: at all hours."), "06:00-23:00"),
        widget=forms.TextInput(attrs={"dir": "ltr"}),
    )
    width_m = forms.FloatField(label=_("Width, metres"), required=False, min_value=1)
    sensor = forms.CharField(
        label=_("Id in its observations"), required=False, max_length=256, help_text=_("As the feed names it.")
    )
    geometry = forms.CharField(
        label=_("Where it is"),
        help_text=_("GeoJSON geometry, longitude before latitude. Draw it on the map or write it here: both are one."),
        widget=forms.Textarea(attrs={"rows": 6, "spellcheck": "false", "class": "mono", "dir": "ltr"}),
        max_length=200_000,
    )

    def clean_geometry(self) -> Any:
        try:
            return json.loads(self.cleaned_data["geometry"])
        except (ValueError, RecursionError):
            raise forms.ValidationError(_("This is no JSON.")) from None

    def feature(self, site: str, kept: Mapping[str, Any]) -> dict[str, Any]:
        """The feature that was entered; `kept` are properties that the form does not show and that stay."""
        given = self.cleaned_data
        role = given["role"]
        properties = {"site": site, "name": given["name"], "role": role, **kept}
        properties |= {name: given[name] for name in FIELDS[role] if given[name] not in (None, "")}
        if role == "ring" and (rules := self._rules(properties)):
            properties["rules"] = rules
        return {"type": "Feature", "geometry": given["geometry"], "properties": properties}

    @staticmethod
    def _rules(properties: dict[str, Any]) -> list[dict[str, Any]]:
        steps = [(severity, properties.pop(f"{severity}_s", None)) for severity in SEVERITIES]
        return [{"kind": "dwell", "after_s": after, "severity": severity} for severity, after in steps if after]


def initial_of(feature: Mapping[str, Any]) -> dict[str, Any]:
    """What the form begins with for a place that is there."""
    properties = feature["properties"]
    steps = {f"{rule['severity']}_s": round(rule["after_s"]) for rule in properties.get("rules", ())}
    geometry = json.dumps(feature["geometry"], separators=(",", ":"))
    whole = {name: int(value) for name, value in properties.items() if isinstance(value, float) and value.is_integer()}
    return {**properties, **whole, **steps, "geometry": geometry}


def kept_of(feature: Mapping[str, Any] | None) -> dict[str, Any]:
    """Properties of a place that no field of the form shows."""
    properties: Mapping[str, Any] = feature["properties"] if feature else {}
    return {name: properties[name] for name in ("position", "calibration", "optics") if name in properties}


def default_steps() -> dict[str, list[int]]:
    """The seconds of each level's default steps, for hints."""
    return {str(level): [round(rule.after_s) for rule in DEFAULT_RULES[level]] for level in RingLevel}


def add_faults(form: PlaceForm, error: BadInput) -> list[Any]:
    """Mark the fields that `error` names, and return the faults that name none of them."""
    others: list[Any] = []
    for fault in error.faults:
        part = fault.where.rpartition("properties.")[2] if "properties." in fault.where else ""
        name = "geometry" if "geometry" in fault.where else part.split("[")[0]
        if name in form.fields:
            said = _("found %(found)s, want %(wanted)s") % {"found": fault.found, "wanted": fault.wanted}
            form.add_error(name, said)
        else:
            others.append(fault)
    return others
