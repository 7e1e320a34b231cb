"""A spreadsheet as rows, from CSV or XLSX: guarded, since whoever sends it may mean ill or have mistaken the file.

A CSV is UTF-8, or UTF-16 with its byte order mark; in another charset only where it is named, since a wrong guess would
misspell names without a word. An XLSX is read as it streams, no wider and no longer than a roster may be; what a
formula would compute is not read at all.
"""

from __future__ import annotations

import codecs
import csv
import io
import zipfile
import zlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any
from xml.etree.ElementTree import ParseError

from safeconduct.terms.errors import BadInput, Fault

MOST_BYTES = 12 * 1024 * 1024
MOST_ROWS = 50_000
MOST_COLUMNS = 40
MOST_CHARACTERS = 1_000
MOST_PARTS = 500
MOST_UNPACKED_BYTES = 64 * 1024 * 1024

CHARSETS = ("", "gb18030", "windows-1256", "windows-1252")
"""What a CSV may be said to be written in; empty for what its marks and bytes say."""

DELIMITERS = ",;\t|"
_XLSX = b"PK\x03\x04"
_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)


@dataclass(frozen=True)
class Formula:
    """A cell that holds a formula or an error in place of a value."""

    def __str__(self) -> str:
        return "a formula"


Cell = str | date | datetime | Formula


@dataclass(frozen=True)
class Sheet:
    """The header and the rows below it, each with its number as a spreadsheet shows it. Empty rows are left out."""

    header: Sequence[str]
    rows: Sequence[tuple[int, Sequence[Cell]]]


def read_sheet(content: bytes, charset: str = "") -> Sheet:
    """The first sheet in `content`. Raises BadInput for what is no such file, too large, or made to blow up."""
    if len(content) > MOST_BYTES:
        raise _bad("file", f"{len(content):,} bytes", f"at most {MOST_BYTES:,}")
    if not content.strip():
        raise _bad("file", "nothing", "a CSV or XLSX file")
    numbered = _xlsx_rows(content) if content.startswith(_XLSX) else _csv_rows(_text(content, charset))
    return _sheet(numbered)


def _bad(where: str, found: str, wanted: str) -> BadInput:
    return BadInput("roster", [Fault(where, found, wanted)])


def _sheet(numbered: Iterable[tuple[int, Sequence[Cell]]]) -> Sheet:
    header: Sequence[str] | None = None
    rows: list[tuple[int, Sequence[Cell]]] = []
    for number, cells in numbered:
        if header is None:
            header = [str(cell).strip() for cell in cells]
            while header and not header[-1]:
                header.pop()
            if not any(header) or len(header) > MOST_COLUMNS:
                raise _bad(f"row {number}", f"{len(header)} columns", f"a header of 1 to {MOST_COLUMNS} columns")
        elif any(cell != "" for cell in cells):
            if len(rows) == MOST_ROWS:
                raise _bad("file", f"more than {MOST_ROWS:,} rows", f"at most {MOST_ROWS:,}")
            rows.append((number, cells))
    if header is None:
        raise _bad("file", "no row", "a header and a row for each person")
    return Sheet(header, rows)


def _text(content: bytes, charset: str) -> str:
    for mark, encoding in _MARKS:
        if content.startswith(mark):
            return _decoded(content[len(mark) :], encoding)
    if charset not in CHARSETS:
        raise _bad("charset", charset, "one of " + ", ".join(CHARSETS[1:]))
    return _decoded(content, charset or "utf-8")


def _decoded(content: bytes, encoding: str) -> str:
    try:
        text = content.decode(encoding)
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        wanted = "UTF-8 text, or the name of its charset: " + ", ".join(CHARSETS[1:])
        raise _bad(f"row {line}", f"byte {content[error.start]:#04x}, which is no {encoding}", wanted) from None
    if "\0" in text:
        raise _bad("file", "NUL characters", "a CSV or XLSX file")
    return text


def _csv_rows(text: str) -> Iterator[tuple[int, Sequence[Cell]]]:
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=_delimiter(text), strict=True)
    try:
        for number, row in enumerate(reader, 1):
            if len(row) > MOST_COLUMNS and any(row[MOST_COLUMNS:]):
                raise _bad(f"row {number}", f"{len(row)} columns", f"at most {MOST_COLUMNS}")
            yield number, [_fit(number, cell.strip()) for cell in row[:MOST_COLUMNS]]
    except csv.Error as error:
        raise _bad(f"line {reader.line_num}", str(error), "CSV with each quote closed") from None


def _fit(number: int, cell: str) -> str:
    if len(cell) > MOST_CHARACTERS:
        raise _bad(f"row {number}", f"a cell of {len(cell):,} characters", f"at most {MOST_CHARACTERS:,}")
    return cell


def _delimiter(text: str) -> str:
    """The one that the header has most of, outside quotes."""
    header = text.lstrip("\r\n").split("\n", 1)[0]
    unquoted = "".join(header.split('"')[::2])
    return max(DELIMITERS, key=unquoted.count)


def _xlsx_rows(content: bytes) -> Iterator[tuple[int, Sequence[Cell]]]:
    import openpyxl
    from openpyxl.utils.exceptions import InvalidFileException

    _check_archive(content)
    try:
        book: Any = openpyxl.load_workbook(io.BytesIO(content), read_only=True, data_only=False, keep_links=False)
        sheets = [one for one in book.worksheets if one.sheet_state == "visible"]
        if not sheets:
            raise _bad("file", "no visible sheet", "a sheet with the roster")
        # What the file claims of its size is not believed: a row may begin at a million, and end in column XFD.
        sheets[0].reset_dimensions()
        rows = sheets[0].iter_rows(max_row=MOST_ROWS + 2, max_col=MOST_COLUMNS)
        for number, row in enumerate(rows, 1):
            yield number, [_value(number, cell) for cell in row]
    except BadInput:
        raise
    except (InvalidFileException, ParseError, KeyError, ValueError, TypeError, AttributeError, IndexError) as error:
        raise _bad("file", f"a damaged workbook ({type(error).__name__})", "a CSV or XLSX file") from None
    except (zipfile.BadZipFile, zlib.error, EOFError, OSError, NotImplementedError, RuntimeError) as error:
        raise _bad("file", f"a damaged archive ({type(error).__name__})", "a CSV or XLSX file") from None


def _value(number: int, cell: Any) -> Cell:
    value = cell.value
    match value:
        case None:
            return ""
        case bool():
            return str(value).lower()
        case str():
            # An entered text that begins with = comes as a formula too: nobody's name does.
            return Formula() if cell.data_type in ("f", "e") else _fit(number, value.strip())
        case datetime() | date():
            return value
        case int() | float():
            return str(int(value)) if float(value).is_integer() else repr(value)
        case time():
            return value.isoformat()
        case _:
            return Formula()


def _check_archive(content: bytes) -> None:
    """Refuse an archive that unpacks to too much, or declares XML entities. Nothing is unpacked to disk."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            parts = archive.infolist()
            unpacked = sum(part.file_size for part in parts)
            if len(parts) > MOST_PARTS or unpacked > MOST_UNPACKED_BYTES:
                found = f"{len(parts):,} parts of {unpacked:,} bytes"
                raise _bad("file", found, f"at most {MOST_PARTS} parts of {MOST_UNPACKED_BYTES:,} bytes")
            for part in parts:
                if part.flag_bits & 1:
                    raise _bad("file", "an encrypted workbook", "one without a password")
                if part.filename.lower().endswith((".xml", ".rels")):
                    with archive.open(part) as stream:
                        _check_part(stream)
    except (zipfile.BadZipFile, zlib.error, EOFError, OSError, NotImplementedError, RuntimeError, ValueError) as error:
        raise _bad("file", f"a damaged archive ({type(error).__name__})", "a CSV or XLSX file") from None


_DECLARATIONS = tuple(
    word.encode(encoding) for word in ("<!DOCTYPE", "<!ENTITY") for encoding in ("ascii", "utf-16-le", "utf-16-be")
)


def _check_part(stream: Any) -> None:
    before = b""
    while chunk := stream.read(1 << 20):
        looked_at = before + chunk
        if any(word in looked_at for word in _DECLARATIONS):
            raise _bad("file", "a workbook that declares XML entities", "one as a spreadsheet program writes it")
        before = chunk[-32:]
