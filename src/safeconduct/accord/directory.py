"""The accord as a directory of files: what is read, what is signed, and a copy with the parties' keys filled in."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping, Sequence
from pathlib import Path

from safeconduct.accord.articles import FILE_NAME
from safeconduct.terms.errors import BadInput, Fault, shown

TERMS = "accord.toml"
ARTICLES = "articles"
SIGNATURES = "signatures"

FILE_BYTES = 1 << 20
MOST_ARTICLES = 99


def read_content(directory: Path) -> dict[str, bytes]:
    """Relative path to bytes of all that the parties sign, in the order of the digest. Raises BadInput."""
    faults: list[Fault] = []
    content = {path: data for path in _paths(directory, faults) if (data := _read(directory, path, faults)) is not None}
    if faults:
        raise BadInput(f"accord {directory.name}", faults)
    return content


def _paths(directory: Path, faults: list[Fault]) -> list[str]:
    try:
        names = sorted(entry.name for entry in (directory / ARTICLES).iterdir())
    except OSError as error:
        faults.append(Fault(f"{ARTICLES}/", error.strerror or "unreadable", "a directory of articles"))
        return [TERMS]
    strange = [name for name in names if not FILE_NAME.fullmatch(name)]
    faults += [Fault(f"{ARTICLES}/", shown(name), "only files named like 04-command.md") for name in strange]
    if not 1 <= len(names) <= MOST_ARTICLES:
        faults.append(Fault(f"{ARTICLES}/", f"{len(names)} files", f"1 to {MOST_ARTICLES} articles"))
    return [TERMS, *(f"{ARTICLES}/{name}" for name in names if name not in strange)]


def _read(directory: Path, path: str, faults: list[Fault]) -> bytes | None:
    try:
        with (directory / path).open("rb") as file:
            data = file.read(FILE_BYTES + 1)
    except OSError as error:
        faults.append(Fault(path, error.strerror or "unreadable", "a file"))
        return None
    if len(data) > FILE_BYTES:
        faults.append(Fault(path, f"over {FILE_BYTES} bytes", f"at most {FILE_BYTES} bytes"))
    return data


def digest(content: Mapping[str, bytes]) -> str:
    """Hex SHA-256 that names this content: what `sha256sum accord.toml articles/*.md | sha256sum` says, in locale C."""
    lines = (f"{hashlib.sha256(data).hexdigest()}  {path}\n" for path, data in content.items())
    return hashlib.sha256("".join(lines).encode()).hexdigest()


def prepare(directory: Path, target: Path, keys: Mapping[str, str | Sequence[str]]) -> None:
    """Copies the accord to `target`, which must not exist, with each party's `keys = []` filled in. Raises BadInput.

    A sample ships without keys; a node makes keys, prepares, has each party sign, and puts the copy in force.
    """
    content = read_content(directory)
    if target.exists():
        raise BadInput("accord copy", [Fault(str(target), "something that exists", "a new directory")])
    content[TERMS] = _with_keys(content[TERMS], keys)
    (target / ARTICLES).mkdir(parents=True)
    for path, data in content.items():
        (target / path).write_bytes(data)


def _with_keys(terms: bytes, keys: Mapping[str, str | Sequence[str]]) -> bytes:
    """`terms` with the `keys` line of each `[parties.<id>]` replaced; everything else stays as signed, to the byte."""
    text = terms.decode("utf-8", errors="surrogateescape")
    faults: list[Fault] = []
    for party, given in keys.items():
        listed = [given] if isinstance(given, str) else list(given)
        quoted = ", ".join(f'"{vkey}"' for vkey in listed)
        header = rf"(^\[parties\.{re.escape(party)}\][ \t]*\n(?:(?!\[).*\n)*?)keys[ \t]*=[ \t]*\[[^\]\n]*\]"
        text, replaced = re.subn(
            header, lambda match, new=quoted: f"{match[1]}keys = [{new}]", text, flags=re.MULTILINE
        )
        if replaced != 1 or any(c in vkey for vkey in listed for c in '"\\\n'):
            faults.append(
                Fault(f"parties.{party}", "no place for keys", "a line `keys = []` below [parties.<id>], and vkeys")
            )
    if faults:
        raise BadInput(TERMS, faults)
    return text.encode("utf-8", errors="surrogateescape")
