"""The town's traffic, second by second. Vehicles follow their leader, stop at red, and pull aside to wait.

Plain Python and `random.Random`, whose stream is the same on every platform, so that a seed gives the same hour.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import NamedTuple

from safeconduct.demo.streets import Lane, is_green, length_m, spot
from safeconduct.demo.trips import FIRST_S, LAST_S, WARM_UP_S, Stop, Trip, cast
from safeconduct.demo.world import LANE_OFFSET_M

STOP_LINE_M = 12.0
"""Before the node at which a lane ends."""

SPACE_M = 8.0
"""From nose to nose in a queue."""

PULL_IN_MPS = 1.5
ACCELERATION_MPS2 = 2.0
REACTION_S = 1.5


class Fix(NamedTuple):
    """Where a vehicle truly is, metres east and north."""

    vehicle: str
    kind: str
    east_m: float
    north_m: float
    is_waiting: bool


@dataclass
class _Vehicle:
    trip: Trip
    leg: int = 0
    along_m: float = 0.0
    side_m: float = LANE_OFFSET_M
    speed_mps: float = 0.0
    waits_until_s: float = 0.0
    stops: list[Stop] = field(default_factory=list[Stop])

    @property
    def stop(self) -> Stop | None:
        """The next stop, where it is on this lane."""
        return self.stops[0] if self.stops and self.stops[0].leg == self.leg else None


def traffic(seed: int, until_s: int = LAST_S) -> Iterator[tuple[int, list[Fix]]]:
    """(second since T+0, every vehicle on the road) from FIRST_S to `until_s`, end excluded."""
    town = _Town(cast(seed, until_s))
    for second in range(FIRST_S - WARM_UP_S, until_s):
        town.tick(second)
        if second >= FIRST_S:
            yield second, town.fixes()


class _Town:
    """Lanes hold their vehicles from the first to the last; those that wait stand beside them."""

    def __init__(self, trips: list[Trip]):
        self.coming = trips[::-1]
        self.lanes: dict[Lane, list[_Vehicle]] = {}
        self.aside: list[_Vehicle] = []

    def fixes(self) -> list[Fix]:
        moving = [_fix(vehicle, False) for lane in self.lanes.values() for vehicle in lane]
        return sorted(moving + [_fix(vehicle, True) for vehicle in self.aside])

    def tick(self, second: int) -> None:
        self._admit(second)
        crossing: list[_Vehicle] = []
        for lane, vehicles in self.lanes.items():
            green, ahead = is_green(lane, second), None
            for vehicle in vehicles:
                self._drive(vehicle, ahead, green)
                ahead = vehicle
            if vehicles and vehicles[0].along_m >= length_m(lane):
                crossing.append(vehicles[0])
        for vehicle in crossing:
            self._cross(vehicle)
        self._pull_in(second)
        self._pull_out(second)

    def _admit(self, second: int) -> None:
        while self.coming and self.coming[-1].begins_s <= second:
            trip = self.coming.pop()
            vehicle = _Vehicle(trip, stops=list(trip.stops))
            if trip.begins_parked:
                stop = vehicle.stops[0]
                vehicle.along_m, vehicle.side_m = stop.along_m, stop.side_m
                self._stand(vehicle, second)
            elif self._has_room(vehicle, 0):
                self._lane(vehicle).append(vehicle)

    def _lane(self, vehicle: _Vehicle) -> list[_Vehicle]:
        return self.lanes.setdefault(vehicle.trip.path[vehicle.leg], [])

    def _has_room(self, vehicle: _Vehicle, leg: int) -> bool:
        """Whether another may enter the lane of that leg; beyond the last leg there is always room."""
        lane = self.lanes.get(vehicle.trip.path[leg]) if leg < len(vehicle.trip.path) else None
        return not lane or lane[-1].along_m > SPACE_M + 2

    def _drive(self, vehicle: _Vehicle, ahead: _Vehicle | None, green: bool) -> None:
        lane = vehicle.trip.path[vehicle.leg]
        free_m = ahead.along_m - SPACE_M - vehicle.along_m if ahead else 1e9
        if vehicle.stop:
            free_m = min(free_m, vehicle.stop.along_m - vehicle.along_m)
        to_line_m = length_m(lane) - STOP_LINE_M - vehicle.along_m
        if to_line_m > -1 and not (green and self._has_room(vehicle, vehicle.leg + 1)):
            free_m = min(free_m, to_line_m)
        speed_mps = min(vehicle.speed_mps + ACCELERATION_MPS2, vehicle.trip.speed_mps, max(free_m, 0.0) / REACTION_S)
        vehicle.speed_mps = speed_mps if speed_mps > 0.2 else 0.0
        vehicle.along_m += vehicle.speed_mps
        vehicle.side_m = _eased(vehicle.side_m, LANE_OFFSET_M)

    def _cross(self, vehicle: _Vehicle) -> None:
        """Into the next lane, or out of town; held at the end of this one where another was faster."""
        lane, over_m = self._lane(vehicle), vehicle.along_m - length_m(vehicle.trip.path[vehicle.leg])
        if not self._has_room(vehicle, vehicle.leg + 1):
            vehicle.along_m, vehicle.speed_mps = vehicle.along_m - over_m, 0.0
            return
        lane.remove(vehicle)
        vehicle.leg += 1
        vehicle.along_m = over_m
        if vehicle.leg < len(vehicle.trip.path):
            self._lane(vehicle).append(vehicle)

    def _pull_in(self, second: int) -> None:
        """Out of the lane, where a vehicle has come to its stop."""
        for lane in self.lanes.values():
            for vehicle in [v for v in lane if v.stop and v.stop.along_m - v.along_m < 1]:
                lane.remove(vehicle)
                self._stand(vehicle, second)

    def _stand(self, vehicle: _Vehicle, second: int) -> None:
        vehicle.waits_until_s = second + vehicle.stops[0].stay_s
        vehicle.speed_mps = 0.0
        self.aside.append(vehicle)

    def _pull_out(self, second: int) -> None:
        """Back into the lane, once the wait is over and a gap comes."""
        for vehicle in list(self.aside):
            stop, lane = vehicle.stops[0], self._lane(vehicle)
            vehicle.side_m = _eased(vehicle.side_m, stop.side_m)
            gap = all(abs(other.along_m - vehicle.along_m - 6) > 18 for other in lane)
            if second >= vehicle.waits_until_s and gap:
                self.aside.remove(vehicle)
                vehicle.stops.pop(0)
                lane.append(vehicle)
                lane.sort(key=lambda other: -other.along_m)


def _eased(side_m: float, wanted_m: float) -> float:
    return side_m + max(-PULL_IN_MPS, min(PULL_IN_MPS, wanted_m - side_m))


def _fix(vehicle: _Vehicle, is_waiting: bool) -> Fix:
    trip = vehicle.trip
    east_m, north_m = spot(trip.path[vehicle.leg], vehicle.along_m, vehicle.side_m)
    return Fix(trip.vehicle, trip.kind, east_m, north_m, is_waiting)
