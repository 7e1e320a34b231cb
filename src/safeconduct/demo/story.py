"""The case around the traffic, as data: who logs in, what is planned, what was swept. All people are made up."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise

from safeconduct.demo.trips import FIRST_S
from safeconduct.demo.world import CONVOY_PATH, SITE
from safeconduct.terms.party import ANYWHERE

PASSWORD = "marjan-demo-2026"  # noqa: S105 -- shown to whoever starts the demo, on a node made for it alone

CONVOY_NAME = "Convoy Heron"
PURPOSE = "Change of shift: nine engineers from the compound to the evening flight."


@dataclass(frozen=True)
class Login:
    """A user of the demo, with the one role that it holds in `area`."""

    user: str
    full_name: str
    party: str
    role: str
    language: str
    area: str = ANYWHERE


LOGINS = (
    Login("duty", "Samir Oveda", "host", "host.duty_officer", "en"),
    Login("commander", "Nadira Kelun", "host", "host.commander", "en"),
    Login("gate", "Tovan Irsh", "host", "host.gate_post", "ur", SITE),
    Login("liaison", "Lin Yue", "partner", "partner.liaison_officer", "zh-hans"),
    Login("project", "Mareno Dasque", "partner", "partner.project_manager", "en"),
    Login("auditor", "Hesper Vain", "host", "auditor", "en"),
)


@dataclass(frozen=True)
class Listed:
    """A person on the partner's list."""

    reference: str
    name: str


TRAVELLERS = tuple(
    Listed(f"L-{number:04}", name)
    for number, name in enumerate(
        (
            "Ansel Dorvane",
            "Bao Linmei",
            "Corin Tasveth",
            "Du Yanfei",
            "Elva Sornet",
            "Fang Rui",
            "Galen Ostrey",
            "He Suyin",
            "Ilan Merrow",
        ),
        start=1,
    )
)
DRIVERS = tuple(
    Listed(f"L-{number:04}", name)
    for number, name in enumerate(("Jor Havell", "Kesh Amarand", "Lo Tianyu", "Mirel Tosk"), start=21)
)
"""Who travels and who drives: all made up."""


@dataclass(frozen=True)
class ConvoyPlan:
    """The movement that the partner's project manager plans."""

    site: str
    name: str
    route: str
    depart_at: datetime
    callsign: str
    vehicle_class: str
    drivers: tuple[Listed, ...]
    travellers: tuple[Listed, ...]
    escort: str
    purpose: str
    risk: dict[str, str]
    communications: dict[str, str]
    turn_back: str


@dataclass(frozen=True)
class SweepPlan:
    """The certificate that the gate post gives for [begin_m, end_m) of the route."""

    site: str
    route: str
    begin_m: float
    end_m: float
    searched_at: datetime
    valid_until: datetime
    unit: str


@dataclass(frozen=True)
class Story:
    """The timeline, in event time. `arrives_at` is T+0, when the car comes that waits."""

    arrives_at: datetime
    convoy: ConvoyPlan
    sweep: SweepPlan


def story(start: datetime) -> Story:
    """The timeline of the hour whose first observation is of `start`, as for `stream.observations`."""
    arrives_at = start - timedelta(seconds=FIRST_S)
    searched_at = arrives_at - timedelta(minutes=10)
    route = "compound to terminal"
    convoy = ConvoyPlan(
        site=SITE,
        name=CONVOY_NAME,
        route=route,
        depart_at=arrives_at + timedelta(minutes=40),
        callsign="Heron",
        vehicle_class="b6",
        drivers=DRIVERS,
        travellers=TRAVELLERS,
        escort="Escort troop 3",
        purpose=PURPOSE,
        risk={"likelihood": "moderately-likely", "impact": "moderate", "measures": "Escort, sweep, B6 vehicles."},
        communications={"primary": "VHF channel 4", "backup": "Satellite phone of Heron 1", "callsign": "Heron"},
        turn_back="A crowd, fire or a blocked lane within 500 m ahead, or no radio contact for five minutes.",
    )
    sweep = SweepPlan(
        site=SITE,
        route=route,
        begin_m=0.0,
        end_m=route_length_m(),
        searched_at=searched_at,
        valid_until=searched_at + timedelta(minutes=60),
        unit="Search team 2",
    )
    return Story(arrives_at, convoy, sweep)


def route_length_m() -> float:
    """Of the convoy's way, from the compound to the terminal."""
    legs = pairwise(CONVOY_PATH)
    return float(sum(abs(x1 - x0) + abs(y1 - y0) for (x0, y0), (x1, y1) in legs))
