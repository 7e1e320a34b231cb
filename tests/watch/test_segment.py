"""The write-ahead segment keeps what was synced, in order, through torn tails and damaged middles."""

from __future__ import annotations

import os

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from safeconduct.terms.errors import BadInput
from safeconduct.watch.segment import Segment, files_of, frames_of


def filled(path, payloads):
    segment = Segment(path)
    for number, payload in enumerate(payloads):
        segment.append({"kind": "observations", "number": number}, payload)
    segment.sync()
    return segment


def test_frames_come_back_in_order_after_reopening(tmp_path):
    filled(tmp_path, [b"a", b"", b"c" * 100_000]).close()
    segment = Segment(tmp_path)
    assert [(frame.seq, frame.payload) for frame in segment.frames()] == [(1, b"a"), (2, b""), (3, b"c" * 100_000)]
    assert segment.append({"kind": "tick"}) == 4
    segment.close()


@settings(derandomize=True, deadline=None, max_examples=60)
@given(st.data())
def test_a_tail_torn_anywhere_loses_only_the_frame_that_it_tears(tmp_path_factory, data):
    path = tmp_path_factory.mktemp("segments")
    payloads = data.draw(st.lists(st.binary(max_size=40), min_size=1, max_size=5))
    segment = filled(path, payloads)
    ends = []
    for frame in frames_of(segment.path):
        ends.append((ends[-1] if ends else 0) + len(frame.encoded()))
    cut = data.draw(st.integers(0, ends[-1]))
    segment.close()
    os.truncate(segment.path, cut)
    again = Segment(path)
    whole = sum(1 for end in ends if end <= cut)
    assert [frame.payload for frame in again.frames()] == payloads[:whole]
    assert again.append({"kind": "tick"}, b"next") == whole + 1
    again.sync()
    assert [frame.payload for frame in again.frames()] == [*payloads[:whole], b"next"]
    assert again.damaged == 0
    again.close()


def test_a_damaged_middle_is_counted_and_what_lies_behind_it_is_kept(tmp_path):
    segment = filled(tmp_path, [b"first" * 10, b"second" * 10, b"third" * 10])
    segment.close()
    data = bytearray(segment.path.read_bytes())
    data[data.index(b"second")] ^= 1
    segment.path.write_bytes(data)
    again = Segment(tmp_path)
    assert again.damaged == 1
    assert [frame.seq for frame in again.frames()] == [1, 3]
    assert again.append({}) == 4
    again.close()


@settings(derandomize=True, deadline=None, max_examples=100)
@given(st.binary(max_size=400))
def test_any_bytes_give_frames_or_nothing(tmp_path_factory, data):
    path = tmp_path_factory.mktemp("segments") / "000000000001.seg"
    path.write_bytes(b"SCw1" + data)
    assert list(frames_of(path)) == []


def test_numbers_go_on_over_rotation_and_after_every_file_was_dropped(tmp_path):
    segment = filled(tmp_path, [b"a", b"b"])
    segment.rotate()
    segment.append({}, b"c")
    segment.sync()
    assert [frame.payload for frame in segment.frames(after=1)] == [b"b", b"c"]
    segment.rotate()
    for path in segment.complete():
        segment.drop(path)
    segment.close()
    again = Segment(tmp_path)
    assert again.last_seq == 3
    assert len(files_of(tmp_path)) == 1
    again.close()


def test_a_snapshot_that_outlived_its_segments_keeps_numbers_rising(tmp_path):
    segment = Segment(tmp_path)
    segment.begin_at(50)
    assert segment.append({}) == 50
    segment.close()
    again = Segment(tmp_path)
    assert again.last_seq == 50
    again.close()


def test_a_second_process_is_refused(tmp_path):
    segment = Segment(tmp_path)
    with pytest.raises(BadInput, match="one watch a node"):
        Segment(tmp_path)
    segment.close()
    Segment(tmp_path).close()


def test_a_write_that_the_disk_refuses_leaves_no_half_frame(tmp_path, monkeypatch):
    segment = filled(tmp_path, [b"a"])

    class Full:
        def __init__(self, stream):
            self.stream, self.fileno, self.close = stream, stream.fileno, stream.close

        def write(self, data):
            self.stream.write(bytes(data[:7]))
            raise OSError(28, "No space left on device")

    stream = segment._stream
    monkeypatch.setattr(segment, "_stream", Full(stream))
    with pytest.raises(OSError, match="No space"):
        segment.append({}, b"lost" * 100)
    monkeypatch.setattr(segment, "_stream", stream)
    assert segment.append({}, b"b") == 2
    segment.sync()
    assert [frame.payload for frame in segment.frames()] == [b"a", b"b"]
    segment.close()
