"""The tables and zones of one watch, and what is asked of them between the kernel's runs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from safeconduct.sites.places import Places
from safeconduct.terms.place import Point
from safeconduct.watch import kernel
from safeconduct.watch.ordering import Ordered
from safeconduct.watch.rules import Exemptions, Pair, nearest_pairs
from safeconduct.watch.settings import Settings
from safeconduct.watch.tables import (
    CLOSED,
    INSIDE,
    LEFT_ZONE,
    NEVER,
    NO_KEY,
    NO_ROW,
    NOW,
    OWN_KIND,
    OWN_ROOM,
    OWNS,
    PRESENCES,
    TRACKS,
    UNSEEN,
    Limits,
    Tables,
    grown,
    new_tables,
)
from safeconduct.watch.zones import Zone, Zones, build_zones

FORGET_MS = 60_000
"""A track not seen for this long, which shows no presence, is forgotten."""
CIRCLING_GAP_MS = 20_000
"""Who was outside for less has not entered again: it drives along the edge."""


def limits_of(settings: Settings) -> Limits:
    """The settings in the kernel's units."""
    return Limits(
        radius_sq=settings.radius_m**2,
        move_sq=settings.move_m**2,
        creep_mps=settings.creep_mps,
        still_sq=settings.still_m**2,
        begin_ms=int(settings.begin_s * 1000),
        lost_ms=int(settings.lost_s * 1000),
        forget_ms=FORGET_MS,
        unseen_limit_ms=int(settings.unseen_limit_s * 1000),
        takeover_sq=settings.takeover_m**2,
        join_sq=settings.join_m**2,
        skew_ms=int(settings.skew_s * 1000),
        depart_ms=int(settings.depart_s * 1000),
        doubt_ms=int(settings.doubt_s * 1000),
        reach_mps=settings.reach_mps,
        displaced_sq=settings.displaced_m**2,
        displaced_ms=int(settings.displaced_s * 1000),
        own_m=settings.own_m,
        own_silent_ms=int(settings.own_silent_s * 1000),
        recheck_ms=int(settings.recheck_s * 1000),
        circling_gap_ms=CIRCLING_GAP_MS,
    )


class Field:
    """Presences are named by their slot `p` while the kernel does not run, and by their serial number otherwise."""

    def __init__(self, settings: Settings):
        self.settings = settings
        self.limits = limits_of(settings)
        self.tables: Tables = new_tables()
        self.zones: Zones = build_zones(Places())
        self.exemptions = Exemptions(())

    def set_places(self, places: Places, origins: Sequence[Point]) -> None:
        """Watch other places; frames of the `origins` keep their numbers, so that positions keep their meaning."""
        self.zones = build_zones(places, origins)
        self.exemptions = Exemptions(places.exempts)

    def rezone(self) -> None:
        """Place all tracks and presences in the zones as they are now; presences of none end."""
        for track in self.tables.tracks[: self.tables.counters[TRACKS]]:
            track["zone"] = -1 if track["key"] == 0 else self._zone_at(track)
        for p in self.open():
            zone = self._zone_at(self.tables.presences[p])
            if zone < 0:
                kernel.end(self.tables, p, max(self.now_ms, 0), LEFT_ZONE, NO_KEY, NO_ROW)
            else:
                self.tables.presences[p]["zone"] = zone

    def _zone_at(self, thing: Any) -> int:
        lon, lat = self.degrees(int(thing["frame"]), float(thing["x"]), float(thing["y"]))
        return int(kernel.locate(self.zones.index, lon, lat))

    @property
    def now_ms(self) -> int:
        return int(self.tables.counters[NOW])

    # Running the kernel

    def zones_of(self, ordered: Ordered) -> NDArray[np.int32]:
        """The zone of each row, as `kernel.run` wants it."""
        return self.zones_at(ordered.rows.lon, ordered.rows.lat)

    def zones_at(self, lon: NDArray[np.float64], lat: NDArray[np.float64]) -> NDArray[np.int32]:
        """The zone of each position; negative where there is none."""
        zones = np.empty(len(lon), dtype=np.int32)
        # The kernel is compiled for arrays that may be written to; Arrow's may not.
        east, north = (np.require(column, requirements=("C", "W")) for column in (lon, lat))
        kernel.locate_all(self.zones.index, east, north, zones)
        return zones

    def make_room(self) -> None:
        """Forget old tracks, and grow the tables that are still full."""
        if kernel.full(self.tables):
            kernel.forget(self.tables, self.now_ms - FORGET_MS)
            crowded = int(self.tables.counters[INSIDE]) * 4 > len(self.tables.tracks) * 3
            if kernel.full(self.tables) or crowded:
                self.tables = grown(self.tables)
                kernel.forget(self.tables, -NEVER)

    def make_room_for_sensor(self, number: int) -> None:
        while number >= len(self.tables.sensor_ms):
            self.tables = grown(self.tables, sensors=True)

    # Presences

    def open(self) -> list[int]:
        """Slots of the open presences."""
        return np.flatnonzero(self.tables.presences["serial"][: self.tables.counters[PRESENCES]]).tolist()

    def unseen(self) -> list[int]:
        """Slots of the open presences that no track shows."""
        presences = self.tables.presences[: self.tables.counters[PRESENCES]]
        return np.flatnonzero((presences["serial"] != 0) & (presences["state"] == UNSEEN)).tolist()

    def slot_of(self, serial: int) -> int | None:
        """The slot of an open presence."""
        found = np.flatnonzero(self.tables.presences["serial"][: self.tables.counters[PRESENCES]] == serial)
        return int(found[0]) if len(found) else None

    def zone_of(self, p: int) -> Zone:
        return self.zones.zones[self.tables.presences[p]["zone"]]

    def look_again(self, p: int, at_ms: int) -> None:
        """Have the kernel report the presence at the first tick from `at_ms` on."""
        self.tables.presences[p]["step_ms"] = at_ms
        self.tables.quiet[p]["until_ms"] = 0
        if at_ms < NEVER:
            kernel.schedule(self.tables, p, at_ms)

    def keep_quiet(self, p: int, until_ms: int, next_ms: int, reach_m: float, is_lost: bool) -> None:
        """Have the kernel look at the presence itself until an instant, at each recheck before `next_ms`, as long as
        nothing has changed of it, it has moved less than `reach_m`, and no own vehicle rests by it."""
        presence, quiet = self.tables.presences[p], self.tables.quiet[p]
        for name in ("begin_ms", "prior_ms", "x", "y", "serial", "zone", "kind"):
            quiet[name] = presence[name]
        quiet["until_ms"], quiet["next_ms"], quiet["reach_sq"] = until_ms, next_ms, reach_m**2
        quiet["unseen_ms"], quiet["is_lost"] = presence["seen_ms"] + presence["blind_ms"], is_lost

    def close(self, p: int) -> None:
        """End a presence on a person's word."""
        kernel.end(self.tables, p, max(self.now_ms, 0), CLOSED, NO_KEY, NO_ROW)

    def spot(self, p: int) -> tuple[int, float, float]:
        """Frame, metres east and metres north."""
        presence = self.tables.presences[p]
        return int(presence["frame"]), float(presence["x"]), float(presence["y"])

    def lon_lat(self, p: int) -> tuple[float, float]:
        return self.degrees(*self.spot(p))

    def degrees(self, frame: int, x: float, y: float) -> tuple[float, float]:
        """Longitude and latitude of a position in a frame."""
        lon, lat, east, north = self.zones.index.frames[frame].tolist()
        return lon + x / east, lat + y / north

    def degrees_of(
        self, frame: NDArray[np.int16], x: NDArray[np.float32], y: NDArray[np.float32]
    ) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """`degrees` of many."""
        lon, lat, east, north = self.zones.index.frames[frame].T
        return lon + x / east, lat + y / north

    def least_m_per_deg(self, frame: int) -> float:
        """How many metres a degree is at least, in any direction."""
        return float(self.zones.index.frames[frame, 2:].min())

    # Own vehicles

    def own_tracks(self, at_ms: int) -> list[int]:
        """Slots of own vehicles whose tracker is not silent for too long."""
        counters = self.tables.counters
        if not counters[OWNS]:
            return []
        known = self.tables.own[: counters[OWNS]] if counters[OWNS] <= OWN_ROOM else np.arange(counters[TRACKS])
        slots = np.unique(known)
        tracks = self.tables.tracks[slots]
        since_ms = at_ms - self.limits.own_silent_ms
        return slots[(tracks["kind"] == OWN_KIND) & (tracks["key"] != 0) & (tracks["last_ms"] >= since_ms)].tolist()

    def own_pairs(self, at_ms: int) -> dict[int, int]:
        """Presence to own vehicle, one for one: the nearest ones within reach, where the own vehicle rests."""
        presences = self.tables.presences[: self.tables.counters[PRESENCES]]
        pairs: list[Pair] = []
        for own in self.own_tracks(at_ms):
            track = self.tables.tracks[own]
            if track["last_ms"] - track["still_ms"] < self.limits.begin_ms:
                continue
            distance = np.hypot(presences["x"] - track["spot_x"], presences["y"] - track["spot_y"])
            near = (presences["serial"] != 0) & (presences["frame"] == track["frame"])
            near &= distance <= self.settings.own_m
            pairs += [Pair(float(distance[q]), own, int(q)) for q in np.flatnonzero(near)]
        return dict(nearest_pairs(pairs))
