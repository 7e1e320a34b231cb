"""Files of plate reads, told by what they hold: no file of observations has a column of plates."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from safeconduct.terms.errors import BadInput, Fault, shown
from safeconduct.watch.feeds import anpr
from safeconduct.watch.feeds.anpr import Reads
from safeconduct.watch.feeds.parts import PART_BYTES
from safeconduct.watch.rows import Checked

FIRST_BYTES = 64 * 1024
MAX_ARRAY_BYTES = 16 * 1024 * 1024

_PLATE = re.compile(rb'"\s*(?:plate|vrm)\s*"\s*:', re.IGNORECASE)


def holds_reads(path: Path) -> bool:
    """Whether a file is of plate reads. Raises OSError."""
    suffix = path.suffix.lower()
    if suffix not in (".csv", ".json", ".ndjson", ".jsonl"):
        return False
    with path.open("rb") as stream:
        first = stream.read(FIRST_BYTES)
    if suffix == ".csv":
        return anpr.is_reads(first.decode("utf-8-sig", "replace"))
    return _PLATE.search(first) is not None


def chunks(path: Path, reads: Reads, now_ms: int | None) -> Iterator[Checked]:
    """The rows of a file part by part, cut the same way each time. Raises BadInput."""
    media = "text/csv" if path.suffix.lower() == ".csv" else "application/x-ndjson"
    with path.open("rb") as stream:
        if path.suffix.lower() == ".json":
            body = stream.read(MAX_ARRAY_BYTES + 1)
            if len(body) > MAX_ARRAY_BYTES:
                wanted = f"at most {MAX_ARRAY_BYTES} bytes; more as .ndjson or .csv"
                raise BadInput(shown(path.name), [Fault("file", "more", wanted)])
            yield reads.take(body, "application/json", now_ms)
            return
        head = stream.readline(FIRST_BYTES) if media == "text/csv" else b""
        while part := stream.readlines(PART_BYTES):
            yield reads.take(head + b"".join(part), media, now_ms)
