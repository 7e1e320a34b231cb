"""What an accord says of the protection of itineraries: what is told how late, how much one reads, who is called.

    [[disclosures]]
    class = "leg_due"
    article = "9.31"
    before = "PT2H"

    [[reading_limits]]
    rule = "many"
    of = "movement"
    article = "9.34"
    most = 20
    within = "PT1H"
    stop = 60

    [conflicts]
    article = "9.37"
    apart = "PT30M"
    tries = 6
    within = "P1D"
    call = { host = "host.duty_officer", partner = "partner.liaison_officer" }

An accord from before there were such discloses nothing early or late, judges no reading and compares no plans.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import timedelta

from safeconduct.accord.tables import Table

LATE = ("leg_soon", "leg_due", "manifest")
"""Classes of which nothing exists before their window opens."""

RULES = ("many", "odd_hours", "elsewhere", "in_sequence")
"""What makes reading unusual: too much, at hours or of places that are not the reader's habit, one after another."""

READ_CLASSES = ("movement", "person")
"""Classes whose readers are watched over."""


@dataclass(frozen=True)
class Disclosure:
    """Things of `info_class` exist from `before` the departure on, until the movement is closed."""

    info_class: str
    article: str
    before: timedelta


@dataclass(frozen=True)
class ReadingLimit:
    """More than `most` things of class `of` that one reader looks at `within` that time, by `rule`, raise an alarm.

    Over `stop` things the reader is shown no more until the time has passed; 0 stops nobody.
    """

    rule: str
    of: str
    article: str
    most: int
    within: timedelta
    stop: int = 0


@dataclass(frozen=True)
class Conflicts:
    """Plans of different parties closer than `apart` conflict. `call` names the role to call of each party.

    Whose plans begin or cease to conflict more than `tries` times `within` that time learns no more of it.
    """

    article: str
    apart: timedelta
    tries: int
    within: timedelta
    call: Mapping[str, str]


def read_disclosures(top: Table, number: Callable[[Table, str], str]) -> tuple[Disclosure, ...]:
    found: list[Disclosure] = []
    for table in top.tables("disclosures") if top.has("disclosures") else ():
        found.append(Disclosure(table.one_of("class", LATE), number(table, "article"), table.duration("before")))
        table.close()
    _once(top, "disclosures", [one.info_class for one in found])
    return tuple(found)


def read_reading_limits(top: Table, number: Callable[[Table, str], str]) -> tuple[ReadingLimit, ...]:
    found: list[ReadingLimit] = []
    for table in top.tables("reading_limits") if top.has("reading_limits") else ():
        limit = ReadingLimit(
            rule=table.one_of("rule", RULES),
            of=table.one_of("of", READ_CLASSES),
            article=number(table, "article"),
            most=table.whole("most", at_least=1),
            within=table.duration("within"),
            stop=table.whole("stop") if table.has("stop") else 0,
        )
        if limit.stop and (limit.rule != "many" or limit.stop < limit.most):
            table.fault("stop", limit.stop, "of the rule many alone, and not under most")
        found.append(limit)
        table.close()
    _once(top, "reading_limits", [f"{one.rule} of {one.of}" for one in found])
    return tuple(found)


def read_conflicts(
    top: Table, number: Callable[[Table, str], str], parties: Collection[str], roles: Collection[str]
) -> Conflicts | None:
    if not top.has("conflicts"):
        return None
    table = top.table("conflicts")
    call = table.table("call")
    conflicts = Conflicts(
        article=number(table, "article"),
        apart=table.duration("apart"),
        tries=table.whole("tries", at_least=1),
        within=table.duration("within"),
        call={party: call.one_of(party, roles) for party in parties},
    )
    call.close()
    table.close()
    return conflicts


def _once(top: Table, key: str, named: list[str]) -> None:
    for twice in sorted({one for one in named if named.count(one) > 1}):
        top.fault(key, twice, "each once")
