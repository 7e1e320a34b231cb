"""The two words of a movement, kept as keyed hashes: one says that all is well, the other tells of duress."""

from __future__ import annotations

import hmac
import unicodedata
import uuid
from hashlib import sha256

from safeconduct import node
from safeconduct.terms.errors import Fault

WELL, DURESS, WRONG, NONE = "well", "duress", "wrong", "none"
LEAST, MOST = 4, 64
MOST_TRIES = 3
"""Words that were neither of its own: with so many, those are called whom duress calls."""


def plain_word(word: str) -> str:
    """A word as it is compared: whoever speaks it over a bad line is not asked about capitals and blanks."""
    return "".join(unicodedata.normalize("NFKC", word).casefold().split())


def hashed(movement: uuid.UUID, word: str) -> str:
    """What is kept of a word: nobody who reads the database can try words without the node's secret."""
    key = sha256(b"words of movements\0" + node.current().secret.encode()).digest()
    return hmac.new(key, movement.bytes + plain_word(word).encode(), sha256).hexdigest()


def meaning(movement: uuid.UUID, words: dict[str, str], word: str) -> str:
    """WELL, DURESS or WRONG; NONE where no word was given, or where the movement has none."""
    if not word.strip() or not words:
        return NONE
    found = hashed(movement, word)
    is_well = hmac.compare_digest(found, words[WELL])
    is_duress = hmac.compare_digest(found, words[DURESS])
    return DURESS if is_duress else WELL if is_well else WRONG


def faults(well: str, duress: str) -> list[Fault]:
    """What is wrong with two words, without saying them again."""
    found = [
        Fault(name, f"{len(plain_word(word))} characters", f"{LEAST} to {MOST} characters")
        for name, word in ((WELL, well), (DURESS, duress))
        if not LEAST <= len(plain_word(word)) <= MOST
    ]
    if not found and plain_word(well) == plain_word(duress):
        found.append(Fault(DURESS, "the same word", "another word"))
    return found
