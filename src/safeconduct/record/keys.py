"""The node's key on disk: `node.key` (PKCS #8 PEM, mode 0600), and beside it `node.vkey` (a C2SP verifier key line)."""

from __future__ import annotations

import os
from pathlib import Path

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from safeconduct.record.note import SigningKey, VerifyKey, parse_vkey
from safeconduct.terms.errors import BadInput, Fault, shown

__all__ = ["SigningKey", "VerifyKey", "load_key", "make_key"]


def make_key(path: Path, name: str) -> SigningKey:
    """Make the key `name` (the log's origin) in the file `path`. Raises BadInput where a file is there already."""
    key = SigningKey.of(name, Ed25519PrivateKey.generate())
    pem = key.private.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        raise BadInput("key", [Fault(str(path), "a file", "none yet: a key is not written over")]) from None
    with os.fdopen(descriptor, "wb") as file:
        file.write(pem)
    path.with_suffix(".vkey").write_text(f"{key.vkey}\n", encoding="utf-8")
    return key


def load_key(path: Path, name: str) -> SigningKey:
    """The key in the file `path`. Raises BadInput for files absent, open to other users, or not of the key `name`."""
    key = SigningKey.of(name, _private(path))
    public = path.with_suffix(".vkey")
    try:
        vkey = parse_vkey(public.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        raise BadInput("node key", [Fault(str(public), shown(str(error)), "a verifier key line")]) from None
    if key.vkey != vkey:
        raise BadInput("node key", [Fault(str(public), str(vkey), f"{key.vkey}, of the origin and {path.name}")])
    return key


def _private(path: Path) -> Ed25519PrivateKey:
    try:
        mode = path.stat().st_mode & 0o777
        pem = path.read_bytes()
    except OSError as error:
        raise BadInput("node key", [Fault(str(path), error.strerror or "unreadable", "a private key")]) from None
    if mode & 0o077:
        raise BadInput("node key", [Fault(str(path), f"mode {mode:04o}", "mode 0600: no other user may read it")])
    try:
        private = serialization.load_pem_private_key(pem, password=None)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        raise BadInput("node key", [Fault(str(path), "bytes that are no key", "an Ed25519 key, PKCS #8 PEM")]) from None
    if not isinstance(private, Ed25519PrivateKey):
        raise BadInput("node key", [Fault(str(path), type(private).__name__, "an Ed25519 key")])
    return private
