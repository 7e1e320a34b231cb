"""How long queue, map and alarm load take with many open alarms: `python benchmarks/alarm_queue.py [COUNT]`.

Half of the alarms are of the last ten minutes. Prints the best processor time of five, in milliseconds, and the size of
each answer; beside it the time with ten alarms and the ratio.
"""

from __future__ import annotations

import sys
import tempfile
import time
from datetime import timedelta
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT))

PATHS = (
    "/",
    "/picture/queue/",
    "/live/picture.json",
    "/alerts/load/",
    "/alerts/load/?period=month",
    "/alerts/shelves/",
)
FEW = 10


def main(count: int) -> None:
    with tempfile.TemporaryDirectory() as home:
        from tests.nodes import new_node

        from safeconduct.node import open_node
        from safeconduct.node.making import FirstUser, found_users, prepare_database

        open_node(new_node(Path(home) / "node"))
        prepare_database()
        found_users((FirstUser("duty", "walnut-harbour-lantern", "host", ("host.duty_officer",)),))
        fill(FEW)
        few = timed()
        fill(count - FEW)
        many = timed()
    print(f"{'page':32} {FEW:>7} ms {count:>7} ms   ratio       kB")
    for path in PATHS:
        (small_s, _), (s, size) = few[path], many[path]
        print(f"{path:32} {small_s * 1000:10.1f} {s * 1000:10.1f} {s / small_s:7.1f} {size / 1000:8.1f}")


def fill(count: int) -> None:
    from safeconduct import node
    from safeconduct.acts import together
    from safeconduct.terms import instant
    from safeconduct.terms.ids import new_id
    from safeconduct.watch.acts import raise_alert

    at, watch = instant.now(), node.current().system("node.watch")
    with together():
        for number in range(count):
            ago = timedelta(minutes=10 * number / count if number % 2 else 1400 * number / count)
            raised = instant.iso(at - ago)
            found: dict[str, Any] = {
                "kind": ("dwell", "repeat", "circling")[number % 3],
                "ring": ("outer", "middle", "inner")[number % 7 % 3],
                "severity": "alert" if number % 50 else "critical",
                "lon": 75.0, "lat": -5.0, "started": raised, "raised": raised, "updated": raised, "ended": None,
                "dwell_s": 300.0, "unseen_s": 0.0, "steps": [{"severity": "alert", "at": raised}],
                "tracks": [f"cam-02/{number}"], "sensors": ["cam-02"], "vehicle": "car", "explanation": {},
            }  # fmt: skip
            raise_alert(watch, site="marjan", alert_id=new_id(), found=found)


def timed() -> dict[str, tuple[float, int]]:
    from django.test import Client

    from safeconduct.people.models import User

    client = Client()
    client.force_login(User.objects.get(), backend="django.contrib.auth.backends.ModelBackend")
    return {path: min(asked(client, path) for _ in range(5)) for path in PATHS}


def asked(client: Any, path: str) -> tuple[float, int]:
    begun = time.process_time()
    answer = client.get(path)
    took = time.process_time() - begun
    assert answer.status_code == 200, answer.status_code
    return took, len(answer.content)


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 5000)
