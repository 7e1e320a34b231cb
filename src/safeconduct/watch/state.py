"""The engine's state as bytes and back: one line of JSON, then the arrays that it names, compressed."""

from __future__ import annotations

import zlib
from collections.abc import Mapping
from typing import Any

import numpy as np
import orjson
from numpy.typing import NDArray

from safeconduct.terms.errors import BadInput, Fault, shown

VERSION = 4
SUBJECT = "snapshot of the watch"


def pack(plain: Mapping[str, Any], arrays: Mapping[str, NDArray[Any]]) -> bytes:
    """The same bytes for the same state."""
    head = {
        "version": VERSION,
        "plain": plain,
        "arrays": [[name, len(array), array.nbytes] for name, array in arrays.items()],
    }
    body = b"".join(np.ascontiguousarray(array).tobytes() for array in arrays.values())
    return zlib.compress(orjson.dumps(head) + b"\n" + body, 1)


def unpack(data: bytes, types: Mapping[str, np.dtype[Any]]) -> tuple[dict[str, Any], dict[str, NDArray[Any]]]:
    """What `pack` was given. Raises BadInput for bytes of another origin or version."""
    try:
        line, _, body = zlib.decompress(data).partition(b"\n")
        head = orjson.loads(line)
        if head["version"] != VERSION:
            raise BadInput(SUBJECT, [Fault("version", shown(head["version"]), str(VERSION))])
        arrays: dict[str, NDArray[Any]] = {}
        at = 0
        for name, count, size in head["arrays"]:
            array = np.empty(count, dtype=types[name])
            if array.nbytes != size:
                raise ValueError(f"{name} is of another size")
            array.view(np.uint8)[:] = np.frombuffer(body, dtype=np.uint8, count=size, offset=at)
            arrays[name] = array
            at += size
        return head["plain"], arrays
    except (zlib.error, orjson.JSONDecodeError, KeyError, ValueError, TypeError) as error:
        raise BadInput(SUBJECT, [Fault("content", shown(str(error)), "the bytes of a snapshot")]) from error
