"""Where a policy can have a say at all, so that cases between which no policy can tell are decided once."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import cast

from safeconduct.accord.articles import Policy
from safeconduct.accord.conditions import Json, attributes_of, compared


@dataclass(frozen=True)
class Reach:
    """The roles and classes without which the policy's condition is false (None: any), those with which it is, and what
    else it looks at."""

    roles: frozenset[str] | None
    classes: frozenset[str] | None
    never: frozenset[tuple[str, str]]
    attributes: frozenset[str]

    def holds(self, role: str, info_class: str) -> bool:
        if not self.never.isdisjoint((("role", role), ("class", info_class))):
            return False
        return (self.roles is None or role in self.roles) and (self.classes is None or info_class in self.classes)


def reach_of(policy: Policy) -> Reach:
    """What `role` and `class` must be is read from those parts of its `when` that must all hold."""
    among: dict[str, frozenset[str] | None] = {"role": None, "class": None}
    never, looked_at = frozenset[tuple[str, str]](), frozenset[str]()
    for part in _parts(policy.json):
        name, values = compared(part)
        denied, others = compared(cast("Json", cast("Json", part["!"])["arg"])) if "!" in part else ("", frozenset())
        if name in among:
            known = among[name]
            among[name] = values if known is None else known & values
        elif denied in among:
            never |= {(denied, value) for value in others}
        else:
            looked_at |= attributes_of(part)
    return Reach(among["role"], among["class"], never, looked_at)


def _parts(policy: Json) -> Iterator[Json]:
    """The conditions, each `when` cut at its outermost `&&`."""
    for condition in cast("list[Json]", policy["conditions"]):
        waiting = [cast("Json", condition["body"])]
        while waiting:
            body = waiting.pop()
            if condition["kind"] == "when" and "&&" in body:
                both = cast("Json", body["&&"])
                waiting += [cast("Json", both["left"]), cast("Json", both["right"])]
            elif condition["kind"] == "when":
                yield body
            else:
                yield {"!": {"arg": body}}
