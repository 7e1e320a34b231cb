"""Errors that name the object, what was found and what was wanted."""

from __future__ import annotations

import reprlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta


class SafeconductError(Exception):
    """The root of every error that this package raises on purpose."""


@dataclass(frozen=True)
class Fault:
    """One thing that is wrong with an input, e.g. `features[3].properties.role`, `'rign'`, `one of ring, gate`."""

    where: str
    found: str
    wanted: str

    def __str__(self) -> str:
        return f"{self.where}: found {self.found}, want {self.wanted}"


class BadInput(SafeconductError):
    """An input was refused whole; `faults` names everything that was wrong with it."""

    def __init__(self, subject: str, faults: Sequence[Fault]):
        self.subject = subject
        self.faults = tuple(faults)
        super().__init__(f"{subject}: " + "; ".join(str(fault) for fault in self.faults))


class NotFound(SafeconductError):
    """Nothing by that name that this reader may see: what is absent and what is not theirs answer alike."""

    def __init__(self, kind: str, name: str):
        self.kind = kind
        self.name = name
        super().__init__(f"no {kind} {name}")


class TooMany(SafeconductError):
    """More things of `kind` than `most` `within` that time, by the clause `article`: no more is shown for a while."""

    def __init__(self, kind: str, most: int, within: timedelta, article: str):
        self.kind = kind
        self.most = most
        self.within = within
        self.article = article
        super().__init__(f"more than {most} of {kind} within {within}, article {article}")


class TooManyTries(SafeconductError):
    """Too many of `what`, such as wrong tries; `after_s` is how many seconds to wait for the next."""

    def __init__(self, what: str, after_s: int):
        super().__init__(f"too many {what}, want a pause of {after_s} s")
        self.what = what
        self.after_s = after_s


def length_faults(where: str, text: str, most: int = 1000) -> list[Fault]:
    """A fault where `text`, without the space around it, is empty or longer than `most` characters."""
    length = len(text.strip())
    return [] if 0 < length <= most else [Fault(where, f"{length} characters", f"1 to {most:,}")]


def require_state(subject: str, state: str, *wanted: str) -> None:
    """Raises BadInput where `subject` is in a state that is none of those wanted."""
    if state not in wanted:
        raise BadInput(subject, [Fault("state", state, " or ".join(wanted))])


_SHORT = reprlib.Repr()
_SHORT.maxlevel = 3
_SHORT.maxstring = _SHORT.maxother = _SHORT.maxlong = 60


def shown(value: object, limit: int = 60) -> str:
    """`value` as a short literal for an error message, whatever its size."""
    try:
        text = repr(value[: limit * 2]) if isinstance(value, str | bytes) else _SHORT.repr(value)
    except (RecursionError, ValueError):  # an integer of thousands of digits has no repr
        text = f"a {type(value).__name__}"
    return text if len(text) <= limit else text[: limit - 1] + "…"
