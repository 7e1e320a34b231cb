"""C2SP signed notes with Ed25519 keys.

    safeconduct.example/qarand
    17
    8fWl0L3Gx1nYzSXgYzZC3vYzJzjGg8cF1n6kG2o7m0E=

    — safeconduct.example/qarand mV3kPB8…

Source: https://c2sp.org/signed-note. The one signature type that the record needs is supported (0x01);
lines of other keys and types are kept and ignored, as the specification asks.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import NoReturn

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from safeconduct.terms.errors import BadInput, Fault, shown

ED25519 = b"\x01"
MOST_BYTES = 1 << 20
MOST_SIGNATURES = 64


@dataclass(frozen=True)
class VerifyKey:
    """A public key by name, written `<name>+<key id, hex>+<base64 of type and key>`."""

    name: str
    public: bytes

    @property
    def id(self) -> bytes:
        return sha256(self.name.encode() + b"\n" + ED25519 + self.public).digest()[:4]

    def __str__(self) -> str:
        return f"{self.name}+{self.id.hex()}+{_base64(ED25519 + self.public)}"

    def is_signed(self, text: str, signature: bytes) -> bool:
        """Whether `signature` (64 bytes) is this key's over `text`."""
        try:
            Ed25519PublicKey.from_public_bytes(self.public).verify(signature, text.encode())
        except InvalidSignature:
            return False
        return True


@dataclass(frozen=True)
class SigningKey:
    """A named private key. Its name is the origin of the log that it signs."""

    name: str
    private: Ed25519PrivateKey
    vkey: VerifyKey

    @classmethod
    def of(cls, name: str, private: Ed25519PrivateKey) -> SigningKey:
        """Raises BadInput where `name` cannot be a key's name."""
        check_name(name)
        return cls(name, private, VerifyKey(name, private.public_key().public_bytes_raw()))

    def sign(self, text: str) -> str:
        """The note of `text`, which ends in a newline, with this key's signature line."""
        return f"{text}\n— {self.name} {_base64(self.vkey.id + self.private.sign(text.encode()))}\n"


@dataclass(frozen=True)
class Signature:
    """A signature line: anybody's, of any type."""

    name: str
    key_id: bytes
    signature: bytes


@dataclass(frozen=True)
class Note:
    """A note as read. Its text means nothing until a trusted key's signature is found good: use `opened`."""

    text: str
    signatures: tuple[Signature, ...]


def check_name(name: str) -> None:
    """Raise BadInput unless `name` is not empty and has no Unicode space, control character or plus sign."""
    if not name or "+" in name or any(c.isspace() or ord(c) < 0x20 for c in name):
        raise BadInput("key name", [Fault("name", shown(name), "text without spaces and plus signs")])


def parse_vkey(text: str) -> VerifyKey:
    """The key that `text` writes. Raises BadInput for a type other than Ed25519 and for a key id not its own."""
    name, _, rest = text.strip().partition("+")
    id_hex, _, key_base64 = rest.partition("+")
    raw = decoded(key_base64)
    if raw is None or len(raw) != 33 or raw[:1] != ED25519:
        raise BadInput("verifier key", [Fault("key", shown(key_base64), "base64 of 0x01 and 32 bytes (Ed25519)")])
    check_name(name)
    key = VerifyKey(name, raw[1:])
    if id_hex != key.id.hex():
        raise BadInput("verifier key", [Fault("key id", shown(id_hex), key.id.hex())])
    return key


def parse(data: bytes) -> Note:
    """Split a note without trusting it. Raises BadInput."""
    if len(data) > MOST_BYTES:
        _refuse("length", f"{len(data)} bytes", f"at most {MOST_BYTES}")
    try:
        text = data.decode()
    except UnicodeDecodeError as error:
        _refuse("bytes", f"{data[error.start]:#x} at {error.start}", "UTF-8")
    if any(c < " " and c != "\n" for c in text):
        _refuse("text", "a control character", "none but newlines")
    end = text.rfind("\n\n")
    if end < 0 or not text.endswith("\n"):
        _refuse("layout", shown(text[-40:]), "text, an empty line, signature lines, each ended by a newline")
    lines = text[end + 2 : -1].split("\n")
    if len(lines) > MOST_SIGNATURES:
        _refuse("signatures", str(len(lines)), f"at most {MOST_SIGNATURES}")
    return Note(text[: end + 1], tuple(_signature(line) for line in lines))


def opened(data: bytes, keys: Sequence[VerifyKey]) -> Note:
    """The note, if any of `keys` signed it and no line under a name and id of theirs is bad. Raises BadInput."""
    note = parse(data)
    known = {(key.name, key.id): key for key in keys}
    signers = 0
    for line in note.signatures:
        key = known.get((line.name, line.key_id))
        if key is None:
            continue
        if not key.is_signed(note.text, line.signature):
            _refuse(f"signature of {key.name}", "one that does not fit the text", "its signature")
        signers += 1
    if not signers:
        found = ", ".join(f"{line.name}+{line.key_id.hex()}" for line in note.signatures[:4])
        wanted = " or ".join(f"{name}+{key_id.hex()}" for name, key_id in known) or "a known key"
        _refuse("signatures", shown(found), f"one by {wanted}")
    return note


def decoded(text: str) -> bytes | None:
    """The bytes of standard base64 in its one canonical spelling, or None."""
    try:
        raw = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return None
    return raw if _base64(raw) == text else None


def _signature(line: str) -> Signature:
    dash, _, rest = line.partition(" ")
    name, _, blob = rest.partition(" ")
    raw = decoded(blob)
    if dash != "—" or raw is None or len(raw) < 5:
        _refuse("signature line", shown(line), "'— <name> <base64 of key id and signature>'")
    check_name(name)
    return Signature(name, raw[:4], raw[4:])


def _base64(raw: bytes) -> str:
    return base64.b64encode(raw).decode()


def _refuse(where: str, found: str, wanted: str) -> NoReturn:
    raise BadInput("signed note", [Fault(where, found, wanted)])
