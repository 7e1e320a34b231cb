"""The form of a plan: what a project manager fills in first, and what they may add; legs and vehicles by buttons.

Without any script a button posts the form as it is, and it comes back with one leg or vehicle more or less.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from django import forms
from django.http import QueryDict
from django.utils.timezone import get_current_timezone
from django.utils.translation import gettext_lazy as _

from safeconduct import node
from safeconduct.movements import plan_lines, queries, words
from safeconduct.movements.planning import MOST_LEGS, MOST_VEHICLES
from safeconduct.release import Projection
from safeconduct.terms import instant
from safeconduct.terms.errors import BadInput, Fault
from safeconduct.terms.party import Principal

LOCAL = "%Y-%m-%dT%H:%M"
_REFERENCES = re.compile(r"[\s,;،؛]+")


class Moment(forms.DateTimeField):
    """A time by the node's clock, given back in UTC."""

    def __init__(self, **kwargs: Any):
        widget = forms.DateTimeInput(attrs={"type": "datetime-local"}, format=LOCAL)
        super().__init__(widget=widget, **kwargs)

    def clean(self, value: Any) -> datetime | None:
        found = super().clean(value)
        try:
            return instant.in_utc(found) if found else None
        except ValueError:
            raise forms.ValidationError(words.fault("depart_at")) from None


def _lines(label: Any, help_text: Any, rows: int = 2) -> forms.CharField:
    widget = forms.Textarea(attrs={"rows": rows, "dir": "auto"})
    return forms.CharField(label=label, help_text=help_text, required=False, max_length=4000, widget=widget)


class MainForm(forms.Form):
    """What belongs to the whole journey."""

    name = forms.CharField(label=_("Name"), max_length=100)
    purpose = forms.CharField(
        label=_("Purpose"),
        help_text=_("Not released to the other party unless the accord says so."),
        required=False,
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 2}),
    )
    travellers = _lines(
        _("Travellers"), _("References from your party's list, like L-0001 L-0002. The host gets their number alone.")
    )
    people = forms.IntegerField(
        label=_("People in all"),
        help_text=_("Empty: as many as are named."),
        required=False,
        min_value=1,
        max_value=5000,
    )
    vehicles = forms.IntegerField(
        label=_("Vehicles in all"),
        help_text=_("Empty: as many as are listed."),
        required=False,
        min_value=1,
        max_value=MOST_VEHICLES,
    )
    likelihood = forms.ChoiceField(label=_("Likelihood of harm"), required=False)
    impact = forms.ChoiceField(label=_("Impact of it"), required=False)
    measures = _lines(_("Measures against it"), "")
    primary = forms.CharField(label=_("Communications, primary"), required=False, max_length=200)
    backup = forms.CharField(label=_("Communications, back-up"), required=False, max_length=200)
    callsign = forms.CharField(label=_("Call sign of the convoy"), required=False, max_length=40)
    turn_back = _lines(_("It turns back when"), _("A crowd, fire, no radio contact for five minutes …"))

    def __init__(self, *args: Any, **kwargs: Any):
        super().__init__(*args, **kwargs)
        matrix, language = node.current().accord.risk_matrix, words.language()
        for name, axis in (("likelihood", matrix.likelihoods), ("impact", matrix.impacts)):
            field: Any = self.fields[name]
            field.choices = [("", _("not assessed")), *((code, named[language]) for code, named in axis.items())]


class Part(forms.Form):
    """A leg or a vehicle: `number` is that of its fields, which stays as parts before it are taken away."""

    @property
    def number(self) -> str:
        return str(self.prefix).rpartition("-")[2]


MORE = ("origin", "destination", "checkpoints", "rests", "hazards", "havens", "alternates", "max_speed_kmh")


class LegForm(Part):
    """One leg. `place` names a route as `site/route`, from those that the reader sees."""

    place = forms.ChoiceField(label=_("Route"))
    begin_at = Moment(label=_("Departure"))
    end_at = Moment(label=_("Arrival"), required=False, help_text=_("Empty: by the length of the route, at 30 km/h."))
    origin = forms.CharField(label=_("From"), required=False, max_length=200)
    destination = forms.CharField(label=_("To"), required=False, max_length=200)
    max_speed_kmh = forms.IntegerField(label=_("Highest speed, km/h"), required=False, min_value=5, max_value=160)
    outdoor = forms.BooleanField(label=_("Outdoors"), required=False, initial=True)
    alternates = _lines(_("Alternate routes"), _("Names of routes of the same site, one a line."))
    checkpoints = _lines(_("Checkpoints"), _("One a line: 12:30 Bridge North @ 75.0101, -5.0012"))
    rests = _lines(_("Rests"), _("One a line, with its minutes: 13:00 15 Fuel station"))
    hazards = _lines(_("Hazards"), _("One a line, in metres along the route: 400-900 Narrow between walls"))
    havens = _lines(_("Safe havens"), _("One a line: Clinic of the compound @ 75.0003, -5.0020"))

    def __init__(self, *args: Any, routes: Iterable[Projection], **kwargs: Any):
        super().__init__(*args, **kwargs)
        field: Any = self.fields["place"]
        field.choices = [(f"{one['site']}/{one['name']}", f"{one['name']} · {one['site']}") for one in routes]

    @property
    def has_more(self) -> bool:
        """Whether any of the parts that are folded away is filled in, or wrong."""
        return any(self[name].value() or self[name].errors for name in MORE)

    def clean(self) -> dict[str, Any]:
        given = dict(super().clean() or self.cleaned_data)
        zone, begin_at = get_current_timezone(), given.get("begin_at")
        if begin_at is not None:
            self._read(given, "checkpoints", lambda text: plan_lines.checkpoints(text, begin_at, zone))
            self._read(given, "rests", lambda text: plan_lines.rests(text, begin_at, zone))
        self._read(given, "hazards", plan_lines.hazards)
        self._read(given, "havens", plan_lines.havens)
        return given

    def _read(self, given: dict[str, Any], name: str, read: Any) -> None:
        try:
            given[name] = read(given.get(name, ""))
        except plan_lines.Unreadable as error:
            self.add_error(name, _("Line %(number)s is not of the form that is shown.") % {"number": error.number})

    @property
    def values(self) -> dict[str, Any]:
        """The leg as `movement.plan` takes it. A site's id has no slash in it, a route's name may."""
        given = dict(self.cleaned_data)
        site, _slash, route = given.pop("place").partition("/")
        given["alternates"] = [one.strip() for one in given["alternates"].splitlines() if one.strip()]
        return {**given, "site": site, "route": route}


class VehicleForm(Part):
    """One vehicle with its driver, who is named by reference."""

    callsign = forms.CharField(label=_("Call sign"), max_length=40)
    vehicle_class = forms.ChoiceField(
        label=_("Class"), required=False, choices=[("", _("not known")), *words.VEHICLE_CLASSES.items()]
    )
    driver = forms.CharField(label=_("Driver"), required=False, max_length=40)
    driver_hours = forms.FloatField(
        label=_("Hours driven before"), required=False, min_value=0, max_value=24, help_text=_("In the last 24 hours.")
    )
    tracker = forms.CharField(
        label=_("GPS tracker"), required=False, max_length=200, help_text=_("Sensor and track, like gps/7.")
    )
    is_escort = forms.BooleanField(label=_("Escort"), required=False)


class PlanForms:
    """The whole form: the main part, legs and vehicles, bound to what was posted, or filled with what is there."""

    def __init__(
        self,
        principal: Principal,
        posted: QueryDict | None = None,
        initial: Mapping[str, Any] | None = None,
        typed: QueryDict | None = None,
    ):
        self.principal, self.posted, self.typed = principal, posted, typed
        self.routes = queries.routes(principal)
        given = initial or {"legs": [{"outdoor": True}]}
        self.main = MainForm(posted, initial=self._initial(MainForm, "", given.get("main")))
        self.legs = [
            LegForm(
                posted,
                prefix=f"legs-{number}",
                routes=self.routes,
                initial=self._initial(LegForm, f"legs-{number}-", _at(given.get("legs"), number)),
            )
            for number in self._numbers("legs", given.get("legs", []))
        ]
        self.convoy = [
            VehicleForm(
                posted,
                prefix=f"convoy-{number}",
                initial=self._initial(VehicleForm, f"convoy-{number}-", _at(given.get("convoy"), number)),
            )
            for number in self._numbers("convoy", given.get("convoy", []))
        ]

    def _initial(self, kind: Any, prefix: str, initial: Mapping[str, Any] | None) -> Mapping[str, Any] | None:
        """What was typed, where the form comes back only to add or take away a part: nothing of it is judged yet."""
        if self.typed is None:
            return initial
        return {name: self.typed.get(f"{prefix}{name}", "") for name in kind.base_fields}

    def _numbers(self, what: str, given: Sequence[Any]) -> list[int]:
        """Numbers of the parts in the form, in their order: hidden fields say which are there."""
        source = self.typed if self.posted is None else self.posted
        if source is None:
            return list(range(len(given)))
        most = MOST_LEGS if what == "legs" else MOST_VEHICLES
        return [int(one) for one in source.getlist(what) if one.isascii() and one.isdigit() and len(one) < 4][:most]

    def changed(self, do: str) -> PlanForms | None:
        """The form after a button that adds or takes away a part; None for one that does neither."""
        what, _colon, number = do.partition(":")
        if self.posted is None or what not in ("add_leg", "remove_leg", "add_vehicle", "remove_vehicle"):
            return None
        posted = self.posted.copy()
        name = "legs" if what.endswith("leg") else "convoy"
        numbers = posted.getlist(name)
        if what.startswith("add"):
            fresh = str(max((int(one) for one in numbers if one.isdigit()), default=-1) + 1)
            posted.setlist(name, [*numbers, fresh])
            self._prefill(posted, name, fresh)
        else:
            posted.setlist(name, [one for one in numbers if one != number])
        return PlanForms(self.principal, typed=posted)

    def _prefill(self, posted: QueryDict, name: str, fresh: str) -> None:
        """A new leg begins where and when the one before ends; a new vehicle is numbered on, of the same class."""
        last = str(self.legs[-1].prefix) if name == "legs" and self.legs else ""
        if name == "legs":
            posted[f"legs-{fresh}-outdoor"] = "on"
            for old, new in (("place", "place"), ("end_at", "begin_at"), ("destination", "origin")):
                posted[f"legs-{fresh}-{new}"] = posted.get(f"{last}-{old}", "")
            return
        sign = (posted.get("callsign") or posted.get("name") or "").strip()
        posted[f"convoy-{fresh}-callsign"] = f"{sign} {len(posted.getlist('convoy'))}".strip()
        if self.convoy:
            posted[f"convoy-{fresh}-vehicle_class"] = posted.get(f"{self.convoy[-1].prefix}-vehicle_class", "")

    @property
    def all(self) -> list[forms.Form]:
        return [self.main, *self.legs, *self.convoy]

    @property
    def has_faults(self) -> bool:
        return any(one.errors for one in self.all)

    def is_valid(self) -> bool:
        valid = [one.is_valid() for one in self.all]
        if not self.legs:
            self.main.add_error(None, words.fault("legs"))
        return all(valid) and bool(self.legs) and self._resolve()

    def _resolve(self) -> bool:
        """Look up the people who are named by reference; those whom the list does not have are said."""
        travellers = [one for one in _REFERENCES.split(self.main.cleaned_data["travellers"].strip()) if one]
        drivers = [one.cleaned_data["driver"].strip() for one in self.convoy]
        ids = queries.person_ids(self.principal, {*travellers, *(one for one in drivers if one)})
        missing = [one for one in travellers if one not in ids]
        if missing:
            said = _("Not on your party's list: %(references)s") % {"references": ", ".join(missing[:20])}
            self.main.add_error("travellers", said)
        for form, driver in zip(self.convoy, drivers, strict=True):
            if driver and driver not in ids:
                form.add_error("driver", _("Not on your party's list: %(references)s") % {"references": driver})
        self._ids = ids
        self._travellers = travellers
        return not missing and all(not driver or driver in ids for driver in drivers)

    @property
    def values(self) -> dict[str, Any]:
        """What `movement.plan` and `movement.amend` take beside the site."""
        main = dict(self.main.cleaned_data)
        risk = {name: main[name] for name in ("likelihood", "impact", "measures") if main[name]}
        return {
            "name": main["name"],
            "purpose": main["purpose"],
            "people": main["people"] or 0,
            "vehicles": main["vehicles"] or 0,
            "travellers": [self._ids[one] for one in self._travellers],
            "risk": risk,
            "communications": {name: main[name] for name in ("primary", "backup", "callsign") if main[name]},
            "turn_back": main["turn_back"],
            "legs": [one.values for one in self.legs],
            "convoy": [
                {**one.cleaned_data, "driver": self._ids.get(one.cleaned_data["driver"].strip(), "")}
                for one in self.convoy
            ],
        }

    @property
    def site(self) -> str:
        return self.legs[0].values["site"]

    def add_faults(self, error: BadInput) -> None:
        """Put what the act refused beside the fields that it names; what names none goes to the head of the form."""
        for fault in error.faults:
            form, name = self._place(fault.where)
            if name in form.fields:
                form.add_error(name, words.plan_fault(fault))
            else:
                form.add_error(None, words.plan_fault(fault))

    def _place(self, where: str) -> tuple[forms.Form, str]:
        part, _dot, rest = where.partition(".")
        match = re.fullmatch(r"(legs|convoy)\[(\d+)\]", part)
        if match:
            among: Sequence[forms.Form] = self.legs if match[1] == "legs" else self.convoy
            name = re.split(r"[\[.]", rest)[0]
            renamed = {"route": "place", "site": "place", "overnight": "end_at"}.get(name, name)
            if int(match[2]) < len(among):
                return among[int(match[2])], renamed
        return self.main, {"risk": rest, "communications": rest}.get(part, part)


def _at(given: Sequence[Mapping[str, Any]] | None, number: int) -> Mapping[str, Any] | None:
    return given[number] if given and number < len(given) else None


def initial_of(
    principal: Principal,
    main: Mapping[str, Any],
    legs: Iterable[Mapping[str, Any]],
    convoy: Iterable[Mapping[str, Any]],
) -> dict[str, Any]:
    """What the form shows of a plan that is there: people by reference, parts of legs as lines."""
    zone = get_current_timezone()
    vehicles = list(convoy)
    named = queries.references(principal, [*main.get("travellers", []), *(one.get("driver", "") for one in vehicles)])
    risk, communications = main.get("risk", {}), main.get("communications", {})
    return {
        "main": {
            "name": main.get("name", ""),
            "purpose": main.get("purpose", ""),
            "people": main.get("people"),
            "vehicles": main.get("vehicles"),
            "travellers": " ".join(named[one] for one in main.get("travellers", []) if one in named),
            **{name: risk.get(name, "") for name in ("likelihood", "impact", "measures")},
            **{name: communications.get(name, "") for name in ("primary", "backup", "callsign")},
            "turn_back": main.get("turn_back", ""),
        },
        "legs": [
            {
                "place": f"{leg['site']}/{leg['route']}",
                "begin_at": _moment(leg["begin_at"]),
                "end_at": _moment(leg["end_at"]),
                **{name: leg.get(name) for name in ("origin", "destination", "max_speed_kmh", "outdoor")},
                "alternates": "\n".join(leg.get("alternates", [])),
                "checkpoints": plan_lines.said_checkpoints(leg.get("checkpoints", []), zone),
                "rests": plan_lines.said_rests(leg.get("rests", []), zone),
                "hazards": plan_lines.said_hazards(leg.get("hazards", [])),
                "havens": plan_lines.said_havens(leg.get("havens", [])),
            }
            for leg in legs
        ],
        "convoy": [
            {
                **{
                    name: one.get(name)
                    for name in ("callsign", "vehicle_class", "driver_hours", "tracker", "is_escort")
                },
                "driver": named.get(one.get("driver", ""), ""),
            }
            for one in vehicles
        ],
    }


VEHICLE = ("callsign", "vehicle_class", "driver_hours", "tracker", "is_escort")


def _moment(time: datetime | str) -> datetime:
    return instant.parse(time) if isinstance(time, str) else time


def faults_said(faults: Iterable[Fault]) -> list[Any]:
    return [words.plan_fault(one) for one in faults]
