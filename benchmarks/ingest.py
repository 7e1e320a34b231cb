"""NDJSON and Arrow over HTTP: rows a second that the watch accepts, durable and watched, beside a line-by-line server.

Each server has one core to itself and the client another, in the same run, on the same bodies. Ours answers when the
rows are synced to the disk, and runs the engine on them; the peer (`json.loads` a line, checks by hand, a list) keeps
them in memory and watches nothing.
"""

from __future__ import annotations

import argparse
import http.client
import json
import os
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path
from typing import Any

import orjson

BEGIN = datetime(2026, 3, 2, 14, 55, tzinfo=UTC)
BODY_ROWS = 20_000


def bodies(rows: int) -> list[bytes]:
    """`rows` of the demo's traffic, repeated minutes apart until there are enough, as bodies of BODY_ROWS."""
    from safeconduct.demo.stream import observations

    lines = [orjson.dumps(row) for row in islice(observations(BEGIN), min(rows, 80_000))]
    found = []
    for number in range(-(-rows // BODY_ROWS)):
        begin = number * BODY_ROWS % len(lines)
        part = (lines * 2)[begin : begin + BODY_ROWS]
        found.append(b"\n".join(part) + b"\n" + b" " * number)  # the spaces make each body one of its own
    return found


def as_arrow(body: bytes) -> bytes:
    """The same rows as an Arrow IPC stream, uncompressed, as a client without haste would write it."""
    import pyarrow as pa

    from safeconduct.watch.feeds import ndjson

    table = ndjson.decode(body, None).table
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, table.schema) as writer:
        writer.write_table(table)
    return sink.getvalue().to_pybytes() + b"\0" * len(body[len(body.rstrip(b" ")) :])


def serve_ours(port: int) -> None:
    import uvicorn

    from safeconduct.demo.world import places
    from safeconduct.sites.geojson import to_geojson
    from safeconduct.terms import instant
    from safeconduct.watch.feeds.admitting import Admitted
    from safeconduct.watch.ingest import Ingest, Limits
    from safeconduct.watch.journal import Backlog, Batches, Journal
    from safeconduct.watch.segment import Segment
    from safeconduct.watch.settings import LIVE
    from safeconduct.watch.told import Told

    instant.run_clock(BEGIN, datetime.now(UTC), 1.0)
    told = Told.nothing(LIVE)
    told.take(1, {"kind": "places"}, orjson.dumps(to_geojson(places())))
    backlog = Backlog()
    journal = Journal(Segment(Path(tempfile.mkdtemp())), backlog)
    journal.start()

    def watch() -> None:
        while True:
            entries = backlog.take(0.2)
            begun = time.monotonic()
            for entry in entries:
                told.take(entry.seq, entry.meta, entry.payload, entry.table)
            if entries:
                backlog.done(entries, time.monotonic() - begun)

    threading.Thread(target=watch, daemon=True).start()
    limits = Limits(rows_per_s=1e9, ahead_ms=86_400_000)  # the traffic runs for an hour, however fast it is sent
    _uvicorn(uvicorn, Ingest(journal, Batches(), lambda _: Admitted("bench"), limits=limits), port)


def serve_naive(port: int) -> None:
    import uvicorn

    kept: list[dict[str, Any]] = []

    async def app(_: Any, receive: Any, send: Any) -> None:
        chunks, more = [], True
        while more:
            message = await receive()
            chunks.append(message.get("body", b""))
            more = message.get("more_body", False)
        accepted = 0
        for line in b"".join(chunks).splitlines():
            if line.strip():
                row = json.loads(line)
                row["time"] = datetime.fromisoformat(row["time"])
                if -180 <= row["lon"] <= 180 and -90 <= row["lat"] <= 90 and row["kind"] != "person":
                    kept.append(row)
                    accepted += 1
        if len(kept) > 1_000_000:
            kept.clear()
        body = json.dumps({"accepted": accepted}).encode()
        headers = [(b"content-length", str(len(body)).encode())]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": body})

    _uvicorn(uvicorn, app, port)


def _uvicorn(uvicorn: Any, app: Any, port: int) -> None:
    uvicorn.run(app, host="127.0.0.1", port=port, log_config=None, access_log=False, lifespan="off", ws="none")


SERVERS: dict[str, Callable[[int], None]] = {"ours": serve_ours, "naive": serve_naive}


NDJSON, ARROW = "application/x-ndjson", "application/vnd.apache.arrow.stream"


def measured(name: str, port: int, sent: list[bytes], media: str = NDJSON) -> float:
    """Rows accepted a second by the server `name`."""
    command = [sys.executable, __file__, "--serve", name, "--port", str(port)]
    server = subprocess.Popen(command)
    try:
        _post(port, sent[0], media, wait_s=120)
        _post(port, sent[1], media, wait_s=120)
        begun = time.monotonic()
        accepted = sum(_post(port, body, media) for body in sent[2:])
        return accepted / (time.monotonic() - begun)
    finally:
        server.kill()
        server.wait()


_connection: dict[int, http.client.HTTPConnection] = {}


def _post(port: int, body: bytes, media: str, wait_s: float = 0.0) -> int:
    end = time.monotonic() + wait_s
    while True:
        connection = _connection.setdefault(port, http.client.HTTPConnection("127.0.0.1", port, timeout=120))
        try:
            headers = {"Authorization": "Bearer sc_feed_bench", "Content-Type": media}
            connection.request("POST", "/observations", body, headers)
            answer = connection.getresponse()
            told = json.loads(answer.read())
            if answer.status == 200:
                return told["accepted"]
            if answer.status != 429:
                raise SystemExit(f"answered {answer.status}: {told}")
            time.sleep(0.02)
        except OSError:
            if time.monotonic() > end:
                raise
            time.sleep(0.2)
        if connection.sock is None:
            del _connection[port]


def stages(sent: list[bytes]) -> dict[str, float]:
    """Microseconds a row of each stage of ours from NDJSON, one after the other in one thread."""
    from safeconduct.demo.world import places
    from safeconduct.sites.geojson import to_geojson
    from safeconduct.watch import rows
    from safeconduct.watch.feeds import ndjson
    from safeconduct.watch.segment import Segment
    from safeconduct.watch.settings import LIVE
    from safeconduct.watch.told import Told

    told = Told.nothing(LIVE)
    told.take(1, {"kind": "places"}, orjson.dumps(to_geojson(places())))
    segment = Segment(Path(tempfile.mkdtemp()))
    spent = dict.fromkeys(("decode and check", "encode for the segment", "write and sync", "watch (engine)"), 0.0)
    count = 0
    for number, body in enumerate(sent):
        marks = [time.perf_counter()]
        checked = ndjson.decode(body, None)
        marks.append(time.perf_counter())
        payload = rows.encoded(checked.table)
        marks.append(time.perf_counter())
        segment.append({"kind": "observations"}, payload)
        segment.sync()
        marks.append(time.perf_counter())
        meta = {"kind": "observations", "feed": "f", "received_ms": 0, "refused": {}}
        told.take(number + 2, meta, payload, checked.table)
        marks.append(time.perf_counter())
        if number:  # the first compiles
            count += checked.table.num_rows
            for name, begun, ended in zip(spent, marks, marks[1:], strict=False):
                spent[name] += ended - begun
    return {name: 1e6 * seconds / count for name, seconds in spent.items()}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=600_000)
    parser.add_argument("--serve", choices=SERVERS, help=argparse.SUPPRESS)
    parser.add_argument("--port", type=int, default=18_431)
    args = parser.parse_args()
    if args.serve:
        os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})
        SERVERS[args.serve](args.port)
        return
    sent = bodies(args.rows)
    print(f"{len(sent)} bodies of {BODY_ROWS:,} rows, {sum(map(len, sent)) / 1e6:.0f} MB; one core a server")
    naive = measured("naive", args.port, sent)
    ours = measured("ours", args.port + 1, sent)
    arrow = measured("ours", args.port + 2, [as_arrow(body) for body in sent], ARROW)
    print(f"line by line, in memory, nothing watched: {naive:12,.0f} rows/s")
    print(f"ours, durable, checked and watched:       {ours:12,.0f} rows/s   x {ours / naive:.1f}")
    print(f"ours, from Arrow IPC instead of NDJSON:   {arrow:12,.0f} rows/s   x {arrow / naive:.1f}")
    for name, microseconds in sorted(stages(sent[:8]).items(), key=lambda one: -one[1]):
        print(f"  {name:<24} {microseconds:6.3f} us a row")


if __name__ == "__main__":
    main()
