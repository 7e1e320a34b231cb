"""Acts on measures. No role of a partner orders one, whatever the accord says: such an accord does not load."""

from __future__ import annotations

from datetime import datetime

from safeconduct.acts import Doing, act
from safeconduct.strategy.models import KINDS, LIFTED, ORDERED, REQUESTED, Measure
from safeconduct.terms.errors import BadInput, Fault, require_state, shown
from safeconduct.terms.instant import iso


@act("measure.request", creates=Measure)
def request_measure(doing: Doing, *, site: str, kind: str, text: str) -> Measure:
    """Ask the host for a measure. It is a request, and orders nobody."""
    _check(kind, text)
    return Measure.objects.create(
        label_id=doing.label_id, site=site, kind=kind, text=text, request=text, state=REQUESTED
    )


@act("measure.order", creates=Measure)
def order_measure(
    doing: Doing, *, site: str, kind: str, text: str, unit: str, until: datetime | None = None
) -> Measure:
    """Order a host unit to carry out a measure."""
    _check(kind, text)
    if not unit.strip():
        raise BadInput("measure", [Fault("unit", "nothing", "the unit that carries it out")])
    if until is not None and until <= doing.at:
        raise BadInput("measure", [Fault("until", iso(until), f"a time after {iso(doing.at)}")])
    return Measure.objects.create(
        label_id=doing.label_id,
        site=site,
        kind=kind,
        text=text,
        unit=unit,
        until=until,
        state=ORDERED,
        ordered_at=doing.at,
    )


@act("measure.lift", on=Measure)
def lift_measure(doing: Doing, measure: Measure) -> None:
    """End a measure that stands."""
    require_state("measure", measure.state, ORDERED)
    measure.state, measure.until = LIFTED, doing.at


def _check(kind: str, text: str) -> None:
    faults: list[Fault] = []
    if kind not in KINDS:
        faults.append(Fault("kind", shown(kind), "one of " + ", ".join(KINDS)))
    if not 0 < len(text.strip()) <= 2000:
        faults.append(Fault("text", f"{len(text.strip())} characters", "1 to 2,000"))
    if faults:
        raise BadInput("measure", faults)
