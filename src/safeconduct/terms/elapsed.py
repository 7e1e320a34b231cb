"""How long something has lasted, whatever is done to the clock meanwhile."""

from __future__ import annotations

import time
from dataclasses import dataclass

from safeconduct.terms import instant


@dataclass
class Elapsed:
    """Seconds since a moment.

    The node's clock may be set back: then what has passed by the process's own count goes on. Set ahead, it is
    followed at once: what is done too early is the better mistake.
    """

    elapsed_s: float = 0.0

    def pass_time(self, since_s: float, counted_s: float) -> float:
        """Let `counted_s` seconds pass, at the end of which the clock shows `since_s` seconds after the moment."""
        self.elapsed_s = max(self.elapsed_s + max(0.0, counted_s), since_s)
        return self.elapsed_s


def counted_s() -> float:
    """Seconds of the node's time by this process's own count, which nothing sets back."""
    return time.monotonic() * instant.clock_speed()
