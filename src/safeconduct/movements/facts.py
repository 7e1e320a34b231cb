"""The facts that a gate rests on, read from the tables. Runs inside an act or a release, never outside."""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, TypeVar

from django.db.models import Q, QuerySet
from django.utils.timezone import localtime

from safeconduct import node
from safeconduct.accord.gate_rules import CORE
from safeconduct.movements.gate import MORE_SEVERE, Clearance, GateFacts, Standing, Stretch, Way
from safeconduct.movements.gate_rules import Asked, Convoy, Fitness, People, Risk, asked_of
from safeconduct.movements.models import CouncilRule, Leg, Movement, Sweep, Vehicle
from safeconduct.people.models import Person
from safeconduct.people.persons import CLEARED
from safeconduct.sites import posture
from safeconduct.sites.models import Place
from safeconduct.sites.routes import RouteLine
from safeconduct.store.labels import marking_of
from safeconduct.terms.party import ANYWHERE
from safeconduct.terms.place import Point
from safeconduct.watch.models import ASSESSED, STANDING_DISPOSITIONS, Alert
from safeconduct.watch.rules import ALARMS

ADOPTED = "adopted"
"""The state of a decision of the council on which all parties have agreed."""

T = TypeVar("T")


class Ground:
    """What the gates of some movements rest on, read at once: the number of questions does not grow with theirs."""

    def __init__(self, movements: Sequence[Movement], at: datetime):
        self.at = at
        refs = [one.pk for one in movements]
        self.legs = _by(Leg.objects.filter(movement__in=refs).order_by("number"), "movement")
        self.vehicles = _by(Vehicle.objects.filter(movement__in=refs).order_by("id"), "movement")
        sites = {leg.site for legs in self.legs.values() for leg in legs}
        self.lines = route_lines(sites)
        self.sweeps = _by(Sweep.objects.filter(site__in=sites, valid_until__gt=at), "site", "route")
        self.standing: dict[str, list[Standing]] = defaultdict(list)
        for site, ref, lon, lat in _standing(sites).values_list("site", "pk", "lon", "lat"):
            self.standing[site].append(Standing(str(ref), Point(lon, lat)))
        self.postures = posture.postures_of(sites)
        self.rules = _rules_in_force(sites, at)
        self.fitness = _fitness(self._persons(movements))

    def _persons(self, movements: Sequence[Movement]) -> set[str]:
        drivers = {one.driver for of in self.vehicles.values() for one in of if one.driver}
        return drivers | {ref for one in movements for ref in one.travellers}

    def facts(self, movement: Movement) -> GateFacts:
        """What is known about `movement`, whoever asks: the gate is the same for both parties."""
        accord = node.current().accord
        legs = self.legs.get((movement.pk,), [])
        vehicles = [one for one in self.vehicles.get((movement.pk,), []) if not one.is_escort]
        return GateFacts(
            at=self.at,
            parties=list(accord.parties),
            keys=movement.keys,
            holds=movement.holds,
            escort=movement.escort,
            ways=[self._way(leg) for leg in legs],
            clearance=self._clearance(movement, legs),
            conditions=movement.conditions,
            convoy=Convoy([one.vehicle_class for one in vehicles], max(movement.vehicles, len(vehicles))),
            people=self._people(movement, vehicles),
            risk=Risk(movement.risk.get("level", ""), movement.accepted),
            rules=self._asked(movement, legs),
            articles={code: _article(code) for code in CORE},
        )

    def _way(self, leg: Leg) -> Way:
        return Way(
            self.lines.get((leg.site, leg.route)),
            [
                Stretch(one.begin_m, one.end_m, one.searched_at, one.valid_until, one.void_at, one.label_id)
                for one in self.sweeps.get((leg.site, leg.route), [])
            ],
            self.standing[leg.site],
            leg.outdoor,
        )

    def _clearance(self, movement: Movement, legs: Iterable[Leg]) -> Clearance:
        review = movement.review
        if not is_cleared(review):
            return Clearance(review.get("outcome", ""), None, review.get("lapsed", {}).get("reason", ""))
        before: Mapping[str, str] = movement.postures
        severe = any(
            is_more_severe(self.postures.get(leg.site, posture.UNKNOWN), before.get(leg.site, posture.UNKNOWN))
            for leg in legs
        )
        return Clearance(review["outcome"], datetime.fromisoformat(review["until"]), MORE_SEVERE if severe else "")

    def _people(self, movement: Movement, vehicles: Sequence[Vehicle]) -> People:
        refs = [*movement.travellers, *dict.fromkeys(one.driver for one in vehicles if one.driver)]
        nameless = sum(not one.driver for one in vehicles) + max(0, movement.vehicles - len(vehicles))
        drivers = len(refs) - len(movement.travellers)
        ends = movement.arrive_at or movement.depart_at
        return People(
            [self.fitness.get(ref, Fitness(None, None)) for ref in refs],
            max(movement.people, len(movement.travellers)) + drivers + nameless,
            localtime(max(ends, self.at)).date(),
        )

    def _asked(self, movement: Movement, legs: Sequence[Leg]) -> list[Asked]:
        party = marking_of(movement.label_id).originator
        sites = {ANYWHERE, *(leg.site for leg in legs)}
        decided = [
            Asked(one.condition, decision=str(one.pk), at_least=one.terms.get("at_least", ""))
            for one in self.rules
            if one.site in sites
        ]
        return [*asked_of(party, node.current().accord.gate, CORE), *decided]


def facts_of(movement: Movement, at: datetime) -> GateFacts:
    """What is known about `movement` at this moment."""
    return Ground([movement], at).facts(movement)


def is_cleared(review: Mapping[str, Any]) -> bool:
    """Whether a review cleared the plan and nothing ended it since, but for its term."""
    return bool(review.get("until")) and review.get("outcome", "").startswith("cleared") and not review.get("lapsed")


def is_more_severe(now: str, before: str) -> bool:
    """Whether an alert state is more severe than another. One that nobody set is taken for the least."""
    order = posture.STATES
    return now in order and order.index(now) > (order.index(before) if before in order else 0)


def _article(code: str) -> str:
    accord = node.current().accord
    return next((one.article for one in accord.gate if one.condition == code), accord.schedule.default_article)


def _by(rows: Iterable[T], *names: str) -> dict[tuple[Any, ...], list[T]]:
    found: dict[tuple[Any, ...], list[T]] = defaultdict(list)
    for row in rows:
        found[tuple(getattr(row, name) for name in names)].append(row)
    return dict(found)


def _fitness(refs: Iterable[str]) -> dict[str, Fitness]:
    """Of those persons that are still on the list. Vetting counts once it is passed."""
    rows = Person.objects.filter(pk__in=list(refs), left_at=None)
    return {
        str(ref): Fitness(trained, vetted if vetting == CLEARED else None)
        for ref, trained, vetting, vetted in rows.values_list("pk", "training_until", "vetting", "vetted_until")
    }


def _rules_in_force(sites: Iterable[str], at: datetime) -> list[CouncilRule]:
    is_on = Q(until=None) | Q(until__gt=at)
    rows = CouncilRule.objects.filter(is_on, state=ADOPTED, begin__lte=at, site__in=[ANYWHERE, *sites])
    return list(rows.order_by("id"))


def _standing(sites: Iterable[str]) -> QuerySet[Alert]:
    unassessed = ~Q(state=ASSESSED)
    grave = Q(disposition__in=STANDING_DISPOSITIONS, ended_at=None)
    return Alert.objects.filter(unassessed | grave, site__in=list(sites), severity__in=ALARMS).order_by("raised_at")


def standing_alarms(site: str) -> QuerySet[Alert]:
    """Alarms that nobody has assessed, or that were assessed as suspicious or hostile and have not ended."""
    return _standing([site])


def is_standing(alert: Alert) -> bool:
    """Whether `alert` is among the `standing_alarms` of its site."""
    is_grave = alert.disposition in STANDING_DISPOSITIONS and alert.ended_at is None
    return alert.severity in ALARMS and (alert.state != ASSESSED or is_grave)


def route_lines(sites: Iterable[str]) -> dict[tuple[str, str], RouteLine]:
    """The routes of `sites`, by site and name."""
    rows = Place.objects.filter(site__in=list(sites), role="route")
    return {(one.site, one.name): _line(one) for one in rows}


def route_line(site: str, name: str) -> RouteLine | None:
    place = Place.objects.filter(site=site, name=name, role="route").first()
    return _line(place) if place else None


def _line(place: Place) -> RouteLine:
    points = tuple(Point(lon, lat) for lon, lat, *_ in place.geometry["coordinates"])
    return RouteLine(place.name, points, float(place.properties["width_m"]))


def legs_of(movement: uuid.UUID) -> list[Leg]:
    return list(Leg.objects.filter(movement=movement).order_by("number"))
