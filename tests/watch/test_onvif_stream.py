"""ONVIF metadata from a device over HTTP: logged in, chunked, in parts, and connected anew when it is lost."""

from __future__ import annotations

import hashlib
import threading
from base64 import b64decode
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import ClassVar
from urllib.request import parse_http_list, parse_keqv_list

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.watch.test_mqtt import until, watching
from tests.watch.test_onvif import document, frame, thing

from safeconduct.terms.errors import BadInput
from safeconduct.watch.feeds.admitting import Admitted
from safeconduct.watch.feeds.http_stream import Address, Chunked, Login, Parts
from safeconduct.watch.feeds.kinds import KINDS
from safeconduct.watch.feeds.secrets import keep_secrets

USER, PASSWORD = "watch", 'pass"word'


class Device(BaseHTTPRequestHandler):
    """A camera that streams one document as parts of a chunked response, to whoever logs in, and then waits."""

    protocol_version = "HTTP/1.1"
    scheme = "SHA-256"
    parts = True
    asked: ClassVar[list[str]] = []
    release: ClassVar[threading.Event] = threading.Event()

    def do_GET(self):
        self.asked.append(self.headers.get("Authorization", ""))
        if not self.is_known():
            self.send_response(401)
            for challenge in self.challenges():
                self.send_header("WWW-Authenticate", challenge)
            self.send_header("Content-Length", "0")
            self.end_headers()
            return
        self.send_response(200)
        kind = 'multipart/x-mixed-replace; boundary="--frames"' if self.parts else "application/xml"
        self.send_header("Content-Type", kind)
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        track = len(self.asked)
        body = document(frame(1, thing(track, (0, 0))))
        if self.parts:
            body = b"----frames\r\nContent-Type: image/jpeg\r\n\r\n<?xml\xff\xd8\r\n" + (
                b"----frames\r\nContent-Type: application/xml\r\nContent-Length: %d\r\n\r\n%s\r\n" % (len(body), body)
            )
        for begin in range(0, len(body), 100):
            part = body[begin : begin + 100]
            self.wfile.write(b"%x\r\n%s\r\n" % (len(part), part))
        self.wfile.flush()
        self.release.wait(20)
        self.close_connection = True

    def challenges(self) -> list[str]:
        if self.scheme == "Basic":
            return ['Basic realm="device"']
        digest = f'Digest realm="device", qop="auth,auth-int", nonce="n\\"1", opaque="o", algorithm={self.scheme}'
        return [digest, 'Basic realm="device"']

    def is_known(self) -> bool:
        told = self.headers.get("Authorization", "")
        if told.startswith("Basic ") and self.scheme == "Basic":
            return b64decode(told[6:]).decode() == f"{USER}:{PASSWORD}"
        if not told.startswith("Digest "):
            return False
        fields = parse_keqv_list(parse_http_list(told[7:]))
        digest = {"SHA-256": hashlib.sha256, "MD5": hashlib.md5}[fields["algorithm"]]

        def of(*parts):
            return digest(":".join(parts).encode()).hexdigest()

        who, what = of(USER, "device", PASSWORD), of("GET", self.path)
        # The header's own way of quoting is undone here, and in the nonce that was sent.
        nonce = fields["nonce"].replace('\\"', '"')
        return fields["response"] == of(who, nonce, fields["nc"], fields["cnonce"], fields["qop"], what)

    def log_message(self, *_):
        pass


@contextmanager
def device(**changes):
    kind = type("OneDevice", (Device,), {"asked": [], "release": threading.Event(), **changes})
    server = ThreadingHTTPServer(("127.0.0.1", 0), kind)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield server, kind
    finally:
        kind.release.set()
        server.shutdown()
        server.server_close()
        thread.join()


def stream(server, **changes) -> Admitted:
    given = {"url": f"http://127.0.0.1:{server.server_address[1]}/meta?a=1", "user": USER, "idle_s": 0} | changes
    return Admitted("gate", frozenset({"cam-1"}), "onvif_stream", KINDS["onvif_stream"].checked(given))


@pytest.mark.parametrize(
    ("scheme", "parts", "clear"), [("SHA-256", True, False), ("MD5", False, False), ("Basic", True, True)]
)
def test_a_stream_is_read_after_login(tmp_path, scheme, parts, clear):
    keep_secrets_in(tmp_path)
    with (
        device(scheme=scheme, parts=parts) as (server, kind),
        watching(tmp_path, stream(server, password_in_clear=clear)) as watch,
    ):
        until(lambda: watch.tracks() == ["2"])
        assert watch.door("gate").reachable
        assert kind.asked[0] == ""
        assert PASSWORD not in str(kind.asked)


def test_a_password_does_not_go_in_clear_unasked(tmp_path):
    keep_secrets_in(tmp_path)
    with device(scheme="Basic") as (server, kind), watching(tmp_path, stream(server)) as watch:
        until(lambda: watch.door("gate") is not None and not watch.door("gate").reachable)
        assert set(kind.asked) == {""}


def test_a_device_that_is_lost_is_found_again(tmp_path):
    keep_secrets_in(tmp_path)
    with device() as (server, kind), watching(tmp_path, stream(server)) as watch:
        until(lambda: watch.tracks() == ["2"])
        kind.release.set()
        until(lambda: len(watch.tracks()) > 1)


def keep_secrets_in(path):
    (path / "keys").mkdir(exist_ok=True)
    keep_secrets(path, "gate", {"password": PASSWORD})


@pytest.mark.parametrize(
    "url", ["ftp://camera.example/", "camera.example", "http://", "http://a:b@camera.example/", "http://c.example/a b",
            "http://c.example/\r\nX: y", "http://c.example:99999/", "http://[::1"],
)  # fmt: skip
def test_what_is_no_address_is_refused(url):
    with pytest.raises(BadInput):
        Address.of(url)


@pytest.mark.parametrize("size", [1, 2, 5, 1000])
def test_chunks_are_taken_out_wherever_they_are_cut(size):
    whole = b"4;a=b\r\nWiki\r\n5\r\npedia\r\n"
    by = Chunked()
    assert b"".join(by.take(whole[i : i + size]) for i in range(0, len(whole), size)) == b"Wikipedia"
    with pytest.raises(ConnectionError):
        by.take(b"0\r\n\r\n")


@pytest.mark.parametrize("size", [1, 3, 17, 1000])
@pytest.mark.parametrize("boundary", [b"frames", b"--frames"])
@pytest.mark.parametrize("told", [True, False])
def test_parts_are_taken_out_wherever_they_are_cut(size, boundary, told):
    length = b"Content-Length: 8\r\n" if told else b""
    part = b"\r\n----frames\r\nContent-Type: application/xml\r\n" + length + b"\r\n<a>%d</a>"
    picture = b"\r\n----frames\r\nContent-Type: image/jpeg\r\n\r\n<a>picture</a>"
    whole = b"preamble" + part % 1 + picture + part % 2 + b"\r\n----frames\r\n"
    by = Parts(boundary)
    assert b"".join(by.take(whole[i : i + size]) for i in range(0, len(whole), size)) == b"<a>1</a><a>2</a>"


@settings(max_examples=300, derandomize=True, deadline=None)
@given(
    st.lists(
        st.binary(max_size=200) | st.sampled_from([b"--b\r\n", b"\r\n\r\n", b"10\r\n", b"\n--b", b"Content-Length: 9"]),
        max_size=20,
    )
)
def test_no_bytes_of_a_peer_raise_anything_but_its_loss(parts):
    for step in (Chunked(), Parts(b"b")):
        try:
            for part in parts:
                step.take(part)
        except ConnectionError:
            continue


def test_a_login_takes_the_strongest_that_is_offered_and_refuses_what_it_does_not_know():
    address = Address.of("https://camera.example/meta")
    offered = ['Digest realm="r", nonce="n", algorithm=MD5', 'Digest realm="r", nonce="n", algorithm=SHA-256', "Basic"]
    assert "algorithm=SHA-256" in Login("u", "p").answer(offered, address)
    assert Login("u", "p").answer(["Basic realm=x"], address).startswith("Basic ")
    for unknown in (
        [],
        ["Bearer x"],
        ['Digest realm="r", nonce="n", algorithm=SHA-1'],
        ['Digest realm="r", nonce="n", qop="auth-int"'],
    ):
        with pytest.raises(PermissionError):
            Login("u", "p").answer(unknown, address)
