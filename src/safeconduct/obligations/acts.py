"""Acts on obligations. The node keeps the book; the creditor alone waives what it is owed."""

from __future__ import annotations

import uuid
from datetime import datetime, timedelta
from typing import Any, cast

from safeconduct.accord.obligations import DOER, OTHER
from safeconduct.accord.obligations import Obligation as Terms
from safeconduct.acts import Doing, act
from safeconduct.obligations.models import (
    BREACHED,
    CURED,
    ENDED,
    OPEN,
    SATISFIED,
    UNSETTLED,
    WAIVED,
    Obligation,
)
from safeconduct.store.labels import marking_of, relabelled
from safeconduct.store.models import model_of
from safeconduct.terms.errors import BadInput, Fault, length_faults, require_state, shown
from safeconduct.terms.instant import iso

MOST_TABLED = 200


@act("obligation.arise", creates=Obligation)
def arise(
    doing: Doing,
    *,
    site: str,
    code: str,
    of_class: str,
    of: uuid.UUID,
    matched: str,
    doer: str,
    claimed_at: datetime | None = None,
) -> Obligation:
    """Enter that an act on `of` has made one party owe another what the accord says at `code`.

    It is released no further than the thing itself.
    """
    terms = _terms(doing, code)
    label_id: int = cast(Any, model_of(of_class)).objects.values_list("label_id", flat=True).get(pk=of)
    debtor, creditor = _between(doing, terms, doer, marking_of(label_id).originator)
    return Obligation.objects.create(
        label_id=relabelled(label_id, Obligation.info_class),
        code=code,
        article=terms.article,
        trigger=terms.trigger,
        debtor=debtor,
        creditor=creditor,
        of_class=of_class,
        of=of,
        site=site,
        matched=matched,
        arose_at=doing.at,
        claimed_at=claimed_at,
        due_at=doing.at + terms.within,
        remind_s=[one.total_seconds() for one in terms.remind],
    )


def _terms(doing: Doing, code: str) -> Terms:
    for one in doing.accord.obligations:
        if one.id == code:
            return one
    raise BadInput("obligation", [Fault("code", shown(code), "an obligation of the accord in force")])


def _between(doing: Doing, terms: Terms, doer: str, originator: str) -> tuple[str, str]:
    """Debtor and creditor. Where a part of the node did the act, the thing's originator stands for it."""
    parties = doing.accord.parties
    did = doer if doer in parties else originator
    debtor = did if terms.debtor == DOER else terms.debtor
    others = [one for one in parties if one != debtor]
    return debtor, others[0] if terms.creditor == OTHER else terms.creditor


@act("obligation.remind", on=Obligation)
def remind(doing: Doing, obligation: Obligation) -> None:
    """Call to mind what is owed and not yet done."""
    require_state(_named(obligation), obligation.state, OPEN)
    if obligation.reminded >= len(obligation.remind_s):
        wanted = f"less than {len(obligation.remind_s)}"
        raise BadInput(_named(obligation), [Fault("reminded", str(obligation.reminded), wanted)])
    obligation.reminded += 1


@act("obligation.breach", on=Obligation)
def breach(doing: Doing, obligation: Obligation) -> None:
    """Enter that the deadline has passed: a fact, not a penalty. What is owed stays owed."""
    require_state(_named(obligation), obligation.state, OPEN)
    obligation.state, obligation.noted_at = BREACHED, doing.at


@act("obligation.settle", on=Obligation)
def settle(doing: Doing, obligation: Obligation, *, by: str, ended: bool = False) -> None:
    """Enter that the act `by` did what was owed, or `ended` it; done after a missed deadline, it makes good, late."""
    require_state(_named(obligation), obligation.state, *UNSETTLED)
    if ended:
        obligation.state = ENDED
    elif obligation.state == BREACHED:
        obligation.late_s = max(0, round((doing.at - obligation.due_at) / timedelta(seconds=1)))
        obligation.state = CURED
    else:
        obligation.state = SATISFIED
    obligation.settled_at, obligation.settled_by = doing.at, by


@act("obligation.waive", on=Obligation)
def waive(doing: Doing, obligation: Obligation, *, reason: str) -> None:
    """Do without what one's own party is owed. A deadline that was missed before stays on the record."""
    faults = length_faults("reason", reason)
    if doing.principal.party != obligation.creditor:
        faults.append(Fault("party", doing.principal.party, f"{obligation.creditor}, to whom it is owed"))
    if faults:
        raise BadInput(_named(obligation), faults)
    require_state(_named(obligation), obligation.state, *UNSETTLED)
    obligation.state, obligation.settled_at, obligation.settled_by = WAIVED, doing.at, doing.act
    obligation.reason = reason.strip()


@act("obligation.table", on=Obligation)
def table(doing: Doing, obligation: Obligation, *, meeting: str) -> None:
    """Put a missed deadline before a meeting of a joint body."""
    faults = length_faults("meeting", meeting, MOST_TABLED)
    if obligation.noted_at is None:
        faults.append(Fault("noted_at", "nothing", "a deadline that was missed"))
    if obligation.tabled:
        faults.append(Fault("tabled", shown(obligation.tabled), "what no meeting has before it"))
    if faults:
        raise BadInput(_named(obligation), faults)
    obligation.tabled = meeting.strip()


def _named(obligation: Obligation) -> str:
    return f"obligation {obligation.code} of {iso(obligation.arose_at)}"
