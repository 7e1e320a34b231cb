"""The alert state of sites: set by the host's commander with a reason, shown as colour, shape and word.

Source: ISO 22324:2022 for the colours. What nobody set is unknown, and grey: never green.
"""

from __future__ import annotations

from collections.abc import Iterable

from safeconduct import node, release
from safeconduct.release import Projection
from safeconduct.sites.models import Posture
from safeconduct.terms.party import ANYWHERE, Principal

NORMAL, HEIGHTENED, SUBSTANTIAL, CRITICAL = "normal", "heightened", "substantial", "critical"

STATES = (NORMAL, HEIGHTENED, SUBSTANTIAL, CRITICAL)
"""Least first: green, yellow, orange and red."""

UNKNOWN = "unknown"
"""What the state of a site is while nobody said."""

UNSET = "unset"
"""What is asked to take a state back: a site then follows the node's, and the node's is unknown."""


def posture_of(site: str) -> str:
    """One of STATES, or UNKNOWN: the site's own state, else the node's. Within an act or a release."""
    return postures_of([site])[site]


def postures_of(sites: Iterable[str]) -> dict[str, str]:
    """The same for many sites by one question."""
    wanted = list(dict.fromkeys(sites))
    found = dict(Posture.objects.filter(site__in=[*wanted, ANYWHERE]).values_list("site", "state"))
    return {site: found.get(site, found.get(ANYWHERE, UNKNOWN)) for site in wanted}


def postures(principal: Principal) -> list[Projection]:
    """The states that this reader may know of, the node's own first."""
    return release.listing(Posture, principal, lambda rows: rows.order_by("site"))


def shown_states(principal: Principal, sites: Iterable[str]) -> dict[str, str]:
    """The state of each of `sites` as this reader may have it, else the node's; UNKNOWN where they are told of none."""
    found = {row["site"]: row["state"] for row in postures(principal) if "site" in row and "state" in row}
    return {site: found.get(site, found.get(ANYWHERE, UNKNOWN)) for site in sites}


def sites_in_red(sites: Iterable[str]) -> set[str]:
    """Those of `sites` that are in the highest alert state: for the node, which keeps some things longer there."""
    states = shown_states(node.current().system("node.clock"), sites)
    return {site for site, state in states.items() if state == CRITICAL}
