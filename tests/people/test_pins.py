"""Promises of PINs: what is kept tells none, and one that waited on a phone is opened by the node alone."""

from __future__ import annotations

import shutil
import subprocess
import uuid
from pathlib import Path

import pytest

from safeconduct.people import me_pins
from safeconduct.people.me_pins import Opens
from safeconduct.terms.errors import BadInput

PHONE = uuid.UUID("019d3a2b-0000-7000-8000-000000000001")
CHECK_IN = "019d3a2b-0000-7000-8000-000000000002"


def test_one_pin_opens_one_calls_for_help_and_others_do_nothing():
    page, duress = me_pins.digest_of(PHONE, "2468"), me_pins.digest_of(PHONE, "1357")
    assert me_pins.opens(PHONE, "2468", page, duress) is Opens.PAGE
    assert me_pins.opens(PHONE, "1357", page, duress) is Opens.DURESS
    assert me_pins.opens(PHONE, "2469", page, duress) is Opens.NOTHING
    assert me_pins.opens(PHONE, "", page, duress) is Opens.NOTHING


def test_the_same_pin_is_kept_otherwise_for_each_phone():
    assert me_pins.digest_of(PHONE, "2468") != me_pins.digest_of(uuid.UUID(int=1), "2468")


@pytest.fixture(scope="module")
def sealed() -> str:
    """A PIN as the phone's own script seals it."""
    node = shutil.which("node")
    if node is None:
        pytest.skip("Debian's nodejs is not installed")
    script = Path(__file__).with_name("sealing.mjs")
    done = subprocess.run(
        [node, script, "2468", CHECK_IN, me_pins.public_key()], check=True, capture_output=True, text=True
    )
    return done.stdout


def test_a_pin_that_waited_on_the_phone_is_opened_by_the_node(sealed):
    assert "2468" not in sealed
    assert me_pins.unsealed(sealed, CHECK_IN) == "2468"


def test_a_sealed_pin_is_good_for_its_own_check_in_alone(sealed):
    with pytest.raises(BadInput):
        me_pins.unsealed(sealed, str(uuid.UUID(int=7)))


def test_bytes_that_are_no_sealed_pin_are_bad_input(sealed):
    for text in ("", "A", "%%%", "A" * 130, sealed[:-4], sealed[:-1] + ("A" if sealed[-1] != "A" else "B"), "é" * 130):
        with pytest.raises(BadInput):
            me_pins.unsealed(text, CHECK_IN)
