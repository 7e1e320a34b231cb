"""Ids: UUIDv7, made by the originator."""

from __future__ import annotations

import os
import time
import uuid


def new_id() -> uuid.UUID:
    """A UUIDv7 of now. Source: RFC 9562 §5.7."""
    milliseconds = time.time_ns() // 1_000_000
    return _version_7(milliseconds, int.from_bytes(os.urandom(10)))


def derived_id(milliseconds: int, digest: bytes) -> uuid.UUID:
    """A UUIDv7 that the same `milliseconds` since 1970 and the same `digest` (≥ 10 bytes) always give again."""
    return _version_7(milliseconds, int.from_bytes(digest[:10]))


def _version_7(milliseconds: int, random_80: int) -> uuid.UUID:
    value = (milliseconds & ((1 << 48) - 1)) << 80 | random_80 & ((1 << 80) - 1)
    value = value & ~(0xF << 76) | 0x7 << 76
    value = value & ~(0x3 << 62) | 0x2 << 62
    return uuid.UUID(int=value)
