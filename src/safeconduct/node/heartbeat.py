"""Heartbeats: a process touches its file each second, and whoever asks reads how old the last touch is."""

from __future__ import annotations

import time
from pathlib import Path

_last: dict[Path, float] = {}


def beat(path: Path, every_s: float = 1.0) -> None:
    """Touch `path`, at most once in `every_s`."""
    at = time.monotonic()
    if at - _last.get(path, -every_s) >= every_s:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
        _last[path] = at


def age_s(path: Path) -> float | None:
    """Seconds since the last beat by the real clock, or None for a process that never started."""
    try:
        return max(0.0, time.time() - path.stat().st_mtime)
    except OSError:
        return None
