"""What the pages of late release show: who has seen a plan, whom to call about a conflict, a manifest, a card."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import get_language

from safeconduct import node
from safeconduct.movements import queries
from safeconduct.movements.protection import acts
from safeconduct.movements.protection import queries as protection
from safeconduct.movements.protection.conflict import UNTOLD
from safeconduct.movements.protection.manifest import Line
from safeconduct.people import looks
from safeconduct.people import queries as people
from safeconduct.people.models import Look
from safeconduct.release import Projection
from safeconduct.terms import instant
from safeconduct.terms.decision import Decision
from safeconduct.terms.party import ANYWHERE, Principal

CALENDARS = ("calendar", "calendar_full")


@dataclass(frozen=True)
class ToCall:
    """Whom to call about a conflict: a role of the other party, and those who hold it, as far as one may know."""

    is_told: bool
    party: str
    role: str
    people: Sequence[str]


@dataclass(frozen=True)
class Protection:
    """The part of a movement's page about who sees it."""

    ref: uuid.UUID
    conflicts: Sequence[ToCall]
    manifests: Sequence[Projection]
    seen: int | None
    may_print: bool


@dataclass(frozen=True)
class LooksPage:
    movement: Projection
    looks: Sequence[Projection]


@dataclass(frozen=True)
class ManifestPage:
    movement: Projection | None
    manifest: Projection
    lines: Sequence[Projection]
    reader: str
    at: datetime


@dataclass(frozen=True)
class Card:
    """A movement to print, with what its reader may have."""

    movement: Projection
    legs: Sequence[Projection]
    vehicles: Sequence[Projection]
    reader: str
    at: datetime


@dataclass(frozen=True)
class CalendarPage:
    tokens: Sequence[Projection]
    issuing: Decision
    shows_any: bool


def protection_of(principal: Principal, movement: Projection) -> Protection:
    looked = looks.of(principal, movement.id) if may_see_looks(principal) else None
    return Protection(
        ref=movement.id,
        conflicts=[_to_call(principal, row) for row in protection.conflicts(principal, movement.id)],
        manifests=protection.manifests(principal, movement.id),
        seen=None if looked is None else len(looked),
        may_print=is_shown(principal, movement),
    )


def is_shown(principal: Principal, movement: Projection) -> bool:
    """Whether this reader is shown anything of the way or the times: then it is a look."""
    return "route" in movement or "depart_at" in movement or bool(queries.legs(principal, [movement.id])[movement.id])


def may_see_looks(principal: Principal) -> bool:
    """Whether the accord lets this reader see who has seen what, of anyone."""
    accord = node.current().accord
    return any(
        accord.may_read(principal, accord.marking(Look.info_class, party, area)).allowed
        for party in accord.parties
        for area in {grant.area for grant in principal.grants}
    )


def _to_call(principal: Principal, row: Projection) -> ToCall:
    accord, language = node.current().accord, get_language() or "en"
    party, role = accord.parties[row["party"]], accord.roles[row["call"]]
    now = instant.now()
    held = [
        one
        for one in people.appointments(principal)
        if one.get("role") == role.id and one["begin"] <= now and (one["end"] is None or one["end"] > now)
    ]
    return ToCall(
        is_told=row["state"] != UNTOLD,
        party=party.name.get(language, party.name["en"]),
        role=role.name.get(language, role.name["en"]),
        people=sorted({one["user"] for one in held if "user" in one}),
    )


def looks_page(principal: Principal, ref: uuid.UUID | str) -> LooksPage:
    """Who has seen a plan. Raises NotFound."""
    movement = queries.movement(principal, ref)
    return LooksPage(movement, looks.of(principal, movement.id))


def manifest_page(principal: Principal, manifest: Projection, lines: list[Line]) -> ManifestPage:
    shown = queries.movement(principal, manifest["movement"])
    released = protection.released_lines(principal, manifest, lines)
    return ManifestPage(shown, manifest, released, principal.name, instant.now())


def card_of(principal: Principal, ref: uuid.UUID | str) -> Card:
    """The card of a movement; the look is entered before anything is read for it. Raises NotFound."""
    movement = queries.movement(principal, ref)
    looks.enter(principal, "movement", [movement.id], "card")
    return Card(
        movement=movement,
        legs=queries.legs(principal, [movement.id])[movement.id],
        vehicles=queries.vehicles(principal, [movement.id])[movement.id],
        reader=principal.name,
        at=instant.now(),
    )


def calendar_page(principal: Principal) -> CalendarPage:
    now = instant.now()
    own = [one for one in people.tokens(principal) if one.get("purpose") in CALENDARS]
    return CalendarPage(
        tokens=[one for one in own if one["end"] is None or one["end"] > now],
        issuing=acts.issue_calendar.decision(principal, acts.issue_calendar.marking_for_new(principal, ANYWHERE)),
        shows_any=queries.knows_times(principal),
    )
