"""Bytes from a peer: a TCP or TLS server that the node goes out to, or datagrams that come to a port of its own."""

from __future__ import annotations

import asyncio
import ipaddress
import socket
import ssl
import struct
import time
from collections import deque
from collections.abc import AsyncGenerator, Callable, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Any, Protocol

from safeconduct.terms import instant
from safeconduct.watch.feeds.connection import Deliver, Source
from safeconduct.watch.rows import Checked

CONNECT_S = 15.0
CHUNK_BYTES = 64 * 1024
MAX_WAITING_BYTES = 8 * 1024 * 1024
GROUP_DATAGRAMS = 1_024
MAX_UNSENT_BYTES = 256 * 1024
LOOK_S = 5.0
"""How often what is to be sent is looked for while nothing comes."""
KEEPALIVE = ((socket.TCP_KEEPIDLE, 30), (socket.TCP_KEEPINTVL, 10), (socket.TCP_KEEPCNT, 3))
"""A peer that vanished without a word is known for lost within a minute."""


class Peer(Protocol):
    """An open way to one peer, or to whoever sends datagrams."""

    async def read(self) -> list[bytes]:
        """What came, in order: whole datagrams, or the next part of a stream. Raises OSError once the peer is lost."""
        ...

    async def write(self, data: bytes) -> None:
        """Send `data`. Raises OSError where the peer is lost or does not read."""
        ...

    def dropped(self) -> int:
        """Datagrams that found no room since this was last asked."""
        ...


class StreamPeer:
    """A TCP or TLS connection."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter):
        self._reader, self._writer = reader, writer

    async def read(self) -> list[bytes]:
        chunk = await self._reader.read(CHUNK_BYTES)
        if not chunk:
            raise ConnectionError("the peer ended the connection")
        return [chunk]

    async def write(self, data: bytes) -> None:
        if self._writer.transport.get_write_buffer_size() > MAX_UNSENT_BYTES:
            raise ConnectionError("the peer does not read")
        self._writer.write(data)
        await asyncio.wait_for(self._writer.drain(), CONNECT_S)

    def dropped(self) -> int:
        return 0


class Datagrams(asyncio.DatagramProtocol):
    """A UDP port. What comes while more than MAX_WAITING_BYTES wait is dropped and counted."""

    def __init__(self) -> None:
        self._waiting: deque[bytes] = deque()
        self._bytes = self._dropped = 0
        self._come = asyncio.Event()

    def datagram_received(self, data: bytes, addr: Any) -> None:  # noqa: ARG002 (asyncio's)
        if self._bytes + len(data) > MAX_WAITING_BYTES:
            self._dropped += 1
            return
        self._waiting.append(data)
        self._bytes += len(data)
        self._come.set()

    async def read(self) -> list[bytes]:
        while not self._waiting:
            self._come.clear()
            await self._come.wait()
        taken = [self._waiting.popleft() for _ in range(min(len(self._waiting), GROUP_DATAGRAMS))]
        self._bytes -= sum(map(len, taken))
        return taken

    async def write(self, data: bytes) -> None:  # noqa: ARG002 (of every peer)
        raise OSError("a port that listens sends nothing")

    def dropped(self) -> int:
        dropped, self._dropped = self._dropped, 0
        return dropped


def tls_context(secrets: Mapping[str, str]) -> ssl.SSLContext:
    """TLS that proves the peer by the system's authorities or `ca_file`, and the node by `cert_file`, if any."""
    context = ssl.create_default_context(cafile=secrets.get("ca_file"))
    if secrets.get("cert_file"):
        # Without a password OpenSSL would ask for one at the terminal.
        password = secrets.get("key_password", "")
        context.load_cert_chain(secrets["cert_file"], secrets.get("key_file"), password=password)
    return context


@asynccontextmanager
async def stream_to(settings: Mapping[str, Any], secrets: Mapping[str, str]) -> AsyncGenerator[StreamPeer]:
    """A connection to the `host` and `port` of `settings`, by TLS where their `transport` says so. Raises OSError."""
    tls = tls_context(secrets) if settings["transport"] == "tls" else None
    name = (settings.get("server_name") or settings["host"]) if tls else None
    opening = asyncio.open_connection(settings["host"], settings["port"], ssl=tls, server_hostname=name)
    try:
        reader, writer = await asyncio.wait_for(opening, CONNECT_S)
    except TimeoutError:
        raise TimeoutError("the peer does not answer") from None
    except ValueError as error:  # of the resolver, for a host that is none
        raise OSError(str(error)) from None
    try:
        own: socket.socket = writer.get_extra_info("socket")
        own.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
        for option, value in KEEPALIVE:
            own.setsockopt(socket.IPPROTO_TCP, option, value)
        yield StreamPeer(reader, writer)
    finally:
        writer.transport.abort()  # whatever waits: a peer that does not read must not hold the end up


@asynccontextmanager
async def datagrams_at(settings: Mapping[str, Any]) -> AsyncGenerator[Datagrams]:
    """Datagrams that come to `port` at the address `host`, or to the group that it is. Raises OSError."""
    own = _listening(settings["host"], settings["port"], settings.get("interface") or "0.0.0.0")  # noqa: S104 (any)
    transport, peer = await asyncio.get_running_loop().create_datagram_endpoint(Datagrams, sock=own)
    try:
        yield peer
    finally:
        transport.close()


def _listening(host: str, port: int, interface: str) -> socket.socket:
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        raise OSError(f"{host} is no address to listen at") from None
    own = socket.socket(socket.AF_INET6 if address.version == 6 else socket.AF_INET, socket.SOCK_DGRAM)
    try:
        own.setblocking(False)
        own.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4 * 1024 * 1024)
        if address.is_multicast:
            own.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # others on this machine may listen, too
        own.bind((host, port))
        if address.is_multicast and address.version == 4:
            member = struct.pack("4s4s", address.packed, socket.inet_aton(interface))
            own.setsockopt(socket.IPPROTO_IP, socket.IP_ADD_MEMBERSHIP, member)
        elif address.is_multicast:
            own.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_JOIN_GROUP, address.packed + struct.pack("@I", 0))
    except OSError:
        own.close()
        raise
    return own


class Sending(asyncio.DatagramProtocol):
    """A way out for datagrams. Nothing comes back by it."""

    def __init__(self) -> None:
        self._transport: asyncio.DatagramTransport | None = None
        self._error: OSError | None = None

    def connection_made(self, transport: Any) -> None:
        self._transport = transport

    def error_received(self, exc: Any) -> None:
        self._error = exc

    async def read(self) -> list[bytes]:
        await asyncio.Event().wait()
        return []

    async def write(self, data: bytes) -> None:
        if self._error:
            raise self._error
        if self._transport:
            self._transport.sendto(data)

    def dropped(self) -> int:
        return 0


@asynccontextmanager
async def datagrams_to(settings: Mapping[str, Any]) -> AsyncGenerator[Sending]:
    """Datagrams to `port` of `host`, a device or a group, which reaches no further than its network. Raises OSError."""
    found = await asyncio.get_running_loop().getaddrinfo(
        settings["host"], settings["port"], type=socket.SOCK_DGRAM, family=socket.AF_INET
    )
    own = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    try:
        own.setblocking(False)
        if settings.get("interface"):
            own.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_IF, socket.inet_aton(settings["interface"]))
        own.connect(found[0][4])
    except OSError:
        own.close()
        raise
    transport, peer = await asyncio.get_running_loop().create_datagram_endpoint(Sending, sock=own)
    try:
        yield peer
    finally:
        transport.close()


@asynccontextmanager
async def peer_of(source: Source) -> AsyncGenerator[Peer]:
    """The way in that the `transport` of a feed names."""
    way = datagrams_at(source.settings) if source.settings["transport"] == "udp" else None
    async with way or stream_to(source.settings, source.secrets) as peer:
        yield peer


class Decoder(Protocol):
    """Rows of what one connection brings, of any bytes."""

    def take(self, chunks: list[bytes], received_ms: int, now_ms: int) -> Checked: ...

    def to_send(self, at_s: float) -> bytes:
        """What the peer is to be told by now (monotonic seconds), if anything."""
        ...


Opening = Callable[[Source], AbstractAsyncContextManager[Peer]]


class Receiving:
    """A connection that takes what comes; each time that it connects, with a decoder that knows nothing yet."""

    def __init__(self, source: Source, decoder: Callable[[], Decoder], opening: Opening = peer_of):
        self._source, self._decoder, self._opening = source, decoder, opening

    async def run(self, deliver: Deliver) -> None:
        """Raises OSError where the peer is lost, and BadInput where what it sends can no longer be followed."""
        decoder = self._decoder()
        async with self._opening(self._source) as peer:
            deliver.connected()
            while True:
                if sending := decoder.to_send(time.monotonic()):
                    await peer.write(sending)
                try:
                    chunks = await asyncio.wait_for(peer.read(), LOOK_S)
                except TimeoutError:
                    continue
                checked = decoder.take(chunks, instant.epoch_ms(instant.now()), deliver.now_ms())
                if dropped := peer.dropped():
                    checked.refused["overflow"] += dropped
                if checked.table.num_rows or checked.refused:
                    await deliver(checked)
