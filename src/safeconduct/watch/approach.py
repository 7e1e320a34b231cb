"""Vehicles that stood near a route and now close on a movement: closest point and time of approach.

A vehicle that only drives on the road is none of them: it has not stood there. Neither is one that drives along with
the movement or ahead of it: it does not come nearer.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from safeconduct.sites.places import SEVERITIES
from safeconduct.sites.routes import RouteLine
from safeconduct.terms.place import Point
from safeconduct.watch import kernel
from safeconduct.watch.alerts import CLEAR, RAISE, STEP, Alert, AlertChange, alert_id, stamp
from safeconduct.watch.explain import spell
from safeconduct.watch.field import Field
from safeconduct.watch.journeys import Journeys, Whereabouts, spots_on
from safeconduct.watch.tables import COMPATIBLE, KINDS, OWN_KIND, TRACKS, Event

CHECK_MS = 1000
"""How often approaches are looked at while a movement is on its way."""
FOLLOWED = 256
"""Vehicles that are followed at most: those that left first are let go."""
SPAN_MS = 6000
"""Over how much of its track a vehicle's velocity is measured..."""
LEAST_MS = 2000
"""...and over how much at least."""
LOST_MS = 20_000
"""A vehicle that no track has shown for longer is followed no more, unless its token may be read again."""
HANDED_MS = 8000
"""A track that begins so soon after another was lost, where that one would be, goes on from it."""
HANDED_M = 8.0
HANDED_MPS = 3.0
HANDED_MPS2 = 2.5
"""...within HANDED_M, and this much more for each second between, and as far as such a change of speed takes it."""
OVERLAP_MS = 5000
"""Views overlap: the track in the next view may have begun so long before the one in this view was lost."""
COAST_MS = 3000
"""A vehicle that was seen to drive goes on so for this long after it was lost."""

ON_ROAD = 0.8
"""The cosine between where a vehicle drives and a road leads, at least, either way, for it to drive on that road."""
ALIKE_MPS = 4.0
"""An own vehicle that is where a followed one is, and whose velocity differs by less, is that one."""


@dataclass
class Follow:
    """A vehicle that stood near a route, from its departure on. `places`: (ms, x, y) of its last seconds."""

    key: int
    kind: int
    site: str
    route: str
    began_ms: int
    left_ms: int
    distance_m: float
    token: int
    tracks: list[str]
    frame: int
    places: list[tuple[int, float, float]] = field(default_factory=list[tuple[int, float, float]])


@dataclass
class Closing:
    """A vehicle and a movement that may meet: since when it looks so, and the alert of it."""

    since_ms: int
    seen_ms: int
    alert: Alert | None = None


class _Own(NamedTuple):
    """Where an own vehicle was heard `silent_s` ago, in metres of its frame, and its metres a second."""

    frame: int
    x: float
    y: float
    vx: float
    vy: float
    silent_s: float


class Cpa(NamedTuple):
    """Metres at the closest point of approach, seconds until then, metres now, and metres a second that it closes."""

    metres: float
    in_s: float
    now_m: float
    closing_mps: float


class Approaches:
    """What closes on the movements that `journeys` has on their way."""

    def __init__(self, field: Field, changes: list[AlertChange], journeys: Journeys):
        self.field, self.changes, self.journeys = field, changes, journeys
        self.settings = field.settings
        self.follows: dict[int, Follow] = {}
        self.closings: dict[tuple[int, str], Closing] = {}
        self.next_ms = journeys.next_ms(field.now_ms)

    def told(self) -> None:
        """Other movements, or other routes, are known from now on."""
        self.next_ms = self.journeys.next_ms(self.field.now_ms)

    def stood_near(self, event: Event) -> bool:
        """Whether the presence that ended was a long stay near a route, which some track left. A bus may wait longer
        at its stops."""
        patience_s = self.settings.bus_patience_s if KINDS[event.kind] == "bus" else 0.0
        long_ms = (self.settings.approach_stay_s + patience_s) * 1000
        return bool(event.key) and event.at_ms - event.begin_ms >= long_ms and self._nearest(event) is not None

    def _nearest(self, event: Event) -> tuple[float, str] | None:
        """The route near which the presence stood, and how far from its corridor; None where there is none."""
        point, site = Point(*self.field.degrees(event.frame, event.x, event.y)), self.field.zones.zones[event.zone].site
        near: list[tuple[float, str]] = []
        for (of_site, name), line in self.journeys.lines.items():
            distance_m = line.distance_m(point) - line.width_m / 2
            if of_site == site and distance_m <= self.settings.near_route_m:
                near.append((max(0.0, distance_m), name))
        return min(near, default=None)

    def follow(self, event: Event, tracks: Sequence[str]) -> None:
        """Follow the track that left. Requires `stood_near`."""
        distance_m, route = self._nearest(event) or (0.0, "")
        self.follows[event.key] = Follow(
            key=event.key,
            kind=event.kind,
            site=self.field.zones.zones[event.zone].site,
            route=route,
            began_ms=event.begin_ms,
            left_ms=event.at_ms,
            distance_m=round(distance_m, 1),
            token=event.token,
            tracks=list(tracks),
            frame=event.frame,
        )
        while len(self.follows) > FOLLOWED:
            del self.follows[min(self.follows, key=lambda key: self.follows[key].left_ms)]

    def check(self, at_ms: int) -> None:
        """Measure each followed vehicle against each movement that is on its way."""
        under_way = self.journeys.under_way(at_ms)
        for key, follow in list(self.follows.items()):
            if not self._track(follow, at_ms) or at_ms - follow.left_ms > self.settings.near_route_window_s * 1000:
                del self.follows[key]
            elif follow.key != key:
                self.follows[follow.key] = self.follows.pop(key)
                self._rename(key, follow.key)
        seen: set[tuple[int, str]] = set()
        own = self._own_places(at_ms) if under_way else []
        for follow in [one for one in self.follows.values() if self._is_own(one, own)]:
            del self.follows[follow.key]
        for where in under_way:
            for follow in self.follows.values():
                if follow.site == where.journey.site and (cpa := self._cpa(follow, where, at_ms)) is not None:
                    seen.add((follow.key, where.journey.id))
                    self._measure(follow, where, cpa, at_ms)
        self._clear_stale(at_ms, seen, {where.journey.id for where in under_way})
        next_ms = self.journeys.next_ms(at_ms)
        self.next_ms = at_ms // CHECK_MS * CHECK_MS + CHECK_MS if next_ms == at_ms or self.closings else next_ms

    # Following

    def _track(self, follow: Follow, at_ms: int) -> bool:
        """Bring the vehicle's places up to now, over a change of its track; whether it is still followed."""
        tables = self.field.tables
        slot = int(kernel.find(tables, np.uint64(follow.key)))
        last_ms = int(tables.tracks[slot]["last_ms"]) if slot >= 0 else 0
        if slot < 0 or at_ms - last_ms >= LEAST_MS:
            other = self._handed_over(follow, at_ms)
            if other >= 0:
                follow.key, slot = int(tables.tracks[other]["key"]), other
        if slot >= 0:
            track = tables.tracks[slot]
            last_ms = int(track["last_ms"])
            if int(track["frame"]) == follow.frame and (not follow.places or last_ms > follow.places[-1][0]):
                follow.places.append((last_ms, float(track["x"]), float(track["y"])))
            follow.token = follow.token or int(track["token"])
        newest_ms = follow.places[-1][0] if follow.places else follow.left_ms
        follow.places = [place for place in follow.places if place[0] >= newest_ms - SPAN_MS]
        return bool(follow.token) or at_ms - newest_ms <= LOST_MS

    def _handed_over(self, follow: Follow, at_ms: int) -> int:
        """The slot of a track that goes on from one that is lost: of its token, or begun where it would be; or -1.

        One that goes on better from another lost track is that vehicle.
        """
        if not follow.places or (not follow.token and at_ms - follow.places[-1][0] > 2 * HANDED_MS):
            return -1
        tables = self.field.tables
        tracks = tables.tracks[: tables.counters[TRACKS]]
        last_ms, x, y = follow.places[-1]
        vx, vy = self._newest_velocity(follow)
        gap_s = np.maximum(0.0, (tracks["birth_ms"] - last_ms) / 1000.0)
        times_ms, xs, ys = zip(*follow.places, strict=True)
        was_x, was_y = (np.interp(tracks["birth_ms"], times_ms, column) for column in (xs, ys))
        off_m = np.hypot(tracks["birth_x"] - was_x - vx * gap_s, tracks["birth_y"] - was_y - vy * gap_s)
        begun = (tracks["birth_ms"] > last_ms - OVERLAP_MS) & (tracks["birth_ms"] <= last_ms + HANDED_MS)
        begun &= tracks["last_ms"] > last_ms
        fits = (off_m <= _reach_m(gap_s)) & begun
        since_s = (tracks["last_ms"] - last_ms) / 1000.0
        early = np.hypot(tracks["x"] - x - vx * since_s, tracks["y"] - y - vy * since_s) <= _reach_m(since_s)
        fits &= early | (gap_s > 0)
        fits &= (tracks["token"] == 0) | (follow.token == 0) | (tracks["token"] == follow.token)
        if follow.token:
            fits |= (tracks["token"] == np.uint64(follow.token)) & (tracks["last_ms"] > last_ms)
        fits &= (tracks["key"] != 0) & (tracks["key"] != np.uint64(follow.key)) & (tracks["frame"] == follow.frame)
        fits &= COMPATIBLE[follow.kind][tracks["kind"]] & (tracks["kind"] != OWN_KIND)
        taken = np.array([*self.follows], dtype=np.uint64)
        found = [int(slot) for slot in np.flatnonzero(fits & ~np.isin(tracks["key"], taken))]
        found = [
            slot
            for slot in found
            if (follow.token and int(tracks[slot]["token"]) == follow.token)
            or not _is_another(tracks, slot, follow.key, float(off_m[slot]))
        ]
        return min(found, key=lambda slot: (float(off_m[slot]), int(tracks[slot]["key"])), default=-1)

    def _newest_velocity(self, follow: Follow) -> tuple[float, float]:
        """How the vehicle went as it was lost: it may just have set off, or turned."""
        slot = int(kernel.find(self.field.tables, np.uint64(follow.key)))
        if slot < 0:
            return velocity(follow.places) or (0.0, 0.0)
        track = self.field.tables.tracks[slot]
        return float(track["vx"]), float(track["vy"])

    def _own_places(self, at_ms: int) -> list[_Own]:
        """The own vehicles that were heard lately."""
        tracks = self.field.tables.tracks
        found: list[_Own] = []
        for slot in self.field.own_tracks(at_ms):
            track, silent_s = tracks[slot], (at_ms - int(tracks[slot]["last_ms"])) / 1000
            if silent_s * 1000 <= LOST_MS:
                x, y, vx, vy = (float(track[name]) for name in ("x", "y", "vx", "vy"))
                found.append(_Own(int(track["frame"]), x, y, vx, vy, silent_s))
        return found

    def _is_own(self, follow: Follow, own: Sequence[_Own]) -> bool:
        """Whether an own vehicle is where the followed one is and goes as it goes: it is that one."""
        speed = velocity(follow.places)
        if speed is None:
            return False
        _, x, y = follow.places[-1]
        return any(
            one.frame == follow.frame
            and np.hypot(x - one.x - one.vx * one.silent_s, y - one.y - one.vy * one.silent_s) <= self.settings.own_m
            and np.hypot(speed[0] - one.vx, speed[1] - one.vy) <= ALIKE_MPS
            for one in own
        )

    def _rename(self, old: int, new: int) -> None:
        for key, journey in [pair for pair in self.closings if pair[0] == old]:
            self.closings[new, journey] = self.closings.pop((key, journey))

    # Closest point of approach

    def _cpa(self, follow: Follow, where: Whereabouts, at_ms: int) -> Cpa | None:
        """How near the vehicle will come to the movement, both going on as they go; None where it does not close.

        A vehicle that drives on the movement's road goes on along it, round its bends; any other goes straight on.
        """
        speed = self._speed(follow, at_ms)
        if speed is None or np.hypot(*speed) < self.settings.approach_mps:
            return None
        silent_s = (at_ms - follow.places[-1][0]) / 1000
        after_s = np.arange(0.0, self.settings.approach_s + 1.0)
        movement = self._ahead(where.line, where.along_m + where.speed_mps * after_s, follow.frame)
        found = [
            cpa
            for vehicle in self._paths(follow, where, speed, after_s + silent_s)
            if (cpa := self._closest(movement - vehicle, after_s, speed, where)) is not None
        ]
        return min(found, default=None)

    def _speed(self, follow: Follow, at_ms: int) -> tuple[float, float] | None:
        """How the vehicle drives, by its last places; None where they are too few or too long ago."""
        if not follow.places or at_ms - follow.places[-1][0] > COAST_MS:
            return None
        return velocity(follow.places)

    def _paths(
        self, follow: Follow, where: Whereabouts, speed: tuple[float, float], after_s: NDArray[np.float64]
    ) -> Iterator[NDArray[np.float64]]:
        """Where the vehicle may be then: along each stretch of the movement's route that it drives on, else straight
        on."""
        _, x, y = follow.places[-1]
        spots = spots_on(where.line, Point(*self.field.degrees(follow.frame, x, y)))
        ways = [(spot.along_m, spot.forward_mps(*speed)) for spot in spots]
        ways = [(along_m, mps) for along_m, mps in ways if abs(mps) >= ON_ROAD * np.hypot(*speed)]
        for along_m, mps in ways:
            yield self._ahead(where.line, along_m + mps * after_s, follow.frame)
        if not ways:
            yield np.stack([x + speed[0] * after_s, y + speed[1] * after_s], axis=1)

    def _closest(
        self, apart: NDArray[np.float64], after_s: NDArray[np.float64], speed: tuple[float, float], where: Whereabouts
    ) -> Cpa | None:
        """The closest point of approach by where the movement will be from the vehicle, if that is a meeting."""
        apart_m = np.hypot(*apart.T)
        nearest = int(np.argmin(apart_m))
        metres, now_m = float(apart_m[nearest]), float(apart_m[0])
        if nearest == 0:
            return None
        if apart[0] @ speed < self.settings.approach_towards * now_m * np.hypot(*speed):
            return None  # it drives ahead of the movement, which catches up
        cpa = Cpa(metres, float(after_s[nearest]), now_m, (now_m - metres) / float(after_s[nearest]))
        reach_m = self.settings.approach_m if where.basis == "tracker" else self.settings.approach_plan_m
        return cpa if metres <= reach_m and cpa.closing_mps >= self.settings.approach_mps else None

    def _ahead(self, line: RouteLine, along_m: NDArray[np.float64], frame: int) -> NDArray[np.float64]:
        """Points along a route, in metres of a frame (n, 2). It ends where the route does."""
        lon, lat, east_m, north_m = self.field.zones.index.frames[frame].tolist()
        corners = np.array([((p.lon - lon) * east_m, (p.lat - lat) * north_m) for p in line.points])
        reached_m = np.concatenate([[0.0], np.cumsum(np.hypot(*np.diff(corners, axis=0).T))])
        return np.stack([np.interp(along_m, reached_m, corners[:, axis]) for axis in (0, 1)], axis=1)

    # Alerts

    def _measure(self, follow: Follow, where: Whereabouts, cpa: Cpa, at_ms: int) -> None:
        """The vehicle closes: raise it once that has lasted, and step it as the meeting comes near."""
        closing = self.closings.setdefault((follow.key, where.journey.id), Closing(at_ms, at_ms))
        closing.seen_ms = at_ms
        if at_ms - closing.since_ms < self.settings.approach_confirm_s * 1000:
            return
        settings = self.settings
        severity = "critical" if cpa.in_s <= settings.approach_critical_s else settings.approach_severity
        fresh = closing.alert is None
        if closing.alert is None:
            closing.alert = self._new_alert(follow, where, closing.since_ms, at_ms)
        elif SEVERITIES.index(severity) <= SEVERITIES.index(closing.alert.severity):
            return
        alert = closing.alert
        alert.severity, alert.updated_ms = severity, at_ms
        alert.steps.append({"severity": severity, "at": stamp(at_ms)})
        alert.dwell_s = (at_ms - alert.started_ms) / 1000
        self._tell(alert, follow, where, cpa, at_ms)
        self.changes.append(AlertChange(RAISE if fresh else STEP, alert.to_plain()))

    def _new_alert(self, follow: Follow, where: Whereabouts, since_ms: int, at_ms: int) -> Alert:
        lon, lat = self.field.degrees(follow.frame, *follow.places[-1][1:])
        return Alert(
            # It may close again after that was over: another alert.
            id=alert_id(follow.began_ms, "convoy_approach", where.journey.id, *follow.tracks, since_ms),
            kind="convoy_approach",
            site=follow.site,
            ring="",
            severity=self.settings.approach_severity,
            lon=round(lon, 7),
            lat=round(lat, 7),
            started_ms=follow.left_ms,
            raised_ms=at_ms,
            updated_ms=at_ms,
            vehicle=KINDS[follow.kind],
            tracks=list(follow.tracks),
            sensors=list(dict.fromkeys(track.partition("/")[0] for track in follow.tracks)),
        )

    def _tell(self, alert: Alert, follow: Follow, where: Whereabouts, cpa: Cpa, at_ms: int) -> None:
        speed = velocity(follow.places) or (0.0, 0.0)
        named = {"movement": where.journey.id} if where.journey.named else {}
        facts: dict[str, Any] = {
            **named,
            "route": where.journey.route,
            "basis": where.basis,
            "stood": {"from": stamp(follow.began_ms), "to": stamp(follow.left_ms), "route": follow.route}
            | {"distance_m": follow.distance_m},
            "cpa": {
                "metres": round(cpa.metres),
                "at": stamp(at_ms + int(cpa.in_s * 1000)),
                "in_s": round(cpa.in_s),
            },
            "distance_m": round(cpa.now_m),
            "closing_mps": round(cpa.closing_mps, 1),
            "speed_mps": round(float(np.hypot(*speed)), 1),
        }
        what = "A vehicle" if alert.vehicle == "unknown" else f"A {alert.vehicle}"
        stood_s = (follow.left_ms - follow.began_ms) / 1000
        sentence = (
            f"{what} that stood for {spell(stood_s)} within {follow.distance_m:.0f} m of {follow.route} closes on a"
            f" movement at {cpa.closing_mps:.0f} m/s, {cpa.now_m:.0f} m away now: nearest in {spell(cpa.in_s)}, at"
            f" {cpa.metres:.0f} m, by the movement's {where.basis}."
        )
        alert.explanation = {"approach": facts, "ended": None, "sentence": sentence}

    def _clear_stale(self, at_ms: int, seen: set[tuple[int, str]], under_way: set[str]) -> None:
        """Drop what has not closed for a while, and clear the alerts of it."""
        for pair, closing in list(self.closings.items()):
            if pair in seen or at_ms - closing.seen_ms < 2 * self.settings.approach_confirm_s * 1000:
                continue
            del self.closings[pair]
            if closing.alert is not None:
                gone = "movement_over" if pair[1] not in under_way else "lost"
                reason = "no_longer_closing" if pair[1] in under_way and self._is_shown(pair[0], at_ms) else gone
                self._clear(closing.alert, closing.seen_ms, at_ms, reason)

    def _is_shown(self, key: int, at_ms: int) -> bool:
        follow = self.follows.get(key)
        return follow is not None and bool(follow.places) and at_ms - follow.places[-1][0] <= LOST_MS

    def _clear(self, alert: Alert, closed_ms: int, at_ms: int, reason: str) -> None:
        alert.ended_ms, alert.updated_ms = closed_ms, at_ms
        alert.dwell_s = (closed_ms - alert.started_ms) / 1000
        alert.explanation["ended"] = {"reason": reason, "at": stamp(closed_ms)}
        alert.explanation["sentence"] += f" It ended: {reason.replace('_', ' ')}."
        self.changes.append(AlertChange(CLEAR, alert.to_plain()))

    def standing(self) -> list[Alert]:
        return [closing.alert for closing in self.closings.values() if closing.alert is not None]

    # Snapshots

    def dump(self) -> dict[str, Any]:
        closings = [
            [*pair, one.since_ms, one.seen_ms, one.alert and vars(one.alert)] for pair, one in self.closings.items()
        ]
        return {
            "follows": [asdict(one) for one in self.follows.values()],
            "closings": closings,
            "next_ms": self.next_ms,
        }

    def load(self, plain: dict[str, Any]) -> None:
        self.follows = {one["key"]: Follow(**one) for one in plain["follows"]}
        for follow in self.follows.values():
            follow.places = [(place[0], place[1], place[2]) for place in follow.places]
        self.closings = {
            (key, journey): Closing(since_ms, seen_ms, Alert(**alert) if alert else None)
            for key, journey, since_ms, seen_ms, alert in plain["closings"]
        }
        self.next_ms = plain["next_ms"]


def _reach_m(gap_s: NDArray[np.float64]) -> NDArray[np.float64]:
    """How far from where it would be a vehicle may be found after so long."""
    return HANDED_M + HANDED_MPS * gap_s + HANDED_MPS2 / 2 * gap_s * gap_s


def _is_another(tracks: NDArray[Any], slot: int, key: int, off_m: float) -> bool:
    """Whether the track began nearer to where another than `key`, lost then, would be."""
    born = tracks[slot]
    gap_s = (int(born["birth_ms"]) - tracks["last_ms"]) / 1000.0
    lost = (gap_s >= -LEAST_MS / 1000) & (gap_s <= HANDED_MS / 1000) & (tracks["frame"] == born["frame"])
    lost &= (tracks["key"] != 0) & (tracks["key"] != born["key"]) & (tracks["key"] != np.uint64(key))
    lost &= (tracks["kind"] != OWN_KIND) & (tracks["birth_ms"] < born["birth_ms"])
    since_s = np.maximum(0.0, gap_s[lost])
    x = tracks["x"][lost] + tracks["vx"][lost] * since_s
    y = tracks["y"][lost] + tracks["vy"][lost] * since_s
    return bool((np.hypot(born["birth_x"] - x, born["birth_y"] - y) < off_m).any())


def velocity(places: Sequence[tuple[int, float, float]]) -> tuple[float, float] | None:
    """Metres a second east and north, by least squares; None where the places are too few to say."""
    if len(places) < 3 or places[-1][0] - places[0][0] < LEAST_MS:
        return None
    at_s, x, y = (np.array(column, dtype=np.float64) for column in zip(*places, strict=True))
    at_s = (at_s - at_s.mean()) / 1000.0
    spread = float((at_s * at_s).sum())
    return float((at_s * x).sum()) / spread, float((at_s * y).sum()) / spread
