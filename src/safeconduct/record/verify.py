"""Verify the stored record: every byte against the tree, and the tree against what was signed."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from typing import Any, NamedTuple

import orjson

from safeconduct.record import checkpoint, entry, merkle, queries, stored
from safeconduct.record.checkpoint import Checkpoint
from safeconduct.record.merkle import Edge
from safeconduct.record.note import VerifyKey
from safeconduct.record.stored import StoredEntry
from safeconduct.record.tiles import TILE_HEIGHT, TILE_WIDTH
from safeconduct.terms.errors import BadInput, Fault, shown


def verify(
    key: VerifyKey, against: Checkpoint | None = None, progress: Callable[[int], None] | None = None
) -> Iterator[Fault]:
    """Every fault of the stored record, each naming the entry, node, checkpoint or head that is wrong.

    `against` is a checkpoint that the caller kept (its signature already checked): a record that no longer extends it
    was rolled back or rewritten. Reads one snapshot; appends go on meanwhile. `progress` is told, now and
    then, how many entries were read.
    """
    with queries.snapshot():
        yield from _Verification(key, against, progress).faults()


TILES_TOLD = 8
"""Progress is told once in as many tiles."""


class _Root(NamedTuple):
    """A root that was signed for a size, and where."""

    size: int
    digest: bytes
    label: str


class _Runs:
    """One fault for each run of entries that the same is wrong with: a lost million is one line, not a million."""

    def __init__(self, found: str, wanted: str):
        self.found = found
        self.wanted = wanted
        self.begin = self.end = 0

    def add(self, begin: int, end: int) -> Iterator[Fault]:
        """Take in `[begin, end)`, which lies after all that was added, and give out a run that it does not extend."""
        if begin >= end:
            return
        if begin != self.end or self.begin == self.end:
            yield from self.closed()
            self.begin = begin
        self.end = end

    def closed(self) -> Iterator[Fault]:
        if self.begin < self.end:
            single = self.end - self.begin == 1
            where = f"entry {self.begin}" if single else f"entries {self.begin} to {self.end - 1}"
            yield Fault(where, self.found, self.wanted)
        self.begin = self.end


class _Verification:
    """One pass over the entries, a tile at a time, with the tree's right edge.

    `edge` is None from where the tree cannot be known any more, because entries are missing and so is the node above.
    """

    def __init__(self, key: VerifyKey, against: Checkpoint | None, progress: Callable[[int], None] | None = None):
        self.key = key
        self.against = against
        self.progress = progress
        self.edge: Edge | None = Edge()
        self.signed_size = 0
        self.agreed_size = 0
        self.checkpoint_count = 0
        self.roots: dict[int, list[_Root]] = defaultdict(list)
        self.nodes: dict[tuple[int, int], bytes] = {}
        self.minute = ""
        self.is_last_sound = True
        self.missing = _Runs("no row", "one")
        self.unsigned = _Runs("one", "none under the newest signed checkpoint")
        self.erased: set[int] = set()
        self.erasures: dict[int, int] = {}

    def faults(self) -> Iterator[Fault]:
        yield from self._checkpoint_faults()
        if self.against is not None:
            yield from self._kept_faults(self.against)
        self.nodes = stored.nodes()
        for tile, rows in self._tiles():
            yield from self._tile_faults(tile, rows)
            if self.progress is not None and tile % TILES_TOLD == 0:
                self.progress((tile + 1) * TILE_WIDTH)
        yield from self.missing.closed()
        yield from self.unsigned.closed()
        yield from self._erasure_faults()
        for index in stored.orphans():
            yield Fault(f"entry {index}", "a payload without its entry", "both")
        for level, number in sorted(self.nodes):
            yield Fault(f"node {level}/{number}", "one", "none: the tree has no such node")
        yield from self._head_faults()

    def _checkpoint_faults(self) -> Iterator[Fault]:
        expected = 0
        for number, size, note in stored.checkpoints():
            where = f"checkpoint {number}"
            self.checkpoint_count += 1
            if number < expected:
                yield Fault(where, "a row", "numbers from 0")
            if number > expected:
                yield Fault(f"checkpoint {expected}", "no row", f"one, and so on before {number}")
            expected = number + 1
            try:
                signed = checkpoint.opened(note, [self.key])
            except BadInput as error:
                yield from (Fault(f"{where}: {fault.where}", fault.found, fault.wanted) for fault in error.faults)
                continue
            if signed.size != size:
                yield Fault(f"{where}: size", shown(size), f"{signed.size}, as signed")
            if signed.size <= self.signed_size:
                yield Fault(f"{where}: signed size", str(signed.size), f"more than the {self.signed_size} before it")
            self.signed_size = max(self.signed_size, signed.size)
            self._expect(_Root(signed.size, signed.root, where))

    def _kept_faults(self, kept: Checkpoint) -> Iterator[Fault]:
        if kept.size > self.signed_size:
            yield Fault("record", f"{self.signed_size} entries", f"at least the {kept.size} of the checkpoint kept")
        elif kept.size:
            self._expect(_Root(kept.size, kept.root, "the checkpoint kept"))
        elif kept.root != merkle.EMPTY_ROOT:
            yield Fault("checkpoint kept: root of nothing", kept.root.hex(), merkle.EMPTY_ROOT.hex())

    def _expect(self, root: _Root) -> None:
        self.roots[(root.size - 1) // TILE_WIDTH].append(root)

    def _tiles(self) -> Iterator[tuple[int, list[StoredEntry]]]:
        """Each tile's number with its rows: every tile up to the signed size, those without rows too."""
        tile_count = -(-self.signed_size // TILE_WIDTH)
        expected, rows = 0, list[StoredEntry]()
        for row in stored.entries():
            tile = row.index // TILE_WIDTH
            if not rows or rows[-1].index // TILE_WIDTH != tile:
                if rows:
                    yield rows[-1].index // TILE_WIDTH, rows
                for missing in range(expected, min(tile, tile_count)):
                    yield missing, []
                expected, rows = max(expected, tile + 1), []
            rows.append(row)
        if rows:
            yield rows[-1].index // TILE_WIDTH, rows
        for missing in range(expected, tile_count):
            yield missing, []

    def _tile_faults(self, tile: int, rows: Sequence[StoredEntry]) -> Iterator[Fault]:
        begin = max(0, tile * TILE_WIDTH)
        end = min(tile * TILE_WIDTH + TILE_WIDTH, self.signed_size)
        computed: list[bytes] = []
        expected = begin
        if rows and rows[0].index == begin:
            yield from self.missing.closed()
        for row in rows:
            leaf = merkle.leaf_hash(row.raw)
            if begin <= row.index < end:
                yield from self.missing.add(expected, row.index)
                expected = row.index + 1
                computed.append(leaf)
            else:
                yield from self.unsigned.add(row.index, row.index + 1)
            yield from self._entry_faults(row, leaf)
        if expected < end:
            self.is_last_sound = False
            yield from self.missing.add(expected, end)
        if self.edge is None or end <= begin:
            return
        if len(computed) == end - begin:
            yield from self._grow(self.edge, tile, computed, [row.leaf for row in rows[: len(computed)]])
        else:
            yield from self._bridge(self.edge, tile, end)

    def _entry_faults(self, row: StoredEntry, leaf: bytes) -> Iterator[Fault]:
        where = f"entry {row.index}"
        self.is_last_sound = leaf == row.leaf
        if not self.is_last_sound:
            yield Fault(f"{where}: leaf hash", row.leaf.hex(), f"{leaf.hex()}, that of its bytes")
        try:
            fields = entry.checked(row.raw)
        except BadInput as error:
            yield from (Fault(f"{where}: {fault.where}", fault.found, fault.wanted) for fault in error.faults)
            return
        if fields["index"] != row.index:
            yield Fault(f"{where}: index", f"that of entry {fields['index']}", "its own")
        if fields["time"] < self.minute:
            yield Fault(f"{where}: time", fields["time"], f"{self.minute} or later")
        if self.is_last_sound:
            self.minute = fields["time"]
        yield from self._payload_faults(row, fields)

    def _payload_faults(self, row: StoredEntry, fields: dict[str, Any]) -> Iterator[Fault]:
        where = f"entry {row.index}: payload"
        if row.payload_index is None:
            yield Fault(where, "no row", "one, erased or not")
        elif row.salt is None and row.text is None:
            self.erased.add(row.index)
        elif row.salt is None or row.text is None:
            yield Fault(where, "salt or text alone", "both or neither")
        elif (found := entry.commitment(row.salt, row.text)) != fields["commitment"]:
            yield Fault(f"entry {row.index}: commitment", f"{found} of the payload", fields["commitment"])
        elif fields["act"] == entry.ERASE:
            for index in _erased_by(row.text):
                if index < row.index:
                    self.erasures.setdefault(index, row.index)

    def _erasure_faults(self) -> Iterator[Fault]:
        for index in sorted(self.erasures.keys() - self.erased):
            yield Fault(f"entry {index}: payload", "one", f"none: entry {self.erasures[index]} says that it was erased")
        for index in sorted(self.erased - self.erasures.keys()):
            yield Fault(f"entry {index}: payload", "none", f"one, or a later {entry.ERASE} that names {index}")

    def _grow(self, edge: Edge, tile: int, computed: list[bytes], kept: list[bytes]) -> Iterator[Fault]:
        """Add a tile's leaves to the edge and check every node and signed root that this settles.

        Where an entry and its kept leaf hash differ, whichever fits the node or root above goes up, so that one
        changed entry is one fault and not a fault of everything above it.
        """
        leaves = kept if computed != kept and self._fits(edge, tile, kept) else computed
        begin, end = edge.size, edge.size + len(leaves)
        roots = self.roots.pop(tile, [])
        for root in roots:
            if root.size < end:
                yield from self._root_faults(root, _grown(edge, leaves[: root.size - begin]))
        if len(leaves) == TILE_WIDTH:
            digest = merkle.complete_root(leaves)
            yield from self._node_faults(TILE_HEIGHT, tile, digest)
            yield from self._add_tile(edge, digest)
        else:
            self.edge = edge = _grown(edge, leaves)
        for root in roots:
            if root.size == end:
                yield from self._root_faults(root, edge)

    def _fits(self, edge: Edge, tile: int, leaves: list[bytes]) -> bool:
        if len(leaves) == TILE_WIDTH:
            return merkle.complete_root(leaves) == self.nodes.get((TILE_HEIGHT, tile))
        end = edge.size + len(leaves)
        digest = _grown(edge, leaves).root()
        return any(digest == root.digest for root in self.roots[tile] if root.size == end)

    def _bridge(self, edge: Edge, tile: int, end: int) -> Iterator[Fault]:
        """Go on past a tile that lacks entries by the node above it, if there is one."""
        node = self.nodes.pop((TILE_HEIGHT, tile), None)
        if node is None or end % TILE_WIDTH:
            self.edge = None
            return
        yield from self._add_tile(edge, node)
        for root in self.roots.pop(tile, ()):
            if root.size == end:
                yield from self._root_faults(root, edge)

    def _add_tile(self, edge: Edge, root: bytes) -> Iterator[Fault]:
        for tree, digest in edge.append(root, TILE_HEIGHT):
            if tree.level % TILE_HEIGHT == 0:
                yield from self._node_faults(tree.level, tree.number, digest)

    def _node_faults(self, level: int, number: int, wanted: bytes) -> Iterator[Fault]:
        found = self.nodes.pop((level, number), None)
        if found != wanted:
            begin, end = number << level, (number + 1) << level
            where = f"node {level}/{number} of entries {begin} to {end - 1}"
            yield Fault(where, "none" if found is None else found.hex(), wanted.hex())

    def _root_faults(self, signed: _Root, edge: Edge) -> Iterator[Fault]:
        root = edge.root()
        if root == signed.digest:
            self.agreed_size = signed.size
        else:
            where = f"entries {self.agreed_size} to {signed.size - 1}: root of {signed.size} entries"
            yield Fault(where, root.hex(), f"{signed.digest.hex()}, signed in {signed.label}")

    def _head_faults(self) -> Iterator[Fault]:
        rows = stored.heads()
        if not rows and not self.signed_size and not self.checkpoint_count:
            return
        if [row[0] for row in rows] != [1]:
            yield Fault("head", f"rows {[row[0] for row in rows]}", "one row, 1")
        for _, size, peaks, minute, count in rows:
            if size != self.signed_size:
                yield Fault("head: size", shown(size), f"{self.signed_size}, as signed in the newest checkpoint")
            if self.edge is not None and peaks != b"".join(self.edge.peaks):
                yield Fault("head: peaks", shown(peaks.hex()), "the right edge of the tree")
            if self.is_last_sound and minute != self.minute.encode():
                yield Fault("head: minute", shown(minute), f"{self.minute}, that of the last entry")
            if count != self.checkpoint_count:
                yield Fault("head: checkpoints", shown(count), f"the {self.checkpoint_count} that are kept")


def _grown(edge: Edge, leaves: Sequence[bytes]) -> Edge:
    grown = Edge(edge.size, edge.peaks)
    for leaf in leaves:
        grown.append(leaf)
    return grown


def _erased_by(text: bytes) -> list[int]:
    try:
        payload: Any = orjson.loads(text)
    except ValueError:
        return []
    named = payload.get("erases") if isinstance(payload, dict) else None
    return [index for index in named if type(index) is int] if isinstance(named, list) else []
