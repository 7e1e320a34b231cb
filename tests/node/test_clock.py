"""The clock's duties: one that fails keeps no other from its turn, and is not hidden."""

from __future__ import annotations

import pytest
from django.db import OperationalError

from safeconduct.clock import Duty


def broken():
    raise ValueError("a fault of ours")


def away():
    raise OperationalError("the database is away")


def test_a_duty_that_fails_says_so_and_is_done_again():
    duty = Duty(broken)
    assert (duty.turn(), duty.failed) == (False, True)
    duty.do = lambda: 3
    assert (duty.turn(), duty.failed) == (True, False)


def test_a_duty_waits_for_its_time():
    done = []
    duty = Duty(lambda: done.append(1), every_s=60)
    duty.turn()
    duty.turn()
    assert done == [1]


def test_a_database_that_is_away_is_no_fault_of_the_duty():
    duty = Duty(away, every_s=60)
    for _ in range(2):
        with pytest.raises(OperationalError):
            duty.turn()
    assert not duty.failed
