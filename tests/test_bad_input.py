"""Whatever a command is given for a file: an answer in words, an exit code that is no yes, and nothing written."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from safeconduct.cli import main
from safeconduct.node.making import make_node, sample

PLACES = "src/safeconduct/demo/places.geojson"
"""Found from the repository's root."""

GARBAGE = bytes(range(256)) * 64
FILES = {"empty": b"", "garbage": GARBAGE, "null": b"\0" * 4096, "deep": b"[" * 50_000, "text": b"hello\n"}

COMMANDS = (
    "accord check FILE",
    "accord check with it as accord.toml",
    "accord sign --key FILE",
    "node check --node FILE",
    "node check with it as safeconduct.toml",
    "record verify --proof FILE",
    "record verify --vkey FILE",
    "record verify --against FILE",
    "watch replay FILE as places",
    "watch replay FILE as observations",
)


@pytest.fixture(scope="module")
def here(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A directory with an accord and a node, neither of which a command may change."""
    home = tmp_path_factory.mktemp("here")
    shutil.copytree(sample("humanitarian"), home / "accord")
    make_node(home / "node", sample("humanitarian"), {"origin": "bad.example/input"}, sign_for_all=True)
    return home


def words(command: str, file: Path, home: Path) -> list[str]:
    accord = str(home / "accord")
    places = str(Path(__file__).parent.parent / PLACES)
    alerts = ["--alerts", str(file.parent / "alerts.jsonl")]
    match command:
        case "accord check FILE":
            return ["accord", "check", str(file)]
        case "accord check with it as accord.toml":
            shutil.copytree(accord, file.parent / "draft", dirs_exist_ok=True)
            shutil.copy(file, file.parent / "draft" / "accord.toml")
            return ["accord", "check", str(file.parent / "draft")]
        case "accord sign --key FILE":
            return ["accord", "sign", accord, "--party", "host", "--key", str(file)]
        case "node check --node FILE":
            return ["node", "check", "--node", str(file)]
        case "node check with it as safeconduct.toml":
            (file.parent / "other").mkdir(exist_ok=True)
            shutil.copy(file, file.parent / "other" / "safeconduct.toml")
            return ["node", "check", "--node", str(file.parent / "other")]
        case "record verify --proof FILE":
            vkey = (home / "node" / "keys" / "node.vkey").read_text().strip()
            return ["record", "verify", "--proof", str(file), "--vkey", vkey]
        case "record verify --vkey FILE":
            return ["record", "verify", "--tiles", str(file.parent), "--vkey", str(file)]
        case "record verify --against FILE":
            vkey = (home / "node" / "keys" / "node.vkey").read_text().strip()
            return ["record", "verify", "--tiles", str(file.parent), "--vkey", vkey, "--against", str(file)]
        case "watch replay FILE as places":
            return ["watch", "replay", str(file), str(file), *alerts]
        case _:
            return ["watch", "replay", places, str(file.with_suffix(".ndjson")), *alerts]


@pytest.mark.parametrize("content", FILES)
@pytest.mark.parametrize("command", COMMANDS)
def test_a_file_that_is_none_of_ours_is_told_in_words(
    command: str, content: str, here: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    file = tmp_path / "file"
    file.write_bytes(FILES[content])
    file.with_suffix(".ndjson").write_bytes(FILES[content])
    before = {path: path.read_bytes() for path in here.rglob("*") if path.is_file()}
    assert main(words(command, file, here)) in (1, 3)
    said = capsys.readouterr()
    told = said.out + said.err
    assert told.strip()
    assert len(told) < 20_000
    assert not (tmp_path / "alerts.jsonl").exists()
    assert before == {path: path.read_bytes() for path in here.rglob("*") if path.is_file()}


@pytest.mark.parametrize("kind", ["parquet", "arrow", "csv", "ndjson"])
def test_a_recording_that_is_cut_short_is_refused_whole(kind: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    import pyarrow as pa
    import pyarrow.parquet as parquet

    whole = tmp_path / f"whole.{kind}"
    rows = {"time": [1_795_500_000_000 + n for n in range(5000)], "sensor": ["cam-01"] * 5000, "track": ["1"] * 5000}
    table = pa.table(rows | {"lon": [75.0] * 5000, "lat": [-5.0] * 5000})
    match kind:
        case "parquet":
            parquet.write_table(table, whole)
        case "arrow":
            with pa.OSFile(str(whole), "wb") as out, pa.ipc.new_file(out, table.schema) as writer:
                writer.write_table(table)
        case _:
            whole.write_bytes(b"\xff\xfe\x00" * 100)
    cut = tmp_path / f"cut.{kind}"
    cut.write_bytes(whole.read_bytes()[: whole.stat().st_size // 2])
    places = str(Path(__file__).parent.parent / PLACES)
    assert main(["watch", "replay", places, str(cut), "--alerts", str(tmp_path / "alerts.jsonl")]) == 1
    assert cut.name in capsys.readouterr().err
    assert not (tmp_path / "alerts.jsonl").exists()


def test_no_right_to_write_is_told_by_name(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    """A file where a directory is wanted stands for every refusal of the file system, also for root."""
    (tmp_path / "file").write_text("")
    wanted = str(tmp_path / "file" / "node")
    assert main(["node", "init", wanted, "--accord", "humanitarian", "--sign-for-all"]) == 3
    assert wanted in capsys.readouterr().err
