"""C2SP checkpoints: what a log was, its size and root hash, signed as a note.

    safeconduct.example/qarand
    17
    8fWl0L3Gx1nYzSXgYzZC3vYzJzjGg8cF1n6kG2o7m0E=

Source: https://c2sp.org/tlog-checkpoint.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Sequence
from dataclasses import dataclass

from safeconduct.record import note
from safeconduct.record.merkle import HASH_BYTES
from safeconduct.record.note import SigningKey, VerifyKey
from safeconduct.terms.errors import BadInput, Fault, shown

_SIZE = re.compile(r"0|[1-9][0-9]{0,18}")
MOST_ENTRIES = 2**62


@dataclass(frozen=True)
class Checkpoint:
    """The tree that a log's key signed. `extensions` are lines of other logs; ours have none."""

    origin: str
    size: int
    root: bytes
    extensions: tuple[str, ...] = ()

    @property
    def text(self) -> str:
        lines = (self.origin, str(self.size), base64.b64encode(self.root).decode(), *self.extensions)
        return "".join(line + "\n" for line in lines)


def signed(size: int, root: bytes, key: SigningKey) -> str:
    """The note of a checkpoint whose origin is the key's name."""
    return key.sign(Checkpoint(key.name, size, root).text)


def parse(text: str) -> Checkpoint:
    """Read a note's text. Raises BadInput."""
    faults: list[Fault] = []
    lines = text.split("\n")
    if len(lines) < 4 or lines.pop():
        raise BadInput("checkpoint", [Fault("lines", shown(text), "origin, size and root hash, each on a line")])
    origin, size, root_base64, *extensions = lines
    root = note.decoded(root_base64)
    if not origin:
        faults.append(Fault("line 1", "nothing", "the origin"))
    if not _SIZE.fullmatch(size) or int(size) > MOST_ENTRIES:
        faults.append(Fault("line 2", shown(size), f"the size, a whole number up to {MOST_ENTRIES}"))
    if root is None or len(root) != HASH_BYTES:
        faults.append(Fault("line 3", shown(root_base64), "base64 of a root hash of 32 bytes"))
    if "" in extensions:
        faults.append(Fault("extension lines", "an empty one", "none that is empty"))
    if faults or root is None:
        raise BadInput("checkpoint", faults)
    return Checkpoint(origin, int(size), root, tuple(extensions))


def opened(data: bytes, keys: Sequence[VerifyKey]) -> Checkpoint:
    """The checkpoint in a note that one of `keys` signed, its origin that key's name. Raises BadInput."""
    checkpoint = parse(note.opened(data, keys).text)
    names = sorted({key.name for key in keys})
    if checkpoint.origin not in names:
        raise BadInput("checkpoint", [Fault("origin", shown(checkpoint.origin), " or ".join(names))])
    return checkpoint
