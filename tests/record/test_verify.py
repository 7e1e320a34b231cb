"""Whatever is changed in the record's tables, `verify` finds it and names where."""

from __future__ import annotations

import random
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from django.apps import apps
from django.db import connection, models, transaction
from tests.record.deeds import deed

from safeconduct.record import checkpoint, entry, merkle, queries, store
from safeconduct.record.models import Checkpoint, Entry, Head, Node, Payload
from safeconduct.record.note import SigningKey
from safeconduct.record.verify import verify
from safeconduct.terms.errors import Fault

SIZE = 600
MODELS: tuple[type[models.Model], ...] = (Entry, Payload, Node, Checkpoint, Head)
COLUMNS = [(model, field.column) for model in MODELS for field in model._meta.concrete_fields]
NAMES = {Entry: "entry", Payload: "entry", Node: "node", Checkpoint: "checkpoint", Head: "head"}
TRIES = 6


@pytest.fixture
def record(filled, key) -> SigningKey:
    filled(SIZE)
    assert not list(verify(key.vkey))
    return key


@contextmanager
def taken_back() -> Iterator[None]:
    savepoint = transaction.savepoint()
    yield
    transaction.savepoint_rollback(savepoint)


def keys_of(model: type[models.Model]) -> list[dict[str, Any]]:
    """The primary key of every row, as a lookup."""
    names = ["level", "number"] if model is Node else [model._meta.pk.attname]  # pyright: ignore
    return list(model.objects.order_by(*names).values(*names))  # pyright: ignore


def name_of(model: type[models.Model], lookup: dict[str, Any]) -> str:
    """What `verify` calls a row: `entry 17`, `node 8/1`, `checkpoint 2`, `head`."""
    return NAMES[model] if model is Head else f"{NAMES[model]} {'/'.join(map(str, lookup.values()))}"


def is_named(name: str, faults: list[Fault]) -> bool:
    return any(fault.where == name or fault.where.startswith((f"{name}:", f"{name} ")) for fault in faults)


def changed(value: Any, dice: random.Random) -> Any:
    """Another value of the same type, one bit or character off."""
    if isinstance(value, int):
        return value + dice.choice([-1, 1, 1000, -1000, 10**12])
    if isinstance(value, str):
        at = dice.randrange(len(value))
        return value[:at] + chr(ord(value[at]) ^ 1) + value[at + 1 :]
    raw = bytearray(value)
    raw[dice.randrange(len(raw))] ^= 1 << dice.randrange(8)
    return bytes(raw)


def where(lookup: dict[str, Any]) -> tuple[str, list[Any]]:
    return " AND ".join(f'"{column}" = %s' for column in lookup), list(lookup.values())


def put(model: type[models.Model], lookup: dict[str, Any], column: str, value: Any) -> None:
    """Change one column as a hand with the database's password would."""
    clause, values = where(lookup)
    with connection.cursor() as cursor:
        cursor.execute(f'UPDATE {model._meta.db_table} SET "{column}" = %s WHERE {clause}', [value, *values])
        assert cursor.rowcount == 1


def remove(model: type[models.Model], lookup: dict[str, Any]) -> None:
    clause, values = where(lookup)
    with connection.cursor() as cursor:
        cursor.execute(f"DELETE FROM {model._meta.db_table} WHERE {clause}", values)
        assert cursor.rowcount == 1


def test_every_table_of_the_record_is_tampered_with_below():
    assert set(MODELS) == set(apps.get_app_config("record").get_models())


@pytest.mark.parametrize(("model", "column"), COLUMNS, ids=lambda value: getattr(value, "__name__", value))
def test_changed_column_is_found_and_its_row_named(record, model: type[models.Model], column: str):
    dice = random.Random(f"{model.__name__}.{column}")
    taken = [tuple(lookup.values()) for lookup in keys_of(model)]
    for _ in range(TRIES):
        lookup = dice.choice(keys_of(model))
        with taken_back():
            old = model.objects.filter(**lookup).values_list(column, flat=True).get()  # pyright: ignore
            new = changed(old, dice)
            if (column in lookup and tuple((lookup | {column: new}).values()) in taken) or new == 10**12 + 8:
                continue
            if column == "level":
                new = dice.choice([0, 1, 7, 9, 16])
            put(model, lookup, column, new)
            faults = list(verify(record.vkey))
        assert is_named(name_of(model, lookup), faults), (lookup, old, new, faults)
        assert len(faults) <= 8, faults


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.__name__)
def test_deleted_row_is_found_and_named(record, model: type[models.Model]):
    dice = random.Random(model.__name__)
    rows = keys_of(model)
    for lookup in [rows[0], rows[-1], *dice.choices(rows, k=TRIES)]:
        with taken_back():
            remove(model, lookup)
            faults = list(verify(record.vkey))
        name = name_of(model, lookup)
        if model is Checkpoint and lookup == rows[-1]:
            assert faults[0].where == f"entries {signed_before_last()} to 599"
            assert is_named("head", faults)
        else:
            assert is_named(name, faults), (lookup, faults)


@pytest.mark.parametrize("column", ["raw", "leaf"])
def test_swapped_entries_are_found_and_both_named(record, column: str):
    for one, other in [(0, 1), (17, 300), (255, 256), (599, 3)]:
        values = dict(Entry.objects.filter(index__in=(one, other)).values_list("index", column))
        with taken_back():
            put(Entry, {"index": one}, column, bytes(values[other]))
            put(Entry, {"index": other}, column, bytes(values[one]))
            faults = list(verify(record.vkey))
        assert is_named(f"entry {one}", faults)
        assert is_named(f"entry {other}", faults)


def test_whole_rows_that_were_swapped_are_found_and_both_named(record):
    for table in ("record_entry", "record_payload"):
        with taken_back():
            with connection.cursor() as cursor:
                for old, new in ((7, -1), (8, 7), (-1, 8)):
                    cursor.execute(f'UPDATE {table} SET "index" = %s WHERE "index" = %s', [new, old])
            faults = list(verify(record.vkey))
        assert is_named("entry 7", faults), faults
        assert is_named("entry 8", faults), faults


def test_entries_that_changed_places_with_their_payloads_are_found_by_their_index(record):
    for table in ("record_entry", "record_payload"):
        with connection.cursor() as cursor:
            for old, new in ((7, -1), (8, 7), (-1, 8)):
                cursor.execute(f'UPDATE {table} SET "index" = %s WHERE "index" = %s', [new, old])
    found = [fault.where for fault in verify(record.vkey)]
    assert found[:2] == ["entry 7: index", "entry 8: index"]


@pytest.mark.parametrize("index", [0, 300, 599])
def test_changed_entry_is_not_a_fault_of_all_that_stands_on_it(record, index: int):
    raw = queries.raw_entries(index, index + 1)[0][1]
    with taken_back():
        put(Entry, {"index": index}, "raw", raw.replace(b"movement.hold", b"movement.lift"))
        assert [fault.where for fault in verify(record.vkey)] == [f"entry {index}: leaf hash"]
    put(Entry, {"index": index}, "leaf", bytes(32))
    assert [fault.where for fault in verify(record.vkey)] == [f"entry {index}: leaf hash"]


@pytest.mark.parametrize(("level", "number"), [(8, 2), (8, -1), (9, 0), (16, 0), (0, 5)])
def test_node_that_the_tree_does_not_have_is_found(record, level: int, number: int):
    Node.objects.create(level=level, number=number, hash=bytes(32))
    assert [fault.where for fault in verify(record.vkey)] == [f"node {level}/{number}"]


def test_older_checkpoint_shown_as_the_newest_is_found(record):
    older = Checkpoint.objects.get(number=1)
    Checkpoint.objects.create(number=3, size=older.size, note=older.note)
    Head.objects.update(checkpoints=4)
    assert [fault.where for fault in verify(record.vkey)] == ["checkpoint 3: signed size"]


def test_checkpoint_numbered_below_all_others_is_found(record):
    older = Checkpoint.objects.get(number=0)
    with taken_back():
        Checkpoint.objects.create(number=-5, size=older.size, note=older.note)
        assert is_named("checkpoint -5", list(verify(record.vkey)))
    put(Checkpoint, {"number": 2}, "number", -1)
    assert is_named("checkpoint -1", list(verify(record.vkey)))


def test_entry_changed_with_its_payload_and_leaf_hash_is_found_by_the_tree(record):
    forged = forge(300)
    faults = list(verify(record.vkey))
    assert not is_named("entry 300", faults), "row by row it is sound"
    assert is_named("node 8/1", faults)
    put(Node, {"level": 8, "number": 1}, "hash", merkle.complete_root(leaves(256, 512)))
    begin, end = Checkpoint.objects.order_by("number").values_list("size", flat=True)[:2]
    assert begin <= forged < end
    assert f"entries {begin} to {end - 1}: root of {end} entries" in [fault.where for fault in verify(record.vkey)]


def test_record_rewritten_under_another_key_is_found(record):
    forge(300)
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM record_head")
        for table in ("record_node", "record_checkpoint"):
            cursor.execute(f"DELETE FROM {table}")
    other = SigningKey.of(record.name, Ed25519PrivateKey.from_private_bytes(bytes([9]) * 32))
    edge = merkle.Edge()
    for leaf in leaves(0, SIZE):
        edge.append(leaf)
    Checkpoint.objects.create(number=0, size=SIZE, note=checkpoint.signed(SIZE, edge.root(), other))
    assert is_named("checkpoint 0", list(verify(record.vkey)))


@pytest.mark.parametrize("lost", [1, 50, 88, 89, 344, 345, 599])
def test_end_cut_off_is_found_by_the_newest_checkpoint(record, lost: int):
    kept = SIZE - lost
    Entry.objects.filter(index__gte=kept).delete()
    Payload.objects.filter(index__gte=kept).delete()
    faults = list(verify(record.vkey))
    named = f"entries {kept} to 599" if lost > 1 else f"entry {kept}"
    assert [fault.where for fault in faults] == [named]


def test_record_rolled_back_whole_is_found_by_a_checkpoint_kept_elsewhere(record):
    savepoint = transaction.savepoint()
    store.append([deed(1000)], key=record)
    kept = checkpoint.opened((queries.newest_checkpoint() or "").encode(), [record.vkey])
    assert not list(verify(record.vkey, kept))
    transaction.savepoint_rollback(savepoint)
    assert not list(verify(record.vkey))
    faults = list(verify(record.vkey, kept))
    assert [str(fault) for fault in faults] == [
        "record: found 600 entries, want at least the 601 of the checkpoint kept"
    ]


@pytest.mark.parametrize("size", [0, 1, 255, 256, 300, 512, 599, 600])
def test_earlier_checkpoint_kept_elsewhere_is_held_against_the_tree(record, size: int):
    root = merkle.root_of(leaves(0, size))
    assert not list(verify(record.vkey, checkpoint.Checkpoint(record.name, size, root)))
    faults = list(verify(record.vkey, checkpoint.Checkpoint(record.name, size, bytes(32))))
    assert len(faults) == 1
    assert "checkpoint kept" in str(faults[0])


def test_entry_after_the_newest_checkpoint_is_found(record):
    raw = entry.encoded(SIZE, "2026-11-24T08:00Z", deed(SIZE), entry.commitment(b"", b"{}"))
    Entry.objects.create(index=SIZE, raw=raw, leaf=merkle.leaf_hash(raw))
    Payload.objects.create(index=SIZE, salt=b"", text="{}")
    assert is_named(f"entry {SIZE}", list(verify(record.vkey)))


def test_payload_without_an_entry_is_found(record):
    Payload.objects.create(index=SIZE, salt=bytes(32), text="{}")
    assert [fault.where for fault in verify(record.vkey)] == [f"entry {SIZE}"]


@pytest.mark.parametrize("gone", [("salt",), ("text",), ("salt", "text")])
def test_payload_that_vanished_without_an_act_of_erasure_is_found(record, gone: tuple[str, ...]):
    Payload.objects.filter(index=40).update(**dict.fromkeys(gone))
    assert [fault.where for fault in verify(record.vkey)] == ["entry 40: payload"]


def test_erasure_that_names_another_entry_does_not_cover(record):
    store.erase(40)
    store.append([deed(SIZE, store.ERASE, erases=[41, "40", None])], key=record)
    assert [fault.where for fault in verify(record.vkey)] == ["entry 41: payload", "entry 40: payload"]


def test_erasure_does_not_cover_what_comes_after_it(record):
    store.append([deed(SIZE, store.ERASE, erases=[SIZE + 1]), deed(SIZE + 1)], key=record)
    assert not list(verify(record.vkey))
    store.erase(SIZE + 1)
    assert [fault.where for fault in verify(record.vkey)] == [f"entry {SIZE + 1}: payload"]


def test_payload_that_came_back_after_its_erasure_is_found(record):
    before = Payload.objects.get(index=40)
    store.erase(40)
    store.append([deed(SIZE, store.ERASE, erases=[40])], key=record)
    assert not list(verify(record.vkey))
    before.save()
    faults = list(verify(record.vkey))
    assert [str(fault) for fault in faults] == [
        "entry 40: payload: found one, want none: entry 600 says that it was erased"
    ]


@pytest.mark.parametrize("payload", [{}, {"erases": 40}, {"erases": "40"}, {"erases": {"40": 1}}])
def test_erasure_that_names_no_list_covers_nothing(record, payload: dict):
    store.erase(40)
    store.append([replace(deed(SIZE, store.ERASE), payload=payload)], key=record)
    assert [fault.where for fault in verify(record.vkey)] == ["entry 40: payload"]


def test_every_one_of_many_faults_is_named(record):
    damaged = random.Random(5).sample(range(SIZE), 60)
    for index in damaged:
        put(Payload, {"index": index}, "text", "{}")
    found = [fault.where for fault in verify(record.vkey)]
    assert found == [f"entry {index}: commitment" for index in sorted(damaged)]


def test_text_that_is_no_utf_8_is_found_and_not_raised(record):
    if connection.vendor != "sqlite":
        pytest.skip("PostgreSQL refuses to store it")
    with connection.cursor() as cursor:
        cursor.execute("""UPDATE record_payload SET text = CAST(x'ff' AS TEXT) WHERE "index" = 3""")
        cursor.execute("UPDATE record_checkpoint SET note = CAST(x'ff' AS TEXT) WHERE number = 0")
        cursor.execute("""UPDATE record_entry SET raw = 'text' WHERE "index" = 4""")
        cursor.execute("UPDATE record_head SET size = 'many', checkpoints = 1.5")
    faults = list(verify(record.vkey))
    for name in ("entry 3", "entry 4", "checkpoint 0", "head"):
        assert is_named(name, faults)


def test_checkpoint_of_another_origin_is_found(record):
    other = SigningKey.of("elsewhere.example", record.private)
    Checkpoint.objects.filter(number=2).update(note=checkpoint.signed(SIZE, merkle.root_of(leaves(0, SIZE)), other))
    assert is_named("checkpoint 2", list(verify(record.vkey)))


def test_time_that_runs_backwards_is_found(record, monkeypatch):
    monkeypatch.setattr(entry, "minute_of", lambda _: "2026-11-24T05:00Z")
    monkeypatch.setattr("builtins.max", lambda *values: values[-1])
    store.append([deed(0)], key=record)
    monkeypatch.undo()
    assert [fault.where for fault in verify(record.vkey)] == [f"entry {SIZE}: time"]


def test_lost_tile_is_bridged_by_its_node(record):
    Entry.objects.filter(index__range=(256, 511)).delete()
    put(Payload, {"index": 550}, "text", "{}")
    faults = list(verify(record.vkey))
    assert faults[0].where == "entries 256 to 511"
    assert is_named("entry 550", faults)
    assert not any("root" in fault.where for fault in faults)


def signed_before_last() -> int:
    return Checkpoint.objects.order_by("-number")[1].size


def forge(index: int) -> int:
    """Make an entry say something else, with the payload and leaf hash that fit it."""
    salt, payload = bytes(32), entry.canonical({"reason": "all quiet"})
    raw = entry.encoded(
        index, queries.entries(index, index + 1)[0].minute, deed(index), entry.commitment(salt, payload)
    )
    Entry.objects.filter(index=index).update(raw=raw, leaf=merkle.leaf_hash(raw))
    Payload.objects.filter(index=index).update(salt=salt, text=payload.decode())
    return index


def leaves(begin: int, end: int) -> list[bytes]:
    return [merkle.leaf_hash(raw) for raw, _ in queries.raw_leaves(begin, end)]
