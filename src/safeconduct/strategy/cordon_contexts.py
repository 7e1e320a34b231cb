"""What the pages of cordons show: the card, the rings around a point, what lies in them, and what became of it."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from safeconduct import release
from safeconduct.paging import Page, page
from safeconduct.people.whereabouts.queries import strengths
from safeconduct.release import Projection
from safeconduct.sites import queries as sites
from safeconduct.sites.standoff import CARD, ROWS, Inside, Row, Zone, inside
from safeconduct.strategy import cordon_acts as acts
from safeconduct.strategy.acts import order_measure
from safeconduct.strategy.models import PROPOSED, Cordon
from safeconduct.terms.decision import Decision
from safeconduct.terms.errors import BadInput, Fault, shown
from safeconduct.terms.party import ANYWHERE, Principal
from safeconduct.terms.place import Point


@dataclass(frozen=True)
class Reach:
    """What the rings around a point hold, as far as this reader sees places: sites with the number of people there,
    where that is released, and places by zone."""

    mandatory: Sequence[Inside]
    shelter: Sequence[Inside]
    sites: Sequence[tuple[str, Projection | None]]


@dataclass(frozen=True)
class Draft:
    """Rings around a point before anybody proposes them; `point` and `row` are None until both are chosen."""

    site: str
    sites: Sequence[str]
    lon: str
    lat: str
    container: str
    card: str
    rows: Sequence[tuple[str, Row]]
    row: Row | None
    reach: Reach | None
    proposing: Decision


@dataclass(frozen=True)
class CordonPage:
    """One proposal: its rings as they were drawn, and whether this reader decides."""

    cordon: Projection
    reach: Reach | None
    ordering: Decision
    is_open: bool
    is_of_this_card: bool


def cordons(principal: Principal) -> list[Projection]:
    """Proposals of this reader, newest first."""
    return release.listing(Cordon, principal, lambda rows: rows.order_by("-id")[:100])


def cordons_page(principal: Principal, after: str | None, limit: int) -> Page:
    return page(Cordon, principal, after, limit)


def cordon(principal: Principal, ref: uuid.UUID | str) -> Projection:
    return release.one(Cordon, principal, ref)


def reach(principal: Principal, row: Row, centre: Point) -> Reach:
    """What lies within, of the places of every site that this reader sees."""
    found = inside(row, centre, sites.places(principal))
    people = {row["site"]: row for row in strengths(principal) if "site" in row and "people" in row}
    reached = dict.fromkeys(one.place["site"] for one in found if "site" in one.place)
    return Reach(
        [one for one in found if one.zone is Zone.MANDATORY],
        [one for one in found if one.zone is Zone.SHELTER],
        [(site, people.get(site)) for site in reached],
    )


def draft(principal: Principal, given: Any) -> Draft:
    """`given` holds what the form or a link says: site, lon, lat, container; all may be missing."""
    known = sites.sites(principal)
    site, container = given.get("site", ""), given.get("container", "")
    site = site if site in known else (known[0] if known else "")
    lon, lat = given.get("lon", ""), given.get("lat", "")
    row = ROWS.get(container)
    centre = read_point(lon, lat) if lon and lat else None
    asked = acts.propose.decision(principal, acts.propose.marking_for_new(principal, site or ANYWHERE))
    held = reach(principal, row, centre) if row and centre else None
    return Draft(site, known, lon, lat, container, CARD, list(ROWS.items()), row, held, asked)


def read_point(lon: str, lat: str) -> Point:
    """Raises BadInput."""
    try:
        point = Point(float(lon), float(lat))
    except ValueError:
        point = Point(float("nan"), float("nan"))
    if not (-180 <= point.lon <= 180 and -85 <= point.lat <= 85):
        raise BadInput("cordon", [Fault("lon, lat", shown(f"{lon}, {lat}"), "degrees, like 75.00123 and -5.00456")])
    return point


def cordon_page(principal: Principal, ref: uuid.UUID | str) -> CordonPage:
    """Raises NotFound."""
    found = cordon(principal, ref)
    rings = found["rings"]
    row = Row(rings["mandatory_m"], rings["preferred_m"], 0, 0)
    ordering = acts.order.decision(principal, found.marking)
    measure = order_measure.decision(principal, order_measure.marking_for_new(principal, found["site"]))
    return CordonPage(
        cordon=found,
        reach=reach(principal, row, Point(found["lon"], found["lat"])),
        ordering=ordering if not ordering.allowed else measure,
        is_open=found["state"] == PROPOSED,
        is_of_this_card=found["card"] == CARD,
    )
