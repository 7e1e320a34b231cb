"""What the clock does for whereabouts: let them fade, and count anew how many people each site has."""

from __future__ import annotations

import time

from safeconduct import node
from safeconduct.people.whereabouts.acts import RedAmong, count_strength, fade

FADED_EVERY_S = 60.0
COUNTED_EVERY_S = 300.0


class Upkeep:
    """Does each when it is time. A count costs two queries over the list, so that it waits five minutes."""

    def __init__(self) -> None:
        self._fade_at_s = self._count_at_s = 0.0

    def keep_up(self, red_among: RedAmong) -> None:
        """`red_among` tells which of some sites are in their highest alert state."""
        now, clock = time.monotonic(), node.current().system("node.clock")
        if now >= self._fade_at_s:
            self._fade_at_s = now + FADED_EVERY_S
            fade(clock, red_among)
        if now >= self._count_at_s:
            self._count_at_s = now + COUNTED_EVERY_S
            count_strength(clock)
