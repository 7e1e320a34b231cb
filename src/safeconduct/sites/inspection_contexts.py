"""What the pages of inspection rounds show."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from safeconduct.release import Projection
from safeconduct.sites import inspection_acts as acts
from safeconduct.sites import queries
from safeconduct.sites import standard_queries as reads
from safeconduct.sites.controls import COMPLIANCE
from safeconduct.sites.standard_contexts import Line, line
from safeconduct.terms import instant
from safeconduct.terms.decision import Decision
from safeconduct.terms.party import ANYWHERE, Principal


@dataclass(frozen=True)
class RoundsPage:
    """Rounds: those that are to be done or signed, and those that are over. `sites` are where one may be planned."""

    open: Sequence[Projection]
    over: Sequence[Projection]
    sites: Sequence[str]
    planning: Decision
    today: date


@dataclass(frozen=True)
class Item:
    """One control of a round: what was found of it, and its photos, as far as they are released."""

    round: Projection
    line: Line
    finding: Projection | None
    photos: Sequence[Projection]
    may_find: bool
    results: Sequence[str]


@dataclass(frozen=True)
class RoundPage:
    """One round, control by control. `can` holds what the reader may do now, `told` whether findings are theirs."""

    round: Projection
    items: Sequence[Item]
    done: int
    can: frozenset[str]
    finding: Decision
    signing: Decision
    is_inspector: bool
    told: bool


OPEN = (acts.PLANNED, acts.UNDER_WAY, acts.FINISHED)


def rounds_page(principal: Principal) -> RoundsPage:
    rows = reads.inspections(principal)
    act = acts.plan_inspection
    mine = {row["site"] for row in reads.controls(principal) if row.marking.originator == principal.party}
    sites = sorted(mine & set(queries.sites(principal))) or sorted(mine)
    asked = [(site, act.decision(principal, act.marking_for_new(principal, site))) for site in sites or [ANYWHERE]]
    return RoundsPage(
        open=sorted((row for row in rows if row["state"] in OPEN), key=lambda row: row["planned_for"]),
        over=[row for row in rows if row["state"] not in OPEN],
        sites=[site for site, decision in asked if decision.allowed and site],
        planning=next((one for _, one in asked if one.allowed), asked[0][1]),
        today=instant.now().date(),
    )


def round_page(principal: Principal, ref: uuid.UUID | str) -> RoundPage:
    """Raises NotFound."""
    row = reads.inspection(principal, ref)
    finding, signing = acts.find.decision(principal, row.marking), acts.sign.decision(principal, row.marking)
    may_find = finding.allowed and _carries(principal, row)
    items = _items(principal, row, may_find)
    told = row.marking.originator == principal.party
    return RoundPage(
        round=row,
        items=items,
        done=sum(one.finding is not None for one in items),
        can=frozenset(_can(principal, row, signing)),
        finding=finding,
        signing=signing,
        is_inspector=row["inspector"] == principal.name,
        told=told or any(one.finding for one in items),
    )


def item(principal: Principal, ref: uuid.UUID | str, control: str) -> Item | None:
    """One control of a round, as its page shows it; None where the round has no such control."""
    row = reads.inspection(principal, ref)
    may_find = acts.find.decision(principal, row.marking).allowed and _carries(principal, row)
    return next((one for one in _items(principal, row, may_find) if str(one.line.control.id) == control), None)


def _items(principal: Principal, row: Projection, may_find: bool) -> list[Item]:
    findings, photos = reads.findings_in(principal, row.id), reads.photos_in(principal, row.id)
    judged = reads.judged(reads.controls_of(principal, row["controls"]))
    return [
        Item(row, line(one), findings.get(ref), photos.get(ref, ()), may_find, COMPLIANCE)
        for one in judged
        if (ref := str(one.control.id))
    ]


def _carries(principal: Principal, row: Projection) -> bool:
    return row["state"] in (acts.PLANNED, acts.UNDER_WAY) and row["inspector"] in ("", principal.name)


def _can(principal: Principal, row: Projection, signing: Decision) -> list[str]:
    found: list[str] = []
    is_inspector = row["inspector"] == principal.name
    if row["state"] == acts.UNDER_WAY and is_inspector and acts.finish.decision(principal, row.marking).allowed:
        found.append("finish")
    if row["state"] == acts.FINISHED and signing.allowed and not is_inspector:
        found += ["sign", "return"]
    if row["state"] in OPEN and acts.cancel.decision(principal, row.marking).allowed:
        found.append("cancel")
    return found
