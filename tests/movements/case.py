"""The small case of the movement tests: Marjan airport, its one route, a convoy on it and a car beside it."""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable
from datetime import timedelta
from importlib import resources
from typing import Any

from safeconduct.movements import acts
from safeconduct.sites.acts import import_places
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


def plan_convoy(as_role: AsRole, *, role: str = "partner.project_manager", **details: Any) -> uuid.UUID:
    given: dict[str, Any] = {
        "site": SITE,
        "name": "Convoy Heron",
        "route": ROUTE,
        "depart_at": instant.now() + timedelta(minutes=40),
        "vehicles": 4,
        "people": 9,
        "purpose": "Change of shift",
    }
    return acts.plan(as_role(role), **given | details).pk


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
