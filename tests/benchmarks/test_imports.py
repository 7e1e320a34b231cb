"""What a benchmark imports inside a function is there: nothing else would notice before somebody measures."""

import ast
import importlib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
HERE = "safeconduct", "benchmarks"


@pytest.mark.parametrize("path", sorted((ROOT / "benchmarks").glob("*.py")), ids=lambda path: path.stem)
def test_every_name_that_a_benchmark_imports_from_the_project_exists(path):
    found = [
        (node.module, alias.name)
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.ImportFrom) and node.module and node.module.split(".")[0] in HERE
        for alias in node.names
    ]

    missing = [f"{module}.{name}" for module, name in found if not exists(module, name)]

    assert not missing


def exists(module: str, name: str) -> bool:
    try:
        return hasattr(importlib.import_module(module), name) or bool(importlib.import_module(f"{module}.{name}"))
    except ModuleNotFoundError as error:
        if str(error.name).split(".")[0] in HERE:
            return False
        raise
