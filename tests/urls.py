"""Every URL of the node, with its parameters filled in from a world."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from django.urls import URLPattern, URLResolver, get_resolver
from tests import incidents_world, phones_world, standards_world, worlds_late
from tests.worlds import SITE, World

SUBJECTS = {
    "alerts": "alert",
    "movements": "movement",
    "near": "alert",
    "progress": "progress",
    "overdue": "overdue",
    "duress": "duress",
    "handovers": "handover",
    "templates": "template",
    "rules": "council_rule",
    "council-rules": "council_rule",
    "sweeps": "sweep",
    "measures": "measure",
    "expected": "expected",
    "feeds": "feed",
    "appointments": "appointment_duty",
    "people": "appointment_duty",
    "persons": "person",
    "zones": "zone",
    "headcounts": "headcount",
    "tokens": "token_duty",
    "acknowledge": "alert",
    "shelves": "shelf",
    "suspensions": "suspension",
    "questions": "question",
    "evidence": "evidence",
    "widen": "measure",
    "obligations": "obligation",
    "of": "alert",
    **standards_world.SUBJECTS,
    **phones_world.SUBJECTS,
    **incidents_world.SUBJECTS,
    **worlds_late.SUBJECTS,
}
"""The part of a path before an id, to the thing of a world whose id stands there."""

OTHERS = {
    "site": SITE,
    "number": "4",
    "index": "3",
    "name": "taxi rank",
    "nth": "0",
    "of": "alert",
    "code": "AAAAAAAAAAA",
    "secret": "sc_calendar_guessed",
}


@dataclass(frozen=True)
class Url:
    """A route: its name, its pattern and the path in a world."""

    name: str
    pattern: str

    @property
    def has_ref(self) -> bool:
        """Whether it names one thing by its id."""
        return bool(re.search(r"<(uuid:)?ref>", self.pattern))

    def path(self, world: World, *, hidden: bool = False) -> str:
        """With ids of things of `world`; `hidden` for those that some variants have and their readers may not see."""

        def fill(match: re.Match[str]) -> str:
            parameter = match[1].split(":")[-1]
            if parameter in OTHERS:
                return OTHERS[parameter]
            before = self.pattern[: match.start()].rstrip("/").rsplit("/", 1)[-1]
            subject = "progress" if "/live/" in self.pattern else SUBJECTS[before]
            return str(world.refs[("hidden_" if hidden else "") + subject])

        return "/" + re.sub(r"<([^>]+)>", fill, self.pattern)


def every_url() -> Iterator[Url]:
    """All of them, in the order of the resolver, each pattern once."""
    seen: set[str] = set()
    for pattern, name in _walk(get_resolver(), ""):
        if pattern not in seen:
            seen.add(pattern)
            yield Url(name, pattern)


def _walk(resolver: URLResolver, before: str) -> Iterator[tuple[str, str]]:
    for one in resolver.url_patterns:
        pattern = before + str(one.pattern)
        if isinstance(one, URLPattern):
            yield pattern, one.name or one.lookup_str
        else:
            yield from _walk(one, pattern)
