"""An alert: what the watch found, as plain data for the record, the pages and the JSONL of a replay."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from typing import Any, NamedTuple, cast

import orjson

from safeconduct.terms.ids import derived_id
from safeconduct.terms.instant import from_epoch_ms, iso

RAISE, STEP, CLEAR = "raise", "step", "clear"


@dataclass
class Alert:
    """Times are milliseconds since 1970 of the observations' clock. `lon`, `lat` is where it stood when it was
    raised."""

    id: str
    kind: str
    site: str
    ring: str
    severity: str
    lon: float
    lat: float
    started_ms: int
    raised_ms: int
    updated_ms: int
    vehicle: str
    ended_ms: int | None = None
    dwell_s: float = 0.0
    unseen_s: float = 0.0
    steps: list[dict[str, Any]] = field(default_factory=list)
    tracks: list[str] = field(default_factory=list)
    sensors: list[str] = field(default_factory=list)
    explanation: dict[str, Any] = field(default_factory=dict)

    def to_plain(self) -> dict[str, Any]:
        """As JSON has it, with the members FIELDS: times as ISO 8601 in UTC."""
        plain = copied(vars(self))
        for name in ("started", "raised", "updated", "ended"):
            plain[name] = stamp(plain.pop(f"{name}_ms"))
        return {name: plain[name] for name in FIELDS}


def copied(value: Any) -> Any:
    """A copy of plain data, such that nothing that changes in it changes in the other: a fifth of `deepcopy`'s time."""
    if isinstance(value, dict):
        return {name: copied(one) for name, one in cast(dict[Any, Any], value).items()}
    if isinstance(value, list):
        return [copied(one) for one in cast(list[Any], value)]
    return value


FIELDS = (
    "id",
    "kind",
    "site",
    "ring",
    "severity",
    "lon",
    "lat",
    "started",
    "raised",
    "updated",
    "ended",
    "dwell_s",
    "unseen_s",
    "steps",
    "tracks",
    "sensors",
    "vehicle",
    "explanation",
)


class AlertChange(NamedTuple):
    """`change` is RAISE, STEP (a severity, or news of one that stands) or CLEAR; `alert` its whole state after it."""

    change: str
    alert: dict[str, Any]


def stamp(at_ms: int | None) -> str | None:
    return None if at_ms is None else iso(from_epoch_ms(at_ms))


def alert_id(started_ms: int, *parts: object) -> str:
    """The id of what began then, told apart by `parts`: the same again in every replay."""
    digest = hashlib.sha256("\x1f".join(map(str, parts)).encode()).digest()
    return str(derived_id(started_ms, digest))


def to_line(alert: dict[str, Any]) -> bytes:
    """One line of JSONL, the same bytes for the same alert."""
    return orjson.dumps(alert, option=orjson.OPT_APPEND_NEWLINE)
