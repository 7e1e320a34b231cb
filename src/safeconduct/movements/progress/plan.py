"""The plan of movements that are on their way, read from the tables. Runs inside an act or a release, never outside."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from safeconduct.movements.models import Leg, Movement, Vehicle
from safeconduct.movements.progress import borders
from safeconduct.movements.progress.borders import End
from safeconduct.movements.progress.course import Course, Drawn, course_of
from safeconduct.sites.models import Place
from safeconduct.terms.instant import epoch_ms, parse
from safeconduct.terms.place import Point

USUAL_MPS = 8.0
"""How fast a movement is taken to drive whose plan has no legs."""

Lines = dict[tuple[str, str], tuple[float, list[Point]]]
"""(site, route) to its width and corners."""


def courses(movements: Sequence[Movement]) -> dict[UUID, Course]:
    """The course of each of `movements`; one whose route is no longer known has none."""
    legs: defaultdict[UUID, list[Leg]] = defaultdict(list)
    for leg in Leg.objects.filter(movement__in=[one.pk for one in movements]).order_by("movement", "number"):
        legs[leg.movement].append(leg)
    lines = _lines({leg.site for found in legs.values() for leg in found} | {one.site for one in movements})
    found: dict[UUID, Course] = {}
    for one in movements:
        drawn = [_drawn(leg, lines) for leg in legs[one.pk]] or [_without_legs(one, lines)]
        if all(drawn):
            found[one.pk] = course_of([leg for leg in drawn if leg])
    return found


def _lines(sites: set[str]) -> Lines:
    rows = Place.objects.filter(site__in=sites, role="route").values_list("site", "name", "geometry", "properties")
    return {
        (site, name): (float(properties["width_m"]), [Point(lon, lat) for lon, lat, *_ in geometry["coordinates"]])
        for site, name, geometry, properties in rows
    }


def _drawn(leg: Leg, lines: Lines) -> Drawn | None:
    """The leg with the lines of its route and of those alternates that are known."""
    names = [leg.route, *(one for one in leg.alternates if one != leg.route)]
    known = [(name, *lines[leg.site, name]) for name in names if (leg.site, name) in lines]
    if not known or known[0][0] != leg.route:
        return None
    return Drawn(
        leg.site,
        known,
        epoch_ms(leg.begin_at),
        epoch_ms(leg.end_at),
        [_checkpoint(one) for one in leg.checkpoints if one.get("lon") is not None],
        float(leg.max_speed_kmh) if leg.max_speed_kmh else None,
        [Point(one["lon"], one["lat"]) for one in leg.havens if one.get("lon") is not None],
    )


def _checkpoint(one: dict[str, Any]) -> tuple[str, Point, int | None]:
    due = one.get("due_at")
    return one["name"], Point(one["lon"], one["lat"]), epoch_ms(parse(due)) if due else None


def _without_legs(movement: Movement, lines: Lines) -> Drawn | None:
    line = lines.get((movement.site, movement.route))
    if line is None:
        return None
    begin_ms = epoch_ms(movement.depart_at)
    drawn = Drawn(movement.site, [(movement.route, *line)], begin_ms, begin_ms + 1)
    length_m = course_of([drawn]).length_m
    end = movement.arrive_at or movement.depart_at + timedelta(seconds=length_m / USUAL_MPS)
    return Drawn(movement.site, [(movement.route, *line)], begin_ms, max(epoch_ms(end), begin_ms + 1))


def trackers(refs: Sequence[UUID]) -> dict[UUID, dict[str, str]]:
    """Movement to the callsign of each of its vehicles by the `sensor/track` of its device."""
    found: defaultdict[UUID, dict[str, str]] = defaultdict(dict)
    rows = Vehicle.objects.filter(movement__in=refs).exclude(tracker="").order_by("callsign")
    for movement, callsign, tracker in rows.values_list("movement", "callsign", "tracker"):
        found[movement][tracker] = callsign
    return dict(found)


def callsigns(movement: UUID) -> dict[str, str]:
    """Callsign to the class of each vehicle of the plan."""
    return dict(Vehicle.objects.filter(movement=movement).values_list("callsign", "vehicle_class"))


def sites_of(refs: Sequence[UUID]) -> dict[UUID, set[str]]:
    """Movement to the sites that its legs lead through."""
    found: defaultdict[UUID, set[str]] = defaultdict(set)
    for movement, site in Leg.objects.filter(movement__in=refs).values_list("movement", "site"):
        found[movement].add(site)
    return dict(found)


def origin_of(movement: Movement) -> str:
    """The post that a movement leaves from: the place at which its first leg begins, or its site."""
    leg = Leg.objects.filter(movement=movement.pk).order_by("number").first()
    return (leg.origin if leg else "") or movement.site


def borders_of(movement: Movement, course: Course) -> list[dict[str, Any]]:
    """The borders at which the plan of a movement hands it over (progress/borders.py)."""
    legs = list(Leg.objects.filter(movement=movement.pk).order_by("number"))
    if len(legs) != len(course.stages):
        return []
    ends = [
        End(leg.site, leg.origin, leg.destination, stage.base_m, stage.base_m + stage.ways[0].length_m)
        for leg, stage in zip(legs, course.stages, strict=True)
    ]
    sites = {leg.site for leg in legs}
    return borders.borders_of(ends, set(Place.objects.filter(site__in=sites, role="gate").values_list("site", "name")))


def destination_of(movement: UUID) -> str:
    """The site in which its last leg ends; empty where the plan has no legs."""
    return Leg.objects.filter(movement=movement).order_by("-number").values_list("site", flat=True).first() or ""


def shifted(at_ms: int, shift_s: float) -> datetime:
    """A time of the plan as it was agreed since."""
    from safeconduct.terms.instant import from_epoch_ms

    return from_epoch_ms(at_ms + round(shift_s * 1000))
