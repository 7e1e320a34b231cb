"""The forms of people: an appointment, and a token."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from types import MappingProxyType
from typing import Any

from django import forms
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from safeconduct import node
from safeconduct.people import words
from safeconduct.people.contexts import PeoplePage
from safeconduct.terms import instant
from safeconduct.terms.errors import BadInput


class MomentField(forms.DateTimeField):
    """A time that there is in UTC: the first and last hours of the calendar are not, in other zones."""

    def clean(self, value: Any) -> Any:
        at = super().clean(value)
        try:
            return at and instant.in_utc(at)
        except ValueError:
            raise forms.ValidationError(words.FAULTS["end"]) from None


def _moment(label: Any, help_text: Any) -> forms.DateTimeField:
    widget = forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M")
    return MomentField(label=label, help_text=help_text, required=False, widget=widget)


class AppointForm(forms.Form):
    """Someone of one's own party in a role."""

    user = forms.ChoiceField(label=_("Who"))
    role = forms.ChoiceField(label=_("Role"))
    site = forms.CharField(
        label=_("Site"), required=False, max_length=256, help_text=_("Empty: everywhere."), strip=True
    )
    begin = _moment(_("From"), _("Empty: from now."))
    end = _moment(_("Until"), _("Empty: until dismissed."))

    def __init__(self, page: PeoplePage, *args: Any, **kwargs: Any):
        super().__init__(*args, **kwargs)
        fields: Any = self.fields
        fields["user"].choices = [(name, name) for name in page.people]
        fields["role"].choices = [(code, role_name(code)) for code in page.roles]
        fields["site"].widget.attrs["list"] = "areas"

    @property
    def values(self) -> dict[str, Any]:
        """What `role.appoint` takes."""
        return {**self.cleaned_data, "begin": self.cleaned_data["begin"] or instant.now()}


class TokenForm(forms.Form):
    """A token to issue to oneself."""

    name = forms.CharField(
        label=_("Name"), max_length=150, help_text=_("What it is for. For a feed: the name of the feed.")
    )
    purpose = forms.ChoiceField(label=_("What it may do"), choices=list(words.PURPOSES.items()))
    end = _moment(_("Until"), _("Empty: until revoked."))

    @property
    def values(self) -> dict[str, Any]:
        """What `token.issue` takes."""
        return dict(self.cleaned_data)


def role_name(code: str) -> str:
    """What the accord calls a role, in the language of the page."""
    names = node.current().accord.roles[code].name
    return names.get(get_language() or "en") or names["en"]


def place_faults(
    form: forms.Form, error: BadInput, said: Mapping[str, Any], renamed: Mapping[str, str] = MappingProxyType({})
) -> None:
    """Put what an act refused beside the fields that it names, in the words of `said`; the rest to the form's head.

    `renamed` has the field of what the form calls otherwise.
    """
    for fault in error.faults:
        name = renamed.get(fault.where, fault.where)
        form.add_error(name if name in form.fields else None, said.get(fault.where, str(fault)))


add_faults = partial(place_faults, said=words.FAULTS)
