"""Answer for many people of one call at once, of one site or several, in one transaction."""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Sequence

from safeconduct.acts import together
from safeconduct.people.headcounts import queries
from safeconduct.people.headcounts.acts import answer_for
from safeconduct.terms.errors import BadInput, Fault, NotFound, shown
from safeconduct.terms.party import Principal


def answer_many(principal: Principal, headcount: uuid.UUID | str, refs: Sequence[str], says: str, way: str) -> int:
    """Answer `says` for `refs`; how many answers there are. Raises NotFound for one that is not theirs to give."""
    call = queries.headcount(principal, headcount)["call"]
    wanted: list[uuid.UUID] = []
    for one in refs:
        try:
            wanted.append(uuid.UUID(one))
        except ValueError:
            raise BadInput("answer", [Fault("answers", shown(one), "ids of answers")]) from None
    if not wanted:
        raise BadInput("answer", [Fault("answers", "none", "at least one person")])
    with together():
        by_site: dict[str, list[uuid.UUID]] = defaultdict(list)
        for row in queries.answers_by_id(principal, call, wanted):
            by_site[row.marking.area].append(row.id)
        found = {ref for refs in by_site.values() for ref in refs}
        if missing := [ref for ref in wanted if ref not in found]:
            raise NotFound("headcount_answer", str(missing[0]))
        for site, its in sorted(by_site.items()):
            answer_for(principal, its, site=site, says=says, way=way)
    return len(found)
