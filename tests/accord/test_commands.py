from __future__ import annotations

import argparse
import json
import shutil
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key
from tests.accord.drafts import SAMPLES, Draft

from safeconduct.accord import commands
from safeconduct.record.keys import make_key
from safeconduct.terms.errors import BadInput

JOINT = str(SAMPLES / "joint-security")


def run(*words: str | Path) -> int:
    parser = argparse.ArgumentParser()
    commands.register(parser.add_subparsers(required=True))
    args = parser.parse_args(["accord", *map(str, words)])
    return args.run(args)


def test_two_parties_make_their_keys_and_sign(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    keys: list[str] = []
    for party in ("host", "partner"):
        assert run("key", tmp_path / f"{party}.key", "--name", f"{party}.example/accord") == 0
        keys += ["--key", f"{party}={capsys.readouterr().out.strip()}"]
    assert run("prepare", JOINT, tmp_path / "v1", *keys) == 0
    for party in ("host", "partner"):
        assert run("sign", tmp_path / "v1", "--party", party, "--key", tmp_path / f"{party}.key") == 0
    assert run("check", tmp_path / "v1", "--in-force") == 0


def test_a_key_is_never_written_over(tmp_path: Path):
    assert run("key", tmp_path / "host.key", "--name", "host.example/accord") == 0
    kept = (tmp_path / "host.key").read_bytes()
    with pytest.raises(BadInput):
        run("key", tmp_path / "host.key", "--name", "host.example/accord")
    assert (tmp_path / "host.key").read_bytes() == kept


def test_check_of_a_whole_accord_says_yes(capsys: pytest.CaptureFixture[str]):
    assert run("check", JOINT) == 0
    said = capsys.readouterr()
    assert said.out == ""
    count = len(list((Path(JOINT) / "articles").iterdir()))
    assert f"{count} articles" in said.err
    assert "every guardrail kept" in said.err


def test_check_prints_every_fault_and_says_no(draft: Draft, capsys: pytest.CaptureFixture[str]):
    draft.edit("13", "# 13", "# 14").edit("accord.toml", "version = 1", "version = 0")
    assert run("check", draft.directory) == 1
    assert len(capsys.readouterr().out.splitlines()) == len(draft.faults())
    assert run("check", draft.directory, "--json") == 1
    said = json.loads(capsys.readouterr().out)
    assert not said["whole"]
    assert len(said["faults"]) == len(draft.faults())


def test_check_in_force_says_no_to_an_unsigned_accord(capsys: pytest.CaptureFixture[str]):
    assert run("check", JOINT, "--in-force") == 1
    assert "parties.host.keys: found no key" in capsys.readouterr().out


def test_check_of_no_directory_says_no(tmp_path: Path):
    assert run("check", tmp_path / "nowhere") == 1


def test_prepare_sign_and_check_make_an_accord_in_force(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    keys = {party: make_key(tmp_path / f"{party}.key", f"{party}.example") for party in ("host", "partner")}
    named = [word for party, key in keys.items() for word in ("--key", f"{party}={key.vkey}")]
    assert run("prepare", JOINT, tmp_path / "ours", *named) == 0
    digest = capsys.readouterr().out.strip()
    for party in keys:
        assert run("sign", tmp_path / "ours", "--party", party, "--key", tmp_path / f"{party}.key") == 0
        assert capsys.readouterr().out.strip() == str(tmp_path / "ours" / "signatures" / f"{party}.sig")
    assert run("check", tmp_path / "ours", "--in-force", "--json") == 0
    assert json.loads(capsys.readouterr().out) == {"whole": True, "faults": [], "digest": digest}


def test_sign_refuses_what_is_no_ed25519_key(tmp_path: Path):
    pem = (serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8)
    rsa = generate_private_key(65537, 2048).private_bytes(*pem, serialization.NoEncryption())
    locked = Ed25519PrivateKey.generate().private_bytes(*pem, serialization.BestAvailableEncryption(b"x"))
    for content in (b"", b"nothing", rsa, locked):
        (tmp_path / "key").write_bytes(content)
        with pytest.raises(BadInput, match="Ed25519"):
            run("sign", JOINT, "--party", "host", "--key", tmp_path / "key")
    with pytest.raises(BadInput, match="No such file"):
        run("sign", JOINT, "--party", "host", "--key", tmp_path / "none")


def test_why_cites_the_article_in_the_language_asked(capsys: pytest.CaptureFixture[str]):
    asked = ("why", JOINT, "--role", "partner.liaison_officer", "--act", "measure.order")
    assert run(*asked) == 1
    assert capsys.readouterr().out.splitlines()[0] == "denied by article 4.4 (4.4-no-partner-orders)"
    assert run(*asked, "--language", "ur") == 1
    assert "شریک کا کوئی فرد" in capsys.readouterr().out
    assert run("why", JOINT, "--role", "host.commander", "--act", "measure.order") == 0


def test_why_shows_the_fields_of_a_reading(capsys: pytest.CaptureFixture[str]):
    asked = ("why", JOINT, "--role", "partner.project_manager", "--act", "read", "--class", "alert", "--json")
    assert run(*asked) == 0
    said = json.loads(capsys.readouterr().out)
    assert said["fields"] == sorted(["kind", "site", "ring", "severity", "raised", "ended", "state"])
    assert said["article"] == "7.3"
    assert run(*asked, "--tlp", "amber+strict") == 1
    assert json.loads(capsys.readouterr().out)["article"] == "8.2"
    assert run(*asked, "--releasable-to", "host") == 1
    assert run(*asked, "--originator", "partner", "--tlp", "TLP:AMBER+STRICT") == 0


def test_why_knows_areas(capsys: pytest.CaptureFixture[str]):
    asked = ("why", JOINT, "--act", "sweep.certify", "--area", "marjan")
    assert run(*asked, "--role", "host.gate_post@marjan") == 0
    assert run(*asked, "--role", "host.gate_post@harbour") == 1
    assert "denied by article 3.3" in capsys.readouterr().out


def test_why_denies_what_is_unknown(capsys: pytest.CaptureFixture[str]):
    for words in (
        ("--role", "host.king", "--act", "measure.order"),
        ("--role", "host.commander", "--act", "x"),
        ("--role", "host.commander", "--act", "read", "--class", "x"),
    ):
        assert run("why", JOINT, *words) == 1
        assert "denied by article 2.4 (default)" in capsys.readouterr().out
    with pytest.raises(BadInput, match="TLP:CLEAR"):
        run("why", JOINT, "--role", "host.commander", "--act", "read", "--tlp", "white")


def test_matrix_shows_acts_and_readings(capsys: pytest.CaptureFixture[str]):
    assert run("matrix", JOINT) == 0
    lines = capsys.readouterr().out.splitlines()
    assert "measure.order           4.2               host.commander" in lines
    assert any(line.startswith("read alert") and "partner.project_manager" in line for line in lines)
    assert run("matrix", JOINT, "--act", "movement.plan") == 0
    assert len(capsys.readouterr().out.splitlines()) == 1
    assert run("matrix", JOINT, "--act", "read", "--json") == 0
    said = json.loads(capsys.readouterr().out)
    assert said["acts"] == []
    assert {one["info_class"] for one in said["reads"]} > {"alert", "post"}


def test_diff_says_no_where_something_changes(draft: Draft, tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    shutil.copytree(JOINT, tmp_path / "same")
    assert run("diff", JOINT, tmp_path / "same") == 0
    draft.edit("accord.toml", 'within = "PT2M"', 'within = "PT5M"')
    assert run("diff", JOINT, draft.directory) == 1
    assert "obligation acknowledge-alert" in capsys.readouterr().out
    assert run("diff", JOINT, draft.directory, "--json") == 1
    assert [change["subject"] for change in json.loads(capsys.readouterr().out)] == ["obligation acknowledge-alert"]


@pytest.mark.parametrize(
    "words", [("check",), ("why", JOINT), ("matrix", JOINT, "--act", "fly"), ("sign", JOINT), ("prepare", JOINT, "x")]
)
def test_wrong_usage_exits_with_two(words: tuple[str, ...]):
    with pytest.raises(SystemExit) as caught:
        run(*words)
    assert caught.value.code == 2


def test_prepare_wants_party_and_key(tmp_path: Path):
    with pytest.raises(BadInput, match="PARTY=VKEY"):
        run("prepare", JOINT, tmp_path / "x", "--key", "host")
