"""The secrets of feeds: passwords and paths of keys, in a file of the node that only its owner reads.

    keys/feeds.json   {"gate cameras": {"password": "…", "peer": "broker.example 8883 tls"}}

They are never in the database, the record or an answer. They are for the peer that they were given for: whoever changes
where a feed goes does not take its password there.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from pathlib import Path

from safeconduct.terms.errors import BadInput, Fault


def _file(node: Path) -> Path:
    return node / "keys" / "feeds.json"


def read_secrets(node: Path) -> dict[str, dict[str, str]]:
    """Secrets by feed. Raises BadInput for a file that is damaged, or that others than its owner may read."""
    path = _file(node)
    try:
        mode = path.stat().st_mode & 0o777
        found = json.loads(path.read_bytes())
    except FileNotFoundError:
        return {}
    except (ValueError, RecursionError):
        raise BadInput(path.name, [Fault("content", "no JSON", "an object of objects of texts")]) from None
    if mode & 0o077:
        raise BadInput(path.name, [Fault("mode", oct(mode), "0o600")])
    if not _is_whole(found):
        raise BadInput(path.name, [Fault("content", "other JSON", "an object of objects of texts")])
    return found


def _is_whole(found: object) -> bool:
    return isinstance(found, dict) and all(
        isinstance(one, dict) and all(isinstance(value, str) for value in one.values()) for one in found.values()
    )


PEER = "peer"
_WHERE = ("url", "host", "port", "server_name", "transport", "tls", "password_in_clear")
"""Settings that say who gets to see what a feed proves itself with."""


def peer_of(settings: Mapping[str, object]) -> str:
    """Where a feed goes, and how, in one text."""
    return " ".join(f"{name}={settings[name]}" for name in _WHERE if settings.get(name) not in (None, "", False))


def secrets_of(every: Mapping[str, Mapping[str, str]], feed: str, settings: Mapping[str, object]) -> dict[str, str]:
    """Those of `feed`, unless they were given for another peer than `settings` name."""
    found = dict(every.get(feed, {}))
    return found if found.pop(PEER, None) in (None, peer_of(settings)) else {}


def keep_secrets(
    node: Path, feed: str, secrets: Mapping[str, str], settings: Mapping[str, object] | None = None
) -> None:
    """Put those of `feed` in place of what it had, for the peer that `settings` name; none removes it."""
    every = {name: one for name, one in read_secrets(node).items() if name != feed}
    if secrets:
        every[feed] = dict(secrets) | ({} if settings is None else {PEER: peer_of(settings)})
    fresh = _file(node).with_suffix(".new")
    fresh.unlink(missing_ok=True)
    descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        json.dump(every, file, ensure_ascii=False, indent=1)
        file.flush()
        os.fsync(file.fileno())
    fresh.replace(_file(node))
