"""A record with entries in it. `filled` makes one; every test takes it back by its transaction."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from tests.record.deeds import deed

from safeconduct.record.note import SigningKey


@pytest.fixture
def key() -> SigningKey:
    return SigningKey.of("safeconduct.example/qarand", Ed25519PrivateKey.from_private_bytes(bytes(range(32))))


@pytest.fixture
def filled(db: None, key: SigningKey) -> Callable[[int], None]:
    """Enter deeds in appends of 1, 2, 3 … 7, 1, 2 … until the record has so many."""
    from safeconduct.record import store

    def fill(size: int) -> None:
        begin, step = 0, 1
        while begin < size:
            end = min(begin + step, size)
            store.append([deed(number) for number in range(begin, end)], key=key)
            begin, step = end, step % 7 + 1

    return fill
