"""Parts of a leg as lines that are quick to type, one a line, and back to lines again.

    checkpoints  12:30 Bridge North @ 75.0101, -5.0012      rests    13:00 15 Fuel station
    hazards      400-900 Narrow between walls                havens   Clinic of the compound @ 75.0003, -5.0020

Times are by the node's clock: the first such time from the begin of the leg on. Digits of any script count.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta, tzinfo
from typing import Any

from safeconduct.terms.instant import iso, parse

CLOCK = r"(?P<hour>\d{1,2})[:.](?P<minute>\d{2})"
_PLACE = r"(?P<name>[^@]+?)(?:\s*@\s*(?P<lon>-?[\d.]+)\s*[,;\s]\s*(?P<lat>-?[\d.]+))?"
CHECKPOINT = re.compile(rf"{CLOCK}\s+{_PLACE}")
REST = re.compile(rf"{CLOCK}\s+(?P<minutes>\d{{1,4}})(?:\s+(?P<name>.+))?")
HAZARD = re.compile(r"(?P<begin>[\d.]+)\s*[-–]\s*(?P<end>[\d.]+)\s*(?:m\b)?\s*(?P<text>.+)")
HAVEN = re.compile(_PLACE)

Match = re.Match[str]


class Unreadable(Exception):
    """A line that is none of its kind; `number` counts from 1."""

    def __init__(self, number: int):
        self.number = number
        super().__init__(f"line {number}")


def _lines(text: str, pattern: re.Pattern[str], make: Callable[[Match], dict[str, Any]]) -> list[dict[str, Any]]:
    """What `make` makes of each line that is not empty. Raises Unreadable."""
    found: list[dict[str, Any]] = []
    for number, line in enumerate(text.splitlines(), start=1):
        if not line.strip():
            continue
        match = pattern.fullmatch(line.strip())
        try:
            if match is None:
                raise Unreadable(number)
            found.append(make(match))
        except ValueError:
            raise Unreadable(number) from None
    return found


def checkpoints(text: str, begin_at: datetime, zone: tzinfo) -> list[dict[str, Any]]:
    return _lines(text, CHECKPOINT, lambda found: _placed(found) | {"due_at": iso(_moment(found, begin_at, zone))})


def rests(text: str, begin_at: datetime, zone: tzinfo) -> list[dict[str, Any]]:
    return _lines(
        text,
        REST,
        lambda found: {
            "name": found["name"] or "",
            "begin_at": iso(_moment(found, begin_at, zone)),
            "minutes": int(found["minutes"]),
        },
    )


def hazards(text: str) -> list[dict[str, Any]]:
    return _lines(
        text,
        HAZARD,
        lambda found: {"begin_m": float(found["begin"]), "end_m": float(found["end"]), "text": found["text"].strip()},
    )


def havens(text: str) -> list[dict[str, Any]]:
    return _lines(text, HAVEN, _placed)


def _placed(found: Match) -> dict[str, Any]:
    lon, lat = found["lon"], found["lat"]
    return {
        "name": found["name"].strip(),
        "lon": None if lon is None else float(lon),
        "lat": None if lat is None else float(lat),
    }


def _moment(found: Match, begin_at: datetime, zone: tzinfo) -> datetime:
    """The first time from `begin_at` on at which the clock shows that. Raises ValueError for 25:00."""
    local = begin_at.astimezone(zone)
    moment = local.replace(hour=int(found["hour"]), minute=int(found["minute"]), second=0, microsecond=0)
    if moment < local.replace(second=0, microsecond=0):
        moment += timedelta(days=1)
    return max(moment.astimezone(UTC), begin_at)


def said_checkpoints(found: Iterable[Mapping[str, Any]], zone: tzinfo) -> str:
    return "\n".join(f"{_clock(one['due_at'], zone)} {_said_place(one)}" for one in found)


def said_rests(found: Iterable[Mapping[str, Any]], zone: tzinfo) -> str:
    return "\n".join(f"{_clock(one['begin_at'], zone)} {one['minutes']} {one['name']}".rstrip() for one in found)


def said_hazards(found: Iterable[Mapping[str, Any]]) -> str:
    return "\n".join(f"{one['begin_m']:g}-{one['end_m']:g} {one['text']}" for one in found)


def said_havens(found: Sequence[Mapping[str, Any]]) -> str:
    return "\n".join(_said_place(one) for one in found)


def _said_place(one: Mapping[str, Any]) -> str:
    return one["name"] if one["lon"] is None else f"{one['name']} @ {one['lon']:g}, {one['lat']:g}"


def _clock(time: str, zone: tzinfo) -> str:
    return parse(time).astimezone(zone).strftime("%H:%M")
