"""Borders between the sectors of two posts, at which a movement is handed over. Plain values.

    borders: [{"site", "post", "border_m"}, …] in their order, each with the post that is next and where it begins

It is told from LEAD_S before the next border as long as nobody has offered the movement there.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from safeconduct.terms.instant import epoch_ms, from_epoch_ms, parse

LEAD_S = 600.0
"""How long before a border nobody's having offered the movement is told."""
FAR_S = 900.0
"""A warning is taken back where a new time was agreed, and the border is so far again."""

Borders = Sequence[Mapping[str, Any]]


class End(NamedTuple):
    """A leg as its posts see it: the places at which it begins and ends, on the scale of the whole plan."""

    site: str
    origin: str
    destination: str
    begin_m: float
    end_m: float


def borders_of(legs: Sequence[End], gates: Collection[tuple[str, str]]) -> list[dict[str, Any]]:
    """The borders of a plan: where a leg begins at another gate, or in another site, than the one before belongs to;
    and where the last ends at another gate. A place that is no gate is the sector of the gate before it."""
    found: list[dict[str, Any]] = []
    if not legs:
        return found
    now = (legs[0].site, legs[0].origin)
    stations = [((leg.site, leg.origin), leg.begin_m) for leg in legs[1:]]
    stations.append(((legs[-1].site, legs[-1].destination), legs[-1].end_m))
    for (site, place), at_m in stations:
        post = place if (site, place) in gates else ""
        if (post and (site, post) != now) or site != now[0]:
            found.append({"site": site, "post": post, "border_m": round(at_m)})
            now = (site, post)
    return found


def next_border(borders: Borders, posts: Sequence[Mapping[str, Any]]) -> Mapping[str, Any] | None:
    """The border that is still to be crossed in other hands: those before it have their post. None where there is none.

    Where the plan names no gate in the next site, any post of it will do.
    """
    done = 0
    for post in posts[1:]:
        for number in range(done, len(borders)):
            if borders[number]["site"] == post["site"] and borders[number]["post"] in ("", post["post"]):
                done = number + 1
                break
    return borders[done] if done < len(borders) else None


def reached_ms(plan: Sequence[Sequence[Any]], border_m: float) -> int | None:
    """When the plan has the movement there, in epoch milliseconds; `plan` as the row has it, [[iso, metres], …]."""
    before: tuple[int, float] | None = None
    for at, metres in plan:
        here = (epoch_ms(parse(at)), float(metres))
        if metres >= border_m:
            if before is None or metres == before[1]:
                return here[0]
            share = (border_m - before[1]) / (here[1] - before[1])
            return round(before[0] + share * (here[0] - before[0]))
        before = here
    return before[0] if before else None


def is_near(to_border_s: float, *, warned: bool) -> bool:
    """Whether nobody's having offered the movement is to be told; one that was told stays so up to FAR_S."""
    return to_border_s <= (FAR_S if warned else LEAD_S)


def due(border: Mapping[str, Any], plan: Sequence[Sequence[Any]], delay_s: float | None) -> datetime | None:
    """When the movement is expected at the border, by its plan and by how far it is behind it or ahead of it."""
    planned_ms = reached_ms(plan, border["border_m"])
    return None if planned_ms is None else from_epoch_ms(planned_ms + round((delay_s or 0) * 1000))
