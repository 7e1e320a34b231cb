"""A real bus, sent over HTTP live at sixty times its speed: seen on the picture, and no alarm at its stops."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from playwright.sync_api import expect
from tests.bus_node import fixes
from tests.chromium import chromium, logged_in
from tests.demo_node import running

from safeconduct.demo.story import PASSWORD

pytestmark = [pytest.mark.browser, pytest.mark.long, pytest.mark.slow, pytest.mark.embedded]


def test_a_real_bus_is_seen_and_raises_no_alarm(tmp_path):
    rows = fixes()
    assert len(rows) > 100
    last = datetime.fromisoformat(rows[-1]["time"])
    seen: set[tuple[float, float]] = set()
    home = tmp_path / "node"
    with (
        running("tests.bus_node", lambda port: [str(home), str(port)], home) as node,
        chromium() as browser,
    ):
        page = logged_in(browser, node.url, "duty", PASSWORD)
        page.goto(node.url)
        at = last - timedelta(days=1)
        while at < last:
            picture = page.request.get(f"{node.url}/live/picture.json").json()
            at = datetime.fromisoformat(picture["at"])
            for one in picture["positions"]["features"]:
                seen.add(tuple(one["geometry"]["coordinates"]))
            page.wait_for_timeout(100)
        assert len(seen) > 20, "the bus moves on the picture"
        given = {(row["lon"], row["lat"]) for row in rows}
        near = 5e-4  # degrees, some 40 m: the picture shows where it stands, smoothed
        assert all(min(abs(x - lon) + abs(y - lat) for lon, lat in given) < near for x, y in seen)
        expect(page.locator("#queue")).to_contain_text("No alarm is open")
        alerts = page.request.get(f"{node.url}/api/alerts").json()["items"]
        assert [one for one in alerts if one["severity"] in ("alert", "critical")] == []
