"""Changing the accord of a node so that a kill at any point leaves either the old or the new one in force, whole.

The successor is staged beside the accord, then its act is committed, then it takes the accord's place. A node that was
killed between the last two finishes at its next start: the database knows which digest is in force.
"""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from typing import TYPE_CHECKING

from safeconduct.terms.errors import BadInput, Fault, shown

if TYPE_CHECKING:
    from safeconduct.accord.accord import Accord

IN_FORCE, NEXT = "accord", "accord.next"


def checked_successor(current: Accord, directory: Path) -> Accord:
    """The accord in `directory`, if it may follow `current`. Raises BadInput."""
    from safeconduct.accord.accord import check_in_force, load_accord

    successor = load_accord(directory)
    check_in_force(successor, directory)
    faults: list[Fault] = []
    if successor.id != current.id:
        faults.append(Fault("id", shown(successor.id), current.id))
    if successor.version != current.version + 1:
        faults.append(Fault("version", str(successor.version), str(current.version + 1)))
    if successor.schedule.previous != current.digest:
        faults.append(Fault("previous", shown(successor.schedule.previous), current.digest))
    strangers = {party: terms.keys for party, terms in current.parties.items()}
    if {party: terms.keys for party, terms in successor.parties.items()} != strangers:
        faults.append(Fault("parties", "other parties or keys", "those of the version in force, who sign the change"))
    if faults:
        raise BadInput(f"accord {directory.name}", faults)
    return successor


def stage(node_path: Path, directory: Path) -> None:
    """Copy the successor beside the accord in force."""
    staged = node_path / NEXT
    shutil.rmtree(staged, ignore_errors=True)
    shutil.copytree(directory, staged)
    for file in staged.rglob("*"):
        if file.is_file():
            with file.open("rb") as opened:
                os.fsync(opened.fileno())


def finish(node_path: Path) -> None:
    """Let the staged successor take the accord's place; nothing where none is staged."""
    from safeconduct import node

    staged, old = node_path / NEXT, node_path / "accord.old"
    if staged.is_dir():
        shutil.rmtree(old, ignore_errors=True)
        if (node_path / IN_FORCE).is_dir():
            (node_path / IN_FORCE).rename(old)
        staged.rename(node_path / IN_FORCE)
        node.forget()


def recover(node_path: Path, digest_in_force: str | None) -> None:
    """Finish or drop what a kill left staged. `digest_in_force` is the newest that the database knows."""
    from safeconduct.accord.directory import digest, read_content

    staged = node_path / NEXT
    if staged.is_dir():
        if digest(read_content(staged)) == digest_in_force:
            finish(node_path)
        else:
            shutil.rmtree(staged)
