"""Does acts as fast as it can, until it is killed: raise, update, acknowledge and clear, some together."""

from __future__ import annotations

import itertools
import sys
import uuid
from datetime import timedelta

from safeconduct import node
from safeconduct.terms import instant
from safeconduct.terms.instant import iso
from safeconduct.terms.party import Grant, Principal


def found(severity: str, minutes: int, ended: bool = False) -> dict[str, object]:
    at = instant.now()
    return {
        "kind": "dwell", "ring": "outer", "severity": severity, "lon": 75.0, "lat": -5.0, "vehicle": "car",
        "started": iso(at), "raised": iso(at), "updated": iso(at + timedelta(minutes=minutes)),
        "ended": iso(at + timedelta(minutes=minutes)) if ended else None,
        "dwell_s": 60.0 * minutes, "unseen_s": 0.0, "steps": [], "tracks": [], "sensors": [], "explanation": {},
    }  # fmt: skip


def main() -> None:
    opened = node.open_node(sys.argv[1])
    from safeconduct.acts import together
    from safeconduct.watch.acts import acknowledge, clear_alert, raise_alert, update_alert

    watch = opened.system("node.watch")
    duty = Principal("duty", "host", (Grant("host.duty_officer"),))
    for number in itertools.count():
        ref = uuid.uuid4()
        raise_alert(watch, site="marjan", alert_id=ref, found=found("notice", 3))
        with together():
            update_alert(watch, ref, found=found("alert", 5))
            acknowledge(duty, ref)
            if number % 2:
                clear_alert(watch, ref, found=found("alert", 6, ended=True))
        if number == 0:
            print("acting", flush=True)


if __name__ == "__main__":
    main()
