"""Movements as an iCalendar feed. Source: RFC 5545.

A feed is read by programs that keep copies on phones: it says nothing but that there is a movement and when, unless
its holder asked for names when they issued its address.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta

from safeconduct.release import Projection

LINE_OCTETS = 75
HOUR = timedelta(hours=1)
STATUS = {"planned": "CONFIRMED", "departed": "CONFIRMED", "cancelled": "CANCELLED", "refused": "CANCELLED"}


def document(rows: Iterable[Projection], at: datetime, origin: str, title: str, *, is_full: bool) -> bytes:
    """The calendar of `rows` that have a time. `title` is what every movement is called, `origin` ends each id."""
    lines = ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//Safeconduct//Movements//EN", "CALSCALE:GREGORIAN"]
    lines += ["METHOD:PUBLISH", "REFRESH-INTERVAL;VALUE=DURATION:PT1H"]
    for row in rows:
        if row.get("depart_at") is not None:
            lines += _event(row, at, origin, title, is_full)
    lines.append("END:VCALENDAR")
    return b"".join(folded(line) for line in lines)


def _event(row: Projection, at: datetime, origin: str, title: str, is_full: bool) -> Iterator[str]:
    begin: datetime = row["depart_at"]
    end: datetime = row.get("arrive_at") or begin + HOUR
    yield "BEGIN:VEVENT"
    yield f"UID:{row.id}@{escaped(origin)}"
    yield f"DTSTAMP:{_utc(at)}"
    yield f"DTSTART:{_utc(begin)}"
    yield f"DTEND:{_utc(max(end, begin))}"
    yield f"SUMMARY:{escaped(row['name'] if is_full and 'name' in row else title)}"
    if is_full and "site" in row:
        yield f"LOCATION:{escaped(row['site'])}"
    yield f"STATUS:{STATUS.get(row.get('state', ''), 'TENTATIVE')}"
    yield "CLASS:PRIVATE"
    yield "END:VEVENT"


def _utc(at: datetime) -> str:
    return at.strftime("%Y%m%dT%H%M%SZ")


def escaped(text: str) -> str:
    """`text` as a value of type TEXT (3.3.11); what no line may hold is left out."""
    plain = "".join(one for one in text if one == "\n" or one.isprintable())
    for mark, instead in (("\\", "\\\\"), (";", "\\;"), (",", "\\,"), ("\n", "\\n")):
        plain = plain.replace(mark, instead)
    return plain


def folded(line: str) -> bytes:
    """A content line in octets, folded before a character that would pass LINE_OCTETS (3.1)."""
    out, length = bytearray(), 0
    for one in line:
        octets = one.encode()
        if length + len(octets) > LINE_OCTETS:
            out += b"\r\n "
            length = 1
        out += octets
        length += len(octets)
    return bytes(out + b"\r\n")
