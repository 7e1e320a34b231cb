"""MQTT 5: observations from a broker, each message acknowledged only once its rows are durable.

The broker keeps a session for the watch, so that what is published while it is away comes when it is back. What was not
acknowledged comes again, and is known by its digest. A message of a native feed holds an observation as a JSON object,
an array of them, or NDJSON.

Source: MQTT Version 5.0, OASIS Standard, 7 March 2019.
"""

from __future__ import annotations

import asyncio
import hashlib
import re
import select
import socket
import ssl
import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from itertools import islice
from typing import Any, NamedTuple, Protocol

import orjson
from paho.mqtt.client import Client
from paho.mqtt.enums import CallbackAPIVersion, MQTTErrorCode, MQTTProtocolVersion
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties
from paho.mqtt.reasoncodes import ReasonCode
from paho.mqtt.subscribeoptions import SubscribeOptions

from safeconduct.watch.feeds import ndjson
from safeconduct.watch.feeds.connection import Deliver, Source
from safeconduct.watch.feeds.frigate import Cameras, Frigate
from safeconduct.watch.journal import DIGEST_BYTES
from safeconduct.watch.rows import Checked

ANSWER_S = 15.0
KEEPALIVE_S = 30
MAX_MESSAGE_BYTES = 1024 * 1024
MAX_UNACKNOWLEDGED = 16_384
"""Fewer than journal.REMEMBERED_MESSAGES, so that whatever comes again is known."""
MAX_WAITING_BYTES = 32 * 1024 * 1024
READ_BYTES = 64 * 1024
GROUP_MESSAGES = 4_096
GROUP_BYTES = 4 * 1024 * 1024

_SHARED = re.compile(r"^\$share/[^/]*/")
"""Messages of a shared subscription go to one of its subscribers alone."""


class Decoder(Protocol):
    """Rows of messages, each a topic and its payload, of any bytes."""

    @property
    def topics(self) -> Sequence[str]:
        """The topic filters to subscribe to."""
        ...

    @property
    def lost(self) -> frozenset[str]:
        """Sensors that are known to be off, by the messages taken so far."""
        ...

    def take(self, messages: Iterable[tuple[str, bytes]], now_ms: int) -> Checked: ...


@dataclass(frozen=True)
class Native:
    """Observations as they are."""

    topics: tuple[str, ...]
    lost: frozenset[str] = frozenset()

    def take(self, messages: Iterable[tuple[str, bytes]], now_ms: int) -> Checked:
        """Rows of all messages at once: well-formed ones are read in bulk."""
        lines = (line for _, payload in messages for line in _lines(payload.strip()))
        return ndjson.decode(b"\n".join(lines), now_ms)


def _lines(payload: bytes) -> Iterator[bytes]:
    """A message as NDJSON: the elements of an array, an object that is spread over lines, or what is so already."""
    if payload[:1] == b"[" or (payload[:1] == b"{" and b"\n" in payload):
        try:
            found = orjson.loads(payload)
        except orjson.JSONDecodeError:
            yield payload
            return
        for one in found if isinstance(found, list) else [found]:
            yield orjson.dumps(one)
    else:
        yield payload


def connect(source: Source) -> Subscription:
    """A native feed: `settings` are those of `mqtt` in kinds.py. Raises OSError for key files that cannot be read."""
    topic = source.settings["topic"]
    if source.probing:
        topic = _SHARED.sub("", topic)
    return Subscription(source, Native((topic,)))


def connect_frigate(source: Source) -> Subscription:
    """A Frigate: `settings` are those of `frigate` in kinds.py."""
    cameras = Cameras(source.settings["sensors"], source.calibrations)
    return Subscription(source, Frigate(source.settings["topic"], cameras))


class Message(NamedTuple):
    """A PUBLISH. `mid` numbers it for its acknowledgement, where `qos` is 1."""

    topic: bytes
    payload: bytes
    mid: int
    qos: int


def message_of(command: int, packet: bytes) -> Message | None:
    """The message in a PUBLISH (§3.3), whose first byte is `command`; None for one that is broken or of QoS 2.

    `packet` is what follows its length: topic, identifier, properties, payload. No alias of a topic was allowed.
    """
    qos, at = command >> 1 & 3, 2 + int.from_bytes(packet[:2], "big")
    topic, mid = packet[2:at], 0
    if qos:
        mid, at = int.from_bytes(packet[at : at + 2], "big"), at + 2
    size = shift = 0
    while at < len(packet) and shift <= 21:
        low = packet[at]
        size, shift, at = size | (low & 127) << shift, shift + 7, at + 1
        if low < 128:
            whole = at + size <= len(packet) and bool(topic) and qos < 2 and bool(mid) == bool(qos)
            return Message(topic, packet[at + size :], mid, qos) if whole else None
    return None


class Waiting:
    """Messages between the client's thread, which blocks while they are too many, and the feed's task."""

    def __init__(self, loop: asyncio.AbstractEventLoop):
        self._loop = loop
        self._messages: list[Message] = []
        self._bytes = 0
        self._room = threading.Condition()
        self._come = asyncio.Event()
        self._closed = False
        self.lost = ""
        """Why the broker is gone."""

    def put(self, message: Message) -> None:
        with self._room:
            while self._bytes > MAX_WAITING_BYTES and not self._closed:
                self._room.wait()
            self._messages.append(message)
            self._bytes += len(message.payload)
            first = len(self._messages) == 1
        if first:
            self._wake()

    def lose(self, why: str) -> None:
        self.lost = self.lost or why
        self._wake()

    def close(self) -> None:
        """Let the client's thread go on, so that it can end."""
        with self._room:
            self._closed = True
            self._room.notify_all()

    def _wake(self) -> None:
        if not self._closed and not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._come.set)

    async def take(self) -> list[Message]:
        """What waits, oldest first, a group's worth. Raises ConnectionError once the broker is gone and nothing waits.

        What waited when it was lost is taken: it cannot be acknowledged, comes again, and is known then.
        """
        while not self._messages:
            if self.lost:
                raise ConnectionError(self.lost)
            self._come.clear()
            if not self._messages and not self.lost:
                await self._come.wait()
        with self._room:
            count, size = 0, 0
            for message in islice(self._messages, GROUP_MESSAGES):
                size += len(message.payload)
                count += 1
                if size > GROUP_BYTES:
                    break
            taken, self._messages = self._messages[:count], self._messages[count:]
            self._bytes -= size
            self._room.notify_all()
            return taken


class Subscription:
    """A connection to one broker: a client on a thread of its own, and a task that takes what comes in groups."""

    def __init__(self, source: Source, decoder: Decoder):
        self._source, self.decoder = source, decoder
        # A session of its own, that ends with the trial: the feed's own would lose what the trial acknowledges.
        own: dict[str, Any] = {"client_id": "", "session_s": 0} if source.probing else {}
        self._settings: Mapping[str, Any] = {**source.settings, **own}

    async def run(self, deliver: Deliver) -> None:
        """Raises OSError where the broker is lost, refuses, or its certificate is not trusted."""
        waiting = Waiting(asyncio.get_running_loop())
        pump = Pump(self._client(), waiting)
        answers = _Answers(pump.client, waiting, self.decoder.topics)
        # What the session kept comes ahead of the broker's answer, so it is taken meanwhile.
        subscribing = asyncio.create_task(_subscribe(answers, waiting, deliver))
        try:
            await asyncio.to_thread(self._connect, pump.client)
            pump.start()
            while True:
                group = await waiting.take()
                await self._deliver(group, deliver)
                pump.acknowledge([message.mid for message in group if message.qos])
        except ValueError as error:  # of the client, for a host or topic that is none
            raise OSError(str(error)) from None
        finally:
            subscribing.cancel()
            waiting.close()
            await asyncio.shield(asyncio.to_thread(pump.stop))

    async def _deliver(self, group: Sequence[Message], deliver: Deliver) -> None:
        fresh: dict[bytes, Message] = {}
        for number, message in enumerate(group):
            # What is sent at most once has no acknowledgement that could be lost.
            digest = _digest(message) if message.qos else number.to_bytes(4, "big")
            if not (message.qos and deliver.known(digest)):
                fresh[digest] = message
        messages = [(one.topic.decode("utf-8", "replace"), one.payload) for one in fresh.values()]
        checked = self.decoder.take(messages, deliver.now_ms())
        deliver.lost(self.decoder.lost)
        if checked.table.num_rows or checked.refused:
            digests = [digest for digest in fresh if len(digest) == DIGEST_BYTES]
            await deliver(checked, messages=digests)

    def _client(self) -> BulkClient:
        settings, secrets = self._settings, self._source.secrets
        client = BulkClient(
            CallbackAPIVersion.VERSION2,
            settings["client_id"] or f"safeconduct-{self._source.identity}",
            protocol=MQTTProtocolVersion.MQTTv5,
            manual_ack=True,
            reconnect_on_failure=False,
        )
        if settings["user"]:
            client.username_pw_set(settings["user"], secrets.get("password"))
        if settings["tls"]:
            client.tls_set_context(_tls(secrets))
        return client

    def _connect(self, client: Client) -> None:
        properties = Properties(PacketTypes.CONNECT)
        properties.SessionExpiryInterval = self._settings["session_s"]
        properties.ReceiveMaximum = MAX_UNACKNOWLEDGED
        properties.MaximumPacketSize = MAX_MESSAGE_BYTES
        client.connect(
            self._settings["host"],
            self._settings["port"],
            KEEPALIVE_S,
            clean_start=self._settings["session_s"] == 0,
            properties=properties,
        )


class BulkClient(Client):
    """Paho's client, made for many messages a second.

    Its own way asks the system for a few bytes at a time, builds a dictionary of all properties that MQTT knows for
    each message, and sends each packet alone. Here it reads READ_BYTES at once, skips properties, and acknowledges
    together.
    """

    _read, _at = b"", 0
    arrived: Callable[[Message], None]
    """Called with each message, on the thread that reads."""

    def _handle_publish(self) -> MQTTErrorCode:
        found = message_of(self._in_packet["command"], bytes(self._in_packet["packet"]))
        if found is None:
            return MQTTErrorCode.MQTT_ERR_PROTOCOL
        self.arrived(found)
        return MQTTErrorCode.MQTT_ERR_SUCCESS

    def _sock_recv(self, bufsize: int) -> bytes:
        if self._at >= len(self._read):
            self._read, self._at = super()._sock_recv(READ_BYTES), 0
        part = self._read[self._at : self._at + bufsize]
        self._at += len(part)
        return part

    def read(self) -> None:
        """Deal with every packet that has come."""
        while (taken := self.socket()) is not None:
            if self.loop_read() or not (self._at < len(self._read) or getattr(taken, "pending", int)()):
                return

    def acknowledge(self, mids: Sequence[int]) -> None:
        """One PUBACK each (§3.4, without a reason code: success)."""
        packets = b"".join(b"\x40\x02" + mid.to_bytes(2, "big") for mid in mids)
        self._packet_queue(PacketTypes.PUBACK << 4, packets, 0, 0)


class Pump:
    """The thread that alone touches a client: it reads, calls back, acknowledges and keeps alive."""

    def __init__(self, client: BulkClient, waiting: Waiting):
        self.client, self._waiting = client, waiting
        self._durable: deque[int] = deque()
        self._stopping = False
        self._woken, self._wake = socket.socketpair()
        self._woken.setblocking(False)
        self._wake.setblocking(False)
        self._thread = threading.Thread(target=self._run, name="mqtt", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def acknowledge(self, mids: Sequence[int]) -> None:
        """Tell the broker that what these numbered is durable."""
        self._durable.extend(mids)
        self._rouse()

    def stop(self) -> None:
        """Say goodbye, so that the broker keeps the session but knows that nobody is there."""
        self._stopping = True
        self._rouse()
        if self._thread.ident is not None:
            self._thread.join(ANSWER_S)
        self.client.disconnect()
        self._woken.close()
        self._wake.close()

    def _rouse(self) -> None:
        with suppress(BlockingIOError):  # it is awake already
            self._wake.send(b"\0")

    def _run(self) -> None:
        try:
            while not self._stopping and (taken := self.client.socket()) is not None:
                self._turn(taken)
            self._acknowledge()
        except Exception as error:  # of a packet that the client cannot read: the feed begins anew
            self._waiting.lose(f"the client failed: {type(error).__name__}")
        self._waiting.lose("the connection ended")

    def _turn(self, taken: Any) -> None:
        writing = [taken] if self.client.want_write() else []
        ready, writable, _ = select.select([taken, self._woken], writing, [], 1.0)
        if self._woken in ready:
            with suppress(BlockingIOError):
                self._woken.recv(4096)
            self._acknowledge()
        if taken in ready:
            self.client.read()
        if writable:
            self.client.loop_write()
        self.client.loop_misc()

    def _acknowledge(self) -> None:
        if count := len(self._durable):
            self.client.acknowledge([self._durable.popleft() for _ in range(count)])


async def _subscribe(answers: _Answers, waiting: Waiting, deliver: Deliver) -> None:
    try:
        await answers.subscribed()
    except OSError as error:
        waiting.lose(str(error))
    else:
        deliver.connected()


def _digest(message: Message) -> bytes:
    found = hashlib.blake2b(message.topic, digest_size=DIGEST_BYTES)
    found.update(b"\0")
    found.update(message.payload)
    return found.digest()


def _tls(secrets: Mapping[str, str]) -> ssl.SSLContext:
    context = ssl.create_default_context(cafile=secrets.get("ca_file"))
    if secrets.get("cert_file"):
        context.load_cert_chain(secrets["cert_file"], secrets.get("key_file"))
    return context


class _Answers:
    """The broker's answers to what is asked of it, from the client's thread to the feed's task."""

    def __init__(self, client: BulkClient, waiting: Waiting, topics: Sequence[str]):
        self._waiting, self._topics = waiting, topics
        self._loop = asyncio.get_running_loop()
        self._subscribed: asyncio.Future[Sequence[ReasonCode] | OSError] = self._loop.create_future()
        client.on_connect = self._on_connect
        client.on_disconnect = self._on_disconnect
        client.on_subscribe = self._on_subscribe
        client.arrived = waiting.put

    async def subscribed(self) -> None:
        """Returns once the broker has taken the subscription."""
        try:
            answer = await asyncio.wait_for(self._subscribed, ANSWER_S)
        except TimeoutError:
            raise TimeoutError("the broker does not answer") from None
        if isinstance(answer, OSError):
            raise answer
        for code in answer:
            if code.is_failure:
                raise PermissionError(f"the broker refuses the subscription: {code}")

    def _settle(self, answer: Sequence[ReasonCode] | OSError) -> None:
        if not self._loop.is_closed():
            self._loop.call_soon_threadsafe(
                lambda: None if self._subscribed.done() else self._subscribed.set_result(answer)
            )

    def _on_connect(self, client: Client, _data: Any, _flags: Any, code: ReasonCode, _properties: Any) -> None:
        if code.is_failure:
            self._settle(ConnectionRefusedError(f"the broker refuses: {code}"))
            return
        options = SubscribeOptions(qos=1)
        client.subscribe([(topic, options) for topic in self._topics])

    def _on_subscribe(self, _client: Client, _data: Any, _mid: int, codes: list[ReasonCode], _properties: Any) -> None:
        self._settle(codes)

    def _on_disconnect(self, _client: Client, _data: Any, _flags: Any, code: ReasonCode, _properties: Any) -> None:
        self._settle(ConnectionError(f"the broker is gone: {code}"))
        self._waiting.lose(f"the broker is gone: {code}")
