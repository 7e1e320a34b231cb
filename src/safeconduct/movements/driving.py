"""Drivers' hours: whether a journey leaves its drivers the rests that the accord declares. Plain values."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from safeconduct.accord.gate_rules import Driving
from safeconduct.terms.errors import Fault

DRIVING = "of driving"
"""How what is found of a journey that drives on for too long ends."""


@dataclass(frozen=True)
class Drive:
    """One leg: driven during [begin, end) but for its rests, each a begin and a length. `index` counts from 0."""

    index: int
    begin: datetime
    end: datetime
    rests: Sequence[tuple[datetime, timedelta]] = ()

    def stretches(self) -> Iterator[tuple[datetime, datetime]]:
        """The spans between its rests, in order."""
        since = self.begin
        for rest, length in sorted(self.rests):
            if rest > since:
                yield since, rest
            since = max(since, rest + length)
        if since < self.end:
            yield since, self.end


def faults_of(drives: Sequence[Drive], driven_before: timedelta, limits: Driving) -> list[Fault]:
    """What of the journey drives on for too long: each leg at most once for either limit.

    A pause counts as a rest or as a stop over night by its length, wherever it lies. `driven_before` counts to what is
    driven without a stop over night; whoever drove before had a rest before they leave.
    """
    found: dict[tuple[int, str], Fault] = {}
    at_once, in_all, since = timedelta(), driven_before, None
    for drive in drives:
        for begin, end in drive.stretches():
            pause = begin - since if since is not None else timedelta()
            if pause >= limits.rest:
                at_once = timedelta()
            if pause >= limits.overnight:
                in_all = timedelta()
            at_once, in_all, since = at_once + (end - begin), in_all + (end - begin), end
            if at_once > limits.rest_after:
                wanted = f"a rest of {said(limits.rest)} after {said(limits.rest_after)} at most"
                key = (drive.index, "rests")
                found.setdefault(key, _fault(drive, "rests", at_once, f"{wanted} (article {limits.article})"))
            if in_all > limits.at_most:
                wanted = f"a stop of {said(limits.overnight)} after {said(limits.at_most)} of driving at most"
                key = (drive.index, "end_at")
                found.setdefault(key, _fault(drive, "overnight", in_all, f"{wanted} (article {limits.article})"))
    return list(found.values())


def _fault(drive: Drive, what: str, driven: timedelta, wanted: str) -> Fault:
    return Fault(f"legs[{drive.index}].{what}", f"{said(driven)} {DRIVING}", wanted)


def said(length: timedelta) -> str:
    """Hours and minutes: `2 h 30 min`."""
    minutes = round(length.total_seconds() / 60)
    hours, rest = divmod(minutes, 60)
    return " ".join([*([f"{hours} h"] if hours else []), *([f"{rest} min"] if rest or not hours else [])])
