"""The node's key is kept from other users and is the one that the node names."""

from __future__ import annotations

from pathlib import Path

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

from safeconduct.record.keys import load_key, make_key
from safeconduct.record.note import parse_vkey
from safeconduct.terms.errors import BadInput

NAME = "safeconduct.example/qarand"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "keys" / "node.key"
    make_key(path, NAME)
    return path


def test_key_is_loaded_as_it_was_made(path: Path):
    key = load_key(path, NAME)
    assert key.vkey.is_signed("text\n", key.private.sign(b"text\n"))
    assert parse_vkey((path.parent / "node.vkey").read_text()) == key.vkey


def test_private_key_is_its_owners_alone(path: Path):
    assert path.stat().st_mode & 0o777 == 0o600
    path.chmod(0o640)
    with pytest.raises(BadInput, match="found mode 0640, want mode 0600"):
        load_key(path, NAME)


def test_key_is_never_overwritten(path: Path):
    before = path.read_bytes()
    with pytest.raises(BadInput, match="want none yet"):
        make_key(path, NAME)
    assert path.read_bytes() == before


def test_key_of_another_origin_is_refused(path: Path):
    with pytest.raises(BadInput, match=r"node\.vkey"):
        load_key(path, "safeconduct.example/lioran")


def test_public_half_of_another_key_is_refused(path: Path, tmp_path: Path):
    other = make_key(tmp_path / "other.key", NAME)
    (path.parent / "node.vkey").write_text(f"{other.vkey}\n")
    with pytest.raises(BadInput, match=r"of the origin and node\.key"):
        load_key(path, NAME)


@pytest.mark.parametrize("absent", ["node.key", "node.vkey"])
def test_absent_file_is_named(path: Path, absent: str):
    (path.parent / absent).unlink()
    with pytest.raises(BadInput, match=absent):
        load_key(path, NAME)


@pytest.mark.parametrize(
    "damage", [b"", b"\xff\x00", b"-----BEGIN PRIVATE KEY-----\nMC4=\n-----END PRIVATE KEY-----\n"]
)
def test_damaged_private_key_is_refused(path: Path, damage: bytes):
    path.write_bytes(damage)
    with pytest.raises(BadInput, match="bytes that are no key"):
        load_key(path, NAME)


def test_key_of_another_kind_is_refused(path: Path):
    path.write_bytes(
        ec.generate_private_key(ec.SECP256R1()).private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
    )
    with pytest.raises(BadInput, match="want an Ed25519 key"):
        load_key(path, NAME)
