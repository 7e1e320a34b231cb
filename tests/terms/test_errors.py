"""What an error shows of an input stays short, whatever the input is."""

from __future__ import annotations

from typing import Any

import pytest

from safeconduct.terms.errors import BadInput, Fault, shown


def deep() -> list[Any]:
    nested: list[Any] = []
    for _ in range(10_000):
        nested = [nested]
    return nested


LARGE: dict[str, Any] = {
    "text": "x" * 10**6,
    "bytes": b"x" * 10**6,
    "integer without a repr": 10**6000,
    "deep list": deep(),
    "deep mapping": {"k" * 999: deep()},
    "long list": [None] * 10**6,
}


@pytest.mark.parametrize("what", LARGE)
def test_any_value_is_shown_in_at_most_the_limit(what: str):
    assert 0 < len(shown(LARGE[what])) <= 60


def test_small_values_are_shown_as_literals():
    assert [shown(value) for value in ("rign", None, True, 3.5, ["car", 1])] == [
        "'rign'",
        "None",
        "True",
        "3.5",
        "['car', 1]",
    ]


def test_a_refusal_says_every_fault():
    refusal = BadInput("places", [Fault("name", "None", "text"), Fault("role", "'rign'", "ring")])
    assert str(refusal) == "places: name: found None, want text; role: found 'rign', want ring"
