"""Nodes for tests: one directory with the sample accord, signed by keys made for the run."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

from safeconduct.node.making import make_node, sample

HOSTS = ["127.0.0.1", "localhost", "testserver"]
SETTINGS = {"name": "Test node", "origin": "safeconduct.example/test", "hosts": HOSTS}


def new_node(path: Path, accord: str = "joint-security", **settings: object) -> Path:
    """A node in `path` with both parties' keys; its database is not yet prepared."""
    make_node(path, sample(accord), SETTINGS | settings, sign_for_all=True)
    return path


def session_node() -> Path:
    """The node that the whole test run works on; its database is the one of SAFECONDUCT_TEST_DATABASE, or SQLite."""
    path = Path(tempfile.mkdtemp(prefix="safeconduct-test-")) / "node"
    return new_node(path, database=os.environ.get("SAFECONDUCT_TEST_DATABASE", "sqlite"))
