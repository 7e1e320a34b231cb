"""Forms of movements that have more than one field: the review, the certificate of a sweep, council and templates."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from safeconduct.movements import words
from safeconduct.movements.plan_forms import Moment
from safeconduct.movements.recurring import MOST_AHEAD_DAYS, MOST_SPREAD_MIN, USUAL_SPREAD_MIN
from safeconduct.terms import instant
from safeconduct.terms.errors import BadInput


def _words(label: Any, most: int, *, required: bool = False, rows: int = 2, help_text: Any = "") -> forms.CharField:
    widget = forms.Textarea(attrs={"rows": rows, "dir": "auto"})
    return forms.CharField(label=label, required=required, max_length=most, widget=widget, help_text=help_text)


class ReviewForm(forms.Form):
    """What the host finds of a plan: cleared, perhaps with conditions; deferred; or refused."""

    outcome = forms.ChoiceField(
        label=_("Outcome"),
        widget=forms.RadioSelect,
        choices=[(one, words.OUTCOMES[one]) for one in ("cleared", "deferred", "refused")],
        initial="cleared",
    )
    text = _words(_("In words"), 1000)
    until = Moment(label=_("Cleared until"), required=False, help_text=_("Empty: two hours after the departure."))
    reason_class = forms.ChoiceField(
        label=_("Refused for"), required=False, choices=[("", "–"), *words.REASON_CLASSES.items()]
    )
    alternatives = _words(_("What would be possible"), 1000)
    deadline = Moment(
        label=_("Another reviewer may be asked until"), required=False, help_text=_("Empty: for 24 hours.")
    )

    def __init__(self, *args: Any, parties: Mapping[str, str], **kwargs: Any):
        super().__init__(*args, **kwargs)
        self.parties = parties
        for party, name in parties.items():
            self.fields[f"conditions_{party}"] = _words(
                _("Conditions that %(party)s meets") % {"party": name},
                4000,
                help_text=_("One a line. Each must be met before departure."),
            )

    @property
    def values(self) -> dict[str, Any]:
        """What `movement.review` takes."""
        given = dict(self.cleaned_data)
        conditions = [
            {"text": line.strip(), "owner": party}
            for party in self.parties
            for line in given.pop(f"conditions_{party}").splitlines()
            if line.strip()
        ]
        return {**given, "conditions": conditions}

    @property
    def for_clearance(self) -> list[forms.BoundField]:
        return [self["until"], *(self[f"conditions_{party}"] for party in self.parties)]

    @property
    def for_refusal(self) -> list[forms.BoundField]:
        return [self[name] for name in ("reason_class", "alternatives", "deadline")]


class CertifyForm(forms.Form):
    """The certificate for a stretch that was searched just now."""

    begin_m = forms.FloatField(label=_("From metre"), min_value=0, initial=0)
    end_m = forms.FloatField(label=_("To metre"), min_value=0)
    minutes = forms.TypedChoiceField(
        label=_("Valid for"),
        coerce=int,
        initial=60,
        choices=[
            (30, _("30 minutes")),
            (60, _("1 hour")),
            (90, _("1½ hours")),
            (120, _("2 hours")),
            (240, _("4 hours")),
        ],
    )
    unit = forms.CharField(label=_("Unit that searched"), max_length=200)

    @property
    def values(self) -> dict[str, Any]:
        """What `sweep.certify` takes beside the route."""
        given = dict(self.cleaned_data)
        valid_until = instant.now() + timedelta(minutes=given.pop("minutes"))
        return {**given, "valid_until": valid_until}


class RuleForm(forms.Form):
    """A condition that is proposed in council."""

    condition = forms.ChoiceField(label=_("Condition"), choices=list(words.RULES.items()))
    at_least = forms.ChoiceField(
        label=_("Least class of vehicles"),
        required=False,
        choices=[("", "–"), *words.VEHICLE_CLASSES.items()],
        help_text=_("For a class of vehicles alone."),
    )
    site = forms.ChoiceField(label=_("Site"), required=False)
    begin = Moment(label=_("From"), required=False, help_text=_("Empty: at once."))
    until = Moment(label=_("Until"), required=False, help_text=_("Empty: until it is lifted."))
    text = _words(_("The decision in words"), 1000, required=True, rows=3)

    def __init__(self, *args: Any, sites: Mapping[str, str], **kwargs: Any):
        super().__init__(*args, **kwargs)
        field: Any = self.fields["site"]
        field.choices = [("", _("everywhere")), *sites.items()]


class RepeatForm(forms.Form):
    """The weekly pattern of a template."""

    weekdays = forms.TypedMultipleChoiceField(
        label=_("Days"), coerce=int, choices=list(words.WEEKDAYS.items()), widget=forms.CheckboxSelectMultiple
    )
    time = forms.TimeField(
        label=_("Around"), widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M"), initial="08:00"
    )
    spread_min = forms.IntegerField(
        label=_("Give or take, minutes"),
        min_value=0,
        max_value=MOST_SPREAD_MIN,
        initial=USUAL_SPREAD_MIN,
        help_text=_("Routine is a risk: each departure is varied by itself within this span."),
    )
    begin = forms.DateField(label=_("First day"), widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"))
    end = forms.DateField(
        label=_("Last day"), required=False, widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )
    ahead_days = forms.IntegerField(label=_("Days ahead"), min_value=1, max_value=MOST_AHEAD_DAYS, initial=7)

    @property
    def pattern(self) -> dict[str, Any]:
        """What `template.repeat` takes."""
        given = self.cleaned_data
        return {
            **given,
            "time": given["time"].strftime("%H:%M"),
            "begin": given["begin"].isoformat(),
            "end": given["end"].isoformat() if given["end"] else None,
        }


RENAMED = {"valid_until": "minutes"}


def add_faults(form: forms.Form, error: BadInput) -> None:
    """Put what an act refused beside the fields that it names; what names none of them goes to the form's head."""
    for fault in error.faults:
        name = fault.where if fault.where in form.fields else RENAMED.get(fault.where, "")
        form.add_error(name if name in form.fields else None, words.plan_fault(fault))
