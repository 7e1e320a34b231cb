"""All that the live watch was told, frame by frame: the engine, and what stands beside it.

Observations, places, expected presences, sweeps, movements, closed presences and the passing of time all come as frames
of the segment, in one order. The same frames always lead to the same state and the same changes, before a crash and
after.
"""

from __future__ import annotations

from base64 import b64decode, b64encode
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import orjson
import pyarrow as pa
import structlog

from safeconduct.sites.geojson import parse_places
from safeconduct.sites.places import Places
from safeconduct.watch import rows
from safeconduct.watch.alerts import AlertChange
from safeconduct.watch.baseline_file import decoded
from safeconduct.watch.columns import TextHashes, decode_table
from safeconduct.watch.context import journey_of, sweep_of
from safeconduct.watch.engine import SENSORS_KEPT, Engine
from safeconduct.watch.expecting import presence_of
from safeconduct.watch.settings import Settings
from safeconduct.watch.snapshot import Snapshot

log = structlog.get_logger("safeconduct.watch.told")

MOST_LAG_MS = 300_000


@dataclass
class Told:
    """`open` are the alerts that have not ended; `sensors` names each sensor and when it was heard (node's ms)."""

    settings: Settings
    engine: Engine
    seq: int = 0
    event_id: int = 0
    collection: Mapping[str, Any] = field(default_factory=lambda: {"type": "FeatureCollection", "features": []})
    expected: dict[str, Mapping[str, Any]] = field(default_factory=dict[str, Mapping[str, Any]])
    open: set[str] = field(default_factory=set[str])
    sensors: dict[str, int] = field(default_factory=dict[str, int])
    feeds: dict[str, dict[str, Any]] = field(default_factory=dict[str, dict[str, Any]])
    """What came by each feed in all: `rows`, `refused` by reason, `heard_ms`, and how old its newest row was."""
    failed: int = 0
    """Frames that could not be dealt with. Their rows are in the archive, but were not watched."""
    lag_ms: float = 0.0
    """How far behind the node's clock rows have come of late."""
    places: Places = field(default_factory=Places)
    """`collection` as values."""
    baseline: bytes = b""
    """What is usual, as learnt (baseline_file.py); empty before anything was."""
    _hashes: TextHashes = field(default_factory=TextHashes, repr=False)

    @classmethod
    def nothing(cls, settings: Settings) -> Told:
        return cls(settings, Engine(Places(), settings))

    @classmethod
    def restored(cls, snapshot: Snapshot, settings: Settings) -> Told:
        """Raises BadInput, ValueError or KeyError for a snapshot of another version."""
        beside = snapshot.beside
        places = _places(beside["collection"])
        engine = Engine.restore(snapshot.engine, places, settings)
        return cls(
            settings,
            engine,
            snapshot.seq,
            int(beside["event_id"]),
            beside["collection"],
            dict(beside["expected"]),
            set(beside["open"]),
            dict(beside["sensors"]),
            dict(beside["feeds"]),
            int(beside["failed"]),
            float(beside["lag_ms"]),
            places,
        ).comparing(b64decode(beside["baseline"]))

    def late(self, table: pa.Table) -> int:
        """How many rows of a checked table come too late to be watched, as far as rows were taken by now."""
        return int(np.count_nonzero(~self.engine.hold.in_time(table["time"].cast(pa.int64()).to_numpy())))

    def calibrations(self) -> dict[str, Any]:
        """The `calibration` of each sensor that has one, by the sensor's id, as the places have it now."""
        features = [feature["properties"] for feature in self.collection["features"]]
        return {one["sensor"]: one["calibration"] for one in features if one.get("calibration") and one.get("sensor")}

    def comparing(self, baseline: bytes) -> Told:
        """The same, telling of alerts what `baseline` says is usual there."""
        self.engine.compare(decoded(baseline) if baseline else None)
        self.baseline = baseline
        return self

    def snapshot(self, batches: Sequence[Any]) -> Snapshot:
        beside = {
            "event_id": self.event_id,
            "collection": self.collection,
            "expected": self.expected,
            "open": sorted(self.open),
            "sensors": self.sensors,
            "feeds": self.feeds,
            "failed": self.failed,
            "lag_ms": self.lag_ms,
            "baseline": b64encode(self.baseline).decode("ascii"),
            "batches": batches,
        }
        return Snapshot(self.seq, beside, self.engine.snapshot())

    def take(
        self, seq: int, meta: Mapping[str, Any], payload: bytes, table: pa.Table | None = None
    ) -> list[AlertChange]:
        """Let one frame in; what it changed of alerts. `table` spares decoding the payload where it is at hand."""
        self.seq = seq
        self.event_id = max(self.event_id, int(meta.get("event_id", 0)))
        try:
            changes = self._changes(meta, payload, table)
        except Exception:  # whatever it was: one frame must not end the watch, now and at every restart
            log.exception("frame_failed", seq=seq, kind=meta["kind"])
            self.failed += 1
            return []
        for change in changes:
            self._note(change)
        return changes

    def _changes(self, meta: Mapping[str, Any], payload: bytes, table: pa.Table | None) -> list[AlertChange]:
        match meta["kind"]:
            case "observations":
                return self._observations(meta, rows.decoded(payload) if table is None else table)
            case "tick":
                self.lag_ms *= 0.98
                return self.engine.advance(int(meta["now_ms"]))
            case "places":
                found = orjson.loads(payload)
                places = _places(found)
                changes = self.engine.replace_places(places)
                self.collection, self.places = found, places
                return changes
            case "baseline":
                self.comparing(payload)
                return []
            case "expected":
                return self._expected({one["id"]: one for one in orjson.loads(payload)})
            case "sweeps":
                return self.engine.tell_sweeps([sweep_of(one) for one in orjson.loads(payload)])
            case "movements":
                return self.engine.tell_journeys([journey_of(one) for one in orjson.loads(payload)])
            case "close":
                return self.engine.close(meta["alert"], meta["reason"])
            case _:
                return []

    def _observations(self, meta: Mapping[str, Any], table: pa.Table) -> list[AlertChange]:
        batch = decode_table(table, self._hashes).batch
        received_ms = int(meta["received_ms"])
        # Before the engine takes them: a clock that lags must not look like a sensor that watches.
        in_time = self.engine.hold.in_time(batch.time_ms)
        for number in np.unique(batch.sensor[in_time]):
            name = batch.sensors[number]
            if name in self.sensors or len(self.sensors) < SENSORS_KEPT:
                self.sensors[name] = received_ms
        feed = self.feeds.setdefault(meta["feed"], {"rows": 0, "refused": {}, "heard_ms": 0})
        feed["behind_ms"] = received_ms - int(batch.time_ms.max())
        feed["rows"] += len(batch.time_ms)
        late = Counter({"late": int(np.count_nonzero(~in_time))})
        feed["refused"] = dict(Counter(feed["refused"]) + Counter(meta["refused"]) + late)
        feed["heard_ms"] = received_ms
        self.lag_ms = max(self.lag_ms, min(received_ms - int(batch.time_ms.min()), MOST_LAG_MS))
        return self.engine.feed(batch)

    def _expected(self, now: dict[str, Mapping[str, Any]]) -> list[AlertChange]:
        changes: list[AlertChange] = []
        for ref in [ref for ref, one in self.expected.items() if now.get(ref) != one]:
            changes += self.engine.withdraw(ref)
        for ref, one in now.items():
            if self.expected.get(ref) != one:
                changes += self.engine.expect(presence_of(one))
        self.expected = now
        return changes

    def _note(self, change: AlertChange) -> None:
        if change.alert.get("ended"):
            self.open.discard(change.alert["id"])
        else:
            self.open.add(change.alert["id"])


def _places(collection: Mapping[str, Any]) -> Places:
    return parse_places(collection, "places of this node") if collection["features"] else Places()
