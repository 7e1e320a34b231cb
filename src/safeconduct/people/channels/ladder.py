"""The ladder: by which channel a person is tried first, and by which when that one brings no answer.

Channels stand in the order in which they are tried. Two are always there: `app`, the person's own page, for those who
have an account, and `visit`, which sends no message but tells the warden to go and see.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

APP, VISIT = "app", "visit"
FIRST_RETRY_S = 5.0
LONGEST_RETRY_S = 300.0

Contacts = Sequence[Mapping[str, str]]


@dataclass(frozen=True)
class Channel:
    """A way to reach people: `url` is an Apprise URL in which {to}, {id} and {text} stand for what each message has.

    `kind` says which of a person's contacts it goes to. After `wait_s` without an answer, the next channel is tried; a
    sending that fails is tried `tries` times. `secret` proves who calls back with receipts and replies.
    """

    name: str
    kind: str
    url: str = ""
    per_s: float = 5.0
    wait_s: float = 180.0
    tries: int = 5
    at_once: int = 4
    secret: str = ""
    test_to: str = ""


def address_for(channel: Channel, contacts: Contacts) -> str | None:
    """The person's first address of the channel's kind."""
    return next((one["address"] for one in contacts if one["channel"] == channel.kind), None)


def rungs(channels: Sequence[Channel], contacts: Contacts, has_account: bool, app_wait_s: float) -> list[Channel]:
    """The channels by which this person can be tried, in order; the visit ends every ladder."""
    own = [Channel(APP, APP, wait_s=app_wait_s)] if has_account else []
    reached = [one for one in channels if address_for(one, contacts) is not None]
    return [*own, *reached, Channel(VISIT, VISIT)]


def next_after(name: str, ladder: Sequence[Channel], order: Sequence[str]) -> Channel | None:
    """The rung behind the channel `name`, which may have been taken away since; None at the end.

    `order` are the names of all channels, so that one that this person has no address for any more has its place.
    """
    everyone = [APP, *order, VISIT]
    at = everyone.index(name) if name in everyone else -1
    return next((one for one in ladder if everyone.index(one.name) > at), None)


def retry_at(attempts: int, at: datetime) -> datetime:
    """When a sending that failed `attempts` times is tried again: 5 s, 10 s, 20 s, … 5 min later."""
    return at + timedelta(seconds=min(FIRST_RETRY_S * 2 ** min(attempts - 1, 10), LONGEST_RETRY_S))


def settings_of(channel: Channel) -> dict[str, Any]:
    """What may be shown of a channel: neither its address nor its secret."""
    return {
        "name": channel.name,
        "kind": channel.kind,
        "service": channel.url.partition("://")[0],
        "per_s": channel.per_s,
        "wait_s": channel.wait_s,
        "tries": channel.tries,
        "at_once": channel.at_once,
        "calls_back": bool(channel.secret),
    }
