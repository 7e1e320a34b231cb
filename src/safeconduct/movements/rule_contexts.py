"""What the page of the council's decisions shows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from safeconduct.movements import acts, queries, words
from safeconduct.movements.contexts import party_names
from safeconduct.release import Projection
from safeconduct.terms import instant
from safeconduct.terms.decision import Decision
from safeconduct.terms.party import ANYWHERE, Principal


@dataclass(frozen=True)
class Word:
    """One party's word on a decision, given or not."""

    party: str
    by: str
    at: datetime | None


@dataclass(frozen=True)
class RuleShown:
    """`state` is `in_force`, `to_come` or `over` where it is adopted, else as it is kept."""

    rule: Projection
    state: str
    asks: str
    agreed: Sequence[Word]
    lifting: Sequence[Word]
    may_agree: bool
    may_lift: bool


@dataclass(frozen=True)
class RulesPage:
    standing: Sequence[RuleShown]
    past: Sequence[RuleShown]
    may_propose: Decision
    sites: Mapping[str, str]


def rules_page(principal: Principal) -> RulesPage:
    parties, now = party_names(), instant.now()
    shown = [_shown(principal, one, parties, now) for one in queries.council_rules(principal)]
    sites = sorted({one["site"] for one in queries.routes(principal) if "site" in one})
    return RulesPage(
        standing=[one for one in shown if one.state in ("proposed", "in_force", "to_come")],
        past=[one for one in shown if one.state in ("lifted", "over")],
        may_propose=acts.propose.decision(principal, acts.propose.marking_for_new(principal, ANYWHERE)),
        sites={site: site for site in sites},
    )


def _shown(principal: Principal, rule: Projection, parties: Mapping[str, str], now: datetime) -> RuleShown:
    mine, kept = principal.party, rule.get("state") in ("proposed", "adopted")
    may_agree = rule.get("state") == "proposed" and mine not in rule.get("agreed", {})
    may_lift = kept and mine not in rule.get("lifting", {})
    return RuleShown(
        rule,
        _state(rule, now),
        str(words.VEHICLE_CLASSES.get(rule.get("terms", {}).get("at_least", ""), "")),
        _words(rule.get("agreed", {}), parties),
        _words(rule.get("lifting", {}), parties) if rule.get("lifting") else [],
        may_agree and acts.agree.decision(principal, rule.marking).allowed,
        may_lift and acts.lift_rule.decision(principal, rule.marking).allowed,
    )


def _state(rule: Projection, now: datetime) -> str:
    if rule.get("state") != "adopted":
        return rule.get("state", "")
    if rule.get("until") and rule["until"] <= now:
        return "over"
    return "to_come" if rule.get("begin") and rule["begin"] > now else "in_force"


def _words(given: Mapping[str, Mapping[str, str]], parties: Mapping[str, str]) -> list[Word]:
    return [
        Word(name, given[party]["by"], instant.parse(given[party]["at"])) if party in given else Word(name, "", None)
        for party, name in parties.items()
    ]
