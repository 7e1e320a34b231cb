"""Photos: what comes out is a small JPEG with nothing in it but the picture; what goes in may be anything."""

from __future__ import annotations

import hashlib
import io
import struct
import zlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from safeconduct.sites import photos
from safeconduct.sites.photos import clean
from safeconduct.terms.errors import BadInput


def picture(kind: str = "JPEG", size: tuple[int, int] = (64, 48), mode: str = "RGB", **saved) -> bytes:
    made = io.BytesIO()
    Image.new(mode, size, "red" if mode == "RGB" else 0).save(made, kind, **saved)
    return made.getvalue()


def with_place() -> bytes:
    """A photo as a phone makes it: with its place, its device and a comment."""
    exif = Image.Exif()
    exif[0x010F] = "Phone of Somebody"
    exif[0x0112] = 6
    exif.get_ifd(0x8825)[1] = "S"
    exif.get_ifd(0x8825)[2] = (5.0, 0.0, 9.0)
    return picture(exif=exif, comment=b"a secret comment", size=(400, 100))


def test_nothing_is_left_of_place_device_and_comment_and_it_stands_upright():
    data = with_place() + b"hidden behind the end"
    assert b"Phone of Somebody" in data
    found = clean(data)
    assert b"Phone" not in found.data
    assert b"secret" not in found.data
    assert b"hidden" not in found.data
    opened = Image.open(io.BytesIO(found.data))
    assert (opened.format, len(opened.getexif()), opened.info.get("comment")) == ("JPEG", 0, None)
    assert (found.width, found.height) == opened.size == (100, 400)
    assert found.sha256 == hashlib.sha256(found.data).hexdigest()


def test_a_large_photo_becomes_small_and_keeps_its_shape():
    found = clean(picture(size=(4000, 3000)))
    assert (found.width, found.height) == (1600, 1200)


@pytest.mark.parametrize("mode", ["RGB", "RGBA", "L", "LA", "P", "1", "I;16", "CMYK"])
def test_every_kind_of_pixel_comes_out_plain(mode):
    kind = "JPEG" if mode == "CMYK" else "PNG"
    assert Image.open(io.BytesIO(clean(picture(kind, mode=mode)).data)).mode == "RGB"


def test_what_was_clear_is_white():
    found = Image.open(io.BytesIO(clean(picture("PNG", mode="RGBA")).data))
    assert min(found.getpixel((5, 5))) > 250


@pytest.mark.parametrize("kind", ["GIF", "BMP", "TIFF", "WEBP", "ICO", "PPM"])
def test_no_other_kind_of_picture_is_even_opened(kind, monkeypatch):
    data = picture(kind)
    monkeypatch.setattr(photos.Image, "open", lambda *_, **__: pytest.fail("it was opened"))
    with pytest.raises(BadInput):
        clean(data)


@pytest.mark.parametrize("data", [b"", b"<svg/>", b"%PDF-1.7", b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n", picture()[:200]])
def test_what_is_no_whole_picture_is_refused(data):
    with pytest.raises(BadInput):
        clean(data)


def bomb(width: int, height: int) -> bytes:
    """A PNG of a few bytes that says it is vast."""

    def chunk(name: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    body = chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(b"\0" * 1000)) + chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + body


@pytest.mark.parametrize("size", [(60_000, 60_000), (12_001, 10), (8_000, 8_000), (2_000_000_000, 2)])
def test_a_bomb_is_refused_before_it_is_decoded(size, monkeypatch):
    monkeypatch.setattr(photos.ImageOps, "exif_transpose", lambda _: pytest.fail("it was decoded"))
    with pytest.raises(BadInput):
        clean(bomb(*size))


def test_a_file_that_is_too_long_is_refused_unread():
    with pytest.raises(BadInput):
        clean(picture() + b"\0" * photos.MOST_BYTES)


SEEDS = [picture(), picture("PNG"), with_place(), picture("PNG", mode="P"), picture(progressive=True)]


@settings(derandomize=True, max_examples=300, deadline=None)
@given(
    st.sampled_from(SEEDS),
    st.lists(st.tuples(st.integers(0, 2000), st.integers(0, 255)), min_size=1, max_size=12),
    st.integers(1, 3000),
)
def test_any_broken_photo_is_a_photo_or_bad_input(seed, changes, length):
    data = bytearray(seed)
    for at, value in changes:
        data[at % len(data)] = value
    try:
        found = clean(bytes(data[:length]))
    except BadInput as bad:
        assert bad.faults
    else:
        assert found.data.startswith(b"\xff\xd8\xff")


def test_a_file_is_written_whole_and_found_by_its_digest(tmp_path):
    found = clean(picture())
    photos.keep(tmp_path, found)
    photos.keep(tmp_path, found)
    path = photos.path_of(tmp_path, found.sha256)
    assert path.read_bytes() == found.data
    assert [one.name for one in path.parent.iterdir()] == [path.name]
    photos.forget(tmp_path, found.sha256)
    photos.forget(tmp_path, found.sha256)
    assert not path.exists()
