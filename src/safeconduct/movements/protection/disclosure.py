"""The rows that late release stands on: which there should be, which there are, and how they are marked.

Runs inside an act.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from django.db.models import Q

from safeconduct import node
from safeconduct.accord.agreement import Accord
from safeconduct.accord.protection import Disclosure
from safeconduct.movements.models import Disclosed, Leg, LegDue, LegSoon, Manifest, Movement, Vehicle
from safeconduct.movements.protection.windows import MANIFEST, TOLD, Part, parts
from safeconduct.store.labels import marking_of
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
    trackers: list[tuple[Marking, str]] = field(default_factory=list[tuple[Marking, str]])

    def tracker(self, marking: Marking) -> str:
        """The track of the first vehicle of its own that has one and may be told as far as `marking` goes."""
        return next((track for behind, track in self.trackers if within(marking, [behind]) == marking), "")


def rings_of(accord: Accord) -> list[Disclosure]:
    """The rings of this accord whose class it knows."""
    return [one for one in accord.schedule.disclosures if one.info_class in accord.classes]


def told(movements: Iterable[Movement]) -> list[Told]:
    """Their legs and rows, a query each kind."""
    found = {one.pk: Told(one) for one in movements}
    for leg in Leg.objects.filter(movement__in=found).order_by("number"):
        found[leg.movement].legs.append(leg)
    vehicles = Vehicle.objects.filter(movement__in=found).exclude(tracker="")
    for vehicle in vehicles.order_by("is_escort", "pk"):
        found[vehicle.movement].trackers.append((marking_of(vehicle.label_id), vehicle.tracker))
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


@dataclass(frozen=True)
class Wanted:
    """A row that should be, unsaved and without its label, and how it should be marked."""

    row: Marked
    marking: Marking

    def changes(self, row: Marked) -> list[str]:
        """The released fields in which `row` differs, all of them where its marking does.

        When a manifest was opened is no difference.
        """
        if marking_of(row.label_id) != self.marking:
            return list(row.released)
        return [
            name
            for name, source in row.released.items()
            if source != "opened_at" and getattr(row, str(source)) != getattr(self.row, str(source))
        ]


def is_stale(accord: Accord, one: Told, at: datetime) -> bool:
    """Whether something must be told, changed or taken back."""
    wanted = wanted_rows(accord, one, at)
    return wanted.keys() != one.rows.keys() or any(should.changes(one.rows[part]) for part, should in wanted.items())


def wanted_rows(accord: Accord, one: Told, at: datetime) -> dict[Part, Wanted]:
    """What there should be of a movement by now.

    Of a plan that its party keeps to itself nobody else is told, and so nothing is disclosed late either.
    """
    mine = marking_of(one.movement.label_id)
    if not accord.may_read(node.current().system("node.clock"), mine).allowed:
        return {}
    legs = {leg.pk: leg for leg in one.legs}
    wanted: dict[Part, Wanted] = {}
    for part in parts(one.movement, one.legs, accord.parties, rings_of(accord), at):
        if part.info_class == MANIFEST:
            marking = within(accord.marking(MANIFEST, mine.originator, part.key), [mine])
            wanted[part] = Wanted(_manifest(one.movement, part.key, at), marking)
        else:
            leg = legs[part.key]
            marking = within(
                accord.marking(part.info_class, mine.originator, leg.site), [mine, marking_of(leg.label_id)]
            )
            wanted[part] = Wanted(_leg(one, leg, one.tracker(marking), RINGS[part.info_class]), marking)
    return wanted


def _leg(one: Told, leg: Leg, tracker: str, model: type[Disclosed]) -> Disclosed:
    movement = one.movement
    return model(
        movement=movement.pk,
        leg=leg.pk,
        name=movement.name,
        number=leg.number,
        site=leg.site,
        route=leg.route,
        begin_at=leg.begin_at,
        end_at=leg.end_at,
        vehicles=movement.vehicles,
        tracker=tracker,
        gate=movement.proposals if leg.number == 1 else [],
    )


def _manifest(movement: Movement, site: str, at: datetime) -> Manifest:
    return Manifest(movement=movement.pk, site=site, people=len(movement.travellers), opened_at=at)


def within(marking: Marking, behind: Iterable[Marking]) -> Marking:
    """`marking`, no wider than any of the markings `behind` it."""
    for one in behind:
        tlp = max(marking.tlp, one.tlp, key=lambda label: label.rank)
        reach = marking.releasable_to & (one.releasable_to | {one.originator})
        marking = replace(marking, tlp=tlp, releasable_to=reach)
    return marking
