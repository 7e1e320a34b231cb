"""A convoy that has departed, for tests: two checkpoints, a device in each of its two vehicles, five travellers."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any

from tests.movements.case import ROUTE, SITE, certify, convoy, fit_people, plan_convoy

from safeconduct import node
from safeconduct.movements import acts
from safeconduct.movements.models import Duress, Overdue, Progress
from safeconduct.movements.progress.following import Following
from safeconduct.movements.progress.matching import Fix
from safeconduct.movements.progress.queries import followed
from safeconduct.sites.routes import RouteLine
from safeconduct.store.guard import passage
from safeconduct.terms.instant import epoch_ms, iso
from safeconduct.terms.place import Point

START = datetime(2026, 3, 2, 15, 10, tzinfo=UTC)
"""When it departs, as planned."""
CHECKPOINTS = (("bend", 75.0139927, -5.0, 4), ("halfway", 75.0103817, -5.0, 8))
"""Name, place and minutes after departure. It arrives after 15."""


def leg(begin: datetime, **changed: Any) -> dict[str, Any]:
    return {
        "site": SITE,
        "route": ROUTE,
        "origin": "Compound",
        "destination": "Terminal",
        "begin_at": iso(begin),
        "end_at": iso(begin + timedelta(minutes=15)),
        "checkpoints": [
            {"name": name, "lon": lon, "lat": lat, "due_at": iso(begin + timedelta(minutes=minutes))}
            for name, lon, lat, minutes in CHECKPOINTS
        ],
        "max_speed_kmh": 60,
    } | changed


def depart(
    as_role: Callable[..., Any],
    clock_at: Callable[[datetime], None],
    *,
    tracked: bool = True,
    legs: list[dict[str, Any]] | None = None,
) -> uuid.UUID:
    """Plan it half an hour before, pass its gate and let it go."""
    clock_at(START - timedelta(minutes=30))
    vehicles = convoy(2)
    for one in vehicles:
        one["tracker"] = f"gps/{one['callsign']}" if tracked else ""
    ref = plan_convoy(as_role, legs=legs or [leg(START)], convoy=vehicles, travellers=fit_people(5))
    acts.assign_escort(as_role("host.commander"), ref, escort="Troop 1")
    acts.consent(as_role("host.duty_officer"), ref)
    acts.consent(as_role("partner.liaison_officer"), ref)
    clock_at(START)
    certify(as_role)
    acts.depart(as_role("host.duty_officer"), ref)
    return ref


def row(ref: uuid.UUID) -> Progress:
    with passage("release"):
        return Progress.objects.get(pk=ref)


def ladders(ref: uuid.UUID, model: Any = Overdue) -> list[Any]:
    with passage("release"):
        return list(model.objects.filter(movement=ref).order_by("began_at"))


def duress(ref: uuid.UUID) -> list[Any]:
    return ladders(ref, Duress)


def travellers(ref: uuid.UUID) -> list[str]:
    from safeconduct.movements.models import Movement

    with passage("release"):
        return Movement.objects.get(pk=ref).travellers


@cache
def route() -> RouteLine:
    from safeconduct.movements.facts import route_line

    with passage("release"):
        found = route_line(SITE, ROUTE)
    assert found is not None
    return found


def at_m(along_m: float, off_m: float = 0.0) -> Point:
    """A place on the route, `off_m` east of it."""
    from shapely.geometry import LineString

    from safeconduct.terms.place import LocalPlane

    line = route()
    plane = LocalPlane(line.points[0])
    spot = LineString([plane.to_metres(one) for one in line.points]).interpolate(along_m)
    return plane.to_point(spot.x + off_m, spot.y)


def fixes(begin: datetime, from_m: float, to_m: float, mps: float = 8.0, off_m: float = 0.0) -> Iterator[Fix]:
    """A fix a second from one place of the route to another; ten minutes of standing where they are the same."""
    seconds = int(abs(to_m - from_m) / mps) if to_m != from_m else 600
    for second in range(seconds + 1):
        along_m = from_m + (to_m - from_m) * second / max(1, seconds)
        yield Fix(epoch_ms(begin) + second * 1000, *at_m(along_m, off_m), mps if to_m != from_m else 0.0)


def told(following: Following, positions: dict[str, Iterator[Fix]]) -> None:
    """Let the devices of the convoy tell, and the watch note it."""
    from safeconduct.movements.progress.acts import follow

    following.tell(followed())
    for callsign, found in positions.items():
        for fix in found:
            following.take(f"gps/{callsign}", fix)
    follow(node.current().system("node.watch"), found=following.changed())
