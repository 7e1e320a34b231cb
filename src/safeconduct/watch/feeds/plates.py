"""Plates become tokens at the door: a keyed hash under a secret of the day, and the plate is dropped.

    keys/plates.json   {"2026-11-24": "5f0c…"}

The secrets are drawn at random, one for each UTC day, and destroyed when the day after is over: from then on nobody,
the node included, can find out whose token one was. See docs/decisions/0015-a-plates-key-lives-two-days.md.
"""

from __future__ import annotations

import hashlib
import json
import os
import secrets
import threading
import unicodedata
from datetime import date
from pathlib import Path

import structlog

from safeconduct.terms import instant

log = structlog.get_logger("safeconduct.watch.plates")

DAY_MS = 86_400_000
SALT_BYTES = 32
TOKEN_BYTES = 16
REPEAT_MS = 2 * 3_600_000
"""A vehicle that comes back within this keeps its token, midnight or not: the window in which stays add up."""
AHEAD_MS = 600_000
"""How far ahead of the node's clock a day may begin."""
MAX_RECENT = 65_536
PLATE_LETTERS = (2, 16)

_ALIKE = str.maketrans("АВЕКМНОРСТУХΑΒΕΖΗΙΚΜΝΟΡΤΥΧ", "ABEKMHOPCTYXABEZHIKMNOPTYX")
"""Cyrillic and Greek capitals to the Latin ones that the same plate shows: readers write either."""


def normal(text: str) -> str | None:
    """A plate as all readers' spellings of it have it; None for what cannot be one."""
    if len(text) > 64:
        return None
    # Twice: what capitals of capitals are made of may decompose, too.
    upper = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).upper()).translate(_ALIKE)
    found = "".join(_letter(one) for one in upper if one.isalnum())
    return found if PLATE_LETTERS[0] <= len(found) <= PLATE_LETTERS[1] else None


def _letter(one: str) -> str:
    digit = unicodedata.digit(one, None)
    return one if digit is None else str(digit)


class Plates:
    """The tokens of plates. `file` keeps the secrets, None for a trial whose tokens mean nothing elsewhere.

    Threads share it.
    """

    def __init__(self, file: Path | None = None):
        self._file = file
        self._salts: dict[str, bytes] = _read(file) if file else {}
        self._recent: dict[str, int] = {}
        """Tokens of lately, to when each was last read."""
        self._lock = threading.Lock()

    def token(self, text: str, at_ms: int) -> str | None:
        """The token of a plate read at `at_ms`; None for no plate, or a day whose secret is gone or to come."""
        plate = normal(text)
        if plate is None:
            return None
        with self._lock:
            return self._token(plate.encode(), at_ms)

    def forget(self) -> None:
        """Destroy the secrets of days that are over. Called now and then, so that they end though no plate is read."""
        with self._lock:
            self._forget(instant.epoch_ms(instant.now()))

    def _token(self, plate: bytes, at_ms: int) -> str | None:
        now_ms = instant.epoch_ms(instant.now())
        self._forget(now_ms)
        token = self._of_day(plate, at_ms, now_ms)
        if token is None:
            return None
        # Whatever order they come in: reads on both sides of midnight, under the token of the first that came.
        for other_ms in (at_ms - DAY_MS, at_ms + DAY_MS):
            other = self._of_day(plate, other_ms, now_ms, drawn=False)
            if other and abs(at_ms - self._recent.get(other, at_ms - DAY_MS)) <= REPEAT_MS:
                token = other
        self._recent[token] = max(at_ms, self._recent.pop(token, at_ms))
        if len(self._recent) > MAX_RECENT:
            del self._recent[next(iter(self._recent))]
        return token

    def _of_day(self, plate: bytes, at_ms: int, now_ms: int, drawn: bool = True) -> str | None:
        day = _day(at_ms)
        salt = self._salts.get(day)
        if salt is None:
            if not drawn or not _day(now_ms - DAY_MS) <= day <= _day(now_ms + AHEAD_MS):
                return None
            salt = self._draw(day)
        return hashlib.blake2b(plate, key=salt, digest_size=TOKEN_BYTES).hexdigest()

    def _draw(self, day: str) -> bytes:
        salt = secrets.token_bytes(SALT_BYTES)
        self._salts[day] = salt
        self._keep()
        return salt

    def _forget(self, now_ms: int) -> None:
        last = _day(now_ms - DAY_MS)
        if any(day < last for day in self._salts):
            self._salts = {day: salt for day, salt in self._salts.items() if day >= last}
            self._keep()

    def _keep(self) -> None:
        """Durable before the first token of it leaves: a restart must know the vehicle again."""
        if self._file is None:
            return
        fresh = self._file.with_suffix(".new")
        fresh.unlink(missing_ok=True)
        descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w", encoding="ascii") as file:
            json.dump({day: salt.hex() for day, salt in self._salts.items()}, file)
            file.flush()
            os.fsync(file.fileno())
        fresh.replace(self._file)


def _read(file: Path) -> dict[str, bytes]:
    """The secrets of a node; none of a file that is damaged, or that others than its owner could read.

    New ones are drawn then: a vehicle is not known again, and no more than that is lost.
    """
    try:
        mode = file.stat().st_mode & 0o777
        found = {
            date.fromisoformat(day).isoformat(): bytes.fromhex(salt)
            for day, salt in json.loads(file.read_bytes()).items()
        }
    except FileNotFoundError:
        return {}
    except (ValueError, TypeError, AttributeError, RecursionError):
        log.error("plate_secrets_unreadable", found="other content")
        return {}
    if mode & 0o077 or any(len(salt) != SALT_BYTES for salt in found.values()):
        log.error("plate_secrets_unreadable", found=oct(mode))
        return {}
    return found


def _day(at_ms: int) -> str:
    return instant.from_epoch_ms(at_ms).date().isoformat()
