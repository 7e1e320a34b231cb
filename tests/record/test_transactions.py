"""The record in real transactions: committed, rolled back, and read while it grows."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection, transaction
from tests.record.deeds import deed

from safeconduct.record import queries, store
from safeconduct.record.models import Payload
from safeconduct.record.verify import verify
from safeconduct.store.guard import passage


@pytest.fixture(scope="module", autouse=True)
def _open_guard() -> Iterator[None]:
    """Django empties every table after these tests, guarded ones too."""
    with passage("act"):
        yield


@pytest.mark.django_db(transaction=True)
def test_append_outside_a_transaction_is_refused(key):
    with pytest.raises(RuntimeError, match="transaction"):
        store.append([deed(0)], key=key)
    with transaction.atomic():
        assert store.append([deed(0)], key=key) == [0]


@pytest.mark.django_db(transaction=True)
def test_change_that_fails_leaves_nothing_on_the_record(key):
    with transaction.atomic():
        store.append([deed(0)], key=key)
    before = queries.newest_checkpoint()
    with pytest.raises(ZeroDivisionError), transaction.atomic():
        store.append([deed(1)], key=key)
        raise ZeroDivisionError
    assert (queries.size(), queries.newest_checkpoint()) == (1, before)
    assert not list(verify(key.vkey))


@pytest.mark.django_db(transaction=True)
def test_verification_sees_one_state_while_the_record_grows(key):
    if connection.vendor == "sqlite":
        pytest.skip("SQLite in memory has no snapshots; test_on_disk holds the same there")
    with transaction.atomic():
        store.append([deed(number) for number in range(5000)], key=key)
    Payload.objects.filter(index=0).update(text="{}")
    checking = verify(key.vkey)
    assert next(checking).where == "entry 0: commitment"
    appended_elsewhere(key)
    assert list(checking) == []
    assert (queries.size(), connection.in_atomic_block) == (5001, False)


def appended_elsewhere(key) -> None:
    """One append over a connection of its own."""

    def append() -> None:
        try:
            with transaction.atomic():
                store.append([deed(9000)], key=key)
        finally:
            connection.close()

    with ThreadPoolExecutor(1) as pool:
        pool.submit(append).result(timeout=60)
