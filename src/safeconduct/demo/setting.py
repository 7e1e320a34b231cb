"""The demo's node: made in a directory of its own, with both parties' keys, users, places, sweep and convoy plan."""

from __future__ import annotations

import shutil
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from safeconduct.demo.convoy import DEVICES
from safeconduct.demo.files import ROADS_FILE
from safeconduct.demo.story import LOGINS, PASSWORD, Listed, Login, Story, story
from safeconduct.terms.instant import iso
from safeconduct.terms.party import Grant, Principal

if TYPE_CHECKING:
    from safeconduct.node import Node

FIRST_OBSERVATION = datetime(2026, 3, 2, 14, 55, tzinfo=UTC)
"""When the demo's traffic begins, five minutes before T+0. Fixed, so that every run is the same to the byte."""

FIT = timedelta(days=365)
"""How long the training and vetting of the demo's people hold."""


def make_demo_node(
    path: Path, *, speed: float, port: int, ingest_port: int, clock_start: datetime | None = None, **settings: Any
) -> Node:
    """Make and open the node. Its clock starts now, at ten minutes before T+0, and runs `speed` times as fast.

    `clock_start` lets it start elsewhere, for another recording than the demo's own.
    """
    from safeconduct.node import open_node
    from safeconduct.node.making import make_node, prepare_database, sample

    told = story(FIRST_OBSERVATION)
    exercise = {
        "name": "Marjan airport",
        "origin": "safeconduct.example/demo",
        "exercise": True,
        "clock_start": iso(clock_start or told.sweep.searched_at),
        "clock_epoch": datetime.now(UTC).isoformat(),
        "clock_speed": float(speed),
        "port": port,
        "ingest_port": ingest_port,
    }
    make_node(path, sample("joint-security"), exercise | settings, sign_for_all=True)
    shutil.copyfile(ROADS_FILE, path / "basemap" / "roads.geojson")
    opened = open_node(path)
    prepare_database()
    return opened


def set_scene() -> str:
    """Users, places, the sweep and the planned convoy, each by an act of the one whose it is; the feed's token."""
    from safeconduct.movements import acts as movements
    from safeconduct.node.making import FirstUser, found_users
    from safeconduct.people.acts import issue_token
    from safeconduct.sites.acts import import_places
    from safeconduct.watch.acts import open_feed

    told = story(FIRST_OBSERVATION)
    found_users(tuple(FirstUser(one.user, PASSWORD, one.party, (one.role,), one.area) for one in LOGINS))
    _name_users()
    import_places(_who("host.commander"), site=told.convoy.site, features=_features())
    open_feed(_who("host.commander"), name="city cameras")
    _certify_and_plan(told, movements)
    return issue_token(_who("host.commander"), name="city cameras", purpose="feed").clear


def _certify_and_plan(told: Story, movements: Any) -> None:
    sweep, convoy = told.sweep, told.convoy
    movements.certify_sweep(
        _who("host.gate_post"),
        site=sweep.site,
        route=sweep.route,
        begin_m=sweep.begin_m,
        end_m=sweep.end_m,
        valid_until=sweep.valid_until,
        unit=sweep.unit,
    )
    planner = _who("partner.project_manager")
    drivers = [_listed(planner, one, "driver", convoy.site) for one in convoy.drivers]
    planned = movements.plan(
        planner,
        site=convoy.site,
        name=convoy.name,
        route=convoy.route,
        depart_at=convoy.depart_at,
        convoy=[
            {
                "callsign": f"{convoy.callsign} {number}",
                "vehicle_class": convoy.vehicle_class,
                "driver": driver,
                "tracker": device,
            }
            for number, (driver, device) in enumerate(zip(drivers, DEVICES, strict=True), start=1)
        ],
        travellers=[_listed(planner, one, "protected", convoy.site) for one in convoy.travellers],
        purpose=convoy.purpose,
        risk=convoy.risk,
        communications=convoy.communications,
        turn_back=convoy.turn_back,
    )
    movements.accept_risk(planner, planned.pk)
    movements.request(planner, planned.pk)
    movements.review(_who("host.commander"), planned.pk, outcome="cleared")
    movements.assign_escort(_who("host.commander"), planned.pk, escort=convoy.escort)
    movements.consent(_who("partner.liaison_officer"), planned.pk)
    movements.consent(_who("host.commander"), planned.pk)


def _listed(planner: Principal, given: Listed, kind: str, site: str) -> str:
    """The id of a person who is entered on the partner's list, trained and vetted."""
    from safeconduct.people.person_acts import register, vet
    from safeconduct.people.persons import Particulars

    fit_until = FIRST_OBSERVATION.date() + FIT
    person = register(planner, Particulars(given.reference, given.name, kind, training_until=fit_until), site=site)
    vet(planner, person.pk, vetting="cleared", until=fit_until)
    return str(person.pk)


def _features() -> list[dict[str, Any]]:
    from safeconduct.demo.world import places
    from safeconduct.sites.geojson import to_geojson

    return to_geojson(places())["features"]


def _who(role: str) -> Principal:
    login = _login(role)
    return Principal(login.user, login.party, (Grant(role, login.area),))


def _login(role: str) -> Login:
    return next(one for one in LOGINS if one.role == role)


def _name_users() -> None:
    from safeconduct.people.models import User

    for one in LOGINS:
        first, last = one.full_name.split(" ", 1)
        User.objects.filter(username=one.user).update(first_name=first, last_name=last, language=one.language)


def logins() -> list[tuple[str, str, str]]:
    """(who, user, password) for whoever tries the demo."""
    told = {
        "host.duty_officer": "host duty officer",
        "host.commander": "host commander",
        "host.gate_post": "gate post",
        "partner.liaison_officer": "partner liaison officer",
        "partner.project_manager": "partner project manager",
        "auditor": "auditor",
    }
    return [(told[one.role], one.user, PASSWORD) for one in LOGINS]
