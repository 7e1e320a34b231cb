"""A note is believed only when a trusted key signed these very bytes."""

from __future__ import annotations

import base64

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import example, given, settings
from hypothesis import strategies as st

from safeconduct.record import checkpoint, note
from safeconduct.record.checkpoint import Checkpoint
from safeconduct.record.note import SigningKey, VerifyKey
from safeconduct.terms.errors import BadInput

# The worked example in the documentation of Go's package golang.org/x/mod/sumdb/note.
GO_VKEY = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
GO_NOTE = (
    "If you think cryptography is the answer to your problem,\n"
    "then you don't know what your problem is.\n"
    "\n"
    "— PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n"
)
KEY = SigningKey.of("safeconduct.example/qarand", Ed25519PrivateKey.from_private_bytes(bytes(32)))
OTHER = SigningKey.of("safeconduct.example/lioran", Ed25519PrivateKey.from_private_bytes(bytes([1]) * 32))
TEXT = "first line\n\nthird line\n"
SIGNED = KEY.sign(TEXT)


def opened(text: str, *keys: SigningKey) -> note.Note:
    return note.opened(text.encode(), [key.vkey for key in keys or (KEY,)])


def test_note_signed_by_another_implementation_is_opened():
    assert note.opened(GO_NOTE.encode(), [note.parse_vkey(GO_VKEY)]).text.endswith("your problem is.\n")


def test_verifier_key_is_written_as_it_was_read():
    assert str(note.parse_vkey(GO_VKEY)) == GO_VKEY
    assert note.parse_vkey(str(KEY.vkey)) == KEY.vkey


def test_text_ends_at_the_last_empty_line():
    assert opened(SIGNED).text == TEXT


def test_lines_of_unknown_keys_and_types_are_ignored():
    unknown = f"— {KEY.name} {base64.b64encode(b'abcd' + bytes(64)).decode()}\n"
    post_quantum = f"— somebody.example {base64.b64encode(b'abcd' + bytes(2420)).decode()}\n"
    assert opened(SIGNED + unknown + post_quantum).text == TEXT


def test_two_keys_sign_one_text():
    both = SIGNED + OTHER.sign(TEXT).removeprefix(TEXT + "\n")
    assert opened(both, OTHER).text == opened(both, KEY, OTHER).text == TEXT


def test_bad_line_of_a_known_key_spoils_the_note():
    forged = SIGNED + OTHER.sign("another text\n").removeprefix("another text\n\n")
    assert opened(forged, KEY).text == TEXT
    with pytest.raises(BadInput, match=r"signature of safeconduct.example/lioran"):
        opened(forged, KEY, OTHER)


def test_note_without_a_known_signature_is_refused():
    with pytest.raises(BadInput, match=r"want one by safeconduct.example/lioran"):
        opened(SIGNED, OTHER)


def test_every_changed_byte_is_refused():
    data = SIGNED.encode()
    for at in range(len(data)):
        with pytest.raises(BadInput):
            note.opened(data[:at] + bytes([data[at] ^ 1]) + data[at + 1 :], [KEY.vkey])


def test_signature_in_another_spelling_of_its_base64_is_refused():
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
    last = SIGNED[-3]
    twin = alphabet[alphabet.index(last) ^ 1]
    line = SIGNED.removesuffix(f"{last}=\n") + f"{twin}=\n"
    assert base64.b64decode(line.split()[-1]) == base64.b64decode(SIGNED.split()[-1])
    with pytest.raises(BadInput, match="signature line"):
        opened(line)


def test_every_cut_is_refused():
    data = SIGNED.encode()
    for at in range(len(data)):
        with pytest.raises(BadInput):
            note.opened(data[:at], [KEY.vkey])


@pytest.mark.parametrize(
    ("damage", "named"),
    [
        (lambda text: text.replace("\n\n— ", "\n— "), "signature"),
        (lambda text: text.replace("— ", "- "), "signature line"),
        (lambda text: text.replace("first", "first\t"), "control character"),
        (lambda text: text.rstrip("\n"), "layout"),
        (lambda text: text.replace("=\n", "\n"), "signature line"),
        (lambda text: text + "— x YWJj\n", "signature line"),
        (lambda text: text + f"— a+b {base64.b64encode(bytes(68)).decode()}\n", "name"),
        (lambda text: text + f"— x {base64.b64encode(bytes(68)).decode()}\n" * 64, "at most 64"),
        (lambda text: text + "\n" * (1 << 20), "at most 1048576"),
    ],
)
def test_malformed_note_is_refused_by_name(damage, named):
    with pytest.raises(BadInput, match=named):
        opened(damage(SIGNED))


def test_sixteen_signatures_are_accepted():
    line = f"— x.example {base64.b64encode(bytes(68)).decode()}\n"
    assert opened(SIGNED + line * 16).text == TEXT


@pytest.mark.parametrize("name", ["", "two words", "a+b", "wide\u3000space", "line\nfeed", "nul\x00"])
def test_name_that_no_key_can_have_is_refused(name: str):
    with pytest.raises(BadInput, match="key name"):
        SigningKey.of(name, KEY.private)


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("", "key: found ''"),
        ("a+00000000+AAAA", "want base64 of 0x01 and 32 bytes"),
        (GO_VKEY.replace("c74f20a3", "c74f20a4"), "want c74f20a3"),
        (GO_VKEY.replace("+AR", "+BR"), "Ed25519"),
        ("x" + GO_VKEY, "key id"),
    ],
)
def test_verifier_key_that_is_none_is_refused_by_name(text: str, named: str):
    with pytest.raises(BadInput, match=named):
        note.parse_vkey(text)


@settings(derandomize=True, max_examples=300)
@given(st.binary(max_size=200) | st.text().map(str.encode))
@example(b"\n\n")
@example(b"a\n\n\n")
@example("a\n\n— \n".encode())
def test_any_bytes_give_a_note_or_bad_input(data: bytes):
    for read in (note.parse, lambda raw: note.parse_vkey(raw.decode(errors="replace"))):
        try:
            read(data)
        except BadInput:
            continue


def test_checkpoint_is_read_as_it_was_signed():
    signed = checkpoint.signed(17, bytes(range(32)), KEY)
    assert checkpoint.opened(signed.encode(), [KEY.vkey]) == Checkpoint(KEY.name, 17, bytes(range(32)))


def test_checkpoint_keeps_extension_lines_of_other_logs():
    text = Checkpoint(KEY.name, 0, bytes(32), ("one", "two")).text
    assert checkpoint.parse(text).extensions == ("one", "two")
    assert checkpoint.parse(text).text == text


def test_checkpoint_of_another_origin_is_refused():
    foreign = KEY.sign(Checkpoint("elsewhere.example", 1, bytes(32)).text)
    with pytest.raises(BadInput, match=r"origin: found 'elsewhere.example', want safeconduct.example/qarand"):
        checkpoint.opened(foreign.encode(), [KEY.vkey])


ROOT = base64.b64encode(bytes(32)).decode()


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("", "lines"),
        ("origin\n5\n", "lines"),
        (f"origin\n5\n{ROOT}", "lines"),
        (f"\n5\n{ROOT}\n", "line 1: found nothing"),
        (f"origin\n-4\n{ROOT}\n", "line 2: found '-4'"),
        (f"origin\n05\n{ROOT}\n", "line 2: found '05'"),
        (f"origin\n٣\n{ROOT}\n", "line 2"),
        (f"origin\n9999999999999999999\n{ROOT}\n", "line 2"),
        (f"origin\n5\n{ROOT[:-4]}\n", "line 3"),
        (f"origin\n5\n{ROOT}\n\n", "extension lines"),
    ],
)
def test_malformed_checkpoint_is_refused_by_line(text: str, named: str):
    with pytest.raises(BadInput, match=named):
        checkpoint.parse(text)


@settings(derandomize=True, max_examples=300)
@given(st.text())
def test_any_text_gives_a_checkpoint_or_bad_input(text: str):
    try:
        assert checkpoint.parse(text).text == text
    except BadInput:
        return


def test_key_id_binds_name_and_key():
    assert VerifyKey("a", bytes(32)).id != VerifyKey("b", bytes(32)).id != VerifyKey("b", bytes(31) + b"\x01").id
