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
import ssl
import threading
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any, Protocol

import orjson
from paho.mqtt.client import Client, MQTTMessage
from paho.mqtt.enums import CallbackAPIVersion, MQTTProtocolVersion
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


class Waiting:
    """Messages between the client's thread, which blocks while they are too many, and the feed's task."""

    def __init__(self, loop: asyncio.AbstractEventLoop):
        self._loop = loop
        self._messages: list[MQTTMessage] = []
        self._bytes = 0
        self._room = threading.Condition()
        self._come = asyncio.Event()
        self._closed = False
        self.lost = ""
        """Why the broker is gone."""

    def put(self, message: MQTTMessage) -> None:
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

    async def take(self) -> list[MQTTMessage]:
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
        client = self._client()
        answers = _Answers(client, waiting)
        pump = threading.Thread(target=_pump, args=(client, waiting), name="mqtt", daemon=True)
        try:
            await asyncio.to_thread(self._connect, client)
            pump.start()
            await answers.connected()
            await answers.subscribed(self.decoder.topics)
            deliver.connected()
            while True:
                group = await waiting.take()
                await self._deliver(group, deliver)
                for message in group:
                    client.ack(message.mid, message.qos)
        except ValueError as error:  # of the client, for a host or topic that is none
            raise OSError(str(error)) from None
        finally:
            waiting.close()
            await asyncio.shield(asyncio.to_thread(_end, client, pump))

    async def _deliver(self, group: Sequence[MQTTMessage], deliver: Deliver) -> None:
        fresh: dict[bytes, MQTTMessage] = {}
        for number, message in enumerate(group):
            # What is sent at most once has no acknowledgement that could be lost.
            digest = _digest(message) if message.qos else number.to_bytes(4, "big")
            if not (message.qos and deliver.known(digest)):
                fresh[digest] = message
        checked = self.decoder.take([(one.topic, bytes(one.payload)) for one in fresh.values()], deliver.now_ms())
        deliver.lost(self.decoder.lost)
        if checked.table.num_rows or checked.refused:
            digests = [digest for digest in fresh if len(digest) == DIGEST_BYTES]
            await deliver(checked, messages=digests)

    def _client(self) -> Client:
        settings, secrets = self._settings, self._source.secrets
        client = Client(
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


def _digest(message: MQTTMessage) -> bytes:
    found = hashlib.blake2b(message._topic, digest_size=DIGEST_BYTES)  # pyright: ignore[reportPrivateUsage] (its bytes)
    found.update(b"\0")
    found.update(message.payload)
    return found.digest()


def _tls(secrets: Mapping[str, str]) -> ssl.SSLContext:
    context = ssl.create_default_context(cafile=secrets.get("ca_file"))
    if secrets.get("cert_file"):
        context.load_cert_chain(secrets["cert_file"], secrets.get("key_file"))
    return context


def _pump(client: Client, waiting: Waiting) -> None:
    """The client's thread: reads, calls back and keeps alive until the connection ends."""
    try:
        client.loop_forever()
        waiting.lose("the connection ended")
    except Exception as error:  # of a packet that the client cannot read: the feed begins anew
        waiting.lose(f"the client failed: {type(error).__name__}")


def _end(client: Client, pump: threading.Thread) -> None:
    """Say goodbye, so that the broker keeps the session but knows that nobody is there."""
    client.disconnect()
    if pump.is_alive():
        pump.join(ANSWER_S)


class _Answers:
    """The broker's answers to what is asked of it, from the client's callbacks to the feed's task."""

    def __init__(self, client: Client, waiting: Waiting):
        self._client, self._waiting = client, waiting
        self._loop = asyncio.get_running_loop()
        self._connected: asyncio.Future[ReasonCode] = self._loop.create_future()
        self._subscribed: asyncio.Future[Sequence[ReasonCode]] = self._loop.create_future()
        client.on_connect = self._on_connect
        client.on_disconnect = self._on_disconnect
        client.on_subscribe = self._on_subscribe
        client.on_message = lambda _client, _data, message: waiting.put(message)

    async def connected(self) -> None:
        code = await _answer(self._connected, "the broker does not answer")
        if code.is_failure:
            raise ConnectionRefusedError(f"the broker refuses: {code}")

    async def subscribed(self, topics: Sequence[str]) -> None:
        options = SubscribeOptions(qos=1)
        self._client.subscribe([(topic, options) for topic in topics])
        for code in await _answer(self._subscribed, "the broker does not answer a subscription"):
            if code.is_failure:
                raise PermissionError(f"the broker refuses the subscription: {code}")

    def _settle(self, future: asyncio.Future[Any], value: Any) -> None:
        self._loop.call_soon_threadsafe(lambda: None if future.done() else future.set_result(value))

    def _on_connect(self, _client: Client, _data: Any, _flags: Any, code: ReasonCode, _properties: Any) -> None:
        self._settle(self._connected, code)

    def _on_subscribe(self, _client: Client, _data: Any, _mid: int, codes: list[ReasonCode], _properties: Any) -> None:
        self._settle(self._subscribed, codes)

    def _on_disconnect(self, _client: Client, _data: Any, _flags: Any, code: ReasonCode, _properties: Any) -> None:
        self._settle(self._connected, code)
        self._settle(self._subscribed, [code])
        self._waiting.lose(f"the broker is gone: {code}")


async def _answer(future: asyncio.Future[Any], silent: str) -> Any:
    try:
        return await asyncio.wait_for(future, ANSWER_S)
    except TimeoutError:
        raise TimeoutError(silent) from None
