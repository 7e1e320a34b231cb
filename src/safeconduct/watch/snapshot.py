"""Snapshots of the live watch: what the engine knows after frame number `seq`, whole or not at all.

`snapshot-000000012345`: one line of JSON (`seq`, `sha256`, what stands beside the engine), then the engine's bytes.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson
import structlog

log = structlog.get_logger("safeconduct.watch.snapshot")

KEPT = 2


@dataclass(frozen=True)
class Snapshot:
    """`beside` is what the loop knows beside the engine, as JSON."""

    seq: int
    beside: Mapping[str, Any]
    engine: bytes


def save(directory: Path, snapshot: Snapshot) -> None:
    """Make it durable under its final name, then let go of all but the newest."""
    head = {"seq": snapshot.seq, "sha256": hashlib.sha256(snapshot.engine).hexdigest(), "beside": snapshot.beside}
    temporary = directory / "snapshot.part"
    with temporary.open("wb") as stream:
        stream.write(orjson.dumps(head) + b"\n" + snapshot.engine)
        stream.flush()
        os.fsync(stream.fileno())
    temporary.replace(directory / f"snapshot-{snapshot.seq:012d}")
    descriptor = os.open(directory, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
    for old in _files(directory)[KEPT:]:
        old.unlink(missing_ok=True)


def good_ones(directory: Path) -> Iterator[Snapshot]:
    """The snapshots that are whole, newest first."""
    for path in _files(directory):
        snapshot = _read(path)
        if snapshot is None:
            log.warning("snapshot_damaged", file=path.name)
        else:
            yield snapshot


def _files(directory: Path) -> list[Path]:
    return sorted(directory.glob("snapshot-*"), reverse=True)


def _read(path: Path) -> Snapshot | None:
    head, _, engine = path.read_bytes().partition(b"\n")
    try:
        told = orjson.loads(head)
        if hashlib.sha256(engine).hexdigest() != told["sha256"]:
            return None
        return Snapshot(int(told["seq"]), told["beside"], engine)
    except (orjson.JSONDecodeError, KeyError, TypeError, ValueError):
        return None
