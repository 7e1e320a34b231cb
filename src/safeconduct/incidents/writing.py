"""What acts on an incident share: the label of what is written, the role that writes, the time that is claimed."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, TypeVar

from safeconduct.acts import Doing
from safeconduct.incidents.models import Incident, Written
from safeconduct.store.labels import intern, marking_of
from safeconduct.terms.errors import BadInput, Fault
from safeconduct.terms.instant import iso
from safeconduct.terms.marking import Marking, Tlp
from safeconduct.terms.party import Principal

W = TypeVar("W", bound=Written)

AHEAD = timedelta(minutes=5)
"""Clocks differ: a claimed time may be so far after the node's."""

MOST_TEXT = 4000


def label_for(doing: Doing, info_class: str, *behind: Marking, own: bool = False) -> int:
    """The label of what the actor's party writes about things marked `behind`: released no further than any of them.

    With `own` it stays with the actor's party.
    """
    mine = doing.accord.marking(info_class, doing.principal.party, doing.marking.area)
    reach, tlp = mine.releasable_to, mine.tlp
    for one in behind:
        reach &= one.releasable_to | {one.originator}
        tlp = max(tlp, one.tlp, key=lambda label: label.rank)
    if own:
        reach, tlp = frozenset[str](), max(tlp, Tlp.AMBER_STRICT, key=lambda label: label.rank)
    return intern(replace(mine, tlp=tlp, releasable_to=reach))


def role_of(doing: Doing) -> str:
    """The role in which the actor does it: the first that may by itself."""
    who = doing.principal
    for grant in who.grants:
        if doing.accord.decide(Principal(who.name, who.party, (grant,)), doing.act, doing.marking).allowed:
            return grant.role
    return ""


def written(
    doing: Doing, model: type[W], incident: Incident, *, own: bool = False, behind: Marking | None = None, **values: Any
) -> W:
    """Make a row of `model` in the incident and tell its readers of it. `behind` is what else it tells of."""
    others = (behind,) if behind else ()
    row = model(
        label_id=label_for(doing, model.info_class, marking_of(incident.label_id), *others, own=own),
        incident=incident.pk,
        site=incident.site,
        party=doing.principal.party,
        role=role_of(doing),
        logged_at=doing.at,
        **values,
    )
    row.save(force_insert=True)
    doing.publish_of(row, *model.released)
    doing.enter(made=row.pk)
    return row


def claimed(doing: Doing, at: datetime | None, where: str = "at") -> datetime:
    """The time that the writer claims, or now. Raises BadInput for one that is still to come."""
    if at is not None and at > doing.at + AHEAD:
        raise BadInput("incident", [Fault(where, iso(at), f"{iso(doing.at)} or before")])
    return at or doing.at
