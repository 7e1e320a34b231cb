"""The node's own full verification of its record, told step by step as lines of JSON.

    {"done": 2048, "of": 10000}
    {"faults": [], "more": 0, "of": 10000, "seconds": 0.4}

It runs in a thread of its own with a database connection of its own: its snapshot must not hold what requests share.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from threading import Lock, Thread
from time import monotonic

from django.db import connection

from safeconduct import node
from safeconduct.record import queries
from safeconduct.record.verify import verify

MOST_SHOWN = 200
STEP_S = 0.25

_one_at_a_time = Lock()


@dataclass
class _Run:
    """What a verification has found so far. It gives the turn back itself: its listener may long be gone."""

    of: int = 0
    done: int = 0
    faults: list[str] = field(default_factory=list[str])
    more: int = 0
    broke: Exception | None = None

    def __call__(self) -> None:
        try:
            self.of = queries.size()
            for fault in verify(node.current().key.vkey, progress=self._tell):
                if len(self.faults) < MOST_SHOWN:
                    self.faults.append(str(fault))
                else:
                    self.more += 1
        except Exception as error:
            self.broke = error
        finally:
            connection.close()
            _one_at_a_time.release()

    def _tell(self, done: int) -> None:
        self.done = min(done, self.of)


async def steps() -> AsyncIterator[bytes]:
    """Lines of progress and, last, the verdict. A second verification waits for the first to end."""
    while not _one_at_a_time.acquire(blocking=False):
        yield _line(done=0, of=0)
        await asyncio.sleep(STEP_S)
    run, begun = _Run(), monotonic()
    thread = Thread(target=run, name="verify", daemon=True)
    thread.start()
    while thread.is_alive():
        yield _line(done=run.done, of=run.of)
        await asyncio.sleep(STEP_S)
    if run.broke is not None:
        raise run.broke
    yield _line(faults=run.faults, more=run.more, of=run.of, seconds=round(monotonic() - begun, 2))


def _line(**step: object) -> bytes:
    return json.dumps(step).encode() + b"\n"
