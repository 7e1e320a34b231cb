"""Acts on templates: a plan is kept to make others from, repeated by the week, and made ahead by the clock."""

from __future__ import annotations

import secrets
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from django.utils.timezone import get_default_timezone

from safeconduct.acts import Doing, act, locked
from safeconduct.movements.facts import legs_of, route_line
from safeconduct.movements.models import CANCELLED, Movement, Template, Vehicle
from safeconduct.movements.plan_acts import own_label, write_plan
from safeconduct.movements.planning import Given, Reader, read_plan
from safeconduct.movements.recurring import Pattern, due_dates, varied
from safeconduct.store.labels import marking_of
from safeconduct.store.models import Marked
from safeconduct.terms.errors import BadInput, Fault, shown
from safeconduct.terms.instant import iso, parse

MOST_AT_ONCE = 50
"""After so many rows a turn of the clock ends: the next makes the others."""
DAY = timedelta(days=1)


@act("template.save", creates=Template)
def save_template(doing: Doing, *, site: str, movement: str, name: str) -> Template:
    """Keep the plan of a movement of the actor's party under a name. Who drives and travels is kept with it."""
    row = locked(Movement, movement)
    if marking_of(row.label_id).originator != doing.principal.party or row.site != site:
        raise BadInput("template", [Fault("movement", shown(movement), f"a movement of your party at {shown(site)}")])
    if not 0 < len(name.strip()) <= 100:
        raise BadInput("template", [Fault("name", shown(name), "1 to 100 characters")])
    return Template.objects.create(
        label_id=doing.label_id, site=site, name=name.strip(), plan=plan_of(row), planned_by=doing.principal.name
    )


@act("template.repeat", on=Template)
def repeat_template(doing: Doing, template: Template, *, pattern: Mapping[str, Any]) -> None:
    """Make a movement from it week by week, ahead of time; an empty pattern ends that. Raises BadInput."""
    _want_kept(template)
    if not pattern:
        template.pattern = {}
        return
    read, faults = Pattern.read(pattern)
    if faults or read is None:
        raise BadInput("pattern", faults)
    template.pattern = read.kept()
    template.made_until = None


@act("template.remove", on=Template)
def remove_template(doing: Doing, template: Template) -> None:
    """Put it away; movements that were made from it stay."""
    _want_kept(template)
    template.removed, template.pattern = True, {}


def _want_kept(template: Template) -> None:
    if template.removed:
        raise BadInput(f"template {template.name}", [Fault("state", "removed", "a template that is kept")])


@act("movement.recur", creates=Movement)
def recur(doing: Doing, *, site: str = "") -> list[Marked] | None:
    """Make the occurrences that are due, each a draft of its template's party; None where no day has come near."""
    made: list[Marked] = []
    for template in Template.objects.select_for_update().filter(removed=False).exclude(pattern={}).order_by("id"):
        made += _occurrences(doing, template)
        if len(made) >= MOST_AT_ONCE:
            break
    return made or None


def _occurrences(doing: Doing, template: Template) -> Iterator[Marked]:
    pattern, faults = Pattern.read(template.pattern)
    if faults or pattern is None:
        return
    zone = get_default_timezone()
    today = doing.at.astimezone(zone).date()
    days = due_dates(pattern, today, template.made_until)
    for day in days:
        begin = datetime.combine(day, time.min, zone)
        made = Movement.objects.filter(template=template.pk, depart_at__gte=begin, depart_at__lt=begin + DAY)
        if made.exclude(state=CANCELLED).exists():
            continue
        departs = datetime.combine(day, pattern.time, zone).astimezone(UTC)
        depart_at = varied(departs, pattern.spread_min, secrets.randbelow)
        if (movement := _made(doing, template, depart_at, day)) is not None:
            yield movement
    if days:
        template.made_until = days[-1]
        template.save(update_fields=["made_until"])
        yield template


def _made(doing: Doing, template: Template, depart_at: datetime, day: date) -> Movement | None:
    """The occurrence of one day as a draft; None where it cannot be any more, by its time or by the route."""
    reader = Reader(doing.at, route_line, doing.accord.risk_matrix, doing.accord.driving)
    given = given_of(template.plan, depart_at)
    read = read_plan(replace(given, name=f"{template.name[:85]} {day.isoformat()}"), reader)
    if reader.faults:
        return None
    party = marking_of(template.label_id).originator
    movement = Movement(
        label_id=own_label(doing, "movement", template.site, party),
        planned_by=template.planned_by,
        template=template.pk,
    )
    return write_plan(doing, movement, read)


def plan_of(movement: Movement) -> dict[str, Any]:
    """The plan of a movement as a template keeps it: every time as seconds after the departure."""
    depart_at = movement.depart_at
    return {
        "name": movement.name,
        "vehicles": movement.vehicles,
        "people": movement.people,
        "travellers": movement.travellers,
        "purpose": movement.purpose,
        "turn_back": movement.turn_back,
        "risk": {name: movement.risk[name] for name in ("likelihood", "impact", "measures") if name in movement.risk},
        "communications": movement.communications,
        "legs": [_leg(leg, depart_at) for leg in legs_of(movement.pk)],
        "convoy": [
            {
                name: getattr(one, name)
                for name in ("callsign", "vehicle_class", "seats", "tracker", "is_escort", "driver", "driver_hours")
            }
            for one in Vehicle.objects.filter(movement=movement.pk).order_by("id")
        ],
    }


def _leg(leg: Any, depart_at: datetime) -> dict[str, Any]:
    def after(moment: datetime) -> float:
        return (moment - depart_at).total_seconds()

    same = ("site", "route", "origin", "destination", "alternates", "hazards", "havens", "max_speed_kmh", "outdoor")
    return {name: getattr(leg, name) for name in same} | {
        "begin_s": after(leg.begin_at),
        "end_s": after(leg.end_at),
        "checkpoints": [
            {**{name: one[name] for name in ("name", "lon", "lat")}, "due_s": after(parse(one["due_at"]))}
            for one in leg.checkpoints
        ],
        "rests": [
            {"name": one["name"], "minutes": one["minutes"], "begin_s": after(parse(one["begin_at"]))}
            for one in leg.rests
        ],
    }


def given_of(plan: Mapping[str, Any], depart_at: datetime) -> Given:
    """The plan that a template keeps, for another departure."""

    def at(seconds: float) -> str:
        return iso(depart_at + timedelta(seconds=seconds))

    legs = [
        {name: value for name, value in leg.items() if name not in ("begin_s", "end_s")}
        | {
            "begin_at": at(leg["begin_s"]),
            "end_at": at(leg["end_s"]),
            "checkpoints": [
                {**{name: one[name] for name in ("name", "lon", "lat")}, "due_at": at(one["due_s"])}
                for one in leg["checkpoints"]
            ],
            "rests": [
                {"name": one["name"], "minutes": one["minutes"], "begin_at": at(one["begin_s"])} for one in leg["rests"]
            ],
        }
        for leg in plan["legs"]
    ]
    others = {name: value for name, value in plan.items() if name != "legs"}
    return Given(legs=legs, **others)
