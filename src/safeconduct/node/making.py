"""Making a node: its directory, keys, database, accord and first users."""

from __future__ import annotations

import os
import secrets
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from safeconduct.terms.errors import BadInput, Fault, shown


@dataclass(frozen=True)
class FirstUser:
    """A user to begin with: an appointment needs someone who is already appointed."""

    name: str
    password: str
    party: str
    roles: tuple[str, ...]
    area: str = ""


def sample(name: str) -> Path:
    """The directory of a sample accord that ships with the package. Raises BadInput."""
    directory = Path(__file__).parent.parent / "accord" / "samples" / name
    if not (directory / "accord.toml").is_file():
        known = sorted(one.parent.name for one in directory.parent.glob("*/accord.toml"))
        raise BadInput("accord", [Fault("name", shown(name), "a directory, or one of " + ", ".join(known))])
    return directory


def make_node(path: Path, accord: Path, settings: Mapping[str, Any], *, sign_for_all: bool = False) -> None:
    """Lay out a node in the new directory `path`. Raises BadInput; then nothing is left behind.

    `accord` must be signed by every party, unless `sign_for_all`: then a key is made for each party, kept in
    `keys/party-<id>.key`, and the accord is signed with it. That is for demonstrations: a party keeps its own key.
    """
    from safeconduct.accord.cedar import remembering
    from safeconduct.node import read_settings
    from safeconduct.record.keys import make_key

    if path.exists() and any(path.iterdir()):
        raise BadInput("node", [Fault(str(path), "a directory that is not empty", "a new one")])
    path.mkdir(parents=True, exist_ok=True)
    try:
        (path / "safeconduct.toml").write_text(_toml(settings), encoding="utf-8")
        origin = read_settings(path)["origin"]
        make_key(path / "keys" / "node.key", origin)
        _write_secret(path / "keys" / "secret")
        with remembering():  # it is loaded before it is signed, and after
            if sign_for_all:
                _sign_for_all(path, accord)
            else:
                shutil.copytree(accord, path / "accord")
            _check(path)
        for name in ("archive", "watch", "inbox", "basemap"):
            (path / name).mkdir()
    except BaseException:
        shutil.rmtree(path, ignore_errors=True)
        raise


def _check(path: Path) -> None:
    from safeconduct.accord.accord import check_in_force, load_accord

    check_in_force(load_accord(path / "accord"), path / "accord")


def _sign_for_all(path: Path, accord: Path) -> None:
    from safeconduct.accord.accord import load_accord, prepare, sign
    from safeconduct.record.keys import make_key

    parties = load_accord(accord).parties
    keys = {party: make_key(path / "keys" / f"party-{party}.key", f"{party}.example/accord") for party in parties}
    prepare(accord, path / "accord", {party: str(key.vkey) for party, key in keys.items()})
    for party, key in keys.items():
        sign(path / "accord", party, key.private)


def _write_secret(path: Path) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="ascii") as file:
        file.write(secrets.token_hex(32) + "\n")


def _toml(settings: Mapping[str, Any]) -> str:
    def literal(value: Any) -> str:
        match value:
            case bool():
                return str(value).lower()
            case int() | float():
                return repr(value)
            case list():
                return "[" + ", ".join(literal(item) for item in value) + "]"
            case _:
                escaped = str(value).replace("\\", "\\\\").replace('"', '\\"')
                return f'"{escaped}"'

    return "".join(f"{key} = {literal(value)}\n" for key, value in settings.items())


def found_users(users: tuple[FirstUser, ...]) -> None:
    """Make the first users of an opened node and appoint them, as the founding act of its record."""
    from safeconduct.people.founding import found

    found(users)


def prepare_database() -> None:
    """Bring the tables of the opened node up to date, and settle which accord is in force."""
    from django.core.management import call_command

    from safeconduct.council.settling import settle

    call_command("migrate", interactive=False, verbosity=0)
    settle()
