"""Documentation is tested: the reference is what the code says, and the README's promises are kept."""

from __future__ import annotations

import importlib.util
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
DOCS = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])


def reference():
    spec = importlib.util.spec_from_file_location("reference", ROOT / "scripts" / "reference.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.reference()


@pytest.mark.parametrize("path", reference(), ids=lambda path: path.name)
def test_the_reference_is_what_the_code_says(path):
    assert path.read_text(encoding="utf-8") == reference()[path], "python scripts/reference.py writes it anew"


@pytest.mark.parametrize("path", DOCS, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_links_between_documents_lead_somewhere(path):
    for target in re.findall(r"\]\(([^)#:\s]+)[^):]*\)", path.read_text(encoding="utf-8")):
        assert (path.parent / target).exists(), f"{path.name} links to {target}"


@pytest.mark.parametrize("path", DOCS, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_commands_in_documents_exist(path):
    from safeconduct.cli import parser

    known = set(command_names(parser()))
    for room, verb in re.findall(r"\bsafeconduct ([a-z]+)(?: ([a-z-]+))?", path.read_text(encoding="utf-8")):
        rooms = {name.split()[0] for name in known}
        if room in rooms:
            assert room in known or f"{room} {verb}" in known, f"{path.name}: safeconduct {room} {verb}"


def command_names(command, before=""):
    import argparse

    nested = [action for action in command._actions if isinstance(action, argparse._SubParsersAction)]
    if not nested:
        yield before
    for action in nested:
        for verb, child in action.choices.items():
            yield from command_names(child, f"{before} {verb}".strip())


def test_what_make_offers_is_what_the_readme_says():
    targets = set(re.findall(r"^([a-z-]+):.*##", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
    told = set(re.findall(r"(?:`|\$ )make ([a-z-]+)", (ROOT / "README.md").read_text(encoding="utf-8")))
    assert told <= targets
    assert {"demo", "test"} <= told


def test_nothing_names_a_machine_or_a_registry():
    import subprocess

    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=True).stdout.split(b"\0")
    told = re.compile(rb"/(?:root|home)/[a-z]|https?://[^\s\"')]*(?:pypi|npmjs|pythonhosted)")
    for name in filter(None, listed):
        path = ROOT / name.decode()
        if path.suffix in {".py", ".md", ".toml", ".txt", ".sh", ".json", ".html", ".css", ""} and path.is_file():
            assert not told.search(path.read_bytes()), name
