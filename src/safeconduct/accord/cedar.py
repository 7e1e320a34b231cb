"""The Cedar engine: a schema made from the vocabulary, and decisions over the finite set of cases of one accord.

Who asks is a party with one role; what is asked about is a marking. Both are finite, so all of them are parsed once.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from itertools import combinations
from typing import NamedTuple

import cedarpy

from safeconduct.accord.articles import Policy
from safeconduct.accord.policies import ACTIONS, applies_to
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


class Engine:
    """Decides cases by the policies of one accord. Immutable; safe in any number of threads."""

    def __init__(self, schedule: Schedule, policies: Sequence[Policy]):
        self._sets = {action: _policy_set(policies, action) for action in ACTIONS}
        self._entities = cedarpy.Entities.from_json_str(json.dumps([*_principals(schedule), *_items(schedule)]))

    def decide(self, case: Case) -> Verdict:
        return self.decide_all(case.action, [case])[0]

    def decide_all(self, action: str, cases: Sequence[Case]) -> list[Verdict]:
        """The answers to `cases`, all of which are about `action`. Raises ValueError where Cedar itself fails."""
        results = cedarpy.is_authorized_batch([_request(case) for case in cases], self._sets[action], self._entities)
        return [_verdict(case, result) for case, result in zip(cases, results, strict=True)]


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


def _policy_set(policies: Sequence[Policy], action: str) -> cedarpy.PolicySet:
    """Only the policies that can speak of `action`, under their own ids: fewer to try, and answers name them."""
    static = {policy.id: policy.json for policy in policies if applies_to(policy, action)}
    document = {"templates": {}, "staticPolicies": static, "templateLinks": []}
    return cedarpy.PolicySet.from_json_str(json.dumps(document))


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
