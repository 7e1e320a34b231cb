"""Presences into alerts: steps, what explains a presence, what holds an alarm back, and the story told of each."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from safeconduct.sites.places import SEVERITIES, Places
from safeconduct.terms.place import Point
from safeconduct.watch.alerts import CLEAR, RAISE, STEP, Alert, AlertChange, alert_id, stamp
from safeconduct.watch.approach import Approaches
from safeconduct.watch.baseline import Baseline
from safeconduct.watch.explain import Note, history, sensors_of, sentence, tracks_of
from safeconduct.watch.field import Field
from safeconduct.watch.journeys import Journeys
from safeconduct.watch.queues import Queues
from safeconduct.watch.rules import ALARMS, Allowance, ExpectedPresence, Step, steps_of
from safeconduct.watch.sweeping import SWEEP_VOID, Sweeping, Void
from safeconduct.watch.tables import (
    BEGAN,
    CLOSED,
    CREPT,
    DISPLACED,
    END_REASONS,
    FOUND,
    JOINED,
    KINDS,
    LOST,
    NEVER,
    SAME_VEHICLE,
    SPLIT,
    TOOK_OVER,
    UNSEEN,
    UNSEEN_LIMIT,
    Event,
)
from safeconduct.watch.turnover import Turnover

UNLEARNT = {int(DISPLACED), int(UNSEEN_LIMIT), int(CLOSED), int(SAME_VEHICLE)}
"""Ends whose time nobody saw: they teach nothing about how long vehicles stay."""
STAYS_KEPT = 1 << 16
"""Tokens whose earlier stays are remembered, at most."""

MARGIN_M = 20.0
"""How far, at most, a presence that the kernel looks at itself may move."""


class Quiet(NamedTuple):
    """Until when looking at a presence again would find the same; where `is_lost`, as long as it stays unseen."""

    until_ms: int
    is_lost: bool


class Alarms:
    """`notes` and `alerts` by serial number, of presences that are open. What changes is appended to `changes`."""

    def __init__(self, field: Field, changes: list[AlertChange]):
        self.field, self.changes = field, changes
        self.settings = field.settings
        self.turnover = Turnover()
        self.queues = Queues(field)
        self.baseline: Baseline | None = None
        self.on_stay: Callable[[Event, Sequence[str]], None] | None = None
        """Told of each presence that was seen to end, with its tracks: how a baseline is learnt."""
        self.notes: dict[int, list[Note]] = {}
        self.alerts: dict[int, Alert] = {}
        self.expected: dict[str, ExpectedPresence] = {}
        self.stays: dict[int, tuple[str, int, int]] = {}
        self.excused: dict[int, int] = {}
        self.split_off = ("", "")
        self.sweeping, self.journeys = Sweeping(field), Journeys(field)
        self.approaches = Approaches(field, changes, self.journeys)

    def watch(self, places: Places) -> None:
        """Take the routes of `places`. Requires that the field has them already."""
        self.sweeping.watch(places)
        self.journeys.watch(places)
        self.approaches.told()

    # What the kernel reports

    def note(self, event: Event, sensor: str, track: str) -> None:
        """Keep what happened to a presence, for its explanation; `sensor` and `track` name the track concerned."""
        if event.code in (BEGAN, TOOK_OVER, JOINED) and not track:
            sensor, track = self.split_off
        notes = self.notes.setdefault(event.serial, [])
        if event.code == SPLIT:
            self.split_off = next(((note.sensor, note.track) for note in notes if note.key == event.key), ("", ""))
        notes.append(Note(event.code, event.at_ms, sensor, track, event.value, event.key))
        if event.code == FOUND:
            self._doubt(event)
        self._news(event)

    def _news(self, event: Event) -> None:
        """Tell at once that an alert goes on under another track, and now and then that its vehicle is lost or found.

        Whoever follows it needs the track that it has now; how it is seen by the second is the picture's to show.
        """
        alert = self.alerts.get(event.serial)
        if alert is None or alert.ended_ms is not None:
            return
        is_due = event.at_ms - alert.updated_ms >= self.settings.news_s * 1000
        if event.code in (TOOK_OVER, JOINED) or (event.code in (LOST, FOUND) and is_due):
            alert.updated_ms = max(alert.updated_ms, event.at_ms)
            self._tell(alert, event.serial, alert.updated_ms, event.seen_ms)
            self.changes.append(AlertChange(STEP, alert.to_plain()))

    def _doubt(self, event: Event) -> None:
        """Start the clock again where what is found after a long gap, under a new id, is rather another vehicle: one
        was seen here too little to bridge the gap, or this is where vehicles keep stopping."""
        notes, presence = self.notes[event.serial], self.field.tables.presences[event.presence]
        if presence["serial"] != event.serial or event.value < self.settings.doubt_gap_s or len(notes) < 3:
            return
        lost, over, _ = notes[-3:]
        if over.code != TOOK_OVER or lost.code != LOST:
            return
        stay_ms = over.at_ms - int(presence["begin_ms"])
        lasting = self._lasting(event.presence, int(lost.value * 1000), stay_ms)
        if min(lasting, self._seen_share(event.presence, event.at_ms)) >= self.settings.trust_share:
            return
        alert = self.alerts.pop(event.serial, None)
        if alert is not None and alert.ended_ms is None:
            self._tell(alert, event.serial, over.at_ms, int(lost.value * 1000))
            self._clear(alert, over.at_ms, "replaced")
        self.notes[event.serial] = [Note(int(BEGAN), over.at_ms, over.sensor, over.track, 0.0, over.key)]
        presence["begin_ms"], presence["seen_ms"], presence["blind_ms"] = over.at_ms, event.at_ms - over.at_ms, 0
        first_ms = int(self.field.zones.index.zone_first_ms[presence["zone"]])
        self.field.look_again(event.presence, min(NEVER, over.at_ms + first_ms))

    def merged(self, event: Event) -> None:
        """A presence is another one's vehicle, that of the serial number `event.value`, which has its tracks and, where
        it has none itself, its alert from now on."""
        serial = int(event.value)
        notes = self.notes.setdefault(serial, [])
        known = {note.key for note in notes}
        for note in self.notes.get(event.serial, ()):
            if note.code in (BEGAN, TOOK_OVER, JOINED) and note.key not in known:
                notes.append(Note(int(JOINED), event.at_ms, note.sensor, note.track, 0.0, note.key))
        if event.serial in self.alerts and serial not in self.alerts:
            self.alerts[serial] = self.alerts.pop(event.serial)
            self.queues.rename(event.serial, serial)

    def ended(self, event: Event) -> None:
        """A presence has ended: clear its alert, learn from its length, remember its token."""
        alert = self.alerts.pop(event.serial, None)
        if alert is not None and alert.ended_ms is None and not self._goes_over(alert, event):
            self._tell(alert, event.serial, event.at_ms, event.seen_ms)
            self._clear(alert, event.at_ms, END_REASONS[event.reason])
        if self.on_stay is not None and event.reason not in UNLEARNT:
            self.on_stay(event, tracks_of(self.notes.get(event.serial, ())))
        tracks = tracks_of(self.notes.pop(event.serial, ()))
        self.queues.forget(event.serial)
        if event.reason == SAME_VEHICLE:
            return
        was_own = self.excused.pop(event.serial, None) is not None
        stay_ms = event.at_ms - event.begin_ms
        if event.reason not in UNLEARNT:
            self.turnover.learn(event.frame, event.x, event.y, event.zone, stay_ms / 1000)
        is_visit = stay_ms >= self._visit_ms(KINDS[event.kind])
        if event.token and is_visit and not was_own and not self._was_allowed(event, stay_ms):
            self._remember(event, stay_ms)
        if not was_own and self.approaches.stood_near(event) and not self._was_allowed(event, stay_ms):
            self.approaches.follow(event, tracks)

    def _goes_over(self, alert: Alert, event: Event) -> bool:
        """Whether the alert tells of a queue that still stands: it goes over to another vehicle of the queue."""
        now_ms = self.field.now_ms
        heir = self.queues.heir(event.serial, now_ms, lambda q: not self._may_stand(q) and not self._has_alert(q))
        if heir is None or event.reason == CLOSED:
            return False
        own = self.alerts.get(heir)
        if own is not None and own.ended_ms is None:
            self._clear(own, now_ms, "queued")
        self.alerts[heir] = alert
        alert.updated_ms = max(alert.updated_ms, now_ms)
        p = self.field.slot_of(heir)
        self._tell(alert, heir, now_ms, int(self.field.tables.presences[p]["seen_ms"]) if p is not None else 0)
        self.changes.append(AlertChange(STEP, alert.to_plain()))
        return True

    def _has_alert(self, q: int) -> bool:
        return self._is_alarm(int(self.field.tables.presences[q]["serial"]))

    def _was_allowed(self, event: Event, stay_ms: int) -> bool:
        """Whether the vehicle might stand there for so long: it has used nothing up, and may come back to stand."""
        lon, lat = self.field.degrees(event.frame, event.x, event.y)
        allowance = self.field.exemptions.at(lon, lat, KINDS[event.kind], event.begin_ms)
        if allowance is not None and stay_ms <= allowance.max_stay_ms:
            return True
        return any(expected.covers(lon, lat, event.begin_ms, event.token) for expected in self.expected.values())

    def _remember(self, event: Event, stay_ms: int) -> None:
        here = self.field.zones.zones[event.zone].site
        site, before_ms, ended_ms = self.stays.pop(event.token, ("", 0, 0))
        window_ms = int(self.settings.repeat_window_s * 1000)
        goes_on = site == here and event.begin_ms - ended_ms <= window_ms
        self.stays[event.token] = (here, stay_ms + (before_ms if goes_on else 0), event.at_ms)
        # Twice the window: the token of one that stands is sometimes read long after it came.
        while len(self.stays) > STAYS_KEPT or next(iter(self.stays.values()))[2] < event.at_ms - 2 * window_ms:
            del self.stays[next(iter(self.stays))]

    def tokened(self, event: Event) -> None:
        """A presence's token is known: its earlier stays count."""
        presence = self.field.tables.presences[event.presence]
        if presence["serial"] != event.serial:
            return
        site, total_ms, ended_ms = self.stays.get(event.token, ("", 0, 0))
        in_window = presence["begin_ms"] - ended_ms <= self.settings.repeat_window_s * 1000
        if site == self.field.zone_of(event.presence).site and in_window:
            presence["prior_ms"] = total_ms
            self.field.look_again(event.presence, event.at_ms)

    # Looking at a presence

    def assess(self, p: int, at_ms: int) -> None:
        """Give the presence the steps that it has reached, unless something explains it; say when to look again."""
        presence = self.field.tables.presences[p]
        kind = KINDS[presence["kind"]]
        allowance = self.field.exemptions.at(*self.field.lon_lat(p), kind, int(presence["begin_ms"]))
        steps = steps_of(self.field.zone_of(p).rules, allowance, self._patience_ms(kind))
        begin_ms, prior_ms = int(presence["begin_ms"]), int(presence["prior_ms"])
        visit_ms = self._visit_ms(kind) if prior_ms else 0
        # Who has stood here before is not told of at each signal on the way: a short stay counts by itself alone.
        due_ms = [begin_ms + min(step.after_ms, max(step.after_ms - prior_ms, visit_ms)) for step in steps]
        void = self.sweeping.void(p, at_ms, self._patience_ms(kind), allowance)
        if void is not None:
            steps, due_ms = (*steps, void.step), [*due_ms, begin_ms + void.step.after_ms]
        reached = [step for step, due in zip(steps, due_ms, strict=True) if due <= at_ms]
        again_ms = min((due for due in due_ms if due > at_ms), default=NEVER)
        if self.sweeping.looks(p):
            again_ms = min(again_ms, at_ms + self.sweeping.stop_ms)  # it may creep onto a swept stretch, or be searched
        if not reached:
            self.field.look_again(p, again_ms)
            return
        until_ms, is_lost = self._reach(p, at_ms, max(reached, key=_gravest), allowance, void)
        self.field.look_again(p, min(again_ms, at_ms + int(self.settings.recheck_s * 1000)))
        if until_ms > at_ms and not self.sweeping.looks(p):
            self.field.keep_quiet(p, until_ms, again_ms, self._margin_m(p), is_lost)

    def _margin_m(self, p: int) -> float:
        """How far the presence may move before other exempt or expected places can hold it."""
        frame, *_ = self.field.spot(p)
        places = [one.polygon for one in self.expected.values()]
        margin_deg = self.field.exemptions.margin_deg(*self.field.lon_lat(p), places)
        return min(MARGIN_M, margin_deg * self.field.least_m_per_deg(frame))

    def _reach(self, p: int, at_ms: int, step: Step, allowance: Allowance | None, void: Void | None) -> Quiet:
        """Take the presence to a step unless it is explained or not yet trusted; until when that is all."""
        serial = int(self.field.tables.presences[p]["serial"])
        excuse = self._excuse(p, at_ms)
        if excuse:
            if excuse == "own":
                self.excused[serial] = at_ms
            alert = self.alerts.get(serial)
            if alert is not None and alert.ended_ms is None:
                self._tell(alert, serial, at_ms, int(self.field.tables.presences[p]["seen_ms"]))
                self._clear(alert, at_ms, excuse)
            return Quiet(at_ms, False)
        held = self._held(p, at_ms, step, allowance)
        if held is None and allowance is None and not self._is_alarm(serial) and step.severity in ALARMS:
            held = self._queues(p, at_ms, step)
        if held is None:
            self._step(p, at_ms, step, allowance, void)
        alert = self.alerts.get(serial)
        reached = SEVERITIES.index(alert.severity) if alert is not None and alert.ended_ms is None else -1
        if reached >= SEVERITIES.index(step.severity):
            return Quiet(NEVER, False)
        return held or Quiet(at_ms, False)

    def _queues(self, p: int, at_ms: int, step: Step) -> Quiet | None:
        """Whether a step waits because the presence stands in a queue that an alarm has told of; this one's tells of it
        where none has."""
        queue = self.queues.around(p, at_ms, self._may_stand)
        if self.queues.waits(p, at_ms, step.after_ms, queue):
            return Quiet(at_ms, False)
        if queue.presences:
            self.queues.tell(p, at_ms, queue)
        return None

    def _may_stand(self, q: int) -> bool:
        """Whether a presence stands where its like may wait, with an own vehicle, or as was announced: it is no part of
        a queue."""
        presence = self.field.tables.presences[q]
        if int(presence["serial"]) in self.excused or self._is_expected(q, self.field.now_ms):
            return True
        begin_ms = int(presence["begin_ms"])
        return self.field.exemptions.at(*self.field.lon_lat(q), KINDS[presence["kind"]], begin_ms) is not None

    def _is_alarm(self, serial: int) -> bool:
        alert = self.alerts.get(serial)
        return alert is not None and alert.ended_ms is None and alert.severity in ALARMS

    def _patience_ms(self, kind: str) -> int:
        return int(self.settings.bus_patience_s * 1000) if kind == "bus" else 0

    def _visit_ms(self, kind: str) -> int:
        """From what length on a stay is a visit, that earlier ones add to: longer than the vehicle waits anyway."""
        return int(self.settings.repeat_stay_s * 1000) + self._patience_ms(kind)

    def _excuse(self, p: int, at_ms: int) -> str:
        """What explains the presence: `own`, `expected`, or nothing."""
        if p in self.field.own_pairs(at_ms):
            return "own"
        return "expected" if self._is_expected(p, at_ms) else ""

    def _is_expected(self, p: int, at_ms: int) -> bool:
        """Whether the presence is one of as many as were announced, in the order in which they began."""
        for expected in self.expected.values():
            if self._covers(expected, p, at_ms):
                covered = [q for q in self.field.open() if self._covers(expected, q, at_ms)]
                first = sorted(covered, key=lambda q: int(self.field.tables.presences[q]["serial"]))[: expected.count]
                if p in first:
                    return True
        return False

    def _covers(self, expected: ExpectedPresence, q: int, at_ms: int) -> bool:
        return expected.covers(*self.field.lon_lat(q), at_ms, int(self.field.tables.presences[q]["token"]))

    def _held(self, p: int, at_ms: int, step: Step, allowance: Allowance | None) -> Quiet | None:
        """Whether the step must wait, and until when at least: the presence seems to be leaving, has been seen too
        little to be believed, or is unseen just now and may be seen again at any moment."""
        presence = self.field.tables.presences[p]
        own_ms = self.excused.get(int(presence["serial"]), -NEVER)
        if presence["doubt_ms"] or presence["left_ms"]:
            return Quiet(at_ms, False)
        leaves_ms = int(self.settings.own_leaves_s * 1000)
        if at_ms - own_ms < leaves_ms:
            return Quiet(own_ms + leaves_ms, False)
        if int(presence["last_ms"]) <= own_ms + leaves_ms:
            return Quiet(NEVER, True)  # it has left with its own vehicle, unless it is seen there later
        seen_ms = int(presence["seen_ms"] + presence["prior_ms"])
        trust_ms = int(self.settings.trust_s * 1000)
        if seen_ms < min(trust_ms, step.after_ms):
            if presence["state"] == UNSEEN:
                return Quiet(NEVER, True)
            # At most all of the time since its last sighting will count as seen.
            return Quiet(int(presence["last_ms"]) + min(trust_ms, step.after_ms) - seen_ms, False)
        if self._seen_share(p, at_ms) < self.settings.trust_share:
            return Quiet(NEVER, True)
        proven_ms = self._proven_ms(int(presence["serial"]), allowance)
        if at_ms < proven_ms:
            return Quiet(proven_ms, False)
        if presence["state"] != UNSEEN:
            return None
        # Who has stood here before waits at signals too, and is lost on its way on from them.
        stood_ms = int(presence["seen_ms"] + presence["blind_ms"])
        if presence["prior_ms"] and stood_ms < self._visit_ms(KINDS[presence["kind"]]):
            return Quiet(NEVER, True)
        due_ms = int(presence["begin_ms"] - presence["prior_ms"]) + step.after_ms
        # Where vehicles may wait they also come and go, one in the place of another: there it must be seen.
        if allowance is not None and not self._was_blinded(p, at_ms, step):
            return Quiet(at_ms, True)
        if seen_ms < step.after_ms * self.settings.trust_unseen:
            return Quiet(NEVER, True)
        if at_ms - due_ms < self.settings.wait_s * 1000:
            return Quiet(due_ms + int(self.settings.wait_s * 1000), True)
        is_rare = step.severity in ALARMS and self._lasting(p, seen_ms, step.after_ms) < self.settings.trust_share
        return Quiet(at_ms, False) if is_rare else None  # stays that end elsewhere may change that

    def _proven_ms(self, serial: int, allowance: Allowance | None) -> int:
        """Until when what was found after a long gap, under a new id, may be another vehicle that waits at a signal.

        While a camera is off one car leaves and another stops in its place; it soon drives on, which the one that
        was there before does not. What had been seen to stand for longer than a signal's wait needs no such proof,
        but where it may wait, or was found elsewhere.
        """
        until_ms, notes = -NEVER, self.notes[serial]
        for before, over, back, after in zip(notes, notes[1:], notes[2:], [*notes[3:], None], strict=False):
            if (before.code, over.code, back.code) != (LOST, TOOK_OVER, FOUND):
                continue
            moved = after is not None and after.code == CREPT and after.at_ms == back.at_ms
            doubtful = moved or allowance is not None or before.value < self.settings.proof_seen_s
            if doubtful and back.value >= self.settings.doubt_gap_s:
                until_ms = back.at_ms + int(self.settings.proof_s * 1000)
        return until_ms

    def _seen_share(self, p: int, at_ms: int) -> float:
        """Of the time for which its sensors could have seen the presence, the share for which they did."""
        presence = self.field.tables.presences[p]
        sighted_ms = at_ms - int(presence["begin_ms"]) - int(presence["blind_ms"])
        return int(presence["seen_ms"]) / max(1, sighted_ms)

    def _was_blinded(self, p: int, at_ms: int, step: Step) -> bool:
        """Whether the presence was seen for most of the step's time, and was not only while its sensors saw nothing."""
        presence = self.field.tables.presences[p]
        seen_ms = int(presence["seen_ms"])
        least_ms = self.settings.blinded_share * (at_ms - int(presence["begin_ms"]))
        return seen_ms >= self.settings.blinded_seen * step.after_ms and seen_ms + int(presence["blind_ms"]) >= least_ms

    def _lasting(self, p: int, seen_ms: int, stay_ms: int) -> float:
        zone = int(self.field.tables.presences[p]["zone"])
        return self.turnover.lasting(*self.field.spot(p), zone, seen_ms / 1000, stay_ms / 1000)

    # Alerts

    def _step(self, p: int, at_ms: int, step: Step, allowance: Allowance | None, void: Void | None) -> None:
        """Raise the alert of a presence, or take it to a further step; nothing where it has that one already.

        An alert of a stay that comes to void a sweep goes on as one of that kind.
        """
        presence, zone = self.field.tables.presences[p], self.field.zone_of(p)
        serial = int(presence["serial"])
        alert = self.alerts.get(serial)
        is_open = alert is not None and alert.ended_ms is None
        voids = step.kind == SWEEP_VOID and not (alert and is_open and alert.kind == SWEEP_VOID)
        is_graver = not (alert and is_open) or _gravest(step)[0] > SEVERITIES.index(alert.severity)
        if not voids and not is_graver:
            return
        fresh = alert is None
        if alert is None:
            alert = self.alerts[serial] = self._new_alert(p, at_ms)
        alert.ended_ms = None
        alert.updated_ms = at_ms
        if is_graver:
            alert.severity = step.severity
            alert.steps.append({"severity": step.severity, "at": stamp(at_ms)})
        swept = void.facts if void and step.kind == SWEEP_VOID else alert.explanation.get("swept")
        if step.kind == SWEEP_VOID:
            alert.kind = SWEEP_VOID
        alert.site, alert.ring = zone.site, zone.level
        alert.explanation = {
            "place": {"site": zone.site, "name": zone.name, "level": zone.level},
            "rule": {"severity": step.severity, "after_s": step.after_ms / 1000},
            "queue": None,
            "swept": swept,
            "due": self.journeys.near(zone.site, Point(*self.field.lon_lat(p)), at_ms),
            "patience_s": self._patience_ms(alert.vehicle) / 1000,
            "exempt": allowance and {"name": allowance.name, "max_stay_s": allowance.max_stay_ms / 1000},
            "prior_s": int(presence["prior_ms"]) / 1000,
            "baseline": None if self.baseline else self._rank(p, at_ms),
            "position": [round(degrees, 7) for degrees in self.field.lon_lat(p)],
            "ended": None,
        }
        self._tell(alert, serial, at_ms, int(presence["seen_ms"]))
        self.changes.append(AlertChange(RAISE if fresh else STEP, alert.to_plain()))

    def _new_alert(self, p: int, at_ms: int) -> Alert:
        presence, zone = self.field.tables.presences[p], self.field.zone_of(p)
        first = next(note for note in self.notes[int(presence["serial"])] if note.code == BEGAN)
        begin_ms = int(presence["begin_ms"])
        lon, lat = self.field.lon_lat(p)
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
        alert.explanation["queue"] = self.queues.facts(serial)
        if self.baseline is not None:
            waits = alert.explanation.get("exempt") is not None
            at = (alert.lon, alert.lat, alert.vehicle, waits, alert.started_ms)
            alert.explanation["baseline"] = self.baseline.rank(*at, alert.dwell_s).to_plain()
        alert.explanation["sentence"] = sentence(alert.vehicle, alert.dwell_s, alert.explanation)

    def _clear(self, alert: Alert, at_ms: int, reason: str) -> None:
        alert.ended_ms = at_ms
        alert.updated_ms = max(alert.updated_ms, at_ms)
        alert.explanation["ended"] = {"reason": reason, "at": stamp(at_ms)}
        alert.explanation["sentence"] = sentence(alert.vehicle, alert.dwell_s, alert.explanation)
        self.changes.append(AlertChange(CLEAR, alert.to_plain()))

    def standing(self) -> list[Alert]:
        """The alerts whose presence is open, told up to now."""
        found: list[Alert] = []
        for serial, alert in self.alerts.items():
            p = self.field.slot_of(serial)
            if alert.ended_ms is None and p is not None:
                self._tell(alert, serial, self.field.now_ms, int(self.field.tables.presences[p]["seen_ms"]))
                found.append(alert)
        return found

    def _rank(self, p: int, at_ms: int) -> dict[str, Any] | None:
        stay_s = (at_ms - int(self.field.tables.presences[p]["begin_ms"])) / 1000
        rank = self.turnover.rank(*self.field.spot(p), stay_s)
        return {"longer_than": round(rank.share, 4), "stays": rank.stays} if rank.stays else None

    # Snapshots

    def dump(self) -> dict[str, Any]:
        """All but the tables, as JSON holds it."""
        return {
            "turnover": self.turnover.dump(),
            "queues": self.queues.dump(),
            "notes": [[serial, [list(note) for note in notes]] for serial, notes in self.notes.items()],
            "alerts": [[serial, vars(alert)] for serial, alert in self.alerts.items()],
            "expected": [one.to_plain() for one in self.expected.values()],
            "stays": [[token, *stay] for token, stay in self.stays.items()],
            "excused": list(self.excused.items()),
            "split_off": self.split_off,
            "sweeps": self.sweeping.dump(),
            "journeys": self.journeys.dump(),
            "approaches": self.approaches.dump(),
        }

    def load(self, plain: dict[str, Any]) -> None:
        """Go on from what `dump` gave."""
        self.turnover = Turnover.load(plain["turnover"])
        self.queues.load(plain["queues"])
        self.notes = {serial: [Note(*note) for note in notes] for serial, notes in plain["notes"]}
        self.alerts = {serial: Alert(**alert) for serial, alert in plain["alerts"]}
        self.expected = {one["id"]: ExpectedPresence.from_plain(one) for one in plain["expected"]}
        self.stays = {row[0]: (row[1], row[2], row[3]) for row in plain["stays"]}
        self.excused = {row[0]: row[1] for row in plain["excused"]}
        self.split_off = (plain["split_off"][0], plain["split_off"][1])
        self.sweeping.load(plain["sweeps"])
        self.journeys.load(plain["journeys"])
        self.approaches.load(plain["approaches"])


def _gravest(step: Step) -> tuple[int, bool]:
    """The order of steps that are reached at once: the gravest counts, and a void sweep before the mere stay."""
    return SEVERITIES.index(step.severity), step.kind == SWEEP_VOID
