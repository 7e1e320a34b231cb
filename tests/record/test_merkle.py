"""The tree gives the hashes and proofs of RFC 6962, and a proof of anything else is refused."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from oracles import merkle as oracle
from safeconduct.record import merkle
from safeconduct.record.merkle import Edge, Span, Subtree
from safeconduct.terms.errors import BadInput

LEAVES = [
    bytes.fromhex(leaf)
    for leaf in ("", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f")
]
ROOTS = [
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]
ENTRIES = [str(number).encode() for number in range(1100)]
SIZES = st.integers(1, len(ENTRIES))
POINTS = st.floats(0, 1, exclude_max=True)


def hashes_of(entries: Sequence[bytes]) -> dict[Subtree, bytes]:
    """Every complete subtree's hash, by growing an edge."""
    edge, hashes = Edge(), dict[Subtree, bytes]()
    for index, raw in enumerate(entries):
        leaf = merkle.leaf_hash(raw)
        hashes[Subtree(0, index)] = leaf
        hashes.update(edge.append(leaf))
    return hashes


HASHES = hashes_of(ENTRIES)


def inclusion(index: int, size: int) -> list[bytes]:
    return merkle.proof(merkle.inclusion_spans(index, size), HASHES)


def consistency(old: int, new: int) -> list[bytes]:
    return merkle.proof(merkle.consistency_spans(old, new), HASHES)


@pytest.mark.parametrize("size", range(9))
def test_root_is_the_published_one(size: int):
    assert merkle.root_of(map(merkle.leaf_hash, LEAVES[:size])).hex() == ROOTS[size]


def test_edge_has_the_root_of_the_rfc_after_every_append():
    edge = Edge()
    for size in range(130):
        assert edge.root() == oracle.mth(ENTRIES[:size])
        edge.append(merkle.leaf_hash(ENTRIES[size]))


def test_edge_continues_from_its_size_and_peaks():
    edge = Edge()
    for raw in ENTRIES[:77]:
        edge.append(merkle.leaf_hash(raw))
    resumed = Edge(edge.size, edge.peaks)
    for raw in ENTRIES[77:200]:
        resumed.append(merkle.leaf_hash(raw))
    assert resumed.root() == oracle.mth(ENTRIES[:200])


def test_edge_refuses_peaks_that_do_not_fit_its_size():
    with pytest.raises(BadInput, match="found 1, want 2 for size 3"):
        Edge(3, [bytes(32)])


def test_completed_subtrees_hash_the_entries_that_they_cover():
    for tree, digest in HASHES.items():
        if tree.level <= 4:
            assert digest == oracle.mth(ENTRIES[tree.number << tree.level : (tree.number + 1) << tree.level])


def test_a_whole_subtree_is_appended_as_its_leaves_are():
    leaves = [merkle.leaf_hash(raw) for raw in ENTRIES[:768]]
    edge = Edge()
    for begin in range(0, 768, 256):
        edge.append(merkle.complete_root(leaves[begin : begin + 256]), level=8)
    assert (edge.size, edge.root()) == (768, oracle.mth(ENTRIES[:768]))


def test_every_proof_of_a_small_tree_is_that_of_the_rfc():
    for size in range(1, 34):
        for index in range(size):
            assert inclusion(index, size) == oracle.path(index, ENTRIES[:size])
            assert consistency(index + 1, size) == oracle.proof(index + 1, ENTRIES[:size])


@settings(derandomize=True, max_examples=60, deadline=None)
@given(SIZES, POINTS)
def test_proofs_of_larger_trees_are_those_of_the_rfc_and_are_accepted(size: int, point: float):
    index = int(point * size)
    entries = ENTRIES[:size]
    path, proof = inclusion(index, size), consistency(index + 1, size)
    assert path == oracle.path(index, entries)
    assert proof == oracle.proof(index + 1, entries)
    merkle.check_inclusion(merkle.leaf_hash(entries[index]), index, size, path, oracle.mth(entries))
    merkle.check_consistency(index + 1, size, proof, oracle.mth(entries[: index + 1]), oracle.mth(entries))


@settings(derandomize=True, max_examples=150, deadline=None)
@given(st.integers(2, 300), POINTS, st.data())
def test_changed_inclusion_proof_is_refused(size: int, point: float, data: st.DataObject):
    index = int(point * size)
    leaf, root, path = merkle.leaf_hash(ENTRIES[index]), oracle.mth(ENTRIES[:size]), inclusion(index, size)
    merkle.check_inclusion(leaf, index, size, path, root)
    match data.draw(st.sampled_from(["leaf", "index", "root", "hash", "shorter", "longer", "swapped"])):
        case "leaf":
            leaf = flipped(leaf, data)
        case "index":
            index = data.draw(st.integers(-2, size + 2).filter(lambda other: other != index))
        case "root":
            root = flipped(root, data)
        case "hash":
            at = data.draw(st.integers(0, len(path) - 1))
            path[at] = flipped(path[at], data)
        case "shorter":
            path.pop(data.draw(st.integers(0, len(path) - 1)))
        case "longer":
            path.insert(data.draw(st.integers(0, len(path))), bytes(32))
        case _:
            path = [leaf, *path[1:]]
    with pytest.raises(BadInput, match="inclusion proof"):
        merkle.check_inclusion(leaf, index, size, path, root)


@settings(derandomize=True, max_examples=150, deadline=None)
@given(st.integers(3, 300), POINTS, st.data())
def test_changed_consistency_proof_is_refused(new: int, point: float, data: st.DataObject):
    old = 1 + int(point * (new - 1))
    old_root, new_root = oracle.mth(ENTRIES[:old]), oracle.mth(ENTRIES[:new])
    proof = consistency(old, new)
    merkle.check_consistency(old, new, proof, old_root, new_root)
    match data.draw(st.sampled_from(["old root", "new root", "hash", "shorter", "longer"])):
        case "old root":
            old_root = flipped(old_root, data)
        case "new root":
            new_root = flipped(new_root, data)
        case "hash":
            at = data.draw(st.integers(0, len(proof) - 1))
            proof[at] = flipped(proof[at], data)
        case "shorter":
            proof.pop()
        case _:
            proof.append(bytes(32))
    with pytest.raises(BadInput, match="consistency proof"):
        merkle.check_consistency(old, new, proof, old_root, new_root)


def test_every_tree_extends_the_empty_one_and_itself():
    root = oracle.mth(ENTRIES[:5])
    merkle.check_consistency(0, 5, [], merkle.EMPTY_ROOT, root)
    merkle.check_consistency(5, 5, [], root, root)
    with pytest.raises(BadInput, match="old root"):
        merkle.check_consistency(0, 5, [], root, root)
    with pytest.raises(BadInput, match="new root"):
        merkle.check_consistency(5, 5, [], root, oracle.mth(ENTRIES[:4]))


def test_an_older_tree_does_not_extend_a_newer_one():
    with pytest.raises(BadInput, match="old size: found 6, want one from 0 to the new size 5"):
        merkle.check_consistency(6, 5, [], bytes(32), bytes(32))


def test_span_is_made_of_complete_subtrees_largest_first():
    assert merkle.subtrees_of(Span(8, 15)) == [Subtree(2, 2), Subtree(1, 6), Subtree(0, 14)]


def flipped(digest: bytes, data: st.DataObject) -> bytes:
    bit = data.draw(st.integers(0, 8 * len(digest) - 1))
    return (int.from_bytes(digest) ^ 1 << bit).to_bytes(len(digest))
