"""The write-ahead segment: what the watch was told, in order, on the disk before a feed hears that it was accepted.

A directory of files, each named after its first frame: `000000000001.seg`. A frame is

    magic "SCw1" · CRC-32 of the rest · bytes of meta · bytes of payload · sequence number · meta (JSON) · payload

little-endian, sequence numbers rising by one from 1. A frame cut short by a crash is the last one and was never
acknowledged: opening the directory cuts it off. A damaged frame with good ones behind it is another matter (a failing
disk); it is skipped and counted, and what lies behind it is kept.
"""

from __future__ import annotations

import fcntl
import os
import struct
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, BinaryIO

import orjson

from safeconduct.terms.errors import BadInput, Fault

MAGIC = b"SCw1"
_HEAD = struct.Struct("<4sIIIQ")
MAX_FRAME_BYTES = 256 * 1024 * 1024
SUFFIX = ".seg"


@dataclass(frozen=True)
class Frame:
    """One thing that the watch was told: observations of a feed, or a word about places, time or presences."""

    seq: int
    meta: Mapping[str, Any]
    payload: bytes

    def encoded(self) -> bytes:
        meta = orjson.dumps(self.meta)
        head = _HEAD.pack(MAGIC, 0, len(meta), len(self.payload), self.seq)
        crc = zlib.crc32(self.payload, zlib.crc32(meta, zlib.crc32(head[8:])))
        return head[:4] + struct.pack("<I", crc) + head[8:] + meta + self.payload


@dataclass
class Scan:
    """What reading a file found beside its frames."""

    end: int = 0
    """Bytes up to the end of the last good frame; a torn one begins there."""
    damaged: list[int] = field(default_factory=list[int])
    """Where frames began that are damaged, with good ones behind them."""


def frames_of(path: Path, scan: Scan | None = None) -> Iterator[Frame]:
    """The good frames of one file, in order; any bytes give frames or nothing. `scan` is filled in on the way."""
    scan = scan or Scan()
    data = path.read_bytes()
    at = 0
    while at < len(data):
        frame, end = _frame_at(data, at)
        if frame is None:
            again = _next_good(data, at + 1)
            if again < 0:
                return
            scan.damaged.append(at)
            at = again
            continue
        yield frame
        at = scan.end = end


def _frame_at(data: bytes, at: int) -> tuple[Frame | None, int]:
    head = data[at : at + _HEAD.size]
    if len(head) < _HEAD.size:
        return None, at
    magic, crc, meta_bytes, payload_bytes, seq = _HEAD.unpack(head)
    begin, end = at + _HEAD.size, at + _HEAD.size + meta_bytes + payload_bytes
    if magic != MAGIC or end > len(data) or zlib.crc32(memoryview(data)[at + 8 : end]) != crc:
        return None, at
    try:
        meta = orjson.loads(data[begin : begin + meta_bytes])
    except orjson.JSONDecodeError:
        return None, at
    return Frame(seq, meta, data[begin + meta_bytes : end]), end


def _next_good(data: bytes, at: int) -> int:
    """Where the next good frame begins, or -1."""
    while (at := data.find(MAGIC, at)) >= 0:
        if _frame_at(data, at)[0] is not None:
            return at
        at += 1
    return -1


def files_of(directory: Path) -> list[Path]:
    """The files of a directory of segments, oldest first; none where there is no directory."""
    return sorted(directory.glob(f"*{SUFFIX}"))


def first_seq_of(path: Path) -> int:
    """The number of the first frame that a segment file holds or will hold."""
    return int(path.stem)


class Segment:
    """The directory, opened by the one process that writes it. Not for several threads at once.

    Raises BadInput where another process has it open.
    """

    def __init__(self, directory: Path):
        self.directory = directory
        directory.mkdir(parents=True, exist_ok=True)
        self._lock = _locked(directory / "lock")
        self.damaged = 0
        self._next = 1
        files = files_of(directory)
        for path in files:
            self._next = max(self._next, self._mend(path) + 1, first_seq_of(path))
        self._open(files[-1] if files else None)

    def _mend(self, path: Path) -> int:
        """Cut a torn tail off; the number of the last frame, or 0."""
        scan, last = Scan(), 0
        for frame in frames_of(path, scan):
            last = frame.seq
        if path.stat().st_size > scan.end:
            with path.open("r+b") as stream:
                stream.truncate(scan.end)
                os.fsync(stream.fileno())
        self.damaged += len(scan.damaged)
        return last

    def _open(self, path: Path | None) -> None:
        self.path = path or self.directory / f"{self._next:012d}{SUFFIX}"
        self._stream: BinaryIO = self.path.open("ab", buffering=0)
        self._end = self._stream.tell()
        _sync_directory(self.directory)

    @property
    def last_seq(self) -> int:
        """The number of the newest frame, 0 before the first."""
        return self._next - 1

    @property
    def size_bytes(self) -> int:
        """Of the file that is written now."""
        return self._end

    def begin_at(self, seq: int) -> None:
        """Never give out a number below `seq`: a snapshot that outlived its segments goes on counting."""
        if seq > self._next:
            self._next = seq
            self._stream.close()
            self._open(None)

    def append(self, meta: Mapping[str, Any], payload: bytes = b"") -> int:
        """Write a frame and return its number. It is durable after the next `sync`. Raises OSError: nothing is kept."""
        frame = Frame(self._next, meta, payload).encoded()
        if len(frame) > MAX_FRAME_BYTES:
            raise BadInput("frame", [Fault("size", f"{len(frame)} bytes", f"at most {MAX_FRAME_BYTES}")])
        try:
            written = 0
            while written < len(frame):
                written += self._stream.write(memoryview(frame)[written:])
        except OSError:
            os.ftruncate(self._stream.fileno(), self._end)
            raise
        self._end += len(frame)
        self._next += 1
        return self._next - 1

    def sync(self) -> None:
        """Make every appended frame durable."""
        os.fdatasync(self._stream.fileno())

    def rotate(self) -> None:
        """Go on in a new file; the one before is complete from now on."""
        if self._end:
            self.sync()
            self._stream.close()
            self._open(self.directory / f"{self._next:012d}{SUFFIX}")

    def complete(self) -> list[Path]:
        """The files that nothing will be added to, oldest first."""
        return [path for path in files_of(self.directory) if path != self.path]

    def drop(self, path: Path) -> None:
        """Delete a complete file, once nothing needs it."""
        path.unlink(missing_ok=True)
        _sync_directory(self.directory)

    def frames(self, after: int = 0) -> Iterator[Frame]:
        """The frames with a number above `after`, in order."""
        files = files_of(self.directory)
        for path, following in zip(files, [*files[1:], None], strict=True):
            if following is None or first_seq_of(following) > after + 1:
                yield from (frame for frame in frames_of(path) if frame.seq > after)

    def close(self) -> None:
        self.sync()
        self._stream.close()
        self._lock.close()


def _locked(path: Path) -> BinaryIO:
    """`path`, locked until it is closed or its process ends in whatever way."""
    stream = path.open("ab")
    try:
        fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        stream.close()
        raise BadInput("watch", [Fault(path.parent.name, "open in another process", "one watch a node")]) from None
    return stream


def _sync_directory(directory: Path) -> None:
    descriptor = os.open(directory, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
