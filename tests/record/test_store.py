"""The record is written whole with the change that it records, and read with proofs."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.record.deeds import deed

from oracles import merkle as oracle
from safeconduct.record import checkpoint, merkle, note, queries, store
from safeconduct.record.models import Checkpoint, Entry, Head, Node, Payload
from safeconduct.record.verify import verify
from safeconduct.terms.errors import BadInput, NotFound


def raws() -> list[bytes]:
    return [raw for _, raw in queries.raw_entries(0, queries.size())]


def newest(key) -> checkpoint.Checkpoint:
    return checkpoint.opened((queries.newest_checkpoint() or "").encode(), [key.vkey])


@pytest.mark.django_db
def test_nothing_to_enter_enters_nothing(key):
    assert store.append([], key=key) == []
    assert queries.newest_checkpoint() is None
    assert not list(verify(key.vkey))


def test_indices_follow_each_other(db, key):
    assert store.append([deed(0)], key=key) == [0]
    assert store.append([deed(1), deed(2), deed(3)], key=key) == [1, 2, 3]
    assert [one.index for one in queries.entries(0, 10)] == [0, 1, 2, 3]


def test_entry_says_what_was_done_and_payload_is_apart(db, key):
    store.append([deed(9, plate="QR 123", place="gate 2")], key=key)
    one = queries.entries(0, 1)[0]
    assert (one.minute, one.party, one.act, one.article) == ("2026-11-24T06:01Z", "qarand", "movement.hold", "4.2")
    assert b"QR 123" not in raws()[0]
    assert queries.payload_of(0) == {"plate": "QR 123", "place": "gate 2"}


def test_equal_payloads_have_unequal_commitments(db, key):
    store.append([deed(0, x=1), deed(0, x=1)], key=key)
    first, second = queries.entries(0, 2)
    assert first.commitment != second.commitment


def test_every_append_signs_the_tree_that_it_leaves(db, key):
    for size in range(1, 20):
        store.append([deed(size)], key=key)
        assert newest(key) == checkpoint.Checkpoint(key.name, size, oracle.mth(raws()))


def test_deed_that_cannot_be_written_down_enters_none_of_its_append(db, key):
    store.append([deed(0)], key=key)
    with pytest.raises(BadInput, match="payload"):
        store.append([deed(1), deed(2, x=float("nan"))], key=key)
    assert queries.size() == len(raws()) == 1
    assert not list(verify(key.vkey))


def test_time_stands_still_while_the_clock_is_behind(db, key):
    late, early = deed(600), deed(0)
    store.append([late, early, deed(700)], key=key)
    assert [one.minute[11:] for one in queries.entries(0, 3)] == ["07:10Z", "07:10Z", "07:21Z"]
    store.append([early], key=key)
    assert queries.entries(3, 4)[0].minute[11:] == "07:21Z"
    assert late.at - early.at == timedelta(minutes=70)


def test_one_checkpoint_is_kept_for_each_tile_and_the_newest(filled):
    filled(700)
    sizes = list(Checkpoint.objects.order_by("number").values_list("size", flat=True))
    assert len(sizes) == 3
    assert [(size - 1) // 256 for size in sizes] == [0, 1, 2]
    assert sizes[-1] == 700


def test_checkpoint_of_a_full_tile_is_kept(db, key):
    store.append([deed(number) for number in range(254)], key=key)
    for number in range(254, 258):
        store.append([deed(number)], key=key)
    assert list(Checkpoint.objects.order_by("number").values_list("size", flat=True)) == [256, 258]


def test_stored_nodes_are_what_tiles_above_level_0_hold(filled):
    filled(700)
    assert list(Node.objects.order_by("number").values_list("level", "number")) == [(8, 0), (8, 1)]
    assert bytes(Node.objects.get(level=8, number=1).hash) == oracle.mth(raws()[256:512])


def test_an_append_of_one_takes_five_statements(db, key, django_assert_num_queries):
    store.append([deed(0)], key=key)
    with django_assert_num_queries(5):
        store.append([deed(1)], key=key)


def test_proofs_from_stored_hashes_are_those_of_the_rfc(filled):
    filled(700)
    entries = raws()
    for size in (1, 2, 3, 255, 256, 257, 511, 512, 513, 640, 700):
        for index in {0, 1, size // 3, size // 2, size - 1} & set(range(size)):
            assert queries.inclusion(index, size) == oracle.path(index, entries[:size])
            assert queries.consistency(index + 1, size) == oracle.proof(index + 1, entries[:size])
    assert queries.consistency(0, 700) == []


@pytest.mark.parametrize(("index", "size"), [(-1, 5), (5, 5), (0, 0), (99, 5)])
def test_no_inclusion_is_proved_outside_the_tree(filled, index: int, size: int):
    filled(5)
    with pytest.raises(NotFound):
        queries.inclusion(index, size)


def test_no_consistency_is_proved_backwards(filled):
    filled(5)
    with pytest.raises(BadInput, match="old size: found 4, want one from 0 to the new size 3"):
        queries.consistency(4, 3)


def test_proof_past_the_record_names_the_entry_that_is_not_there(filled):
    filled(5)
    with pytest.raises(BadInput, match="entry 5: found no row"):
        queries.inclusion(4, 6)


def test_proof_over_a_lost_node_names_it(filled):
    filled(700)
    Node.objects.filter(number=1).delete()
    with pytest.raises(BadInput, match="node 8/1: found no row"):
        queries.inclusion(3, 700)


def test_receipt_proves_its_entry_under_the_newest_checkpoint(filled, key):
    filled(300)
    proof = queries.tlog_proof(123)
    assert proof.extra == raws()[123]
    assert proof.check([key.vkey]).size == 300
    with pytest.raises(BadInput, match="inclusion proof"):
        proof.check([key.vkey], raws()[124])


@pytest.mark.parametrize("index", [-1, 5])
def test_no_receipt_for_what_was_not_entered(filled, index: int):
    filled(5)
    with pytest.raises(NotFound):
        queries.tlog_proof(index)


def test_erased_payload_is_gone_and_its_entry_still_proved(filled, key):
    filled(20)
    before = raws()
    store.erase(7)
    store.append([deed(20, store.ERASE, erases=[7])], key=key)
    assert queries.payload_of(7) is None
    assert list(Payload.objects.filter(index=7).values_list("salt", "text")) == [(None, None)]
    assert raws()[:20] == before
    assert queries.tlog_proof(7).check([key.vkey]).size == 21
    assert not list(verify(key.vkey))


@pytest.mark.parametrize("index", [-1, 20, 7])
def test_what_is_not_there_cannot_be_erased(filled, index: int):
    filled(20)
    store.erase(7)
    with pytest.raises(NotFound):
        store.erase(index)


def test_record_of_an_erasure_cannot_be_erased(filled, key):
    filled(3)
    store.erase(1)
    store.append([deed(3, store.ERASE, erases=[1])], key=key)
    with pytest.raises(BadInput, match=r"entry 3: act: found record.erase"):
        store.erase(3)
    assert queries.payload_of(3) == {"erases": [1]}


def test_changed_payload_is_not_shown_as_what_was_entered(filled):
    filled(5)
    Payload.objects.filter(index=3).update(text='{"reason":"nothing happened"}')
    with pytest.raises(BadInput, match="entry 3: payload"):
        queries.payload_of(3)


def test_payload_of_what_was_not_entered_is_not_found(filled):
    filled(5)
    with pytest.raises(NotFound):
        queries.payload_of(5)


def test_damaged_entry_is_named_when_listed(filled):
    filled(5)
    Entry.objects.filter(index=2).update(raw=b"{}")
    with pytest.raises(BadInput, match="entry 2: keys"):
        queries.entries(0, 5)


@settings(derandomize=True, max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.integers(1, 300), min_size=1, max_size=5))
def test_tree_does_not_depend_on_how_appends_were_cut(db, key, sizes: list[int]):
    sid = transaction.savepoint()
    number = 0
    for size in sizes:
        store.append([deed(number + one) for one in range(size)], key=key)
        number += size
    assert newest(key).root == merkle.root_of(map(merkle.leaf_hash, raws()))
    assert Head.objects.get().size == number == queries.size()
    assert not list(verify(key.vkey))
    transaction.savepoint_rollback(sid)


def test_proofs_reach_into_the_third_level_of_tiles(db, key):
    size = 66_000
    store.append([deed(0, x=number) for number in range(size)], key=key)
    root = newest(key).root
    for index in (0, 255, 256, 65_535, 65_536, size - 1):
        leaf = merkle.leaf_hash(queries.raw_entries(index, index + 1)[0][1])
        merkle.check_inclusion(leaf, index, size, queries.inclusion(index, size), root)
    old_root = merkle.root_of(merkle.leaf_hash(raw) for raw in raws()[:60_001])
    merkle.check_consistency(60_001, size, queries.consistency(60_001, size), old_root, root)
    assert Node.objects.filter(level=16).count() == 1
    assert not list(verify(key.vkey))


def test_note_text_is_the_checkpoint_alone(filled):
    filled(1)
    assert note.parse((queries.newest_checkpoint() or "").encode()).text.count("\n") == 3
