"""Static files and request bodies: what stands before Django. And what is vendored is what was fetched."""

from __future__ import annotations

import asyncio
import gzip
import hashlib
import tomllib
from pathlib import Path

import pytest

from safeconduct.web import assets
from safeconduct.web.limits import BodyLimit

PREFIX = "/static/x/"


def ask(application, path: str = PREFIX, method: str = "GET", headers=(), chunks=(b"",)):
    """The messages that an ASGI application sends."""
    sent, left = [], list(chunks)

    async def receive():
        return {"type": "http.request", "body": left.pop(0), "more_body": bool(left)}

    async def send(message):
        sent.append(message)

    scope = {"type": "http", "path": path, "method": method, "headers": list(headers)}
    asyncio.run(application(scope, receive, send))
    return sent


async def inner(scope, receive, send):
    """Reads the whole body and tells its length, or nothing when the client went away."""
    length, more = 0, True
    while more:
        message = await receive()
        if message["type"] == "http.disconnect":
            return
        length, more = length + len(message["body"]), message["more_body"]
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": str(length).encode()})


@pytest.mark.parametrize("vendor", [assets.FOLDER / "vendor", Path(__file__).parent / "vendor"], ids=["pages", "tests"])
def test_every_vendored_file_is_the_one_whose_hash_and_licence_were_noted(vendor):
    noted = tomllib.loads((vendor / "VENDOR.toml").read_text(encoding="utf-8"))["package"]
    hashes = {file: digest for package in noted for file, digest in package["sha256"].items()}
    there = {path.relative_to(vendor).as_posix() for path in vendor.rglob("*") if path.is_file()} - {"VENDOR.toml"}
    assert set(hashes) == there
    for file, digest in hashes.items():
        assert hashlib.sha256((vendor / file).read_bytes()).hexdigest() == digest, file
    for package in noted:
        assert package["licence"] in {"0BSD", "BSD-3-Clause", "OFL-1.1", "ISC", "MIT", "Apache-2.0", "MPL-2.0"}
        assert any("LICENSE" in file for file in package["sha256"])


def test_a_file_may_be_kept_for_ever_under_the_digest_of_all():
    start, body = ask(assets.Assets(inner, PREFIX), PREFIX + "vendor/maplibre-gl/maplibre-gl.mjs")
    headers = dict(start["headers"])
    assert start["status"] == 200
    assert headers[b"content-type"] == b"text/javascript; charset=utf-8"
    assert b"immutable" in headers[b"cache-control"]
    assert body["body"] == (assets.FOLDER / "vendor/maplibre-gl/maplibre-gl.mjs").read_bytes()


def test_it_is_compressed_for_those_who_can_read_it():
    zipped = ask(
        assets.Assets(inner, PREFIX), PREFIX + "safeconduct/live.js", headers=[(b"accept-encoding", b"gzip, br")]
    )
    assert dict(zipped[0]["headers"])[b"content-encoding"] == b"gzip"
    assert gzip.decompress(zipped[1]["body"]) == (assets.FOLDER / "safeconduct/live.js").read_bytes()


@pytest.mark.parametrize("name", ["../settings.py", "/etc/passwd", "safeconduct", "", "%2e%2e/settings.py", "a\0b"])
def test_nothing_else_is_served(name):
    assert ask(assets.Assets(inner, PREFIX), PREFIX + name)[0]["status"] == 404


def test_the_digest_changes_with_any_file(tmp_path, monkeypatch):
    (tmp_path / "a.js").write_text("1")
    monkeypatch.setattr(assets, "FOLDER", tmp_path)
    first = assets.digest.__wrapped__()
    (tmp_path / "a.js").write_text("2")
    assert assets.digest.__wrapped__() != first


def test_a_body_within_the_limit_passes_and_one_over_it_does_not():
    limited = BodyLimit(inner, most=10)
    assert ask(limited, chunks=[b"12345", b"67890"])[1]["body"] == b"10"
    assert ask(limited, chunks=[b"12345", b"678901", b"2"])[0]["status"] == 413


def test_a_body_that_announces_too_much_is_refused_unread():
    async def never(*_):
        raise AssertionError("was asked")

    assert ask(BodyLimit(never, most=10), headers=[(b"content-length", b"11")])[0]["status"] == 413
