"""What the pages of sites show."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from safeconduct.release import Projection
from safeconduct.sites import acts, queries
from safeconduct.sites.places import DEFAULT_RULES, RingLevel
from safeconduct.sites.posture import shown_states
from safeconduct.terms.decision import Decision
from safeconduct.terms.errors import NotFound
from safeconduct.terms.party import Principal

ORDER = ("ring", "exempt", "gate", "route", "post", "sensor")


@dataclass(frozen=True)
class SiteCard:
    """A site in the list: its alert state, how many places of each role, and how its sensors are."""

    site: str
    state: str
    roles: Sequence[tuple[str, int]]
    health: Sequence[tuple[str, int]]


@dataclass(frozen=True)
class SitesPage:
    """The sites of which this reader sees any place."""

    cards: Sequence[SiteCard]
    importing: Decision


@dataclass(frozen=True)
class PlaceRow:
    """One place: `role` of the feature, the projection, and its dwell steps as (severity, seconds)."""

    role: str
    place: Projection
    steps: Sequence[tuple[str, float]]
    steps_are_default: bool


@dataclass(frozen=True)
class SitePage:
    """One site: its places by role, its sensors with their health, and what this reader may change."""

    site: str
    places: Sequence[PlaceRow]
    sensors: Sequence[Projection]
    changing: Decision
    removing: Decision
    importing: Decision


def role_of(row: Projection) -> str:
    return row.info_class if row.info_class in ("post", "sensor") else row.get("role", "")


def sites_page(principal: Principal) -> SitesPage:
    found: dict[str, list[Projection]] = {}
    for row in queries.places(principal):
        if "site" in row:
            found.setdefault(row["site"], []).append(row)
    marking = acts.import_places.marking_for_new(principal, "") if principal.party else None
    importing = acts.import_places.decision(principal, marking) if marking else _NOBODY
    states = shown_states(principal, found)
    return SitesPage([_card(site, states[site], rows) for site, rows in sorted(found.items())], importing)


_NOBODY = Decision(False, "", "default", "")


def _card(site: str, state: str, rows: Iterable[Projection]) -> SiteCard:
    rows = list(rows)
    roles = Counter(role_of(row) for row in rows)
    health = Counter(row["health"] for row in rows if "health" in row)
    return SiteCard(
        site,
        state,
        [(role, roles[role]) for role in ORDER if roles[role]],
        [(state, health[state]) for state in ("live", "silent", "unknown") if health[state]],
    )


def site_page(principal: Principal, site: str) -> SitePage:
    """Raises NotFound where this reader sees no place of it."""
    rows = [] if "\0" in site else queries.places(principal, site)  # PostgreSQL takes no NUL in a question
    if not rows:
        raise NotFound("site", site)
    places = sorted(
        (_place(row) for row in rows if row.info_class != "sensor"),
        key=lambda one: (ORDER.index(one.role) if one.role in ORDER else 9, one.place.get("name", "")),
    )
    return SitePage(
        site=site,
        places=places,
        sensors=[row for row in rows if row.info_class == "sensor"],
        changing=acts.change_place.decision(principal, acts.change_place.marking_for_new(principal, site)),
        removing=acts.remove_place.decision(principal, acts.remove_place.marking_for_new(principal, site)),
        importing=acts.import_places.decision(principal, acts.import_places.marking_for_new(principal, site)),
    )


def _place(row: Projection) -> PlaceRow:
    steps = [(rule["severity"], rule["after_s"]) for rule in row.get("rules") or ()]
    usual: list[tuple[str, float]] = []
    if row.get("ring") in list(RingLevel):
        usual = [(rule.severity, rule.after_s) for rule in DEFAULT_RULES[RingLevel(row["ring"])]]
    return PlaceRow(role_of(row), row, steps or usual, steps_are_default=bool(usual) and steps in ([], usual))


@dataclass(frozen=True)
class EditPage:
    """One place to add (`feature` is None) or to change."""

    site: str
    name: str
    feature: Mapping[str, Any] | None
    changing: Decision
    removing: Decision


def edit_page(principal: Principal, site: str, name: str) -> EditPage:
    """An empty `name` is for a new place. Raises NotFound for a name that this reader does not see."""
    shown = site_page(principal, site)
    feature = None
    if name:
        rows = [one.place for one in shown.places] + list(shown.sensors)
        found = next((row for row in rows if row.get("name") == name and row.get("geometry")), None)
        if found is None:
            raise NotFound("place", name)
        feature = queries.feature_of(found)
    return EditPage(site, name, feature, shown.changing, shown.removing)


@dataclass(frozen=True)
class CalibrationPage:
    """The calibration of a camera; `feature` is the whole sensor as it is kept."""

    site: str
    name: str
    feature: Mapping[str, Any]
    calibration: Mapping[str, Any] | None
    changing: Decision


def calibration_page(principal: Principal, site: str, name: str) -> CalibrationPage:
    """Raises NotFound for what is no sensor whose calibration this reader is told of."""
    shown = site_page(principal, site)
    for row in shown.sensors:
        if row.get("name") == name and row.get("geometry") and "calibration" in row:
            return CalibrationPage(site, name, queries.feature_of(row), row["calibration"], shown.changing)
    raise NotFound("sensor", name)
