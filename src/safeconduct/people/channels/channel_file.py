"""The channels of a node, with their passwords, in a file of the node that only its owner reads.

    keys/channels.json   {"public_url": "https://…", "channels": [{"name": "gateway", "kind": "sms", …}]}

An Apprise URL holds the password of the service that it names: it is never in the database, the record, a log or an
answer.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, fields, replace
from functools import lru_cache
from pathlib import Path
from typing import Any, cast

from safeconduct.people.channels.ladder import APP, VISIT, Channel
from safeconduct.terms.errors import BadInput, Fault, NotFound, shown

KINDS = ("sms", "mail", "chat", "voice", "radio")
NAME_MOST = 64


@dataclass(frozen=True)
class Channels:
    """All of them in the order in which they are tried. `public_url` is how people on the road reach the node."""

    channels: tuple[Channel, ...] = ()
    public_url: str = ""
    app_wait_s: float = 60.0

    @property
    def order(self) -> list[str]:
        return [one.name for one in self.channels]

    def named(self, name: str) -> Channel:
        """Raises NotFound."""
        for one in self.channels:
            if one.name == name:
                return one
        raise NotFound("channel", name)


def file_of(node: Path) -> Path:
    return node / "keys" / "channels.json"


def read_channels(node: Path) -> Channels:
    """The channels of the node in `node`. Raises BadInput for a file that is damaged, or that others may read."""
    path = file_of(node)
    try:
        stat = path.stat()
    except FileNotFoundError:
        return Channels()
    if stat.st_mode & 0o077:
        raise BadInput(path.name, [Fault("mode", oct(stat.st_mode & 0o777), "0o600")])
    return _read(path, stat.st_mtime_ns, stat.st_ino)


@lru_cache(4)
def _read(path: Path, _changed_ns: int, _inode: int) -> Channels:
    wanted = "an object with a list of channels"
    try:
        found = cast("Mapping[str, Any]", json.loads(path.read_bytes()))
        given = [Channel(**one) for one in found["channels"]]
        plain = {key: found[key] for key in ("public_url", "app_wait_s") if key in found}
    except (ValueError, TypeError, KeyError, RecursionError):
        # What is in it is not told: it has passwords.
        raise BadInput(path.name, [Fault("content", "other JSON, or none", wanted)]) from None
    if faults := [fault for one in given for fault in faults_of(one)]:
        raise BadInput(path.name, faults)
    return Channels(tuple(given), **plain)


def faults_of(channel: Channel) -> Iterator[Fault]:
    """What is wrong with a channel. Its URL is not quoted."""
    texts = (channel.name, channel.kind, channel.url, channel.secret, channel.test_to)
    if not all(isinstance(cast(object, one), str) for one in texts):
        yield Fault("channel", "other than text", "text for name, kind, url, secret and test_to")
        return
    if not 0 < len(channel.name) <= NAME_MOST or channel.name in (APP, VISIT) or "/" in channel.name:
        yield Fault("name", shown(channel.name), f"1 to {NAME_MOST} characters without a slash, neither app nor visit")
    if channel.kind not in KINDS:
        yield Fault("kind", shown(channel.kind), "one of " + ", ".join(KINDS))
    if "://" not in channel.url or "{to}" not in channel.url:
        yield Fault("url", "an address without one of them", "an Apprise URL with {to} where the address goes")
    for name, least, most in (("per_s", 0.01, 1000), ("wait_s", 0, 86_400), ("tries", 1, 100), ("at_once", 1, 64)):
        value = cast(object, getattr(channel, name))
        if isinstance(value, bool) or not isinstance(value, int | float) or not least <= value <= most:
            yield Fault(name, shown(value), f"a number from {least} to {most}")


def keep(node: Path, channels: Channels) -> None:
    """Put these in place of the node's channels: durable, whole, and readable by its owner alone."""
    path = file_of(node)
    fresh = path.with_suffix(".new")
    fresh.unlink(missing_ok=True)
    content = {
        "public_url": channels.public_url,
        "app_wait_s": channels.app_wait_s,
        "channels": [asdict(one) for one in channels.channels],
    }
    descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        json.dump(content, file, ensure_ascii=False, indent=1)
        file.flush()
        os.fsync(file.fileno())
    fresh.replace(path)


def with_channel(channels: Channels, channel: Channel) -> Channels:
    """The same with `channel` in place of the one of its name, or at the end. Raises BadInput."""
    if faults := list(faults_of(channel)):
        raise BadInput("channel", faults)
    if channel.name in channels.order:
        kept = tuple(channel if one.name == channel.name else one for one in channels.channels)
    else:
        kept = (*channels.channels, channel)
    return replace(channels, channels=kept)


def without_channel(channels: Channels, name: str) -> Channels:
    """Raises NotFound."""
    gone = channels.named(name)
    return replace(channels, channels=tuple(one for one in channels.channels if one is not gone))


SETTINGS = tuple(one.name for one in fields(Channel))
