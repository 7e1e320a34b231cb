"""The secrets of feeds: passwords and paths of keys, in a file of the node that only its owner reads.

    keys/feeds.json   {"gate cameras": {"password": "…"}}

They are never in the database, the record or an answer.
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


def keep_secrets(node: Path, feed: str, secrets: Mapping[str, str]) -> None:
    """Put those of `feed` in place of what it had; none removes it."""
    every = {name: one for name, one in read_secrets(node).items() if name != feed}
    if secrets:
        every[feed] = dict(secrets)
    fresh = _file(node).with_suffix(".new")
    fresh.unlink(missing_ok=True)
    descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        json.dump(every, file, ensure_ascii=False, indent=1)
        file.flush()
        os.fsync(file.fileno())
    fresh.replace(_file(node))
