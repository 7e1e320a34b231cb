"""An export is read by another tool, and every file of it that was changed is found without the database."""

from __future__ import annotations

import random
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from tests.record.deeds import deed

from oracles import tlog
from safeconduct.record import checkpoint, merkle, queries, store, tiles
from safeconduct.record.checkpoint import Checkpoint
from safeconduct.record.export import export
from safeconduct.record.note import SigningKey
from safeconduct.record.tiles import Tile
from safeconduct.record.verify_tiles import read_checkpoint, verify_tiles
from safeconduct.terms.errors import BadInput

SIZE = 600


@pytest.fixture
def exported(filled, key, tmp_path: Path) -> Path:
    filled(SIZE)
    export(tmp_path / "log")
    return tmp_path / "log"


def found(directory: Path, key: SigningKey, against: Checkpoint | None = None) -> list[str]:
    return [fault.where for fault in verify_tiles(directory, key.vkey, against)]


def files_of(directory: Path) -> list[Path]:
    return sorted(path for path in directory.rglob("*") if path.is_file())


def test_tiles_of_70_000_leaves_are_those_of_the_specification():
    listed = tiles.tiles_of(70_000)
    assert [tile for tile in listed if tile.width < 256] == [Tile(0, 273, 112), Tile(1, 1, 17), Tile(2, 0, 1)]
    assert sum(tile.width == 256 for tile in listed) == 273 + 1


def test_full_tree_of_256_has_a_tile_above_it():
    assert tiles.tiles_of(256) == [Tile(0, 0, 256), Tile(1, 0, 1)]


@pytest.mark.parametrize(
    ("tile", "path", "entries_path"),
    [
        (Tile(0, 1234067, 256), "tile/0/x001/x234/067", "tile/entries/x001/x234/067"),
        (Tile(1, 0, 17), "tile/1/000.p/17", "tile/entries/000.p/17"),
        (Tile(0, 1000, 1), "tile/0/x001/000.p/1", "tile/entries/x001/000.p/1"),
    ],
)
def test_tile_is_where_the_specification_puts_it(tile: Tile, path: str, entries_path: str):
    assert (tile.path, tile.entries_path) == (path, entries_path)


def test_bundle_is_read_as_it_was_written():
    entries = [b"", b"x", bytes(65_535)]
    assert tiles.unbundle(tiles.bundle(entries)) == entries


@pytest.mark.parametrize("data", [b"\x00", b"\x00\x02a", b"\x00\x01ab", b"\xff\xff"])
def test_cut_bundle_is_refused(data: bytes):
    with pytest.raises(BadInput, match="entry bundle"):
        tiles.unbundle(data)


@pytest.mark.parametrize("size", [1, 2, 255, 256, 257, 512, 600])
def test_another_tool_verifies_an_export(filled, key, tmp_path: Path, size: int):
    filled(size)
    tree = export(tmp_path)
    assert tlog.verify_directory(tmp_path, str(key.vkey)) == [raw for _, raw in queries.raw_entries(0, size)]
    assert (tree.size, found(tmp_path, key)) == (size, [])


def test_another_tool_verifies_a_receipt(filled, key):
    filled(SIZE)
    for index in (0, 1, 255, 256, 511, 512, 599):
        raw = queries.raw_entries(index, index + 1)[0][1]
        assert tlog.verify_proof(str(queries.tlog_proof(index)), raw, str(key.vkey)) == index


def test_export_has_the_files_of_its_tree_and_no_others(exported: Path):
    names = {str(path.relative_to(exported)) for path in files_of(exported)}
    listed = tiles.tiles_of(SIZE)
    bundles = {tile.entries_path for tile in listed if tile.level == 0}
    assert names == {"checkpoint"} | {tile.path for tile in listed} | bundles


def test_export_goes_on_where_an_earlier_one_stopped(exported: Path, key):
    kept = read_checkpoint(exported / "checkpoint", key.vkey)
    store.append([deed(number) for number in range(SIZE, 800)], key=key)
    assert export(exported).size == 800
    assert found(exported, key, kept) == []
    assert len(tlog.verify_directory(exported, str(key.vkey))) == 800


def test_export_of_nothing_is_refused(db, tmp_path: Path):
    with pytest.raises(BadInput, match="nothing was entered yet"):
        export(tmp_path)
    assert not files_of(tmp_path)


def test_longer_log_or_another_is_not_overwritten(exported: Path, key):
    for origin, size in ((key.name, SIZE + 1), ("elsewhere.example", 5)):
        note = SigningKey.of(origin, key.private).sign(Checkpoint(origin, size, bytes(32)).text)
        (exported / "checkpoint").write_text(note)
        before = {path: path.read_bytes() for path in files_of(exported)}
        with pytest.raises(BadInput, match="log"):
            export(exported)
        assert before == {path: path.read_bytes() for path in files_of(exported)}


def test_changed_byte_of_any_file_is_found(exported: Path, key):
    dice = random.Random(3)
    for path in files_of(exported):
        sound = path.read_bytes()
        for _ in range(8):
            data = bytearray(sound)
            data[dice.randrange(len(data))] ^= 1 << dice.randrange(8)
            path.write_bytes(data)
            if path.name == "checkpoint":
                with pytest.raises(BadInput):
                    found(exported, key)
            else:
                assert found(exported, key), path
        path.write_bytes(sound)
    assert found(exported, key) == []


def test_changed_entry_is_named(exported: Path, key):
    path = exported / Tile(0, 1, 256).entries_path
    path.write_bytes(path.read_bytes().replace(b'"index":300,', b'"index":301,'))
    assert found(exported, key) == ["entry 300: index", "entry 300: leaf hash"]


def test_changed_leaf_hash_is_named_with_its_entry(exported: Path, key):
    path = exported / Tile(0, 2, 88).path
    path.write_bytes(bytes(32) + path.read_bytes()[32:])
    assert found(exported, key) == ["entry 512: leaf hash"]


def test_changed_hash_of_a_higher_tile_is_named(exported: Path, key):
    path = exported / Tile(1, 0, 2).path
    path.write_bytes(path.read_bytes()[:32] + bytes(32))
    assert found(exported, key) == ["tile/1/000.p/2: hash 1"]


def test_entry_rewritten_with_its_tiles_is_found_by_the_signed_root(exported: Path, key):
    bundle = exported / Tile(0, 2, 88).entries_path
    entries = tiles.unbundle(bundle.read_bytes().replace(b"movement.hold", b"movement.lift"))
    bundle.write_bytes(tiles.bundle(entries))
    (exported / Tile(0, 2, 88).path).write_bytes(b"".join(map(merkle.leaf_hash, entries)))
    assert found(exported, key) == ["entries 0 to 599: root"]


def test_time_that_runs_backwards_is_found(filled, key, tmp_path: Path, monkeypatch):
    filled(5)
    monkeypatch.setattr("builtins.max", lambda *values: values[-1])
    store.append([deed(-600)], key=key)
    monkeypatch.undo()
    export(tmp_path)
    assert found(tmp_path, key) == ["entry 5: time"]


def test_absent_and_cut_files_are_named(exported: Path, key):
    for path in files_of(exported)[1:]:
        sound = path.read_bytes()
        name = str(path.relative_to(exported))
        path.write_bytes(sound[:-1])
        assert any(where.startswith(name) for where in found(exported, key)), name
        path.unlink()
        assert name in found(exported, key)
        path.write_bytes(sound)


def test_full_tile_stands_in_for_a_partial_one(exported: Path, key):
    for path in (Tile(0, 2, 88).path, Tile(0, 2, 88).entries_path):
        (exported / path.partition(".p")[0]).unlink(missing_ok=True)
    store.append([deed(number) for number in range(SIZE, 768)], key=key)
    old = (exported / "checkpoint").read_bytes()
    export(exported)
    (exported / "checkpoint").write_bytes(old)
    for path in (Tile(0, 2, 88).path, Tile(0, 2, 88).entries_path):
        (exported / path).unlink()
    assert found(exported, key) == []


def test_directory_where_a_file_should_be_is_named(exported: Path, key):
    path = exported / Tile(0, 0, 256).path
    path.unlink()
    path.mkdir()
    assert Tile(0, 0, 256).path in found(exported, key)


@pytest.mark.parametrize("size", [0, 1, 256, 300, 600])
def test_kept_checkpoint_is_held_against_the_export(exported: Path, key, size: int):
    root = merkle.root_of(leaf for _, leaf in queries.raw_leaves(0, size))
    assert found(exported, key, Checkpoint(key.name, size, root)) == []
    assert len(found(exported, key, Checkpoint(key.name, size, bytes(32)))) == 1


def test_export_older_than_a_kept_checkpoint_is_found(exported: Path, key):
    assert found(exported, key, Checkpoint(key.name, SIZE + 1, bytes(32))) == ["export"]


def test_export_signed_by_another_key_is_refused(exported: Path, key):
    stranger = SigningKey.of(key.name, Ed25519PrivateKey.generate())
    with pytest.raises(BadInput, match="want one by"):
        found(exported, stranger)


def test_export_without_a_checkpoint_is_refused(tmp_path: Path, key):
    with pytest.raises(BadInput, match="No such file"):
        found(tmp_path, key)


def test_export_never_shows_a_payload(exported: Path):
    text = queries.payload_of(3)
    assert text is not None
    assert "waits" in str(text)
    assert not any(b"waits" in path.read_bytes() for path in files_of(exported))


def test_exported_checkpoint_is_the_stored_one(exported: Path, key):
    assert (exported / "checkpoint").read_text() == queries.newest_checkpoint()
    assert checkpoint.opened((exported / "checkpoint").read_bytes(), [key.vkey]).size == SIZE
