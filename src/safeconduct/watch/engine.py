"""The watch's engine: observations in, changes of alerts out. Driven by the observations' own time alone.

    engine = Engine(places, Settings())
    for batch in read_observations(path, refused):
        changes = engine.feed(batch)

The kernel keeps tracks and presences; here they get their steps, explanations and ids. No clock, no randomness, no Django.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from safeconduct.sites.places import SEVERITIES, Places
from safeconduct.terms.place import Point
from safeconduct.watch import kernel
from safeconduct.watch.alerts import CLEAR, RAISE, STEP, Alert, AlertChange, alert_id, stamp
from safeconduct.watch.baseline import Baseline
from safeconduct.watch.explain import Note, history, sensors_of, sentence, tracks_of
from safeconduct.watch.observations import Batch
from safeconduct.watch.ordering import Hold, Ordered, empty_rows
from safeconduct.watch.rules import ALARMS, Allowance, Exemptions, ExpectedPresence, Pair, Step, nearest_pairs, steps_of
from safeconduct.watch.settings import Settings
from safeconduct.watch.state import pack, unpack
from safeconduct.watch.tables import (
    BEGAN,
    CLOSED,
    DISPLACED,
    DUE,
    END_REASONS,
    ENDED,
    ENTERED,
    EVENTS,
    FOUND,
    INSIDE,
    JOINED,
    KINDS,
    LEFT_ZONE,
    LOST,
    NEVER,
    NOW,
    OPEN,
    OWN_KIND,
    PRESENCES,
    SPLIT,
    STALE,
    TOKEN,
    TOOK_OVER,
    TRACKS,
    UNSEEN,
    UNSEEN_LIMIT,
    Limits,
    Rows,
    Tables,
    grown,
    new_tables,
)
from safeconduct.watch.zones import Zone, build_zones

UNLEARNT = {END_REASONS[reason] for reason in (DISPLACED, UNSEEN_LIMIT, CLOSED)}
"""Ends whose time nobody saw."""
LIVE_MS = 30_000
"""A position on the picture is younger than this."""


def limits_of(settings: Settings) -> Limits:
    """The settings in the kernel's units."""
    return Limits(
        radius_sq=settings.radius_m**2,
        move_sq=settings.move_m**2,
        creep_mps=settings.creep_mps,
        still_sq=settings.still_m**2,
        begin_ms=int(settings.begin_s * 1000),
        lost_ms=int(settings.lost_s * 1000),
        forget_ms=60_000,
        unseen_limit_ms=int(settings.unseen_limit_s * 1000),
        takeover_sq=settings.takeover_m**2,
        join_sq=settings.join_m**2,
        skew_ms=int(settings.skew_s * 1000),
        depart_ms=int(settings.depart_s * 1000),
        doubt_ms=int(settings.doubt_s * 1000),
        reach_mps=settings.reach_mps,
        displaced_sq=settings.displaced_m**2,
        displaced_ms=int(settings.displaced_s * 1000),
        circling=settings.circling_count,
        circling_gap_ms=20_000,
    )


class Engine:
    """One watch over some places. `feed`, `advance` and the acts return the changes of alerts, in the order of time."""

    def __init__(self, places: Places, settings: Settings = Settings()):  # noqa: B008 -- frozen
        self.settings = settings
        self.limits = limits_of(settings)
        self.tables: Tables = new_tables()
        self.hold = Hold(int(settings.hold_s * 1000), int(settings.lateness_s * 1000))
        self.baseline = Baseline()
        self.sensors: dict[str, int] = {}
        self.notes: dict[int, list[Note]] = {}
        self.alerts: dict[int, Alert] = {}
        self.expected: dict[str, ExpectedPresence] = {}
        self.stays: dict[int, tuple[str, int, int]] = {}
        self.entries: dict[tuple[str, int], list[int]] = {}
        self.silent: dict[str, Alert] = {}
        self.excused: dict[int, int] = {}
        self.zones = build_zones(Places())
        self._set_places(places)
        self._split_off = ("", "")
        self._changes: list[AlertChange] = []

    def _set_places(self, places: Places) -> None:
        self.places = places
        self.zones = build_zones(places, self.zones.origins)
        self.exemptions = Exemptions(places.exempts)

    # Time and observations

    def feed(self, batch: Batch) -> list[AlertChange]:
        """Watch observations, in any order up to the lateness. Later ones are counted in `counts()['late']`."""
        numbers = np.array([self._sensor(name) for name in batch.sensors] or [0], dtype=np.int32)
        self._run(self.hold.push(batch, numbers[batch.sensor]))
        return self._taken()

    def advance(self, now_ms: int) -> list[AlertChange]:
        """Let time pass to `now_ms` where the feeds are silent."""
        until_ms = now_ms - self.hold.hold_ms
        self._run(self.hold.release(until_ms))
        self._tick(until_ms)
        return self._taken()

    def finish(self) -> list[AlertChange]:
        """Watch all that is held, at the end of a replay. Open presences stay open."""
        self._run(self.hold.release(NEVER))
        if self.hold.newest_ms > -NEVER:
            self._tick(self.hold.newest_ms)
        return self._taken()

    @property
    def now_ms(self) -> int:
        """The engine's time: of the newest observation watched, or of the clock where that is later."""
        return int(self.tables.counters[NOW])

    # What people tell it

    def expect(self, presence: ExpectedPresence) -> list[AlertChange]:
        """Register vehicles that may stand somewhere; again under the same id, to change it."""
        self.expected[presence.id] = presence
        return self._reconsider()

    def withdraw(self, expected_id: str) -> list[AlertChange]:
        """Take back an expected presence; an unknown id is nothing."""
        self.expected.pop(expected_id, None)
        return self._reconsider()

    def close(self, alert: str, reason: str) -> list[AlertChange]:
        """End the presence of an alert on a person's word, with its reason."""
        for serial, found in self.alerts.items():
            if found.id == alert and found.ended_ms is None:
                p = self._presence(serial)
                found.explanation["closed_by"] = reason
                if p is not None:
                    kernel.end(self.tables, p, max(self.now_ms, 0), CLOSED, np.uint64(0), -1)
                    self._events(None)
                break
        return self._taken()

    def replace_places(self, places: Places) -> list[AlertChange]:
        """Watch other places from now on. Presences go on where they still lie in a zone; the others are closed."""
        self._set_places(places)
        for track in self.tables.tracks[: self.tables.counters[TRACKS]]:
            track["zone"] = -1 if track["key"] == 0 else self._zone_at(track)
        for p in self._open():
            zone = self._zone_at(self.tables.presences[p])
            if zone < 0:
                kernel.end(self.tables, p, max(self.now_ms, 0), LEFT_ZONE, np.uint64(0), -1)
            else:
                self.tables.presences[p]["zone"] = zone
        self._events(None)
        return self._reconsider()

    def _zone_at(self, thing: Any) -> int:
        """The zone at the position of a track or presence, or -1."""
        lon, lat = self._degrees(int(thing["frame"]), float(thing["x"]), float(thing["y"]))
        return int(kernel.locate(self.zones.index, lon, lat))

    # What it shows

    def presences(self) -> list[dict[str, Any]]:
        """The open presences, in the order in which they began."""
        rows = [self._presence_row(p) for p in self._open()]
        return sorted(rows, key=lambda row: row["serial"])

    def positions(self) -> list[dict[str, Any]]:
        """Where tracks inside zones were seen last, no longer than LIVE_MS ago."""
        tracks = self.tables.tracks[: self.tables.counters[TRACKS]]
        live = (tracks["key"] != 0) & (tracks["zone"] >= 0) & (tracks["last_ms"] >= self.now_ms - LIVE_MS)
        names = {number: name for name, number in self.sensors.items()}
        return [self._position_row(tracks[i], names) for i in np.flatnonzero(live)]

    def counts(self) -> dict[str, int]:
        """How much it holds and what it could not use."""
        counters = self.tables.counters
        return {
            "late": self.hold.late,
            "out_of_order": int(counters[STALE]),
            "presences": int(counters[OPEN]),
            "held": len(self.hold.rows.time_ms),
            "alerts": len(self.alerts),
        }

    def final(self) -> list[dict[str, Any]]:
        """The alerts that still stand, told up to now, in the order in which they were raised."""
        standing: list[Alert] = []
        for serial, alert in self.alerts.items():
            p = self._presence(serial)
            if alert.ended_ms is None and p is not None:
                self._tell(alert, serial, self.now_ms, int(self.tables.presences[p]["seen_ms"]))
                standing.append(alert)
        return [alert.to_plain() for alert in sorted(standing, key=lambda alert: (alert.raised_ms, alert.id))]

    # Snapshots

    def snapshot(self) -> bytes:
        """All of the engine but places and settings: what `restore` goes on from as if nothing had happened."""
        tables = self.tables._asdict() | {"events": self.tables.events[:0]}
        held = {f"held_{name}": column for name, column in self.hold.rows._asdict().items()}
        plain = {
            "sensors": list(self.sensors),
            "origins": [list(origin) for origin in self.zones.origins],
            "newest_ms": self.hold.newest_ms,
            "late": self.hold.late,
            "words": list(self.hold.words),
            "baseline": self.baseline.dump(),
            "notes": [[serial, [list(note) for note in notes]] for serial, notes in self.notes.items()],
            "alerts": [[serial, vars(alert)] for serial, alert in self.alerts.items()],
            "expected": [one.to_plain() for one in self.expected.values()],
            "stays": [[token, *stay] for token, stay in self.stays.items()],
            "entries": [[list(key), times] for key, times in self.entries.items()],
            "silent": [[sensor, vars(alert)] for sensor, alert in self.silent.items()],
            "excused": [[serial, at_ms] for serial, at_ms in self.excused.items()],
            "split_off": self._split_off,
        }
        return pack(plain, tables | held | {"held_words": self.hold.track})

    @classmethod
    def restore(cls, data: bytes, places: Places, settings: Settings = Settings()) -> Engine:  # noqa: B008 -- frozen
        """The engine that the snapshot was taken of. `places` and `settings` as they were then. Raises BadInput."""
        engine = cls(Places(), settings)
        rows = {f"held_{name}": column.dtype for name, column in empty_rows()._asdict().items()}
        types = {name: array.dtype for name, array in engine.tables._asdict().items()}
        plain, arrays = unpack(data, types | rows | {"held_words": np.dtype(np.int32)})
        arrays["events"] = engine.tables.events
        engine.tables = Tables(**{name: arrays[name] for name in Tables._fields})
        engine.hold.rows = Rows(*(arrays[f"held_{name}"] for name in Rows._fields))
        engine.hold.track, engine.hold.words = arrays["held_words"], plain["words"]
        engine.hold.newest_ms, engine.hold.late = plain["newest_ms"], plain["late"]
        engine.zones = build_zones(Places(), [Point(*origin) for origin in plain["origins"]])
        engine._set_places(places)
        engine.sensors = {name: number for number, name in enumerate(plain["sensors"])}
        engine.baseline = Baseline.load(plain["baseline"])
        engine.notes = {serial: [Note(*note) for note in notes] for serial, notes in plain["notes"]}
        engine.alerts = {serial: Alert(**alert) for serial, alert in plain["alerts"]}
        engine.expected = {one["id"]: ExpectedPresence.from_plain(one) for one in plain["expected"]}
        engine.stays = {row[0]: (row[1], row[2], row[3]) for row in plain["stays"]}
        engine.entries = {(key[0], key[1]): times for key, times in plain["entries"]}
        engine.silent = {sensor: Alert(**alert) for sensor, alert in plain["silent"]}
        engine.excused = {row[0]: row[1] for row in plain["excused"]}
        engine._split_off = (plain["split_off"][0], plain["split_off"][1])
        return engine

    # The kernel

    def _sensor(self, name: str) -> int:
        number = self.sensors.setdefault(name, len(self.sensors))
        if number >= len(self.tables.sensor_ms):
            self.tables = grown(self.tables, sensors=True)
        return number

    def _run(self, ordered: Ordered) -> None:
        rows = ordered.rows
        zones = np.empty(len(rows.time_ms), dtype=np.int16)
        kernel.locate_all(self.zones.index, rows.lon, rows.lat, zones)
        at = 0
        while at < len(zones):
            at = int(kernel.run(self.tables, self.zones.index, self.limits, rows, zones, at))
            self._events(ordered)
            self.make_room()

    def _tick(self, until_ms: int) -> None:
        while not kernel.tick(self.tables, self.limits, until_ms):
            self._events(None)
        self._events(None)
        self.tables.counters[NOW] = max(self.tables.counters[NOW], until_ms)

    def make_room(self) -> None:
        if kernel.full(self.tables):
            kernel.forget(self.tables, self.now_ms - self.limits.forget_ms)
            if kernel.full(self.tables) or self._crowded():
                self.tables = grown(self.tables)
                kernel.forget(self.tables, -NEVER)

    def _crowded(self) -> bool:
        return int(self.tables.counters[INSIDE]) * 4 > len(self.tables.tracks) * 3

    def _events(self, ordered: Ordered | None) -> None:
        """Take note of what the kernel reported, and look at the presences that are due."""
        counters = self.tables.counters
        while counters[EVENTS]:
            events = self.tables.events[: counters[EVENTS]].tolist()
            counters[EVENTS] = 0
            sensors = list(self.sensors)
            for event in events:
                self._event(event, ordered, sensors)

    def _event(self, event: tuple[Any, ...], ordered: Ordered | None, sensors: list[str]) -> None:
        p, serial, code, row, at_ms, _, x, y, value, reason, zone, _, begin_ms, seen_ms, token, frame = event
        if code == DUE:
            if self.tables.presences[p]["serial"] == serial:
                self._assess(p, at_ms)
        elif code == ENDED:
            self._ended(serial, at_ms, END_REASONS[reason], begin_ms, seen_ms, zone, token, (frame, x, y))
        elif code == ENTERED:
            self._entered(event, ordered, sensors)
        elif code == TOKEN:
            self._tokened(p, serial, at_ms)
        else:
            self._note(event, ordered, sensors)

    def _note(self, event: tuple[Any, ...], ordered: Ordered | None, sensors: list[str]) -> None:
        """Keep what happened to a presence for its explanation."""
        p, serial, code, row, at_ms, key, _, _, value, *_ = event
        sensor = track = ""
        if code in (BEGAN, TOOK_OVER, JOINED):
            if row >= 0 and ordered is not None:
                sensor, track = sensors[ordered.rows.sensor[row]], ordered.words[ordered.track[row]]
            else:
                sensor, track = self._split_off
        notes = self.notes.setdefault(serial, [])
        if code == SPLIT:
            self._split_off = next(((note.sensor, note.track) for note in notes if note.key == key), ("", ""))
        notes.append(Note(code, at_ms, sensor, track, value, key))
        if code == FOUND:
            self._doubt_return(p, serial, at_ms, value)

    def _doubt_return(self, p: int, serial: int, at_ms: int, gap_s: float) -> None:
        """Start the clock again where what is found after a long gap, under a new id, stands where vehicles keep stopping
        and is therefore rather another one."""
        notes, presence = self.notes[serial], self.tables.presences[p]
        if presence["serial"] != serial or gap_s < self.settings.doubt_gap_s or len(notes) < 3:
            return
        over, lost = notes[-2], notes[-3]
        if over.code != TOOK_OVER or lost.code != LOST:
            return
        stay_ms = over.at_ms - int(presence["begin_ms"])
        lasting = self._lasting(p, int(lost.value * 1000), stay_ms)
        if min(lasting, self._seen_share(p, at_ms)) >= self.settings.trust_share:
            return
        alert = self.alerts.pop(serial, None)
        if alert is not None and alert.ended_ms is None:
            self._tell(alert, serial, over.at_ms, int(lost.value * 1000))
            self._clear(alert, over.at_ms, "replaced")
        self.notes[serial] = [Note(BEGAN, over.at_ms, over.sensor, over.track, 0.0, over.key)]
        presence["begin_ms"], presence["seen_ms"], presence["blind_ms"] = over.at_ms, at_ms - over.at_ms, 0
        self._look_again(p, over.at_ms + int(self.zones.index.zone_first_ms[presence["zone"]]))

    def _open(self) -> list[int]:
        presences = self.tables.presences[: self.tables.counters[PRESENCES]]
        return np.flatnonzero(presences["serial"]).tolist()

    def _presence(self, serial: int) -> int | None:
        presences = self.tables.presences[: self.tables.counters[PRESENCES]]
        found = np.flatnonzero(presences["serial"] == serial)
        return int(found[0]) if len(found) else None

    def _taken(self) -> list[AlertChange]:
        changes, self._changes = self._changes, []
        return changes

    # Looking at a presence

    def _assess(self, p: int, at_ms: int) -> None:
        """Give the presence the steps that it has reached, unless something explains it; say when to look again."""
        presence = self.tables.presences[p]
        zone = self.zones.zones[presence["zone"]]
        lon, lat = self._lon_lat(p)
        allowance = self.exemptions.at(lon, lat, KINDS[presence["kind"]], int(presence["begin_ms"]))
        steps = steps_of(zone.rules, allowance, self._patience_ms(KINDS[presence["kind"]]))
        begin_ms = int(presence["begin_ms"]) - int(presence["prior_ms"])
        reached = [step for step in steps if step.after_ms <= at_ms - begin_ms]
        again_ms = min((begin_ms + step.after_ms for step in steps[len(reached) :]), default=NEVER)
        if reached:
            recheck_ms = at_ms + int(self.settings.recheck_s * 1000)
            serial = int(presence["serial"])
            alert = self.alerts.get(serial)
            excuse = self._excuse(p, at_ms, lon, lat)
            if excuse:
                again_ms = recheck_ms
                if excuse == "own":
                    self.excused[serial] = at_ms
                if alert is not None and alert.ended_ms is None:
                    self._clear(alert, at_ms, excuse)
            else:
                held = self._held(p, at_ms, reached[-1])
                if held:
                    again_ms = min(again_ms, recheck_ms)
                else:
                    self._step(p, at_ms, zone, reached[-1], allowance)
                if self._own_tracks(at_ms):
                    again_ms = min(again_ms, recheck_ms)
        self._look_again(p, again_ms)

    def _patience_ms(self, kind: str) -> int:
        return int(self.settings.bus_patience_s * 1000) if kind == "bus" else 0

    def _look_again(self, p: int, at_ms: int) -> None:
        self.tables.presences[p]["step_ms"] = at_ms
        if at_ms < NEVER:
            kernel.schedule(self.tables, p, at_ms)

    def _reconsider(self) -> list[AlertChange]:
        """Look at every presence at the next tick: what may explain it has changed."""
        for p in self._open():
            self._look_again(p, self.now_ms)
        return self._taken()

    def _excuse(self, p: int, at_ms: int, lon: float, lat: float) -> str:
        """What explains the presence: `own`, `expected`, or nothing."""
        if p in self._own_pairs(at_ms):
            return "own"
        for expected in self.expected.values():
            if expected.covers(lon, lat, at_ms, int(self.tables.presences[p]["token"])):
                covered = [q for q in self._open() if self._expected_covers(expected, q, at_ms)]
                first = sorted(covered, key=lambda q: int(self.tables.presences[q]["serial"]))[: expected.count]
                if p in first:
                    return "expected"
        return ""

    def _expected_covers(self, expected: ExpectedPresence, q: int, at_ms: int) -> bool:
        return expected.covers(*self._lon_lat(q), at_ms, int(self.tables.presences[q]["token"]))

    def _own_tracks(self, at_ms: int) -> list[int]:
        """Slots of own vehicles whose tracker is not silent for too long."""
        tracks = self.tables.tracks[: self.tables.counters[TRACKS]]
        since_ms = at_ms - int(self.settings.own_silent_s * 1000)
        return np.flatnonzero(
            (tracks["kind"] == OWN_KIND) & (tracks["key"] != 0) & (tracks["last_ms"] >= since_ms)
        ).tolist()

    def _own_pairs(self, at_ms: int) -> dict[int, int]:
        """Presence to own vehicle, one for one: the nearest ones within reach, where the own vehicle rests."""
        presences = self.tables.presences[: self.tables.counters[PRESENCES]]
        pairs: list[Pair] = []
        for own in self._own_tracks(at_ms):
            track = self.tables.tracks[own]
            if track["last_ms"] - track["still_ms"] < self.limits.begin_ms:
                continue
            distance = np.hypot(presences["x"] - track["spot_x"], presences["y"] - track["spot_y"])
            near = (
                (presences["serial"] != 0) & (presences["frame"] == track["frame"]) & (distance <= self.settings.own_m)
            )
            pairs += [Pair(float(distance[q]), own, int(q)) for q in np.flatnonzero(near)]
        return dict(nearest_pairs(pairs))

    def _held(self, p: int, at_ms: int, step: Step) -> str:
        """Why the presence does not alarm yet although its time has come; empty where it may."""
        presence = self.tables.presences[p]
        own_ms = self.excused.get(int(presence["serial"]), -NEVER)
        if presence["doubt_ms"] != 0 or presence["left_ms"] != 0 or at_ms - own_ms < self.settings.own_leaves_s * 1000:
            return "leaving"
        seen_ms = int(presence["seen_ms"] + presence["prior_ms"])
        if seen_ms < self.settings.trust_s * 1000 or self._seen_share(p, at_ms) < self.settings.trust_share:
            return "seen_too_little"
        if presence["state"] == UNSEEN:
            due_ms = int(presence["begin_ms"] - presence["prior_ms"]) + step.after_ms
            if at_ms - due_ms < self.settings.wait_s * 1000:
                return "waiting"
            if self._lasting(p, seen_ms, step.after_ms) < self.settings.trust_share:
                return "seen_too_little"
        return ""

    def _seen_share(self, p: int, at_ms: int) -> float:
        """Of the time for which its sensors could have seen the presence, the share for which they did."""
        presence = self.tables.presences[p]
        sighted_ms = at_ms - int(presence["begin_ms"]) - int(presence["blind_ms"])
        return int(presence["seen_ms"]) / max(1, sighted_ms)

    def _lasting(self, p: int, seen_ms: int, stay_ms: int) -> float:
        presence = self.tables.presences[p]
        place = int(presence["frame"]), float(presence["x"]), float(presence["y"]), int(presence["zone"])
        return self.baseline.lasting(*place, seen_ms / 1000, stay_ms / 1000)

    # Alerts

    def _step(self, p: int, at_ms: int, zone: Zone, step: Step, allowance: Allowance | None) -> None:
        """Raise the alert of a presence, or take it to a further step; nothing where it has that one already."""
        presence = self.tables.presences[p]
        serial = int(presence["serial"])
        alert = self.alerts.get(serial)
        if (
            alert is not None
            and alert.ended_ms is None
            and SEVERITIES.index(alert.severity) >= SEVERITIES.index(step.severity)
        ):
            return
        fresh = alert is None
        if alert is None:
            alert = self.alerts[serial] = self._new_alert(p, at_ms, zone)
        alert.ended_ms = None
        alert.severity = step.severity
        alert.updated_ms = at_ms
        alert.steps.append({"severity": step.severity, "at": stamp(at_ms)})
        alert.site, alert.ring = zone.site, zone.level
        alert.explanation = {
            "place": {"site": zone.site, "name": zone.name, "level": zone.level},
            "rule": {"severity": step.severity, "after_s": step.after_ms / 1000},
            "exempt": None
            if allowance is None
            else {"name": allowance.name, "max_stay_s": allowance.max_stay_ms / 1000},
            "prior_s": int(presence["prior_ms"]) / 1000,
            "baseline": self._rank(p, at_ms),
            "ended": None,
        }
        lon, lat = self._lon_lat(p)
        alert.explanation["position"] = [round(lon, 7), round(lat, 7)]
        self._tell(alert, serial, at_ms, int(presence["seen_ms"]))
        self._changes.append(AlertChange(RAISE if fresh else STEP, alert.to_plain()))

    def _new_alert(self, p: int, at_ms: int, zone: Zone) -> Alert:
        presence = self.tables.presences[p]
        first = next(note for note in self.notes[int(presence["serial"])] if note.code == BEGAN)
        begin_ms = int(presence["begin_ms"])
        lon, lat = self._lon_lat(p)
        return Alert(
            id=alert_id(begin_ms, "dwell", first.sensor, first.track, first.at_ms),
            kind="repeat" if presence["prior_ms"] else "dwell",
            site=zone.site,
            ring=zone.level,
            severity="",
            lon=round(lon, 7),
            lat=round(lat, 7),
            started_ms=begin_ms,
            raised_ms=at_ms,
            updated_ms=at_ms,
            vehicle=KINDS[presence["kind"]],
        )

    def _tell(self, alert: Alert, serial: int, at_ms: int, seen_ms: int) -> None:
        """Bring the alert's lengths, tracks and explanation up to an instant."""
        notes = self.notes[serial]
        alert.tracks, alert.sensors = tracks_of(notes), sensors_of(notes)
        alert.dwell_s = (at_ms - alert.started_ms) / 1000
        alert.unseen_s = max(0, at_ms - alert.started_ms - seen_ms) / 1000
        alert.explanation.update(history(notes, at_ms))
        alert.explanation["sentence"] = sentence(alert.vehicle, alert.dwell_s, alert.explanation)

    def _clear(self, alert: Alert, at_ms: int, reason: str) -> None:
        alert.ended_ms = at_ms
        alert.updated_ms = max(alert.updated_ms, at_ms)
        alert.explanation["ended"] = {"reason": reason, "at": stamp(at_ms)}
        alert.explanation["sentence"] = sentence(alert.vehicle, alert.dwell_s, alert.explanation)
        self._changes.append(AlertChange(CLEAR, alert.to_plain()))

    def _ended(
        self,
        serial: int,
        at_ms: int,
        reason: str,
        begin_ms: int,
        seen_ms: int,
        zone: int,
        token: int,
        spot: tuple[int, float, float],
    ) -> None:
        alert = self.alerts.pop(serial, None)
        if alert is not None and alert.ended_ms is None:
            self._tell(alert, serial, at_ms, seen_ms)
            self._clear(alert, at_ms, reason)
        self.notes.pop(serial, None)
        self.excused.pop(serial, None)
        stay_ms = at_ms - begin_ms
        if reason not in UNLEARNT:
            self.baseline.learn(*spot, zone, stay_ms / 1000)
        if token:
            site, before_ms, _ = self.stays.get(token, ("", 0, 0))
            here = self.zones.zones[zone].site
            self.stays[token] = (here, stay_ms + (before_ms if site == here else 0), at_ms)

    def _tokened(self, p: int, serial: int, at_ms: int) -> None:
        """A presence's token is known: its earlier stays count."""
        presence = self.tables.presences[p]
        if presence["serial"] != serial:
            return
        site, total_ms, ended_ms = self.stays.get(int(presence["token"]), ("", 0, 0))
        in_window = presence["begin_ms"] - ended_ms <= self.settings.repeat_window_s * 1000
        if site == self.zones.zones[presence["zone"]].site and in_window:
            presence["prior_ms"] = total_ms
            self._look_again(p, at_ms)

    def _entered(self, event: tuple[Any, ...], ordered: Ordered | None, sensors: list[str]) -> None:
        """An entry of a token, or of a track that has entered often already."""

    def _rank(self, p: int, at_ms: int) -> dict[str, Any] | None:
        presence = self.tables.presences[p]
        stay_s = (at_ms - int(presence["begin_ms"])) / 1000
        rank = self.baseline.rank(int(presence["frame"]), float(presence["x"]), float(presence["y"]), stay_s)
        return {"longer_than": round(rank.share, 4), "stays": rank.stays} if rank.stays else None

    # Rows

    def _lon_lat(self, p: int) -> tuple[float, float]:
        presence = self.tables.presences[p]
        return self._degrees(int(presence["frame"]), float(presence["x"]), float(presence["y"]))

    def _degrees(self, frame: int, x: float, y: float) -> tuple[float, float]:
        lon, lat, east, north = self.zones.index.frames[frame].tolist()
        return lon + x / east, lat + y / north

    def _presence_row(self, p: int) -> dict[str, Any]:
        presence = self.tables.presences[p]
        serial = int(presence["serial"])
        zone = self.zones.zones[presence["zone"]]
        lon, lat = self._lon_lat(p)
        notes = self.notes.get(serial, [])
        alert = self.alerts.get(serial)
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

    def _position_row(self, track: Any, names: dict[int, str]) -> dict[str, Any]:
        zone = self.zones.zones[track["zone"]]
        lon, lat = self._degrees(int(track["frame"]), float(track["x"]), float(track["y"]))
        return {
            "site": zone.site,
            "ring": zone.level,
            "lon": lon,
            "lat": lat,
            "kind": KINDS[track["kind"]],
            "sensor": names[int(track["sensor"])],
            "track": f"{int(track['key']):016x}",
            "seen": stamp(int(track["last_ms"])),
            "standing": int(track["presence"]) >= 0,
        }
