"""Reads of calls for help, and the clock's look at those that nobody answers."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from datetime import timedelta

import structlog

from safeconduct import node, release
from safeconduct.paging import Page, page
from safeconduct.people import sos_acts as sos
from safeconduct.people.headcounts import tally
from safeconduct.people.models import CheckIn, Correction, HeadcountAnswer, HelpLine, Phone, Sos
from safeconduct.people.own import mine
from safeconduct.release import Projection
from safeconduct.terms import instant
from safeconduct.terms.errors import SafeconductError
from safeconduct.terms.party import Principal

log = structlog.get_logger("safeconduct.people.sos")

MOST = 200


def calls(principal: Principal) -> list[Projection]:
    """Calls that last, the oldest first."""
    lasting = release.listing(Sos, principal, lambda rows: rows.exclude(state=sos.ENDED).order_by("logged_at")[:MOST])
    return lasting


def past_calls(principal: Principal, after: str | None = None, limit: int = 50) -> Page:
    """Calls that have ended, the latest first."""
    return page(Sos, principal, after, limit, lambda rows: rows.filter(state=sos.ENDED))


def all_calls(principal: Principal, after: str | None = None, limit: int = 50) -> Page:
    return page(Sos, principal, after, limit)


def one_call(principal: Principal, ref: uuid.UUID | str) -> Projection:
    return release.one(Sos, principal, ref)


def sos_of(principal: Principal) -> Projection | None:
    """The call of the person whose phone asks that lasts, or None."""
    own = mine(Sos, principal)
    rows = release.listing(Sos, principal, lambda rows: rows.filter(own).exclude(state=sos.ENDED)[:1])
    return rows[0] if rows else None


def climb_unanswered() -> int:
    """Let each open call climb as far as its time says; how many did. For the clock process."""
    clock = node.current().system("node.clock")
    at = instant.now()
    climbed = 0
    for call in release.listing(Sos, clock, lambda rows: rows.filter(state=sos.OPEN).order_by("logged_at")[:MOST]):
        waited = at - call["logged_at"]
        rung = sum(waited >= timedelta(seconds=one) for one in sos.RUNGS_S)
        if rung > call["rung"]:
            try:
                sos.climb(clock, call.id, rung=rung)
                climbed += 1
            except SafeconductError as error:  # it was answered between the look and the act
                log.info("sos_not_climbed", error=type(error).__name__)
    return climbed


def asks_for_help(principal: Principal, within: timedelta = timedelta(hours=24)) -> list[Projection]:
    """The latest word of each person who said within a day that they need help and nothing since."""
    begin = instant.now() - within
    rows = release.listing(CheckIn, principal, lambda rows: rows.filter(claimed_at__gte=begin).order_by("-claimed_at"))
    latest: dict[object, Projection] = {}
    for row in rows:
        latest.setdefault(row.get("person"), row)
    return [row for row in latest.values() if row.get("state") == "need_help"]


def lines(principal: Principal, site: str | None = None) -> list[Projection]:
    """Telephone numbers for people, of one site and of everywhere; or all that this reader may see."""
    rows = release.listing(HelpLine, principal, lambda rows: rows.filter(removed_at=None).order_by("site", "name"))
    return [row for row in rows if site is None or row.marking.area in ("", site)]


def corrections(principal: Principal, state: str) -> list[Projection]:
    """What people asked to have put right, in a state, the oldest first."""
    return release.listing(Correction, principal, lambda rows: rows.filter(state=state).order_by("id")[:MOST])


def own_corrections(principal: Principal) -> list[Projection]:
    """What the person whose phone asks asked for, the latest first."""
    own = mine(Correction, principal)
    return release.listing(Correction, principal, lambda rows: rows.filter(own).order_by("-id")[:MOST])


def check_ins_page(principal: Principal, after: str | None = None, limit: int = 50) -> Page:
    return page(CheckIn, principal, after, limit)


def own_check_ins(principal: Principal, most: int = 20) -> Sequence[Projection]:
    """The latest check-ins of the person whose phone asks."""
    own = mine(CheckIn, principal)
    return release.listing(CheckIn, principal, lambda rows: rows.filter(own).order_by("-claimed_at")[:most])


def own_headcounts(principal: Principal) -> list[Projection]:
    """What headcounts ask the person whose phone asks and were not told yet."""
    own = mine(HeadcountAnswer, principal)
    waiting = {"headcount__state": tally.OPEN, "state__in": tally.REACHED}
    return release.listing(HeadcountAnswer, principal, lambda rows: rows.filter(own, **waiting).order_by("-asked_at"))


def phones_of(principal: Principal, person: uuid.UUID) -> list[Projection]:
    """A person's phones, the newest first."""
    return release.listing(Phone, principal, lambda rows: rows.filter(person=person).order_by("-begin")[:20])
