"""What a feed may hand in: rows of its own sensors, within its rate."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib import import_module
from typing import Any

import pyarrow as pa

from safeconduct.terms.errors import Fault, shown
from safeconduct.watch.rows import MAX_FAULTS, Checked

pc: Any = import_module("pyarrow.compute")  # most of its functions are made at run time, unknown to type checkers


@dataclass(frozen=True)
class Admitted:
    """An open feed. `sensors` are the only ones that it may report for; empty for any, within its `namespace`."""

    name: str
    sensors: frozenset[str] = frozenset()
    kind: str = "http"
    settings: Mapping[str, Any] = field(default_factory=dict[str, Any])
    namespace: str = ""
    """How the ids of its sensors begin."""

    def of_its_sensors(self, checked: Checked) -> Checked:
        """`checked` without rows of others' sensors, which are counted as refused, as `other_sensor`."""
        if not (self.sensors or self.namespace) or not checked.table.num_rows:
            return checked
        own = pc.starts_with(checked.table["sensor"], self.namespace)
        if self.sensors:
            own = pc.and_(own, pc.is_in(checked.table["sensor"], pa.array(sorted(self.sensors), pa.string())))
        kept = checked.table.filter(own)
        others = checked.table.num_rows - kept.num_rows
        if not others:
            return checked
        faults = checked.faults
        if len(faults) < MAX_FAULTS:
            one = shown(checked.table.filter(pc.invert(own))["sensor"][0].as_py())
            wanted = "one of " + ", ".join(sorted(self.sensors)[:5]) if self.sensors else f"{self.namespace}…"
            faults = [*faults, Fault("sensor", one, wanted)]
        return Checked(kept, checked.refused + Counter({"other_sensor": others}), faults)


@dataclass
class Allowance:
    """How many rows a feed may still hand in: `rows_per_s`, over `burst_s`. A batch may go over it once begun."""

    rows_per_s: float
    burst_s: float
    room: float = 0.0
    filled: float = 0.0

    def wait_s(self) -> float:
        """0 while the feed is within its rate, else the seconds until it is again."""
        at = time.monotonic()
        most = self.rows_per_s * self.burst_s
        self.room = min(most, self.room + (at - self.filled) * self.rows_per_s) if self.filled else most
        self.filled = at
        return 0.0 if self.room > 0 else -self.room / self.rows_per_s
