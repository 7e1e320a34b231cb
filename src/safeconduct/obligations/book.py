"""What an act leads to by the accord's obligations, in the same transaction: nothing is owed, or done, unnoticed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from safeconduct import node
from safeconduct.accord.obligations import DoneBy
from safeconduct.accord.obligations import Obligation as Terms
from safeconduct.accord.schedule import NODE_PARTY
from safeconduct.acts import Doing
from safeconduct.obligations import acts
from safeconduct.obligations.models import OPEN, UNSETTLED, Obligation
from safeconduct.store.labels import marking_of, relabelled
from safeconduct.store.models import Marked
from safeconduct.terms.json import plain

CLAIMED = ("occurred_at", "claimed_at", "started")
"""Where a thing says when it happened, by its own account."""


def follow(doing: Doing, rows: Sequence[Marked], details: Mapping[str, Any]) -> None:
    """Settle what the act `doing` on `rows` did or ended, then enter what is owed from now on."""
    terms = [one for one in doing.accord.obligations if _concerns(one, doing.act)]
    if not terms:
        return
    for row in rows:
        values = plain({**details, **row.released_values()})
        for one in terms:
            if doing.act in one.satisfied_by or doing.act in one.ended_by:
                _settle(doing, one, row, values)
        for one in terms:
            if doing.act == one.trigger and all(str(values.get(name)) in given for name, given in one.only.items()):
                _arise(doing, one, row, values)


def _concerns(terms: Terms, act: str) -> bool:
    return act == terms.trigger or act in terms.satisfied_by or act in terms.ended_by


def _arise(doing: Doing, terms: Terms, row: Marked, values: Mapping[str, Any]) -> None:
    matched = _matched(terms, row, values)
    if not _is_known(doing, relabelled(row.label_id, Obligation.info_class)):
        return  # of what is kept from the clock, such as TLP:RED, nobody else can be owed anything
    if Obligation.objects.filter(code=terms.id, of=row.pk, matched=matched, state__in=UNSETTLED).exists():
        return  # an act that is done again to what it was done to already makes nothing owed twice
    acts.arise(
        node.current().system("node.clock"),
        site=marking_of(row.label_id).area,
        code=terms.id,
        of_class=row.info_class,
        of=row.pk,
        matched=matched,
        doer=_party(doing),
        claimed_at=_claimed(row),
    )


def _settle(doing: Doing, terms: Terms, row: Marked, values: Mapping[str, Any]) -> None:
    clock = node.current().system("node.clock")
    found = Obligation.objects.filter(code=terms.id, matched=_matched(terms, row, values), state__in=UNSETTLED)
    for owed in found.order_by("id"):
        ended = doing.act not in terms.satisfied_by
        if not _is_known(doing, owed.label_id) or not (ended or _is_done_by(terms, owed, _party(doing))):
            continue
        if owed.state == OPEN and doing.at > owed.due_at:
            acts.breach(clock, owed.pk)  # the clock process has not come to it: the deadline was missed all the same
        acts.settle(clock, owed.pk, by=doing.act, ended=ended)


def _is_known(doing: Doing, label_id: int) -> bool:
    """Whether the clock may know of what is so labelled: it enters and settles nothing else."""
    return doing.accord.may_read(node.current().system("node.clock"), marking_of(label_id)).allowed


def _is_done_by(terms: Terms, owed: Obligation, party: str) -> bool:
    if terms.done_by is DoneBy.CREDITOR:
        return party == owed.creditor
    return terms.done_by is DoneBy.ANY or party in (owed.debtor, NODE_PARTY)


def _party(doing: Doing) -> str:
    """The party of whoever did it; `node` for a part of the node, which stands for neither."""
    roles = doing.accord.roles
    is_node = any(roles[grant.role].party == NODE_PARTY for grant in doing.principal.grants if grant.role in roles)
    return NODE_PARTY if is_node else doing.principal.party


def _matched(terms: Terms, row: Marked, values: Mapping[str, Any]) -> str:
    """What acts must have in common, as text: `alert=0192…` or `site=airport|route=north`."""
    return "|".join(_parts(terms.match or (row.info_class,), row, values))[:600]


def _parts(names: Sequence[str], row: Marked, values: Mapping[str, Any]) -> Iterator[str]:
    for name in names:
        yield f"{name}={row.pk if name == row.info_class else values.get(name)}"


def _claimed(row: Marked) -> datetime | None:
    released = row.released_values()
    return next((released[name] for name in CLAIMED if isinstance(released.get(name), datetime)), None)
