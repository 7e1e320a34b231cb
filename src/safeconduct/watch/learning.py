"""Learning what is usual: recorded observations through an engine of their own, each ended presence a stay.

On a node: a file for each day of the archive (`watch/baseline/2026-11-24.day`), and one of the newest DAYS_KEPT of them
together (`watch/baseline.bin`), which the live watch is told as a frame.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

from safeconduct.sites.places import Places
from safeconduct.terms.errors import BadInput
from safeconduct.terms.instant import epoch_ms, parse
from safeconduct.watch.baseline import Baseline, Calendar, Counts, Stay, counted
from safeconduct.watch.baseline_file import decoded_day, encoded, encoded_day
from safeconduct.watch.engine import Engine
from safeconduct.watch.observations import Batch
from safeconduct.watch.rules import ALARMS
from safeconduct.watch.settings import Settings
from safeconduct.watch.tables import KINDS, Event

DAYS_KEPT = 56
BEFORE, AFTER = timedelta(minutes=30), timedelta(hours=3)
"""What is watched of the day before and the day after, so that stays over midnight are whole."""
TEACHING = frozenset({"expected", "benign", "false"})
"""Dispositions of an alarm whose stay may teach what is usual; one that nobody has assessed teaches nothing."""


@dataclass(frozen=True)
class Untaught:
    """Tracks of alarms that must not teach, each with the span of the alarm in ms."""

    spans: Mapping[str, Sequence[tuple[int, int]]]

    @classmethod
    def of_alerts(cls, alerts: Iterable[Mapping[str, Any]]) -> Untaught:
        """Of alerts as they are released to the watch: alarms that no person has called harmless."""
        spans: dict[str, list[tuple[int, int]]] = {}
        for alert in alerts:
            if alert.get("severity") in ALARMS and alert.get("disposition") not in TEACHING:
                ended = alert.get("ended")
                span = (_ms(alert["started"]), _ms(ended) if ended else 1 << 62)
                for track in alert.get("tracks", ()):
                    spans.setdefault(track, []).append(span)
        return cls(spans)

    def holds(self, tracks: Iterable[str], begin_ms: int, end_ms: int) -> bool:
        return any(
            begin_ms <= last_ms and end_ms >= first_ms
            for track in tracks
            for first_ms, last_ms in self.spans.get(track, ())
        )


def _ms(at: Any) -> int:
    return epoch_ms(at if isinstance(at, datetime) else parse(at))


class Student:
    """An engine over places, and the stays that it saw end."""

    def __init__(self, places: Places, settings: Settings, untaught: Untaught | None = None):
        self.engine = Engine(places, settings)
        self.engine.alarms.on_stay = self._note
        self._untaught = untaught or Untaught({})
        self._stays: list[Stay] = []

    def stays(self, batches: Iterable[Batch]) -> Iterator[Stay]:
        """The stays in the order of their ends. What still stands at the end of the observations is none yet."""
        for batch in batches:
            self.engine.feed(batch)
            yield from self._taken()
        self.engine.finish()
        yield from self._taken()

    def _taken(self) -> list[Stay]:
        taken, self._stays = self._stays, []
        return taken

    def _note(self, event: Event, tracks: Sequence[str]) -> None:
        if self._untaught.holds(tracks, event.begin_ms, event.at_ms):
            return
        lon, lat = self.engine.field.degrees(event.frame, event.x, event.y)
        kind = KINDS[event.kind]
        waits = self.engine.field.exemptions.at(lon, lat, kind, event.begin_ms) is not None
        self._stays.append(Stay(lon, lat, kind, waits, event.begin_ms, event.at_ms, event.token))


def by_day(stays: Iterable[Stay], calendar: Calendar) -> dict[date, Counts]:
    """Counts of the stays that began on each local day."""
    found: dict[date, list[Stay]] = {}
    for stay in stays:
        found.setdefault(calendar.local(stay.begin_ms).date(), []).append(stay)
    return {day: counted(of_day, calendar) for day, of_day in sorted(found.items())}


def bounds_of(day: date, calendar: Calendar) -> tuple[datetime, datetime]:
    """The instants at which a local day begins and ends."""
    zone = calendar.local(0).tzinfo
    midnights = (datetime(one.year, one.month, one.day, tzinfo=zone) for one in (day, day + timedelta(days=1)))
    first, last = (at.astimezone(UTC) for at in midnights)
    return first, last


class Shelf:
    """The day files of a node and the baseline made of them. `directory` is the node's `watch/`."""

    def __init__(self, directory: Path):
        self._days, self.baseline = directory / "baseline", directory / "baseline.bin"

    def missing(self, last: date, days: int = DAYS_KEPT) -> list[date]:
        """Those of the `days` up to `last` that were not learnt, oldest first."""
        every = [last - timedelta(days=back) for back in reversed(range(days))]
        return [day for day in every if not self._file(day).exists()]

    def put(self, day: date, counts: Counts, calendar: Calendar) -> None:
        self._days.mkdir(parents=True, exist_ok=True)
        _write(self._file(day), encoded_day(counts, calendar))

    def bind(self, last: date, calendar: Calendar) -> int:
        """Make the baseline of the days up to `last`, and forget older ones; its bytes.

        Days of another calendar, and damaged ones, are left out and learnt anew.
        """
        first = last - timedelta(days=DAYS_KEPT - 1)
        kept: list[Counts] = []
        for file in sorted(self._days.glob("*.day")) if self._days.is_dir() else []:
            counts = _read(file, calendar)
            if file.stem < first.isoformat() or counts is None:
                file.unlink()
            elif file.stem <= last.isoformat():
                kept.append(counts)
        data = encoded(Baseline.of_days(kept, calendar))
        _write(self.baseline, data)
        return len(data)

    def _file(self, day: date) -> Path:
        return self._days / f"{day.isoformat()}.day"


def _read(file: Path, calendar: Calendar) -> Counts | None:
    try:
        counts, of = decoded_day(file.read_bytes(), file.name)
    except BadInput:
        return None
    return counts if of == calendar else None


def _write(path: Path, data: bytes) -> None:
    part = path.with_name(path.name + ".part")
    part.write_bytes(data)
    part.replace(path)
