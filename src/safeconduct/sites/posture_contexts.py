"""What pages show of the alert states of sites."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from safeconduct.release import Projection
from safeconduct.sites import queries
from safeconduct.sites.posture import STATES, UNKNOWN, UNSET, postures
from safeconduct.sites.posture_acts import set_posture
from safeconduct.terms.decision import Decision
from safeconduct.terms.party import ANYWHERE, Principal

MOST_NAMED = 12
"""Sites named on the picture; of more, the graver ones are named and the others counted."""

_GRAVEST_FIRST = (*reversed(STATES), UNKNOWN)


@dataclass(frozen=True)
class Stand:
    """The state of one site, `row` telling since when and by whom; None where nobody said."""

    site: str
    state: str
    row: Projection | None


@dataclass(frozen=True)
class Board:
    """The node's own state and those of its sites, the gravest first. `counted` are sites that are not named."""

    node: Stand
    sites: Sequence[Stand]
    counted: Sequence[tuple[str, int]]


@dataclass(frozen=True)
class PosturePart:
    """The state of one site, or of all with an empty `site`, and whether this reader may set it."""

    stand: Stand
    setting: Decision
    choices: Sequence[str]


def board(principal: Principal) -> Board:
    """What the picture tells: every site of which this reader sees a place or the state."""
    found = {row["site"]: row for row in postures(principal) if "site" in row}
    sites = sorted({*queries.sites(principal), *found} - {ANYWHERE})
    stands = [_stand(site, found) for site in sites]
    stands.sort(key=lambda one: _GRAVEST_FIRST.index(one.state))
    named = stands
    if len(stands) > MOST_NAMED:
        named = [one for one in stands if one.state not in (STATES[0], UNKNOWN)][:MOST_NAMED]
    left = Counter(one.state for one in stands) - Counter(one.state for one in named)
    return Board(_stand(ANYWHERE, found), named, [(state, left[state]) for state in _GRAVEST_FIRST if left[state]])


def part(principal: Principal, site: str) -> PosturePart:
    """The state of a site as its page shows it."""
    found = {row["site"]: row for row in postures(principal) if "site" in row}
    setting = set_posture.decision(principal, set_posture.marking_for_new(principal, site))
    return PosturePart(_stand(site, found), setting, (*STATES, UNSET))


def _stand(site: str, found: dict[str, Projection]) -> Stand:
    row = found.get(site) or found.get(ANYWHERE)
    return Stand(site, str(row.get("state", UNKNOWN)) if row else UNKNOWN, row)
