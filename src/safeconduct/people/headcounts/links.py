"""One-time links: a message to someone asked carries one, and whoever opens it answers for that person alone.

The link is made from the node's secret and the answer's id, so that none is kept; the table has its SHA-256 only.
Eleven characters of a URL have 66 bits: short enough for a text message, and not to be guessed.
"""

from __future__ import annotations

import hashlib
import hmac
import re
import uuid
from base64 import urlsafe_b64encode

LENGTH = 11


def link_of(secret: str, answer: uuid.UUID) -> str:
    code = hmac.digest(secret.encode(), b"headcount link " + answer.bytes, "sha256")
    return urlsafe_b64encode(code)[:LENGTH].decode("ascii")


def digest_of(link: str) -> str:
    return hashlib.sha256(link.encode("utf-8", "replace")).hexdigest()


def address_digest(secret: str, address: str) -> str:
    """A keyed hash of an address, by which a reply finds the messages that went there.

    Gateways write one number as +999 001, 00999001 or 999001.
    """
    plain = address.strip().casefold()
    if re.fullmatch(r"\+?[0-9 ().-]+", plain):
        plain = re.sub(r"\D", "", plain).removeprefix("00")
    return hmac.digest(secret.encode(), b"address " + plain.encode("utf-8", "replace"), "sha256").hex()
