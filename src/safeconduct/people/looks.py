"""Who has seen what: each look at a person, a plan's legs or a manifest is an act of the reader on the record.

A page that shows one calls `enter` before it shows anything. It raises where the look cannot be entered, so that there
is no page without its look.
"""

from __future__ import annotations

import uuid
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping

from safeconduct import node, release
from safeconduct.acts import together
from safeconduct.people.acts import enter_looks
from safeconduct.people.looked import BY_ITSELF, labels_of, not_yet_seen, read_within, stop_after
from safeconduct.people.models import Look
from safeconduct.people.reading.judging import Reader, tell_once
from safeconduct.people.reading.rules import STOPPED
from safeconduct.release import Projection
from safeconduct.store.guard import passage
from safeconduct.store.labels import marking_of
from safeconduct.terms import instant
from safeconduct.terms.errors import NotFound, TooMany
from safeconduct.terms.party import Principal

MOST_LISTED = 500


def enter(principal: Principal, of_class: str, refs: Iterable[uuid.UUID], what: str) -> None:
    """Enter that `principal` is shown the things `refs` of `of_class`, in the form `what`.

    Raises Refused where the accord lets them enter no look, NotFound for a ref that names nothing, and TooMany for a
    reader who is shown no more for now.
    """
    with passage("release"):
        fresh = not_yet_seen(principal, list(refs), what, instant.now())
        labels = labels_of(of_class, fresh) if fresh else {}
    if fresh and what != BY_ITSELF:
        _require_measure(principal, of_class, labels)
    areas: defaultdict[str, list[uuid.UUID]] = defaultdict(list)
    for ref in fresh:
        if ref not in labels:
            raise NotFound(of_class, str(ref))
        areas[marking_of(labels[ref]).area].append(ref)
    if areas:
        with together():
            for area in sorted(areas):
                enter_looks(principal, site=area, of_class=of_class, refs=areas[area], what=what)


def _require_measure(principal: Principal, of_class: str, labels: Mapping[uuid.UUID, int]) -> None:
    """Raise TooMany, and an alarm to whose things they are, where these are more than the accord lets one read."""
    limit, at = stop_after(node.current().accord, of_class), instant.now()
    if limit is None:
        return
    with passage("release"):
        before = read_within(principal, limit, at)
    if len(before | labels.keys()) <= limit.stop:
        return
    originators = Counter(marking_of(label).originator for label in labels.values())
    role = next((grant.role for grant in principal.grants), "")
    tell_once(Reader(principal.name, principal.party, role), STOPPED, limit, originators, at)
    raise TooMany(of_class, limit.stop, limit.within, limit.article)


def of(principal: Principal, ref: uuid.UUID | str) -> list[Projection]:
    """Looks at the thing `ref` that this reader may know of, the latest first."""
    return release.listing(Look, principal, lambda rows: rows.filter(of=ref).order_by("-at", "-id")[:MOST_LISTED])
