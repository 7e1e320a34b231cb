"""Begin a headcount of one site, of several or of all: one act for each site, in one transaction, under one call."""

from __future__ import annotations

import uuid
from collections.abc import Sequence

from safeconduct import node
from safeconduct.acts import together
from safeconduct.people.headcounts import tally
from safeconduct.people.headcounts.acts import close, confirm, propose, start
from safeconduct.people.headcounts.audience import sites_of
from safeconduct.people.headcounts.queries import headcounts_of
from safeconduct.people.models import Headcount
from safeconduct.terms.errors import BadInput, Fault, NotFound
from safeconduct.terms.ids import new_id
from safeconduct.terms.party import Principal


def begin(
    principal: Principal,
    *,
    sites: Sequence[str] | None = None,
    zones: Sequence[str] = (),
    visitors: bool = True,
    kind: str = tally.LIVE,
    reason: str = "",
    incident: uuid.UUID | None = None,
) -> uuid.UUID:
    """Start one at each of `sites`, or at every site of the party, and answer the call that they share.

    Everyone everywhere waits for the go of a second person. Raises Refused, or BadInput where nobody is to be asked.
    """
    call = new_id()
    with together():
        everywhere = sites_of(principal.party)
        chosen = sorted(everywhere if sites is None else set(sites))
        if not chosen:
            raise BadInput("headcount", [Fault("sites", "none", "a site with people on the list")])
        if zones and len(chosen) > 1:
            raise BadInput("headcount", [Fault("zones", "zones of several sites", "zones of one site")])
        waits = len(everywhere) > 1 and everywhere <= set(chosen) and not zones
        for site in chosen:
            start(
                principal,
                site=site,
                call=call,
                kind=kind,
                reason=reason,
                zones=list(zones),
                visitors=visitors,
                incident=incident,
                waits=waits,
            )
    return call


def propose_on(incident: uuid.UUID, *, site: str, party: str, reason: str = "") -> Headcount:
    """For a listener, on an incident: the node proposes a headcount, which a person of the party then confirms."""
    return propose(node.current().system("node.clock"), site=site, party=party, reason=reason, incident=incident)


def confirm_call(principal: Principal, call: uuid.UUID) -> None:
    """The second person's go for every site of a call that waits and that this person may read. Raises NotFound."""
    with together():
        for ref in _refs(principal, call, (tally.PROPOSED,)):
            confirm(principal, ref)


def close_call(principal: Principal, call: uuid.UUID, *, reason: str = "", recall: bool = False) -> None:
    """Close it at every site that is not closed yet and that this person may read. Raises NotFound."""
    with together():
        for ref in _refs(principal, call, (tally.PROPOSED, tally.OPEN)):
            close(principal, ref, reason=reason, recall=recall)


def _refs(principal: Principal, call: uuid.UUID, states: Sequence[str]) -> list[uuid.UUID]:
    found = headcounts_of(principal, call)
    refs = [one.id for one in found if one["state"] in states]
    if not found:
        raise NotFound("headcount", str(call))
    if not refs:
        raise BadInput("headcount", [Fault("state", found[0]["state"], "one that is " + " or ".join(states))])
    return refs
