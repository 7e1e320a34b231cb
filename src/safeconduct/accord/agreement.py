"""An accord that was found whole, and its answers: each is a value that names its article."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import lru_cache
from types import MappingProxyType

from safeconduct.accord.articles import Article, Policy
from safeconduct.accord.cedar import Case, Engine, Verdict
from safeconduct.accord.court import Court
from safeconduct.accord.gate_rules import Driving, GateRule
from safeconduct.accord.obligations import Obligation
from safeconduct.accord.policies import ACTIONS
from safeconduct.accord.schedule import (
    Council,
    InfoClass,
    Party,
    ResponseTime,
    RiskMatrix,
    Role,
    Schedule,
)
from safeconduct.accord.tables import Names
from safeconduct.accord.vocabulary import OPEN_CLASSES, READ
from safeconduct.terms.decision import Decision
from safeconduct.terms.errors import BadInput, Fault, shown
from safeconduct.terms.marking import Marking, Tlp
from safeconduct.terms.party import ANYWHERE, Grant, Principal, Side

CACHED_DECISIONS = 65_536
"""Far over the finite number of cases that a running node meets; a bound all the same."""

DEFAULT_RULE = "default"
"""The rule of a denial that no policy made."""

SUSPENDED_RULE = "suspended"
"""The rule of a denial because the originator suspended its flow."""

TRAVEL = ("movement.consent", "movement.depart")
"""Acts that let people travel; they rest while the party whose people they are has suspended."""

NODE = "node"
"""The party of roles that the system itself stands in."""


@dataclass(frozen=True, eq=False)
class Accord:
    """A checked accord. Immutable, and safe to share between threads.

    `digest` is `directory.digest` over its content; a decision depends on that content and the question alone.
    """

    schedule: Schedule
    articles: Mapping[str, Article]
    digest: str
    engine: Engine = field(repr=False)
    court: Court = field(repr=False)
    suspended: frozenset[str] = frozenset()
    """Parties that suspended their own flow of information: nobody else reads what comes from them."""

    def __post_init__(self) -> None:
        policies = {one.id: one for of in self.articles.values() for one in of.policies}
        object.__setattr__(self, "policies", MappingProxyType(policies))
        object.__setattr__(self, "_decided", lru_cache(CACHED_DECISIONS)(self._decide))
        object.__setattr__(self, "_fields", lru_cache(CACHED_DECISIONS)(self._read_fields))

    policies: Mapping[str, Policy] = field(init=False, repr=False)
    """Every policy by id, which is the `rule` of a decision; a denial by default has none."""
    _decided: Callable[[str, tuple[Grant, ...], str, Marking], Decision] = field(init=False, repr=False)
    _fields: Callable[[str, tuple[Grant, ...], Marking], frozenset[str]] = field(init=False, repr=False)

    @property
    def id(self) -> str:
        return self.schedule.id

    @property
    def version(self) -> int:
        return self.schedule.version

    @property
    def title(self) -> Names:
        return self.schedule.title

    @property
    def parties(self) -> Mapping[str, Party]:
        return self.schedule.parties

    @property
    def roles(self) -> Mapping[str, Role]:
        return self.schedule.roles

    @property
    def classes(self) -> Mapping[str, InfoClass]:
        return self.schedule.classes

    @property
    def obligations(self) -> tuple[Obligation, ...]:
        return self.schedule.obligations

    @property
    def response_times(self) -> tuple[ResponseTime, ...]:
        return self.schedule.response_times

    @property
    def risk_matrix(self) -> RiskMatrix:
        return self.schedule.risk_matrix

    @property
    def gate(self) -> tuple[GateRule, ...]:
        return self.schedule.gate

    @property
    def driving(self) -> Driving:
        return self.schedule.driving

    @property
    def council(self) -> Council:
        return self.schedule.council

    def decide(self, principal: Principal, act: str, marking: Marking) -> Decision:
        """Whether `principal` may do `act` to a thing of that marking. What is unknown is denied, never an error."""
        if act == READ:
            return _unknown(self, f"no article knows the act {shown(act)}")
        return self._decided(principal.party, principal.grants, act, marking)

    def may_read(self, principal: Principal, marking: Marking) -> Decision:
        return self._decided(principal.party, principal.grants, READ, marking)

    def fields(self, principal: Principal, marking: Marking) -> frozenset[str]:
        """The fields of the marking's class that this reader gets; none where `may_read` denies."""
        return self._fields(principal.party, principal.grants, marking)

    def may_tell(self, shown: Marking, behind: Marking, fields: frozenset[str]) -> bool:
        """Whether whoever reads a thing marked `shown` may have `fields` of one marked `behind`, of the same area.

        Where not, the first may not let on that there is the second.
        """
        people = (role for role in self.roles.values() if role.party != NODE)
        readers = (Principal("", party, (Grant(role.id),)) for role in people for party in self.schedule.sides_of(role))
        return all(fields <= self.fields(one, behind) for one in readers if self.may_read(one, shown).allowed)

    def marking(self, info_class: str, originator: str, area: str = ANYWHERE) -> Marking:
        """The marking of a new thing of `info_class`, unless its originator says otherwise. Raises BadInput."""
        terms = self.classes.get(info_class)
        if terms is None:
            raise BadInput("marking", [Fault("class", shown(info_class), "one of " + ", ".join(self.classes))])
        if originator not in self.parties:
            raise BadInput("marking", [Fault("originator", shown(originator), "one of " + ", ".join(self.parties))])
        return Marking(originator, info_class, terms.tlp, terms.releasable_to - {originator}, area)

    def party_of_side(self, side: Side) -> Party:
        """The host, or the first party of the partner's side."""
        return next(party for party in self.parties.values() if party.side is side)

    def suspending(self, parties: frozenset[str]) -> Accord:
        """This accord while `parties` have suspended their flow of information."""
        return self if parties == self.suspended else replace(self, suspended=parties)

    def clause(self, number: str, language: str) -> str:
        """The words of clause `4.2`, or of all of article `4`, in `language`. Raises KeyError where there is none."""
        article = self.articles[number.split(".")[0]]
        return article.text[language] if number == article.number else article.clauses[number][language]

    def verdicts(
        self, party: str, grants: tuple[Grant, ...], action: str, marking: Marking
    ) -> list[tuple[Case, Verdict]]:
        """The answer for each grant that counts: one whose role this party may hold."""
        cases = [
            self._case(party, grant, action, marking)
            for grant in grants
            if grant.role in self.roles and party in self.schedule.sides_of(self.roles[grant.role])
        ]
        return [(case, self.engine.decide(case)) for case in cases]

    def _case(self, party: str, grant: Grant, action: str, marking: Marking) -> Case:
        releasable_to = (set(marking.releasable_to) & set(self.parties)) - {marking.originator}
        return Case(
            party,
            grant.role,
            action,
            marking.info_class,
            marking.originator,
            str(marking.tlp),
            tuple(sorted(releasable_to)),
            grant.covers(marking.area),
        )

    def _decide(self, party: str, grants: tuple[Grant, ...], action: str, marking: Marking) -> Decision:
        if action not in ACTIONS:
            return _unknown(self, f"no article knows the act {shown(action)}")
        if marking.info_class not in self.classes:
            return _unknown(self, f"no article knows the class {shown(marking.info_class)}")
        if marking.originator not in self.parties:
            return _unknown(self, f"{shown(marking.originator)} is no party, so nothing comes from it")
        if marking.tlp not in list(Tlp):
            return _unknown(self, f"{shown(marking.tlp)} is no label of TLP 2.0")
        verdicts = self.verdicts(party, grants, action, marking)
        if not verdicts:
            return _unknown(self, "nobody acts or reads without a role that their party may hold")
        for _, verdict in verdicts:
            if verdict.allowed:
                if self._is_suspended(party, grants, action, marking):
                    return self._suspension()
                return self._cited(True, [self.policies[rule] for rule in verdict.rules], action)
        forbids = [self.policies[rule] for _, verdict in verdicts for rule in verdict.rules]
        return self._cited(False, forbids or self._speaking_of(action, marking.info_class), action)

    def _is_suspended(self, party: str, grants: tuple[Grant, ...], action: str, marking: Marking) -> bool:
        """Whether the flow from the originator to this party rests. The node itself goes on watching over everyone.

        Movements stay in sight, so that either party can still stop them; none of them departs.
        """
        if marking.originator not in self.suspended or party == marking.originator:
            return False
        if marking.info_class == "movement":
            return action in TRAVEL
        of_the_node = all(grant.role in self.roles and self.roles[grant.role].party == NODE for grant in grants)
        return marking.info_class not in OPEN_CLASSES and not of_the_node

    def _suspension(self) -> Decision:
        cited = self._cited(False, self._speaking_of("accord.suspend", ""), "accord.suspend")
        return replace(cited, rule=SUSPENDED_RULE, reason="The party that this comes from has suspended its flow.")

    def _speaking_of(self, action: str, info_class: str) -> list[Policy]:
        """The permits that name `action`: a denial cites whom they do allow. For reading, those that name the class."""
        named = [one for one in self.policies.values() if one.permits and action in one.actions]
        return [one for one in named if action != READ or info_class in one.classes]

    def _cited(self, allowed: bool, policies: list[Policy], action: str) -> Decision:
        """The decision in the words of the first policy, those that name the action before those that speak of all."""
        if not policies:
            return _unknown(self, "what no article allows is not allowed")
        cited = min(policies, key=lambda one: (action not in one.actions, _in_order(one.article), one.id))
        return Decision(allowed, cited.article, cited.id, cited.reason)

    def _read_fields(self, party: str, grants: tuple[Grant, ...], marking: Marking) -> frozenset[str]:
        if not self._decided(party, grants, READ, marking).allowed:
            return frozenset()
        given = self.classes[marking.info_class].fields
        readable_by = (case.role for case, verdict in self.verdicts(party, grants, READ, marking) if verdict.allowed)
        return frozenset().union(*(given.get(role, frozenset()) for role in readable_by))


def _in_order(number: str) -> tuple[int, ...]:
    return tuple(int(part) for part in number.split("."))


def _unknown(accord: Accord, reason: str) -> Decision:
    return Decision(False, accord.schedule.default_article, DEFAULT_RULE, reason)
