"""The list and the page of incidents at 200 open ones with 100,000 lines between them.

    python -m benchmarks.incidents [--incidents N] [--lines N]

Rows are put in as acts would leave them, in bulk; everything that is measured goes the way of a request: session,
standing, release, template. A tenth of the lines is kept to one party. The page shows the newest hundred lines; `older`
is the page before it. Times are seconds of the processor of one request (`time.process_time`), so that a busy machine
tells the same; p95 of all readers and incidents asked. The peer reads the whole log of the incident for the same page.
"""

from __future__ import annotations

import argparse
import random
import tempfile
import time
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

from safeconduct.node.making import make_node, prepare_database, sample

SITE = "marjan"
READERS = {"host.duty_officer": ("duty", "host"), "partner.liaison_officer": ("liaison", "partner")}


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--incidents", type=int, default=200)
    options.add_argument("--lines", type=int, default=100_000)
    given = options.parse_args()
    with tempfile.TemporaryDirectory() as home:
        path = Path(home) / "node"
        make_node(path, sample("joint-security"), {"name": "Benchmark", "hosts": ["testserver"]}, sign_for_all=True)
        from safeconduct.node import open_node

        open_node(path)
        prepare_database()
        refs = fill(given.incidents, given.lines)
        measure(refs)


def fill(incidents: int, lines: int) -> list[Any]:
    from safeconduct import node
    from safeconduct.demo.world import places
    from safeconduct.incidents import acts
    from safeconduct.incidents.models import IncidentEntry
    from safeconduct.sites.acts import import_places
    from safeconduct.sites.geojson import to_geojson
    from safeconduct.store.guard import passage
    from safeconduct.store.labels import intern
    from safeconduct.terms import instant
    from safeconduct.terms.marking import Marking, Tlp
    from safeconduct.terms.party import Grant, Principal

    import_places(
        Principal("commander", "host", (Grant("host.commander"),)),
        site=SITE,
        features=to_geojson(places())["features"],
    )
    duty = Principal("duty", "host", (Grant("host.duty_officer"),))
    refs = [
        acts.open_incident(duty, site=SITE, type="other", text=f"Number {number}.", affected=3).pk
        for number in range(incidents)
    ]
    dice, now = random.Random(7), instant.now()
    with passage("act"):
        shared = {party: node.current().accord.marking("incident_entry", party, SITE) for party in ("host", "partner")}
        both = {party: intern(one) for party, one in shared.items()}
        own = {party: intern(Marking(party, "incident_entry", Tlp.AMBER_STRICT, frozenset(), SITE)) for party in shared}
        role = {party: role for role, (_, party) in READERS.items()}
        for begin in range(0, lines, 5000):
            rows = []
            for number in range(begin, min(begin + 5000, lines)):
                party = dice.choice(("host", "partner"))
                at = now - timedelta(seconds=lines - number)
                rows.append(
                    IncidentEntry(
                        label_id=(own if dice.random() < 0.1 else both)[party],
                        incident=refs[number % incidents],
                        site=SITE,
                        party=party,
                        role=role[party],
                        at=at,
                        logged_at=at,
                        kind="text",
                        text="What the post at the gate told the officer on duty, word by word. " * 2,
                    )
                )
            IncidentEntry.objects.bulk_create(rows)
    return refs


def measure(refs: list[Any]) -> None:
    from django.test import Client

    from safeconduct.incidents import contexts, queries
    from safeconduct.people.acts import appoint
    from safeconduct.people.founding import appointing_principal
    from safeconduct.people.models import User
    from safeconduct.terms import instant
    from safeconduct.terms.party import Grant, Principal

    taken: dict[str, list[float]] = {"list": [], "page": [], "older": [], "api": []}
    for role, (name, party) in READERS.items():
        user = User.objects.create(username=name, party=party)
        begin = instant.now() - timedelta(minutes=1)
        appoint(appointing_principal(party), site="", user=name, role=role, begin=begin)
        client = Client()
        client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
        who = Principal(name, party, (Grant(role),))
        client.get("/incidents/")
        client.get(f"/incidents/{refs[0]}/")
        for ref in refs[:: max(1, len(refs) // 50)]:
            older = queries.timeline(who, ref).next
            taken["list"].append(answered(lambda client=client: client.get("/incidents/")))
            taken["page"].append(answered(lambda client=client, ref=ref: client.get(f"/incidents/{ref}/")))
            taken["api"].append(answered(lambda client=client, ref=ref: client.get(f"/api/incidents/{ref}/entries")))
            if older:
                path = f"/incidents/{ref}/?before={older}"
                taken["older"].append(answered(lambda client=client, path=path: client.get(path)))
    for what, seconds in taken.items():
        if seconds:
            print(
                f"{what}: p50 {at(seconds, 0.5) * 1000:.0f} ms, p95 {at(seconds, 0.95) * 1000:.0f} ms of {len(seconds)}"
            )
    who = Principal("duty", "host", (Grant("host.duty_officer"),))
    ours = [timed(lambda ref=ref: contexts.incident_page(who, ref)) for ref in refs[:20]]
    queries.NEWEST = 10**6
    peer = [timed(lambda ref=ref: contexts.incident_page(who, ref)) for ref in refs[:20]]
    print(f"newest hundred beside the whole log, without its template: ratio {sum(peer) / sum(ours):.1f}")


def answered(ask: Callable[[], Any]) -> float:
    def checked() -> None:
        answer = ask()
        if answer.status_code != 200:
            raise SystemExit(f"answer {answer.status_code}, want 200")

    return timed(checked)


def timed(do: Callable[[], object]) -> float:
    began = time.process_time()
    do()
    return time.process_time() - began


def at(seconds: list[float], share: float) -> float:
    return sorted(seconds)[min(len(seconds) - 1, int(len(seconds) * share))]


if __name__ == "__main__":
    main()
