"""Rooms that react to earlier ones: a listener reads each event once, in order, in the transaction of its reactions.

A listener killed at any point has either reacted and moved its cursor, or neither.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

import structlog

from safeconduct.acts import together
from safeconduct.release import events_after, newest_event_id
from safeconduct.store import cursors
from safeconduct.store.models import Event
from safeconduct.terms.errors import SafeconductError

log = structlog.get_logger("safeconduct.listening")

BATCH = 200
LONGEST_S = 0.25
"""A turn ends after the event with which it has taken so long: nobody else can write to the database meanwhile."""


@dataclass(frozen=True)
class Listener:
    """A named reaction to events of some information classes."""

    name: str
    kinds: frozenset[str]
    react: Callable[[Event], None]


def drain(listener: Listener) -> int:
    """Let `listener` react to what it has not read yet, at most BATCH events or LONGEST_S; the number that it read."""
    if newest_event_id() <= cursors.reached(listener.name):
        return 0
    with together():
        end = time.monotonic() + LONGEST_S
        read = 0
        events = events_after(cursors.locked(listener.name), BATCH)
        while read < len(events) and time.monotonic() < end:
            if events[read].kind in listener.kinds:
                _react(listener, events[read])
            read += 1
        if read:
            cursors.move(listener.name, events[read - 1].pk)
    return read


def _react(listener: Listener, event: Event) -> None:
    try:
        with together():
            listener.react(event)
    except SafeconductError as error:
        # What one event led to is refused or gone: the next event must still be heard.
        log.warning("reaction_failed", listener=listener.name, event_id=event.pk, error=type(error).__name__)
