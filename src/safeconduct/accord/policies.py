"""Reading the Cedar policies of an article. Each one says which clause it puts into force, and why in one sentence."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import cast

import cedarpy

from safeconduct.accord.articles import Policy, Source
from safeconduct.accord.conditions import DEPTH, Json, attributes, classes, condition_faults, depth
from safeconduct.accord.schedule import Schedule
from safeconduct.accord.vocabulary import ACTS, READ
from safeconduct.terms.errors import Fault

BLOCK_CHARACTERS = 16_384
BRACKET_DEPTH = 32
"""Cedar's parser ends the process, past any handler, on some hundred nested brackets."""

ACTIONS = (READ, *ACTS)
"""Every Cedar action."""


def read_policies(source: Source, schedule: Schedule, schema: cedarpy.Schema) -> tuple[Policy, ...]:
    """The policies of every block of `source`; what is wrong with them is added to its faults."""
    policies: list[Policy] = []
    for line, text in source.blocks:
        policies += _read_block(source, f"{source.file} block at line {line}", text, schedule, schema)
    return tuple(policies)


def applies_to(policy: Policy, action: str) -> bool:
    """Whether `policy` can have a say on `action`; a scope without an action speaks of all."""
    return not policy.actions or action in policy.actions


def _read_block(source: Source, where: str, text: str, schedule: Schedule, schema: cedarpy.Schema) -> Iterator[Policy]:
    found = _parse(source, where, text)
    templates = cast("dict[str, Json]", found.get("templates") or {})
    static = cast("dict[str, Json]", found.get("staticPolicies") or {})
    for template in templates.values():
        name = _annotations(template).get("id", "without an id")
        source.faults.append(Fault(f"{where} policy {name}", "a template (?principal or ?resource)", "a whole policy"))
    if any(depth(policy) > DEPTH for policy in static.values()):
        source.faults.append(Fault(where, f"conditions over {DEPTH} deep", "simpler policies"))
        return
    names: dict[str, str] = {}
    for cedar_id, policy in static.items():
        names[cedar_id] = place = f"{where} policy {_annotations(policy).get('id') or cedar_id}"
        faults = [*_annotation_faults(source, policy), *_scope_faults(policy), *condition_faults(policy, schedule)]
        source.faults += [Fault(place, fault.found, fault.wanted) for fault in faults]
        yield _policy(policy)
    if static or templates:
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
    open_now = deepest = 0
    for character in text:
        if character in "([{":
            open_now += 1
            deepest = max(deepest, open_now)
        elif character in ")]}":
            open_now = max(0, open_now - 1)
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
        attributes=attributes(policy),
        classes=classes(policy),
        json=policy,
    )
