"""Alerts as alarms that load an operator, as far as a reader is told: when each became one, and from where it came."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from safeconduct import node
from safeconduct.release import Projection
from safeconduct.terms import instant
from safeconduct.watch.load import Alarm, Source
from safeconduct.watch.rules import ALARMS


def operators() -> int:
    """How many share this node's queue, by its settings."""
    return max(1, node.current().settings["operators"])


def alarm_moment(alert: Projection) -> datetime:
    """When a notice became an alarm; for who is not told of its steps, when it was raised."""
    step = next((step for step in alert.get("steps") or () if step["severity"] in ALARMS), None)
    return instant.parse(step["at"]) if step else alert["raised"]


def alarms_of(alerts: Iterable[Projection]) -> list[Alarm]:
    """Those that are alarms, oldest first."""
    found = (
        Alarm(
            alarm_moment(one),
            Source(one.get("site", ""), one.get("ring", ""), one.get("kind", "")),
            one["severity"],
            one.get("acknowledged_at"),
            one.get("disposition", ""),
        )
        for one in alerts
        if one.get("severity") in ALARMS
    )
    return sorted(found, key=lambda alarm: alarm.at)
