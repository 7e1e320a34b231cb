"""C2SP tlog proofs: a portable receipt that an entry is on the record.

    c2sp.org/tlog-proof@v1
    extra eyJhY3QiOiJtb3ZlbWVudC5ob2xkIiwi…
    index 17
    gSKyXoYZUgZ6jduWYrkDOARinOMGJveXjgMkBTcdPlQ=

    safeconduct.example/qarand
    …

`extra` carries the entry itself, so that the file needs nothing beside it but the log's key. It is not trusted:
it is what the proof is checked against. Source: https://c2sp.org/tlog-proof.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NoReturn

from safeconduct.record import checkpoint, merkle
from safeconduct.record.checkpoint import Checkpoint
from safeconduct.record.note import VerifyKey, decoded
from safeconduct.terms.errors import BadInput, Fault, shown

HEADER = "c2sp.org/tlog-proof@v1"
MOST_BYTES = 2 << 20
_INDEX = re.compile(r"index (0|[1-9][0-9]{0,18})")


@dataclass(frozen=True)
class TlogProof:
    """`path` runs from the leaf's sibling to the root's child; `note` is the checkpoint, verbatim."""

    index: int
    path: tuple[bytes, ...]
    note: str
    extra: bytes | None = None

    def __str__(self) -> str:
        extra = [] if self.extra is None else [f"extra {_base64(self.extra)}"]
        lines = [HEADER, *extra, f"index {self.index}", *map(_base64, self.path), ""]
        return "\n".join(lines) + "\n" + self.note

    def check(self, keys: Sequence[VerifyKey], entry: bytes | None = None) -> Checkpoint:
        """The checkpoint under which `entry` (by default the one in `extra`) is proved. Raises BadInput."""
        raw = self.extra if entry is None else entry
        if raw is None:
            _refuse("entry", "none given and none in 'extra'", "the entry's bytes")
        signed = checkpoint.opened(self.note.encode(), keys)
        merkle.check_inclusion(merkle.leaf_hash(raw), self.index, signed.size, self.path, signed.root)
        return signed


def parse(data: bytes) -> TlogProof:
    """Read a proof without trusting it. Raises BadInput."""
    if len(data) > MOST_BYTES:
        _refuse("length", f"{len(data)} bytes", f"at most {MOST_BYTES}")
    try:
        head, gap, note = data.decode().partition("\n\n")
    except UnicodeDecodeError as error:
        raise BadInput("tlog proof", [Fault("bytes", shown(data), "UTF-8")]) from error
    lines = head.split("\n")
    if not gap or lines.pop(0) != HEADER:
        _refuse("line 1", shown(head), f"{HEADER!r}, and a checkpoint after an empty line")
    extra = None
    if lines and lines[0].startswith("extra "):
        extra = _bytes(lines.pop(0).removeprefix("extra "))
    index = _INDEX.fullmatch(lines.pop(0)) if lines else None
    if index is None:
        _refuse("index line", "none", "'index N' in decimal")
    path = tuple(_bytes(line, merkle.HASH_BYTES) for line in lines)
    return TlogProof(int(index[1]), path, note, extra)


def _bytes(line: str, length: int | None = None) -> bytes:
    raw = decoded(line)
    if raw is None or (length is not None and len(raw) != length):
        _refuse("line", shown(line), "base64" if length is None else f"base64 of a hash of {length} bytes")
    return raw


def _base64(raw: bytes) -> str:
    return base64.b64encode(raw).decode()


def _refuse(where: str, found: str, wanted: str) -> NoReturn:
    raise BadInput("tlog proof", [Fault(where, found, wanted)])
