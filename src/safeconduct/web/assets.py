"""The pages' static files: read once, compressed once, served before Django with an address that names their content.

The address holds the digest of all of them, `/static/<digest>/css/…`, so that a browser may keep each for ever and the
modules' relative imports stay as they are. There is nothing to collect at installation.
"""

from __future__ import annotations

import gzip
import hashlib
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

Scope = Mapping[str, Any]
Receive = Callable[[], Awaitable[dict[str, Any]]]
Send = Callable[[dict[str, Any]], Awaitable[None]]
Application = Callable[[Scope, Receive, Send], Awaitable[None]]

FOLDER = Path(__file__).parent / "static"

TYPES = {
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".mjs": "text/javascript; charset=utf-8",
    ".json": "application/json",
    ".svg": "image/svg+xml",
    ".png": "image/png",
    ".woff2": "font/woff2",
    ".txt": "text/plain; charset=utf-8",
    ".toml": "text/plain; charset=utf-8",
}
COMPRESSED = frozenset({".css", ".js", ".mjs", ".json", ".svg"})


@dataclass(frozen=True)
class Asset:
    """One file as it is sent; `zipped` is None where compression gains nothing."""

    content: bytes
    zipped: bytes | None
    media_type: str


@cache
def digest() -> str:
    """16 hex digits over the names and contents of all static files."""
    whole = hashlib.sha256()
    for path in sorted(FOLDER.rglob("*")):
        if path.is_file():
            name = path.relative_to(FOLDER).as_posix()
            whole.update(f"{name}\0{path.stat().st_size}\0".encode() + path.read_bytes())
    return whole.hexdigest()[:16]


@cache
def asset(name: str) -> Asset | None:
    """The static file `name`, a path below the folder, or None. Only names that `names` lists are ever opened."""
    if name not in names():
        return None
    path = FOLDER / name
    content = path.read_bytes()
    zipped = gzip.compress(content, 6, mtime=0) if path.suffix in COMPRESSED else None
    return Asset(content, zipped, TYPES.get(path.suffix, "text/plain; charset=utf-8"))


@cache
def names() -> frozenset[str]:
    return frozenset(path.relative_to(FOLDER).as_posix() for path in FOLDER.rglob("*") if path.is_file())


class Assets:
    """ASGI: answers GET and HEAD below `prefix`, hands everything else on."""

    def __init__(self, inner: Application, prefix: str):
        self.inner = inner
        self.prefix = prefix

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or not scope["path"].startswith(self.prefix):
            await self.inner(scope, receive, send)
            return
        found = asset(scope["path"][len(self.prefix) :]) if scope["method"] in ("GET", "HEAD") else None
        if found is None:
            await _answer(send, 404, b"", [(b"content-type", b"text/plain"), (b"cache-control", b"no-store")])
            return
        zipped = found.zipped if b"gzip" in dict(scope["headers"]).get(b"accept-encoding", b"") else None
        headers = [
            (b"content-type", found.media_type.encode()),
            (b"cache-control", b"public, max-age=31536000, immutable"),
            (b"vary", b"accept-encoding"),
            *([(b"content-encoding", b"gzip")] if zipped else []),
        ]
        await _answer(send, 200, zipped or found.content, headers, only_head=scope["method"] == "HEAD")


async def _answer(
    send: Send, status: int, body: bytes, headers: list[tuple[bytes, bytes]], *, only_head: bool = False
) -> None:
    headers += [
        (b"content-length", str(len(body)).encode()),
        (b"x-content-type-options", b"nosniff"),
        (b"cross-origin-resource-policy", b"same-origin"),
        # A worker takes its own policy from the answer that it came with.
        (b"content-security-policy", b"default-src 'none'; connect-src 'self'; script-src 'self'; style-src 'self'"),
    ]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": b"" if only_head else body})
