"""Go's reference packages for transparency logs verify an export and a receipt, and refuse changed ones."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from tests.record.deeds import deed

from safeconduct.record import queries, store
from safeconduct.record.export import export
from safeconduct.record.tiles import Tile

SOURCE = Path(__file__).parent / "peer" / "verify.go"
GOPATH = Path("/usr/share/gocode")
"""Where Debian's Go libraries are."""

pytestmark = pytest.mark.skipif(
    shutil.which("go") is None or not (GOPATH / "src/golang.org/x/mod/sumdb").is_dir(),
    reason="needs the Debian packages golang-go and golang-golang-x-mod-dev",
)

Verify = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture(scope="module")
def verify(tmp_path_factory: pytest.TempPathFactory) -> Verify:
    built = tmp_path_factory.mktemp("peer") / "verify"
    environment = os.environ | {"GO111MODULE": "off", "GOPATH": str(GOPATH), "GOFLAGS": ""}
    command = ["go", "build", "-o", str(built), str(SOURCE)]
    subprocess.run(command, check=True, env=environment, capture_output=True, text=True, timeout=280)

    def verify(*words: object) -> subprocess.CompletedProcess[str]:
        return subprocess.run([built, *map(str, words)], check=False, capture_output=True, text=True, timeout=60)

    return verify


@pytest.mark.parametrize("size", [1, 255, 256, 257, 600])
def test_export_is_verified(filled, key, verify: Verify, tmp_path: Path, size: int):
    filled(size)
    export(tmp_path)
    told = verify("tiles", tmp_path, key.vkey)
    assert (told.stdout, told.stderr) == (f"{size}\n", "")


def test_export_of_three_levels_is_verified(db, key, verify: Verify, tmp_path: Path):
    store.append([deed(0, x=number) for number in range(66_000)], key=key)
    export(tmp_path)
    assert verify("tiles", tmp_path, key.vkey).stdout == "66000\n"


@pytest.mark.parametrize("path", [Tile(0, 1, 256).path, Tile(1, 0, 2).path, Tile(0, 2, 88).entries_path, "checkpoint"])
def test_changed_export_is_refused(filled, key, verify: Verify, tmp_path: Path, path: str):
    filled(600)
    export(tmp_path)
    assert verify("tiles", tmp_path, key.vkey).returncode == 0
    data = bytearray((tmp_path / path).read_bytes())
    data[20] ^= 1
    (tmp_path / path).write_bytes(data)
    assert verify("tiles", tmp_path, key.vkey).returncode == 1


@pytest.mark.parametrize("index", [0, 255, 256, 511, 512, 599])
def test_receipt_is_verified(filled, key, verify: Verify, tmp_path: Path, index: int):
    filled(600)
    receipt = tmp_path / "receipt"
    receipt.write_text(str(queries.tlog_proof(index)))
    assert verify("proof", receipt, key.vkey).stdout == f"{index}\n"
    receipt.write_text(receipt.read_text().replace(f"index {index}\n", f"index {(index + 1) % 600}\n"))
    assert verify("proof", receipt, key.vkey).returncode == 1
