"""How far the controls of a site are met, by weight: what is unknown counts as not met, and is told beside it.

weight of a control   the place of its risk on the accord's scale: the lowest level is 1, the next 2, …
met                   a control that is met counts whole, one that is met in part counts half
what does not apply   counts neither above nor below the line
a waiver              changes nothing here: the gap is there, and someone answers for it
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from safeconduct.accord.schedule import RiskMatrix
from safeconduct.sites.controls import Standing, is_waived, risk_of, standing


@dataclass(frozen=True)
class Judged:
    """One control as it stands: its risk, that risk's weight, and whether a waiver stands."""

    control: Any
    standing: Standing
    risk: str
    weight: int
    is_waived: bool

    @property
    def is_gap(self) -> bool:
        return self.standing in (Standing.UNMET, Standing.PARTIAL, Standing.UNKNOWN)


@dataclass(frozen=True)
class Score:
    """Weights by how their controls stand, and how many controls each is of."""

    weights: Mapping[Standing, int]
    counts: Mapping[Standing, int]
    waived: int

    @property
    def whole(self) -> int:
        """The weight of all controls that apply."""
        return sum(weight for stands, weight in self.weights.items() if stands is not Standing.OUT)

    @property
    def met_percent(self) -> int | None:
        """Cut, not rounded; None where no control applies: then nothing is known."""
        return self._percent(0)

    @property
    def at_best_percent(self) -> int | None:
        """What it were if all that is unknown were met."""
        return self._percent(self.weights.get(Standing.UNKNOWN, 0))

    def _percent(self, unknown: int) -> int | None:
        whole = self.whole
        halves = 2 * (self.weights.get(Standing.MET, 0) + unknown) + self.weights.get(Standing.PARTIAL, 0)
        return 50 * halves // whole if whole else None


def judge(control: Mapping[str, Any], now: datetime, matrix: RiskMatrix, weights: Mapping[str, int]) -> Judged:
    """`weights` are of `weights_of(matrix)`."""
    risk = risk_of(matrix, control)
    return Judged(control, standing(control, now), risk, weights[risk], is_waived(control, now))


def weights_of(matrix: RiskMatrix) -> dict[str, int]:
    """Level to weight."""
    return {level: number for number, level in enumerate(matrix.levels, start=1)}


def score(judged: Iterable[Judged]) -> Score:
    weights, counts, waived = Counter[Standing](), Counter[Standing](), 0
    for one in judged:
        weights[one.standing] += one.weight
        counts[one.standing] += 1
        waived += one.is_waived and one.is_gap
    return Score(weights, counts, waived)


_ORDER = (Standing.UNMET, Standing.UNKNOWN, Standing.PARTIAL)


def gaps(judged: Iterable[Judged]) -> Sequence[Judged]:
    """What is not met or not known, the gravest risk first."""
    found = [one for one in judged if one.is_gap]
    found.sort(key=lambda one: (-one.weight, _ORDER.index(one.standing), one.control["site"], one.control["code"]))
    return found
