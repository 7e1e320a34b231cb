"""Reads of persons and zones. Whoever shows an identity enters the look first, so that there is none without it."""

from __future__ import annotations

import uuid
from datetime import date, datetime, timedelta
from typing import Any

from django.db.models import F, Q, QuerySet

from safeconduct import node, release
from safeconduct.accord.schedule import Office
from safeconduct.acts import Act, together
from safeconduct.paging import PAGE, Page, page
from safeconduct.people import directory, looks, person_acts, persons, roster_acts
from safeconduct.people.importing import Roster
from safeconduct.people.importing_plan import Compared, Listed, compare
from safeconduct.people.models import Export, Forgetting, Lookup, Person, Zone
from safeconduct.release import Projection
from safeconduct.terms import instant
from safeconduct.terms.decision import Decision, Refused
from safeconduct.terms.party import ANYWHERE, Principal

SHOWN = ("here", "visitors", "left")
"""Which part of the list a page shows: who counts now, visitors to come and gone, those who left."""

DUE_DAYS = 60
"""So long before vetting or training runs out it is due."""


def may_list(principal: Principal) -> bool:
    """Whether this reader is shown the list: who keeps it, and a warden, who reads no more than their own zones."""
    return kept_area(principal, person_acts.change) is not None or is_warden(principal)


def kept_area(principal: Principal, act: Act[Any]) -> str | None:
    """The widest area in which this reader may do `act` to what is the party's own; None where there is none."""
    areas = sorted({grant.area for grant in principal.grants})
    return next((area for area in areas if decided(principal, act, area).allowed), None)


def decided(principal: Principal, act: Act[Any], area: str) -> Decision:
    """Whether this reader may do `act` to what is their party's own in an area; one of no party may nothing."""
    accord = node.current().accord
    model = act.declared.creates or act.declared.on[0]
    party = principal.party if principal.party in accord.parties else next(iter(accord.parties))
    return act.decision(principal, accord.marking(model.info_class, party, area))


def decided_on(principal: Principal, act: Act[Any], row: Projection) -> Decision:
    """Whether this reader may do `act` to this row, of which some is bound to whose it is."""
    return act.decision(release.standing(principal, act.declared.on[0], row.id), row.marking)


def require_reading(principal: Principal) -> None:
    """Raises Refused for whoever may not even search."""
    decision = decided(principal, roster_acts.find, ANYWHERE)
    if not decision.allowed:
        raise Refused(roster_acts.find.name, decision)


def references(principal: Principal, ids: set[str]) -> dict[str, str]:
    """The references of those of `ids` whom this reader may read, by id. A reference names nobody: it is no look."""
    found = release.listing(Person, principal, lambda rows: rows.filter(pk__in=ids), fields=["reference"])
    return {str(row.id): row["reference"] for row in found if "reference" in row}


def ids_of(principal: Principal, wanted: list[str]) -> dict[str, str]:
    """The ids of persons by reference, of those whom this reader may read and who have not left."""
    found = release.listing(
        Person, principal, lambda rows: rows.filter(reference__in=wanted, left_at=None), fields=["reference"]
    )
    return {row["reference"]: str(row.id) for row in found if "reference" in row}


def is_warden(principal: Principal) -> bool:
    roles = node.current().accord.roles
    return any(grant.role in roles and roles[grant.role].office is Office.WARDEN for grant in principal.grants)


def find(principal: Principal, text: str, site: str = ANYWHERE) -> directory.Answers:
    """Search, and enter that those found were shown. Raises Refused, BadInput and TooManyTries."""
    with together():
        area = site or kept_area(principal, roster_acts.find) or ANYWHERE
        answers = roster_acts.find(principal, text, site=area).answers
        looks.enter(principal, Person.info_class, [row.id for row in answers.rows], "list")
    return answers


def person(principal: Principal, ref: uuid.UUID | str, what: str = "page") -> Projection:
    """One person, and the look at them, but for one at oneself. Raises NotFound."""
    found = release.one(Person, principal, ref)
    if not _is_own(principal, found.id):
        looks.enter(principal, Person.info_class, [found.id], what)
    return found


def _is_own(principal: Principal, ref: uuid.UUID) -> bool:
    roles = node.current().accord.roles
    own = tuple(one for one in principal.grants if one.role in roles and roles[one.role].office is Office.SELF)
    return release.count(Person, Principal(principal.name, principal.party, own), lambda rows: rows.filter(pk=ref)) > 0


def listed(
    principal: Principal,
    after: str | None = None,
    limit: int = PAGE,
    *,
    site: str = "",
    zone: uuid.UUID | None = None,
    kind: str = "",
    part: str = "here",
    what: str = "list",
) -> Page:
    """A page of the list, for those who are shown it, and the look at each. Raises Refused and BadInput."""
    _require_listing(principal)
    at = instant.now()

    def narrow(rows: QuerySet[Any]) -> QuerySet[Any]:
        rows = rows.filter(site=site) if site else rows
        rows = rows.filter(zone=zone) if zone else rows
        rows = rows.filter(kind=kind) if kind else rows
        return _part(rows, part, at)

    found = page(Person, principal, after, limit, narrow)
    looks.enter(principal, Person.info_class, [row.id for row in found.rows], what)
    return found


def _part(rows: QuerySet[Any], part: str, at: datetime) -> QuerySet[Any]:
    if part == "left":
        return rows.exclude(left_at=None)
    if part == "visitors":
        return rows.filter(left_at=None, kind=persons.VISITOR).exclude(visit_begin__lte=at, visit_end__gt=at)
    return persons.here(rows, at)


def _require_listing(principal: Principal) -> None:
    if not may_list(principal):
        raise Refused("read", decided(principal, person_acts.change, ANYWHERE))


def counted(principal: Principal) -> dict[str, int]:
    """How many there are here of each kind, for those who are shown the list."""
    at = instant.now()
    return {
        kind: release.count(Person, principal, lambda rows, kind=kind: persons.here(rows.filter(kind=kind), at))
        for kind in persons.KINDS
    }


def due(principal: Principal, today: date, limit: int = 200) -> list[Projection]:
    """Whose vetting or training runs out within DUE_DAYS, has run out, or was never entered, the most urgent first."""
    _require_listing(principal)
    at = instant.now()
    end = today + timedelta(days=DUE_DAYS)

    def narrow(rows: QuerySet[Any]) -> QuerySet[Any]:
        wanting = Q(vetted_until__lte=end) | Q(training_until__lte=end) | ~Q(vetting=persons.CLEARED)
        here = persons.here(rows, at).exclude(kind=persons.VISITOR)
        soonest = (F(name).asc(nulls_first=True) for name in ("vetted_until", "training_until"))
        return here.filter(wanting).order_by(*soonest, "id")[:limit]

    found = [row for row in release.listing(Person, principal, narrow) if "vetting" in row]
    looks.enter(principal, Person.info_class, [row.id for row in found], "list")
    return found


def zones(principal: Principal, site: str = "") -> list[Projection]:
    """Open zones, by site and name."""

    def narrow(rows: QuerySet[Any]) -> QuerySet[Any]:
        rows = rows.filter(site=site) if site else rows
        return rows.filter(closed_at=None).order_by("site", "name")

    return release.listing(Zone, principal, narrow)


def zone(principal: Principal, ref: uuid.UUID | str) -> Projection:
    return release.one(Zone, principal, ref)


def lookups(principal: Principal, limit: int = 100) -> list[Projection]:
    return release.listing(Lookup, principal, lambda rows: rows.order_by("-asked_at", "-id")[:limit])


def exports(principal: Principal, limit: int = 100) -> list[Projection]:
    return release.listing(Export, principal, lambda rows: rows.order_by("-id")[:limit])


def forgettings(principal: Principal, limit: int = 100) -> list[Projection]:
    return release.listing(Forgetting, principal, lambda rows: rows.order_by("-id")[:limit])


def export(principal: Principal, *, site: str, fields: list[str], reason: str) -> Export:
    """Take the list out, and enter the look at everyone in it. Raises Refused and BadInput."""
    with together():
        made = roster_acts.export(principal, site=site, fields=fields, reason=reason)
        looks.enter(principal, Person.info_class, made.refs, "export")
    return made


def require_importing(principal: Principal, site: str) -> None:
    """Raises Refused for whoever may not import."""
    decision = decided(principal, roster_acts.import_people, site)
    if not decision.allowed:
        raise Refused(roster_acts.import_people.name, decision)


def compared(principal: Principal, roster: Roster, site: str) -> Compared:
    """What an import of `roster` would come to, as far as this reader may read the list: a dry run changes nothing.

    Raises Refused for whoever may not import.
    """
    require_importing(principal, site)
    listed = {row["reference"]: _listed(row) for row in release.listing(Person, principal) if "reference" in row}
    open_zones = {(row["site"], row["name"]): row.id for row in zones(principal)}
    return compare(roster, site, listed, open_zones, instant.now().date())


def _listed(row: Projection) -> Listed:
    given = {name: row[name] for name in persons.FIELDS if name != "contacts"}
    particulars = persons.Particulars(**given, contacts=tuple(row["contacts"]))
    return Listed(row.id, row["site"], particulars, row["vetting"], row["vetted_until"], row["left_at"] is not None)
