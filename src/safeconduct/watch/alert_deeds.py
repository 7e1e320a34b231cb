"""Acts on several alerts at once: each is an act of its own on the record, and all happen in one transaction."""

from __future__ import annotations

import uuid
from collections.abc import Sequence

from safeconduct.acts import together
from safeconduct.terms.errors import BadInput, Fault
from safeconduct.terms.party import Principal
from safeconduct.watch.acts import acknowledge

MOST = 250


def acknowledge_each(principal: Principal, refs: Sequence[uuid.UUID | str]) -> int:
    """Acknowledge every alert of `refs` that nobody has yet; how many that were.

    Raises Refused, NotFound or BadInput, and then none of them is acknowledged.
    """
    if not 0 < len(refs) <= MOST:
        raise BadInput("alerts", [Fault("alert", f"{len(refs)} ids", f"1 to {MOST}")])
    done = 0
    with together():
        # In one order, so that of two who do it at once one waits for the other.
        for ref in sorted({str(ref).lower() for ref in refs}):
            try:
                acknowledge(principal, ref)
                done += 1
            except BadInput:
                continue  # somebody was faster: that one is dealt with
    return done
