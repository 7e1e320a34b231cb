"""How far those asked have come: rows and counts go on together, within an act."""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence

from django.db.models import QuerySet

from safeconduct.acts import Doing
from safeconduct.people.headcounts import tally
from safeconduct.people.models import Headcount, HeadcountAnswer

Move = tuple[str, str, str]
"""Zone, state before, state after."""


def reach(doing: Doing, answers: Sequence[uuid.UUID], state: str) -> int:
    """Let those of `answers` that are behind it be `state` (sent, delivered or read); the number of them."""
    if not answers:
        return 0
    before = tally.REACHED[: tally.REACHED.index(state)]
    headcounts = lock(HeadcountAnswer.objects.filter(pk__in=answers))
    rows = list(
        HeadcountAnswer.objects.filter(pk__in=answers, state__in=before).values_list(
            "pk", "headcount_id", "zone_id", "state"
        )
    )
    if not rows:
        return 0
    HeadcountAnswer.objects.filter(pk__in=[row[0] for row in rows]).update(
        state=state, **{tally.TIME_OF[state]: doing.at}
    )
    moves: dict[uuid.UUID, list[Move]] = defaultdict(list)
    for _, headcount, zone, was in rows:
        moves[headcount].append((str(zone or tally.NO_ZONE), was, state))
    for ref, its in moves.items():
        count(doing, headcounts[ref], its)
    return len(rows)


def lock(answers: QuerySet[HeadcountAnswer]) -> dict[uuid.UUID, Headcount]:
    """The headcounts of `answers`, held until the act ends, in one order for everyone."""
    found = (
        Headcount.objects.select_for_update().filter(pk__in=answers.order_by().values("headcount_id")).order_by("pk")
    )
    return {one.pk: one for one in found}


def count(doing: Doing, headcount: Headcount, moves: Iterable[Move]) -> None:
    """Let the counts of a headcount, which is locked, follow what became of people, and tell readers of it."""
    by_zone: dict[str, Mapping[str, int]] = dict(headcount.by_zone)
    counts: Mapping[str, int] = headcount.counts
    for zone, before, after in moves:
        counts = tally.moved(counts, before, after)
        by_zone[zone] = tally.moved(by_zone.get(zone, {}), before, after)
    headcount.counts, headcount.by_zone = counts, by_zone
    headcount.targets = tally.met(headcount.targets, counts, doing.at)
    headcount.save(update_fields=["counts", "by_zone", "targets"])
    doing.publish_of(headcount, "counts")
