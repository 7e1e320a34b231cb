"""Why an alert was raised, as data that pages translate and as one English sentence for logs and files."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from safeconduct.watch.alerts import stamp
from safeconduct.watch.tables import BEGAN, CREPT, FOUND, JOINED, LOST, SPLIT, TOOK_OVER

WHY = {
    int(BEGAN): "first_seen",
    int(TOOK_OVER): "took_over",
    int(JOINED): "seen_by_both",
    int(SPLIT): "split_off",
}


class Note(NamedTuple):
    """One thing that happened to a presence: an event code of the kernel, its track where it concerns one, its
    value."""

    code: int
    at_ms: int
    sensor: str
    track: str
    value: float
    key: int = 0


def tracks_of(notes: Sequence[Note]) -> list[str]:
    """The presence's tracks as `sensor/track`, in the order in which they joined."""
    return list(
        dict.fromkeys(f"{note.sensor}/{note.track}" for note in notes if note.code in (BEGAN, TOOK_OVER, JOINED))
    )


def sensors_of(notes: Sequence[Note]) -> list[str]:
    return list(dict.fromkeys(note.sensor for note in notes if note.code in (BEGAN, TOOK_OVER, JOINED)))


def history(notes: Sequence[Note], until_ms: int) -> dict[str, Any]:
    """Tracks joined and why, stretches unseen, and moves, of a presence up to an instant."""
    joined: list[dict[str, Any]] = []
    unseen: list[dict[str, Any]] = []
    moves: list[dict[str, Any]] = []
    lost_ms: int | None = None
    for note in notes:
        if note.code in WHY and note.track:
            join = {"track": f"{note.sensor}/{note.track}", "at": stamp(note.at_ms), "why": WHY[note.code]}
            joined.append({**join, "unseen_s": round(note.value, 1)} if note.code == TOOK_OVER else join)
        elif note.code == LOST:
            lost_ms = note.at_ms
        elif note.code == FOUND and lost_ms is not None:
            unseen.append({"from": stamp(lost_ms), "to": stamp(note.at_ms)})
            lost_ms = None
        elif note.code == CREPT:
            moves.append({"at": stamp(note.at_ms), "metres": round(note.value, 1)})
    if lost_ms is not None:
        unseen.append({"from": stamp(lost_ms), "to": stamp(until_ms)})
    return {"joined": joined, "unseen": unseen, "moves": moves}


def sentence(vehicle: str, dwell_s: float, facts: dict[str, Any]) -> str:
    """One English sentence of what `facts`, an explanation, say."""
    what = "A vehicle" if vehicle == "unknown" else f"A {vehicle}"
    parts = [f"{what} has stayed {spell(dwell_s)} in {facts['place']['name'] or facts['place']['level']}"]
    if queue := facts.get("queue"):
        parts.append(f"in a standing queue of {queue['vehicles']} vehicles that this alert alone tells of")
    if len(facts["joined"]) > 1:
        parts.append(f"followed over {len(facts['joined'])} tracks")
    if facts["unseen"]:
        parts.append(f"unseen {len(facts['unseen'])} times")
    if facts["moves"]:
        parts.append(f"creeping {sum(move['metres'] for move in facts['moves']):.0f} m in all")
    if facts.get("prior_s"):
        parts.append(f"after {spell(facts['prior_s'])} of earlier stays")
    if facts.get("exempt"):
        parts.append(f"longer than the {spell(facts['exempt']['max_stay_s'])} that {facts['exempt']['name']} allows")
    if swept := facts.get("swept"):
        parts.append(f"on a swept stretch of {swept['route']}, whose certificate no longer holds")
    if due := facts.get("due"):
        nearest_m = min(one["distance_m"] for one in due)
        many = "a movement" if len(due) == 1 else f"{len(due)} movements"
        parts.append(f"with {many} due within reach, {nearest_m} m off")
    if rank := facts.get("baseline"):
        parts += _ranked(rank)
    ended = facts.get("ended")
    if ended:
        parts.append(f"ended: {ended['reason'].replace('_', ' ')}")
    return ", ".join(parts) + "."


def _ranked(rank: Mapping[str, Any]) -> Iterator[str]:
    """What is usual there; without `when`, of the stays seen since the engine began."""
    when = f" on {rank['when'].replace('_', ' ')}s" if rank.get("when") else ""
    if rank["longer_than"] is None:
        yield f"too few stays here{when} to tell what is usual"
    elif when or rank["stays"] >= 20:
        yield f"longer than {percent(rank['longer_than'])} % of {rank['stays']} stays here{when}"


def percent(share: float) -> str:
    """Cut, not rounded: nothing is longer than all stays, however few were not shorter."""
    return f"{math.floor(share * 1000) / 10:.1f}"


def spell(seconds: float) -> str:
    """`95` as `1 min 35 s`."""
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes} min {rest} s" if minutes and rest else f"{minutes} min" if minutes else f"{rest} s"
