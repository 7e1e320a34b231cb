from __future__ import annotations

import tomllib
from collections.abc import Iterator
from copy import deepcopy
from datetime import date
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.accord.drafts import SAMPLES, Draft

from safeconduct.accord.accord import Accord
from safeconduct.accord.schedule_file import read_schedule, schedule_of
from safeconduct.terms.errors import BadInput
from safeconduct.terms.marking import Tlp

TERMS = (SAMPLES / "joint-security" / "accord.toml").read_bytes()
TABLES = tomllib.loads(TERMS.decode())


def places(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """The path of everything inside `value`."""
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, below in items:
        yield (*path, key)
        yield from places(below, (*path, key))


def replaced(path: tuple[Any, ...], new: Any) -> dict[str, Any]:
    tables = deepcopy(TABLES)
    table: Any = tables
    for key in path[:-1]:
        table = table[key]
    table[path[-1]] = new
    return tables


PLACES = list(places(TABLES))


def test_samples_say_what_their_file_says(joint: Accord):
    assert (joint.id, joint.version) == ("joint-security", 1)
    assert joint.classes["post"].tlp is Tlp.AMBER_STRICT
    assert joint.classes["alert"].orcon
    assert joint.classes["alert"].releasable_to == {"host", "partner"}
    assert joint.risk_matrix.level("very-likely", "critical") == "unacceptable"
    assert joint.risk_matrix.level("unlikely", "minor") == "low"
    assert len(joint.risk_matrix.table) == 25
    assert joint.council.consensus
    assert {one.id: one.within.total_seconds() for one in joint.obligations}["acknowledge-alert"] == 120


def test_every_value_of_a_type_that_never_fits_is_a_fault():
    assert len(PLACES) > 800
    for path in PLACES:
        _, faults = schedule_of(replaced(path, date(2026, 1, 1)))
        assert faults, path


@settings(derandomize=True, max_examples=300, deadline=None)
@given(
    st.sampled_from(PLACES),
    st.sampled_from([None, 0, -1, 10**30, 1.5, float("nan"), True, "", "x", [], [1], {}, {"x": 1}, [[]], [{}]]),
)
def test_wrong_values_anywhere_never_raise(path: tuple[Any, ...], new: Any):
    schedule, faults = schedule_of(replaced(path, new))
    assert all(fault.where and fault.found and fault.wanted for fault in faults)
    assert schedule.standings() is not None


WITH_DEFAULTS = {"gate", "driving", "disclosures", "reading_limits", "conflicts"}
"""Tables that an accord may leave out; their own keys are held by test_gate_rules.py."""


def test_leaving_out_any_key_is_a_fault_or_has_a_default():
    optional = {"previous", "orcon", "office", "keys", "fields", "except", "done_by", "ended_by", "match", "remind"}
    lists = {"readers", "bodies", "obligations", "response_times", "likelihoods", "impacts", "levels"}
    for path in PLACES:
        if isinstance(path[-1], int) or (path[0] in ("parties", "roles", "classes") and len(path) == 2):
            continue
        tables = deepcopy(TABLES)
        table: Any = tables
        for key in path[:-1]:
            table = table[key]
        del table[path[-1]]
        _, faults = schedule_of(tables)
        assert faults or path[-1] in optional | lists or path[0] in WITH_DEFAULTS, path


@pytest.mark.parametrize(
    ("old", "new", "where", "wanted"),
    [
        ('id = "joint-security"', 'id = "Joint Security"', "id", "lower-case"),
        ("version = 1", "version = 0", "version", "a whole number from 1"),
        ('previous = ""', 'previous = "abc"', "previous", "SHA-256"),
        ('default_article = "2.4"', 'default_article = "2.9"', "default_article", "a clause of this accord"),
        ('side = "host"', 'side = "partner"', "parties", "exactly one party with side host"),
        ('side = "partner"', 'side = "neutral"', "parties.partner.side", "one of host, partner"),
        ("keys = []", 'keys = ["no key"]', "parties.host.keys[0]", "(Ed25519)"),
        ('party = "host"', 'party = "guest"', "roles.host.focal_point.party", "one of host, partner, any, node"),
        ('office = "signatory"', 'office = "king"', "roles.host.focal_point.office", "signatory, data-protection"),
        ("[classes.post]", "[classes.posts]", "classes.posts", "one of place, post"),
        ('tlp = "TLP:AMBER"', 'tlp = "AMBER"', "classes.place.tlp", "TLP:AMBER"),
        (
            'releasable_to = ["host", "partner"]',
            'releasable_to = ["press"]',
            "classes.place.releasable_to[0]",
            "one of host, partner",
        ),
        ("retention_days = 3650", "retention_days = 0", "classes.place.retention_days", "from 1"),
        (
            'fields = ["site", "name", "health"',
            'fields = ["site", "nmae", "health"',
            "classes.sensor.readers[1].fields[1]",
            "one of site, name",
        ),
        (
            'roles = ["host.focal_point"',
            'roles = ["host.focal"',
            "classes.place.readers[0].roles[0]",
            "host.focal_point",
        ),
        ("orcon = true", "orcoon = true", "classes.post.orcoon", "orcon"),
        ('trigger = "alert.raise"', 'trigger = "alert.rise"', "obligations[0].trigger", "alert.raise"),
        ('creditor = "partner"', 'creditor = "host"', "obligations[0].creditor", "another party than the debtor"),
        ('within = "PT2M"', 'within = "2 minutes"', "obligations[0].within", "ISO 8601 duration"),
        ('article = "11.1"', 'article = "11.9"', "obligation acknowledge-alert: article", "a clause of this accord"),
        ('id = "assess-alert"', 'id = "acknowledge-alert"', "obligations", "each id once"),
        ('debtor = "host"', 'debtor = "doer"', "obligations[0].creditor", "other where the debtor is doer"),
        ('remind = ["PT1M"]', 'remind = ["PT2M"]', "obligations[0].remind", "times shorter than within"),
        ('remind = ["PT1M"]', 'remind = ["soon"]', "obligations[0].remind", "ISO 8601 durations"),
        (
            'satisfied_by = ["alert.acknowledge", "alert.assess"]',
            "satisfied_by = []",
            "obligations[0].satisfied_by",
            "at least one act",
        ),
        ('done_by = "any"', 'done_by = "all"', "obligations[3].done_by", "one of debtor, creditor, any"),
        (
            'remind = ["PT1M"]',
            'only = [{ field = "gravity", is = ["high"] }]',
            "obligations[0].only[0].field",
            "severity",
        ),
        ("share = 0.95", "share = 95", "response_times[2].share", "over 0, up to 1"),
        (
            'likely = ["low", "medium", "high", "high", "very-high"]',
            'likely = ["low"]',
            "risk_matrix.table",
            "5 levels",
        ),
        ('"unacceptable"]', '"fine"]', "risk_matrix.table.very-likely", "one of low"),
        ("consensus = true", "consensus = false", "council.consensus", "no party is outvoted"),
        ("quorum = { host = 1, partner = 1 }", "quorum = { host = 1 }", "council.quorum.partner", "from 1"),
        ('title]\nen = "Accord', 'title]\nenglish = "Accord', "title.en", "the text in en"),
    ],
)
def test_damage_to_the_schedule_is_named(draft: Draft, old: str, new: str, where: str, wanted: str):
    faults = draft.edit("accord.toml", old, new).faults()
    assert any(where in fault.where and wanted in fault.wanted for fault in faults), [str(fault) for fault in faults]


@pytest.mark.parametrize(
    "content",
    [b"id = ", b"\xff\xfe", b"[[" * 5000, b"a = " + b"[" * 100_000, b"a.b = 1\na = 2", b"version = " + b"1" * 5000],
)
def test_what_is_no_toml_is_one_fault(content: bytes):
    with pytest.raises(BadInput) as caught:
        read_schedule(content)
    assert [fault.where for fault in caught.value.faults] == ["accord.toml"]


@settings(derandomize=True, max_examples=150, deadline=None)
@given(st.integers(0, len(TERMS) - 1), st.binary(max_size=4), st.integers(0, 60))
def test_damaged_schedule_raises_nothing_else(at: int, new: bytes, removed: int):
    try:
        schedule, _ = read_schedule(TERMS[:at] + new + TERMS[at + removed :])
    except BadInput:
        return
    assert schedule.parties is not None


@pytest.mark.parametrize(
    "content", [b"", b"x = 1", b"parties = 3\nroles = []\nclasses = 'x'", b"[parties.any]\n[roles.node]\n"]
)
def test_toml_that_is_no_schedule_is_told_in_full(content: bytes):
    _, faults = read_schedule(content)
    assert len(faults) > 5


def test_accord_is_not_changed_by_those_who_hold_it(joint: Accord):
    for mapping in (joint.parties, joint.roles, joint.classes, joint.articles, joint.policies):
        with pytest.raises(TypeError):
            mapping["x"] = None  # pyright: ignore
