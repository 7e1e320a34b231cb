"""What the page of whereabouts shows: for the partner by site with the age of each fact, for the host a number."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from safeconduct.people import looks
from safeconduct.people.persons import is_here
from safeconduct.people.whereabouts import queries
from safeconduct.people.whereabouts.acts import FRESH
from safeconduct.release import Projection
from safeconduct.terms import instant
from safeconduct.terms.party import Principal

PAGE = 50


@dataclass(frozen=True)
class Site:
    """How many are at a site: `heard` of in the last day, and `listed` there without a newer fact from elsewhere."""

    name: str
    heard: int
    listed: int
    oldest: datetime | None
    newest: datetime | None

    @property
    def people(self) -> int:
        return self.heard + self.listed


@dataclass(frozen=True)
class Row:
    """One person's last fact; `is_old` where it is too old to say where they are."""

    fact: Projection
    person: Projection | None
    zone: str
    is_old: bool


@dataclass(frozen=True)
class WhereaboutsPage:
    sites: Sequence[Site]
    strengths: Sequence[Projection]
    site: str
    rows: Sequence[Row]
    begin: int
    next: int | None
    before: int | None


def whereabouts_page(principal: Principal, site: str = "", begin: int = 0) -> WhereaboutsPage:
    at = instant.now()
    facts = queries.at_site(principal, site, begin, PAGE + 1) if site else []
    known = queries.people(principal, [one["person"] for one in facts[:PAGE]])
    looks.enter(principal, "person", known, "list")
    zones = queries.zones(principal, [one["zone"] for one in facts[:PAGE] if one.get("zone")])
    return WhereaboutsPage(
        sites=_sites(principal, at),
        strengths=queries.strengths(principal),
        site=site,
        rows=[
            Row(one, known.get(one["person"]), zones.get(one["zone"], ""), one["occurred_at"] <= at - FRESH)
            for one in facts[:PAGE]
        ],
        begin=begin,
        next=begin + PAGE if len(facts) > PAGE else None,
        before=max(0, begin - PAGE) if begin else None,
    )


def _sites(principal: Principal, at: datetime) -> list[Site]:
    """Everyone once: where they were heard of within a day, else where the list has them."""
    heard: dict[str, list[datetime]] = defaultdict(list)
    placed: set[object] = set()
    for fact in queries.latest_by_site(principal):
        if fact["site"] and fact["occurred_at"] > at - FRESH:
            heard[fact["site"]].append(fact["occurred_at"])
            placed.add(fact["person"])
    listed: dict[str, int] = defaultdict(int)
    for person in queries.listed_by_site(principal):
        if person.id not in placed and is_here({**person, "left_at": None}, at):
            listed[person["site"]] += 1
    return [
        Site(
            name,
            heard=len(heard.get(name, ())),
            listed=listed.get(name, 0),
            oldest=min(heard[name]) if name in heard else None,
            newest=max(heard[name]) if name in heard else None,
        )
        for name in sorted(heard.keys() | listed.keys())
    ]
