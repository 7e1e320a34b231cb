"""A receipt stands on its own, and one that was changed proves nothing."""

from __future__ import annotations

import base64

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given, settings
from hypothesis import strategies as st

from oracles import merkle as oracle
from safeconduct.record import checkpoint, proof
from safeconduct.record.note import SigningKey
from safeconduct.record.proof import TlogProof
from safeconduct.terms.errors import BadInput

KEY = SigningKey.of("safeconduct.example/qarand", Ed25519PrivateKey.from_private_bytes(bytes(32)))
ENTRIES = [bytes([number]) * number for number in range(11)]
NOTE = checkpoint.signed(11, oracle.mth(ENTRIES), KEY)
PROOF = TlogProof(4, tuple(oracle.path(4, ENTRIES)), NOTE, ENTRIES[4])
TEXT = str(PROOF)


def test_receipt_is_read_as_it_was_written():
    assert proof.parse(TEXT.encode()) == PROOF
    assert PROOF.check([KEY.vkey]).size == 11


def test_receipt_without_the_entry_needs_it_from_elsewhere():
    bare = proof.parse(str(TlogProof(4, PROOF.path, NOTE)).encode())
    assert bare.check([KEY.vkey], ENTRIES[4]).size == 11
    with pytest.raises(BadInput, match="entry: found none given"):
        bare.check([KEY.vkey])


def test_receipt_of_a_record_of_one_has_no_hashes():
    one = TlogProof(0, (), checkpoint.signed(1, oracle.mth([b"x"]), KEY), b"x")
    assert proof.parse(str(one).encode()).check([KEY.vkey]).size == 1


def test_every_changed_byte_is_refused():
    data = TEXT.encode()
    for at in range(len(data)):
        with pytest.raises(BadInput):
            proof.parse(data[:at] + bytes([data[at] ^ 1]) + data[at + 1 :]).check([KEY.vkey])


def test_receipt_under_a_stranger_s_checkpoint_is_refused():
    stranger = SigningKey.of(KEY.name, Ed25519PrivateKey.from_private_bytes(bytes([7]) * 32))
    with pytest.raises(BadInput, match="want one by"):
        PROOF.check([stranger.vkey])


@pytest.mark.parametrize(
    ("old", "new", "named"),
    [
        ("proof@v1", "proof@v2", "line 1"),
        ("index 4", "index 04", "index line"),
        ("index 4", "index -4", "index line"),
        ("index 4", "index 4 ", "index line"),
        ("index 4\n", "", "index line"),
        ("index 4", "index 11", "one below the size 11"),
        ("index 4", f"index 4\n{base64.b64encode(bytes(31)).decode()}", "hash of 32 bytes"),
        ("index 4", f"index 4\n{base64.b64encode(bytes(32)).decode()}", "hashes: found 5, want 4"),
        ("extra ", "extra  ", "base64"),
        ("\n\n", "\n", "empty line|hash of 32"),
    ],
)
def test_malformed_receipt_is_refused_by_name(old: str, new: str, named: str):
    with pytest.raises(BadInput, match=named):
        proof.parse(TEXT.replace(old, new, 1).encode()).check([KEY.vkey])


def test_receipt_too_long_to_be_one_is_refused():
    with pytest.raises(BadInput, match="at most"):
        proof.parse(TEXT.encode() + b"\n" * proof.MOST_BYTES)


@settings(derandomize=True, max_examples=300)
@given(st.binary(max_size=200) | st.text().map(lambda text: f"{proof.HEADER}\n{text}".encode()))
def test_any_bytes_give_a_receipt_or_bad_input(data: bytes):
    try:
        proof.parse(data)
    except BadInput:
        return
