"""The samples, drafts made by editing a copy of one, and somebody with a role."""

from __future__ import annotations

from pathlib import Path

import pytest

import safeconduct.accord
from safeconduct.accord.accord import Accord, load_accord
from safeconduct.terms.errors import BadInput, Fault
from safeconduct.terms.party import ANYWHERE, Grant, Principal

SAMPLES = Path(safeconduct.accord.__file__).parent / "samples"


class Draft:
    """A copy of a sample that a test changes and loads."""

    def __init__(self, directory: Path):
        self.directory = directory

    def edit(self, file: str, old: str, new: str) -> Draft:
        """Replace the first `old`, which must be there, in the file whose name begins with `file`."""
        path = self.path(file)
        text = path.read_text(encoding="utf-8")
        assert old in text, f"{old!r} is not in {path.name}"
        path.write_text(text.replace(old, new, 1), encoding="utf-8")
        return self

    def add_policy(self, file: str, cedar: str) -> Draft:
        path = self.path(file)
        path.write_text(path.read_text(encoding="utf-8") + f"\n```cedar\n{cedar}\n```\n", encoding="utf-8")
        return self

    def path(self, file: str) -> Path:
        if file == "accord.toml":
            return self.directory / file
        return next((self.directory / "articles").glob(f"{file}*"))

    def load(self) -> Accord:
        return load_accord(self.directory)

    def faults(self) -> list[Fault]:
        """What is wrong with it; the test fails where nothing is."""
        with pytest.raises(BadInput) as caught:
            self.load()
        return list(caught.value.faults)


def holder(role: str, party: str = "", area: str = ANYWHERE) -> Principal:
    """Somebody with that role; the party is the role's own where its name begins with it."""
    return Principal(
        "somebody", party or {"node": "host"}.get(role.split(".")[0], role.split(".")[0]), (Grant(role, area),)
    )
