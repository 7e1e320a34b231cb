"""Acts on proposed cordons: anyone whom the accord lets proposes, the host's commander orders or declines."""

from __future__ import annotations

from datetime import datetime

from safeconduct.acts import Doing, act
from safeconduct.sites.standoff import CARD, ROWS
from safeconduct.strategy.acts import order_measure
from safeconduct.strategy.models import DECLINED, ORDERED, PROPOSED, Cordon
from safeconduct.terms.errors import BadInput, Fault, length_faults, require_state, shown

MOST_REASON = 1000


@act("cordon.propose", creates=Cordon)
def propose(doing: Doing, *, site: str, lon: float, lat: float, container: str, reason: str) -> Cordon:
    """Propose a cordon around a point, by the card's row for `container`. It orders nobody."""
    faults: list[Fault] = []
    if not (-180 <= lon <= 180 and -85 <= lat <= 85):
        faults.append(Fault("lon, lat", shown(str((lon, lat))), "a point between 85° S and 85° N"))
    if container not in ROWS:
        faults.append(Fault("container", shown(container), "one of " + ", ".join(ROWS)))
    faults += length_faults("reason", reason, MOST_REASON)
    if not 0 < len(site) <= 256:
        faults.append(Fault("site", shown(site), "a site's id"))
    if faults:
        raise BadInput("cordon", faults)
    row = ROWS[container]
    return Cordon.objects.create(
        label_id=doing.label_id,
        site=site,
        lon=lon,
        lat=lat,
        container=container,
        card=CARD,
        rings={"mandatory_m": row.mandatory_m, "preferred_m": row.preferred_m},
        reason=reason.strip(),
        state=PROPOSED,
        proposed_at=doing.at,
        by=doing.principal.name,
    )


@act("cordon.order", on=Cordon)
def order(doing: Doing, cordon: Cordon, *, unit: str, text: str, until: datetime | None = None) -> None:
    """Order a host unit to carry it out: this becomes a measure, by the act that orders any."""
    require_state("cordon", cordon.state, PROPOSED)
    measure = order_measure(doing.principal, site=cordon.site, kind="cordon", text=text, unit=unit, until=until)
    cordon.state, cordon.decided_at, cordon.decision, cordon.measure = ORDERED, doing.at, unit.strip(), measure.pk


@act("cordon.decline", on=Cordon)
def decline(doing: Doing, cordon: Cordon, *, reason: str) -> None:
    """Decline it, and say why."""
    require_state("cordon", cordon.state, PROPOSED)
    if faults := length_faults("reason", reason, MOST_REASON):
        raise BadInput("cordon", faults)
    cordon.state, cordon.decided_at, cordon.decision = DECLINED, doing.at, reason.strip()
