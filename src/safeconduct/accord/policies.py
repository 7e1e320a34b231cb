"""Reading the Cedar policies of an article, in a subset small enough that the guardrails can try every case.

A policy may compare the attributes of `cedar.py`'s schema with `==`, `!=`, `contains`, and join with `&&`, `||`, `!`.
It names no single person or thing, so that what it decides depends on the standing of the one who asks, and the marking.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import cast

import cedarpy

from safeconduct.accord.articles import Policy, Source
from safeconduct.accord.schedule import Schedule
from safeconduct.accord.vocabulary import ACTS, READ
from safeconduct.terms.errors import Fault, shown
from safeconduct.terms.marking import Tlp
from safeconduct.terms.party import Side

BLOCK_CHARACTERS = 16_384
BRACKET_DEPTH = 32
"""Cedar's parser ends the process, past any handler, on some hundred nested brackets."""
CONDITION_DEPTH = 64

_OPERATORS = frozenset({"==", "!=", "&&", "||", "!", "contains", ".", "Var", "Value", "Set"})
_VARIABLES = {"principal", "resource", "context"}

Json = Mapping[str, object]


def read_policies(source: Source, schedule: Schedule, schema: cedarpy.Schema) -> tuple[Policy, ...]:
    """The policies of every block of `source`; what is wrong with them is added to its faults."""
    policies: list[Policy] = []
    for line, text in source.blocks:
        policies += _read_block(source, f"{source.file} block at line {line}", text, schedule, schema)
    return tuple(policies)


def _read_block(source: Source, where: str, text: str, schedule: Schedule, schema: cedarpy.Schema) -> Iterator[Policy]:
    found = _parse(source, where, text)
    templates = cast("dict[str, Json]", found.get("templates") or {})
    for template in templates.values():
        name = _annotations(template).get("id", "without an id")
        source.faults.append(Fault(f"{where} policy {name}", "a template (?principal or ?resource)", "a whole policy"))
    static = cast("dict[str, Json]", found.get("staticPolicies") or {})
    names: dict[str, str] = {}
    for cedar_id, policy in static.items():
        names[cedar_id] = place = f"{where} policy {_annotations(policy).get('id') or cedar_id}"
        faults = [*_annotation_faults(source, policy), *_scope_faults(policy), *_condition_faults(policy, schedule)]
        source.faults += [Fault(place, fault.found, fault.wanted) for fault in faults]
        yield _policy(policy)
    if any(_depth(policy) > CONDITION_DEPTH for policy in static.values()):
        source.faults.append(Fault(where, f"conditions over {CONDITION_DEPTH} deep", "simpler policies"))
    elif static or templates:
        source.faults += _schema_faults(where, text, schema, names)


def _parse(source: Source, where: str, text: str) -> dict[str, object]:
    """Cedar's JSON of `text`, or nothing and a fault."""
    if len(text) > BLOCK_CHARACTERS:
        source.faults.append(Fault(where, f"{len(text)} characters", f"at most {BLOCK_CHARACTERS} in a block"))
        return {}
    if _bracket_depth(text) > BRACKET_DEPTH:
        source.faults.append(Fault(where, "brackets nested too deep", f"at most {BRACKET_DEPTH} deep"))
        return {}
    try:
        return cast("dict[str, object]", json.loads(cedarpy.policies_to_json_str(text)))
    except (ValueError, RecursionError) as error:
        source.faults.append(Fault(where, " ".join(str(error).split()), "Cedar policies"))
        return {}


def _bracket_depth(text: str) -> int:
    depth = deepest = 0
    for character in text:
        if character in "([{":
            depth += 1
            deepest = max(deepest, depth)
        elif character in ")]}":
            depth -= 1
    return deepest


def _schema_faults(where: str, text: str, schema: cedarpy.Schema, names: Mapping[str, str]) -> Iterator[Fault]:
    for error in cedarpy.validate_policies(text, schema).errors:
        yield Fault(names.get(error.policy_id, where), " ".join(error.error.split()), "a policy that fits the schema")


def _annotations(policy: Json) -> dict[str, str]:
    annotations = cast("dict[str, str | None]", policy.get("annotations") or {})
    return {name: value or "" for name, value in annotations.items()}


def _annotation_faults(source: Source, policy: Json) -> Iterator[Fault]:
    annotations = _annotations(policy)
    for name in ("id", "article", "reason"):
        if not annotations.get(name, "").strip():
            yield Fault("", f"no @{name}", f'an annotation @{name}("…")')
    clauses = {clause for language in source.clauses.values() for clause in language}
    article = annotations.get("article", "")
    if article.strip() and article not in clauses:
        yield Fault("", f"@article({article!r})", "a clause of this article: " + ", ".join(sorted(clauses)))


def _scope_faults(policy: Json) -> Iterator[Fault]:
    for name in ("principal", "resource"):
        scope = cast("Json", policy[name])
        if scope["op"] not in ("All", "is") or "in" in scope:
            yield Fault("", f"a scope that names one {name}", f"`{name}` alone, and its attributes in a `when`")


def _nodes(policy: Json) -> Iterator[tuple[str, object]]:
    """Every (operator, operands) of the conditions, without recursion: the nesting is not ours."""
    stack: list[object] = [condition["body"] for condition in cast("list[dict[str, object]]", policy["conditions"])]
    while stack:
        node = cast("Json", stack.pop())
        for operator, operands in node.items():
            yield operator, operands
            if operator == "Set":
                stack += cast("list[object]", operands)
            elif operator in _OPERATORS and isinstance(operands, dict):
                stack += [
                    operand for operand in cast("dict[str, object]", operands).values() if isinstance(operand, dict)
                ]


def _depth(policy: Json) -> int:
    level: list[object] = [condition["body"] for condition in cast("list[dict[str, object]]", policy["conditions"])]
    depth = 0
    while level and depth <= CONDITION_DEPTH:
        depth += 1
        below: list[object] = []
        for node in level:
            values = node.values() if isinstance(node, dict) else node
            below += [value for value in cast("list[object]", values) if isinstance(value, dict | list)]
        level = below
    return depth


def _condition_faults(policy: Json, schedule: Schedule) -> Iterator[Fault]:
    known = _literals(schedule)
    for operator, operands in _nodes(policy):
        if operator not in _OPERATORS:
            yield Fault("", f"the operator {shown(operator)}", "only == != && || ! and contains")
        elif operator == "Value" and isinstance(operands, dict):
            yield Fault("", f"the entity {shown(operands)}", "attributes only, such as principal.role")
        elif operator == "Var" and operands not in _VARIABLES:
            yield Fault("", f"the variable {shown(operands)}", "principal, resource or context")
        elif operator in ("==", "!=", "contains"):
            yield from _literal_faults(cast("Json", operands), known)


def _attribute(operands: object) -> str:
    return str(cast("Json", operands)["attr"])


def _compared_classes(policy: Json) -> Iterator[str]:
    for operator, operands in _nodes(policy):
        if operator in ("==", "contains"):
            sides = [cast("Json", cast("Json", operands)[side]) for side in ("left", "right")]
            if any("." in side and _attribute(side["."]) == "class" for side in sides):
                yield from (text for side in sides for text in _texts(side))


def _literals(schedule: Schedule) -> dict[str, list[str]]:
    """Attribute to the values that it can have: a text outside them would silently never match."""
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


def _literal_faults(operands: Json, known: Mapping[str, list[str]]) -> Iterator[Fault]:
    """Texts that are compared with an attribute which can never have them."""
    sides = [cast("Json", operands[side]) for side in ("left", "right")]
    attributes = [cast("Json", side["."])["attr"] for side in sides if "." in side]
    for attribute in attributes:
        allowed = known.get(str(attribute))
        for text in (text for side in sides for text in _texts(side)):
            if allowed is not None and text not in allowed:
                yield Fault("", f"{attribute} {shown(text)}", "one of " + ", ".join(allowed))


def _texts(node: Json) -> Iterator[str]:
    members = cast("list[Json]", node["Set"]) if "Set" in node else [node]
    for member in members:
        value = member.get("Value")
        if isinstance(value, str):
            yield value


def _policy(policy: Json) -> Policy:
    annotations = _annotations(policy)
    action = cast("dict[str, object]", policy["action"])
    named = cast("list[dict[str, str]]", action.get("entities") or ([action["entity"]] if "entity" in action else []))
    return Policy(
        id=annotations.get("id", ""),
        article=annotations.get("article", ""),
        reason=annotations.get("reason", ""),
        effect=str(policy["effect"]),
        actions=frozenset(entity["id"] for entity in named),
        attributes=frozenset(_attribute(operands) for operator, operands in _nodes(policy) if operator == "."),
        classes=frozenset(_compared_classes(policy)),
        json=policy,
    )


def applies_to(policy: Policy, action: str) -> bool:
    """Whether `policy` can have a say on `action`; a scope without an action speaks of all."""
    return not policy.actions or action in policy.actions


ACTIONS = (READ, *ACTS)
"""Every Cedar action."""
