"""What a policy's conditions may say: a subset of Cedar small enough that the guardrails can try every case.

Attributes of `cedar.py`'s schema are compared with `==`, `!=`, `contains`, and joined with `&&`, `||`, `!`. A condition
names no single person or thing, so that what it decides depends on a finite standing and marking alone.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import cast

from safeconduct.accord.schedule import Schedule
from safeconduct.terms.errors import Fault, shown
from safeconduct.terms.marking import Tlp
from safeconduct.terms.party import Side

DEPTH = 64

Json = Mapping[str, object]

_COMPARISONS = frozenset({"==", "!=", "contains"})
_OPERATORS = _COMPARISONS | {"&&", "||", "!", ".", "Var", "Value", "Set"}
_VARIABLES = frozenset({"principal", "resource", "context"})


def depth(policy: Json) -> int:
    """How deep the conditions of `policy` nest; counting ends beyond `DEPTH`."""
    level: list[object] = [condition["body"] for condition in _conditions(policy)]
    deep = 0
    while level and deep <= DEPTH:
        deep += 1
        below: list[object] = []
        for node in level:
            values = cast("Json", node).values() if isinstance(node, dict) else cast("list[object]", node)
            below += [value for value in values if isinstance(value, dict | list)]
        level = below
    return deep


def attributes(policy: Json) -> frozenset[str]:
    """All attributes that the conditions look at."""
    return frozenset[str]().union(*(attributes_of(cast("Json", one["body"])) for one in _conditions(policy)))


def attributes_of(body: Json) -> frozenset[str]:
    """All attributes that one condition, or a part of one, looks at."""
    return frozenset(str(cast("Json", operands)["attr"]) for operator, operands in _below([body]) if operator == ".")


def compared(body: Json) -> tuple[str, frozenset[str]]:
    """Of `["a", "b"].contains(x.name)` and `x.name == "a"`: the attribute, and the texts of which it must be one."""
    operator, operands = next(iter(body.items()))
    if operator not in ("==", "contains"):
        return "", frozenset()
    left, right = _sides(operands)
    if operator == "contains" and "Set" not in left:
        return "", frozenset()
    found = {_attribute(left): right, _attribute(right): left}
    name = next((one for one in found if one), "")
    if not name or all(found):
        return "", frozenset()
    return name, frozenset(_texts(found[name]))


def classes(policy: Json) -> frozenset[str]:
    """The information classes that the conditions name; all others are alike to them."""
    compared = (_sides(operands) for operator, operands in _nodes(policy) if operator in _COMPARISONS)
    return frozenset(
        text for sides in compared if "class" in map(_attribute, sides) for side in sides for text in _texts(side)
    )


def condition_faults(policy: Json, schedule: Schedule) -> Iterator[Fault]:
    """What leaves the subset, and texts that an attribute can never have: they would silently never match."""
    known = _known(schedule)
    for operator, operands in _nodes(policy):
        if operator not in _OPERATORS:
            yield Fault("", f"the operator {shown(operator)}", "only == != && || ! and contains")
        elif operator == "Value" and isinstance(operands, dict):
            yield Fault("", f"the entity {shown(operands)}", "attributes only, such as principal.role")
        elif operator == "Var" and operands not in _VARIABLES:
            yield Fault("", f"the variable {shown(operands)}", "principal, resource or context")
        elif operator == "Set" and not all("Value" in member for member in cast("list[Json]", operands)):
            yield Fault("", "a set of more than plain values", 'a set such as ["alert", "sweep"]')
        elif operator in _COMPARISONS:
            yield from _comparison_faults(operands, known)


def _comparison_faults(operands: object, known: Mapping[str, list[str]]) -> Iterator[Fault]:
    sides = _sides(operands)
    names = [name for name in map(_attribute, sides) if name]
    texts = [text for side in sides for text in _texts(side)]
    for name in names:
        allowed = known.get(name)
        yield from (
            Fault("", f"{name} {shown(text)}", "one of " + ", ".join(allowed))
            for text in texts
            if allowed is not None and text not in allowed
        )
    if "class" in names and not texts:
        yield Fault("", "a class compared with no class by name", "resource.class and texts")


def _known(schedule: Schedule) -> dict[str, list[str]]:
    """Attribute to the values that it can have."""
    parties = list(schedule.parties)
    return {
        "role": list(schedule.roles),
        "class": list(schedule.classes),
        "party": parties,
        "originator": parties,
        "releasable_to": parties,
        "side": list(Side),
        "tlp": list(Tlp),
    }


def _conditions(policy: Json) -> list[Json]:
    return cast("list[Json]", policy["conditions"])


def _nodes(policy: Json) -> Iterator[tuple[str, object]]:
    """Every (operator, operands) of the conditions."""
    return _below([condition["body"] for condition in _conditions(policy)])


def _below(bodies: list[object]) -> Iterator[tuple[str, object]]:
    """Every (operator, operands) of some bodies, without recursion: how deep they nest is not ours to say."""
    stack = list(bodies)
    while stack:
        for operator, operands in cast("Json", stack.pop()).items():
            yield operator, operands
            if operator == "Set":
                stack += cast("list[object]", operands)
            elif operator in _OPERATORS and isinstance(operands, dict):
                stack += [operand for operand in cast("Json", operands).values() if isinstance(operand, dict)]


def _sides(operands: object) -> tuple[Json, Json]:
    both = cast("Mapping[str, Json]", operands)
    return both["left"], both["right"]


def _attribute(side: Json) -> str:
    """The attribute that one side of a comparison reads, or an empty text."""
    return str(cast("Json", side["."])["attr"]) if "." in side else ""


def _texts(side: Json) -> Iterator[str]:
    members = cast("list[Json]", side["Set"]) if "Set" in side else [side]
    for member in members:
        value = member.get("Value")
        if isinstance(value, str):
            yield value
