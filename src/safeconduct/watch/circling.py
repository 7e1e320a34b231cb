"""Vehicles that come into the rings of a site again and again: circling.

An entry takes evidence: the vehicle was seen outside all rings for some time, or never before, and then inside. A
token's tracks tell of it together, whichever cameras they are of; a track without one tells of itself.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from safeconduct.watch.alerts import RAISE, Alert, AlertChange, alert_id, stamp
from safeconduct.watch.field import CIRCLING_GAP_MS, Field
from safeconduct.watch.rules import metres
from safeconduct.watch.tables import KINDS, Event

KEPT = 1 << 16
"""Vehicles of which it is remembered where they were, and entries, at most."""
NEVER_IN = -(1 << 62)
BRIEF_MS, BRIEF_M = 3000, 10.0
"""Who is outside again within this time and distance was not inside: a sighting errs."""


class Spell(NamedTuple):
    """Where a vehicle is, a site or "" for outside of all, since when, and from which position (m) on. `left_ms` is
    when it left the rings last before it came in, or where it is outside; NEVER_IN without that."""

    site: str
    since_ms: int
    left_ms: int
    x: float
    y: float


class Circling:
    """`entries` by site and token, or track: the times of those that have not made an alert yet. Newest last."""

    def __init__(self, field: Field, changes: list[AlertChange]):
        self.field, self.changes = field, changes
        self.entries: dict[tuple[str, int], list[int]] = {}
        self.spells: dict[int, Spell] = {}

    def cross(self, event: Event, sensor: str, track: str) -> None:
        """A vehicle's token was read on one side of the rings' edge, or its track has crossed it."""
        who = event.token or event.key
        spell = self.spells.pop(who, None)
        site = self.field.zones.zones[event.zone].site if event.zone >= 0 else ""
        self.spells[who] = self._spell(event, site, spell)
        if spell is not None and spell.site == site:
            self.spells[who] = spell
        elif site and (spell is None or event.at_ms - _away_ms(spell) >= CIRCLING_GAP_MS):
            # A track without a token tells of itself from its second entry on.
            known = self.entries.pop((site, who), [] if spell or event.token else [event.begin_ms])
            self._enter((site, who), known, event, (sensor, track))
        elif spell is not None and not site and _is_brief(spell, event):
            self._take_back((spell.site, who), spell.since_ms)
        self._forget(event.at_ms - int(self.field.settings.circling_window_s * 1000))

    def _spell(self, event: Event, site: str, before: Spell | None) -> Spell:
        """Where the vehicle is now, if it was not there before."""
        if site or before is None:
            left_ms = NEVER_IN if before is None else _away_ms(before)
        elif _is_brief(before, event):
            left_ms = before.left_ms
        else:
            left_ms = max(before.since_ms, event.begin_ms)
        return Spell(site, event.at_ms, left_ms, event.x, event.y)

    def _enter(self, who: tuple[str, int], known: Sequence[int], event: Event, track: tuple[str, str]) -> None:
        since_ms = event.at_ms - int(self.field.settings.circling_window_s * 1000)
        times = [*(at_ms for at_ms in known if at_ms >= since_ms), event.at_ms]
        if len(times) >= self.field.settings.circling_count:
            self.changes.append(AlertChange(RAISE, self._alert(event, times, *track).to_plain()))
        else:
            self.entries[who] = times

    def _take_back(self, who: tuple[str, int], at_ms: int) -> None:
        times = self.entries.get(who, [])
        if times == [at_ms]:
            del self.entries[who]
        elif times and times[-1] == at_ms:
            times.pop()

    def _forget(self, since_ms: int) -> None:
        """Let go of what is too long ago to count, and of the oldest of too many."""
        while self.entries:
            who, times = next(iter(self.entries.items()))
            if times[-1] >= since_ms and len(self.entries) <= KEPT:
                break
            del self.entries[who]
        while self.spells:
            vehicle, spell = next(iter(self.spells.items()))
            if spell.since_ms >= since_ms and len(self.spells) <= KEPT:
                break
            del self.spells[vehicle]

    def _alert(self, event: Event, times: Sequence[int], sensor: str, track: str) -> Alert:
        """An alert that is over as it is raised: circling is an event and not a stay."""
        zone = self.field.zones.zones[event.zone]
        lon, lat = self.field.degrees(event.frame, event.x, event.y)
        severity = self.field.settings.circling_severity
        return Alert(
            id=alert_id(times[0], "circling", zone.site, event.token or event.key, event.at_ms),
            kind="circling",
            site=zone.site,
            ring=zone.level,
            severity=severity,
            lon=round(lon, 7),
            lat=round(lat, 7),
            started_ms=times[0],
            raised_ms=event.at_ms,
            updated_ms=event.at_ms,
            ended_ms=event.at_ms,
            vehicle=KINDS[event.kind],
            steps=[{"severity": severity, "at": stamp(event.at_ms)}],
            tracks=[f"{sensor}/{track}"],
            sensors=[sensor],
            explanation={
                "place": {"site": zone.site, "name": zone.name, "level": zone.level},
                "entries": [stamp(at_ms) for at_ms in times],
                "ended": None,
                "sentence": f"A vehicle has entered {zone.name or zone.level} {len(times)} times.",
            },
        )

    def dump(self) -> dict[str, Any]:
        entries = [[*who, times] for who, times in self.entries.items()]
        return {"entries": entries, "spells": [[who, *spell] for who, spell in self.spells.items()]}

    def load(self, plain: Mapping[str, Any]) -> None:
        self.entries = {(row[0], row[1]): list(row[2]) for row in plain["entries"]}
        self.spells = {row[0]: Spell(*row[1:]) for row in plain["spells"]}


def _away_ms(spell: Spell) -> int:
    """Since when a vehicle has been away from other sites than the spell's."""
    return spell.since_ms if spell.site else spell.left_ms


def _is_brief(spell: Spell, event: Event) -> bool:
    is_near = metres(spell.x, spell.y, event.x, event.y) < BRIEF_M
    return is_near and event.at_ms - spell.since_ms < BRIEF_MS
