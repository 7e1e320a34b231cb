"""95 % intervals: Wilson's for a share, the exact one for a count of rare events.

Source: Wilson 1927, J. Am. Stat. Assoc. 22; Garwood 1936, Biometrika 28.
"""

from __future__ import annotations

import math
from collections.abc import Callable

Z = 1.959964
TAIL = 0.025


def wilson(hits: int, of: int) -> tuple[float, float]:
    """Of a share `hits`/`of`; (0, 1) of nothing."""
    if not of:
        return 0.0, 1.0
    share, z_sq = hits / of, Z * Z
    middle = share + z_sq / (2 * of)
    spread = Z * math.sqrt(share * (1 - share) / of + z_sq / (4 * of * of))
    return (middle - spread) / (1 + z_sq / of), (middle + spread) / (1 + z_sq / of)


def poisson(count: int) -> tuple[float, float]:
    """Of the mean of a count."""
    low = crossing(lambda mean: 1 - at_most(count - 1, mean) - TAIL, count + 1.0) if count else 0.0
    return low, crossing(lambda mean: TAIL - at_most(count, mean), 2.0 * count + 20)


def at_most(count: int, mean: float) -> float:
    """The chance of no more than `count` where `mean` are to be expected."""
    if mean <= 0:
        return 1.0 if count >= 0 else 0.0
    return sum(math.exp(number * math.log(mean) - mean - math.lgamma(number + 1)) for number in range(count + 1))


def crossing(rising: Callable[[float], float], high: float) -> float:
    """Where a rising function is 0, between 0 and `high`."""
    low = 0.0
    for _ in range(80):
        middle = (low + high) / 2
        low, high = (middle, high) if rising(middle) < 0 else (low, middle)
    return (low + high) / 2
