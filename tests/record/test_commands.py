"""`safeconduct record` says yes, no or "could not tell" by its exit code, and why on standard error."""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import pytest

from oracles import tlog
from safeconduct.record import checkpoint, commands, queries
from safeconduct.record.models import Entry, Payload
from safeconduct.terms.errors import BadInput, Fault

Run = Callable[..., int]


@pytest.fixture
def run(filled, key, monkeypatch) -> Run:
    """Run `safeconduct record …` on a node with 30 entries and return the exit code."""
    filled(30)

    def opened(path: Path) -> SimpleNamespace:
        if path.name == "nowhere":
            raise BadInput(str(path), [Fault("safeconduct.toml", "no such file", "a node's directory")])
        return SimpleNamespace(key=key)

    monkeypatch.setattr("safeconduct.node.open_node", opened)
    monkeypatch.setenv("SAFECONDUCT_NODE", "/node")

    def run(*words: object) -> int:
        parser = argparse.ArgumentParser()
        commands.register(parser.add_subparsers())
        args = parser.parse_args(["record", *map(str, words)])
        return args.run(args)

    return run


def test_show_lists_the_newest_entries(run: Run, capsys):
    assert run("show", "--limit", 3) == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[0] for line in lines] == ["27", "28", "29"]
    assert "movement.hold  article 4.2" in lines[0]


def test_show_gives_the_bytes_that_are_hashed(run: Run, capsys):
    assert run("show", "--from", 5, "--limit", 2, "--json") == 0
    lines = capsys.readouterr().out.splitlines()
    assert [json.loads(line)["index"] for line in lines] == [5, 6]
    assert lines[0].encode() == queries.raw_entries(5, 6)[0][1]


def test_verify_says_yes(run: Run, capsys):
    assert run("verify") == 0
    assert capsys.readouterr().out == "30 entries of safeconduct.example/qarand: verified\n"


def test_verify_says_no_and_names_each_fault(run: Run, capsys):
    Payload.objects.filter(index__in=(3, 17)).update(text="{}")
    assert run("verify") == 1
    told = capsys.readouterr()
    assert [line.split(": ")[0] for line in told.out.splitlines()] == ["entry 3", "entry 17"]
    assert told.err == "30 entries of safeconduct.example/qarand: 2 faults\n"


def test_verify_against_a_kept_checkpoint_finds_a_rollback(run: Run, key, tmp_path: Path, capsys):
    kept = tmp_path / "kept"
    kept.write_text(queries.newest_checkpoint() or "")
    assert run("verify", "--against", kept) == 0
    longer = checkpoint.signed(31, bytes(32), key)
    kept.write_text(longer)
    assert run("verify", "--against", kept) == 1
    assert "record: found 30 entries, want at least the 31" in capsys.readouterr().out


def test_verify_cannot_tell_without_a_node_or_a_sound_kept_checkpoint(run: Run, tmp_path: Path, capsys):
    assert run("verify", "--node", "nowhere") == 3
    (tmp_path / "kept").write_text("no checkpoint")
    assert run("verify", "--against", tmp_path / "kept") == 3
    assert run("verify", "--vkey", "no key") == 3
    assert "no such file" in capsys.readouterr().err


def test_no_node_named_is_could_not_tell(run: Run, monkeypatch, capsys):
    monkeypatch.delenv("SAFECONDUCT_NODE")
    for words in (["show"], ["verify"], ["prove", 1], ["export", "x"]):
        assert run(*words) == 3
    assert "--node: found none" in capsys.readouterr().err


def test_export_is_verified_without_a_node(run: Run, key, tmp_path: Path, monkeypatch, capsys):
    assert run("export", tmp_path / "log") == 0
    (tmp_path / "vkey").write_text(f"{key.vkey}\n")
    monkeypatch.setattr("safeconduct.node.open_node", None)
    for vkey in (key.vkey, tmp_path / "vkey"):
        assert run("verify", "--tiles", tmp_path / "log", "--vkey", vkey) == 0
    assert "30 entries of safeconduct.example/qarand: verified" in capsys.readouterr().out
    assert len(tlog.verify_directory(tmp_path / "log", str(key.vkey))) == 30
    bundle = tmp_path / "log" / "tile" / "entries" / "000.p" / "30"
    bundle.write_bytes(bundle.read_bytes().replace(b'"index":7,', b'"index":8,'))
    assert run("verify", "--tiles", tmp_path / "log", "--vkey", key.vkey) == 1
    assert "entry 7: " in capsys.readouterr().out


def test_export_under_a_forged_checkpoint_is_no_and_without_one_could_not_tell(run: Run, key, tmp_path: Path):
    run("export", tmp_path)
    note = (tmp_path / "checkpoint").read_text()
    (tmp_path / "checkpoint").write_text(note.replace("\n30\n", "\n31\n"))
    assert run("verify", "--tiles", tmp_path, "--vkey", key.vkey) == 1
    (tmp_path / "checkpoint").unlink()
    assert run("verify", "--tiles", tmp_path, "--vkey", key.vkey) == 3


def test_receipt_is_written_and_verified(run: Run, key, tmp_path: Path, capsys):
    receipt = tmp_path / "17.tlog-proof"
    assert run("prove", 17, "-o", receipt) == 0
    raw = queries.raw_entries(17, 18)[0][1]
    assert tlog.verify_proof(receipt.read_text(), raw, str(key.vkey)) == 17
    capsys.readouterr()
    assert run("verify", "--proof", receipt, "--vkey", key.vkey) == 0
    assert raw.decode() in capsys.readouterr().out
    receipt.write_text(receipt.read_text().replace("index 17", "index 16"))
    assert run("verify", "--proof", receipt) == 1
    assert run("verify", "--proof", tmp_path / "absent") == 3


def test_receipt_goes_to_standard_output(run: Run, capsys):
    assert run("prove", 3) == 0
    assert capsys.readouterr().out == str(queries.tlog_proof(3))


def test_receipt_for_an_absent_entry_is_no(run: Run, capsys):
    assert run("prove", 30) == 1
    assert "no entry 30" in capsys.readouterr().err


def test_damaged_entry_is_named_by_show(run: Run, capsys):
    Entry.objects.filter(index=29).update(raw=b"{}")
    assert run("show") == 1
    assert "entry 29: keys" in capsys.readouterr().err
