from datetime import timedelta

import pytest

from safeconduct.accord.durations import parse_duration


@pytest.mark.parametrize(
    ("text", "length"),
    [
        ("PT30M", timedelta(minutes=30)),
        ("PT2H30M5S", timedelta(hours=2, minutes=30, seconds=5)),
        ("P7D", timedelta(days=7)),
        ("P1DT12H", timedelta(days=1, hours=12)),
        ("P2W", timedelta(weeks=2)),
    ],
)
def test_durations_of_fixed_length_are_read(text: str, length: timedelta):
    assert parse_duration(text) == length


@pytest.mark.parametrize(
    "text", ["", "P", "PT", "P1DT", "P1M", "P1Y", "PT0S", "30M", "pt30m", "PT-5M", "PT1.5H", "P١D", "PT30M\n"]
)
def test_what_has_no_fixed_length_is_no_duration(text: str):
    assert parse_duration(text) is None
