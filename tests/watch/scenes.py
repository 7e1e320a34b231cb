"""Observations for tests, in metres from a corner of open ocean, and the places around them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from shapely.geometry import Polygon

from safeconduct.sites.places import Exempt, Places, Ring, RingLevel
from safeconduct.terms.place import LocalPlane, Point
from safeconduct.watch.alerts import AlertChange
from safeconduct.watch.engine import Engine
from safeconduct.watch.observations import Batch, decode_rows
from safeconduct.watch.settings import Settings

BASE_MS = 1_700_000_000_000
PLANE = LocalPlane(Point(75.0, -5.0))


def square(x: float, y: float, half_m: float) -> Polygon:
    corners = [(x - half_m, y - half_m), (x + half_m, y - half_m), (x + half_m, y + half_m), (x - half_m, y + half_m)]
    return Polygon([PLANE.to_point(*corner) for corner in corners])


def ring(half_m: float = 5000.0, level: RingLevel = RingLevel.OUTER) -> Places:
    return Places(rings=(Ring("marjan", f"{level} ring", level, square(0, 0, half_m)),))


def with_exempt(places: Places, exempt: Exempt) -> Places:
    return Places(places.rings, (*places.exempts, exempt), places.gates, places.posts, places.sensors, places.routes)


def seen(
    at_s: float, x: float = 0.0, y: float = 0.0, track: str = "1", sensor: str = "cam-1", **more: Any
) -> dict[str, Any]:
    """One observation, `x` metres east and `y` north of the rings' centre."""
    lon, lat = PLANE.to_point(x, y)
    return {
        "time": BASE_MS + int(at_s * 1000),
        "sensor": sensor,
        "track": track,
        "lon": lon,
        "lat": lat,
        "kind": "car",
        **more,
    }


def stands(begin_s: int, end_s: int, x: float = 0.0, y: float = 0.0, **more: Any) -> Iterator[dict[str, Any]]:
    """A sighting a second, [begin, end)."""
    return (seen(at_s, x, y, **more) for at_s in range(begin_s, end_s))


def drives(
    begin_s: int, seconds: int, x: float = 0.0, y: float = 0.0, speed_mps: float = 12.0, **more: Any
) -> Iterator[dict[str, Any]]:
    """Eastwards from (x, y), which it has left a second before `begin_s`."""
    return (seen(begin_s + i, x + speed_mps * (i + 1), y, **more) for i in range(seconds))


def batch(rows: Iterable[dict[str, Any]]) -> Batch:
    decoded = decode_rows(sorted(rows, key=lambda row: row["time"]))
    assert not decoded.refused, decoded.refused
    return decoded.batch


def watch(rows: Iterable[dict[str, Any]], places: Places | None = None, settings: Settings | None = None) -> Watched:
    """All rows through a new engine, to the end of the last one."""
    engine = Engine(ring() if places is None else places, settings or Settings())
    return Watched(engine).feed(rows).finish()


class Watched:
    """An engine and the alerts that it raised, by id, each in its last state."""

    def __init__(self, engine: Engine):
        self.engine = engine
        self.alerts: dict[str, dict[str, Any]] = {}
        self.changes: list[AlertChange] = []

    def note(self, changes: list[AlertChange]) -> Watched:
        self.changes += changes
        for change in changes:
            self.alerts[change.alert["id"]] = change.alert
        return self

    def feed(self, rows: Iterable[dict[str, Any]]) -> Watched:
        return self.note(self.engine.feed(batch(rows)))

    def finish(self) -> Watched:
        self.note(self.engine.finish())
        self.alerts.update({alert["id"]: alert for alert in self.engine.final()})
        return self

    @property
    def only(self) -> dict[str, Any]:
        assert len(self.alerts) == 1, f"{len(self.alerts)} alerts, want one"
        return next(iter(self.alerts.values()))

    @property
    def alarms(self) -> list[dict[str, Any]]:
        return [alert for alert in self.alerts.values() if alert["severity"] != "notice"]


def second(text: str) -> float:
    """Seconds after BASE_MS of an alert's time."""
    from safeconduct.terms.instant import epoch_ms, parse

    return (epoch_ms(parse(text)) - BASE_MS) / 1000


def steps(alert: dict[str, Any]) -> list[tuple[str, float]]:
    return [(step["severity"], second(step["at"])) for step in alert["steps"]]
