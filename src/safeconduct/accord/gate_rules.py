"""What an accord says of the release gate: its conditions with the clauses they stand on, and the limits of driving.

    [[gate]]
    condition = "vehicle_class"
    article = "9.12"
    at_least = "b6"

An accord adds conditions; those that every gate has (`CORE`) hold whatever it says, and it names the clause of each.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass, replace
from datetime import timedelta

from safeconduct.accord.tables import Table

CORE = ("keys", "no_hold", "cleared", "met", "route", "no_alarm")
"""Conditions of every gate: both keys, no hold, a clearance and its conditions met, a known way without alarms."""

RULED = ("swept", "escort", "vehicle_class", "training", "vetting", "risk")
"""Conditions that an accord may declare."""

DECIDED = ("swept", "escort", "vehicle_class", "training", "vetting", "closed")
"""Conditions that the parties may add by a decision in council; `closed` lets nothing pass."""

VEHICLE_CLASSES = ("soft_skin", "b4", "b6", "b7")
"""Ballistic classes of vehicles, least first. Source: EN 1522 and EN 1063, in the short form that makers use."""


@dataclass(frozen=True)
class Acceptance:
    """Risk of these `levels` is accepted for `people` by one of those roles of their own party, and, where `measures`
    names roles, for the measures by one of the host's."""

    levels: tuple[str, ...]
    people: tuple[str, ...]
    measures: tuple[str, ...] = ()


@dataclass(frozen=True)
class GateRule:
    """A condition and its clause. `at_least` is the least class of a vehicle; risk in no acceptance has no way.

    `parties` are those whose movements it is asked of; none are all.
    """

    condition: str
    article: str
    parties: tuple[str, ...] = ()
    at_least: str = ""
    acceptances: tuple[Acceptance, ...] = ()

    def is_asked_of(self, party: str) -> bool:
        return not self.parties or party in self.parties

    def acceptance(self, level: str) -> Acceptance | None:
        return next((one for one in self.acceptances if level in one.levels), None)

    def __str__(self) -> str:
        said = [f"article {self.article}"]
        if self.parties:
            said.append(f"of {' and '.join(self.parties)}")
        if self.at_least:
            said.append(f"at least {self.at_least}")
        for one in self.acceptances:
            measures = f", measures by {' or '.join(one.measures)}" if one.measures else ""
            said.append(f"{', '.join(one.levels)} by {' or '.join(one.people)}{measures}")
        return "; ".join(said)


@dataclass(frozen=True)
class Driving:
    """How long one drives: after `rest_after` comes a `rest`, and no more than `at_most` without a stop `overnight`."""

    article: str
    rest_after: timedelta = timedelta(hours=2)
    rest: timedelta = timedelta(minutes=15)
    at_most: timedelta = timedelta(hours=10)
    overnight: timedelta = timedelta(hours=8)

    def __str__(self) -> str:
        return (
            f"{self.rest} of rest after {self.rest_after}, {self.overnight} of stop after {self.at_most}, "
            f"article {self.article}"
        )


def read_gate(
    top: Table,
    number: Callable[[Table, str], str],
    parties: Collection[str],
    roles: Collection[str],
    levels: Collection[str],
    default_article: str,
) -> tuple[GateRule, ...]:
    """The conditions in `[[gate]]`. An accord from before there were such has its way searched and escorted."""
    if not top.has("gate"):
        return tuple(GateRule(one, default_article) for one in ("swept", "escort"))
    rules = [_rule(table, number, parties, roles, levels) for table in top.tables("gate")]
    named = [one.condition for one in rules]
    for twice in sorted({one for one in named if named.count(one) > 1}):
        top.fault("gate", twice, "each condition once")
    return tuple(rules)


def _rule(
    table: Table,
    number: Callable[[Table, str], str],
    parties: Collection[str],
    roles: Collection[str],
    levels: Collection[str],
) -> GateRule:
    rule = GateRule(table.one_of("condition", (*CORE, *RULED)), number(table, "article"))
    if rule.condition in RULED:
        rule = replace(rule, parties=table.texts("parties", parties, default=()))
    if rule.condition == "vehicle_class":
        rule = replace(rule, at_least=table.one_of("at_least", VEHICLE_CLASSES))
    if rule.condition == "risk":
        accepted = tuple(_acceptance(one, roles, levels) for one in table.tables("accept"))
        rule = replace(rule, acceptances=accepted)
        for twice in _twice(accepted):
            table.fault("accept", twice, "each level once")
    table.close()
    return rule


def _acceptance(table: Table, roles: Collection[str], levels: Collection[str]) -> Acceptance:
    accepted = Acceptance(
        table.texts("levels", levels), table.texts("people", roles), table.texts("measures", roles, default=())
    )
    table.close()
    return accepted


def _twice(accepted: tuple[Acceptance, ...]) -> Iterator[str]:
    named = [level for one in accepted for level in one.levels]
    return (level for level in sorted(set(named)) if named.count(level) > 1)


def read_driving(top: Table, number: Callable[[Table, str], str], default_article: str) -> Driving:
    """The limits in `[driving]`, or the usual ones where the accord names none."""
    if not top.has("driving"):
        return Driving(default_article)
    table = top.table("driving")
    driving = Driving(
        number(table, "article"),
        table.duration("rest_after"),
        table.duration("rest"),
        table.duration("at_most"),
        table.duration("overnight"),
    )
    table.close()
    return driving
