"""Whether a gateway's callback is its own: signed with the channel's secret, and of these minutes.

X-Timestamp: 1764000000          seconds since 1970, within five minutes of now
X-Signature: sha256=<hex>        HMAC-SHA-256 with the secret over timestamp, a full stop and the body
"""

from __future__ import annotations

import hashlib
import hmac
import time

from safeconduct import node
from safeconduct.people.channels.channel_file import read_channels
from safeconduct.people.channels.ladder import Channel
from safeconduct.terms.errors import NotFound

WITHIN_S = 300


def channel_of(name: str, timestamp: str, signature: str, body: bytes) -> Channel | None:
    """The channel `name`, if the callback is its own; None for everything else alike."""
    try:
        channel = read_channels(node.current().path).named(name)
    except NotFound:
        channel = None
    secret = channel.secret if channel else ""
    wanted = hmac.new(secret.encode(), timestamp.encode("utf-8", "replace") + b"." + body, hashlib.sha256).hexdigest()
    is_its = hmac.compare_digest(f"sha256={wanted}".encode(), signature.encode("utf-8", "replace"))
    is_now = timestamp.isascii() and timestamp.isdecimal() and abs(time.time() - int(timestamp[:15])) <= WITHIN_S
    return channel if secret and is_its and is_now else None
