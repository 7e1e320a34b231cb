"""The presence, slowly and obviously: lists and loops instead of arrays, hashes and timers.

It defines when a presence begins, how it is taken over, creeps, is lost, found and ended, and when its steps are
reached. It leaves out what takes more than one vehicle to tell (departures under a new id, displacement, own
vehicles): scenarios that are compared with it keep vehicles out of each other's reach.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field

RADIUS_M, MOVE_M, STILL_M, REST_M, DRIFT_M = 25.0, 40.0, 10.0, 5.0, 6.0
TAKEOVER_M, SLACK_M, CREEP_MPS = 8.0, 4.0, 0.3
BEGIN_S, LOST_S, SKEW_S, LIMIT_S, BLIND_S, FORGET_S = 8, 10, 2.5, 900, 5, 60
TRUST_S, SHARE, UNSEEN_SHARE, WAIT_S, RECHECK_S = 50, 0.25, 1 / 3, 45, 5
STEPS = ((180, "notice"), (300, "alert"), (600, "critical"))

Spot = tuple[float, float]


@dataclass
class Sighting:
    at_s: int
    track: str
    spot: Spot
    gone: bool = False


@dataclass
class Track:
    birth_s: int
    birth: Spot
    last_s: int
    anchor_s: int
    anchor: Spot
    rested: list[Spot] = field(default_factory=list)
    rested_s: int = 0
    smoothed: Spot = (0.0, 0.0)
    stopped: Spot = (0.0, 0.0)
    presence: Presence | None = None

    def start(self, at_s: int, spot: Spot) -> None:
        self.anchor_s, self.anchor = at_s, spot
        self.rest_anew(at_s, spot)

    def rest_anew(self, at_s: int, spot: Spot) -> None:
        self.rested_s, self.rested, self.smoothed, self.stopped = at_s, [spot], spot, spot

    def rest(self, at_s: int, spot: Spot) -> bool:
        """Whether it stands by now."""
        if apart(spot, self.stopped) > STILL_M:
            self.rest_anew(at_s, spot)
            return False
        self.rested.append(spot)
        if len(self.rested) <= 3:
            self.stopped = mean(self.rested)
        share = max(0.2, 1 / len(self.rested))
        x, y = self.smoothed
        self.smoothed = (x + (spot[0] - x) * share, y + (spot[1] - y) * share)
        if at_s - self.rested_s < BEGIN_S:
            return False
        if apart(self.smoothed, self.stopped) <= REST_M:
            return True
        self.stopped, self.rested_s = self.smoothed, at_s
        return False


@dataclass
class Presence:
    begin_s: int
    last_s: int
    seen_s: float
    spot: Spot
    due_s: int
    step_s: float
    path_m: float = 0.0
    unseen: bool = False
    end_s: int | None = None
    reason: str = ""
    steps: list[tuple[str, int]] = field(default_factory=list)

    def end(self, at_s: int, reason: str) -> None:
        self.end_s, self.reason = at_s, reason


def apart(a: Spot, b: Spot) -> float:
    return math.hypot(a[0] - b[0], a[1] - b[1])


def mean(spots: list[Spot]) -> Spot:
    return (sum(x for x, _ in spots) / len(spots), sum(y for _, y in spots) / len(spots))


class Oracle:
    """One ring that holds everything, one sensor that is never silent."""

    def __init__(self) -> None:
        self.tracks: dict[str, Track] = {}
        self.presences: list[Presence] = []
        self.now_s: int | None = None

    def watch(self, sightings: list[Sighting], until_s: int) -> list[Presence]:
        """Presences after `sightings`, which are in the order of time, and the time up to `until_s`."""
        for sighting in sightings:
            self._pass(sighting.at_s)
            self._see(sighting)
        self._pass(until_s)
        return self.presences

    def _pass(self, until_s: int) -> None:
        start = until_s if self.now_s is None else self.now_s + 1
        for second in range(start, until_s + 1):
            for presence in self.presences:
                if presence.end_s is None and presence.due_s <= second:
                    self._check(presence, second)
        self.now_s = until_s

    def _check(self, presence: Presence, now_s: int) -> None:
        presence.unseen = presence.unseen or now_s - presence.last_s >= LOST_S
        again = presence.last_s + LOST_S
        if presence.unseen:
            if now_s - presence.last_s >= LIMIT_S:
                presence.end(now_s, "unseen_limit")
                return
            again = min(now_s + BLIND_S, presence.last_s + LIMIT_S)
        again = max(again, now_s + 1)
        if presence.step_s <= now_s:
            presence.step_s = self._assess(presence, now_s)
        presence.due_s = math.ceil(min(again, presence.step_s))

    def _assess(self, presence: Presence, now_s: int) -> float:
        """Give the presence the step that it has reached; when to look at it again."""
        stay_s = now_s - presence.begin_s
        reached = [step for step in STEPS if step[0] <= stay_s]
        later = min((presence.begin_s + after for after, _ in STEPS if after > stay_s), default=math.inf)
        if not reached:
            return later
        after, severity = reached[-1]
        held = presence.seen_s < min(TRUST_S, after) or presence.seen_s / max(stay_s, 1e-9) < SHARE
        waits = now_s - presence.begin_s - after < WAIT_S or presence.seen_s < after * UNSEEN_SHARE
        held = held or (presence.unseen and waits)
        if held:
            return min(later, now_s + RECHECK_S)
        if severity not in [name for name, _ in presence.steps]:
            presence.steps.append((severity, now_s))
        return later

    def _see(self, sighting: Sighting) -> None:
        at_s, spot = sighting.at_s, sighting.spot
        track = self.tracks.get(sighting.track)
        if sighting.gone:
            if track is not None and track.presence is not None and track.presence.end_s is None:
                track.presence.end(at_s, "gone")
            return
        shows = track is not None and track.presence is not None and track.presence.end_s is None
        if track is None or (at_s - track.last_s > FORGET_S and not shows):
            track = self.tracks[sighting.track] = Track(at_s, spot, at_s, at_s, spot)
            track.start(at_s, spot)
            return
        track.last_s = at_s
        presence = track.presence
        if presence is not None and presence.end_s is None:
            self._show(track, presence, at_s, spot)
            return
        if apart(spot, track.anchor) > RADIUS_M:
            track.anchor_s, track.anchor = at_s, spot
        if track.rest(at_s, spot):
            self._settle(track, at_s)

    def _show(self, track: Track, presence: Presence, at_s: int, spot: Spot) -> None:
        resting = track.rest(at_s, spot)
        if apart(spot, presence.spot) > MOVE_M + SLACK_M:  # one sighting errs; where it rests is known better
            presence.end(presence.last_s, "moved_off")
            track.start(at_s, spot)
            return
        if apart(spot, presence.spot) <= RADIUS_M:
            presence.seen_s += min(at_s - presence.last_s, LOST_S)
            self._found(presence, at_s)
        if not resting:
            return
        moved_m = apart(track.smoothed, presence.spot)
        if moved_m <= DRIFT_M:
            x, y = presence.spot
            presence.spot = (x + (track.smoothed[0] - x) * 0.05, y + (track.smoothed[1] - y) * 0.05)
        elif moved_m > MOVE_M or (presence.path_m + moved_m) / (at_s - presence.begin_s) >= CREEP_MPS:
            presence.end(presence.last_s, "moving")
            track.anchor_s, track.anchor = track.rested_s, track.stopped
            self._settle(track, at_s)
        else:
            presence.path_m += moved_m
            presence.spot = track.smoothed

    def _settle(self, track: Track, at_s: int) -> None:
        """A track that stands takes over the nearest unseen presence that it was born at, or begins one."""
        born_here = apart(track.birth, track.smoothed) <= TAKEOVER_M + SLACK_M
        near = [
            one
            for one in self.presences
            if one.end_s is None
            and apart(one.spot, track.smoothed) < TAKEOVER_M
            and one.last_s <= track.birth_s + SKEW_S
            and born_here
        ]
        if near:
            presence = min(near, key=lambda one: apart(one.spot, track.smoothed))
            presence.seen_s += at_s - max(track.rested_s, presence.last_s)
            track.presence = presence
            self._found(presence, at_s)
            return
        begin_s = min(track.anchor_s, track.rested_s)
        due_s = min(begin_s + STEPS[0][0], at_s + LOST_S)
        presence = Presence(begin_s, at_s, at_s - begin_s, track.smoothed, due_s, begin_s + STEPS[0][0])
        self.presences.append(presence)
        track.presence = presence

    def _found(self, presence: Presence, at_s: int) -> None:
        if presence.unseen:
            presence.unseen = False
            presence.due_s = min(presence.due_s, at_s + LOST_S)
        presence.last_s = at_s
