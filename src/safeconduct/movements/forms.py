"""The two forms of movements that have more than one field: a plan, and the certificate of a sweep."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from safeconduct.movements import words
from safeconduct.release import Projection
from safeconduct.terms import instant
from safeconduct.terms.errors import BadInput


class PlanForm(forms.Form):
    """A movement to plan. `place` names a route as `site/route`, from those that the reader sees."""

    name = forms.CharField(label=_("Name"), max_length=100)
    place = forms.ChoiceField(label=_("Route"))
    depart_at = forms.DateTimeField(
        label=_("Departure"),
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
    )
    vehicles = forms.IntegerField(label=_("Vehicles"), min_value=1, max_value=200, initial=1)
    people = forms.IntegerField(label=_("People"), min_value=1, max_value=5000, initial=1)
    purpose = forms.CharField(
        label=_("Purpose"),
        help_text=_("Not released to the other party unless the accord says so."),
        required=False,
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 3}),
    )

    def __init__(self, *args: Any, routes: Iterable[Projection], **kwargs: Any):
        super().__init__(*args, **kwargs)
        field: Any = self.fields["place"]
        field.choices = [(f"{one['site']}/{one['name']}", f"{one['name']} · {one['site']}") for one in routes]

    def clean_depart_at(self) -> datetime:
        try:
            return instant.in_utc(self.cleaned_data["depart_at"])
        except ValueError:
            raise forms.ValidationError(words.fault("depart_at")) from None

    @property
    def values(self) -> dict[str, Any]:
        """What `movement.plan` takes. A site's id has no slash in it, a route's name may."""
        given = dict(self.cleaned_data)
        site, _slash, route = given.pop("place").partition("/")
        return {**given, "site": site, "route": route}


class CertifyForm(forms.Form):
    """The certificate for a stretch that was searched just now."""

    begin_m = forms.FloatField(label=_("From metre"), min_value=0, initial=0)
    end_m = forms.FloatField(label=_("To metre"), min_value=0)
    minutes = forms.TypedChoiceField(
        label=_("Valid for"),
        coerce=int,
        initial=60,
        choices=[(30, _("30 minutes")), (60, _("1 hour")), (90, _("1½ hours")), (120, _("2 hours"))],
    )
    unit = forms.CharField(label=_("Unit that searched"), max_length=200)

    @property
    def values(self) -> dict[str, Any]:
        """What `sweep.certify` takes beside the route."""
        given = dict(self.cleaned_data)
        valid_until = instant.now() + timedelta(minutes=given.pop("minutes"))
        return {**given, "valid_until": valid_until}


def add_faults(form: forms.Form, error: BadInput) -> None:
    """Put what an act refused beside the fields that it names; what names none of them goes to the form's head."""
    renamed = {"route": "place", "site": "place", "valid_until": "minutes"}
    for fault in error.faults:
        name = fault.where if fault.where in form.fields else renamed.get(fault.where, "")
        form.add_error(name if name in form.fields else None, words.fault(fault.where))
