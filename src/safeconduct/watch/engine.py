"""The watch's engine: observations in, changes of alerts out. Driven by the observations' own time alone.

    engine = Engine(places, Settings())
    for batch in read_observations(path, refused):
        changes = engine.feed(batch)

The kernel keeps tracks and presences; alarms.py gives them steps, explanations and ids. No clock, no randomness, no
Django.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from safeconduct.sites.places import Places
from safeconduct.terms.place import Point
from safeconduct.watch import kernel
from safeconduct.watch.alarms import Alarms
from safeconduct.watch.alerts import AlertChange, stamp
from safeconduct.watch.baseline import Baseline
from safeconduct.watch.circling import Circling
from safeconduct.watch.context import Context, Journey, SweptStretch
from safeconduct.watch.explain import sensors_of, tracks_of
from safeconduct.watch.field import Field
from safeconduct.watch.observations import Batch
from safeconduct.watch.ordering import Hold, Ordered, empty_rows, rows_of
from safeconduct.watch.rules import ExpectedPresence
from safeconduct.watch.settings import Settings
from safeconduct.watch.sightings import Silence
from safeconduct.watch.state import pack, unpack
from safeconduct.watch.tables import (
    CROSSED,
    DERIVED,
    DUE,
    ENDED,
    EVENTS,
    KINDS,
    MERGED,
    NEVER,
    NOW,
    OPEN,
    QUIET,
    STALE,
    TOKEN,
    TRACKS,
    UNSEEN,
    Event,
    Rows,
    Tables,
)

LIVE_MS = 30_000
"""A position on the picture is younger than this."""
SENSORS_KEPT = 65_536
OTHERS = "other sensors"


class Engine:
    """One watch over some places. `feed`, `advance` and the acts return the changes of alerts, in the order of time."""

    def __init__(self, places: Places, settings: Settings = Settings()):  # noqa: B008 -- frozen
        self.settings = settings
        self.field = Field(settings)
        hold_s, lateness_s, least_s = settings.hold_s, settings.lateness_s, settings.hold_least_s
        self.hold = Hold(int(hold_s * 1000), int(lateness_s * 1000), int(least_s * 1000))
        self.rows_inside = 0
        """How many of the rows watched since this process began lay in a ring or a corridor."""
        self._changes: list[AlertChange] = []
        self.alarms = Alarms(self.field, self._changes)
        self.circling = Circling(self.field, self._changes)
        self.silence = Silence(self.field, self._changes)
        self.sensors: dict[str, int] = {}
        self._set_places(places, ())

    def _set_places(self, places: Places, origins: tuple[Point, ...]) -> None:
        self.field.set_places(places, origins)
        self.alarms.watch(places)
        self.silence.watch(places)

    # Time and observations

    def feed(self, batch: Batch) -> list[AlertChange]:
        """Watch observations, in any order up to the lateness. Later ones are counted in `counts()['late']`."""
        numbers = np.array([self._sensor(name) for name in batch.sensors] or [0], dtype=np.int32)
        self._run_all(self.hold.push(batch, numbers[batch.sensor]))
        return self._taken()

    def advance(self, now_ms: int) -> list[AlertChange]:
        """Let time pass to `now_ms` where the feeds are silent."""
        until_ms = now_ms - self.hold.hold_ms
        self._run_all(self.hold.release(until_ms))
        self._tick(until_ms)
        return self._taken()

    def finish(self) -> list[AlertChange]:
        """Watch all that is held, at the end of a replay. Open presences stay open."""
        self._run_all(self.hold.release(NEVER))
        if self.hold.newest_ms > -NEVER:
            self._tick(self.hold.newest_ms)
        return self._taken()

    @property
    def now_ms(self) -> int:
        """The engine's time: of the newest observation watched, or of the clock where that is later."""
        return self.field.now_ms

    # What people tell it

    def expect(self, presence: ExpectedPresence) -> list[AlertChange]:
        """Register vehicles that may stand somewhere; again under the same id, to change it."""
        self.alarms.expected[presence.id] = presence
        return self._reconsider()

    def withdraw(self, expected_id: str) -> list[AlertChange]:
        """Take back an expected presence; an unknown id is nothing."""
        self.alarms.expected.pop(expected_id, None)
        return self._reconsider()

    def tell(self, context: Context) -> None:
        """All that a replay is told, before its first row."""
        self.tell_sweeps(context.sweeps)
        self.tell_journeys(context.journeys)
        for presence in context.expected:
            self.expect(presence)

    def tell_sweeps(self, sweeps: Sequence[SweptStretch]) -> list[AlertChange]:
        """These are the certified stretches now: a stop on one voids it. What is told again, as after each restart,
        moves no presence's next look."""
        if tuple(sweeps) == self.alarms.sweeping.sweeps:
            return []
        self.alarms.sweeping.tell(sweeps)
        return self._reconsider()

    def tell_journeys(self, journeys: Sequence[Journey]) -> list[AlertChange]:
        """These are the movements now: what stood near their routes is watched for closing on them."""
        self.alarms.journeys.tell(journeys)
        self.alarms.approaches.told()
        return self._taken()

    def close(self, alert: str, reason: str) -> list[AlertChange]:
        """End the presence of an alert on a person's word, with its reason."""
        for serial, found in list(self.alarms.alerts.items()):
            p = self.field.slot_of(serial)
            if found.id == alert and p is not None:
                found.explanation["closed_by"] = reason
                self.field.close(p)
                self._events(None)
        return self._taken()

    def replace_places(self, places: Places) -> list[AlertChange]:
        """Watch other places from now on. Presences go on where they still lie in a zone; the others end."""
        self._set_places(places, tuple(self.field.zones.origins))
        self.field.rezone()
        self._events(None)
        return self._reconsider()

    def compare(self, baseline: Baseline | None) -> None:
        """Tell of each alert from now on where its stay stands in a learnt baseline. No alarm depends on it."""
        self.alarms.baseline = baseline

    def _reconsider(self) -> list[AlertChange]:
        """Look at every presence at the next tick: what may explain it has changed."""
        for p in self.field.open():
            self.field.look_again(p, self.now_ms)
        return self._taken()

    # What it shows

    def presences(self, unseen: bool = False) -> list[dict[str, Any]]:
        """The open presences, or only those that are unseen, in the order in which they began."""
        rows = (self._presence_row(p) for p in (self.field.unseen() if unseen else self.field.open()))
        return sorted(rows, key=lambda row: row["serial"])

    def positions(self) -> dict[str, Any]:
        """Where tracks inside zones were seen last, no longer than LIVE_MS ago: columns with a place for each.

        `track` is the sensor's own id for a track of a presence; of others the key alone is kept, in hexadecimal.
        """
        tracks = self.field.tables.tracks[: self.field.tables.counters[TRACKS]]
        live = (tracks["key"] != 0) & (tracks["zone"] >= 0) & (tracks["last_ms"] >= self.now_ms - LIVE_MS)
        found = tracks[live]
        lon, lat = self.field.degrees_of(found["frame"], found["x"], found["y"])
        sensors = list(self.sensors)
        return {
            "zone": found["zone"],
            "lon": lon,
            "lat": lat,
            "kind": [KINDS[kind] for kind in found["kind"].tolist()],
            "sensor": [sensors[number] for number in found["sensor"].tolist()],
            "track": self._names_of(found),
            "seen_ms": found["last_ms"],
            "standing": found["presence"] >= 0,
        }

    def counts(self) -> dict[str, int]:
        """How much it holds and what it could not use."""
        counters = self.field.tables.counters
        return {
            "late": self.hold.late,
            "out_of_order": int(counters[STALE]),
            "presences": int(counters[OPEN]),
            "held": sum(len(part.track) for part in self.hold.parts),
            "alerts": len(self.alarms.alerts),
        }

    def final(self) -> list[dict[str, Any]]:
        """The alerts that still stand, told up to now, in the order in which they were raised."""
        standing = self.alarms.standing() + self.silence.standing() + self.alarms.approaches.standing()
        return [alert.to_plain() for alert in sorted(standing, key=lambda alert: (alert.raised_ms, alert.id))]

    def _presence_row(self, p: int) -> dict[str, Any]:
        presence, zone = self.field.tables.presences[p], self.field.zone_of(p)
        serial = int(presence["serial"])
        lon, lat = self.field.lon_lat(p)
        notes = self.alarms.notes.get(serial, [])
        alert = self.alarms.alerts.get(serial)
        return {
            "serial": serial,
            "site": zone.site,
            "ring": zone.level,
            "place": zone.name,
            "lon": lon,
            "lat": lat,
            "kind": KINDS[presence["kind"]],
            "state": "unseen" if presence["state"] == UNSEEN else "seen",
            "began": stamp(int(presence["begin_ms"])),
            "seen": stamp(int(presence["last_ms"])),
            "dwell_s": (self.now_ms - int(presence["begin_ms"])) / 1000,
            "tracks": tracks_of(notes),
            "sensors": sensors_of(notes),
            "alert": alert.id if alert and alert.ended_ms is None else None,
        }

    def _names_of(self, tracks: Any) -> list[str]:
        keys = tracks["key"].astype(">u8").tobytes().hex()
        names = [keys[at : at + 16] for at in range(0, len(keys), 16)]
        standing = np.flatnonzero(tracks["presence"] >= 0)
        serials = self.field.tables.presences["serial"][tracks["presence"][standing]].tolist()
        wanted = zip(standing.tolist(), tracks["key"][standing].tolist(), serials, strict=True)
        for at, key, serial in wanted:
            for note in reversed(self.alarms.notes.get(serial, [])):
                if note.key == key and note.track:
                    names[at] = note.track
                    break
        return names

    # Snapshots

    def snapshot(self) -> bytes:
        """All of the engine but places and settings: what `restore` goes on from as if nothing had happened."""
        tables = {name: array for name, array in self.field.tables._asdict().items() if name not in DERIVED}
        tables["events"] = self.field.tables.events[:0]
        kept = self.hold.held()
        held = {f"held_{name}": column for name, column in kept.rows._asdict().items()}
        plain = {
            "sensors": list(self.sensors),
            "origins": [list(origin) for origin in self.field.zones.origins],
            "newest_ms": self.hold.newest_ms,
            "behind_ms": self.hold.behind_ms,
            "late": self.hold.late,
            "words": list(kept.words),
            "alarms": self.alarms.dump(),
            "circling": self.circling.dump(),
            "silence": self.silence.dump(),
            "silence_next_ms": self.silence.next_ms,
        }
        return pack(plain, tables | held | {"held_words": kept.track})

    @classmethod
    def restore(cls, data: bytes, places: Places, settings: Settings = Settings()) -> Engine:  # noqa: B008 -- frozen
        """The engine that the snapshot was taken of. `places` and `settings` as they were then. Raises BadInput."""
        engine = cls(Places(), settings)
        rows = {f"held_{name}": column.dtype for name, column in empty_rows()._asdict().items()}
        types = {name: array.dtype for name, array in engine.field.tables._asdict().items()}
        plain, arrays = unpack(data, types | rows | {"held_words": np.dtype(np.int32)})
        arrays |= {name: getattr(engine.field.tables, name) for name in DERIVED}
        arrays["table"] = np.full(2 * len(arrays["tracks"]), -1, dtype=np.int32)
        arrays["quiet"] = np.zeros(len(arrays["presences"]), dtype=QUIET)
        engine.field.tables = Tables(**{name: arrays[name] for name in Tables._fields})
        kernel.forget(engine.field.tables, -NEVER)
        rows = rows_of(arrays[f"held_{name}"] for name in Rows._fields)
        engine.hold.put_back(Ordered(rows, arrays["held_words"], plain["words"]))
        engine.hold.newest_ms, engine.hold.late = plain["newest_ms"], plain["late"]
        engine.hold.behind_ms = plain["behind_ms"]
        engine._set_places(places, tuple(Point(*origin) for origin in plain["origins"]))
        engine.sensors = {name: number for number, name in enumerate(plain["sensors"])}
        engine.alarms.load(plain["alarms"])
        engine.circling.load(plain["circling"])
        engine.silence.load(plain["silence"])
        engine.silence.next_ms = plain["silence_next_ms"]
        return engine

    # The kernel

    def _sensor(self, name: str) -> int:
        """The number of a sensor. Names beyond SENSORS_KEPT share one: no feed fills the memory by making some up."""
        if name not in self.sensors and len(self.sensors) >= SENSORS_KEPT:
            name = OTHERS
        number = self.sensors.setdefault(name, len(self.sensors))
        self.field.make_room_for_sensor(number)
        return number

    def _run_all(self, parts: list[Ordered]) -> None:
        for part in parts:
            self._run(part)

    def _run(self, ordered: Ordered) -> None:
        """Watch rows; where sensors are watched for silence, stretch by stretch between two looks at them."""
        times = ordered.rows.time_ms
        begin = 0
        while begin < len(times):
            until_ms = max(min(self.silence.next_ms, self.alarms.approaches.next_ms), int(times[begin]) + 1)
            end = int(np.searchsorted(times, until_ms)) if until_ms < NEVER else len(times)
            rows = rows_of(column[begin:end] for column in ordered.rows)
            self._run_rows(Ordered(rows, ordered.track[begin:end], ordered.words))
            self._look_around()
            begin = end

    def _look_around(self) -> None:
        """Look at what no row of its own tells of: sensors that are silent, vehicles that close on a movement."""
        if self.now_ms >= self.silence.next_ms:
            self.silence.check(self.now_ms, self.sensors)
        if self.now_ms >= self.alarms.approaches.next_ms:
            self.alarms.approaches.check(self.now_ms)

    def _run_rows(self, ordered: Ordered) -> None:
        zones = self.field.zones_of(ordered)
        self.rows_inside += int(np.count_nonzero(zones >= 0))
        at = 0
        while at < len(zones):
            at = int(kernel.run(self.field.tables, self.field.zones.index, self.field.limits, ordered.rows, zones, at))
            self._events(ordered)
            self.field.make_room()

    def _tick(self, until_ms: int) -> None:
        while not kernel.tick(self.field.tables, self.field.limits, until_ms):
            self._events(None)
        self._events(None)
        self.field.tables.counters[NOW] = max(self.now_ms, until_ms)
        self._look_around()

    def _events(self, ordered: Ordered | None) -> None:
        """Take note of what the kernel reported, and look at the presences that are due."""
        counters = self.field.tables.counters
        while counters[EVENTS]:
            events = self.field.tables.events[: counters[EVENTS]].tolist()
            counters[EVENTS] = 0
            sensors = list(self.sensors)
            for event in map(Event._make, events):
                sensor = track = ""
                if event.row >= 0 and ordered is not None:
                    sensor = sensors[ordered.rows.sensor[event.row]]
                    track = ordered.words[int(ordered.track[event.row])]
                self._event(event, sensor, track)

    def _event(self, event: Event, sensor: str, track: str) -> None:
        if event.code == DUE:
            if self.field.tables.presences[event.presence]["serial"] == event.serial:
                self.alarms.assess(event.presence, event.at_ms)
        elif event.code == ENDED:
            self.alarms.ended(event)
        elif event.code == CROSSED:
            self.circling.cross(event, sensor, track)
        elif event.code == TOKEN:
            self.alarms.tokened(event)
        elif event.code == MERGED:
            self.alarms.merged(event)
        else:
            self.alarms.note(event, sensor, track)

    def _taken(self) -> list[AlertChange]:
        """The changes since they were last taken, in the order in which they were found."""
        changes = list(self._changes)
        self._changes.clear()
        return changes
