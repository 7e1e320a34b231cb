"""CSV for spreadsheet programs, which compute what looks like a formula: no cell that is written here does."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from datetime import date, datetime

from safeconduct.terms.instant import iso

Cell = str | int | date | datetime | None


def written(columns: Sequence[str], rows: Iterable[Sequence[Cell]]) -> bytes:
    """The file in UTF-8 with its mark, which spreadsheet programs want. Times are ISO 8601 in UTC."""
    out = io.StringIO(newline="")
    writer = csv.writer(out)
    writer.writerow(columns)
    writer.writerows([_text(cell) for cell in row] for row in rows)
    return b"\xef\xbb\xbf" + out.getvalue().encode()


def _text(cell: Cell) -> str:
    match cell:
        case None:
            return ""
        case datetime():
            return iso(cell)
        case date():
            return cell.isoformat()
        case int():
            return str(cell)
        case _:
            return _inert(cell)


def _inert(text: str) -> str:
    """A telephone number begins with + and stays as it is; what else begins like a formula gets an apostrophe."""
    starts = text[:1] in ("=", "-", "@", "\t", "\r") or (text[:1] == "+" and not text[1:].isdigit())
    return "'" + text if starts else text
