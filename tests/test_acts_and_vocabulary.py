"""One list: the acts that rooms declare, the acts and fields that the accord speaks of, and the tables are the same."""

from __future__ import annotations

import ast
from importlib import import_module
from pathlib import Path

import pytest

import safeconduct
from safeconduct.accord.vocabulary import ACTS, CLASSES, PERSONAL
from safeconduct.acts import DECLARED
from safeconduct.store.models import Marked

SOURCE = Path(safeconduct.__file__).parent
for found in sorted(SOURCE.rglob("*acts.py")):
    import_module(".".join(("safeconduct", *found.relative_to(SOURCE).with_suffix("").parts)))


def concrete(model=Marked):
    for child in model.__subclasses__():
        yield from concrete(child)
        if not child._meta.abstract:
            yield child


def test_every_act_of_the_vocabulary_is_declared_and_no_other():
    assert set(DECLARED) == set(ACTS)


@pytest.mark.parametrize("model", list(concrete()), ids=lambda model: model.__name__)
def test_a_table_releases_fields_of_its_class_only(model):
    assert set(model.released) <= set(CLASSES[model.info_class])


def test_every_personal_class_and_no_other_says_whose_its_rows_are():
    assert {model.info_class for model in concrete() if model.belongs} == PERSONAL


def test_only_the_pipelines_open_the_guard():
    openers = {
        path.relative_to(SOURCE).as_posix()
        for path in SOURCE.rglob("*.py")
        if any(
            isinstance(node, ast.Call) and getattr(node.func, "id", getattr(node.func, "attr", "")) == "passage"
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        )
    }
    assert openers == {
        "acts.py",
        "release.py",
        "store/cursors.py",
        "store/labels.py",
        "people/looks.py",
        "people/headcounts/asked.py",
        "movements/protection/reactions.py",
        "people/channels/due.py",
        "people/standing.py",
        "movements/queries.py",
        "movements/progress/queries.py",
        "obligations/queries.py",
        "council/settling.py",
        "council/suspended.py",
    }


WRITES = {"save", "create", "bulk_create", "bulk_update", "update_or_create", "get_or_create"}
WRITERS = {
    "acts.py": "the pipeline itself",
    "store/cursors.py": "cursors of readers, inside an act",
    "store/labels.py": "labels, made inside an act",
    "people/founding.py": "accounts, which are Django's and not guarded",
    "people/tries.py": "wrong tries, which are no fact about anyone and on no record",
    "demo/setting.py": "names of the demo's accounts",
}


def is_write(node: ast.AST) -> bool:
    return (
        isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr in WRITES
        and isinstance(node.func.value, ast.Attribute)
        and node.func.value.attr in ("objects", "_default_manager")
    )


def test_no_module_but_acts_writes_a_table():
    """The guard proves it at run time; this shows where to look when it fails."""
    strangers = []
    for path in SOURCE.rglob("*.py"):
        name = path.relative_to(SOURCE).as_posix()
        if path.name.endswith("acts.py") or "migrations" in path.parts or name in WRITERS or name.startswith("record/"):
            continue
        tree = ast.parse(path.read_text(encoding="utf-8"))
        strangers += [f"{name}:{node.lineno}" for node in ast.walk(tree) if is_write(node)]
    assert strangers == []
