"""Answers of the archive to a question: the stays, what is missing, and where each vehicle was.

Only the files of the question's site are opened, and of them only the row groups near the place. What is computed here
has no row in the database; it is released all the same, by the class `stay`: whoever may not read that gets no answer,
and a field that the accord withholds is absent.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import cos, hypot, radians
from typing import Any

import numpy as np
import pyarrow as pa

from safeconduct import node
from safeconduct.release import Projection
from safeconduct.sites.queries import watched_places
from safeconduct.terms import instant
from safeconduct.terms.errors import NotFound
from safeconduct.terms.marking import Marking
from safeconduct.terms.party import Principal
from safeconduct.terms.place import METRES_PER_DEGREE
from safeconduct.watch import archive
from safeconduct.watch.alert_replay import AFTER, BEFORE, Spot, points_of
from safeconduct.watch.archive_joining import Stay, Stretch, joined
from safeconduct.watch.archive_stays import Span, standings
from safeconduct.watch.keeping import queries, retention

MARGIN_M = 60.0
"""Rows are read this far beyond the radius, so that a vehicle is seen to arrive and to leave."""
MOST_STAYS = 500
NEAR_M = 25.0
"""An alert and a stay closer than this, at one time, are of one vehicle."""
HOUR = timedelta(hours=1)


@dataclass(frozen=True)
class Near:
    """A stay, as released, and the alerts that its reader sees of it."""

    number: int
    stay: Projection
    alerts: Sequence[Projection]


@dataclass(frozen=True)
class Answer:
    """`missing` are the hours of which the archive has no row of the site; `over` is past its retention."""

    stays: Sequence[Near]
    more: int
    """Stays beyond MOST_STAYS, which are the longest."""
    missing: Sequence[Stretch]
    over: Sequence[Stretch]


def answer(principal: Principal, question: Projection) -> Answer:
    """What stood where `question` asks. Raises NotFound for a reader to whom no stay there is released."""
    marking = _marking(principal, question)
    told, over = retention.told(principal, question["site"], question["begin"], question["end"])
    found, hours = list[Stay](), set[int]()
    for begin, end in told:
        held = _holdings(question["site"], begin, end)
        found += _stays(held, question, begin, end)
        hours |= _hours(held)
    found.sort(key=lambda stay: stay.dwell_s, reverse=True)
    shown = sorted(found[:MOST_STAYS], key=lambda stay: (stay.began, stay.lon, stay.lat, stay.dwell_s))
    alerts = queries.alerts_about(principal, question["site"], question["begin"], question["end"]) if shown else []
    rows = [(stay, _released(principal, marking, question, number, stay)) for number, stay in enumerate(shown)]
    return Answer(
        stays=[Near(number, row, _alerts_of(row, alerts)) for number, (_, row) in enumerate(rows)],
        more=max(0, len(found) - MOST_STAYS),
        missing=_missing(told, hours),
        over=over,
    )


def _marking(principal: Principal, question: Projection) -> Marking:
    """The marking of stays at the question's site: the node's watch saw them."""
    accord = node.current().accord
    watch = node.current().system("node.watch")
    marking = accord.marking("stay", watch.party, question["site"])
    if not accord.may_read(principal, marking).allowed:
        raise NotFound("stay", str(question.id))
    return marking


def _holdings(site: str, begin: datetime, end: datetime) -> archive.Holdings:
    """The rows of one site alone: a reader's area is never left."""
    held = archive.holdings(node.current().path, begin, end)
    name = archive.directory_of(site)
    recent = held.recent
    if recent.num_rows:
        finder = archive.SiteFinder(watched_places(node.current().system("node.watch")))
        number = finder.names.index(site) if site in finder.names[1:] else -1
        recent = recent.filter(pa.array(finder.numbers_of(recent) == number))
    return archive.Holdings([path for path in held.files if path.parent.name == name], recent)


def _stays(held: archive.Holdings, question: Projection, begin: datetime, end: datetime) -> list[Stay]:
    lon, lat, radius_m = question["lon"], question["lat"], question["radius_m"]
    north = (radius_m + MARGIN_M) / METRES_PER_DEGREE
    east = north / max(0.01, cos(radians(lat)))
    span = Span(begin, end, (lon - east, lat - north, lon + east, lat + north))
    return [
        stay
        for stay in joined(standings(held, span))
        if stay.dwell_s >= question["at_least_s"] and _metres(lon, lat, stay.lon, stay.lat) <= radius_m
    ]


def _metres(lon: float, lat: float, to_lon: float, to_lat: float) -> float:
    return hypot((to_lon - lon) * cos(radians(lat)), to_lat - lat) * METRES_PER_DEGREE


def _hours(held: archive.Holdings) -> set[int]:
    hours = {hour for path in held.files for hour in archive.rows_by_hour(path)}
    recent: Any = held.recent["time"].cast(pa.int64()).to_numpy()
    return hours | set(np.unique(recent // archive.HOUR_MS).tolist())


def _missing(told: Sequence[Stretch], hours: set[int]) -> list[Stretch]:
    """The whole hours of `told` without any row, those that follow one another as one stretch."""
    found: list[Stretch] = []
    for begin, end in told:
        first, last = instant.epoch_ms(begin) // archive.HOUR_MS, -(-instant.epoch_ms(end) // archive.HOUR_MS)
        for hour in (one for one in range(first, last) if one not in hours):
            at = instant.from_epoch_ms(hour * archive.HOUR_MS)
            if found and found[-1][1] >= at:
                found[-1] = (found[-1][0], min(end, at + HOUR))
            else:
                found.append((max(begin, at), min(end, at + HOUR)))
    return found


def _released(principal: Principal, marking: Marking, question: Projection, number: int, stay: Stay) -> Projection:
    allowed = node.current().accord.fields(principal, marking)
    values = _values(question["site"], stay)
    row_id = uuid.uuid5(question.id, str(number))
    return Projection(row_id, marking, {name: value for name, value in values.items() if name in allowed})


def _values(site: str, stay: Stay) -> dict[str, Any]:
    return {
        "site": site,
        "kind": stay.kind,
        "lon": round(stay.lon, 7),
        "lat": round(stay.lat, 7),
        "began": stay.began,
        "ended": stay.ended,
        "dwell_s": stay.dwell_s,
        "left": stay.left,
        "unseen_s": stay.unseen_s,
        "sensors": stay.sensors,
        "tracks": stay.tracks,
    }


def _alerts_of(stay: Projection, alerts: Iterable[Projection]) -> list[Projection]:
    """Those of the reader's alerts that are of this stay, by place and time as the reader knows them."""
    if not {"lon", "lat", "began", "ended"} <= set(stay):
        return []
    return [one for one in alerts if {"lon", "lat", "started", "ended"} <= set(one) and _is_of(one, stay)]


def _is_of(alert: Projection, stay: Projection) -> bool:
    apart_m = _metres(stay["lon"], stay["lat"], alert["lon"], alert["lat"])
    ended = alert["ended"] or instant.now()
    return apart_m <= NEAR_M and alert["started"] < stay["ended"] and ended > stay["began"]


def one_stay(principal: Principal, question: Projection, number: int) -> Near:
    """The stay `number` of an answer. Raises NotFound."""
    stays = answer(principal, question).stays
    if not 0 <= number < len(stays):
        raise NotFound("stay", str(number))
    return stays[number]


def replay(reader: Principal, question: Projection, stay: Projection) -> Mapping[str, Any]:
    """Where a stay's vehicle was, as alert_replay tells it. Raises NotFound for a reader without its tracks."""
    if not {"tracks", "began", "ended", "lon", "lat"} <= set(stay):
        raise NotFound("replay", str(question.id))
    begin, end = stay["began"] - BEFORE, min(stay["ended"] + AFTER, instant.now())
    tracks = points_of(reader, stay["tracks"], begin, end, Spot(question["site"], stay["lon"], stay["lat"]))
    return {
        "begin": instant.iso(begin),
        "end": instant.iso(end),
        "started": instant.iso(stay["began"]),
        "spot": [stay["lon"], stay["lat"]],
        "tracks": [{"track": name, "points": points} for name, points in tracks.items()],
        "unseen": [],
        "steps": [],
    }
