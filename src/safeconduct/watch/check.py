"""The watch checks itself: what is set up so that nothing, or not the right thing, would be seen or said.

A finding is data, a code with values; check_words.py says it. `check_places` goes by places alone, `check_sources` by
how feeds and sensors are. Whoever is not told of sensors gets no finding that rests on them.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from safeconduct.sites.ground import calibrate
from safeconduct.sites.places import Sensor
from safeconduct.terms.errors import BadInput, Fault
from safeconduct.terms.place import Point, distance_m

ERROR, WARNING, NOTE = "error", "warning", "note"
LEVELS = (ERROR, WARNING, NOTE)
"""An error: something is not watched, or cannot work. A warning: it may be meant. A note: it is not known."""

CHARACTERISE_PX_PER_M = 250.0
"""From here on a person can be told by face or bearing; a watch of vehicles needs 40 to 80.

Source: IEC 62676-4:2025, `characterise` of OODPCVS.
"""
PIXEL_KINDS = frozenset({"frigate"})
"""Kinds of feeds that report pixels: their sensors need a calibration."""
LISTED = 8
"""Names in one finding; the rest is counted."""


class Finding(NamedTuple):
    """`place` is the name of the place, sensor or feed that it is about; empty for all of a site or node."""

    level: str
    code: str
    site: str
    place: str
    values: Mapping[str, Any]

    def to_plain(self) -> dict[str, Any]:
        return self._asdict() | {"values": dict(self.values)}


@dataclass(frozen=True)
class Feed:
    """A feed as it is released: `sensors` empty where it may report for any."""

    name: str
    kind: str
    state: str
    sensors: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Sources:
    """How the ways in are. `health` by sensor (site, name): live, silent, unknown. `heard`: what feeds report of."""

    feeds: Sequence[Feed] | None = None
    health: Mapping[tuple[str, str], str] = field(default_factory=dict[tuple[str, str], str])
    heard: frozenset[str] = frozenset()


def in_order(findings: Iterable[Finding]) -> list[Finding]:
    """The gravest first, then by site and place."""
    return sorted(findings, key=lambda one: (LEVELS.index(one.level), one.site, one.place, one.code))


def refused(error: BadInput) -> list[Finding]:
    """Places that cannot be read at all, as findings."""
    return [_of_fault(fault) for fault in error.faults]


def _of_fault(fault: Fault) -> Finding:
    return Finding(ERROR, "refused", "", fault.where, {"found": fault.found, "wanted": fault.wanted})


def named(names: Iterable[str]) -> str:
    """Some names as one text, the first LISTED of them."""
    every = sorted(names)
    more = f" +{len(every) - LISTED}" if len(every) > LISTED else ""
    return ", ".join(every[:LISTED]) + more


# Sensors and feeds


def check_sensors(sensors: Sequence[Sensor]) -> Iterator[Finding]:
    """What the sensors themselves say: how finely they see, and under which ids they report."""
    unknown: dict[str, list[str]] = {}
    sites: dict[str, set[str]] = {}
    for sensor in sensors:
        sites.setdefault(sensor.sensor, set()).add(sensor.site)
        finest = finest_px_per_m(sensor)
        if finest is None:
            if sensor.optics is None or sensor.optics.public_space:
                unknown.setdefault(sensor.site, []).append(sensor.name)
        elif finest > CHARACTERISE_PX_PER_M and (sensor.optics is None or sensor.optics.public_space):
            yield Finding(WARNING, "sensor_sharp", sensor.site, sensor.name, {"px_per_m": round(finest)})
        if sensor.coverage is None:
            yield Finding(WARNING, "sensor_without_coverage", sensor.site, sensor.name, {})
    for site, names in sorted(unknown.items()):
        yield Finding(NOTE, "sharpness_unknown", site, "", {"count": len(names), "names": named(names)})
    for sensor, at in sorted(sites.items()):
        if len(at) > 1:
            yield Finding(WARNING, "sensor_of_two_sites", "", sensor, {"names": named(at)})


def finest_px_per_m(sensor: Sensor) -> float | None:
    """Where it sees the ground most finely: as it says, or as its calibration says of the foot of its picture."""
    stated = sensor.optics.finest_px_per_m if sensor.optics else None
    if stated is not None or sensor.calibration is None:
        return stated
    try:
        ground = calibrate(sensor.calibration)
    except BadInput:
        return None
    finest: list[float] = []
    for share in (0.0, 0.5, 1.0):
        x, y = share * (ground.width - 1), ground.height - 1
        here, beside = ground.spot(x, y), ground.spot(x + 1, y)
        if here is not None and beside is not None:
            finest.append(1 / max(distance_m(Point(here.lon, here.lat), Point(beside.lon, beside.lat)), 1e-6))
    return max(finest, default=None)


def check_sources(sensors: Sequence[Sensor] | None, sources: Sources) -> Iterator[Finding]:
    """Whether every sensor has a feed that brings it, and every feed sensors that are known; and how they are.

    `sensors` is None for whoever is not told which they are.
    """
    for (site, name), state in sorted(sources.health.items()):
        if state == "silent":
            yield Finding(ERROR, "sensor_silent", site, name, {})
        elif state == "unknown":
            yield Finding(ERROR, "sensor_never_heard", site, name, {})
    yield from _check_states(sources.feeds or ())
    if sensors is None:
        return
    if sources.feeds is not None:
        yield from _check_feeds(sensors, sources.feeds)
    strangers = sources.heard - {sensor.sensor for sensor in sensors}
    if strangers:
        values = {"count": len(strangers), "names": named(strangers)}
        yield Finding(WARNING, "heard_unknown", "", "", values)


def _check_states(feeds: Sequence[Feed]) -> Iterator[Finding]:
    for feed in feeds:
        if feed.state in _FEED_STATES:
            yield Finding(ERROR, _FEED_STATES[feed.state], "", feed.name, {})


def _check_feeds(sensors: Sequence[Sensor], feeds: Sequence[Feed]) -> Iterator[Finding]:
    known = {sensor.sensor for sensor in sensors}
    if not feeds:
        yield Finding(ERROR, "no_feed", "", "", {})
        return
    for feed in feeds:
        if feed.sensors - known:
            yield Finding(WARNING, "feed_of_unknown_sensor", "", feed.name, {"names": named(feed.sensors - known)})
    may_report_any = any(not feed.sensors for feed in feeds)
    brought = frozenset[str]().union(*(feed.sensors for feed in feeds))
    for sensor in sensors:
        if not may_report_any and sensor.sensor not in brought:
            yield Finding(ERROR, "sensor_without_feed", sensor.site, sensor.name, {"sensor": sensor.sensor})
        of_pixels = [feed.name for feed in feeds if feed.kind in PIXEL_KINDS and sensor.sensor in feed.sensors]
        if of_pixels and sensor.calibration is None:
            yield Finding(ERROR, "not_calibrated", sensor.site, sensor.name, {"names": named(of_pixels)})


_FEED_STATES = {"silent": "feed_silent", "unreachable": "feed_unreachable", "clock_off": "feed_clock_off"}
