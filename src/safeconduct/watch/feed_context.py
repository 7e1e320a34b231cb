"""What the pages of feeds show, as far as their reader may have it."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from safeconduct import node
from safeconduct.acts import Act
from safeconduct.people.acts import issue_token
from safeconduct.release import Projection
from safeconduct.terms.decision import Decision
from safeconduct.terms.errors import NotFound
from safeconduct.terms.party import ANYWHERE, Principal, Side
from safeconduct.watch import acts, feed_acts, queries
from safeconduct.watch.feed_words import REFUSED
from safeconduct.watch.feeds.kinds import KINDS, Kind, Secret


@dataclass(frozen=True)
class Row:
    """A feed in the list; `refused` is how many rows in all, None where that is withheld."""

    feed: Projection
    refused: int | None


@dataclass(frozen=True)
class FeedsPage:
    """The open feeds that this reader is told of, and the kinds that they may open."""

    rows: Sequence[Row]
    opening: Decision
    kinds: Sequence[Kind]


@dataclass(frozen=True)
class SettingRow:
    """A setting as it is: `value` is a text, a number, true or false, or pairs."""

    name: str
    help: str
    value: Any
    pairs: Sequence[tuple[str, str]]


@dataclass(frozen=True)
class FeedPage:
    """One feed. `url` is where it is posted to, None for one that connects; `secrets` what its kind can take."""

    feed: Projection
    kind: Kind | None
    settings: Sequence[SettingRow]
    refused: Sequence[tuple[Any, int]]
    url: str | None
    secrets: Sequence[Secret]
    changing: Decision
    closing: Decision
    issuing: Decision
    is_open: bool


def feeds_page(principal: Principal) -> FeedsPage:
    rows = [Row(one, sum(one["refused"].values()) if "refused" in one else None) for one in queries.feeds(principal)]
    return FeedsPage(rows, _may(acts.open_feed, principal), kinds_for(principal))


def kinds_for(principal: Principal) -> list[Kind]:
    """Only the host's people send the node to addresses in its network (feed.open)."""
    party = node.current().accord.parties.get(principal.party)
    is_host = party is not None and party.side is Side.HOST
    return [kind for kind in KINDS.values() if is_host or not kind.connects]


def feed_page(principal: Principal, ref: uuid.UUID | str) -> FeedPage:
    """Raises NotFound."""
    feed = queries.feed(principal, ref)
    kind = KINDS.get(feed.get("kind", ""))
    is_open = feed.get("state") != "closed"
    return FeedPage(
        feed=feed,
        kind=kind,
        settings=_settings(kind, feed.get("settings") or {}),
        refused=[(REFUSED.get(code, code), count) for code, count in _most_first(feed.get("refused") or {})],
        url=_url(kind) if kind and kind.path else None,
        secrets=kind.secrets if kind else (),
        changing=feed_acts.change_feed.decision(principal, feed.marking),
        closing=acts.close_feed.decision(principal, feed.marking),
        issuing=_may(issue_token, principal),
        is_open=is_open,
    )


def open_feed_page(principal: Principal, ref: uuid.UUID | str) -> FeedPage:
    """The same, for what only an open feed has. Raises NotFound for one that is closed, too."""
    page = feed_page(principal, ref)
    if page.kind is None or not page.is_open:
        raise NotFound("feed", str(ref))
    return page


def _may(act: Act[Any], principal: Principal) -> Decision:
    return act.decision(principal, act.marking_for_new(principal, ANYWHERE))


def _most_first(counts: Mapping[str, int]) -> list[tuple[str, int]]:
    return sorted(counts.items(), key=lambda one: (-one[1], one[0]))


def _settings(kind: Kind | None, given: Mapping[str, Any]) -> list[SettingRow]:
    known = {one.name: one.help for one in kind.settings} if kind else {}
    return [
        SettingRow(name, known.get(name, ""), value, sorted(value.items()) if isinstance(value, Mapping) else ())
        for name, value in given.items()
        if name in known
    ]


def _url(kind: Kind) -> str:
    settings = node.current().settings
    return f"http://{settings['address']}:{settings['ingest_port']}{kind.path}"
