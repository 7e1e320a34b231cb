"""Write the stored record as tlog-tiles files, which any C2SP tool reads and any web server serves."""

from __future__ import annotations

from pathlib import Path

from safeconduct.record import checkpoint, note, queries, tiles
from safeconduct.record.checkpoint import Checkpoint
from safeconduct.record.tiles import TILE_HEIGHT, TILE_WIDTH, Tile
from safeconduct.terms.errors import BadInput, Fault


def export(directory: Path) -> Checkpoint:
    """Write the record under its newest checkpoint into `directory`, new or of an earlier export, and return that.

    The checkpoint is replaced last, so that a reader never finds one without its tiles. Raises BadInput where nothing
    was entered yet, and where the directory holds another log or a longer one.
    """
    newest = queries.newest_checkpoint()
    if newest is None:
        raise BadInput("record", [Fault("checkpoint", "none: nothing was entered yet", "one")])
    tree = _read(newest.encode())
    _check_target(directory, tree)
    for tile in tiles.tiles_of(tree.size):
        if tile.level == 0:
            _write_leaves(directory, tile)
        else:
            _write(directory / tile.path, b"".join(queries.node_hashes(tile.level * TILE_HEIGHT, *_range(tile))))
    _write(directory / tiles.CHECKPOINT, newest.encode())
    return tree


def _write_leaves(directory: Path, tile: Tile) -> None:
    rows = queries.raw_leaves(*_range(tile))
    _write(directory / tile.entries_path, tiles.bundle([raw for raw, _ in rows]))
    _write(directory / tile.path, b"".join(leaf for _, leaf in rows))


def _range(tile: Tile) -> tuple[int, int]:
    begin = tile.number * TILE_WIDTH
    return begin, begin + tile.width


def _check_target(directory: Path, tree: Checkpoint) -> None:
    try:
        there = _read((directory / tiles.CHECKPOINT).read_bytes())
    except FileNotFoundError:
        if directory.is_dir() and any(path.name != "tile" for path in directory.iterdir()):
            raise BadInput(str(directory), [Fault("directory", "other files", "a new one, or an export")]) from None
        return
    if there.origin != tree.origin:
        raise BadInput(str(directory), [Fault("log", there.origin, f"{tree.origin}, or an empty directory")])
    if there.size > tree.size:
        raise BadInput(str(directory), [Fault("log", f"{there.size} entries", f"at most the record's {tree.size}")])


def _read(data: bytes) -> Checkpoint:
    return checkpoint.parse(note.parse(data).text)


def _write(path: Path, data: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(path.name + ".draft")
    draft.write_bytes(data)
    draft.replace(path)
