"""ISO 8601 durations of fixed length: weeks, days, hours, minutes, seconds. Months and years have none."""

from __future__ import annotations

import re
from datetime import timedelta

_DURATION = re.compile(
    r"P(?:(?P<weeks>\d{1,4})W|(?:(?P<days>\d{1,5})D)?"
    r"(?:T(?=\d)(?:(?P<hours>\d{1,5})H)?(?:(?P<minutes>\d{1,5})M)?(?:(?P<seconds>\d{1,6})S)?)?)",
    re.ASCII,
)


def parse_duration(text: str) -> timedelta | None:
    """The length that `text` (`PT30M`, `P7D`) names, or None where it names none or is zero."""
    match = _DURATION.fullmatch(text)
    if match is None:
        return None
    length = timedelta(**{unit: int(amount) for unit, amount in match.groupdict().items() if amount})
    return length or None
