"""The contract that no face knows a table names every face."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
SOURCE = ROOT / "src"
ROOMS = ("sites", "watch", "people", "movements", "strategy", "obligations", "council")
FACES = sorted(
    ".".join(path.relative_to(SOURCE).with_suffix("").parts)
    for room in ROOMS
    for pattern in ("*pages.py", "*api.py")
    for path in (SOURCE / "safeconduct" / room).rglob(pattern)
)


@pytest.mark.parametrize("face", FACES)
def test_a_page_or_api_module_is_named_in_the_contract(face: str):
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]["contracts"]
    faces = next(one for one in contracts if one["name"].startswith("Faces"))["source_modules"]
    assert face in faces
