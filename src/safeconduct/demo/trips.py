"""Who drives when and where: the cast of the hour, from through traffic to the one car that waits.

Seconds are counted from T+0, the waiting car's arrival; the hour shown runs from `FIRST_S` to `LAST_S`.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from random import Random

from safeconduct.demo.streets import EDGE_OF_TOWN, Lane, along, lanes, way
from safeconduct.demo.world import BUS_STOP, EAST_JUNCTION, FORECOURT, GUARDS_BAY, RANK, Node

FIRST_S = -300
LAST_S = 3600
EVENING_S = 24 * 3600
"""How long the town lives on for whoever finishes the case by hand: silent cameras would raise alarms of their own."""

WARM_UP_S = 600
"""The town fills for so long before the first second that is shown."""

WAITING_CAR = "car-waiting"
WAITING_SPOT = (838.0, -9.5)
"""Beside the lane into gate East, 24 m short of the guards' bay, in the view of two cameras."""

WAITING_CAR_LEAVES_S = 3120
GUARDS = ("guard-1", "guard-2", "guard-3")

THROUGH_EVERY_S = 5.6
TAXI_EVERY_S = 170.0
VISITOR_EVERY_S = 240.0
BUS_EVERY_S = 600.0

EAST_ROAD: Lane = ((1150, 0), EAST_JUNCTION)
TO_FORECOURT: Lane = (EAST_JUNCTION, FORECOURT)
FROM_FORECOURT: Lane = (FORECOURT, EAST_JUNCTION)
EAST_RING_ROAD: Lane = (EAST_JUNCTION, (750, 750))


@dataclass(frozen=True)
class Stop:
    """A wait of `stay_s` on the `leg`-th lane of a trip, `along_m` on it and `side_m` to its left."""

    leg: int
    along_m: float
    side_m: float
    stay_s: float


@dataclass(frozen=True)
class Trip:
    """One vehicle's way through the town. A trip that `begins_parked` starts at its first stop."""

    vehicle: str
    kind: str
    begins_s: int
    path: tuple[Lane, ...]
    stops: tuple[Stop, ...] = ()
    speed_mps: float = 12.5
    begins_parked: bool = False


def cast(seed: int, until_s: int = LAST_S) -> list[Trip]:
    """Every trip, by the second at which it begins. A later `until_s` adds trips and changes none."""
    trips = [*_guards(), _waiting_car()]
    for name, make in (("through", _through), ("taxi", _taxis), ("visitor", _visitors), ("bus", _buses)):
        trips += make(Random(f"{seed} {name}"), until_s)  # noqa: S311 -- traffic, no secret
    return sorted(trips, key=lambda trip: (trip.begins_s, trip.vehicle))


def _begins(every_s: float, random: Random, until_s: int) -> Iterator[int]:
    """Seconds between which `every_s` pass on average; never less than half of it."""
    second = -WARM_UP_S + FIRST_S + every_s * random.random()
    while second < until_s:
        yield int(second)
        second += every_s * (0.5 + random.random())


def _choice(options: tuple[Node, ...], random: Random) -> Node:
    return options[int(random.random() * len(options))]


def _through(random: Random, until_s: int) -> Iterator[Trip]:
    for number, second in enumerate(_begins(THROUGH_EVERY_S, random, until_s)):
        begin = _choice(EDGE_OF_TOWN, random)
        end = _choice(tuple(n for n in EDGE_OF_TOWN if abs(n[0] - begin[0]) + abs(n[1] - begin[1]) > 1600), random)
        draw = random.random()
        kind = "truck" if draw < 0.09 else "motorcycle" if draw < 0.2 else "car"
        speed_mps = 10.0 + 5.0 * random.random()
        yield Trip(f"{kind}-{number}", kind, second, tuple(lanes(way(begin, end, random))), speed_mps=speed_mps)


def _to_forecourt_and_back(random: Random) -> tuple[Lane, ...]:
    inward = way(_choice(EDGE_OF_TOWN, random), FORECOURT, random)
    outward = way(FORECOURT, _choice(EDGE_OF_TOWN, random), random)
    return tuple(lanes(inward) + lanes(outward))


def _taxis(random: Random, until_s: int) -> Iterator[Trip]:
    """Taxis that wait at the rank for 4 to 20 minutes, after the hour for 4 to 8, each in the next of twelve bays."""
    for number, second in enumerate(_begins(TAXI_EVERY_S, random, until_s)):
        path = _to_forecourt_and_back(random)
        bay_m = along(FROM_FORECOURT, RANK.west + 8 + 7.2 * (number * 5 % 12), 0)
        # Trade is brisk after the hour: nothing may stand so long there that the evening has a story of its own.
        longest_s = 960 if second < LAST_S else 240
        stop = Stop(path.index(FROM_FORECOURT), bay_m, 10.5, 240 + longest_s * random.random())
        yield Trip(f"taxi-{number}", "car", second, path, (stop,), 11.0)


def _visitors(random: Random, until_s: int) -> Iterator[Trip]:
    """Cars that let somebody out at the terminal, for less than a minute, each at the next of seven kerbs."""
    for number, second in enumerate(_begins(VISITOR_EVERY_S, random, until_s)):
        path = _to_forecourt_and_back(random)
        kerb_m = along(TO_FORECOURT, 460 + 15 * (number * 3 % 7), 0)
        stop = Stop(path.index(TO_FORECOURT), kerb_m, 8.0, 25 + 30 * random.random())
        yield Trip(f"visitor-{number}", "car", second, path, (stop,), 11.0)


def _buses(random: Random, until_s: int) -> Iterator[Trip]:
    """A line from the east, up the ring road and out by the north, with a stop inside the outer ring."""
    path = tuple(lanes([(1550, 0), (1150, 0), EAST_JUNCTION, (750, 750), (0, 750), (0, 1150), (0, 1550)]))
    stop_m = along(EAST_RING_ROAD, 0, (BUS_STOP.south + BUS_STOP.north) / 2)
    for number, second in enumerate(_begins(BUS_EVERY_S, random, until_s)):
        stop = Stop(path.index(EAST_RING_ROAD), stop_m, 10.0, 40 + 40 * random.random())
        yield Trip(f"bus-{number}", "bus", second, path, (stop,), 10.0)


def _bay(number: int) -> tuple[float, float]:
    """The (along, side) of a guard's place in the waiting bay."""
    return along(EAST_ROAD, GUARDS_BAY.west + 7 + 9 * number, 0), 11.5


def _guards() -> Iterator[Trip]:
    """Guard vehicles in their bay the whole hour; the second one patrols the ring road from T+18 min."""
    begins_s, forever_s = -WARM_UP_S + FIRST_S, 100_000.0
    round_trip = [(1150, 0), EAST_JUNCTION, (750, -750), (0, -750), (-750, -750), (-750, 0), (-750, 750), (0, 750)]
    round_trip += [(750, 750), (1150, 750), (1150, 0), EAST_JUNCTION]
    for number, vehicle in enumerate(GUARDS):
        along_m, side_m = _bay(number)
        if vehicle != "guard-2":
            stops = (Stop(0, along_m, side_m, forever_s),)
            yield Trip(vehicle, "car", begins_s, (EAST_ROAD,), stops, begins_parked=True)
            continue
        path = tuple(lanes(round_trip))
        leaves = Stop(0, along_m, side_m, 18 * 60.0 - begins_s)
        back = Stop(len(path) - 1, along_m, side_m, forever_s)
        yield Trip(vehicle, "car", begins_s, path, (leaves, back), begins_parked=True)


def _waiting_car() -> Trip:
    path = tuple(lanes([(1550, 0), (1150, 0), EAST_JUNCTION, (750, -750), (1150, -750), (1550, -750)]))
    stop = Stop(1, along(EAST_ROAD, *WAITING_SPOT), -WAITING_SPOT[1], WAITING_CAR_LEAVES_S)
    return Trip(WAITING_CAR, "car", -60, path, (stop,))
