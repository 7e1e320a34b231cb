"""The other tool: a verifier of exported logs and tlog proofs, from the texts of C2SP and RFC 6962 alone.

It shares no code with the package and asserts instead of explaining.
"""

from __future__ import annotations

import base64
import hashlib
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from oracles.merkle import mth


def verify_directory(directory: Path, vkey: str) -> list[bytes]:
    """The log's entries, if tiles, bundles and signed checkpoint agree; AssertionError if not."""
    size, root = open_checkpoint((directory / "checkpoint").read_text(), vkey)
    entries: list[bytes] = []
    for n in range((size + 255) // 256):
        width = min(256, size - n * 256)
        bundle = (directory / "tile" / "entries" / number(n, width)).read_bytes()
        at = 0
        while at < len(bundle):
            length = bundle[at] * 256 + bundle[at + 1]
            entries.append(bundle[at + 2 : at + 2 + length])
            at += 2 + length
        assert len(entries) == n * 256 + width
    level, count = 0, size
    while count:
        span = 256**level
        for n in range((count + 255) // 256):
            width = min(256, count - n * 256)
            tile = (directory / "tile" / str(level) / number(n, width)).read_bytes()
            assert len(tile) == 32 * width
            for i in range(width):
                begin = (n * 256 + i) * span
                assert tile[32 * i : 32 * i + 32] == mth(entries[begin : begin + span])
        level, count = level + 1, count // 256
    assert mth(entries) == root
    return entries


def verify_proof(proof: str, entry: bytes, vkey: str) -> int:
    """The index at which the log has `entry`; AssertionError if the proof does not show it. RFC 9162 §2.1.3.2."""
    head, checkpoint = proof.split("\n\n", 1)
    lines = head.split("\n")
    assert lines.pop(0) == "c2sp.org/tlog-proof@v1"
    if lines[0].startswith("extra "):
        lines.pop(0)
    assert lines[0].startswith("index ")
    index = int(lines.pop(0)[6:])
    size, root = open_checkpoint(checkpoint, vkey)
    assert index < size
    fn, sn = index, size - 1
    r = hashlib.sha256(b"\x00" + entry).digest()
    for line in lines:
        p = base64.b64decode(line)
        assert sn != 0
        if fn & 1 or fn == sn:
            r = hashlib.sha256(b"\x01" + p + r).digest()
            while not fn & 1 and fn != 0:
                fn, sn = fn >> 1, sn >> 1
        else:
            r = hashlib.sha256(b"\x01" + r + p).digest()
        fn, sn = fn >> 1, sn >> 1
    assert sn == 0
    assert r == root
    return index


def open_checkpoint(note: str, vkey: str) -> tuple[int, bytes]:
    """Size and root that the key signed."""
    name, key_id, key = vkey.split("+", 2)
    public = base64.b64decode(key)
    assert public[0] == 1
    assert hashlib.sha256(name.encode() + b"\n" + public).hexdigest()[:8] == key_id
    text, signatures = note.rsplit("\n\n", 1)
    text += "\n"
    for line in signatures.splitlines():
        dash, signer, blob = line.split(" ")
        raw = base64.b64decode(blob)
        if dash == "—" and signer == name and raw[:4].hex() == key_id:
            Ed25519PublicKey.from_public_bytes(public[1:]).verify(raw[4:], text.encode())
            break
    else:
        raise AssertionError("not signed")
    origin, size, root = text.split("\n")[:3]
    assert origin == name
    return int(size), base64.b64decode(root)


def number(n: int, width: int) -> str:
    digits = str(n)
    digits = digits.zfill(-(-len(digits) // 3) * 3)
    groups = [digits[i : i + 3] for i in range(0, len(digits), 3)]
    return "/".join([*("x" + group for group in groups[:-1]), groups[-1]]) + ("" if width == 256 else f".p/{width}")
