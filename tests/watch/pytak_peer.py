"""pytak as it is used in the field: its client and workers, driven from outside an event loop."""

from __future__ import annotations

import asyncio
import queue
import threading
from collections.abc import Callable
from configparser import ConfigParser
from typing import Any

import pytak


class Pytak:
    """A pytak client of `url` on a thread of its own: `send` puts on its queue, `received` holds what it read."""

    def __init__(self, url: str, **config: str):
        parser = ConfigParser()
        parser["feed"] = {"COT_URL": url, "PYTAK_NO_HELLO": "1", "FTS_COMPAT": "0", "TAK_PROTO": "0"} | config
        self._config = parser["feed"]
        self.received: list[Any] = []
        self._failed: queue.Queue[BaseException] = queue.Queue()
        self._loop = asyncio.new_event_loop()
        begun = threading.Event()
        self._thread = threading.Thread(target=self._run, args=(begun,), daemon=True)
        self._thread.start()
        assert begun.wait(10)
        if not self._failed.empty():
            raise self._failed.get()

    def send(self, event: bytes) -> None:
        self._loop.call_soon_threadsafe(self._sending.put_nowait, event)

    def close(self) -> None:
        self._loop.call_soon_threadsafe(self._over.set)
        self._thread.join(10)

    def _run(self, begun: threading.Event) -> None:
        self._loop.run_until_complete(self._work(begun.set))
        self._loop.close()

    async def _work(self, begun: Callable[[], None]) -> None:
        self._over, self._sending, receiving = asyncio.Event(), asyncio.Queue[bytes](), asyncio.Queue[Any]()
        try:
            reader, writer = await pytak.protocol_factory(self._config)
        except BaseException as error:
            self._failed.put(error)
            begun()
            return
        tasks = [asyncio.create_task(pytak.TXWorker(self._sending, self._config, writer).run())] if writer else []
        if reader:
            tasks.append(asyncio.create_task(pytak.RXWorker(receiving, self._config, reader).run()))
            tasks.append(asyncio.create_task(self._collect(receiving)))
        begun()
        await self._over.wait()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        if writer:
            writer.close()

    async def _collect(self, receiving: asyncio.Queue[Any]) -> None:
        while True:
            self.received.append(await receiving.get())
