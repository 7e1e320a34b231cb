"""Made-up deeds to enter."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from safeconduct.record.entry import Deed

START = datetime(2026, 11, 24, 6, 0, tzinfo=UTC)


def deed(number: int, act: str = "movement.hold", **payload: Any) -> Deed:
    """The deed of a made-up convoy, `number` times seven seconds into the morning."""
    details = payload or {"reason": "a car waits at the outer ring — 车辆", "number": number}
    return Deed(START + timedelta(seconds=7 * number), "qarand", act, "4.2", "movement", details)
