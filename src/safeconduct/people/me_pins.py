"""The two PINs of a phone: one opens, the other looks the same and calls for help.

A PIN has few digits, so that what is kept of it is keyed with the node's secret: the database alone tells no PIN. One
that waited on the phone comes sealed to the node (web/static/safeconduct/me/seal.js).
"""

from __future__ import annotations

import base64
import binascii
import hmac
import uuid
from enum import StrEnum
from functools import cache

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from safeconduct import node
from safeconduct.terms.errors import BadInput, Fault

SHORTEST, LONGEST = 4, 8
POINT_BYTES = 65
SEALED_BYTES = POINT_BYTES + 16 + 16
ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
"""Of P-256. Source: FIPS 186-5 and SP 800-186, section 3.2.1.3."""


class Opens(StrEnum):
    """What a PIN does."""

    NOTHING = ""
    PAGE = "page"
    DURESS = "duress"


def digest_of(phone: uuid.UUID, pin: str) -> str:
    """What is kept of a PIN."""
    key = _derived(b"safeconduct pin digest", 32)
    return hmac.new(key, f"{phone}\n{pin}".encode(), "sha256").hexdigest()


def opens(phone: uuid.UUID, pin: str, page: str, duress: str) -> Opens:
    """What `pin` does on a phone of which `page` and `duress` are kept. As long for each answer."""
    digest = digest_of(phone, pin)
    is_page, is_duress = hmac.compare_digest(digest, page), hmac.compare_digest(digest, duress)
    return Opens.PAGE if is_page else Opens.DURESS if is_duress else Opens.NOTHING


def check(pin: str, duress: str) -> None:
    """Raises BadInput for PINs that cannot be told apart, or are too easy to guess. Quotes neither."""
    faults = [
        Fault(where, f"{len(one)} characters", f"{SHORTEST} to {LONGEST} digits, not all the same")
        for where, one in (("pin", pin), ("duress", duress))
        if not (SHORTEST <= len(one) <= LONGEST and one.isascii() and one.isdigit() and len(set(one)) > 1)
    ]
    if not faults and len(pin) != len(duress):
        faults.append(Fault("duress", "another length", "as many digits as the PIN: whoever looks on counts them"))
    if not faults and sum(a != b for a, b in zip(pin, duress, strict=True)) < 2:
        faults.append(Fault("duress", "too near the PIN", "two digits that differ: a slip of the finger calls nobody"))
    if faults:
        raise BadInput("pins", faults)


def public_key() -> str:
    """The key that phones seal PINs to: an uncompressed point of P-256, base64url."""
    point = _private_key().public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
    return base64.urlsafe_b64encode(point).decode().rstrip("=")


def unsealed(text: str, check_in: str) -> str:
    """The PIN that a phone sealed for this check-in. Raises BadInput for anything else."""
    try:
        raw = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
        if len(raw) != SEALED_BYTES:
            raise ValueError
        theirs = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), raw[:POINT_BYTES])
        shared = _private_key().exchange(ec.ECDH(), theirs)
        made = HKDF(SHA256(), 28, raw[:POINT_BYTES], b"safeconduct pin").derive(shared)
        return AESGCM(made[:16]).decrypt(made[16:], raw[POINT_BYTES:], check_in.encode()).decode().rstrip()
    except (ValueError, binascii.Error, InvalidTag):
        raise BadInput("pins", [Fault("sealed", "no PIN", "a PIN that was sealed for this check-in")]) from None


def _derived(info: bytes, length: int) -> bytes:
    return HKDF(SHA256(), length, None, info).derive(node.current().secret.encode())


def _private_key() -> ec.EllipticCurvePrivateKey:
    return _key(node.current().secret)


@cache
def _key(secret: str) -> ec.EllipticCurvePrivateKey:  # the argument is what the answer is kept by
    del secret
    number = int.from_bytes(_derived(b"safeconduct pin seal", 48)) % (ORDER - 1) + 1
    return ec.derive_private_key(number, ec.SECP256R1())
