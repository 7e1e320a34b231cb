"""Reads of movements on their way: for the node's own followers, whole; for everyone else, released."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from safeconduct import release
from safeconduct.movements.models import (
    ARRIVED,
    CLOSED,
    DEPARTED,
    Duress,
    HandOver,
    Ladder,
    Movement,
    Overdue,
    Progress,
)
from safeconduct.movements.progress import handover
from safeconduct.movements.progress.acts import OPEN, factor_of
from safeconduct.movements.progress.following import Followed
from safeconduct.movements.progress.plan import courses, sites_of, trackers
from safeconduct.paging import Page, page
from safeconduct.people.models import Person
from safeconduct.release import Projection
from safeconduct.sites.queries import places
from safeconduct.store.guard import passage
from safeconduct.terms.instant import epoch_ms
from safeconduct.terms.party import Principal

MOST = 2000
"""Movements that are followed at once, at most: the latest to depart."""

# For the node itself


def followed() -> list[tuple[Followed, Mapping[str, Any]]]:
    """Movements that are on their way and have devices, with what was told of each last. For the watch alone."""
    with passage("release"):
        rows = {row.pk: row for row in Progress.objects.filter(state=DEPARTED).order_by("-began_at")[:MOST]}
        devices = trackers(list(rows))
        lines = courses(list(Movement.objects.filter(pk__in=list(devices))))
    return [
        (
            Followed(ref, lines[ref], found, epoch_ms(rows[ref].began_at), rows[ref].shift_s),
            rows[ref].facts,
        )
        for ref, found in sorted(devices.items())
        if ref in lines
    ]


@dataclass(frozen=True)
class OnTheWay:
    """One movement as the clock looks at it. `factor` halves its ladders."""

    row: Progress
    factor: float
    ladders: Sequence[Ladder]
    offer: HandOver | None


def on_the_way() -> list[OnTheWay]:
    """Every movement that departed and is not closed, and those whose duress nobody has ended. For the clock alone."""
    with passage("release"):
        ladders: dict[uuid.UUID, list[Ladder]] = {}
        for model in (Overdue, Duress):
            for ladder in model.objects.filter(state=OPEN):
                ladders.setdefault(ladder.movement, []).append(ladder)
        live = Progress.objects.filter(state__in=(DEPARTED, ARRIVED))
        rows = [*live, *Progress.objects.filter(pk__in=list(ladders), state=CLOSED)]
        offers = {one.movement: one for one in HandOver.objects.filter(state=handover.OFFERED)}
        sites = sites_of([row.pk for row in rows])
        factors: dict[frozenset[str], float] = {}
        found: list[OnTheWay] = []
        for row in rows:
            through = frozenset({row.site} | sites.get(row.pk, set()))
            if through not in factors:
                factors[through] = factor_of(through)
            found.append(OnTheWay(row, factors[through], ladders.get(row.pk, []), offers.get(row.pk)))
        return found


# Released


def progress(principal: Principal, ref: uuid.UUID | str) -> Projection:
    return release.one(Progress, principal, ref)


def under_way(principal: Principal, limit: int = 500) -> list[Projection]:
    """Movements that have departed and are not closed, for this reader."""
    return release.listing(
        Progress,
        principal,
        lambda rows: rows.filter(state__in=(DEPARTED, ARRIVED)).order_by("-began_at", "-id")[:limit],
    )


def progress_page(principal: Principal, after: str | None, limit: int) -> Page:
    """Movements that have departed, the latest planned first; closed ones too."""
    return page(Progress, principal, after, limit)


def overdue_page(principal: Principal, after: str | None, limit: int) -> Page:
    return page(Overdue, principal, after, limit)


def duress_page(principal: Principal, after: str | None, limit: int) -> Page:
    return page(Duress, principal, after, limit)


def ladder(principal: Principal, kind: str, ref: uuid.UUID | str) -> Projection:
    """The ladder `ref` of a kind, `overdue` or `duress`. Raises NotFound."""
    return release.one(Duress if kind == Duress.info_class else Overdue, principal, ref)


def handovers_page(principal: Principal, after: str | None, limit: int) -> Page:
    return page(HandOver, principal, after, limit)


def ladders(
    principal: Principal, refs: Sequence[uuid.UUID] | None = None, *, standing: bool = False
) -> list[Projection]:
    """Ladders of the movements `refs`, or of all, those of duress first; the latest first."""

    def narrow(rows: Any) -> Any:
        rows = rows if refs is None else rows.filter(movement__in=list(refs))
        rows = rows.filter(state=OPEN) if standing else rows
        return rows.order_by("-began_at", "-id")[:500]

    return [*release.listing(Duress, principal, narrow), *release.listing(Overdue, principal, narrow)]


def offers(principal: Principal, ref: uuid.UUID | None = None, *, standing: bool = False) -> list[Projection]:
    """Offers of hand-over that this reader may know of, the latest first."""

    def narrow(rows: Any) -> Any:
        rows = rows if ref is None else rows.filter(movement=ref)
        rows = rows.filter(state=handover.OFFERED) if standing else rows
        return rows.order_by("-offered_at", "-id")[:200]

    return release.listing(HandOver, principal, narrow)


def offer(principal: Principal, ref: uuid.UUID | str) -> Projection:
    return release.one(HandOver, principal, ref)


def taken(principal: Principal) -> list[Projection]:
    """Offers that were accepted of movements whose own row this reader does not have: what their post answers for."""
    return release.listing(
        HandOver,
        principal,
        lambda rows: rows.filter(
            state=handover.ACCEPTED, movement__in=Progress.objects.filter(state=DEPARTED).values("pk")
        ).order_by("-answered_at", "-id")[:200],
    )


def gates(principal: Principal) -> list[tuple[str, str]]:
    """(site, name) of every gate of which this reader may know: the posts to which a movement is handed over."""
    found = [(place["site"], place["name"]) for place in places(principal) if place.get("role") == "gate"]
    return sorted(set(found))


def words_are_set(principal: Principal, ref: uuid.UUID) -> bool:
    """Whether the movement has words, for whoever may give them and for those who are asked for one."""
    release.one(Movement, principal, ref)
    with passage("release"):
        return bool(Movement.objects.values_list("words", flat=True).get(pk=ref))


def references(principal: Principal, refs: Sequence[str]) -> dict[str, str]:
    """The short handle of each of these people whom this reader knows."""
    rows = release.listing(Person, principal, lambda found: found.filter(pk__in=list(refs)))
    return {str(row.id): row["reference"] for row in rows if "reference" in row}
