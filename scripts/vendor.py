"""Fetch the third-party files of the pages from npm, by name and version, and note their licences and hashes.

`python scripts/vendor.py` writes `src/safeconduct/web/static/vendor/` and `tests/web/vendor/` anew. It needs npm and
its registry; a node does not.
"""

from __future__ import annotations

import hashlib
import json
import shutil
import subprocess
import sys
import tarfile
import tempfile
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
TARGET = ROOT / "src/safeconduct/web/static/vendor"
TEST_TARGET = ROOT / "tests/web/vendor"


@dataclass(frozen=True)
class Package:
    """An npm package and the files of it that are taken: path in the package to path under the target."""

    name: str
    version: str
    licence: str
    files: dict[str, str] = field(default_factory=dict[str, str])


PACKAGES = (
    Package(
        "htmx.org",
        "2.0.11",
        "0BSD",
        {"dist/htmx.min.js": "htmx/htmx.min.js", "LICENSE": "htmx/LICENSE"},
    ),
    Package(
        "maplibre-gl",
        "6.17.0",
        "BSD-3-Clause",
        {
            "dist/maplibre-gl.mjs": "maplibre-gl/maplibre-gl.mjs",
            "dist/maplibre-gl-worker.mjs": "maplibre-gl/maplibre-gl-worker.mjs",
            "dist/maplibre-gl.css": "maplibre-gl/maplibre-gl.css",
            "LICENSE.txt": "maplibre-gl/LICENSE.txt",
        },
    ),
    Package(
        "@fontsource/noto-naskh-arabic",
        "5.3.0",
        "OFL-1.1",
        {
            "files/noto-naskh-arabic-arabic-400-normal.woff2": "noto-naskh-arabic/400.woff2",
            "files/noto-naskh-arabic-arabic-600-normal.woff2": "noto-naskh-arabic/600.woff2",
            "LICENSE": "noto-naskh-arabic/LICENSE",
        },
    ),
)

WORLD = Package("world-atlas", "2.0.2", "ISC", {"LICENSE": "world-atlas/LICENSE"})
"""Natural Earth's land; converted from TopoJSON (see `land`), so its file is our own."""

LAND_FILE = "world-atlas/land.json"

AXE = Package("axe-core", "4.14.1", "MPL-2.0", {"axe.min.js": "axe-core/axe.min.js", "LICENSE": "axe-core/LICENSE"})
"""Accessibility checks, for tests alone; no page loads it."""


def main() -> int:
    with tempfile.TemporaryDirectory() as folder:
        take((*PACKAGES, WORLD), TARGET, Path(folder))
        take((AXE,), TEST_TARGET, Path(folder))
    return 0


def take(packages: tuple[Package, ...], target: Path, folder: Path) -> None:
    """Write the files of `packages` anew to `target`, with their register."""
    shutil.rmtree(target, ignore_errors=True)
    for package in packages:
        unpacked = fetch(package, folder)
        for source, name in package.files.items():
            copy(unpacked / source, target / name)
        if package is WORLD:
            topology = json.loads((unpacked / "land-50m.json").read_text(encoding="utf-8"))
            (target / LAND_FILE).write_text(json.dumps(land(topology), separators=(",", ":")), encoding="utf-8")
    (target / "VENDOR.toml").write_text(register(packages, target), encoding="utf-8")


def fetch(package: Package, folder: Path) -> Path:
    """Download and unpack `package`; answers its directory."""
    spec = f"{package.name}@{package.version}"
    packed = subprocess.run(  # noqa: S603 -- the arguments are the table above
        ["npm", "pack", "--silent", spec],  # noqa: S607
        cwd=folder,
        check=True,
        capture_output=True,
        text=True,
    )
    into = folder / package.name.replace("/", "_")
    with tarfile.open(folder / packed.stdout.strip().splitlines()[-1]) as archive:
        archive.extractall(into, filter="data")
    return into / "package"


def copy(source: Path, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    text = source.read_bytes()
    if target.suffix in (".mjs", ".js", ".css"):
        # A source map that is not shipped would be asked for, and refused, on every open of the developer tools.
        text = b"\n".join(line for line in text.split(b"\n") if b"sourceMappingURL=" not in line[:40])
    target.write_bytes(text)


def land(topology: dict) -> dict:
    """The land of a TopoJSON topology as one GeoJSON MultiPolygon, at three decimals (100 m)."""
    arcs = [_decoded(arc, topology["transform"]) for arc in topology["arcs"]]
    polygons = [
        [_ring(ring, arcs) for ring in polygon]
        for geometry in topology["objects"]["land"]["geometries"]
        for polygon in (geometry["arcs"] if geometry["type"] == "MultiPolygon" else [geometry["arcs"]])
    ]
    return {"type": "Feature", "properties": {}, "geometry": {"type": "MultiPolygon", "coordinates": polygons}}


def _decoded(arc: list[list[int]], transform: dict) -> list[list[float]]:
    (scale_x, scale_y), (move_x, move_y) = transform["scale"], transform["translate"]
    x = y = 0
    points = []
    for dx, dy in arc:
        x, y = x + dx, y + dy
        points.append([round(x * scale_x + move_x, 3), round(y * scale_y + move_y, 3)])
    return points


def _ring(indexes: list[int], arcs: list[list[list[float]]]) -> list[list[float]]:
    points: list[list[float]] = []
    for index in indexes:
        part = arcs[index] if index >= 0 else arcs[~index][::-1]
        points += part if not points else part[1:]
    return points


def register(packages: tuple[Package, ...], target: Path) -> str:
    """What VENDOR.toml says: each package with its licence, each file with its SHA-256."""
    lines = ["# Written by scripts/vendor.py. Change that, not this.", ""]
    for package in packages:
        files: list[str] = sorted([*package.files.values(), *([LAND_FILE] if package is WORLD else [])])
        lines += ["[[package]]", f'name = "{package.name}"', f'version = "{package.version}"']
        lines += [f'licence = "{package.licence}"', "[package.sha256]"]
        lines += [f'"{file}" = "{hashlib.sha256((target / file).read_bytes()).hexdigest()}"' for file in files]
        lines.append("")
    return "\n".join(lines)


if __name__ == "__main__":
    sys.exit(main())
