"""What the pages of the accord show, in the language of the page."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from django.utils.translation import get_language
from django.utils.translation import gettext as _

from safeconduct import node
from safeconduct.accord.accord import Accord
from safeconduct.accord.articles import Policy, read_article
from safeconduct.accord.directory import ARTICLES, read_content
from safeconduct.accord.gate_rules import Driving, GateRule
from safeconduct.accord.matrix import Permission, Reading, When, permissions, readings
from safeconduct.accord.obligations import DOER, OTHER
from safeconduct.accord.schedule import Party
from safeconduct.accord.signatures import signature_path
from safeconduct.accord.tables import Names
from safeconduct.accord.vocabulary import ACTS, CLASSES, READ
from safeconduct.movements.words import CONDITIONS, VEHICLE_CLASSES, hours
from safeconduct.record import note
from safeconduct.terms.decision import Decision
from safeconduct.terms.errors import BadInput
from safeconduct.terms.party import Principal
from safeconduct.web import accord_reads as reads
from safeconduct.web.accord_words import WHEN, act_word


def named(names: Names) -> str:
    return names.get(get_language() or "en") or names["en"]


@dataclass(frozen=True)
class Choice:
    """A code with its name, for lists and selects."""

    code: str
    name: Any


@dataclass(frozen=True)
class PolicyShown:
    id: str
    article: str
    permits: bool
    reason: str
    acts: Sequence[Choice]
    classes: Sequence[Choice]


@dataclass(frozen=True)
class ClauseShown:
    number: str
    text: str


@dataclass(frozen=True)
class ArticleShown:
    number: str
    title: str
    clauses: Sequence[ClauseShown]
    policies: Sequence[PolicyShown]
    source: str


@dataclass(frozen=True)
class Signature:
    """A party's signature over the digest of the accord, checked as the page is made."""

    party: str
    key: str
    key_id: str
    holds: bool


@dataclass(frozen=True)
class ObligationShown:
    """`debtor` and `creditor` are empty where whoever does the act owes it, or is owed it."""

    name: str
    trigger: Choice
    debtor: str
    creditor: str
    within_s: float
    satisfied_by: Sequence[Choice]
    article: str


@dataclass(frozen=True)
class ResponseShown:
    name: str
    within_s: float
    percent: float


@dataclass(frozen=True)
class RiskRow:
    name: str
    levels: Sequence[Choice]


@dataclass(frozen=True)
class GateRuleShown:
    """A condition of the gate in words, with what it asks for."""

    name: Any
    article: str
    details: Sequence[str]


@dataclass(frozen=True)
class AccordPage:
    """The accord in force: its articles, and the lists that belong to them."""

    title: str
    id: str
    version: int
    digest: str
    marking: Any
    signatures: Sequence[Signature]
    articles: Sequence[ArticleShown]
    gate: Sequence[GateRuleShown]
    driving: str
    driving_article: str
    obligations: Sequence[ObligationShown]
    response_times: Sequence[ResponseShown]
    impacts: Sequence[str]
    risks: Sequence[RiskRow]


def accord_page(principal: Principal) -> AccordPage:
    """Raises NotFound for a reader to whom the accord's text is not given."""
    accord = reads.accord_for(principal)
    matrix = accord.risk_matrix
    return AccordPage(
        title=named(accord.title),
        id=accord.id,
        version=accord.version,
        digest=accord.digest,
        marking=reads.own_marking(accord),
        signatures=[_signature(accord, party) for party in accord.parties.values()],
        articles=_articles(accord),
        gate=[_gate_rule(accord, one) for one in accord.gate],
        driving=driving_said(accord.driving),
        driving_article=accord.driving.article,
        obligations=[
            ObligationShown(
                named(one.name),
                Choice(one.trigger, act_word(one.trigger)),
                "" if one.debtor == DOER else named(accord.parties[one.debtor].name),
                "" if one.creditor == OTHER else named(accord.parties[one.creditor].name),
                one.within.total_seconds(),
                [Choice(act, act_word(act)) for act in one.satisfied_by],
                one.article,
            )
            for one in accord.obligations
        ],
        response_times=[
            ResponseShown(named(one.name), one.within.total_seconds(), one.share * 100) for one in accord.response_times
        ],
        impacts=[named(one) for one in matrix.impacts.values()],
        risks=[
            RiskRow(named(name), [_level(accord, matrix.level(likelihood, impact)) for impact in matrix.impacts])
            for likelihood, name in reversed(list(matrix.likelihoods.items()))
        ],
    )


def _gate_rule(accord: Accord, rule: GateRule) -> GateRuleShown:
    details: list[str] = []
    if rule.parties:
        details.append(", ".join(named(accord.parties[one].name) for one in rule.parties))
    if rule.at_least:
        details.append(_("Class %(asked)s or higher.") % {"asked": VEHICLE_CLASSES[rule.at_least]})
    levels = accord.risk_matrix.levels
    for one in rule.acceptances:
        said = _("%(levels)s: accepted by %(roles)s") % {
            "levels": ", ".join(named(levels[level]) for level in one.levels),
            "roles": _roles(accord, one.people),
        }
        if one.measures:
            said += " · " + _("measures by %(roles)s") % {"roles": _roles(accord, one.measures)}
        details.append(said)
    accepted = {level for one in rule.acceptances for level in one.levels}
    if rule.acceptances and (rest := [level for level in levels if level not in accepted]):
        details.append(
            _("%(levels)s: accepted by nobody") % {"levels": ", ".join(named(levels[level]) for level in rest)}
        )
    return GateRuleShown(CONDITIONS[rule.condition], rule.article, details)


def _roles(accord: Accord, roles: Sequence[str]) -> str:
    return ", ".join(named(accord.roles[one].name) for one in roles)


def driving_said(driving: Driving) -> str:
    """The limits of driving in one sentence."""
    return _(
        "Drivers rest for %(rest)s after %(after)s at most; more than %(most)s of driving need a stop of %(stop)s."
    ) % {
        "rest": hours(driving.rest),
        "after": hours(driving.rest_after),
        "most": hours(driving.at_most),
        "stop": hours(driving.overnight),
    }


def _level(accord: Accord, level: str) -> Choice:
    """A level with its tone: the gravest two are drawn as such, the least as none."""
    levels = list(accord.risk_matrix.levels)
    tones = {len(levels) - 1: "critical", len(levels) - 2: "alert", len(levels) - 3: "notice"}
    return Choice(tones.get(levels.index(level), ""), named(accord.risk_matrix.levels[level]))


def _signature(accord: Accord, party: Party) -> Signature:
    keys = [note.parse_vkey(key) for key in party.keys]
    name = named(party.name)
    try:
        signed = note.opened(signature_path(node.current().path / "accord", party.id).read_bytes(), keys)
    except (OSError, BadInput):
        return Signature(name, "", "", False)
    line = next(line for line in signed.signatures if any(line.key_id == key.id for key in keys))
    return Signature(name, line.name, line.key_id.hex(), signed.text.splitlines()[3:4] == [accord.digest])


def _articles(accord: Accord) -> list[ArticleShown]:
    language = get_language() or "en"
    sources = _sources(accord.digest)
    return [
        ArticleShown(
            number=one.number,
            title=named(one.title),
            clauses=[ClauseShown(number, words.get(language) or words["en"]) for number, words in one.clauses.items()],
            policies=[_policy(accord, policy) for policy in one.policies],
            source=sources.get(one.number, ""),
        )
        for one in accord.articles.values()
    ]


def _policy(accord: Accord, policy: Policy) -> PolicyShown:
    return PolicyShown(
        policy.id,
        policy.article,
        policy.permits,
        policy.reason,
        [Choice(act, act_word(act)) for act in sorted(policy.actions)],
        [Choice(one, named(accord.classes[one].name)) for one in sorted(policy.classes) if one in accord.classes],
    )


@lru_cache(maxsize=4)
def _sources(digest: str) -> Mapping[str, str]:  # noqa: ARG001  # the files change only with the digest
    """The policies of each article as they stand in its file."""
    content = read_content(node.current().path / "accord")
    found = [read_article(path, data) for path, data in content.items() if path.startswith(ARTICLES)]
    return {one.number: "\n\n".join(text for _, text in one.blocks) for one in found}


# who may do what


@dataclass(frozen=True)
class Standing:
    """A role of a party: a column of the matrix."""

    party: str
    role: str
    name: str
    party_name: str

    @property
    def code(self) -> str:
        return f"{self.party}/{self.role}"


@dataclass(frozen=True)
class Cell:
    """What one standing may: `when` is empty for nothing."""

    when: str
    word: Any
    articles: Sequence[str]


@dataclass(frozen=True)
class ActRow:
    act: Choice
    cells: Sequence[Cell]


@dataclass(frozen=True)
class ClassRow:
    info_class: Choice
    cell: Cell
    given: Sequence[str]
    withheld: Sequence[str]


@dataclass(frozen=True)
class MatrixPage:
    """Who may do what: all standings side by side, or one standing in full."""

    standings: Sequence[Standing]
    chosen: Standing | None
    rows: Sequence[ActRow]
    readings: Sequence[ClassRow]
    marking: Any


NOTHING = Cell("", "", ())


def matrix_page(principal: Principal, chosen: str) -> MatrixPage:
    """`chosen` is a standing's code, `party/role`; any other text shows all."""
    accord = reads.accord_for(principal)
    standings = [
        Standing(party, role, named(accord.roles[role].name), named(accord.parties[party].name))
        for party, role in accord.schedule.standings()
    ]
    one = next((standing for standing in standings if standing.code == chosen), None)
    columns = [one] if one else standings
    acts, read = _tables(accord)
    rows = [
        ActRow(
            Choice(act, act_word(act)),
            [_cell(acts.get((act, column.party, column.role))) for column in columns],
        )
        for act in ACTS
    ]
    return MatrixPage(
        standings=standings,
        chosen=one,
        rows=rows,
        readings=[_class_row(accord, read, one, info_class) for info_class in accord.classes] if one else [],
        marking=reads.own_marking(accord),
    )


Acts = Mapping[tuple[str, str, str], Permission]
Reads = Mapping[tuple[str, str, str], Reading]


@lru_cache(maxsize=4)
def _tables(accord: Accord) -> tuple[Acts, Reads]:
    return (
        {(one.act, one.party, one.role): one for one in permissions(accord)},
        {(one.info_class, one.party, one.role): one for one in readings(accord)},
    )


def _cell(found: Permission | Reading | None) -> Cell:
    return Cell(str(found.when), WHEN[When(found.when)], found.articles) if found else NOTHING


def _class_row(accord: Accord, read: Reads, standing: Standing, info_class: str) -> ClassRow:
    found = read.get((info_class, standing.party, standing.role))
    given = found.fields if found else ()
    return ClassRow(
        Choice(info_class, named(accord.classes[info_class].name)),
        _cell(found),
        given,
        [field for field in CLASSES[info_class] if field not in given],
    )


# why


@dataclass(frozen=True)
class Answer:
    """A decision, the clause that it rests on, and for reading the fields that are given."""

    decision: Decision
    clause: str
    given: Sequence[str]
    withheld: Sequence[str]


@dataclass(frozen=True)
class WhyPage:
    """A question and its answer."""

    acts: Sequence[Choice]
    classes: Sequence[Choice]
    standings: Sequence[Standing]
    parties: Sequence[Choice]
    asked: Mapping[str, str]
    answer: Answer | None
    faults: Sequence[Any]
    marking: Any


def why_page(principal: Principal, asked: Mapping[str, str]) -> WhyPage:
    """`asked`: act, class, standing (`party/role`), originator, area. Without an act there is no answer."""
    accord = reads.accord_for(principal)
    shown = matrix_page(principal, "")
    asked = _filled(accord, principal, asked)
    answer, faults = None, ()
    if asked["act"]:
        try:
            answer = _answer(accord, asked)
        except BadInput as error:
            faults = error.faults
    return WhyPage(
        acts=[Choice(READ, act_word(READ)), *(row.act for row in shown.rows)],
        classes=[Choice(one.id, named(one.name)) for one in accord.classes.values()],
        standings=shown.standings,
        parties=[Choice(one.id, named(one.name)) for one in accord.parties.values()],
        asked=asked,
        answer=answer,
        faults=faults,
        marking=shown.marking,
    )


def _filled(accord: Accord, principal: Principal, asked: Mapping[str, str]) -> dict[str, str]:
    """The question with what it left open: the usual class of its act, the asker's own standing."""
    act = asked.get("act", "")
    own = f"{principal.party}/{principal.grants[0].role}" if principal.grants else ""
    usual = ACTS[act].on if act in ACTS else "alert"
    return {
        "act": act,
        "class": asked.get("class") or usual,
        "standing": asked.get("standing") or own,
        "originator": asked.get("originator") or next(iter(accord.parties)),
        "area": asked.get("area", "")[:256],
    }


def _answer(accord: Accord, asked: Mapping[str, str]) -> Answer:
    party, _, role = asked["standing"].partition("/")
    who = reads.standing_in(accord, role, party, asked["area"])
    decision = reads.why(accord, who, asked["act"], asked["class"], asked["originator"], asked["area"])
    given: frozenset[str] = frozenset()
    if asked["act"] == READ:
        given = accord.fields(who, accord.marking(asked["class"], asked["originator"], asked["area"]))
    fields = CLASSES[asked["class"]] if asked["act"] == READ else ()
    return Answer(
        decision,
        named(reads.clause_of(accord, decision.article)),
        [one for one in fields if one in given],
        [one for one in fields if one not in given],
    )
