"""Accords for tests: the samples, and a draft to be changed."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from tests.accord.drafts import SAMPLES, Draft

from safeconduct.accord.accord import Accord, load_accord


@pytest.fixture(scope="session")
def joint() -> Accord:
    return load_accord(SAMPLES / "joint-security")


@pytest.fixture(scope="session")
def humanitarian() -> Accord:
    return load_accord(SAMPLES / "humanitarian")


@pytest.fixture
def draft(tmp_path: Path) -> Draft:
    """The joint-security sample, to be changed."""
    shutil.copytree(SAMPLES / "joint-security", tmp_path / "draft")
    return Draft(tmp_path / "draft")
