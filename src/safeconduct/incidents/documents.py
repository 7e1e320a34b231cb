"""Files of incidents: pictures made anew without what hides in them, PDF and plain text as they are, kept by digest.

A picture becomes a plain JPEG as photos of inspections do. A PDF keeps what its maker put into it: whoever adds one is
told so. Files are never shown in a page of the node but handed out to be saved.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from pathlib import Path

from safeconduct.sites import photos
from safeconduct.store.files import write_whole
from safeconduct.terms.errors import BadInput, Fault, shown

MOST_BYTES = photos.MOST_BYTES

KINDS = {"image/jpeg": "jpg", "application/pdf": "pdf", "text/plain": "txt"}
"""Media type to the ending of its files."""

_SHA256 = re.compile("[0-9a-f]{64}")
_UNFIT = re.compile("[\0-\x08\x0b\x0e-\x1f\x7f]")


@dataclass(frozen=True)
class Cleaned:
    """What is kept of a file. `sha256` is of `data` and names it."""

    data: bytes
    kind: str
    sha256: str


def clean(data: bytes) -> Cleaned:
    """A JPEG or PNG made anew, or a PDF or UTF-8 text as it is. Raises BadInput for all else."""
    if not 0 < len(data) <= MOST_BYTES:
        raise _bad(f"{len(data):,} bytes", f"1 to {MOST_BYTES:,} bytes")
    if data.startswith((b"\xff\xd8\xff", b"\x89PNG")):
        picture = photos.clean(data)
        return Cleaned(picture.data, "image/jpeg", picture.sha256)
    if data.startswith(b"%PDF-"):
        if b"%%EOF" not in data[-2048:]:
            raise _bad("a PDF without an end", "a whole PDF")
        kind = "application/pdf"
    else:
        kind = _text(data)
    return Cleaned(data, kind, hashlib.sha256(data).hexdigest())


def _text(data: bytes) -> str:
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError:
        raise _bad("another kind of file", "a JPEG, PNG, whole PDF or UTF-8 text") from None
    if _UNFIT.search(text):
        raise _bad("control characters", "plain text")
    return "text/plain"


def _bad(found: str, wanted: str) -> BadInput:
    return BadInput("document", [Fault("document", found, wanted)])


def path_of(directory: Path, sha256: str, kind: str) -> Path:
    """Where the file of that digest is. Raises BadInput for what is no digest."""
    if not _SHA256.fullmatch(sha256):
        raise BadInput("document", [Fault("sha256", shown(sha256), "64 hexadecimal digits")])
    return directory / sha256[:2] / f"{sha256}.{KINDS[kind]}"


def keep(directory: Path, document: Cleaned) -> None:
    """Write the file, whole or not at all, before the row that names it."""
    write_whole(path_of(directory, document.sha256, document.kind), document.data)


def read(directory: Path, sha256: str, kind: str) -> bytes:
    """Raises BadInput where its content is not what its name says."""
    data = path_of(directory, sha256, kind).read_bytes()
    if (found := hashlib.sha256(data).hexdigest()) != sha256:
        raise BadInput("document", [Fault("sha256", found, sha256)])
    return data
