"""The tlog-tiles layout: a whole log as static files.

    checkpoint                    the newest checkpoint
    tile/0/x001/234.p/17          level, tile number in groups of three digits, width where not full
    tile/entries/x001/234.p/17    the entries of that tile of level 0, each after its length

Tile *n* of level *l* holds up to 256 hashes of subtrees of height 8 *l*. Source: https://c2sp.org/tlog-tiles.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from safeconduct.terms.errors import BadInput, Fault

TILE_HEIGHT = 8
TILE_WIDTH = 1 << TILE_HEIGHT
CHECKPOINT = "checkpoint"


class Tile(NamedTuple):
    """A tile by level and number, with its width in hashes (1 to 256)."""

    level: int
    number: int
    width: int

    @property
    def path(self) -> str:
        return f"tile/{self.level}/{_number_path(self.number, self.width)}"

    @property
    def entries_path(self) -> str:
        """Where the bundle of entries under a tile of level 0 is."""
        return f"tile/entries/{_number_path(self.number, self.width)}"


def tiles_of(size: int) -> list[Tile]:
    """Every tile of a tree, level by level, the partial one of each level last."""
    tiles: list[Tile] = []
    level, hashes = 0, size
    while hashes:
        full, rest = divmod(hashes, TILE_WIDTH)
        tiles.extend(Tile(level, number, TILE_WIDTH) for number in range(full))
        if rest:
            tiles.append(Tile(level, full, rest))
        level, hashes = level + 1, full
    return tiles


def bundle(entries: Sequence[bytes]) -> bytes:
    """An entry bundle: each entry after its length as 16 bits, big-endian."""
    return b"".join(len(raw).to_bytes(2, "big") + raw for raw in entries)


def unbundle(data: bytes) -> list[bytes]:
    """The entries of a bundle. Raises BadInput."""
    entries: list[bytes] = []
    at = 0
    while at < len(data):
        begin = at + 2
        at = begin + int.from_bytes(data[at:begin], "big")
        if begin > len(data) or at > len(data):
            raise BadInput("entry bundle", [Fault(f"entry {len(entries)} of it", "a length past the end", "its bytes")])
        entries.append(data[begin:at])
    return entries


def _number_path(number: int, width: int) -> str:
    groups = [f"{number % 1000:03d}"]
    while number >= 1000:
        number //= 1000
        groups.append(f"x{number % 1000:03d}")
    return "/".join(reversed(groups)) + ("" if width == TILE_WIDTH else f".p/{width}")
