"""The form of a feed: its name, its sensors, and one field for each setting that its kind takes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django import forms
from django.utils.text import capfirst
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from safeconduct.terms.errors import BadInput
from safeconduct.watch.feed_words import FAULTS
from safeconduct.watch.feeds.kinds import NAMES, Kind, Setting

BEFORE = "set_"
"""Stands before a setting's name in the form: a kind may have a setting called `name`."""


class NamesField(forms.CharField):
    """Names to names, one pair a line: `device 7 = patrol 2`."""

    widget = forms.Textarea(attrs={"rows": 3, "dir": "ltr", "class": "mono", "spellcheck": "false"})

    def clean(self, value: Any) -> Any:
        found: dict[str, str] = {}
        for line in super().clean(value).splitlines():
            name, equals, text = (part.strip() for part in line.partition("="))
            if not line.strip():
                continue
            if not (name and equals and text):
                raise forms.ValidationError(FAULTS["names"])
            found[name] = text
        return found


class FeedForm(forms.Form):
    """A feed of `kind`; without a name where it is changed."""

    name = forms.CharField(label=_("Name"), max_length=150, help_text=_("As it is called here and on the record."))
    sensor = forms.CharField(
        label=_("Sensors"),
        max_length=256,
        required=False,
        help_text=_("Ids of the sensors that it may report for, by commas. Empty: any."),
        widget=forms.TextInput(attrs={"dir": "ltr"}),
    )

    def __init__(self, kind: Kind, *args: Any, is_new: bool = True, **kwargs: Any):
        super().__init__(*args, **kwargs)
        self.kind = kind
        fields: dict[str, Any] = self.fields
        if not is_new:
            del fields["name"]
        if kind.outward:
            del fields["sensor"]
        for one in kind.settings:
            fields[BEFORE + one.name] = _field(one)

    @property
    def sensors(self) -> str:
        return self.cleaned_data.get("sensor", "")

    @property
    def settings(self) -> dict[str, Any]:
        """What the acts take. An empty number stands for the kind's default."""
        given = {one.name: self.cleaned_data[BEFORE + one.name] for one in self.kind.settings}
        return {name: value for name, value in given.items() if value is not None}

    def add_faults(self, error: BadInput) -> None:
        """Put what the act refused beside the fields that it names."""
        for fault in error.faults:
            name = fault.where.replace("settings.", BEFORE, 1)
            said = FAULTS.get(fault.where) or _("found %(found)s, want %(wanted)s") % {
                "found": fault.found,
                "wanted": fault.wanted,
            }
            self.add_error(name if name in self.fields else None, said)


def _field(one: Setting) -> forms.Field:
    field = _bare(one)
    field.label, field.help_text = one.name, f"{capfirst(gettext(one.help))}."
    field.initial = _shown(one.default)
    return field


def _bare(one: Setting) -> forms.Field:
    required = one.default is None
    least, most = one.within or (None, None)
    if one.type is NAMES:
        return NamesField(required=required)
    if one.type is bool:
        return forms.BooleanField(required=False)
    if one.type is int:
        ends = [None if end is None else int(end) for end in (least, most)]
        return forms.IntegerField(required=required, min_value=ends[0], max_value=ends[1])
    if one.type is float:
        return forms.FloatField(required=required, min_value=least, max_value=most)
    if one.choices:
        return forms.ChoiceField(choices=[(code, code) for code in one.choices])
    return forms.CharField(required=required, max_length=1024, widget=forms.TextInput(attrs={"dir": "ltr"}))


def initial_of(kind: Kind, feed: Mapping[str, Any]) -> dict[str, Any]:
    """What the form begins with for a feed that is there."""
    settings = feed.get("settings") or {}
    given = {BEFORE + one.name: _shown(settings.get(one.name, one.default)) for one in kind.settings}
    return {"sensor": feed.get("sensor", ""), **given}


def _shown(value: object) -> object:
    if isinstance(value, Mapping):
        return "\n".join(f"{name} = {text}" for name, text in value.items())
    return value
