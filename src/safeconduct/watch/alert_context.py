"""What the page of one alert shows, as far as its reader may have it: a field that is withheld is simply not told."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from safeconduct.acts import Act
from safeconduct.release import Projection
from safeconduct.terms import instant
from safeconduct.terms.decision import Decision
from safeconduct.terms.party import Principal
from safeconduct.watch import acts, alert_words, queries, words

ACTS: Mapping[str, Act[Any]] = {
    "acknowledge": acts.acknowledge,
    "assess": acts.assess,
    "escalate": acts.escalate,
    "close": acts.close_presence,
}


@dataclass(frozen=True)
class Moment:
    """One line of the timeline. `tone` is its colour and shape; `until` ends a stretch, else None."""

    at: datetime
    tone: str
    text: Any
    until: datetime | None = None


@dataclass(frozen=True)
class Joined:
    """A track that counts as the vehicle, since when and why."""

    track: str
    at: datetime
    why: Any
    unseen_s: float | None


@dataclass(frozen=True)
class Bar:
    """The stay as a line of whole seconds: what was out of sight, and where each step was reached.

    What lies after `told_s` is later than the last word of the watch, and shown as not known.
    """

    length_s: int
    told_s: int
    unseen: Sequence[tuple[int, int]]
    steps: Sequence[tuple[int, str]]


@dataclass(frozen=True)
class Sight:
    """The last that any sensor showed of it, and whether that is now."""

    seen_at: datetime
    is_now: bool


@dataclass(frozen=True)
class Choice:
    code: str
    label: Any
    hint: Any


@dataclass(frozen=True)
class AlertPage:
    """`stands` is None for a reader who is not told whether it ended."""

    alert: Projection
    place: str
    stands: bool | None
    timeline: Sequence[Moment]
    account: Sequence[str]
    joined: Sequence[Joined]
    bar: Bar | None
    sight: Sight | None
    choices: Sequence[Choice]
    can: frozenset[str]
    why: Mapping[str, Decision]
    may_shelve: bool
    shelf: Projection | None


def alert_page(principal: Principal, ref: uuid.UUID | str) -> AlertPage:
    """Raises NotFound."""
    alert = queries.alert(principal, ref)
    decisions = {name: one.decision(principal, alert.marking) for name, one in ACTS.items()}
    facts: Mapping[str, Any] = alert.get("explanation") or {}
    sight = sight_of(alert, by_track(queries.positions(principal, alert["site"])))
    return AlertPage(
        alert=alert,
        place=_place(alert, facts),
        stands=not alert["ended"] if "ended" in alert else None,
        timeline=sorted(_moments(alert, facts), key=lambda moment: moment.at),
        account=list(alert_words.account(facts)),
        joined=[_joined(one) for one in facts.get("joined", [])],
        bar=_bar(alert, facts, sight),
        sight=sight,
        choices=[Choice(code, label, alert_words.HINTS[code]) for code, label in words.DISPOSITIONS.items()],
        can=frozenset(name for name, one in decisions.items() if one.allowed and _fits(name, alert)),
        why={name: one for name, one in decisions.items() if not one.allowed},
        may_shelve=acts.shelve.decision(
            principal, acts.shelve.marking_for_new(principal, alert.get("site", ""))
        ).allowed,
        shelf=queries.shelved(principal).over(alert),
    )


def _fits(name: str, alert: Projection) -> bool:
    """Whether the alert's state lets an act be done at all; the act itself asks again."""
    return {
        "acknowledge": alert.get("state") == "open",
        "assess": True,
        "escalate": not alert.get("escalated") and alert.get("state") != "assessed",
        "close": "ended" in alert and not alert["ended"],
    }[name]


def _place(alert: Projection, facts: Mapping[str, Any]) -> str:
    name = (facts.get("place") or {}).get("name")
    ring = words.RINGS.get(alert.get("ring", ""), alert.get("ring", ""))
    return f"{name or ring} · {alert.get('site', '')}"


def _moments(alert: Projection, facts: Mapping[str, Any]) -> Iterator[Moment]:
    if started := alert.get("started"):
        text = alert_words.STARTS.get(alert.get("kind", "")) or _("Arrived at the spot; the clock starts")
        yield Moment(started, "", text)
    for step in alert.get("steps") or []:
        yield Moment(instant.parse(step["at"]), step["severity"], words.SEVERITIES[step["severity"]])
    if not alert.get("steps") and "raised" in alert:
        yield Moment(alert["raised"], alert.get("severity", ""), _("Raised"))
    for begin, end in _unseen(facts):
        yield Moment(begin, "unknown", _("Out of sight: unknown, not gone"), end)
    for field, text in _PEOPLE.items():
        if at := alert.get(field):
            yield Moment(at, "notice", text())
    if ended := alert.get("ended"):
        reason = (facts.get("ended") or {}).get("reason")
        text = alert_words.ENDINGS.get(reason or "")
        yield Moment(ended, "unknown" if reason == "unseen_limit" else "good", text or _("The presence ended"))


_PEOPLE = {
    "acknowledged_at": lambda: _("A person acknowledged it"),
    "escalated": lambda: _("Escalated to the next in command"),
}


def _unseen(facts: Mapping[str, Any]) -> list[tuple[datetime, datetime]]:
    return [(instant.parse(one["from"]), instant.parse(one["to"])) for one in facts.get("unseen", [])]


def _joined(one: Mapping[str, Any]) -> Joined:
    why = alert_words.JOINED.get(one["why"], one["why"])
    return Joined(one["track"], instant.parse(one["at"]), why, one.get("unseen_s"))


def by_track(positions: Iterable[Projection]) -> Mapping[str, Sequence[Projection]]:
    """Positions by what an alert calls their track; none for who is not told it."""
    found: dict[str, list[Projection]] = {}
    for one in positions:
        if "sensor" in one and "track" in one:
            found.setdefault(f"{one['sensor']}/{one['track']}", []).append(one)
    return found


def sight_of(alert: Projection, positions: Mapping[str, Sequence[Projection]]) -> Sight | None:
    """What the live picture shows of a presence that stands; None for who is not told its tracks, or the positions'."""
    if "tracks" not in alert or alert.get("ended"):
        return None
    mine = [one for track in alert["tracks"] for one in positions.get(track, ())]
    if not mine:
        return None
    newest = max(mine, key=lambda one: one["seen_at"])
    return Sight(newest["seen_at"], newest["state"] != "unseen")


def _bar(alert: Projection, facts: Mapping[str, Any], sight: Sight | None) -> Bar | None:
    """None for who is not told when it began, or nothing of how it was followed."""
    begin, end = alert.get("started"), alert.get("ended") or instant.now()
    if begin is None or "explanation" not in alert or end <= begin:
        return None

    def after_s(at: datetime) -> int:
        return max(0, round((min(at, end) - begin).total_seconds()))

    told = max(alert.get("updated") or end, sight.seen_at if sight else begin)
    unseen = [(after_s(since), after_s(until) - after_s(since)) for since, until in _unseen(facts)]
    if sight and not sight.is_now:
        unseen.append((after_s(sight.seen_at), after_s(end) - after_s(sight.seen_at)))
    steps = [(after_s(instant.parse(step["at"])), step["severity"]) for step in alert.get("steps") or []]
    return Bar(after_s(end), after_s(told), unseen, steps)
