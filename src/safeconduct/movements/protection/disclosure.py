"""The rows that late release stands on: which there should be, which there are, and how they are marked.

Runs inside an act.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from django.db.models import Q

from safeconduct import node
from safeconduct.accord.agreement import Accord
from safeconduct.accord.protection import Disclosure
from safeconduct.movements.models import Disclosed, Leg, LegDue, LegSoon, Manifest, Movement
from safeconduct.movements.protection.windows import MANIFEST, TOLD, Part, parts
from safeconduct.store.labels import intern, marking_of
from safeconduct.store.models import Marked
from safeconduct.terms.marking import Marking

RINGS: Mapping[str, type[Disclosed]] = {"leg_soon": LegSoon, "leg_due": LegDue}
LONGEST = timedelta(days=2)
"""No movement that departs later is looked at, unless the accord tells of it earlier."""


@dataclass
class Told:
    """What is told of one movement: its legs and the rows there are, by part."""

    movement: Movement
    legs: list[Leg] = field(default_factory=list[Leg])
    rows: dict[Part, Marked] = field(default_factory=dict[Part, Marked])


def rings_of(accord: Accord) -> list[Disclosure]:
    """The rings of this accord whose class it knows."""
    return [one for one in accord.schedule.disclosures if one.info_class in accord.classes]


def told(movements: Iterable[Movement]) -> list[Told]:
    """Their legs and rows, a query each kind."""
    found = {one.pk: Told(one) for one in movements}
    for leg in Leg.objects.filter(movement__in=found).order_by("number"):
        found[leg.movement].legs.append(leg)
    for info_class, model in RINGS.items():
        for row in model.objects.filter(movement__in=found):
            found[row.movement].rows[Part(info_class, row.leg)] = row
    for row in Manifest.objects.filter(movement__in=found):
        found[row.movement].rows[Part(MANIFEST, row.site)] = row
    return list(found.values())


def to_look_at(accord: Accord, at: datetime) -> list[Movement]:
    """Movements of which something may have to be told, or taken back."""
    furthest = max((one.before for one in rings_of(accord)), default=timedelta(0)) + LONGEST
    near = Q(state__in=TOLD, depart_at__lt=at + furthest)
    for model in (*RINGS.values(), Manifest):
        near |= Q(pk__in=model.objects.values("movement"))
    return list(Movement.objects.filter(near))


def is_stale(accord: Accord, one: Told, at: datetime) -> bool:
    """Whether something must be told, changed or taken back."""
    wanted = wanted_rows(accord, one, at)
    return wanted.keys() != one.rows.keys() or any(_differs(one.rows[part], row) for part, row in wanted.items())


def wanted_rows(accord: Accord, one: Told, at: datetime) -> dict[Part, Marked]:
    """The rows that should be, unsaved, each with the values that it should have.

    Of a plan that its party keeps to itself nobody else is told, and so nothing is disclosed late either.
    """
    if not accord.may_read(node.current().system("node.clock"), marking_of(one.movement.label_id)).allowed:
        return {}
    legs = {leg.pk: leg for leg in one.legs}
    wanted: dict[Part, Marked] = {}
    for part in parts(one.movement, one.legs, accord.parties, rings_of(accord), at):
        if part.info_class == MANIFEST:
            wanted[part] = _manifest(accord, one.movement, part.key, at)
        else:
            wanted[part] = _leg(accord, one.movement, legs[part.key], RINGS[part.info_class])
    return wanted


def _leg(accord: Accord, movement: Movement, leg: Leg, model: type[Disclosed]) -> Disclosed:
    return model(
        label_id=_label(accord, model.info_class, leg.site, (movement.label_id, leg.label_id)),
        movement=movement.pk,
        leg=leg.pk,
        name=movement.name,
        number=leg.number,
        site=leg.site,
        route=leg.route,
        begin_at=leg.begin_at,
        end_at=leg.end_at,
        vehicles=movement.vehicles,
        gate=movement.proposals if leg.number == 1 else [],
    )


def _manifest(accord: Accord, movement: Movement, site: str, at: datetime) -> Manifest:
    return Manifest(
        label_id=_label(accord, MANIFEST, site, (movement.label_id,)),
        movement=movement.pk,
        site=site,
        people=len(movement.travellers),
        opened_at=at,
    )


def _label(accord: Accord, info_class: str, site: str, behind: Sequence[int]) -> int:
    """The label of what tells of the things so labelled: released no further than each of them is."""
    markings = [marking_of(label) for label in behind]
    return intern(within(accord.marking(info_class, markings[0].originator, site), markings))


def within(marking: Marking, behind: Iterable[Marking]) -> Marking:
    """`marking`, no wider than any of the markings `behind` it."""
    for one in behind:
        tlp = max(marking.tlp, one.tlp, key=lambda label: label.rank)
        reach = marking.releasable_to & (one.releasable_to | {one.originator})
        marking = replace(marking, tlp=tlp, releasable_to=reach)
    return marking


def _differs(row: Marked, wanted: Marked) -> bool:
    return bool(changed(row, wanted)) or row.label_id != wanted.label_id


def changed(row: Marked, wanted: Marked) -> list[str]:
    """The released fields in which they differ; when a manifest was opened is no difference."""
    return [
        name
        for name, source in row.released.items()
        if source != "opened_at" and getattr(row, str(source)) != getattr(wanted, str(source))
    ]
