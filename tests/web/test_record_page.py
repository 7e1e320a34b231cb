"""The record's pages: what they show, to whom, and that the browser's verification is right."""

from __future__ import annotations

import asyncio
import base64
import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from django.db import connection
from tests.oracles import merkle as oracle

from safeconduct.record import checkpoint, merkle
from safeconduct.record.note import SigningKey, parse_vkey
from safeconduct.record.proof import parse


@pytest.fixture
def entered(as_role, db):
    """A record with some entries beyond the appointments."""
    from safeconduct.strategy.acts import request_measure

    for number in range(60):
        request_measure(as_role("partner.liaison_officer"), site="marjan", kind="look", text=f"Look at lane {number}.")


def test_entries_show_act_article_and_no_names(login, entered):
    text = login("auditor").get("/record/").content.decode()
    assert "Ask for a measure" in text
    assert "Article 4.3" in text
    assert "Look at lane" not in text
    assert "TLP:GREEN" in text


def test_pages_of_the_record_lead_to_its_beginning(login, entered):
    client = login("auditor")
    first = client.get("/record/").content.decode()
    assert "Older" in first and "Newer" not in first
    last = client.get("/record/?below=20").content.decode()
    assert "Newer" in last and "Older" not in last
    assert 'href="/record/0/"' in last


@pytest.mark.parametrize("below", ["-1", "x", "1" * 30, "٣"])
def test_a_page_that_is_none_is_said(login, below):
    assert login("auditor").get("/record/", {"below": below}).status_code == 422


@pytest.mark.parametrize("role", ["host.gate_post", "partner.project_manager"])
def test_who_may_not_read_the_record_finds_nothing(login, entered, role):
    client = login(role)
    for path in ("/record/", "/record/0/", "/record/0/tlog-proof", "/record/checkpoint"):
        assert client.get(path).status_code == 404, path
    assert client.post("/record/verify").status_code == 404


def test_an_entry_that_is_not_there_is_not_found(login, entered):
    client = login("auditor")
    for index in ("100000", "9" * 30):
        assert client.get(f"/record/{index}/").status_code == 404
        assert client.get(f"/record/{index}/tlog-proof").status_code == 404


def test_the_proof_verifies_with_the_key_alone(login, entered):
    client = login("auditor")
    key = parse_vkey(client.get("/api/record/checkpoint").json()["key"])
    response = client.get("/record/7/tlog-proof")
    assert response["Content-Disposition"] == 'attachment; filename="entry-7.tlog-proof"'
    proof = parse(response.content)
    assert proof.index == 7
    assert proof.check([key]).size >= 60


def test_the_page_marks_each_field_for_the_browser_to_check(login, entered):
    client = login("auditor")
    text = client.get("/record/5/").content.decode()
    for name, value in client.get("/api/record/entries/5").json().items():
        if name != "marking":
            assert f'data-field="{name}" data-value="{value}"' in text


def lines(response) -> list[dict]:
    async def every() -> list[bytes]:
        return [part async for part in response.streaming_content]

    return [json.loads(line) for line in b"".join(asyncio.run(every())).splitlines()]


@pytest.mark.django_db(transaction=True)
def test_the_node_verifies_all_and_names_what_was_changed(login, entered):
    client = login("auditor")
    assert lines(client.post("/record/verify"))[-1]["faults"] == []
    with connection.cursor() as cursor:
        cursor.execute("UPDATE record_payload SET text = '{}' WHERE \"index\" = 11")
    verdict = lines(client.post("/record/verify"))[-1]
    assert len(verdict["faults"]) == 1
    assert verdict["faults"][0].startswith("entry 11")


def _base64(raw: bytes) -> str:
    return base64.b64encode(raw).decode()


def vectors(entries: list[bytes]) -> dict:
    """Proofs by the oracle's definition, and a checkpoint that a key signed."""
    leaves = [merkle.leaf_hash(one) for one in entries]
    size = len(entries)
    key = SigningKey.of("safeconduct.example/vectors", Ed25519PrivateKey.generate())
    other = SigningKey.of("safeconduct.example/vectors", Ed25519PrivateKey.generate())
    note = checkpoint.signed(size, oracle.mth(entries), key)
    consistency = {
        (old, new): {
            "old": old,
            "new": new,
            "oldRoot": _base64(oracle.mth(entries[:old])),
            "newRoot": _base64(oracle.mth(entries[:new])),
            "path": [_base64(one) for one in (oracle.proof(old, entries[:new]) if old else [])],
        }
        for new in range(1, size + 1)
        for old in range(new + 1)
    }
    index = 2
    return {
        "inclusions": [
            {
                "index": one,
                "size": width,
                "leaf": _base64(leaves[one]),
                "root": _base64(oracle.mth(entries[:width])),
                "path": [_base64(step) for step in oracle.path(one, entries[:width])],
            }
            for width in range(1, size + 1)
            for one in range(width)
        ],
        "consistencies": list(consistency.values()),
        "lastConsistency": consistency[size - 1, size],
        "key": str(key.vkey),
        "otherKey": str(other.vkey),
        "note": note,
        "size": size,
        "proof": {
            "index": index,
            "entry": _base64(entries[index]),
            "path": [_base64(step) for step in oracle.path(index, entries)],
            "note": note,
            "key": str(key.vkey),
        },
        "fields": {name: str(value) for name, value in json.loads(entries[index]).items()},
    }


def test_the_browser_verifies_as_the_oracle_does(tmp_path):
    node = shutil.which("node")
    if node is None:
        pytest.skip("node is not installed: Debian's package nodejs brings it")
    entries = [
        json.dumps({"act": "movement.hold", "article": "9.4", "index": index, "time": "2026-11-24T06:00Z"}).encode()
        for index in range(18)
    ]
    file = tmp_path / "vectors.json"
    file.write_text(json.dumps(vectors(entries)))
    script = Path(__file__).with_name("record.test.js")
    run = subprocess.run(
        [node, "--test", str(script)],
        env=os.environ | {"SAFECONDUCT_VECTORS": str(file)},
        check=False,
        capture_output=True,
        text=True,
    )
    assert run.returncode == 0, run.stdout + run.stderr


def test_entries_in_another_language_use_its_words(login, entered):
    client = login("auditor")
    client.cookies["django_language"] = "ur"
    text = client.get("/record/").content.decode()
    assert 'dir="rtl"' in text
    assert "ریاستِ لیوران" in text
