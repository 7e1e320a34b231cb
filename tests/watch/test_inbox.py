"""The inbox: a file's rows are taken once, whatever interrupts it, and a damaged file leaves nothing but its fault."""

from __future__ import annotations

import os
import threading
import time

import orjson
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from safeconduct.terms import instant
from safeconduct.terms.errors import BadInput
from safeconduct.watch.feeds.inbox import Inbox, drop
from safeconduct.watch.journal import Backlog, Batches, Journal
from safeconduct.watch.live import remember
from safeconduct.watch.segment import Segment


def row(number: int, **changes):
    at = instant.iso(instant.now().replace(microsecond=0))
    return {"time": at, "sensor": "cam-1", "track": str(number), "lon": 75.0, "lat": -5.0, "kind": "car"} | changes


def as_ndjson(path, rows):
    path.write_bytes(b"\n".join(orjson.dumps(one) for one in rows))


def as_parquet(path, rows):
    table = pa.Table.from_pylist(rows)
    times = pa.array([instant.parse(one["time"]) for one in rows], pa.timestamp("us", tz="UTC"))
    pq.write_table(table.set_column(0, "time", times), path)


def as_arrow(path, rows):
    with pa.OSFile(str(path), "wb") as sink, pa.ipc.new_file(sink, pa.Table.from_pylist(rows).schema) as writer:
        writer.write_table(pa.Table.from_pylist(rows))


def as_arrow_stream(path, rows):
    with pa.OSFile(str(path), "wb") as sink, pa.ipc.new_stream(sink, pa.Table.from_pylist(rows).schema) as writer:
        writer.write_table(pa.Table.from_pylist(rows))


def as_csv(path, rows):
    names = list(rows[0])
    lines = [",".join(names), *(",".join(str(one[name]) for name in names) for one in rows)]
    path.write_text("\n".join(lines) + "\n")


WRITERS = {"rows.ndjson": as_ndjson, "rows.parquet": as_parquet, "rows.csv": as_csv}
WRITERS |= {"rows.arrow": as_arrow, "stream.arrow": as_arrow_stream}


class Box:
    """An inbox of one process over a directory that outlives it."""

    def __init__(self, path):
        self.path = path / "inbox"
        self.path.mkdir(exist_ok=True)
        self.segment = Segment(path / "segments")
        self.batches = Batches()
        for frame in self.segment.frames():
            remember(self.batches, frame.meta)
        self.journal = Journal(self.segment, Backlog())
        self.journal.start()
        self.inbox = Inbox(self.path, self.journal, self.batches)

    def rows(self) -> int:
        return sum(frame.meta["accepted"] for frame in self.segment.frames())

    def end(self):
        self.journal.stop()
        self.segment.close()


@pytest.fixture
def box(tmp_path):
    opened = Box(tmp_path)
    yield opened
    opened.end()


@pytest.mark.parametrize("name", WRITERS)
def test_a_file_is_taken_and_moved_to_done(box, name):
    WRITERS[name](box.path / name, [row(1), row(2), row(3, lat=91)])
    assert box.inbox.take(box.path / name)
    assert box.rows() == 2
    assert (box.path / "done" / name).exists()
    assert not (box.path / name).exists()


@pytest.mark.parametrize("name", WRITERS)
def test_a_file_whose_process_died_before_it_was_moved_is_not_taken_twice(tmp_path, name):
    box = Box(tmp_path)
    WRITERS[name](box.path / name, [row(1), row(2)])
    content = (box.path / name).read_bytes()
    box.inbox.take(box.path / name)
    box.end()
    again = Box(tmp_path)
    (again.path / name).write_bytes(content)
    assert again.inbox.take(again.path / name)
    assert again.rows() == 2
    again.end()


def damaged_files():
    def truncated(path):
        as_parquet(path, [row(number) for number in range(5000)])
        path.write_bytes(path.read_bytes()[:-200])

    def broken_inside(path):
        as_parquet(path, [row(number) for number in range(5000)])
        data = bytearray(path.read_bytes())
        data[100:2000] = bytes(1900)
        path.write_bytes(data)

    def truncated_arrow(path):
        as_arrow_stream(path, [row(number) for number in range(5000)])
        path.write_bytes(path.read_bytes()[:-5000])

    return {
        "truncated.parquet": truncated,
        "broken.parquet": broken_inside,
        "empty.parquet": lambda path: path.write_bytes(b""),
        "truncated.arrow": truncated_arrow,
        "noise.arrow": lambda path: path.write_bytes(bytes(range(256)) * 20),
        "empty.ndjson": lambda path: path.write_bytes(b""),
        "persons.ndjson": lambda path: as_ndjson(path, [row(1, kind="person")]),
        "noise.csv": lambda path: path.write_bytes(bytes(range(256)) * 20),
        "noise.ndjson": lambda path: path.write_bytes(bytes(range(256)) * 20),
        "notes.docx": lambda path: path.write_bytes(b"PK"),
    }


# pyarrow itself stumbles, aloud, over a row of a wrong length that is no UTF-8, and then reads on.
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
@pytest.mark.parametrize("name", damaged_files())
def test_a_damaged_file_is_failed_with_its_fault_and_leaves_no_row(box, name):
    damaged_files()[name](box.path / name)
    assert not box.inbox.take(box.path / name)
    assert box.rows() == 0
    fault = (box.path / "failed" / f"{name}.fault.txt").read_text()
    assert name in fault and "want" in fault
    as_ndjson(box.path / "next.ndjson", [row(1)])
    assert box.inbox.take(box.path / "next.ndjson")


def test_files_that_are_still_written_are_left_alone(box):
    as_ndjson(box.path / ".hidden.ndjson", [row(1)])
    as_ndjson(box.path / "later.ndjson.part", [row(1)])
    as_ndjson(box.path / "fresh.ndjson", [row(1)])
    assert list(box.inbox._waiting()) == []


def test_a_running_inbox_takes_what_is_dropped(box, tmp_path):
    as_ndjson(tmp_path / "rows.ndjson", [row(1), row(2)])
    drop(tmp_path / "rows.ndjson", box.path)

    os.utime(box.path / "rows.ndjson", (0, 0))
    box.inbox.start()
    end = time.monotonic() + 10
    while not (box.path / "done" / "rows.ndjson").exists():
        assert time.monotonic() < end
        threading.Event().wait(0.02)
    box.inbox.stop()
    assert box.rows() == 2


def test_dropping_a_file_that_is_not_there_names_it(tmp_path):
    with pytest.raises(BadInput, match="missing"):
        drop(tmp_path / "missing.ndjson", tmp_path / "inbox")
