"""A node: one party's installation, all of it in one directory.

safeconduct.toml   settings            accord/   the accord in force, with its signatures
keys/              node key, secret    node.db   the database, unless a PostgreSQL is named
archive/           observations        watch/    the engine's write-ahead segment and snapshots
photos/            of inspections       documents/ of incidents
"""

from __future__ import annotations

import os
import time
import tomllib
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from safeconduct.terms import instant
from safeconduct.terms.errors import BadInput, Fault, shown
from safeconduct.terms.party import Grant, Principal, Side

if TYPE_CHECKING:  # the policy engine and the cipher are slow to import, and not every command needs them
    from safeconduct.accord.accord import Accord
    from safeconduct.record.keys import SigningKey

ENVIRONMENT = "SAFECONDUCT_NODE"
"""The environment variable that names the node's directory for every process."""

SUSPENDED = "suspended"
"""The file that names the parties whose flow rests, one a line."""

SETTINGS: dict[str, tuple[type, object, str]] = {
    "name": (str, "Safeconduct node", "shown in the page head"),
    "origin": (str, "safeconduct.example/node", "the record's origin line: a schema-less URL that the node owns"),
    "database": (str, "sqlite", "`sqlite` or a PostgreSQL URL, postgresql://user@host/name"),
    "hosts": (list, ["127.0.0.1", "localhost", "[::1]"], "host names that the web answers to"),
    "address": (str, "127.0.0.1", "address that web and watch listen on"),
    "port": (int, 8400, "port of the pages and the API"),
    "ingest_port": (int, 8401, "port of the watch's own ingest"),
    "feed_ahead_s": (float, 5.0, "how far ahead of the node's clock a feed's rows may be; more is refused as `future`"),
    "operators": (int, 1, "how many operators share the queue of alarms; floods and load are counted for each"),
    "https": (bool, False, "true behind a TLS proxy: cookies are then sent over TLS only"),
    "language": (str, "en", "language of those who chose none: en, zh-hans, ur"),
    "time_zone": (str, "UTC", "zone in which pages show times"),
    "weekend": (list, ["sat", "sun"], "days, of mon to sun, that are no working days: what is usual differs"),
    "exercise": (bool, False, "true marks every page as an exercise and allows a clock other than the real one"),
    "clock_start": (str, "", "exercise only: the instant at which the node's clock starts"),
    "clock_epoch": (str, "", "exercise only: the real instant that corresponds to clock_start"),
    "clock_speed": (float, 1.0, "exercise only: node seconds a real second"),
    "map_style": (str, "", "URL of a MapLibre style instead of the offline basemap"),
    "map_borders": (str, "", "name of a point of view whose borders the basemap draws; none by default"),
}
"""Every key of safeconduct.toml: its type, default and meaning."""


@dataclass(frozen=True)
class Node:
    """An opened node."""

    path: Path
    settings: dict[str, Any]

    @cached_property
    def accord(self) -> Accord:
        """The accord in force, with the suspensions that stand. Raises BadInput unless whole and signed by all."""
        from safeconduct.accord.accord import check_in_force, load_accord

        accord = load_accord(self.path / "accord")
        check_in_force(accord, self.path / "accord")
        return accord.suspending(self._suspended())

    def _suspended(self) -> frozenset[str]:
        try:
            return frozenset((self.path / SUSPENDED).read_text(encoding="utf-8").split())
        except FileNotFoundError:
            return frozenset()

    def suspend(self, parties: frozenset[str]) -> None:
        """Let every process of this node know that `parties`, and no others, have suspended their flow."""
        if parties != self._suspended():
            fresh = self.path / f"{SUSPENDED}.new"
            fresh.write_text("\n".join(sorted(parties)), encoding="utf-8")
            fresh.replace(self.path / SUSPENDED)
            forget()

    @cached_property
    def key(self) -> SigningKey:
        from safeconduct.record.keys import load_key

        return load_key(self.path / "keys" / "node.key", self.settings["origin"])

    @cached_property
    def secret(self) -> str:
        """The secret behind sessions and tokens."""
        return (self.path / "keys" / "secret").read_text(encoding="ascii").strip()

    @property
    def archive(self) -> Path:
        return self.path / "archive"

    @property
    def photos(self) -> Path:
        """Photos of inspections, each named by its digest."""
        return self.path / "photos"

    @property
    def documents(self) -> Path:
        """Documents of incidents, each named by its digest."""
        return self.path / "documents"

    def system(self, role: str) -> Principal:
        """A part of the node itself as a principal: `node.watch` or `node.clock`. It stands on the host's side."""
        return Principal(role, self.accord.party_of_side(Side.HOST).id, (Grant(role),))


def read_settings(path: Path) -> dict[str, Any]:
    """The settings of the node in `path`, defaults filled in. Raises BadInput for unknown keys and wrong types."""
    file = path / "safeconduct.toml"
    try:
        given = tomllib.loads(file.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise BadInput(str(path), [Fault("safeconduct.toml", "no such file", "a node's directory")]) from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise BadInput(str(file), [Fault("file", shown(str(error)), "TOML in UTF-8")]) from None
    faults = [Fault(key, "an unknown key", "one of " + ", ".join(SETTINGS)) for key in given if key not in SETTINGS]
    for key, (kind, _, _) in SETTINGS.items():
        value = given.get(key)
        if value is not None and not (isinstance(value, kind) or (kind is float and isinstance(value, int))):
            faults.append(Fault(key, shown(value), kind.__name__))
    if not given.get("exercise") and any(given.get(key) for key in ("clock_start", "clock_epoch")):
        faults.append(Fault("clock_start", "a clock of its own", "exercise = true beside it"))
    if faults:
        raise BadInput(str(file), faults)
    return {key: given.get(key, default) for key, (_, default, _) in SETTINGS.items()}


_current: Node | None = None
_checked_at = 0.0
_seen: tuple[int, int] | None = None

CHECK_EVERY_S = 1.0
"""How soon a process notices that another one put a new accord in force."""


def open_node(path: Path | str | None = None) -> Node:
    """Open the node in `path` (default: the environment's) and set Django up for it. Raises BadInput."""
    global _current
    directory = Path(path or os.environ.get(ENVIRONMENT) or ".").resolve()
    opened = Node(directory, read_settings(directory))
    os.environ[ENVIRONMENT] = str(directory)
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "safeconduct.web.settings")
    if opened.settings["clock_start"]:
        instant.run_clock(
            instant.parse(opened.settings["clock_start"], "clock_start"),
            instant.parse(opened.settings["clock_epoch"], "clock_epoch"),
            float(opened.settings["clock_speed"]),
        )
    _current = opened
    import django

    django.setup()
    return opened


def current() -> Node:
    """The node of this process; opened from the environment at first use."""
    global _current
    if _current is None or _accord_changed(_current):
        directory = Path(os.environ.get(ENVIRONMENT, ".")).resolve()
        _current = Node(directory, read_settings(directory))
    return _current


def _accord_changed(known: Node) -> bool:
    """Whether another process put another accord in force, or let a party's flow rest, since the last look."""
    global _checked_at, _seen
    if time.monotonic() - _checked_at < CHECK_EVERY_S:
        return False
    _checked_at = time.monotonic()
    before, _seen = _seen, (_inode(known.path / "accord"), _inode(known.path / SUSPENDED))
    return before is not None and before != _seen


def _inode(path: Path) -> int:
    try:
        return path.stat().st_ino
    except FileNotFoundError:
        return 0


def forget() -> None:
    """Close the node of this process, so that the next use opens it anew: after its accord has changed."""
    global _current
    _current = None
