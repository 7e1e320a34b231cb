"""What the pages of movements on their way show: one frozen value a page, filled from projections."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from safeconduct import node
from safeconduct.acts import Act
from safeconduct.movements import queries as plans
from safeconduct.movements.progress import acts, closing, overdue, queries, words
from safeconduct.movements.progress.deviation import CLASSES, OFF_ROUTE, SILENT, THRESHOLDS, WRONG
from safeconduct.movements.progress.drawing import Drawing, Track, drawn, track
from safeconduct.people import looks
from safeconduct.people.acts import enter_looks
from safeconduct.release import Projection
from safeconduct.terms import instant
from safeconduct.terms.decision import Decision
from safeconduct.terms.errors import NotFound
from safeconduct.terms.instant import parse
from safeconduct.terms.party import Principal, Side

GRAVE = frozenset({SILENT, OFF_ROUTE, WRONG})
SOON = timedelta(minutes=5)
WAITED = timedelta(minutes=1)

ON_PROGRESS: Mapping[str, Act[Any]] = {
    "report": acts.report,
    "sighted": acts.sighted,
    "explain": acts.explain,
    "offer": acts.hand_over,
    "count": acts.count,
    "account": acts.account,
}
ON_MOVEMENT: Mapping[str, Act[Any]] = {"words": acts.set_words, "close": acts.close}
ON_OFFER: Mapping[str, Act[Any]] = {
    "accept": acts.accept,
    "refuse": acts.refuse,
    "recall": acts.recall,
    "report": acts.report,
    "sighted": acts.sighted,
}


@dataclass(frozen=True)
class Told:
    """A deviation in words."""

    kind: str
    of: str
    since: datetime
    until: datetime | None
    because: str


@dataclass(frozen=True)
class LadderShown:
    """A ladder with its rungs; the last of them is the next one while it stands. `kind` is its information class."""

    ladder: Projection
    kind: str
    rungs: Sequence[overdue.Shown]
    is_open: bool
    may_answer: bool
    may_relieve: bool

    @property
    def next(self) -> overdue.Shown:
        return self.rungs[-1]

    @property
    def done(self) -> Sequence[overdue.Shown]:
        return self.rungs[:-1]


@dataclass(frozen=True)
class OfferShown:
    """An offer of hand-over with what its reader may do to it now."""

    offer: Projection
    can: frozenset[str]
    is_mine: bool


@dataclass(frozen=True)
class Border:
    """A border that is near, or passed, at which nobody has offered the movement to the next post. `post` may be none
    that the plan names."""

    site: str
    post: str
    border_m: int
    due_at: datetime
    is_passed: bool


def border_of(progress: Projection, now: datetime) -> Border | None:
    """What the reader is warned of."""
    near = progress.get("border")
    if not near:
        return None
    due_at = parse(near["due_at"])
    return Border(near["site"], near["post"], near["border_m"], due_at, due_at <= now)


@dataclass(frozen=True)
class BoardRow:
    """A movement on the board. `rank` 0 is the most urgent."""

    progress: Projection
    rank: int
    ladder: LadderShown | None
    duress: LadderShown | None
    deviations: Sequence[Told]
    drawing: Drawing
    offer: Projection | None
    is_unknown: bool
    border: Border | None


@dataclass(frozen=True)
class BoardPage:
    """`counts`: how many are overdue, deviate, are as planned, and have arrived."""

    rows: Sequence[BoardRow]
    counts: Mapping[str, int]
    offered: Sequence[OfferShown]
    taken: Sequence[OfferShown]
    sites: Sequence[str]
    show: str
    site: str
    now: datetime


SHOWS = ("all", "urgent", "overdue", "arrived")


def board(principal: Principal, show: str = "all", site: str = "") -> BoardPage:
    """Every movement on its way that this reader may know of, the most urgent first.

    Whoever is shown when and where one is due next, enters that they looked.
    """
    now = instant.now()
    found = queries.under_way(principal)
    standing: dict[uuid.UUID, list[Projection]] = {}
    for ladder in queries.ladders(principal, standing=True):
        standing.setdefault(ladder["movement"], []).append(ladder)
    offers = {one["movement"]: one for one in queries.offers(principal, standing=True)}
    every = [_board_row(principal, one, standing.get(one.id, []), offers.get(one.id), now) for one in found]
    seen = {row.progress.id for row in every}
    rows = [row for row in every if _fits(row, show, site)]
    _look(principal, [row.progress for row in rows if row.progress.get("next_at")])
    rows.sort(key=lambda row: (row.rank, -_climbed(row), row.progress.get("next_at") or now, row.progress.id))
    return BoardPage(
        rows=rows,
        counts=_counts(every),
        offered=[_offer(principal, one) for one in offers.values()],
        taken=[_offer(principal, one) for one in queries.taken(principal) if one["movement"] not in seen],
        sites=sorted({one["site"] for one in found if "site" in one}),
        show=show if show in SHOWS else "all",
        site=site,
        now=now,
    )


def _look(principal: Principal, shown: Sequence[Projection]) -> None:
    """Enter looks at these. Who reads only what is their own is nobody that others look out for."""
    new = {one.marking.area: enter_looks.marking_for_new(principal, one.marking.area) for one in shown}
    may = {area for area, marking in new.items() if enter_looks.decision(principal, marking).allowed}
    looks.enter(principal, "progress", [one.id for one in shown if one.marking.area in may], "list")


def _fits(row: BoardRow, show: str, site: str) -> bool:
    if site and row.progress.get("site") != site:
        return False
    wanted = {"urgent": row.rank <= 3, "overdue": row.rank <= 1, "arrived": row.progress.get("state") == "arrived"}
    return wanted.get(show, True)


def _counts(rows: Sequence[BoardRow]) -> dict[str, int]:
    arrived = sum(row.progress.get("state") == "arrived" for row in rows)
    overdue_now = sum(row.rank <= 1 for row in rows)
    deviating = sum(row.rank in (2, 3) for row in rows)
    return {
        "overdue": overdue_now,
        "deviating": deviating,
        "planned": sum(row.rank in (4, 5) for row in rows),
        "arrived": arrived,
    }


def _climbed(row: BoardRow) -> int:
    return max((len(one.done) for one in (row.ladder, row.duress) if one), default=0)


def _board_row(
    principal: Principal, one: Projection, ladders: Sequence[Projection], offer: Projection | None, now: datetime
) -> BoardRow:
    shown = [ladder_shown(principal, ladder) for ladder in ladders]
    standing = [told for told in deviations(one) if told.until is None]
    duress = next((ladder for ladder in shown if ladder.kind == "duress"), None)
    ladder = next((ladder for ladder in shown if ladder.kind == "overdue"), None)
    row = BoardRow(one, 6, ladder, duress, standing, drawn(one, now), offer, _is_unknown(one, now), border_of(one, now))
    return replace(row, rank=_rank(row, now))


def _is_unknown(progress: Projection, now: datetime) -> bool:
    """Whether nobody knows where it is now, which is drawn grey: what was heard too long ago says so no more."""
    seen_at = progress.get("seen_at")
    if progress.get("state") != "departed":
        return False
    return seen_at is None or (now - seen_at).total_seconds() > THRESHOLDS.silent_s


def _rank(row: BoardRow, now: datetime) -> int:
    if row.duress:
        return 0
    if row.ladder:
        return 1
    if any(one.kind in GRAVE for one in row.deviations):
        return 2
    if row.deviations or row.border:
        return 3
    if row.progress.get("state") != "departed":
        return 6
    due = row.progress.get("next_at")
    return 4 if due and due - now < SOON else 5


def deviations(progress: Projection) -> list[Told]:
    """Those that stand first, the gravest before others; then those that are over, the latest first."""
    found = [
        Told(
            one["kind"],
            one["of"],
            parse(one["since"]),
            parse(one["until"]) if one["until"] else None,
            words.because(one["kind"], one["evidence"]),
        )
        for one in progress.get("deviations", ())
    ]
    standing = sorted((one for one in found if one.until is None), key=lambda one: CLASSES.index(one.kind))
    return [*standing, *(one for one in reversed(found) if one.until)]


def ladder_shown(principal: Principal, ladder: Projection) -> LadderShown:
    kind, is_open = ladder.info_class, ladder.get("state") == "open"
    rungs = ladder["rungs"]
    first = rungs[0]["number"] if rungs else (overdue.GRAVE if kind == "duress" else 0)
    return LadderShown(
        ladder,
        kind,
        overdue.shown(ladder["due_at"], rungs, ladder["factor"], first),
        is_open,
        is_open and acts.answer.decision(principal, ladder.marking).allowed,
        is_open and kind == "duress" and acts.relieve.decision(principal, ladder.marking).allowed,
    )


def _offer(principal: Principal, offer: Projection) -> OfferShown:
    open_for = {"offered": ("accept", "refuse", "recall"), "accepted": ("report", "sighted")}
    is_mine = offer.get("offered_by") == principal.name
    can = {
        verb
        for verb in open_for.get(offer["state"], ())
        if ON_OFFER[verb].decision(principal, offer.marking).allowed and not (verb == "accept" and is_mine)
    }
    return OfferShown(offer, frozenset(can), is_mine)


@dataclass(frozen=True)
class OwnWord:
    """What a traveller said by phone: the stage, when it was so by the phone, and when it came here."""

    stage: str
    at: datetime
    received_at: datetime

    @property
    def waited(self) -> bool:
        """Whether it waited on the phone: then both times are told."""
        return self.received_at - self.at >= WAITED


@dataclass(frozen=True)
class Traveller:
    """Someone of the movement by reference, what they are at the roll call, and what they said themselves."""

    ref: str
    reference: str
    status: str
    said: Sequence[OwnWord]
    by_own_word: bool


@dataclass(frozen=True)
class LivePage:
    """`can`: what the reader may do now; `why`: the decision on each act that the accord denies. `ends`: what keeps the
    movement open, None where it has not arrived or the reader is not told."""

    progress: Projection
    drawing: Drawing
    track: Track | None
    vehicles: Sequence[Mapping[str, Any]]
    deviations: Sequence[Told]
    ladders: Sequence[LadderShown]
    offers: Sequence[OfferShown]
    gates: Sequence[tuple[str, str]]
    travellers: Sequence[Traveller]
    ends: Sequence[Any] | None
    words_are_set: bool
    can: frozenset[str]
    why: Mapping[str, Decision]
    people: int | None
    is_unknown: bool
    border: Border | None
    now: datetime

    @property
    def is_alarmed(self) -> bool:
        """Whether a ladder stands: on a phone it comes first."""
        return any(one.is_open for one in self.ladders)


def live_page(principal: Principal, ref: uuid.UUID) -> LivePage:
    """Everything about one movement on its way. Raises NotFound. Whoever is shown it, enters that they looked."""
    progress = queries.progress(principal, ref)
    looks.enter(principal, progress.info_class, [progress.id], "page")
    movement = _movement(principal, ref)
    now = instant.now()
    decisions = {name: one.decision(principal, progress.marking) for name, one in ON_PROGRESS.items()}
    if movement is not None:
        decisions |= {name: one.decision(principal, movement.marking) for name, one in ON_MOVEMENT.items()}
    told = deviations(progress)
    state = progress.get("state")
    return LivePage(
        progress=progress,
        drawing=drawn(progress, now),
        track=track(progress, _lines(principal, movement)),
        vehicles=[_vehicle(one, now) if state == "departed" else one for one in progress.get("vehicles", ())],
        deviations=told,
        ladders=[ladder_shown(principal, one) for one in queries.ladders(principal, [progress.id])],
        offers=[_offer(principal, one) for one in queries.offers(principal, progress.id)],
        gates=queries.gates(principal),
        travellers=_travellers(principal, progress, movement),
        ends=_ends(progress, movement),
        words_are_set=movement is not None and queries.words_are_set(principal, progress.id),
        can=frozenset(name for name, one in decisions.items() if one.allowed and _may_now(name, state)),
        why={name: one for name, one in decisions.items() if not one.allowed and _may_now(name, state)},
        people=movement.get("people") if movement else None,
        is_unknown=_is_unknown(progress, now),
        border=border_of(progress, now),
        now=now,
    )


def _vehicle(one: Mapping[str, Any], now: datetime) -> Mapping[str, Any]:
    """A vehicle as it was heard last; one that was not heard lately is silent, whatever it did then."""
    silent = (now - parse(one["seen_at"])).total_seconds() > THRESHOLDS.silent_s
    return {**one, "state": "silent", "speed_kmh": None} if silent else one


def _movement(principal: Principal, ref: uuid.UUID) -> Projection | None:
    try:
        return plans.movement(principal, ref)
    except NotFound:
        return None


def _may_now(name: str, state: str | None) -> bool:
    on_way = {"report", "sighted", "explain", "offer", "words"}
    return state == "departed" if name in on_way else state == "arrived"


def _lines(principal: Principal, movement: Projection | None) -> list[Any]:
    """The route of the movement as this reader may have it."""
    if movement is None or "route" not in movement or "site" not in movement:
        return []
    line = plans.route_of(principal, movement["site"], movement["route"])
    return [line] if line else []


def _travellers(principal: Principal, progress: Projection, movement: Projection | None) -> list[Traveller]:
    """Travellers by reference, for whoever calls the roll."""
    if "roll" not in progress or movement is None or not movement.get("travellers"):
        return []
    known = queries.references(principal, movement["travellers"])
    entered, own = progress["roll"], _own_words(progress, movement)
    rows: list[Traveller] = []
    for ref in movement["travellers"]:
        stages = movement.get("said", {}).get(ref, {})
        aboard = closing.ABOARD if "boarded" in stages else closing.NOT_ASKED
        status = {**own, **entered}.get(ref, {}).get("status", aboard)
        said = [OwnWord(stage, parse(one["at"]), parse(one["received_at"])) for stage, one in stages.items()]
        by_own_word = ref not in entered and bool(stages)
        rows.append(Traveller(ref, known.get(ref, "–"), status, sorted(said, key=lambda one: one.at), by_own_word))
    return sorted(rows, key=lambda one: (one.status == closing.HERE, one.reference))


def _own_words(progress: Projection, movement: Projection) -> dict[str, dict[str, Any]]:
    """Those who said since the departure that they have arrived, as the roll has them."""
    posts = progress.get("posts") or []
    departed_at = parse(posts[0]["from"]) if posts else None
    return closing.arrived_by_own_word(movement.get("said", {}), departed_at)


def _ends(progress: Projection, movement: Projection | None) -> list[Any] | None:
    """What keeps an arrived movement open, as far as this reader may know."""
    if progress.get("state") != "arrived" or movement is None or "people" not in movement:
        return None
    host = node.current().accord.party_of_side(Side.HOST).id
    travellers = movement.get("travellers", []) if "roll" in progress else []
    roll = _own_words(progress, movement) | progress.get("roll", {})
    found = closing.open_ends(movement["people"], travellers, host, progress.get("count", {}), roll)
    return [words.OPEN_ENDS[code] for code in found]


@dataclass(frozen=True)
class DrivePage:
    """The journeys that a driver tells of, on a phone."""

    journeys: Sequence[Projection]
    done: str
    now: datetime


def drive_page(principal: Principal, done: str = "") -> DrivePage:
    """The movements on their way of which this reader may report, with the checkpoints to come: a look at each."""
    found = [
        one
        for one in queries.under_way(principal, 50)
        if one.get("state") == "departed" and acts.report.decision(principal, one.marking).allowed
    ]
    _look(principal, found)
    return DrivePage(found, done, instant.now())
