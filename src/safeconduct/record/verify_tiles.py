"""Verify an exported record offline: files and a key, no database and no node."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from safeconduct.record import checkpoint, entry, merkle, tiles
from safeconduct.record.checkpoint import Checkpoint
from safeconduct.record.merkle import HASH_BYTES, Edge
from safeconduct.record.note import MOST_BYTES, VerifyKey
from safeconduct.record.tiles import TILE_WIDTH, Tile
from safeconduct.terms.errors import BadInput, Fault


def read_checkpoint(path: Path, key: VerifyKey) -> Checkpoint:
    """The checkpoint in a file, signed by `key`. Raises BadInput, also where there is no such file."""
    try:
        return checkpoint.opened(_read(path, MOST_BYTES), [key])
    except OSError as error:
        raise BadInput(
            "checkpoint", [Fault(str(path), error.strerror or "unreadable", "a signed checkpoint")]
        ) from None


def verify_tiles(directory: Path, key: VerifyKey, against: Checkpoint | None = None) -> Iterator[Fault]:
    """Every fault of the tiles in `directory` under their checkpoint. Raises BadInput unless `key` signed that.

    `against` is a checkpoint that the caller kept, its signature already checked: the export must extend it.
    """
    yield from _Verification(directory, read_checkpoint(directory / tiles.CHECKPOINT, key), against).faults()


class _Verification:
    """One pass over the tiles, level 0 first. `pending` are the faults found since the last were handed out.

    Entries and tiles each give a root. Where they differ, the signed root tells which of them is right.
    """

    def __init__(self, directory: Path, signed: Checkpoint, against: Checkpoint | None):
        self.directory = directory
        self.signed = signed
        self.against = against
        self.by_entries = Edge()
        self.by_tiles = Edge()
        self.kept_roots = {merkle.EMPTY_ROOT} if against and not against.size else set[bytes]()
        self.minute = ""
        self.pending: list[Fault] = []

    def faults(self) -> Iterator[Fault]:
        level, below, roots = 0, list[bytes](), list[bytes]()
        for tile in tiles.tiles_of(self.signed.size):
            if tile.level != level:
                level, below, roots = tile.level, roots, []
            hashes = self._hashes(tile)
            if level == 0:
                self._check_leaves(tile, hashes)
            else:
                self._check_nodes(tile, hashes, below)
            if tile.width == TILE_WIDTH:
                roots.append(merkle.complete_root(hashes) if hashes else b"")
            yield from self._handed_out()
        self._check_roots()
        yield from self._handed_out()

    def _handed_out(self) -> Iterator[Fault]:
        yield from self.pending
        self.pending.clear()

    def _fault(self, where: str, found: str, wanted: str) -> None:
        self.pending.append(Fault(where, found, wanted))

    def _check_leaves(self, tile: Tile, hashes: Sequence[bytes]) -> None:
        bundle = self._entries(tile)
        begin = tile.number * TILE_WIDTH
        for index, raw in enumerate(bundle, begin):
            self._check_entry(index, raw)
        leaves = [merkle.leaf_hash(raw) for raw in bundle]
        if hashes and leaves:
            for index, (leaf, digest) in enumerate(zip(leaves, hashes, strict=True), begin):
                if leaf != digest:
                    self._fault(
                        f"entry {index}: leaf hash", f"{leaf.hex()} of its bytes", f"{digest.hex()} in the tile"
                    )
        # Where a file is absent an edge falls short of the signed size, and only the other one's root counts.
        self._grow(self.by_entries, leaves)
        self._grow(self.by_tiles, hashes)

    def _grow(self, edge: Edge, digests: Sequence[bytes]) -> None:
        kept_size = self.against.size if self.against else 0
        for digest in digests:
            edge.append(digest)
            if edge.size == kept_size:
                self.kept_roots.add(edge.root())

    def _check_entry(self, index: int, raw: bytes) -> None:
        try:
            fields = entry.checked(raw)
        except BadInput as error:
            for fault in error.faults:
                self._fault(f"entry {index}: {fault.where}", fault.found, fault.wanted)
            return
        if fields["index"] != index:
            self._fault(f"entry {index}: index", f"that of entry {fields['index']}", "its own")
        if fields["time"] < self.minute:
            self._fault(f"entry {index}: time", fields["time"], f"{self.minute} or later")
        self.minute = fields["time"]

    def _check_nodes(self, tile: Tile, hashes: Sequence[bytes], below: Sequence[bytes]) -> None:
        begin = tile.number * TILE_WIDTH
        for number, (found, wanted) in enumerate(zip(hashes, below[begin : begin + tile.width], strict=False), begin):
            if wanted and found != wanted:
                self._fault(f"{tile.path}: hash {number}", found.hex(), f"{wanted.hex()} of tile {number} below it")

    def _check_roots(self) -> None:
        edges = [edge for edge in (self.by_entries, self.by_tiles) if edge.size == self.signed.size]
        if not any(edge.root() == self.signed.root for edge in edges):
            found = edges[0].root().hex() if edges else "none: files are missing"
            self._fault(f"entries 0 to {self.signed.size - 1}: root", found, f"{self.signed.root.hex()}, as signed")
        if self.against and self.against.size > self.signed.size:
            self._fault("export", f"{self.signed.size} entries", f"at least the {self.against.size} kept")
        elif self.against and self.against.root not in self.kept_roots:
            where = f"entries 0 to {self.against.size - 1}: root"
            self._fault(where, "another tree", f"{self.against.root.hex()}, signed in the checkpoint kept")

    def _hashes(self, tile: Tile) -> list[bytes]:
        """The tile's hashes, none where the file is absent or has a wrong length."""
        data = self._file(tile.path, tile._replace(width=TILE_WIDTH).path, TILE_WIDTH * HASH_BYTES)
        if data is None:
            return []
        if len(data) not in (tile.width * HASH_BYTES, TILE_WIDTH * HASH_BYTES):
            self._fault(tile.path, f"{len(data)} bytes", f"{tile.width * HASH_BYTES}")
            return []
        return [data[at : at + HASH_BYTES] for at in range(0, tile.width * HASH_BYTES, HASH_BYTES)]

    def _entries(self, tile: Tile) -> list[bytes]:
        """The entries under a tile, none where the file is absent or has fewer."""
        full = tile._replace(width=TILE_WIDTH).entries_path
        data = self._file(tile.entries_path, full, TILE_WIDTH * (entry.MOST_BYTES + 2))
        if data is None:
            return []
        try:
            bundle = tiles.unbundle(data)
        except BadInput as error:
            self.pending.extend(Fault(f"{tile.entries_path}: {f.where}", f.found, f.wanted) for f in error.faults)
            return []
        if len(bundle) not in (tile.width, TILE_WIDTH):
            self._fault(tile.entries_path, f"{len(bundle)} entries", str(tile.width))
            return []
        return bundle[: tile.width]

    def _file(self, path: str, full: str, most_bytes: int) -> bytes | None:
        """A tile's bytes, or those of the full tile that has come to replace it."""
        for name in (path, full):
            try:
                return _read(self.directory / name, most_bytes)
            except FileNotFoundError:
                continue
            except OSError as error:
                self._fault(path, error.strerror or "unreadable", "a file")
                return None
        self._fault(path, "no such file", "one")
        return None


def _read(path: Path, most_bytes: int) -> bytes:
    """A file's bytes, one more than `most_bytes` of a longer one."""
    with path.open("rb") as file:
        return file.read(most_bytes + 1)
