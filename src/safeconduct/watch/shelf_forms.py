"""The form with which alerts are shelved."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from safeconduct.terms import instant
from safeconduct.terms.errors import BadInput
from safeconduct.watch import alert_words, words


@dataclass(frozen=True)
class Offered:
    """What the form lets choose: sites, rings, and for how many minutes."""

    sites: Sequence[str]
    minutes: Sequence[tuple[int, Any]]


class ShelfForm(forms.Form):
    """A place and cause; `alert` where only one is meant."""

    site = forms.ChoiceField(label=_("Site"))
    ring = forms.ChoiceField(
        label=_("Ring"), choices=[*words.RINGS.items(), ("", _("None"))], required=False, initial="outer"
    )
    kind = forms.ChoiceField(label=_("Cause"), choices=list(words.KINDS.items()))
    minutes = forms.TypedChoiceField(label=_("For how long"), coerce=int)
    reason = forms.CharField(label=_("Why it may wait"), max_length=1000, widget=forms.Textarea(attrs={"rows": 2}))
    alert = forms.UUIDField(required=False, widget=forms.HiddenInput)

    def __init__(self, *args: Any, offered: Offered, **kwargs: Any):
        super().__init__(*args, **kwargs)
        fields: dict[str, Any] = self.fields
        fields["site"].choices = [(site, site) for site in offered.sites]
        fields["minutes"].choices = list(offered.minutes)

    @property
    def values(self) -> dict[str, Any]:
        """What `alert.shelve` takes."""
        given = {name: self.cleaned_data[name] for name in ("site", "ring", "kind", "reason", "alert")}
        return given | {"until": instant.now() + timedelta(minutes=self.cleaned_data["minutes"])}


def add_faults(form: forms.Form, error: BadInput) -> None:
    """Put what the act refused beside the fields that it names."""
    for fault in error.faults:
        name = {"until": "minutes", "severity": None, "alert": None}.get(fault.where, fault.where)
        form.add_error(name if name in form.fields else None, alert_words.shelf_fault(fault.where))
