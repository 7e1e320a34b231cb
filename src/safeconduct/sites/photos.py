"""Photos of inspections: whatever a phone sends becomes a plain JPEG of bounded size, or is refused.

A photo is decoded and encoded anew, so that nothing of its file is kept but the picture: no place, no device, no
comment, nothing hidden behind its end.
"""

from __future__ import annotations

import hashlib
import io
import warnings
from dataclasses import dataclass
from pathlib import Path

from PIL import Image, ImageOps

from safeconduct.store.files import write_whole
from safeconduct.terms.errors import BadInput, Fault

MOST_BYTES = 12 * 1024 * 1024
MOST_PIXELS = 50_000_000
MOST_SIDE = 12_000
KEPT_SIDE = 1600
QUALITY = 80

_MAGIC = {b"\xff\xd8\xff": "JPEG", b"\x89PNG\r\n\x1a\n": "PNG"}


@dataclass(frozen=True)
class Cleaned:
    """A JPEG of our own making. `sha256` is of `data` and names its file."""

    data: bytes
    width: int
    height: int
    sha256: str


def clean(data: bytes) -> Cleaned:
    """`data`, a JPEG or PNG, turned upright, on white, at most KEPT_SIDE a side. Raises BadInput for all else."""
    if len(data) > MOST_BYTES:
        raise _bad(f"{len(data):,} bytes", f"at most {MOST_BYTES:,} bytes")
    kind = next((kind for magic, kind in _MAGIC.items() if data.startswith(magic)), None)
    if kind is None:
        raise _bad("another kind of file", "a JPEG or PNG")
    try:
        picture = _decoded(data, kind)
    except BadInput:
        raise
    except Exception as error:  # decoders of broken files raise whatever they like, of many classes
        raise _bad(f"a broken file ({type(error).__name__})", f"a whole {kind}") from None
    written = io.BytesIO()
    picture.save(written, "JPEG", quality=QUALITY, optimize=False)
    encoded = written.getvalue()
    return Cleaned(encoded, picture.width, picture.height, hashlib.sha256(encoded).hexdigest())


def _decoded(data: bytes, kind: str) -> Image.Image:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of its size, which is checked here, and of its metadata, which is dropped
        with Image.open(io.BytesIO(data), formats=[kind]) as opened:
            width, height = opened.size
            if width * height > MOST_PIXELS or max(width, height) > MOST_SIDE:
                raise _bad(f"{width} by {height} pixels", f"at most {MOST_PIXELS:,} pixels and {MOST_SIDE:,} a side")
            opened.draft("RGB", (KEPT_SIDE, KEPT_SIDE))
            picture = ImageOps.exif_transpose(opened)
            picture.thumbnail((KEPT_SIDE, KEPT_SIDE))
            return _on_white(picture)


def _on_white(picture: Image.Image) -> Image.Image:
    plain = Image.new("RGB", picture.size, "white")
    if picture.has_transparency_data:
        seen = picture.convert("RGBA")
        plain.paste(seen, mask=seen.getchannel("A"))
    else:
        plain.paste(picture.convert("RGB"))
    return plain


def _bad(found: str, wanted: str) -> BadInput:
    return BadInput("photo", [Fault("photo", found, wanted)])


def path_of(directory: Path, sha256: str) -> Path:
    return directory / sha256[:2] / f"{sha256}.jpg"


def keep(directory: Path, photo: Cleaned) -> None:
    """Write the file of `photo`, whole or not at all, before the row that names it."""
    write_whole(path_of(directory, photo.sha256), photo.data)


def forget(directory: Path, sha256: str) -> None:
    path_of(directory, sha256).unlink(missing_ok=True)
