"""Ids of sites that would lead the archive's files elsewhere, or over each other."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import orjson
import pytest

from safeconduct.demo.world import places
from safeconduct.sites.geojson import parse_places, to_geojson
from safeconduct.sites.places import Places
from safeconduct.terms.instant import iso
from safeconduct.watch import archive, rows
from safeconduct.watch.feeds import ndjson
from safeconduct.watch.segment import Segment

AT = datetime(2026, 3, 2, 12, tzinfo=UTC)
NEAR, FAR = {"lon": 75.0065, "lat": -5.0025}, {"lon": 10.0, "lat": 10.0}


def at_site(site: str) -> Places:
    collection = to_geojson(places())
    for feature in collection["features"]:
        feature["properties"]["site"] = site
    return parse_places(orjson.loads(orjson.dumps(collection)), "places")


def sealed(tmp_path, site: str) -> list[archive.Sealed]:
    """What becomes of one row at `site` and one far from it."""
    lines = [
        {"time": iso(AT + timedelta(seconds=number)), "sensor": f"s{number}", "track": "1", **where}
        for number, where in enumerate((NEAR, FAR))
    ]
    checked = ndjson.decode(b"\n".join(orjson.dumps(line) for line in lines), None)
    segment = Segment(tmp_path / "segments")
    segment.append({"kind": "observations", "feed": "f", "received_ms": 0}, rows.encoded(checked.table))
    segment.rotate()
    return archive.write(segment.complete()[0], tmp_path / "archive", at_site(site))


@pytest.mark.parametrize("site", ["..", ".", "a/../../b", "م" * 128, "x" * 256, archive.NOWHERE, "marjan"])
def test_every_row_is_in_a_file_of_its_own_day_whatever_the_site_is_called(site, tmp_path):
    files = sealed(tmp_path, site)
    written = sorted((tmp_path / "archive").rglob("*.parquet"))
    assert sorted(tmp_path / "archive" / one.name for one in files) == written
    assert all(path.relative_to(tmp_path / "archive").parts[0] == "2026-03-02" for path in written)
    assert all(len(path.relative_to(tmp_path / "archive").parts) == 3 for path in written)
    assert sum(one.rows for one in files) == 2
    assert archive.pq.read_table(written).num_rows == 2
