"""What stands between the watch and a feed that it goes out for: an MQTT broker, a TAK server, an AIS receiver.

A `Connection` knows one protocol. The frame (`feeds/connections.py`) runs it, makes what it delivers durable, connects
anew with growing pauses, and tells how the feed is.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from safeconduct.watch.feeds.plates import Plates
from safeconduct.watch.rows import Checked

Calibrations = Callable[[], Mapping[str, Any]]
"""The `calibration` of each sensor that has one, by the sensor's id, as its place has it now."""


def _uncalibrated() -> Mapping[str, Any]:
    return {}


@dataclass(frozen=True)
class Source:
    """A feed as its connection needs it. `settings` are checked and whole; `sensors` empty where it may be any."""

    name: str
    settings: Mapping[str, Any]
    secrets: Mapping[str, str] = field(default_factory=dict[str, str], repr=False)
    sensors: frozenset[str] = frozenset()
    calibrations: Calibrations = _uncalibrated
    plates: Plates = field(default_factory=Plates)
    identity: str = ""
    """A name for this feed of this node at its peer, the same after each restart and of no other node."""
    probing: bool = False
    """Only tried: nothing may be taken that a feed which runs would then miss."""


class Deliver(Protocol):
    """What a connection tells the frame."""

    async def __call__(self, checked: Checked, batch: str | None = None, messages: Sequence[bytes] = ()) -> None:
        """Make the rows durable; returns once they are, and waits while the watch is behind.

        A `batch` that was taken before is not taken again, nor counted. `messages` are digests of what the rows come
        from, each told apart from then on by `known`. Rows over the feed's rate are counted as refused, as `rate`.
        Raises OSError where the disk refuses them.
        """
        ...

    def known(self, message: bytes) -> bool:
        """Whether a message of this digest was delivered before: a broker may send again what was not acknowledged."""
        ...

    def connected(self) -> None:
        """The peer answers."""
        ...

    def lost(self, sensors: Iterable[str]) -> None:
        """These sensors, and no others of this feed, are known not to watch at the moment: they are silent at once."""
        ...

    def now_ms(self) -> int:
        """The clock that a row may not be ahead of, as `rows.checked` wants it."""
        ...


class Connection(Protocol):
    """One protocol's way to one peer."""

    async def run(self, deliver: Deliver) -> None:
        """Connect, read and deliver until cancelled. Raises OSError where the peer is lost or refuses."""
        ...
