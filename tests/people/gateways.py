"""A simulated gateway: a real HTTP server that takes messages, keeps them by id, and calls back as gateways do."""

from __future__ import annotations

import hashlib
import hmac
import json
import threading
import time
import urllib.request
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


@dataclass
class Gateway:
    """`taken` are the messages by id, each once; `arrivals` how often each came. `refuse` decides what is refused."""

    port: int = 0
    taken: dict[str, dict[str, str]] = field(default_factory=dict)
    arrivals: Counter[str] = field(default_factory=Counter)
    times: list[float] = field(default_factory=list)
    refuse: Callable[[dict[str, str]], bool] = lambda _: False
    delay_s: float = 0.0
    lock: threading.Lock = field(default_factory=threading.Lock)

    @property
    def url(self) -> str:
        """What a channel of this gateway has as its Apprise URL."""
        return f"json://127.0.0.1:{self.port}/send?:to={{to}}&:id={{id}}"

    def take(self, message: dict[str, str]) -> int:
        time.sleep(self.delay_s)
        with self.lock:
            self.arrivals[message["id"]] += 1
            if self.refuse(message):
                return 503
            self.times.append(time.monotonic())
            self.taken[message["id"]] = message
        return 200


@contextmanager
def gateway(**how: object) -> Iterator[Gateway]:
    """A gateway on a port of its own, until the block ends."""
    it = Gateway(**how)

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            message = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            self.send_response(it.take(message))
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    class Server(ThreadingHTTPServer):
        request_queue_size = 128

    server = Server(("127.0.0.1", 0), Handler)
    it.port = server.server_address[1]
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield it
    finally:
        server.shutdown()
        server.server_close()


def signed(secret: str, body: bytes, at_s: float) -> dict[str, str]:
    """The headers of a callback, as docs/how-to/reach-people.md tells gateways to make them."""
    stamp = str(int(at_s))
    code = hmac.new(secret.encode(), stamp.encode() + b"." + body, hashlib.sha256).hexdigest()
    return {"X-Timestamp": stamp, "X-Signature": f"sha256={code}", "Content-Type": "application/json"}


def call_back(url: str, secret: str, document: object, at_s: float | None = None) -> int:
    """Post a callback; the status."""
    body = json.dumps(document).encode()
    request = urllib.request.Request(url, body, signed(secret, body, at_s or time.time()))
    try:
        with urllib.request.urlopen(request, timeout=10) as answer:
            return answer.status
    except urllib.error.HTTPError as error:
        return error.code
