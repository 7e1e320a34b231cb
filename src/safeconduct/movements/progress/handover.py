"""Which post is responsible for a movement: from the first to the next, without a gap. Plain values.

    posts: [{"post": "gate North", "site": "marjan", "from": iso, "by": user}, …]

A post offers, the other accepts or refuses; until it has accepted, the first stays responsible. At every instant from
departure to close exactly one is.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from safeconduct.terms.instant import iso, parse

OFFERED, ACCEPTED, REFUSED, WITHDRAWN = "offered", "accepted", "refused", "withdrawn"

REMIND_S = (600.0, 300.0, 0.0)
"""Seconds before the border at which an offer that is not accepted is called to mind again; the last is on it."""

Posts = Sequence[Mapping[str, Any]]


def begun(post: str, site: str, at: datetime, by: str) -> list[dict[str, Any]]:
    """The posts of a movement that departs."""
    return [{"post": post, "site": site, "from": iso(at), "by": by}]


def handed(posts: Posts, post: str, site: str, at: datetime, by: str) -> list[dict[str, Any]]:
    """`posts` where another one takes over at `at`: never before the one before did, whatever a clock says."""
    last = parse(posts[-1]["from"])
    return [*map(dict, posts), {"post": post, "site": site, "from": iso(max(at, last)), "by": by}]


def responsible(posts: Posts, at: datetime) -> Mapping[str, Any] | None:
    """The one post that is responsible then; None before the departure."""
    since = [one for one in posts if parse(one["from"]) <= at]
    return since[-1] if since else None


def reminders_due(given: int, to_border_s: float | None) -> int:
    """How many reminders an open offer should have had by now, so many seconds before the border; never fewer than it
    had. Where nobody knows how far the border is, none."""
    if to_border_s is None:
        return given
    return max(given, sum(to_border_s <= before_s for before_s in REMIND_S))
