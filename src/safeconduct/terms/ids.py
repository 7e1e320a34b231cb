"""Ids: UUIDv7, made by the originator."""

from __future__ import annotations

import os
import threading
import time
import uuid

_RANDOM_BITS = 74
_STEP_BITS = 40
_last: tuple[int, int] = (0, 0)
_lock = threading.Lock()


def new_id() -> uuid.UUID:
    """A UUIDv7 of now, greater than any that this process made before.

    Within a millisecond the random part grows by a random step: ids sort as they were made, and two of them do not tell
    how many lie between. Source: RFC 9562 §5.7 and §6.2, method 2.
    """
    global _last
    milliseconds = time.time_ns() // 1_000_000
    with _lock:
        last_ms, last_random = _last
        if milliseconds > last_ms:
            # The topmost bit is left free, so that steps do not run over within the millisecond.
            random_part = int.from_bytes(os.urandom(10)) >> (80 - _RANDOM_BITS + 1)
        else:
            milliseconds = last_ms
            random_part = last_random + 1 + (int.from_bytes(os.urandom(8)) & ((1 << _STEP_BITS) - 1))
            if random_part >> _RANDOM_BITS:
                milliseconds, random_part = last_ms + 1, random_part & ((1 << _RANDOM_BITS) - 1)
        _last = (milliseconds, random_part)
    # Twelve random bits stand before the two of the variant, the other 62 behind them.
    return _version_7(milliseconds, (random_part >> 62) << 64 | random_part & ((1 << 62) - 1))


def derived_id(milliseconds: int, digest: bytes) -> uuid.UUID:
    """A UUIDv7 that the same `milliseconds` since 1970 and the same `digest` (≥ 10 bytes) always give again."""
    return _version_7(milliseconds, int.from_bytes(digest[:10]))


def _version_7(milliseconds: int, random_80: int) -> uuid.UUID:
    value = (milliseconds & ((1 << 48) - 1)) << 80 | random_80 & ((1 << 80) - 1)
    value = value & ~(0xF << 76) | 0x7 << 76
    value = value & ~(0x3 << 62) | 0x2 << 62
    return uuid.UUID(int=value)
