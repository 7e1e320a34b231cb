"""Who may do what, and who reads what: an accord's decisions as a table."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from safeconduct.accord.agreement import Accord
from safeconduct.accord.cedar import Case, Verdict
from safeconduct.accord.vocabulary import ACTS, CLASSES, READ


class When(StrEnum):
    """In which cases, within the area of the appointment, a permission holds."""

    ALWAYS = "always"
    OWN = "own"
    """Only for what comes from one's own party."""
    SOME = "some"
    """Depending on the label, the class or the release: `why` tells for a given case."""


@dataclass(frozen=True)
class Permission:
    """That a role of a party may do an act, under these articles."""

    act: str
    party: str
    role: str
    articles: tuple[str, ...]
    when: When


@dataclass(frozen=True)
class Reading:
    """That a role of a party reads these fields of a class, in the order of the vocabulary."""

    info_class: str
    party: str
    role: str
    articles: tuple[str, ...]
    when: When
    fields: tuple[str, ...]


def permissions(accord: Accord) -> list[Permission]:
    """One for each act and standing that is permitted in any case."""
    return [
        Permission(act, party, role, _articles(accord, verdicts), when)
        for act in ACTS
        for (party, role), verdicts in _by_standing(accord, act).items()
        if (when := _when(verdicts)) is not None
    ]


def readings(accord: Accord) -> list[Reading]:
    """One for each class and standing that reads it in any case. `always` means: at the label that the class has."""
    return [
        Reading(info_class.id, party, role, _articles(accord, of_class), when, _ordered(accord, info_class.id, role))
        for info_class in accord.classes.values()
        for (party, role), verdicts in _by_standing(accord, READ).items()
        if (of_class := [one for one in verdicts if one[0].info_class == info_class.id])
        and (when := _when([one for one in of_class if _is_default(accord, one[0])], of_class)) is not None
    ]


def _by_standing(accord: Accord, action: str) -> dict[tuple[str, str], list[tuple[Case, Verdict]]]:
    found: dict[tuple[str, str], list[tuple[Case, Verdict]]] = {}
    for case, verdict in accord.court.verdicts(action):
        if case.in_area:
            found.setdefault((case.party, case.role), []).append((case, verdict))
    return found


def _when(usual: list[tuple[Case, Verdict]], every: list[tuple[Case, Verdict]] | None = None) -> When | None:
    """When the permission holds over the `usual` cases; `some` where only others of `every` case are permitted."""
    permitted = {case for case, verdict in usual if verdict.allowed}
    if not permitted:
        return When.SOME if any(verdict.allowed for _, verdict in every or usual) else None
    if len(permitted) == len(usual):
        return When.ALWAYS
    return When.OWN if permitted == {case for case, _ in usual if case.own} else When.SOME


def _is_default(accord: Accord, case: Case) -> bool:
    """Whether the case has the label and release that its class has by default."""
    info_class = accord.classes[case.info_class]
    releasable_to = tuple(sorted(info_class.releasable_to - {case.originator}))
    return case.tlp == info_class.tlp and case.releasable_to == releasable_to


def _articles(accord: Accord, verdicts: list[tuple[Case, Verdict]]) -> tuple[str, ...]:
    rules = dict.fromkeys(rule for _, verdict in verdicts if verdict.allowed for rule in verdict.rules)
    return tuple(dict.fromkeys(accord.policies[rule].article for rule in rules))


def _ordered(accord: Accord, info_class: str, role: str) -> tuple[str, ...]:
    given = accord.classes[info_class].fields.get(role, frozenset())
    return tuple(field for field in CLASSES[info_class] if field in given)
