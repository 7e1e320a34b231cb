"""What a world holds of late release: a plan that nobody at the gate is told of yet, decoys, alarms about reading.

`late` puts another time, way, convoy and name of a leg into that plan; `decoys` adds a decoy and an alarm of the
partner's, whom nobody but its head may know of.
"""

from __future__ import annotations

import uuid
from datetime import timedelta
from typing import Any

from tests.worlds import ROUTE, SITE, START, World, principal

from safeconduct import node, release
from safeconduct.acts import together
from safeconduct.movements import acts as movements
from safeconduct.movements.models import Manifest
from safeconduct.movements.protection.reactions import compare_plans, disclose_what_is_due
from safeconduct.people.looks import enter
from safeconduct.people.reading.acts import place_canary, raise_alarm
from safeconduct.terms.ids import new_id
from safeconduct.terms.instant import iso

HIDDEN = ("canary", "reading_alarm", "manifest")
SUBJECTS = {
    "decoys": "canary",
    "alarms": "reading_alarm",
    "reading-alarms": "reading_alarm",
    "looks": "movement",
    "manifests": "manifest",
}


def protect(world: World, *, late: bool, decoys: bool) -> None:
    """To be called last, once everything is planned that is to be told."""
    crane = world.refs["late_movement"] = _plan_for_tomorrow(late)
    world.refs["canary"] = place_canary(principal("head"), of_class="movement", of=crane, note="Nobody needs it.").pk
    world.refs["reading_alarm"] = _alarm("liaison").pk
    enter(principal("duty"), "movement", [world.refs["movement"]], "page")
    with together():
        compare_plans("")
    disclose_what_is_due()
    world.refs["manifest"] = _manifest()
    if decoys:
        person = world.refs["person_warden"]
        world.refs["hidden_canary"] = place_canary(principal("head"), of_class="person", of=person).pk
        world.refs["hidden_reading_alarm"] = _alarm("manager").pk


def _plan_for_tomorrow(late: bool) -> uuid.UUID:
    begin = START + timedelta(hours=40 if late else 30)
    leg: dict[str, Any] = {
        "site": SITE,
        "route": ROUTE,
        "origin": "Harbour" if late else "Compound",
        "begin_at": iso(begin),
        "end_at": iso(begin + timedelta(minutes=50 if late else 30)),
        "checkpoints": [{"name": "bend", "lon": 75.0139927, "lat": -5.0, "due_at": iso(begin + timedelta(minutes=9))}],
    }
    if late:
        leg["checkpoints"] = []
    planned = movements.plan(
        principal("manager"),
        site=SITE,
        name="Convoy Crane",
        legs=[leg],
        convoy=[{"callsign": "Ibis" if late else "Crane", "vehicle_class": "b7" if late else "b6"}],
        people=3,
        purpose="Another." if late else "One.",
        turn_back="A mob." if late else "A crowd.",
        communications={"primary": "HF" if late else "VHF"},
        risk={"likelihood": "unlikely", "impact": "minor"},
    )
    movements.accept_risk(principal("manager"), planned.pk)
    movements.request(principal("manager"), planned.pk)
    words = "Mind the harbour." if late else "Mind the bend."
    condition = {"text": words, "owner": "partner"}
    movements.review(principal("commander"), planned.pk, outcome="cleared", conditions=[condition])
    return planned.pk


def _alarm(reader: str) -> Any:
    return raise_alarm(
        node.current().system("node.clock"),
        rule="many",
        originator="partner",
        reader=reader,
        party="partner",
        role="partner.liaison_officer",
        of_class="movement",
        count=40,
        begin=START,
    )


def _manifest() -> uuid.UUID:
    open_now = release.listing(Manifest, principal("duty"), lambda rows: rows.order_by("id"))
    return open_now[0].id if open_now else new_id()
