"""The pages' logic that needs no page runs under Node, where there is one."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

HERE = Path(__file__).parent


@pytest.mark.parametrize(
    "script", ["frame.test.js", "track.test.js", "shape.test.js", "circle.test.js", "queue.test.js"]
)
def test_logic_without_a_page_keeps_its_promises(script):
    node = shutil.which("node")
    if node is None:
        pytest.skip("Debian's nodejs is not installed")
    done = subprocess.run([node, "--test", script], check=False, cwd=HERE, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "# fail 0" in done.stdout or "ℹ fail 0" in done.stdout
