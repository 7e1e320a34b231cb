"""Cedar's meaning, typed in from its documentation for the subset that accords may use.

An action is allowed where at least one permit applies and no forbid does. A policy applies where its scope matches,
every `when` holds and no `unless` does. Source: https://docs.cedarpolicy.com, Authorization.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any


def decide(policies: Iterable[Mapping[str, Any]], action: str, values: Mapping[str, Mapping[str, Any]]) -> bool:
    """`policies` are in Cedar's JSON form; `values` gives the attributes of principal, resource and context."""
    applying = [policy["effect"] for policy in policies if _applies(policy, action, values)]
    return "permit" in applying and "forbid" not in applying


def _applies(policy: Mapping[str, Any], action: str, values: Mapping[str, Mapping[str, Any]]) -> bool:
    scope = policy["action"]
    named = scope["entities"] if "entities" in scope else [scope["entity"]] if "entity" in scope else None
    if named is not None and action not in [entity["id"] for entity in named]:
        return False
    return all(_value(one["body"], values) is (one["kind"] == "when") for one in policy["conditions"])


def _value(node: Mapping[str, Any], values: Mapping[str, Mapping[str, Any]]) -> Any:
    ((operator, operands),) = node.items()
    if operator == "Value":
        return operands
    if operator == "Set":
        return [_value(member, values) for member in operands]
    if operator == ".":
        return values[operands["left"]["Var"]][operands["attr"]]
    if operator == "!":
        return not _value(operands["arg"], values)
    left, right = _value(operands["left"], values), _value(operands["right"], values)
    if operator == "contains":
        return right in left
    return {"==": left == right, "!=": left != right, "&&": left and right, "||": left or right}[operator]
