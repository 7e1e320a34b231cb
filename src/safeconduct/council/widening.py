"""Which items may be released wider, one by one, and why the others may not."""

from __future__ import annotations

from safeconduct.accord.vocabulary import CLASSES, OPEN_CLASSES, PERSONAL
from safeconduct.incidents.models import TIMELINE, Incident
from safeconduct.movements.models import CouncilRule, Movement, Sweep
from safeconduct.people.models import Headcount, Strength
from safeconduct.sites.models import Place, Post, Posture, Sensor
from safeconduct.sites.standard_models import Control, Finding, Inspection, Photo, Standard
from safeconduct.store.models import Marked
from safeconduct.strategy.models import Cordon, Measure
from safeconduct.terms.errors import BadInput, Fault, shown
from safeconduct.watch.models import Alert, Evidence, Expected, Position, Question, Shelf

WIDENED: tuple[type[Marked], ...] = (
    Alert,
    Place,
    Post,
    Sensor,
    Position,
    Movement,
    Sweep,
    Measure,
    Cordon,
    Posture,
    Standard,
    Control,
    Inspection,
    Finding,
    Photo,
    Shelf,
    Expected,
    Question,
    Evidence,
    CouncilRule,
    Strength,
    Headcount,
    Incident,
    *TIMELINE,
)
"""What an originator may show to another party too. Of a movement this is its outline: its legs have their own rule."""


def require_widened(kind: str) -> None:
    """Raises BadInput, with why, for a class whose items are released by the accord's schedule alone."""
    known = sorted(model.info_class for model in WIDENED)
    if kind not in known:
        raise BadInput("release", [Fault("kind", f"{shown(kind)}: {_why_not(kind)}", f"one of {', '.join(known)}")])


def _why_not(kind: str) -> str:
    if kind in PERSONAL:
        return "it tells of a person or a way to them, which no one item's release may show to another party"
    if kind in OPEN_CLASSES:
        return "it tells how the accord is kept, which the accord alone gives to whom"
    if kind in CLASSES:
        return "the accord alone says who gets it, and when"
    return "no information class"
