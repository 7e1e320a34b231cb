"""A set of controls as CSV: read strictly, with every fault by its row, and the sample that ships.

code,category,likelihood,impact,evidence,interval_days,statement_en,statement_zh-hans,statement_ur
PR-01,premises,likely,severe,inspection,90,"The perimeter has no gap…",…
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator, Mapping, Sequence
from importlib import resources
from typing import Any

from safeconduct.accord.schedule import RiskMatrix
from safeconduct.accord.vocabulary import LANGUAGES
from safeconduct.sites.controls import CATEGORIES, EVIDENCE, ControlTerms
from safeconduct.terms.errors import BadInput, Fault, shown

MOST_BYTES = 1 << 20
MOST_CONTROLS = 500
MOST_STATEMENT = 1000
LONGEST_DAYS = 1825

STATEMENTS = {f"statement_{language}": language for language in LANGUAGES}
COLUMNS = ("code", "category", "likelihood", "impact", "evidence", "interval_days", *STATEMENTS)
NEEDED = COLUMNS[:6]

SAMPLE = "Minimum standards (sample)"

_CODE = re.compile(r"[A-Z0-9][A-Z0-9.-]{0,31}", re.ASCII)


def sample() -> bytes:
    """The set that ships: generic and public, in our own words, for a party to begin with."""
    return resources.files("safeconduct.sites").joinpath("samples", "minimum-standards.csv").read_bytes()


def decoded(data: bytes) -> str:
    """The text of a CSV file. Raises BadInput."""
    if len(data) > MOST_BYTES:
        raise _bad("file", f"{len(data):,} bytes", f"at most {MOST_BYTES:,} bytes")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise _bad("file", shown(str(error)), "text in UTF-8") from None


def read_standard(text: str, matrix: RiskMatrix) -> list[ControlTerms]:
    """The controls in the text of a CSV file. Raises BadInput with every fault, by row and column."""
    rows = list(_rows(text))
    faults: list[Fault] = []
    found = [_control(row, f"row {number}", matrix, faults) for number, row in rows]
    seen: dict[str, int] = {}
    for (number, _), control in zip(rows, found, strict=True):
        first = seen.setdefault(control.code, number)
        if control.code and first != number:
            faults.append(Fault(f"row {number}: code", shown(control.code), f"another than that of row {first}"))
    if faults:
        raise BadInput("standard", faults)
    return found


def terms_of(controls: Sequence[Mapping[str, Any]]) -> list[ControlTerms]:
    """The controls of a set that is kept."""
    return [ControlTerms(**control) for control in controls]


def _rows(text: str) -> Iterator[tuple[int, dict[str, str]]]:
    try:
        lines = list(csv.reader(io.StringIO(text, newline=""), strict=True))
    except csv.Error as error:
        raise _bad("file", shown(str(error)), "CSV") from None
    header = [name.strip() for name in lines[0]] if lines else []
    missing = [name for name in NEEDED if name not in header]
    strange = [name for name in header if name not in COLUMNS or header.count(name) > 1]
    if missing or strange or not any(name in header for name in STATEMENTS):
        raise _bad("row 1", shown(", ".join(header)), "columns " + ", ".join(COLUMNS) + ", one statement at least")
    body = [(number, cells) for number, cells in enumerate(lines[1:], start=2) if any(cell.strip() for cell in cells)]
    if not 1 <= len(body) <= MOST_CONTROLS:
        raise _bad("file", f"{len(body)} controls", f"1 to {MOST_CONTROLS}")
    for number, cells in body:
        if len(cells) != len(header):
            raise _bad(f"row {number}", f"{len(cells)} cells", f"{len(header)}, one for each column")
        yield number, {name: cell.strip() for name, cell in zip(header, cells, strict=True)}


def _control(row: Mapping[str, str], where: str, matrix: RiskMatrix, faults: list[Fault]) -> ControlTerms:
    def one_of(name: str, wanted: Sequence[str]) -> str:
        if row[name] not in wanted:
            faults.append(Fault(f"{where}: {name}", shown(row[name]), "one of " + ", ".join(wanted)))
        return row[name]

    code = row["code"]
    if not _CODE.fullmatch(code):
        faults.append(Fault(f"{where}: code", shown(code), "capitals, digits, dots and hyphens, at most 32"))
    days = int(row["interval_days"]) if re.fullmatch("[0-9]{1,5}", row["interval_days"], re.ASCII) else 0
    if not 1 <= days <= LONGEST_DAYS:
        faults.append(Fault(f"{where}: interval_days", shown(row["interval_days"]), f"1 to {LONGEST_DAYS} days"))
    statement = {language: row[name] for name, language in STATEMENTS.items() if row.get(name)}
    if not statement or any(len(text) > MOST_STATEMENT for text in statement.values()):
        faults.append(Fault(f"{where}: statement", shown(str(statement)), f"a text of at most {MOST_STATEMENT:,}"))
    return ControlTerms(
        code=code,
        category=one_of("category", CATEGORIES),
        statement=statement,
        likelihood=one_of("likelihood", list(matrix.likelihoods)),
        impact=one_of("impact", list(matrix.impacts)),
        evidence=one_of("evidence", EVIDENCE),
        interval_days=days,
    )


def _bad(where: str, found: str, wanted: str) -> BadInput:
    return BadInput("standard", [Fault(where, found, wanted)])
