"""Instants: aware UTC and nothing else."""

from __future__ import annotations

from datetime import UTC, datetime

from safeconduct.terms.errors import BadInput, Fault, shown

_start, _epoch, _speed = datetime(1970, 1, 1, tzinfo=UTC), datetime(1970, 1, 1, tzinfo=UTC), 1.0


def now() -> datetime:
    """This moment, in UTC, by the node's clock: the real one, except in an exercise."""
    if _speed == 1.0 and _start == _epoch:
        return datetime.now(UTC)
    return _start + (datetime.now(UTC) - _epoch) * _speed


def run_clock(start: datetime, epoch: datetime, speed: float) -> None:
    """Let the clock show `start` at the real instant `epoch` and run `speed` times as fast from there."""
    global _start, _epoch, _speed
    _start, _epoch, _speed = start, epoch, speed


def clock_speed() -> float:
    """How many seconds the node's clock runs in a real one: 1, except in an exercise."""
    return _speed


def iso(instant: datetime) -> str:
    """ISO 8601 in UTC with `Z`, milliseconds only where there are any: `2026-11-24T06:00:00Z`."""
    if instant.tzinfo is None:
        raise ValueError(f"instant {instant!r} has no zone, want an aware one")
    utc = instant.astimezone(UTC)
    spec = "milliseconds" if utc.microsecond else "seconds"
    return utc.replace(tzinfo=None).isoformat(timespec=spec) + "Z"


def parse(text: str, where: str = "time") -> datetime:
    """The instant that ISO 8601 `text` names; a zone is required. Raises BadInput."""
    try:
        instant = datetime.fromisoformat(text)
        if instant.tzinfo is not None:
            return in_utc(instant)
    except ValueError:
        pass
    raise BadInput(where, [Fault(where, shown(text), "an ISO 8601 time with a zone, like 2026-11-24T06:00:00Z")])


def in_utc(instant: datetime) -> datetime:
    """The same instant in UTC. Raises ValueError for the first or last hours of the calendar in another zone."""
    try:
        return instant.astimezone(UTC)
    except OverflowError:
        raise ValueError(f"instant {instant!r} is not there in UTC") from None


def epoch_ms(instant: datetime) -> int:
    """Milliseconds since 1970-01-01T00:00Z."""
    return int(instant.timestamp() * 1000)


def from_epoch_ms(milliseconds: int) -> datetime:
    return datetime.fromtimestamp(milliseconds / 1000, UTC)
