"""What a draft would change: words, decisions, fields, lists, and which existing things change visibility."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields

from safeconduct.accord.agreement import Accord
from safeconduct.accord.matrix import Permission, Reading, permissions, readings
from safeconduct.accord.obligations import DoneBy, Obligation
from safeconduct.accord.schedule import Schedule
from safeconduct.terms.marking import Marking
from safeconduct.terms.party import Grant, Principal


@dataclass(frozen=True)
class Change:
    """One thing that differs: what it is, and how it was and will be; empty where there is nothing."""

    subject: str
    old: str
    new: str

    def __str__(self) -> str:
        if not self.old:
            return f"+ {self.subject}: {self.new}"
        if not self.new:
            return f"- {self.subject}: {self.old}"
        return f"~ {self.subject}: {self.old} -> {self.new}"


@dataclass(frozen=True)
class VisibilityChange:
    """Fields of things of one marking that a role of a party would newly see, or see no more, within its area."""

    marking: Marking
    party: str
    role: str
    gained: frozenset[str]
    lost: frozenset[str]

    def __str__(self) -> str:
        signed = [*(f"+{field}" for field in sorted(self.gained)), *(f"-{field}" for field in sorted(self.lost))]
        return f"{self.marking}: {self.role} of {self.party} {' '.join(signed)}"


def differences(old: Accord, new: Accord) -> list[Change]:
    """All that `new` changes, in the order: words, who may do what, who reads what, the schedule's lists."""
    return [
        *_compared(_words(old), _words(new)),
        *_compared(_acts(permissions(old)), _acts(permissions(new))),
        *_compared(_reads(readings(old)), _reads(readings(new))),
        *_compared(_lists(old.schedule), _lists(new.schedule)),
    ]


def visibility_changes(old: Accord, new: Accord, markings: Iterable[Marking]) -> list[VisibilityChange]:
    """For things that carry these markings: which standing would see more of them, or less.

    A node passes the markings that its stored things carry, each once, and counts the things by marking.
    """
    standings = dict.fromkeys([*old.schedule.standings(), *new.schedule.standings()])
    return [
        VisibilityChange(marking, party, role, after - before, before - after)
        for marking in dict.fromkeys(markings)
        for party, role in standings
        if (before := _seen(old, party, role, marking)) != (after := _seen(new, party, role, marking))
    ]


def _seen(accord: Accord, party: str, role: str, marking: Marking) -> frozenset[str]:
    return accord.fields(Principal(role, party, (Grant(role, marking.area),)), marking)


def _compared(old: Mapping[str, str], new: Mapping[str, str]) -> list[Change]:
    subjects = dict.fromkeys([*old, *new])
    return [
        Change(subject, old.get(subject, ""), new.get(subject, ""))
        for subject in subjects
        if old.get(subject, "") != new.get(subject, "")
    ]


def _words(accord: Accord) -> dict[str, str]:
    return {
        f"clause {number} ({language})": text
        for article in accord.articles.values()
        for number, clause in article.clauses.items()
        for language, text in clause.items()
    }


def _acts(every: list[Permission]) -> dict[str, str]:
    return {
        f"{one.role} of {one.party} may {one.act}": f"{one.when}, article {', '.join(one.articles)}" for one in every
    }


def _reads(every: list[Reading]) -> dict[str, str]:
    return {f"{one.role} of {one.party} reads {one.info_class}": f"{one.when}, {' '.join(one.fields)}" for one in every}


PARTS = frozenset(
    {"parties", "roles", "classes", "obligations", "response_times", "risk_matrix", "gate", "driving", "council"}
)
"""Parts of the schedule that are put into words one by one."""


def _lists(schedule: Schedule) -> dict[str, str]:
    """Each part of `accord.toml` but who reads what, as text that differs where it differs."""
    said = {part.name: str(getattr(schedule, part.name)) for part in fields(schedule) if part.name not in PARTS}
    said |= {f"party {one.id}": f"{one.side}, {one.name}, {len(one.keys)} keys" for one in schedule.parties.values()}
    said |= {
        f"role {one.id}": f"{one.party}, {one.office or 'no office'}, {one.name}" for one in schedule.roles.values()
    }
    for one in schedule.classes.values():
        to = ", ".join(sorted(one.releasable_to)) or "nobody"
        orcon = ", originator control" if one.orcon else ""
        said[f"class {one.id}"] = f"{one.tlp} to {to}, kept {one.retention_days} days{orcon}, {one.name}"
    said |= {
        f"obligation {one.id}": f"{one.debtor} owes {one.creditor} {' or '.join(one.satisfied_by)} within {one.within} "
        f"of {one.trigger}, article {one.article}{_details(one)}"
        for one in schedule.obligations
    }
    said |= {
        f"response time {one.id}": f"{one.within} in {one.share:.0%}, {one.name}" for one in schedule.response_times
    }
    matrix = schedule.risk_matrix
    said |= {f"risk {likelihood} x {impact}": level for (likelihood, impact), level in matrix.table.items()}
    said |= {f"gate {one.condition}": str(one) for one in schedule.gate}
    said["driving"] = str(schedule.driving)
    said["council"] = str(schedule.council)
    return said


def _details(one: Obligation) -> str:
    """The rest of an obligation, where it says more than the usual."""
    parts = {"done by": one.done_by, "ended by": one.ended_by, "match": one.match, "only": one.only}
    said = "".join(f", {name} {value}" for name, value in parts.items() if value and value != DoneBy.DEBTOR)
    return said + "".join(f", reminder after {after}" for after in one.remind) + f", {one.name}"
