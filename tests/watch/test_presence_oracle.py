"""The engine and the oracle agree on every presence of random vehicles."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

from hypothesis import example, given, settings
from hypothesis import strategies as st
from tests.oracles.presence import Oracle, Sighting
from tests.watch.scenes import second, seen, watch

APART_M = 1500.0
JITTER_M = (-0.61, -0.23, 0.17, 0.53)
END_S = 1800
SETTLED_S = 15


@dataclass(frozen=True)
class Vehicle:
    """It drives in, stands at a few places a short way apart, is unseen for stretches, changes its id, and leaves."""

    arrives_s: int
    stands_s: tuple[int, ...]
    moves_m: tuple[float, ...]
    unseen: tuple[tuple[int, int], ...]
    switches_s: tuple[int, ...]
    leaves: str


vehicles = st.builds(
    Vehicle,
    arrives_s=st.integers(0, 200),
    stands_s=st.lists(st.integers(5, 700), min_size=1, max_size=4).map(tuple),
    moves_m=st.lists(st.sampled_from((12.37, 18.41, 27.33, 33.29)), min_size=3, max_size=3).map(tuple),
    unseen=st.lists(st.tuples(st.integers(0, 1200), st.integers(3, 300)), max_size=4).map(tuple),
    switches_s=st.lists(st.integers(0, 1200), max_size=3).map(tuple),
    leaves=st.sampled_from(("drives", "gone", "vanishes")),
)


def path(vehicle: Vehicle, number: int) -> list[Sighting]:
    """What its sensor reports, one sighting a second while it is in view."""
    spots: list[tuple[int, float, bool]] = [(vehicle.arrives_s + i, -12.0 * (8 - i), False) for i in range(8)]
    at_s, x = vehicle.arrives_s + 8, 0.0
    for leg, stand_s in enumerate(vehicle.stands_s):
        spots += [(at_s + i, x, True) for i in range(stand_s)]
        at_s += stand_s
        if leg < len(vehicle.stands_s) - 1:
            step_m = vehicle.moves_m[leg] / 4
            spots += [(at_s + i, x + step_m * (i + 1), False) for i in range(4)]
            at_s, x = at_s + 4, x + vehicle.moves_m[leg]
    switch_at = {vehicle.arrives_s + after_s for after_s in vehicle.switches_s}
    hidden = [(vehicle.arrives_s + begin, vehicle.arrives_s + begin + length) for begin, length in vehicle.unseen]
    found: list[Sighting] = []
    places = set(spots)
    life, stood, switched_s, last_x = 0, 0, -SETTLED_S, math.nan
    for second_, east, standing in spots:
        settled = second_ - switched_s >= SETTLED_S  # what is lost as it moves is taken to leave
        still = settled and stood >= SETTLED_S and east == last_x
        if standing and still and any(begin <= second_ < end for begin, end in hidden):
            continue
        # A new id begins where the old one has stood for a while, and is seen there for a while: one that is first seen
        # on its way off is a departure under a new id, which the oracle does not know.
        if (
            stood >= SETTLED_S
            and (second_ + SETTLED_S, east, True) in places
            and switch_at & {*range(second_ - 60, second_)}
        ):
            life, stood, switched_s = life + 1, 0, second_
            switch_at -= {*range(second_)}
        wobble = JITTER_M[(second_ * 7 + number) % 4], JITTER_M[(second_ * 5 + 2 * number) % 4]
        found.append(Sighting(second_, f"{number}-{life}", (east + wobble[0], number * APART_M + wobble[1])))
        stood = stood + 1 if standing and east == last_x else 0
        last_x = east
    track = f"{number}-{life}"
    if vehicle.leaves == "drives":
        found += [Sighting(at_s + i, track, (x + 12.0 * (i + 1), number * APART_M)) for i in range(10)]
    elif vehicle.leaves == "gone":
        found.append(Sighting(at_s, track, (x, number * APART_M), gone=True))
    return found


def beacon() -> list[Sighting]:
    """Something that always moves, so that the sensor is never silent."""
    return [Sighting(at_s, "beacon", (-4000.0 + 300.0 * (at_s % 20), -4000.0)) for at_s in range(END_S)]


def row(sighting: Sighting) -> dict[str, Any]:
    state = {"state": "gone"} if sighting.gone else {}
    return seen(sighting.at_s, *sighting.spot, track=sighting.track, **state)


@settings(derandomize=True, max_examples=50, deadline=None)
@example([Vehicle(0, (5, 85, 84), (12.37, 12.37, 12.37), ((0, 86),), (26,), "drives")])
@given(st.lists(vehicles, min_size=1, max_size=3))
def test_engine_and_oracle_agree_on_steps_and_ends(some: list[Vehicle]) -> None:
    paths = [one for number, vehicle in enumerate(some) for one in path(vehicle, number)]
    sightings = sorted((*paths, *beacon()), key=lambda one: one.at_s)
    wanted = [
        (float(one.begin_s), [(name, float(at)) for name, at in one.steps], end_of(one.end_s), one.reason)
        for one in Oracle().watch(sightings, END_S - 1)
    ]
    found = [
        (
            second(alert["started"]),
            [(step["severity"], second(step["at"])) for step in alert["steps"]],
            second(alert["ended"]) if alert["ended"] else None,
            (alert["explanation"]["ended"] or {"reason": ""})["reason"],
        )
        for alert in watch(map(row, sightings)).alerts.values()
    ]
    assert settled(found) == settled(wanted)


Told = tuple[float, list[tuple[str, float]], float | None, str]


def settled(told: list[Told]) -> set[tuple[float, tuple[tuple[str, float], ...], float | None, str]]:
    """Presences with a step, without those that fall between leaving and its being told, a few seconds later: whether
    one is reached then hangs on the second at which the wait is said to have begun."""
    kept = [
        (begin, tuple(step for step in steps if end is None or step[1] < end), end, reason)
        for begin, steps, end, reason in told
    ]
    return {one for one in kept if one[1]}


def end_of(end_s: int | None) -> float | None:
    return None if end_s is None else float(end_s)
