"""Forms of obligations."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _

from safeconduct.obligations.words import fault
from safeconduct.terms.errors import BadInput


class WaiveForm(forms.Form):
    reason = forms.CharField(label=_("Why"), max_length=1000)


class TableForm(forms.Form):
    meeting = forms.CharField(label=_("Meeting"), max_length=200)


def add_faults(form: forms.Form, error: BadInput) -> None:
    """Put what an act refused beside the fields that it names."""
    for one in error.faults:
        form.add_error(one.where if one.where in form.fields else None, fault(one.where))
