"""The form of a measure, for those who ask for one and those who order one."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from safeconduct.strategy import words
from safeconduct.terms import instant
from safeconduct.terms.errors import BadInput

SHORTEST = 60
"""Minutes that an order stands for where its form says nothing."""


class MeasureForm(forms.Form):
    """A measure at one of `sites`. Unit and length concern an order alone, which is always for a stated time."""

    site = forms.ChoiceField(label=_("Site"))
    kind = forms.ChoiceField(label=_("Measure"), choices=list(words.KINDS.items()))
    text = forms.CharField(
        label=_("What is to be done, and where"), max_length=2000, widget=forms.Textarea(attrs={"rows": 2})
    )
    unit = forms.CharField(label=_("Unit that carries it out"), max_length=200, required=False)
    minutes = forms.TypedChoiceField(
        label=_("For how long"),
        coerce=int,
        empty_value=None,
        required=False,
        choices=[(SHORTEST, _("1 hour")), (240, _("4 hours")), (720, _("12 hours")), (1440, _("24 hours"))],
    )

    def __init__(self, *args: Any, sites: Iterable[str], **kwargs: Any):
        super().__init__(*args, **kwargs)
        field: Any = self.fields["site"]
        field.choices = [(site, site) for site in sites]

    @property
    def asked(self) -> dict[str, Any]:
        """What `measure.request` takes."""
        return {name: self.cleaned_data[name] for name in ("site", "kind", "text")}

    @property
    def ordered(self) -> dict[str, Any]:
        """What `measure.order` takes."""
        until = instant.now() + timedelta(minutes=self.cleaned_data["minutes"] or SHORTEST)
        return {**self.asked, "unit": self.cleaned_data["unit"], "until": until}


def add_faults(form: forms.Form, error: BadInput) -> None:
    """Put what an act refused beside the fields that it names."""
    for fault in error.faults:
        name = "minutes" if fault.where == "until" else fault.where
        form.add_error(name if name in form.fields else None, words.fault(fault.where))
