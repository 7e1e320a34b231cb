"""A response over HTTP that does not end: asked for with Basic or Digest authentication, its body taken as it comes.

A body may be chunked, and of several parts (`multipart/x-mixed-replace`), of which those that are no XML are left out.
Source: RFC 9112 §6-7; RFC 7616 (Digest), RFC 7617 (Basic); RFC 2046 §5.1.
"""

from __future__ import annotations

import asyncio
import hashlib
import re
import secrets
from base64 import b64encode
from collections.abc import AsyncGenerator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from safeconduct.terms.errors import BadInput, Fault, shown
from safeconduct.watch.feeds.peer import CONNECT_S, StreamPeer, stream_to

MAX_HEAD_BYTES = 32 * 1024
MAX_SIZE_LINE = 64
MAX_CHUNK_BYTES = 2**40


@dataclass(frozen=True)
class Address:
    """An http or https address, cut into what a connection and a request need."""

    transport: str
    host: str
    port: int
    target: str
    authority: str

    @classmethod
    def of(cls, url: str) -> Address:
        """Raises BadInput for what is no such address, or holds a password."""
        wanted = "http:// or https://, a host, and no user in it"
        try:
            found = urlsplit(url)
            port = found.port or (443 if found.scheme == "https" else 80)
        except ValueError:
            raise BadInput("feed", [Fault("settings.url", shown(url), wanted)]) from None
        # A target with a space or a line's end in it would be another request.
        is_clean = re.fullmatch(r"[!-~]+", url) is not None
        if found.scheme not in ("http", "https") or not found.hostname or "@" in found.netloc or not is_clean:
            raise BadInput("feed", [Fault("settings.url", "another address", wanted)])
        target = (found.path or "/") + (f"?{found.query}" if found.query else "")
        return cls("tls" if found.scheme == "https" else "tcp", found.hostname, port, target, found.netloc)


@dataclass(frozen=True)
class Login:
    """Who asks. Without a `user`, nobody in particular. `in_clear`: whether a password may go unencrypted."""

    user: str
    password: str
    in_clear: bool = False

    def answer(self, challenges: list[str], address: Address) -> str:
        """The `Authorization` for a server's challenges, the strongest that it offers. Raises PermissionError."""
        digests = [_parameters(one) for one in challenges if one.lower().startswith("digest ")]
        for name, function in _DIGESTS.items():
            for one in digests:
                if one.get("algorithm", "MD5").upper() == name and _takes_auth(one):
                    return self._digest(one, function, address.target)
        if any(one.lower().startswith("basic") for one in challenges):
            if address.transport != "tls" and not self.in_clear:
                raise PermissionError("the peer wants the password in clear; use https, or set password_in_clear")
            return "Basic " + b64encode(f"{self.user}:{self.password}".encode()).decode("ascii")
        raise PermissionError("the peer wants neither Digest nor Basic authentication")

    def _digest(self, told: Mapping[str, str], function: Callable[[bytes], Any], target: str) -> str:
        def digest(text: str) -> str:
            return function(text.encode()).hexdigest()

        realm, nonce, once = told.get("realm", ""), told.get("nonce", ""), secrets.token_hex(16)
        who, what = digest(f"{self.user}:{realm}:{self.password}"), digest(f"GET:{target}")
        fields = {"username": self.user, "realm": realm, "nonce": nonce, "uri": target}
        if "opaque" in told:
            fields["opaque"] = told["opaque"]
        plain = {"algorithm": told["algorithm"]} if "algorithm" in told else {}
        if "qop" in told:
            fields |= {"response": digest(f"{who}:{nonce}:00000001:{once}:auth:{what}"), "cnonce": once}
            plain |= {"qop": "auth", "nc": "00000001"}
        else:
            fields["response"] = digest(f"{who}:{nonce}:{what}")
        quoted = [f'{name}="{_escaped(value)}"' for name, value in fields.items()]
        return "Digest " + ", ".join(quoted + [f"{name}={value}" for name, value in plain.items()])


def _md5(data: bytes) -> Any:
    return hashlib.md5(data, usedforsecurity=False)  # what many cameras' Digest still is


_DIGESTS: dict[str, Callable[[bytes], Any]] = {"SHA-256": hashlib.sha256, "MD5": _md5}
_PARAMETER = re.compile(r'([A-Za-z][\w-]{0,40})\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s,"]+))')


def _parameters(challenge: str) -> dict[str, str]:
    found = _PARAMETER.finditer(challenge.partition(" ")[2])
    return {one[1].lower(): re.sub(r"\\(.)", r"\1", one[2]) if one[2] is not None else one[3] for one in found}


def _takes_auth(told: Mapping[str, str]) -> bool:
    return "qop" not in told or "auth" in [one.strip() for one in told["qop"].split(",")]


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', '\\"')


class Chunked:
    """The content of a chunked body, which comes in any parts."""

    def __init__(self) -> None:
        self._rest = b""
        self._left = 0
        self._is_over = False

    def take(self, data: bytes) -> bytes:
        """Raises ConnectionError where it is none, or has ended."""
        data, self._rest = self._rest + data, b""
        content: list[bytes] = []
        while data:
            if self._left:
                content.append(data[: self._left])
                self._left -= len(content[-1])
                data = data[len(content[-1]) :]
                continue
            line, newline, after = data.partition(b"\n")
            if not newline:
                if len(line) > MAX_SIZE_LINE:
                    raise ConnectionError("the peer's chunks are damaged")
                self._rest = data
                break
            data = after
            if size := line.strip():
                self._left = _size(size.partition(b";")[0].strip(), 16)
                if not self._left:
                    self._is_over = True
                    break
        if self._is_over and not content:
            raise ConnectionError("the peer ended the response")
        return b"".join(content)


def _size(text: bytes, base: int) -> int:
    try:
        found = int(text, base) if re.fullmatch(rb"[0-9A-Fa-f]+", text) else -1
    except ValueError:
        found = -1
    if not 0 <= found <= MAX_CHUNK_BYTES:
        raise ConnectionError("the peer tells a size that is none")
    return found


class Parts:
    """The content of the XML parts of a multipart body, which comes in any parts.

    Some cameras tell their boundary with the dashes that go before it, some do not: what follows them counts.
    """

    def __init__(self, boundary: bytes):
        plain = boundary.lstrip(b"-")
        if not plain:
            raise ConnectionError("the peer's parts have no boundary")
        self._mark = re.compile(rb"--" + re.escape(plain) + rb"(--)?")
        self._end = re.compile(rb"\r?\n-+" + re.escape(plain))
        self._held = len(boundary) + 16
        """Bytes at the end of what came that may be the beginning of a mark."""
        self._rest = b""
        self._left: int | None = None
        """Bytes of the part still to come, where it told how many."""
        self._within = self._wanted = False

    def take(self, data: bytes) -> bytes:
        """Raises ConnectionError where a part's head has no end, or there are no more parts."""
        self._rest += data
        content: list[bytes] = []
        while self._rest and (self._go_on(content) if self._within else self._begin()):
            pass
        return b"".join(content)

    def _go_on(self, content: list[bytes]) -> bool:
        """Take what there is of a part; whether what is left can be dealt with already."""
        if self._left is not None:
            end = min(self._left, len(self._rest))
            self._left -= end
            self._within = self._left > 0
        else:
            found = self._end.search(self._rest)
            end = found.start() if found else max(0, len(self._rest) - self._held)
            self._within = found is None
        if self._wanted:
            content.append(self._rest[:end])
        self._rest = self._rest[end:]
        return not self._within

    def _begin(self) -> bool:
        """Whether a part's head was there, and is taken."""
        mark = self._mark.search(self._rest)
        if mark is None:
            self._rest = self._rest[-self._held :]
            return False
        end = re.search(rb"\r?\n\r?\n", self._rest[mark.end() :])
        if end is None or end.start() > MAX_HEAD_BYTES:
            if mark[1]:
                raise ConnectionError("the peer ended the response")
            if len(self._rest) > MAX_HEAD_BYTES:
                raise ConnectionError("the peer's parts are damaged")
            return False
        head = self._rest[mark.end() : mark.end() + end.start()]
        self._rest = self._rest[mark.end() + end.end() :]
        fields = _fields(head.split(b"\n"))
        length = fields.get("content-length")
        self._left = None if length is None else _size(length.encode("latin-1"), 10)
        self._wanted = "xml" in fields.get("content-type", "xml").lower()
        self._within = self._left != 0
        return True


def _fields(lines: list[bytes]) -> dict[str, str]:
    pairs = (line.decode("latin-1").partition(":") for line in lines)
    return {name.strip().lower(): value.strip() for name, _, value in pairs}


class ResponsePeer:
    """The body of a response, as a peer."""

    def __init__(self, peer: StreamPeer, rest: bytes, fields: Mapping[str, str]):
        self._peer, self._rest = peer, rest
        self._steps: list[Chunked | Parts] = []
        if "chunked" in fields.get("transfer-encoding", "").lower():
            self._steps.append(Chunked())
        kind, _, parameters = fields.get("content-type", "").partition(";")
        if kind.strip().lower().startswith("multipart/"):
            boundary = _parameters(f"x {parameters}").get("boundary", "")
            self._steps.append(Parts(boundary[:200].encode("latin-1", "replace")))

    async def read(self) -> list[bytes]:
        chunks = [self._rest] if self._rest else await self._peer.read()
        self._rest = b""
        found: list[bytes] = []
        for part in chunks:
            content = part
            for step in self._steps:
                content = step.take(content)
            found.append(content)
        return found

    async def write(self, data: bytes) -> None:  # noqa: ARG002 (of every peer)
        raise OSError("a response takes nothing")

    def dropped(self) -> int:
        return 0


@asynccontextmanager
async def response_of(
    address: Address, login: Login, tls_secrets: Mapping[str, str], accept: str
) -> AsyncGenerator[ResponsePeer]:
    """The response to a GET of `address`. Raises OSError where the peer is away or refuses."""
    authorization = ""
    for _ in range(2):
        settings = {"transport": address.transport, "host": address.host, "port": address.port}
        async with stream_to(settings, tls_secrets) as peer:
            await peer.write(_request(address, authorization, accept))
            try:
                status, fields, challenges, rest = await asyncio.wait_for(_head(peer), CONNECT_S)
            except TimeoutError:
                raise TimeoutError("the peer does not answer") from None
            if status == 401 and login.user and not authorization:
                authorization = login.answer(challenges, address)
                continue
            if status == 401:
                raise PermissionError("the peer refuses the user or password")
            if status != 200:
                raise ConnectionError(f"the peer answers {status}")
            yield ResponsePeer(peer, rest, fields)
            return


def _request(address: Address, authorization: str, accept: str) -> bytes:
    lines = [f"GET {address.target} HTTP/1.1", f"Host: {address.authority}", f"Accept: {accept}"]
    lines += ["Connection: close", "User-Agent: safeconduct"]
    if authorization:
        lines.append(f"Authorization: {authorization}")
    return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1", "replace")


async def _head(peer: StreamPeer) -> tuple[int, dict[str, str], list[str], bytes]:
    """Status, fields, challenges and what came of the body."""
    data = b""
    while b"\r\n\r\n" not in data:
        if len(data) > MAX_HEAD_BYTES:
            raise ConnectionError("the peer's answer has no end")
        data += (await peer.read())[0]
    head, _, rest = data.partition(b"\r\n\r\n")
    first, *lines = head.split(b"\r\n")
    match = re.match(rb"HTTP/1\.[01] (\d{3})\b", first)
    if match is None:
        raise ConnectionError("the peer does not answer in HTTP/1.1")
    pairs = [line.decode("latin-1").partition(":") for line in lines]
    challenges = [value.strip() for name, _, value in pairs if name.strip().lower() == "www-authenticate"]
    return int(match[1]), _fields(lines), challenges, rest
