"""The forms of the list of people: register and change, vet, choose, leave, zones, search, import, export."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Sequence
from functools import partial
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from safeconduct.people import exporting, person_words, persons, sheets
from safeconduct.people.forms import MomentField, place_faults
from safeconduct.release import Projection

Choices = Sequence[tuple[Any, Any]]
NONE: tuple[str, Any] = ("", _("None"))


def _day(label: Any, help_text: Any = "") -> forms.DateField:
    widget = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    return forms.DateField(label=label, required=False, widget=widget, help_text=help_text)


def _moment(label: Any) -> forms.DateTimeField:
    widget = forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M")
    return MomentField(label=label, required=False, widget=widget)


class FindForm(forms.Form):
    """Whom one knows of already."""

    text = forms.CharField(
        label=_("Reference or name"),
        max_length=200,
        help_text=_("The whole reference, or at least three letters of a name. Each search is entered."),
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
    )


class PersonForm(forms.Form):
    """What is written down of a person. There is no field for anything else."""

    reference = forms.CharField(label=_("Reference"), max_length=32, help_text=_("Such as L-0042. It says nothing."))
    name = forms.CharField(label=_("Name"), max_length=200)
    kind = forms.ChoiceField(label=pgettext_lazy("person", "Kind"), choices=list(person_words.PERSON_KINDS.items()))
    company = forms.CharField(label=_("Company"), max_length=150, required=False)
    site = forms.CharField(label=_("Site"), max_length=256, widget=forms.TextInput(attrs={"list": "sites"}))
    zone = forms.ChoiceField(label=_("Zone"), required=False)
    language = forms.ChoiceField(
        label=_("Language"), choices=[NONE, *person_words.PERSON_LANGUAGES.items()], required=False
    )
    sms = forms.CharField(label=person_words.CONTACT_CHANNELS["sms"], max_length=20, required=False)
    mail = forms.CharField(label=person_words.CONTACT_CHANNELS["mail"], max_length=254, required=False)
    chat = forms.CharField(label=person_words.CONTACT_CHANNELS["chat"], max_length=200, required=False)
    voice = forms.CharField(label=person_words.CONTACT_CHANNELS["voice"], max_length=20, required=False)
    radio = forms.CharField(label=person_words.CONTACT_CHANNELS["radio"], max_length=60, required=False)
    training_until = _day(_("Training until"))
    visit_begin = _moment(_("Visit begins"))
    visit_end = _moment(_("Visit ends"))

    def __init__(self, zones: Iterable[Projection], *args: Any, **kwargs: Any):
        super().__init__(*args, **kwargs)
        fields: Any = self.fields
        fields["zone"].choices = [NONE, *((str(one.id), f"{one['site']} · {one['name']}") for one in zones)]

    @property
    def given(self) -> dict[str, Any]:
        """The particulars that the acts take."""
        clean = self.cleaned_data
        values = {name: clean[name] for name in persons.FIELDS if name not in ("zone", "contacts")}
        values["zone"] = uuid.UUID(clean["zone"]) if clean["zone"] else None
        values["contacts"] = tuple(
            {"channel": channel, "address": clean[channel]} for channel in persons.CHANNELS if clean[channel]
        )
        return values


def person_initial(row: Projection) -> dict[str, Any]:
    """What the form of a person shows at first, of what is released of them."""
    contacts = {one["channel"]: one["address"] for one in row.get("contacts", ())}
    return {**{name: row.get(name) for name in (*persons.FIELDS, "site")}, **contacts}


class VetForm(forms.Form):
    """How vetting came out."""

    vetting = forms.ChoiceField(
        label=_("Vetting"),
        choices=[(code, word) for code, word in person_words.VETTINGS.items() if code in persons.VETTINGS],
    )
    until = _day(_("Verify again on"), _("Only for who is cleared."))


class ChooseForm(forms.Form):
    """How coarsely somebody is seen."""

    seen_as = forms.ChoiceField(label=_("Seen"), choices=list(person_words.SEEN_AS.items()))
    resolution = forms.TypedChoiceField(
        label=_("Cell size"),
        choices=[NONE, *person_words.RESOLUTIONS.items()],
        coerce=int,
        empty_value=None,
        required=False,
    )
    note = forms.CharField(label=_("How they asked for it"), max_length=500, required=False)


class ZoneForm(forms.Form):
    """A zone; its warden and alternates are found by their references."""

    site = forms.CharField(label=_("Site"), max_length=256, widget=forms.TextInput(attrs={"list": "sites"}))
    name = forms.CharField(label=_("Name"), max_length=150)
    warden = forms.CharField(label=_("Warden"), max_length=32, required=False, help_text=_("A reference."))
    alternates = forms.CharField(
        label=_("Alternates"), max_length=400, required=False, help_text=_("References, the first asked first.")
    )


class ImportForm(forms.Form):
    """A roster."""

    site = forms.CharField(
        label=_("Site"),
        max_length=256,
        required=False,
        help_text=_("Empty where the file has a column for it."),
        widget=forms.TextInput(attrs={"list": "sites"}),
    )
    charset = forms.ChoiceField(
        label=_("Charset"),
        required=False,
        choices=[("", _("As the file says, or UTF-8")), *((one, one) for one in sheets.CHARSETS[1:])],
    )
    file = forms.FileField(
        label=_("CSV or XLSX file"),
        widget=forms.FileInput(attrs={"accept": ".csv,.txt,.xlsx"}),
        help_text=_("It is checked first: nothing is changed until you say so, and then all of it or none."),
    )


class ExportForm(forms.Form):
    """A file of the list."""

    site = forms.CharField(
        label=_("Site"),
        max_length=256,
        required=False,
        help_text=_("Empty: everywhere."),
        widget=forms.TextInput(attrs={"list": "sites"}),
    )
    fields_ = forms.MultipleChoiceField(
        label=_("Fields"),
        choices=[(one, person_words.COLUMNS[one]) for one in exporting.FIELDS],
        widget=forms.CheckboxSelectMultiple,
        initial=["reference", "kind"],
    )
    reason = forms.CharField(
        label=_("Reason"),
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text=_("It is entered on the record, and each person in the file can see that it was taken out."),
    )


add_faults = partial(place_faults, said=person_words.PERSON_FAULTS, renamed={"fields": "fields_", "contacts": ""})
