"""The act that sets the alert state of a site, or of all that have none of their own."""

from __future__ import annotations

from collections.abc import Sequence

from safeconduct.acts import Doing, act
from safeconduct.sites.models import Place, Posture
from safeconduct.sites.posture import STATES, UNSET
from safeconduct.store.labels import intern
from safeconduct.terms.errors import BadInput, Fault, length_faults, shown
from safeconduct.terms.party import ANYWHERE

MOST_REASON = 1000


@act("posture.set", creates=Posture)
def set_posture(doing: Doing, *, site: str, state: str, reason: str) -> list[Posture]:
    """Declare the alert state of a site, or with an empty `site` of all that have none of their own.

    `state` is one of STATES, or UNSET to take it back. Raises BadInput.
    """
    _check(site, state, reason)
    known = {row.site: row for row in Posture.objects.select_for_update()}
    if state == UNSET and (site not in known or known[site].follows):
        raise BadInput("posture", [Fault("state", shown(state), "one of " + ", ".join(STATES))])
    if site == ANYWHERE:
        return _set_for_all(doing, state, reason, known)
    if state == UNSET:
        return _follow(doing, known.get(ANYWHERE), [site], known)
    return [_set(doing, known.get(site), site, state, reason)]


def _set_for_all(doing: Doing, state: str, reason: str, known: dict[str, Posture]) -> list[Posture]:
    places = Place.objects.values_list("site", flat=True).distinct()
    sites = [one for one in sorted({*places, *known} - {ANYWHERE}) if one not in known or known[one].follows]
    if state == UNSET:
        return _follow(doing, None, [ANYWHERE, *sites], known)
    row = _set(doing, known.get(ANYWHERE), ANYWHERE, state, reason)
    return [row, *_follow(doing, row, sites, known)]


def _follow(doing: Doing, node: Posture | None, sites: Sequence[str], known: dict[str, Posture]) -> list[Posture]:
    """Let `sites` say what the node's says; where it says nothing, they say nothing either."""
    if node is not None:
        return [_set(doing, known.get(site), site, node.state, node.reason, follows=True) for site in sites]
    gone = [known[site] for site in sites if site in known]
    Posture.objects.filter(pk__in=[row.pk for row in gone]).delete()
    return gone


def _set(doing: Doing, row: Posture | None, site: str, state: str, reason: str, *, follows: bool = False) -> Posture:
    row = row or Posture(site=site, label_id=intern(doing.accord.marking("posture", doing.principal.party, site)))
    row.state, row.since, row.follows = state, doing.at, follows
    row.reason, row.by = reason.strip(), doing.principal.name
    row.save()
    return row


def _check(site: str, state: str, reason: str) -> None:
    faults: list[Fault] = []
    if len(site) > 256:
        faults.append(Fault("site", f"{len(site)} characters", "at most 256"))
    if state not in (*STATES, UNSET):
        faults.append(Fault("state", shown(state), "one of " + ", ".join((*STATES, UNSET))))
    faults += length_faults("reason", reason, MOST_REASON)
    if faults:
        raise BadInput("posture", faults)
