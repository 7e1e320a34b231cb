"""Every case that can come before an accord, decided once, for the guardrails and the matrix."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import product

from safeconduct.accord.articles import Policy
from safeconduct.accord.cedar import Case, Engine, Kind, Verdict, markings
from safeconduct.accord.policies import applies_to
from safeconduct.accord.schedule import Schedule
from safeconduct.accord.vocabulary import ACTS, READ
from safeconduct.terms.marking import Tlp


class Court:
    """Every case of an accord with its verdict, for each act over what its policies can tell apart.

    A policy that never looks at the TLP decides alike for each label, so one label is enough; so too for two classes
    that none names. The subset of Cedar that `conditions.py` allows makes this sound.
    """

    def __init__(self, schedule: Schedule, policies: Sequence[Policy], engine: Engine):
        self.schedule = schedule
        self.policies = {policy.id: policy for policy in policies}
        self._engine = engine
        self._verdicts: dict[str, list[tuple[Case, Verdict]]] = {}

    def verdicts(self, action: str) -> list[tuple[Case, Verdict]]:
        """The case of each standing, marking and area that can differ for `action`, with its verdict."""
        if action not in self._verdicts:
            cases = list(self._cases(action))
            self._verdicts[action] = list(zip(cases, self._engine.decide_all(action, cases), strict=True))
        return self._verdicts[action]

    @property
    def decided(self) -> int:
        """How many cases have been decided so far: after loading, every one that a guardrail asked for."""
        return sum(len(cases) for cases in self._verdicts.values())

    def permitted(self, action: str) -> Iterator[tuple[Case, Verdict]]:
        return ((case, verdict) for case, verdict in self.verdicts(action) if verdict.allowed)

    def article(self, verdict: Verdict) -> str:
        return ", ".join(dict.fromkeys(self.policies[rule].article for rule in verdict.rules))

    def _cases(self, action: str) -> Iterator[Case]:
        speaking = [policy for policy in self.policies.values() if applies_to(policy, action)]
        looked_at = frozenset[str]().union(*(policy.attributes for policy in speaking))
        named = frozenset[str]().union(*(policy.classes for policy in speaking))
        alike = _alike(action, self.schedule, named)
        kept = dict.fromkeys(_narrowed(marking, action, looked_at, alike) for marking in markings(self.schedule))
        areas = (True, False) if "in_area" in looked_at else (True,)
        for (party, role), marking, in_area in product(self.schedule.standings(), kept, areas):
            yield Case(party, role, action, *marking, in_area)


def _alike(action: str, schedule: Schedule, named: frozenset[str]) -> dict[str, str]:
    """Each class to the one that it is decided like: itself where a policy names it, else one for all that none names.

    That one is the class that the act is usually done to, unless it is named itself.
    """
    unnamed = [info_class for info_class in schedule.classes if info_class not in named]
    usual = "" if action == READ else ACTS[action].on
    stands_for_all = usual if usual in unnamed else next(iter(unnamed), "")
    return {info_class: info_class if info_class in named else stands_for_all for info_class in schedule.classes}


def _narrowed(marking: Kind, action: str, looked_at: frozenset[str], alike: Mapping[str, str]) -> Kind:
    """`marking` with what nothing looks at set to one value. Reading keeps all: its guardrails speak of them."""
    if action == READ:
        return marking
    info_class, originator, tlp, releasable_to = marking
    return (
        alike[info_class],
        originator,
        tlp if "tlp" in looked_at else str(Tlp.CLEAR),
        releasable_to if "releasable_to" in looked_at else (),
    )
