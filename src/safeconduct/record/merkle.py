"""The Merkle tree of RFC 6962 §2.1: hashes, the right edge that grows, inclusion and consistency proofs.

A *subtree* `(level, number)` covers the leaves `[number << level, (number + 1) << level)` and is complete.
A *span* `[begin, end)` is what one hash of a proof covers; at the right edge it may be incomplete.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from hashlib import sha256
from typing import NamedTuple

from safeconduct.terms.errors import BadInput, Fault

HASH_BYTES = 32
EMPTY_ROOT = sha256(b"").digest()


class Subtree(NamedTuple):
    level: int
    number: int


class Span(NamedTuple):
    begin: int
    end: int


def leaf_hash(entry: bytes) -> bytes:
    return sha256(b"\x00" + entry).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    return sha256(b"\x01" + left + right).digest()


def complete_root(hashes: Sequence[bytes]) -> bytes:
    """The root over `hashes`, whose number is a power of two."""
    row = list(hashes)
    while len(row) > 1:
        row = [sha256(b"\x01" + left + right).digest() for left, right in zip(row[::2], row[1::2], strict=True)]
    return row[0]


def folded(peaks: Sequence[bytes]) -> bytes:
    """The root over complete subtrees, largest first."""
    if not peaks:
        return EMPTY_ROOT
    root = peaks[-1]
    for peak in reversed(peaks[:-1]):
        root = node_hash(peak, root)
    return root


class Edge:
    """The right edge of a tree: the roots of its complete subtrees, largest first, one for each 1 bit of `size`.

    All that is needed to append and to know the root.
    """

    def __init__(self, size: int = 0, peaks: Iterable[bytes] = ()):
        self.size = size
        self.peaks = list(peaks)
        if len(self.peaks) != size.bit_count():
            raise BadInput("tree edge", [Fault("peaks", str(len(self.peaks)), f"{size.bit_count()} for size {size}")])

    def append(self, digest: bytes, level: int = 0) -> list[tuple[Subtree, bytes]]:
        """Add a complete subtree (a leaf by default) and return those above it that it completes, lowest first.

        Requires `size` to be a multiple of `2 ** level`.
        """
        number = self.size >> level
        self.size += 1 << level
        completed: list[tuple[Subtree, bytes]] = []
        while number & 1:
            digest = node_hash(self.peaks.pop(), digest)
            level += 1
            number >>= 1
            completed.append((Subtree(level, number), digest))
        self.peaks.append(digest)
        return completed

    def root(self) -> bytes:
        return folded(self.peaks)


def root_of(leaves: Iterable[bytes]) -> bytes:
    """The root over leaf hashes."""
    edge = Edge()
    for leaf in leaves:
        edge.append(leaf)
    return edge.root()


def _split(span: Span) -> int:
    """Where RFC 6962 divides a span of two leaves or more: after the largest power of two less than its width."""
    return span.begin + (1 << ((span.end - span.begin - 1).bit_length() - 1))


def inclusion_spans(index: int, size: int) -> list[Span]:
    """What each hash of an inclusion proof covers, leaf's sibling first. Requires `0 <= index < size`.

    Source: RFC 6962 §2.1.1.
    """
    spans: list[Span] = []
    span = Span(0, size)
    while span.end - span.begin > 1:
        middle = _split(span)
        left, right = Span(span.begin, middle), Span(middle, span.end)
        span, other = (left, right) if index < middle else (right, left)
        spans.append(other)
    spans.reverse()
    return spans


def consistency_spans(old: int, new: int) -> list[Span]:
    """What each hash of a consistency proof covers, in the order of RFC 6962 §2.1.2. Requires `0 < old <= new`."""
    spans: list[Span] = []
    span = Span(0, new)
    while old < span.end:
        middle = _split(span)
        left, right = Span(span.begin, middle), Span(middle, span.end)
        span, other = (left, right) if old <= middle else (right, left)
        spans.append(other)
    if span.begin > 0:
        spans.append(span)
    spans.reverse()
    return spans


def subtrees_of(span: Span) -> list[Subtree]:
    """The complete subtrees that make up a proof's span, largest first."""
    subtrees: list[Subtree] = []
    begin, width = span.begin, span.end - span.begin
    for level in range(width.bit_length() - 1, -1, -1):
        if width >> level & 1:
            subtrees.append(Subtree(level, begin >> level))
            begin += 1 << level
    return subtrees


def proof(spans: Sequence[Span], hashes: Mapping[Subtree, bytes]) -> list[bytes]:
    """The hash of each span. `hashes` must hold every subtree that `subtrees_of` names for them."""
    return [folded([hashes[subtree] for subtree in subtrees_of(span)]) for span in spans]


def check_inclusion(leaf: bytes, index: int, size: int, path: Sequence[bytes], root: bytes) -> None:
    """Raise BadInput unless `path` proves that the tree of `size` leaves under `root` has `leaf` at `index`."""
    if not 0 <= index < size:
        raise BadInput("inclusion proof", [Fault("index", str(index), f"one below the size {size}")])
    spans = inclusion_spans(index, size)
    _check_length("inclusion proof", path, len(spans))
    digest = leaf
    for span, sibling in zip(spans, path, strict=True):
        digest = node_hash(digest, sibling) if span.begin > index else node_hash(sibling, digest)
    _check_root("inclusion proof", "root", digest, root)


def check_consistency(old: int, new: int, path: Sequence[bytes], old_root: bytes, new_root: bytes) -> None:
    """Raise BadInput unless `path` proves that the tree of `new` leaves extends the tree of `old`.

    Every tree extends the empty one, with no path.
    """
    if not 0 <= old <= new:
        raise BadInput("consistency proof", [Fault("old size", str(old), f"one from 0 to the new size {new}")])
    spans = consistency_spans(old, new) if old else []
    _check_length("consistency proof", path, len(spans))
    if not old:
        return _check_root("consistency proof", "old root", old_root, EMPTY_ROOT)
    steps = list(zip(spans, path, strict=True))
    if steps and steps[0][0].end == old:
        before = after = steps.pop(0)[1]
    else:
        before = after = old_root
    for span, digest in steps:
        if span.begin < old:
            before = node_hash(digest, before)
            after = node_hash(digest, after)
        else:
            after = node_hash(after, digest)
    _check_root("consistency proof", "old root", before, old_root)
    _check_root("consistency proof", "new root", after, new_root)


def _check_length(subject: str, path: Sequence[bytes], wanted: int) -> None:
    if len(path) != wanted:
        raise BadInput(subject, [Fault("hashes", str(len(path)), str(wanted))])


def _check_root(subject: str, where: str, found: bytes, wanted: bytes) -> None:
    if found != wanted:
        raise BadInput(subject, [Fault(where, found.hex(), wanted.hex())])
