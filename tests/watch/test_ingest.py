"""The ingest port: what is accepted is durable, what is refused says why, and memory stays bounded."""

from __future__ import annotations

import asyncio
import gzip
import resource
import threading
import time
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import httpx
import orjson
import pytest

from safeconduct.terms import instant
from safeconduct.watch.feeds.admitting import Admitted
from safeconduct.watch.ingest import Ingest, Limits
from safeconduct.watch.journal import Backlog, Batches, Entry, Journal
from safeconduct.watch.segment import Segment
from safeconduct.watch.settings import LIVE
from safeconduct.watch.told import Told

TOKEN = {"Authorization": "Bearer sc_feed_good"}
MEGABYTE = 1024 * 1024


def row(**changes):
    at = instant.iso(instant.now().replace(microsecond=0))
    fields = {"time": at, "sensor": "cam-1", "track": "7", "lon": 75.0, "lat": -5.0, "kind": "car"}
    return {name: value for name, value in (fields | changes).items() if value is not ...}


def lines(*rows) -> bytes:
    return b"\n".join(one if isinstance(one, bytes) else orjson.dumps(one) for one in rows)


class Port:
    """An ingest application over a real segment, and what a client gets from it."""

    def __init__(self, path, limit_rows=400_000, late=lambda _: 0, **limits):
        self.segment = Segment(path)
        self.journal = Journal(self.segment, Backlog(limit_rows))
        self.journal.start()
        self.batches = Batches()
        known = {"sc_feed_good": Admitted("gate"), "sc_feed_other": Admitted("quiet")}
        self.app = Ingest(self.journal, self.batches, known.get, limits=Limits(**limits), late=late)

    def post(self, body, headers=TOKEN, path="/observations"):
        async def ask():
            transport = httpx.ASGITransport(self.app)
            async with httpx.AsyncClient(transport=transport, base_url="http://watch") as client:
                return await client.post(path, content=body, headers=headers)

        return asyncio.run(ask())

    def stored(self):
        return [frame for frame in self.segment.frames() if frame.meta["kind"] == "observations"]

    def close(self):
        self.journal.stop()
        self.segment.close()


@pytest.fixture
def port(tmp_path):
    opened = Port(tmp_path)
    yield opened
    opened.close()


def test_accepted_rows_are_in_the_segment_when_the_answer_comes(port):
    answer = port.post(lines(row(), row(track=8)))
    assert answer.status_code == 200
    assert answer.json() == {"accepted": 2, "late": 0, "refused": {}, "first_faults": []}
    (frame,) = port.stored()
    assert frame.meta["feed"] == "gate" and frame.meta["accepted"] == 2


@pytest.mark.parametrize(
    "headers", [{}, {"Authorization": "Bearer sc_feed_bad"}, {"Authorization": "Basic sc_feed_good"}]
)
def test_an_unknown_token_is_refused_and_nothing_stored(port, headers):
    answer = port.post(lines(row()), headers)
    assert answer.status_code == 401
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.headers["www-authenticate"] == "Bearer"
    assert port.stored() == []


def test_a_clock_that_is_ahead_is_refused(port):
    """Taken, its row would carry time along, and make the rows of every clock that is right late."""
    ahead = row(time=instant.iso(instant.now() + timedelta(seconds=30)))
    assert port.post(lines(row(), ahead)).json()["refused"] == {"future": 1}


@pytest.mark.parametrize(
    ("bad", "reason"),
    [
        (row(time=...), "no_time"),
        (row(time="yesterday"), "no_time"),
        (row(time="2026-11-24T06:00:00"), "no_time"),
        (row(time=-5), "no_time"),
        (b'{"time":1000000000000000000000000000000,"sensor":"a","track":"b","lon":0,"lat":0}', "no_time"),
        (row(sensor=""), "no_sensor"),
        (row(track=...), "no_track"),
        (row(lon=None), "no_position"),
        (row(lat="north"), "no_position"),
        (b'{"time":1795500000000,"sensor":"a","track":"b","lon":NaN,"lat":0}', "no_position"),
        (b'{"time":1795500000000,"sensor":"a","track":"b","lon":1e999,"lat":0}', "position_out_of_range"),
        (row(lat=90.1), "position_out_of_range"),
        (row(kind="person"), "refused_kind"),
        (row(state="asleep"), "unknown_state"),
        (row(track="x" * 257), "text_too_long"),
        (row(sensor="駅" * 100), "text_too_long"),
        (row(time="2099-01-01T00:00:00Z"), "future"),
        (b"[1, 2]", "not_an_object"),
        (b"\xff\xfe\x00", "not_an_object"),
        (b"[" * 5000, "not_an_object"),
        (b'{"time":' + b"9" * 70_000 + b"}", "not_an_object"),
    ],
)
def test_a_bad_row_is_counted_by_reason_and_the_good_ones_are_taken(port, bad, reason):
    answer = port.post(lines(row(), b"", bad, row(track="9")))
    assert answer.status_code == 200
    told = answer.json()
    assert told["accepted"] == 2
    assert told["refused"] == {reason: 1}
    (fault,) = told["first_faults"]
    assert fault["where"] == "line 3"
    assert fault["wanted"]
    assert len(orjson.dumps(told)) < 1000


def test_a_time_with_another_zone_and_one_in_milliseconds_are_the_same_instant(port):
    times = ["2025-11-24T06:00:00.250Z", "2025-11-24T11:00:00.250+05:00", 1763964000250]
    for at in times:
        assert port.post(lines(row(time=at))).json()["accepted"] == 1
    from safeconduct.watch import rows

    assert {rows.decoded(frame.payload)["time"][0].as_py() for frame in port.stored()} == {instant.parse(times[0])}


def test_a_body_without_a_usable_row_is_refused_with_its_reasons(port):
    answer = port.post(lines(row(kind="person"), b"nonsense"))
    assert answer.status_code == 422
    assert answer.json()["refused"] == {"refused_kind": 1, "not_an_object": 1}
    for body in (b"", b"null", b"\xef\xbb\xbfnull", b"null\n{}", b"[null]"):
        assert port.post(body).status_code == 422
    assert port.stored() == []


def test_a_retry_of_the_same_batch_is_answered_again_and_stored_once(port):
    keyed = TOKEN | {"Idempotency-Key": "06:00"}
    first = port.post(lines(row(), row(lat=91)), keyed).json()
    again = port.post(lines(row(), row(lat=91)), keyed)
    assert again.json() == first | {"first_faults": [], "repeated": True}
    assert len(port.stored()) == 1


def test_a_body_that_comes_again_byte_for_byte_is_stored_once_without_a_key(port):
    body = lines(row())
    assert "repeated" not in port.post(body).json()
    assert port.post(body).json()["repeated"]
    assert len(port.stored()) == 1


def test_a_key_of_another_body_is_refused(port):
    keyed = TOKEN | {"Idempotency-Key": "06:00"}
    port.post(lines(row()), keyed)
    assert port.post(lines(row(track="other")), keyed).status_code == 409


def test_retries_at_the_same_moment_are_stored_once(port):
    body = lines(row())

    async def together():
        async with httpx.AsyncClient(transport=httpx.ASGITransport(port.app), base_url="http://watch") as client:
            return await asyncio.gather(*(client.post("/observations", content=body, headers=TOKEN) for _ in range(8)))

    answers = asyncio.run(together())
    assert [answer.json()["accepted"] for answer in answers] == [1] * 8
    assert len(port.stored()) == 1


def test_gzip_bodies_are_taken_and_a_bomb_is_cut_off(port):
    coded = TOKEN | {"Content-Encoding": "gzip"}
    assert (
        port.post(gzip.compress(lines(row(track=1))) + gzip.compress(b"\n" + lines(row())), coded).json()["accepted"]
        == 2
    )
    bomb = gzip.compress(b" " * (200 * MEGABYTE), compresslevel=1)
    assert len(bomb) < 2 * MEGABYTE
    assert port.post(bomb, coded).status_code == 413
    assert port.post(gzip.compress(lines(row(track=2)))[:-4], coded).status_code == 400
    assert port.post(b"no gzip at all", coded).status_code == 400
    assert port.post(lines(row()), TOKEN | {"Content-Encoding": "br"}).status_code == 415


def test_another_media_type_path_or_method_is_refused(port):
    assert port.post(lines(row()), TOKEN | {"Content-Type": "text/html"}).status_code == 415
    assert port.post(lines(row()), path="/elsewhere").status_code == 404


def test_a_watch_that_is_behind_answers_429_with_the_time_that_it_needs(tmp_path):
    port = Port(tmp_path, limit_rows=30)
    assert port.post(lines(*(row(track=number) for number in range(30)))).status_code == 200
    answer = port.post(lines(row(track="late")))
    assert answer.status_code == 429
    assert int(answer.headers["retry-after"]) >= 1
    port.journal.backlog.done(port.journal.backlog.take(1), 0.1)
    assert port.post(lines(row(track="late"))).status_code == 200
    port.close()


def test_many_small_batches_fill_the_backlog_before_they_fill_the_memory(tmp_path):
    port = Port(tmp_path, limit_rows=100)
    answers = [port.post(lines(row(track=number))).status_code for number in range(8)]
    assert answers == [200] * 4 + [429] * 4
    port.close()


def test_the_time_to_wait_follows_the_speed_that_is_measured():
    backlog = Backlog(limit_rows=1000)
    for _ in range(50):
        backlog.put([Entry({}, rows=100)])
        backlog.done(backlog.take(0), seconds=1.0)
    backlog.put([Entry({}, rows=2000)])
    assert backlog.retry_after_s(1) == 10


def test_a_feed_over_its_rate_is_told_to_wait_and_counted(tmp_path):
    port = Port(tmp_path, rows_per_s=2.0, burst_s=1.0)
    assert port.post(lines(*(row(track=number) for number in range(10)))).status_code == 200
    answer = port.post(lines(row()))
    assert answer.status_code == 429
    assert 2 <= int(answer.headers["retry-after"]) <= 5
    assert port.app.feeds["gate"].unusable["rate"] == 1
    port.close()


QUIET = {"Authorization": "Bearer sc_feed_other"}


def test_a_feed_that_fills_the_backlog_leaves_room_for_another(tmp_path):
    port = Port(tmp_path, limit_rows=100)
    flood = [port.post(lines(row(track=number))).status_code for number in range(8)]
    assert flood == [200] * 4 + [429] * 4
    assert port.app.feeds["gate"].unusable["rate"] == 4
    assert port.post(lines(row()), QUIET).status_code == 200
    assert port.app.feeds["quiet"].unusable == {}
    port.journal.backlog.done(port.journal.backlog.take(1), 0.1)
    assert port.journal.backlog.waiting_rows == 0
    assert port.post(lines(row(track="again"))).status_code == 200
    port.close()


def test_a_flood_of_large_bodies_does_not_make_another_feed_wait(tmp_path):
    port = Port(tmp_path, limit_rows=10_000_000)
    large = [lines(*(row(track=number) for number in range(20_000))) + b"\n" * turn for turn in range(12)]

    async def both():
        transport = httpx.ASGITransport(port.app)
        async with httpx.AsyncClient(transport=transport, base_url="http://watch", timeout=60) as client:

            async def post(body, headers):
                begun = time.perf_counter()
                answer = await client.post("/observations", content=body, headers=headers)
                return answer.status_code, time.perf_counter() - begun

            flood = [asyncio.create_task(post(body, TOKEN)) for body in large]
            await asyncio.sleep(0.01)
            quiet = [await post(lines(row(track=f"q{number}")), QUIET) for number in range(3)]
            return await asyncio.gather(*flood), quiet

    flood, quiet = asyncio.run(both())
    port.close()
    assert {status for status, _ in [*flood, *quiet]} == {200}
    assert max(took_s for _, took_s in quiet[1:]) < max(took_s for _, took_s in flood) / 2


def test_a_slow_disk_slows_the_sender_and_loses_nothing(tmp_path, monkeypatch):
    port = Port(tmp_path, limit_rows=200)
    sync = Segment.sync
    monkeypatch.setattr(Segment, "sync", lambda self: (time.sleep(0.2), sync(self)))
    begun = time.perf_counter()
    answers = [port.post(lines(row(track=number))).status_code for number in range(3)]
    assert time.perf_counter() - begun >= 0.6, "an answer comes after the disk has it"
    assert answers == [200] * 3
    assert sum(frame.meta["accepted"] for frame in port.stored()) == 3
    port.close()


def test_rows_that_come_too_late_to_be_watched_are_told_beside_those_accepted(tmp_path):
    told = Told.nothing(LIVE)
    port = Port(tmp_path, late=told.late)
    now = instant.now().replace(microsecond=0)
    at = [instant.iso(now - timedelta(seconds=back)) for back in (0, 11, 5)]
    first = port.post(lines(*(row(time=one) for one in at))).json()
    assert (first["accepted"], first["late"]) == (3, 1), "late after a newer one of its own body"
    (entry,) = port.journal.backlog.take(1)
    told.take(entry.seq, entry.meta, entry.payload)
    second = port.post(lines(row(time=at[1], track="8"))).json()
    assert (second["accepted"], second["late"]) == (1, 1)
    assert told.feeds["gate"]["refused"] == {"late": 1}
    again = port.post(lines(row(time=at[1], track="8"))).json()
    assert (again["late"], again["repeated"]) == (1, True)
    port.close()


def test_a_full_disk_is_told_and_the_rows_can_come_again(port, monkeypatch):
    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(port.segment, "append", full)
    assert port.post(lines(row(track="retry"))).status_code == 507
    monkeypatch.undo()
    assert port.post(lines(row(track="retry"))).json() == {"accepted": 1, "late": 0, "refused": {}, "first_faults": []}


def test_after_a_failed_sync_nothing_more_is_accepted(port, monkeypatch):
    def broken():
        raise OSError(5, "Input/output error")

    monkeypatch.setattr(port.segment, "sync", broken)
    assert port.post(lines(row())).status_code == 507
    monkeypatch.undo()
    assert port.post(lines(row(track="other"))).status_code == 503
    assert port.journal.backlog.take(0.0) == []


@contextmanager
def served(app):
    """The application on a real socket; yields its port."""
    import uvicorn

    server = uvicorn.Server(
        uvicorn.Config(app, host="127.0.0.1", port=0, log_config=None, lifespan="off", ws="none", access_log=False)
    )
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.01)
    yield server.servers[0].sockets[0].getsockname()[1]
    server.should_exit = True
    thread.join(10)


def resident_mb() -> float:
    return int(Path("/proc/self/statm").read_text().split()[1]) * resource.getpagesize() / MEGABYTE


@pytest.mark.parametrize("announced", [True, False])
def test_a_body_of_a_gigabyte_is_refused_without_growing(port, announced):
    import socket

    head = b"POST /observations HTTP/1.1\r\nHost: watch\r\nAuthorization: Bearer sc_feed_good\r\n"
    chunk = b" " * MEGABYTE
    with served(port.app) as number, socket.create_connection(("127.0.0.1", number), timeout=20) as client:
        before = resident_mb()
        sent = 0
        try:
            if announced:
                client.sendall(head + b"Content-Length: 1073741824\r\n\r\n")
            else:
                client.sendall(head + b"Transfer-Encoding: chunked\r\n\r\n")
                chunk = b"100000\r\n" + chunk + b"\r\n"
            while sent < 1024:
                client.sendall(chunk)
                sent += 1
        except OSError:
            pass  # the server closed while we were still sending
        status = client.recv(4096)
        assert status.startswith(b"HTTP/1.1 413")
        assert sent < 200
        assert resident_mb() - before < 80


def test_whoever_stops_waiting_does_not_end_the_journal(port):
    """A connection that ends while its rows are written must not take the writer of everyone else's with it."""
    port.segment.sync, sync = lambda: (time.sleep(0.2), sync()), port.segment.sync
    entry = Entry({"kind": "observations", "accepted": 0}, b"")
    waiting = port.journal.submit(entry)
    assert not waiting.cancel()
    assert waiting.result(5) == entry.seq
    assert port.post(lines(row())).status_code == 200
