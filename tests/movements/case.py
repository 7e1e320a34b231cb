"""The small case of the movement tests: Marjan airport, its one route, a convoy on it and a car beside it."""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable
from datetime import datetime, timedelta
from importlib import resources
from typing import Any

from safeconduct import node
from safeconduct.movements import acts
from safeconduct.people.models import Person
from safeconduct.sites.acts import import_places
from safeconduct.store.guard import passage
from safeconduct.store.labels import intern
from safeconduct.terms import instant
from safeconduct.terms.ids import new_id
from safeconduct.terms.party import Principal
from safeconduct.watch import acts as watch_acts

SITE, ROUTE = "marjan", "compound to terminal"

ROUTE_M = 2448.0
"""Just below the length of ROUTE."""

ALERT_NEAR: dict[str, Any] = {"lon": 75.0103817, "lat": -5.0012}
"""Some 130 m south of the route: within its reach, not on its corridor."""

ALERT_ON: dict[str, Any] = {"lon": 75.0103817, "lat": -5.0001}
"""On the corridor itself."""

ALERT_FAR: dict[str, Any] = {"lon": 74.9925, "lat": -5.0}
"""On the other side of the airport."""

AsRole = Callable[..., Principal]


def place_site(as_role: AsRole) -> None:
    """Put the places of the demonstration on the node."""
    text = (resources.files("safeconduct.demo") / "places.geojson").read_text(encoding="utf-8")
    import_places(as_role("host.commander"), site=SITE, features=json.loads(text)["features"])


def fit_people(count: int, *, kind: str = "protected", party: str = "partner", **changed: Any) -> list[str]:
    """Ids of so many new people of the list, trained and vetted for a year; `changed` fields of all of them."""
    with passage("act"):
        label = intern(node.current().accord.marking("person", party, SITE))
        last = instant.now().date() + timedelta(days=365)
        fit: dict[str, Any] = {"vetting": "cleared", "vetted_until": last, "training_until": last} | changed
        ids = [new_id() for _ in range(count)]
        Person.objects.bulk_create(
            Person(
                pk=ref,
                label_id=label,
                party=party,
                site=SITE,
                reference=f"T-{ref.hex[-12:].upper()}",
                name="Somebody Made Up",
                folded=" somebody made up",
                kind=kind,
                salt=bytes(32),
                **fit,
            )
            for ref in ids
        )
    return [str(ref) for ref in ids]


def convoy(count: int = 4, *, vehicle_class: str = "b6", **changed: Any) -> list[dict[str, Any]]:
    """So many vehicles with a fit driver each."""
    drivers = fit_people(count, kind="driver")
    return [
        {"callsign": f"Heron {number}", "vehicle_class": vehicle_class, "driver": driver} | changed
        for number, driver in enumerate(drivers, start=1)
    ]


LOW = {"likelihood": "unlikely", "impact": "minor"}
"""A risk that the party whose people travel accepts alone."""


def draft_convoy(as_role: AsRole, *, role: str = "partner.project_manager", **details: Any) -> uuid.UUID:
    """A plan as its planner leaves it: nobody else knows of it yet."""
    given: dict[str, Any] = {
        "site": SITE,
        "name": "Convoy Heron",
        "route": ROUTE,
        "depart_at": instant.now() + timedelta(minutes=40),
        "purpose": "Change of shift",
        "risk": LOW,
    }
    if "vehicles" not in details and "convoy" not in details:
        given["convoy"] = convoy()
    if "people" not in details and "travellers" not in details:
        given["travellers"] = fit_people(9)
    return acts.plan(as_role(role), **given | details).pk


def plan_convoy(as_role: AsRole, *, until: datetime | None = None, **details: Any) -> uuid.UUID:
    """A plan that is cleared, its risk accepted: what its gate still lacks are the keys, the sweep and the escort."""
    planned = draft_convoy(as_role, **details)
    planner = details.get("role", "partner.project_manager")
    acts.accept_risk(as_role(planner), planned)
    acts.request(as_role(planner), planned)
    acts.review(as_role("host.commander"), planned, outcome="cleared", until=until)
    return planned


def certify(as_role: AsRole, *, role: str = "host.gate_post", **details: Any) -> uuid.UUID:
    given: dict[str, Any] = {
        "site": SITE,
        "route": ROUTE,
        "begin_m": 0.0,
        "end_m": ROUTE_M,
        "valid_until": instant.now() + timedelta(hours=1),
        "unit": "Search team 2",
    }
    return acts.certify_sweep(as_role(role), **given | details).pk


def found(**details: Any) -> dict[str, Any]:
    """What the engine tells of an alert: standing since six minutes."""
    now = instant.now()
    begin = now - timedelta(minutes=6)
    usual: dict[str, Any] = {
        "kind": "dwell",
        "ring": "outer",
        "severity": "alert",
        "lon": 75.0103817,
        "lat": -5.0012,
        "started": instant.iso(begin),
        "raised": instant.iso(begin + timedelta(minutes=3)),
        "updated": instant.iso(now),
        "ended": None,
        "dwell_s": 360.0,
        "unseen_s": 42.0,
        "steps": [
            {"severity": "notice", "at": instant.iso(begin + timedelta(minutes=3))},
            {"severity": "alert", "at": instant.iso(begin + timedelta(minutes=5))},
        ],
        "tracks": ["cam-02/17", "cam-02/31"],
        "sensors": ["cam-02"],
        "vehicle": "car",
        "explanation": {},
    }
    return usual | details


def raise_alert(watch: Principal, **details: Any) -> uuid.UUID:
    ref = new_id()
    watch_acts.raise_alert(watch, site=details.pop("site", SITE), alert_id=ref, found=found(**details))
    return ref
