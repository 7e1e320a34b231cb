"""Acts on a plan: made as its own party's alone, amended, and requested, by which the other party hears of it."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from functools import cache
from typing import Any

from safeconduct import release
from safeconduct.acts import Doing, act
from safeconduct.movements.facts import legs_of, route_line
from safeconduct.movements.models import (
    DEFERRED,
    DRAFT,
    HELD,
    PLANNED,
    REFUSED,
    REQUESTED,
    Leg,
    Movement,
    Vehicle,
)
from safeconduct.movements.planning import Given, Plan, Reader, read_plan
from safeconduct.people.models import Person
from safeconduct.store.labels import intern, marking_of
from safeconduct.terms.errors import BadInput, Fault, require_state, shown
from safeconduct.terms.instant import iso, parse
from safeconduct.terms.marking import Tlp

AMENDED = (DRAFT, REQUESTED, DEFERRED, REFUSED, PLANNED, HELD)


@act("movement.plan", creates=Movement)
def plan(
    doing: Doing,
    *,
    site: str,
    name: str,
    depart_at: datetime | None = None,
    route: str = "",
    vehicles: int = 0,
    people: int = 0,
    purpose: str = "",
    legs: Sequence[Mapping[str, Any]] = (),
    convoy: Sequence[Mapping[str, Any]] = (),
    travellers: Sequence[str] = (),
    risk: Mapping[str, str] | None = None,
    communications: Mapping[str, str] | None = None,
    turn_back: str = "",
) -> Movement:
    """Plan a journey whose first leg is of the site: by its `legs`, or along one route. It is its own party's alone.

    Raises BadInput with every fault, by the place that `planning` names.
    """
    way = legs or [{"site": site, "route": route, "begin_at": depart_at}]
    given = Given(name, way, vehicles, people, convoy, travellers, purpose, risk or {}, communications or {}, turn_back)
    movement = Movement(label_id=own_label(doing, "movement"), planned_by=doing.principal.name, state=DRAFT)
    return write_plan(doing, movement, _checked(doing, site, given))


@act("movement.amend", on=Movement)
def amend(
    doing: Doing,
    movement: Movement,
    *,
    name: str,
    legs: Sequence[Mapping[str, Any]],
    vehicles: int = 0,
    people: int = 0,
    purpose: str = "",
    convoy: Sequence[Mapping[str, Any]] = (),
    travellers: Sequence[str] = (),
    risk: Mapping[str, str] | None = None,
    communications: Mapping[str, str] | None = None,
    turn_back: str = "",
) -> None:
    """Put another plan in the place of this one. Both keys, the review and the acceptances of risk fall."""
    want_state(movement, *AMENDED)
    given = Given(
        name, legs, vehicles, people, convoy, travellers, purpose, risk or {}, communications or {}, turn_back
    )
    checked = _checked(doing, movement.site, given)
    movement.planned_by = doing.principal.name
    movement.state, movement.keys, movement.accepted = DRAFT, {}, {}
    movement.review, movement.conditions, movement.postures = {}, [], {}
    write_plan(doing, movement, checked)


@act("movement.request", on=Movement)
def request(doing: Doing, movement: Movement) -> None:
    """Lay the plan before the host for its review; the other party may know of it from here on.

    A refused plan may be laid before another reviewer until the deadline that the refusal gave.
    """
    want_state(movement, DRAFT, REFUSED)
    faults: list[Fault] = []
    if movement.depart_at <= doing.at:
        faults.append(Fault("depart_at", iso(movement.depart_at), f"a time after {iso(doing.at)}"))
    deadline = movement.review.get("deadline")
    if movement.state == REFUSED and (not deadline or parse(deadline) <= doing.at):
        faults.append(Fault("deadline", shown(deadline), "a plan that is amended: the time to ask again is over"))
    if faults:
        raise BadInput(f"movement {movement.name}", faults)
    movement.state = REQUESTED
    _release(doing, movement)


def _release(doing: Doing, movement: Movement) -> None:
    """Mark the plan as the accord marks such things, in place of its own party's alone."""
    party = doing.marking.originator
    movement.label_id = intern(doing.accord.marking("movement", party, movement.site))
    for leg in legs_of(movement.pk):
        leg.label_id = intern(doing.accord.marking("leg", party, leg.site))
        leg.save(update_fields=["label_id"])
        doing.publish_of(leg, *leg.released)
    for vehicle in Vehicle.objects.filter(movement=movement.pk):
        vehicle.label_id = intern(doing.accord.marking("convoy_vehicle", party, movement.site))
        vehicle.save(update_fields=["label_id"])
        doing.publish_of(vehicle, *vehicle.released)


def own_label(doing: Doing, info_class: str, area: str | None = None, party: str | None = None) -> int:
    """The label of what its own party alone may know of."""
    marking = doing.accord.marking(
        info_class, party or doing.principal.party, doing.marking.area if area is None else area
    )
    tlp = marking.tlp if marking.tlp.rank > Tlp.AMBER_STRICT.rank else Tlp.AMBER_STRICT
    return intern(replace(marking, tlp=tlp, releasable_to=frozenset()))


def _checked(doing: Doing, site: str, given: Given) -> Plan:
    reader = Reader(doing.at, cache(route_line), doing.accord.risk_matrix, doing.accord.driving)
    read = read_plan(given, reader)
    faults = [*reader.faults, *_person_faults(doing, read)]
    if read.legs and read.legs[0]["site"] != site:
        faults.append(Fault("legs[0].site", shown(read.legs[0]["site"]), f"the site of the movement, {shown(site)}"))
    if faults:
        raise BadInput("movement", faults)
    return read


def _person_faults(doing: Doing, read: Plan) -> list[Fault]:
    """Travellers and drivers are people of the actor's own party whom they may read, and who are still on its list."""
    drivers = {one["driver"]: index for index, one in enumerate(read.convoy) if one["driver"]}
    wanted = {*read.travellers, *drivers}
    if not wanted:
        return []
    found = _people(doing, wanted)
    faults = [
        Fault("travellers", shown(one), "a person on your party's list") for one in read.travellers if one not in found
    ]
    faults += [
        Fault(f"convoy[{index}].driver", shown(one), "a person on your party's list")
        for one, index in drivers.items()
        if one not in found
    ]
    return faults


def _people(doing: Doing, refs: set[str]) -> set[str]:
    ids = [one for one in refs if _is_id(one)]
    rows = release.listing(Person, doing.principal, lambda rows: rows.filter(pk__in=ids, left_at=None))
    return {str(row.id) for row in rows if row.marking.originator == doing.principal.party}


def _is_id(text: str) -> bool:
    try:
        return str(uuid.UUID(text)) == text
    except ValueError:
        return False


def write_plan(doing: Doing, movement: Movement, read: Plan) -> Movement:
    """Keep what was read in `movement`, its legs and its vehicles, which are released no further than it is."""
    first, last = read.legs[0], read.legs[-1]
    movement.name, movement.purpose, movement.turn_back = read.name, read.purpose, read.turn_back
    movement.site, movement.route = first["site"], first["route"]
    movement.depart_at, movement.arrive_at = first["begin_at"], last["end_at"]
    movement.vehicles, movement.people, movement.travellers = read.vehicles, read.people, list(read.travellers)
    movement.risk, movement.communications = dict(read.risk), dict(read.communications)
    movement.save()
    _write(doing, movement, Leg, "number", read.legs)
    _write(doing, movement, Vehicle, "callsign", read.convoy)
    return movement


def _label_of(doing: Doing, movement: Movement, info_class: str, area: str) -> int:
    """The label of a part of the plan: as far released as the movement is."""
    whole = marking_of(movement.label_id)
    if whole.releasable_to:
        return intern(doing.accord.marking(info_class, whole.originator, area))
    return own_label(doing, info_class, area, whole.originator)


def _write(
    doing: Doing, movement: Movement, model: type[Leg] | type[Vehicle], key: str, parts: Sequence[Mapping[str, Any]]
) -> None:
    """Make the parts of a plan what they are to be: a row stays the one that it was where its `key` is the same."""
    kept = {getattr(row, key): row for row in model.objects.filter(movement=movement.pk)}
    for given in parts:
        row = kept.pop(given[key], None) or model(movement=movement.pk)
        for field, value in given.items():
            setattr(row, field, value)
        row.label_id = _label_of(doing, movement, model.info_class, given.get("site", movement.site))
        row.save()
        doing.publish_of(row, *row.released)
    model.objects.filter(pk__in=[row.pk for row in kept.values()]).delete()


def want_state(movement: Movement, *wanted: str) -> None:
    """Raises BadInput where the movement is in no state of `wanted`."""
    require_state(f"movement {movement.name}", movement.state, *wanted)
