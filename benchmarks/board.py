"""A hundred movements on their way at once: what the watch, the clock and the board's page need for them.

    python -m benchmarks.board [--movements 100] [--seconds 60]

Each movement has two vehicles with a device that tells of itself every five seconds; a second of life is one telling of
the watch and one look of the clock. The peer of each is the same for one movement: the ratio says how the cost grows.
Processor time of one process, on SQLite; the node's clock stands where it is put.
"""

from __future__ import annotations

import argparse
import statistics
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from safeconduct.node.making import make_node, prepare_database, sample

PERSON = {
    "host.duty_officer": ("duty", "host"),
    "host.commander": ("commander", "host"),
    "host.gate_post": ("gatepost", "host"),
    "partner.liaison_officer": ("liaison", "partner"),
    "partner.project_manager": ("manager", "partner"),
}
EVERY_S = 5
MPS = 8.0
PAGES = 20


def main() -> None:
    options = argparse.ArgumentParser()
    options.add_argument("--movements", type=int, default=100)
    options.add_argument("--seconds", type=int, default=60)
    given = options.parse_args()
    with tempfile.TemporaryDirectory() as home:
        path = Path(home) / "node"
        make_node(path, sample("joint-security"), {"name": "Benchmark", "hosts": ["testserver"]}, sign_for_all=True)
        from safeconduct.node import open_node

        open_node(path)
        prepare_database()
        one = measured(1, given.seconds)
        many = measured(given.movements - 1, given.seconds)
    print(f"{given.movements} movements on their way, {2 * given.movements} devices, a fix every {EVERY_S} s each")
    for what, unit in (("watch", "ms a second of life"), ("clock", "ms a second of life"), ("board", "ms a page, p95")):
        ratio = many[what] / one[what]
        print(f"{what:6} {many[what]:8.1f} {unit}; for one movement {one[what]:6.1f}; ratio {ratio:.1f}")


def measured(more: int, seconds: int) -> dict[str, float]:
    """Milliseconds of the processor with `more` movements on the way beside those that are there."""
    from django.test import Client
    from tests.movements.case import place_site
    from tests.movements.on_the_way import START, depart

    from safeconduct.movements.progress.looks import Watchman
    from safeconduct.terms import instant

    def clock_at(moment: datetime) -> None:
        instant.run_clock(moment, datetime.now(UTC), 0.0)

    if more == 1:
        clock_at(START - timedelta(hours=1))
        place_site(as_role)
    for _ in range(more):
        depart(as_role, clock_at)
    watchman, tell = Watchman(lambda: 0.0), telling()
    watch_s = clock_s = 0.0
    for second in range(seconds):
        clock_at(START + timedelta(seconds=second))
        watch_s += timed(lambda: tell(second))  # noqa: B023
        clock_s += timed(watchman.look)
    client = Client()
    client.force_login(user(), backend="django.contrib.auth.backends.ModelBackend")
    warm = client.get("/movements/board/")
    assert warm.status_code == 200, warm.status_code
    pages = [timed(lambda: client.get("/movements/board/")) for _ in range(PAGES)]
    return {
        "watch": watch_s / seconds * 1e3,
        "clock": clock_s / seconds * 1e3,
        "board": statistics.quantiles(pages, n=20)[18] * 1e3,
    }


def telling() -> Callable[[int], None]:
    """Let those devices tell whose turn it is in a second of life, and the watch note what changed."""
    from tests.movements.on_the_way import START, at_m

    from safeconduct import node
    from safeconduct.movements.progress.acts import follow
    from safeconduct.movements.progress.following import Following
    from safeconduct.movements.progress.matching import Fix
    from safeconduct.movements.progress.queries import followed
    from safeconduct.terms.instant import epoch_ms

    following, watch = Following(), node.current().system("node.watch")
    plans = followed()
    following.tell(plans)
    devices = sorted({device for plan, _ in plans for device in plan.devices})

    def tell(second: int) -> None:
        spot = at_m(MPS * second)
        for number, device in enumerate(devices):
            if number % EVERY_S == second % EVERY_S:
                following.take(device, Fix(epoch_ms(START) + 1000 * second, *spot, MPS))
        if changed := following.changed():
            follow(watch, found=changed)

    return tell


def as_role(role: str, area: str = "") -> Any:
    from safeconduct.terms.party import Grant, Principal

    name, party = PERSON[role]
    return Principal(name, party, (Grant(role, area),))


def user() -> Any:
    from safeconduct.people.acts import appoint
    from safeconduct.people.founding import appointing_principal
    from safeconduct.people.models import User

    found, is_new = User.objects.get_or_create(username="duty", party="host")
    if is_new:
        begin = datetime(2026, 1, 1, tzinfo=UTC)
        appoint(appointing_principal("host"), site="", user="duty", role="host.duty_officer", begin=begin)
    return found


def timed(do: Callable[[], object]) -> float:
    """Seconds of this process's own work."""
    began = time.process_time()
    do()
    return time.process_time() - began


if __name__ == "__main__":
    main()
