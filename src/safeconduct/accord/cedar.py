"""The Cedar engine: a schema made from the vocabulary, and decisions over the finite set of cases of one accord.

Who asks is a party with one role; what is asked about is a marking. Both are finite, so all of them are parsed once.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from contextlib import contextmanager
from itertools import combinations
from typing import NamedTuple

import cedarpy

from safeconduct.accord.articles import Policy
from safeconduct.accord.policies import ACTIONS, applies_to
from safeconduct.accord.reach import reach_of
from safeconduct.accord.schedule import Schedule
from safeconduct.terms.marking import Tlp


class Case(NamedTuple):
    """One question. `releasable_to` is sorted, holds parties of the accord only, and not the originator."""

    party: str
    role: str
    action: str
    info_class: str
    originator: str
    tlp: str
    releasable_to: tuple[str, ...]
    in_area: bool

    @property
    def own(self) -> bool:
        return self.party == self.originator

    def __str__(self) -> str:
        to = ",".join(self.releasable_to) or "-"
        where = "in" if self.in_area else "outside"
        return (
            f"{self.role} of {self.party}: {self.action} on {self.info_class} from {self.originator} "
            f"{self.tlp} to {to}, {where} its area"
        )


Kind = tuple[str, str, str, tuple[str, ...]]
"""(class, originator, TLP, releasable-to) as a case has them: all of a marking that a policy sees, but the area."""


class Verdict(NamedTuple):
    """Cedar's answer with the ids of the policies that made it: those that permit, or those that forbid."""

    allowed: bool
    rules: tuple[str, ...]


def schema() -> dict[str, object]:
    """The Cedar schema in its JSON form: what a policy may look at, and nothing else."""
    text, flag = {"type": "String"}, {"type": "Boolean"}
    principal = {"party": text, "side": text, "role": text}
    item = {
        "class": text,
        "originator": text,
        "tlp": text,
        "releasable_to": {"type": "Set", "element": text},
        "own": flag,
    }
    applies = {
        "principalTypes": ["Principal"],
        "resourceTypes": ["Item"],
        "context": {"type": "Record", "attributes": {"in_area": flag}},
    }
    kinds = {"Principal": principal, "Item": item}
    return {
        "": {
            "entityTypes": {kind: {"shape": {"type": "Record", "attributes": of}} for kind, of in kinds.items()},
            "actions": {action: {"appliesTo": applies} for action in ACTIONS},
        }
    }


def parsed_schema() -> cedarpy.Schema:
    return cedarpy.Schema.from_json_str(json.dumps(schema()))


_Asked = tuple[int, str, "Case"]
_decided: dict[_Asked, Verdict] | None = None
_texts: dict[tuple[str, ...], int] = {}
"""Policies as text to a number for them, while decisions are remembered."""
MOST_REMEMBERED = 500_000


@contextmanager
def remembering() -> Generator[None]:
    """Within, ask Cedar once for what the same policies decide in several accords.

    For whoever loads one accord several times, or drafts that differ little; a node that runs has no use for it.
    """
    global _decided
    before = _decided
    _decided = {} if before is None else before
    try:
        yield
    finally:
        _decided = before


class Engine:
    """Decides cases by the policies of one accord, which stay the same; safe in any number of threads."""

    def __init__(self, schedule: Schedule, policies: Sequence[Policy]):
        reach = [(one, reach_of(one)) for one in policies]
        self._reach = {action: [pair for pair in reach if applies_to(pair[0], action)] for action in ACTIONS}
        self._sets: dict[tuple[str, ...], cedarpy.PolicySet] = {}
        self._alike: dict[tuple[Policy, ...], tuple[Policy, ...]] = {}
        self._known: dict[tuple[str, str, str], tuple[tuple[Policy, ...], tuple[str, ...]]] = {}
        self._sides = {party.id: str(party.side) for party in schedule.parties.values()}
        self._numbers: dict[tuple[Policy, ...], int] = {}
        self._entities = cedarpy.Entities.from_json_str(json.dumps([*_principals(schedule), *_items(schedule)]))

    def decide(self, case: Case) -> Verdict:
        return self.decide_all(case.action, [case])[0]

    def decide_all(self, action: str, cases: Sequence[Case]) -> list[Verdict]:
        """The answers to `cases`, all of which are about `action`. Raises ValueError where Cedar itself fails.

        Cedar is asked once for all cases between which no policy can tell: those of `action` that can have a say on
        their role and class are the same, and what these look at is.
        """
        alike: dict[object, tuple[Policy, ...]] = {}
        keys: list[object] = []
        asked: dict[tuple[Policy, ...], dict[object, Case]] = {}
        for case in cases:
            kind = (action, case.role, case.info_class)
            if kind not in self._known:
                self._known[kind] = self._reached(*kind)
            saying, looked_at = self._known[kind]
            key = (id(saying), *(_VALUES[name](case) for name in looked_at))
            keys.append(key)
            if key not in alike:
                alike[key] = saying
                asked.setdefault(saying, {})[key] = case
        found = {key: verdict for saying, some in asked.items() for key, verdict in self._ask(saying, some)}
        return [found[key] for key in keys]

    def _ask(self, saying: tuple[Policy, ...], cases: Mapping[object, Case]) -> Iterator[tuple[object, Verdict]]:
        if _decided is None:
            return self._ask_cedar(saying, cases)
        return self._ask_remembering(_decided, saying, cases)

    def _ask_remembering(
        self, decided: dict[_Asked, Verdict], saying: tuple[Policy, ...], cases: Mapping[object, Case]
    ) -> Iterator[tuple[object, Verdict]]:
        """An answer rests on the policies' text and on what the case says of principal, item and area alone."""
        if saying not in self._numbers:
            text = tuple(f"{one.id} {json.dumps(one.json)}" for one in saying)
            self._numbers[saying] = _texts.setdefault(text, len(_texts))
        number = self._numbers[saying]
        names = {key: (number, self._sides[case.party], case) for key, case in cases.items()}
        fresh = {key: case for key, case in cases.items() if names[key] not in decided}
        if len(decided) > MOST_REMEMBERED:
            decided.clear()
            fresh = cases
        for key, verdict in self._ask_cedar(saying, fresh) if fresh else ():
            decided[names[key]] = verdict
        return ((key, decided[name]) for key, name in names.items())

    def _ask_cedar(self, saying: tuple[Policy, ...], cases: Mapping[object, Case]) -> Iterator[tuple[object, Verdict]]:
        requests = [_request(case) for case in cases.values()]
        results = cedarpy.is_authorized_batch(requests, self._set(saying), self._entities)
        for (key, case), result in zip(cases.items(), results, strict=True):
            yield key, _verdict(case, result)

    def _set(self, saying: tuple[Policy, ...]) -> cedarpy.PolicySet:
        """Those policies alone, under their own ids: fewer to try, and answers name them."""
        name = tuple(policy.id for policy in saying)
        if name not in self._sets:
            static = {policy.id: policy.json for policy in saying}
            document = {"templates": {}, "staticPolicies": static, "templateLinks": []}
            self._sets[name] = cedarpy.PolicySet.from_json_str(json.dumps(document))
        return self._sets[name]

    def _reached(self, action: str, role: str, info_class: str) -> tuple[tuple[Policy, ...], tuple[str, ...]]:
        """The policies that can have a say, and the attributes that they look at."""
        pairs = [(policy, reach) for policy, reach in self._reach[action] if reach.holds(role, info_class)]
        looked_at = frozenset[str]().union(*(reach.attributes for _, reach in pairs))
        saying = tuple(policy for policy, _ in pairs)
        return self._alike.setdefault(saying, saying), tuple(sorted(looked_at))


_VALUES: Mapping[str, Callable[[Case], object]] = {
    "party": lambda case: case.party,
    "side": lambda case: case.party,
    "role": lambda case: case.role,
    "class": lambda case: case.info_class,
    "originator": lambda case: case.originator,
    "tlp": lambda case: case.tlp,
    "releasable_to": lambda case: case.releasable_to,
    "own": lambda case: case.own,
    "in_area": lambda case: case.in_area,
}


def _verdict(case: Case, result: cedarpy.AuthzResult) -> Verdict:
    if result.diagnostics.errors:
        raise ValueError(f"{case}: {result.diagnostics.errors[0]}")
    return Verdict(result.allowed, tuple(sorted(result.diagnostics.reasons)))


def _request(case: Case) -> dict[str, object]:
    return {
        "principal": {"type": "Principal", "id": f"{case.party} {case.role}"},
        "action": {"type": "Action", "id": case.action},
        "resource": {"type": "Item", "id": _item_id(case)},
        "context": _IN_AREA if case.in_area else _OUTSIDE,
    }


_IN_AREA, _OUTSIDE = '{"in_area": true}', '{"in_area": false}'


def _item_id(case: Case) -> str:
    own = "own" if case.own else "other"
    return " ".join([case.info_class, case.originator, case.tlp, own, *case.releasable_to])


def _principals(schedule: Schedule) -> Iterator[dict[str, object]]:
    for party, role in schedule.standings():
        attributes = {"party": party, "side": schedule.parties[party].side, "role": role}
        yield {"uid": {"type": "Principal", "id": f"{party} {role}"}, "attrs": attributes, "parents": []}


def _items(schedule: Schedule) -> Iterator[dict[str, object]]:
    for info_class, originator, tlp, releasable_to in markings(schedule):
        for own in (True, False):
            name = " ".join([info_class, originator, tlp, "own" if own else "other", *releasable_to])
            attributes = {
                "class": info_class,
                "originator": originator,
                "tlp": tlp,
                "releasable_to": releasable_to,
                "own": own,
            }
            yield {"uid": {"type": "Item", "id": name}, "attrs": attributes, "parents": []}


def markings(schedule: Schedule) -> Iterator[Kind]:
    """Every kind of thing that there can be under this accord."""
    for info_class in schedule.classes:
        for originator in schedule.parties:
            others = sorted(set(schedule.parties) - {originator})
            for tlp in Tlp:
                for size in range(len(others) + 1):
                    for releasable_to in combinations(others, size):
                        yield info_class, originator, str(tlp), releasable_to
