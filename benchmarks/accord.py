"""How fast the accord answers: loading, a first decision, a repeated one; beside it Cedar asked from text each time.

    python benchmarks/accord.py [--markings N]

The peer is what a plain use of cedarpy does for every question: policies and entities as text, no parsed handles, no
memory of answers.
"""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import cedarpy

import safeconduct.accord
from safeconduct.accord.accord import Accord, load_accord
from safeconduct.terms.marking import Marking, Tlp
from safeconduct.terms.party import Grant, Principal

SAMPLE = Path(safeconduct.accord.__file__).parent / "samples" / "joint-security"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--markings", type=int, default=500, help="distinct sites that are asked about")
    sites = [f"site-{index}" for index in range(parser.parse_args().markings)]
    load_s = best_of(3, lambda: load_accord(SAMPLE))
    accord = load_accord(SAMPLE)
    liaison = Principal("liaison", "partner", (Grant("partner.liaison_officer"),))
    markings = [Marking("host", "alert", Tlp.AMBER, frozenset({"partner"}), site) for site in sites]
    cold_s = seconds(lambda: [accord.may_read(liaison, marking) for marking in markings]) / len(markings)
    act_s = seconds(lambda: [accord.decide(liaison, "measure.order", marking) for marking in markings]) / len(markings)
    warm_s = warm(accord, liaison, markings)
    fields_s = warm_fields(accord, liaison, markings)
    peer_s = peer(accord, 200)
    print(f"load, {accord.court.decided} cases decided   {load_s * 1e3:9.1f} ms")
    print(f"first decision, read               {cold_s * 1e6:9.1f} µs   (target 200)")
    print(f"first decision, act                {act_s * 1e6:9.1f} µs   (target 200)")
    print(f"repeated decision                  {warm_s * 1e6:9.2f} µs   (target 2)")
    print(f"repeated fields                    {fields_s * 1e6:9.2f} µs")
    print(f"peer: Cedar from text              {peer_s * 1e6:9.1f} µs")
    print(f"ratio to the peer: first {peer_s / cold_s:.0f}x, repeated {peer_s / warm_s:.0f}x")


def seconds(run: Callable[[], object]) -> float:
    begin = time.perf_counter()
    run()
    return time.perf_counter() - begin


def best_of(times: int, run: Callable[[], object]) -> float:
    return min(seconds(run) for _ in range(times))


def warm(accord: Accord, principal: Principal, markings: list[Marking]) -> float:
    """As a listing asks: equal markings, but not the same objects, and another principal of the same standing."""
    again = [replace(marking) for marking in markings] * 100
    namesake = replace(principal, name="another")
    return best_of(3, lambda: [accord.may_read(namesake, marking) for marking in again]) / len(again)


def warm_fields(accord: Accord, principal: Principal, markings: list[Marking]) -> float:
    again = [replace(marking) for marking in markings] * 100
    for marking in markings:
        accord.fields(principal, marking)
    return best_of(3, lambda: [accord.fields(principal, marking) for marking in again]) / len(again)


def peer(accord: Accord, times: int) -> float:
    policies = {policy.id: policy.json for policy in accord.policies.values()}
    text = cedarpy.policies_from_json_str(
        json.dumps({"templates": {}, "staticPolicies": policies, "templateLinks": []})
    )
    request = {"principal": 'Principal::"x"', "action": 'Action::"read"', "resource": 'Item::"x"'}
    request["context"] = '{"in_area": true}'
    principal = {"party": "partner", "side": "partner", "role": "partner.liaison_officer"}
    item = {"class": "alert", "originator": "host", "tlp": "TLP:AMBER", "releasable_to": ["partner"], "own": False}
    entities = json.dumps(
        [
            {"uid": {"type": "Principal", "id": "x"}, "attrs": principal, "parents": []},
            {"uid": {"type": "Item", "id": "x"}, "attrs": item, "parents": []},
        ]
    )
    assert cedarpy.is_authorized(request, text, entities).allowed
    return seconds(lambda: [cedarpy.is_authorized(request, text, entities) for _ in range(times)]) / times


if __name__ == "__main__":
    main()
