"""What the pages of the archive show, filled from projections."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from safeconduct.acts import Act
from safeconduct.paging import Page
from safeconduct.release import Projection
from safeconduct.sites.queries import sites
from safeconduct.terms import instant
from safeconduct.terms.decision import Decision
from safeconduct.terms.errors import NotFound
from safeconduct.terms.party import ANYWHERE, Principal
from safeconduct.watch.keeping import acts, queries
from safeconduct.watch.keeping.places import Named, named_places


@dataclass(frozen=True)
class HeldRow:
    evidence: Projection
    stands: bool
    may_lift: bool


@dataclass(frozen=True)
class ArchivePage:
    """`may_ask` and `may_hold` hold for the first site that allows them."""

    questions: Page
    evidence: Sequence[HeldRow]
    expiries: Sequence[Projection]
    places: Sequence[Named]
    sites: Sequence[str]
    may_ask: Decision
    may_hold: Decision


def archive_page(principal: Principal, after: str | None = None) -> ArchivePage:
    """Raises BadInput for a cursor that is none."""
    known = sites(principal)
    return ArchivePage(
        questions=queries.questions(principal, after, 20),
        evidence=[_held(principal, one) for one in queries.evidence(principal).rows],
        expiries=queries.expiries(principal, limit=20).rows,
        places=list(named_places(principal)),
        sites=known,
        may_ask=_asked(acts.ask, principal, known),
        may_hold=_asked(acts.hold_evidence, principal, known),
    )


def _held(principal: Principal, evidence: Projection) -> HeldRow:
    stands = not evidence["lifted"] and evidence["until"] > instant.now()
    return HeldRow(evidence, stands, stands and acts.lift_evidence.decision(principal, evidence.marking).allowed)


def _asked(act: Act[Any], principal: Principal, areas: Sequence[str]) -> Decision:
    asked = [act.decision(principal, act.marking_for_new(principal, area)) for area in areas or [ANYWHERE]]
    return next((one for one in asked if one.allowed), asked[0])


@dataclass(frozen=True)
class AnswerPage:
    """A question and its answer; None where no stay is released to the reader."""

    question: Projection
    answer: Any
    held: Sequence[Projection]
    may_hold: Decision


def answer_page(principal: Principal, ref: uuid.UUID | str) -> AnswerPage:
    """Raises NotFound."""
    from safeconduct.watch.keeping.answers import answer  # slow to import, and only answers need it

    question = queries.question(principal, ref)
    try:
        found = answer(principal, question)
    except NotFound:
        found = None
    marking = acts.hold_evidence.marking_for_new(principal, question["site"])
    return AnswerPage(question, found, _held_of(principal, question), acts.hold_evidence.decision(principal, marking))


def _held_of(principal: Principal, question: Projection) -> list[Projection]:
    """The holds that stand and that touch the question's time."""
    return [
        one
        for one in queries.evidence(principal).rows
        if not one["lifted"]
        and one["until"] > instant.now()
        and one["site"] == question["site"]
        and one["begin"] < question["end"]
        and one["end"] > question["begin"]
    ]


@dataclass(frozen=True)
class Sighting:
    at: datetime
    track: str
    lon: float
    lat: float
    state: str


@dataclass(frozen=True)
class StayPage:
    """One stay, and where its tracks were: thinned to MOST_SIGHTINGS for the table that says what the map shows."""

    question: Projection
    number: int
    stay: Projection
    alerts: Sequence[Projection]
    sightings: Sequence[Sighting]


MOST_SIGHTINGS = 200


def stay_page(principal: Principal, ref: uuid.UUID | str, number: int) -> StayPage:
    """Raises NotFound."""
    from safeconduct.watch.keeping.answers import one_stay, replay

    question = queries.question(principal, ref)
    near = one_stay(principal, question, number)
    sightings = _sightings(replay(principal, question, near.stay)) if "tracks" in near.stay else []
    return StayPage(question, number, near.stay, near.alerts, sightings)


def _sightings(told: Mapping[str, Any]) -> list[Sighting]:
    begin = instant.parse(told["begin"])
    found = [
        Sighting(begin + timedelta(seconds=after_s), one["track"], lon, lat, state)
        for one in told["tracks"]
        for after_s, lon, lat, state in one["points"]
    ]
    found.sort(key=lambda one: (one.at, one.track))
    return found[:: -(-len(found) // MOST_SIGHTINGS) or 1]


def stay_replay(principal: Principal, ref: uuid.UUID | str, number: int) -> Mapping[str, Any]:
    """The replay of one stay. Raises NotFound, for a reader without its tracks too."""
    from safeconduct.watch.keeping.answers import one_stay, replay

    question = queries.question(principal, ref)
    return replay(principal, question, one_stay(principal, question, number).stay)
