"""Takes the README's picture: plays the demo and photographs the duty officer's page."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT))

from tests.chromium import chromium, logged_in  # noqa: E402
from tests.demo_node import running_demo  # noqa: E402

from safeconduct.demo.story import PASSWORD  # noqa: E402  # the tests' own tools are found by the path above

PICTURE = ROOT / "docs" / "picture.png"


def main() -> None:
    with (
        tempfile.TemporaryDirectory() as home,
        running_demo(Path(home) / "node", 30) as demo,
        chromium() as browser,
    ):
        page = logged_in(browser, demo.url, "duty", PASSWORD, viewport={"width": 1280, "height": 760})
        page.goto(demo.url)
        page.locator("#queue li.alert, #queue li.critical").first.wait_for(timeout=120_000)
        page.wait_for_timeout(4000)
        page.screenshot(path=PICTURE)


if __name__ == "__main__":
    main()
