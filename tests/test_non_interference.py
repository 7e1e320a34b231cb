"""Change what is withheld, and every byte that the other party gets stays the same.

Two worlds are built by acts, one after the other, and every URL is asked in both by the same reader, who must not be
able to tell them apart. Ids are random and so compared by the order in which they appear; on the record, commitments,
hashes and signatures differ by design (docs/decisions/0004) and are masked by shape, there and nowhere else.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from difflib import unified_diff
from functools import cache, lru_cache
from typing import Any
from urllib.parse import quote

import orjson
import pytest
from django.db import transaction
from django.test import Client
from tests import phones_world
from tests.test_actor_table import BODIES, METHODS, QUERIES, RAW, forms
from tests.urls import Url, every_url
from tests.worlds import ACTORS, Clock, World, build, principal

from safeconduct import release
from safeconduct.store import labels
from safeconduct.terms import instant
from safeconduct.watch.feeds.cot_out import Readers, encoded, told

pytestmark = [pytest.mark.django_db, pytest.mark.slow]

UUID = re.compile(rb"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
CSRF = re.compile(rb'(csrfmiddlewaretoken"? value="|X-CSRFToken[^A-Za-z0-9]+)[A-Za-z0-9]{32,64}')
HASHES = re.compile(rb"[0-9a-f]{64}|[0-9a-f]{10}\xe2\x80\xa6|[A-Za-z0-9+/]{43}=|[A-Za-z0-9+/]{90,}=*")

ENDLESS = {"live_stream"}
"""URLs whose answer does not end; `test_the_stream_tells_both_worlds_alike` reads what they send."""

TOKEN = re.compile(rb"sc_(api|feed)_[A-Za-z0-9_-]{43}|(?<=/calendar/)[A-Za-z0-9_-]{20,100}(?=\.ics)")

CODE = re.compile(rb"[0-9A-Z]{4}-[0-9A-Z]{4}-[0-9A-Z]{4}(?![0-9A-Z-])|<path d=\"[^\"]*\" id=\"qr-path\"")
"""A code for a phone, and its drawing."""

NAME = re.compile(rb"\bI-[0-9]{5}\b")
"""The handle of an incident, which is drawn."""

HTMX = {"HX-Request": "true"}

READERS = {
    "liaison": {"host_words": "secret"},
    "manager": {"host_words": "secret"},
    "head": {"host_words": "secret"},
    "duty": {"partner_words": "secret"},
    "commander": {"partner_words": "secret"},
    "gatepost": {"partner_words": "secret"},
}
SHORT_FORM = {"manager": {"alert_words": "secret"}}
WAY = [("manager", {"duress": True}), ("gatepost", {"duress": True}), ("gatepost", {"aside": True})]
"""Who gives a movement's word, or reads its progress, is not told which word it was; a gate post no positions."""
LATE = [("gatepost", {"late": True}), ("gatepost_elsewhere", {"late": True})]
"""A plan whose time, way and convoy a gate post is not told yet."""
DECOYS = [(actor, {"decoys": True}) for actor in ("manager", "liaison", "duty", "commander", "gatepost")]
"""Decoys and alarms about reading that only the head of the partner's mission knows of."""
EXTRAS = {
    "liaison": {"host_extra": True},
    "manager": {"host_extra": True},
    "head": {"host_extra": True},
    "commander": {"partner_extra": True},
    "duty": {"partner_extra": True, "red_extra": True},
    "gatepost": {"partner_extra": True, "red_extra": True},
}


@pytest.fixture
def clock(monkeypatch):
    clock = Clock()
    monkeypatch.setattr(instant, "now", clock)
    return clock


def about_the_record(path: str) -> bool:
    return path.startswith(("/record", "/api/record"))


def renamed(body: bytes, path: str) -> bytes:
    """`body` with what is random in it named by the order of appearance, or masked where it is of the record."""
    names: dict[bytes, bytes] = {}
    body = UUID.sub(lambda match: names.setdefault(match[0], b"id-%d" % len(names)), body)
    body = NAME.sub(lambda match: names.setdefault(match[0], b"name-%d" % len(names)), body)
    body = CODE.sub(b"code", TOKEN.sub(b"token", CSRF.sub(rb"\1token", body)))
    return HASHES.sub(b"hash", body) if about_the_record(path) else body


@dataclass(frozen=True)
class Question:
    """One request of one reader: `hidden` names things that only a variant has, in place of those of every world."""

    method: str
    url: Url
    headers: Mapping[str, str] = field(default_factory=dict)
    language: str = "en"
    hidden: bool = False
    query: str = ""

    def __hash__(self) -> int:
        return hash(str(self))


def readings(**how: Any) -> Iterator[Question]:
    for url in every_url():
        if url.name not in ENDLESS:
            yield Question("GET", url, **how)
            if url.has_ref:
                yield Question("GET", url, hidden=True, **how)


def pages_of_one() -> Iterator[Question]:
    """The lists of the API, one row a page: each is followed to its end."""
    return (one for one in readings(query="?limit=1") if one.url.pattern.startswith("api/") and not one.url.has_ref)


def writings(**how: Any) -> Iterator[Question]:
    """Every act that is posted, with input that is right, to what the reader sees and to what only a variant has."""
    for url in every_url():
        if url.name in ENDLESS or url.pattern.startswith("account/"):
            continue
        for method in METHODS[1:] if url.pattern.startswith("api/") else ("POST",):
            yield Question(method, url, **how)
            if url.has_ref:
                yield Question(method, url, hidden=True, **how)


def asked(client: Client, question: Question, world: World) -> tuple[object, ...]:
    path = question.url.path(world, hidden=question.hidden)
    with phones_world.as_before(client), transaction.atomic():
        answer = sent(client, question, path, world)
        body = b"".join(answer.streaming_content) if answer.streaming else answer.content
        while question.query and (after := next_of(answer)):
            answer = sent(client, replace(question, query=f"{question.query}&after={quote(after)}"), path, world)
            body += answer.content
        transaction.set_rollback(True)
    headers = {name: renamed(value.encode(), path) for name, value in answer.headers.items() if name != "Expires"}
    if b'id="qr-path"' in body:
        # A code is random, and how long its drawing is with it.
        assert int(headers.pop("Content-Length")) == len(body)
    return answer.status_code, headers, renamed(body, path)


def next_of(answer: Any) -> str | None:
    """What the page behind a page of the API is asked with; None at the end, and where there are no pages."""
    document = answer.json() if answer.status_code == 200 else None
    after = document.get("next") if isinstance(document, dict) else None
    return None if after is None else str(after)


def sent(client: Client, question: Question, path: str, world: World) -> Any:
    headers = {"Accept-Language": question.language, **question.headers}
    if question.method == "GET":
        return client.get(path + (question.query or QUERIES.get(f"GET {question.url.pattern}", "")), headers=headers)
    pattern = question.url.pattern
    if not pattern.startswith("api/"):
        return client.post(path, forms(world).get(pattern, {}), headers=headers)
    path += QUERIES.get(f"{question.method} {pattern}", "")
    body = BODIES.get(pattern, {})
    document = RAW.get(question.url.pattern) or orjson.dumps(body.get(question.method, body))
    return client.generic(question.method, path, document, "application/json", headers=headers)


def heard(actor: str) -> list[tuple[object, ...]]:
    """What the stream would send this reader, ids renamed."""
    reader = principal(actor)
    told = [(one.kind, one.ref) for one in release.events_after(0, 100_000) if release.may_hear(reader, one)]
    names: dict[object, int] = {}
    return [(kind, names.setdefault(ref, len(names))) for kind, ref in told]


def nothing(path: str) -> bool:
    return False


def look(
    actor: str,
    questions: Callable[[], Iterable[Question]] = readings,
    *,
    skip: Callable[[str], bool] = nothing,
    **variant: Any,
) -> tuple[dict[Question, Any], list[object]]:
    """Everything that `actor` can get in the world of `variant`, which is taken down again."""
    with transaction.atomic():
        labels.forget()
        world = build(**variant)
        client = Client()
        client.force_login(world.users[actor], backend="django.contrib.auth.backends.ModelBackend")
        phones_world.opened(client, actor)
        got = {one: asked(client, one, world) for one in questions() if not skip("/" + one.url.pattern)}
        stream = heard(actor)
        transaction.set_rollback(True)
    labels.forget()
    return got, stream


@lru_cache(maxsize=24)
def plain_look(
    actor: str, questions: Callable[[], Iterable[Question]], skip: Callable[[str], bool]
) -> tuple[dict[Question, Any], list[object]]:
    """What `actor` can get in the world with which the others are compared: built and asked once for many of them."""
    return look(actor, questions, skip=skip)


def differs_in_nothing(
    actor: str,
    variant: dict[str, Any],
    questions: Callable[[], Iterable[Question]] = readings,
    skip: Callable[[str], bool] = nothing,
) -> None:
    assert_alike(plain_look(actor, questions, skip), look(actor, questions, skip=skip, **variant))


def difference(plain, changed) -> list[str]:
    """The lines that differ, for whoever has to find the leak."""
    if plain[:2] != changed[:2]:
        return [str(plain[:2]), str(changed[:2])]
    before, after = (answer[2].decode(errors="replace").replace(">", ">\n").splitlines() for answer in (plain, changed))
    return [line[:300] for line in unified_diff(before, after, n=0, lineterm="")]


def assert_alike(plain, changed) -> None:
    assert plain[0].keys() == changed[0].keys()
    different = [one for one in plain[0] if plain[0][one] != changed[0][one]]
    for one in different:
        print(one, *difference(plain[0][one], changed[0][one]), sep="\n", end="\n\n")
    assert different == []
    assert plain[1] == changed[1]


PHONE = [("phone", {"partner_words": "secret"}), ("phone", {"host_extra": True, "partner_extra": True})]
"""A person with a phone is told nothing of anyone else, of either party."""
WHO_SAW_ME = ("/me/seen/", "/me/data/", "/me/data.json")
"""One of the extras is an export of the whole list: whoever is on it sees by right that they were looked at."""


def not_the_persons(path: str) -> bool:
    return about_the_record(path) or path in WHO_SAW_ME


@pytest.mark.parametrize("questions", [readings, writings])
@pytest.mark.parametrize(("actor", "variant"), PHONE)
def test_a_person_learns_nothing_of_another(actor, variant, questions, clock):
    skip = not_the_persons if "partner_extra" in variant else about_the_record
    differs_in_nothing(actor, variant, questions, skip)


WITHHELD = [*READERS.items(), *SHORT_FORM.items(), *WAY, *LATE]


@pytest.mark.parametrize(("actor", "variant"), WITHHELD)
def test_withheld_content_leaves_no_trace(actor, variant, clock):
    differs_in_nothing(actor, variant)


@pytest.mark.parametrize(("actor", "variant"), EXTRAS.items())
def test_a_withheld_thing_leaves_no_trace_outside_the_record(actor, variant, clock):
    differs_in_nothing(actor, variant, skip=about_the_record)


@pytest.mark.parametrize(("actor", "variant"), EXTRAS.items())
def test_a_withheld_thing_leaves_no_gap_between_pages(actor, variant, clock):
    differs_in_nothing(actor, variant, pages_of_one, about_the_record)


MANIFEST = "/api/manifests/<ref>/view"


def record_or_manifest(path: str) -> bool:
    return about_the_record(path) or path == MANIFEST


@pytest.mark.parametrize(("actor", "variant"), [*WITHHELD, *EXTRAS.items()])
def test_what_is_withheld_leaves_no_trace_in_what_an_act_answers(actor, variant, clock):
    """But for a manifest in its window, which tells the host by right who travels (tests/movements/test_disclosure.py
    holds whom, and when)."""
    skip = record_or_manifest if "partner_words" in variant else about_the_record
    differs_in_nothing(actor, variant, writings, skip)


HOW = {"htmx": {"headers": HTMX}, "ur": {"language": "ur"}, "zh-hans": {"language": "zh-hans"}}


@cache
def pages_alone(how: str) -> Callable[[], Iterable[Question]]:
    """The pages, asked for as a part or in another language: one and the same function each time."""
    return lambda: (one for one in readings(**HOW[how]) if not one.url.pattern.startswith("api/"))


@pytest.mark.parametrize("how", HOW)
@pytest.mark.parametrize(("actor", "variant"), [("liaison", READERS["liaison"]), ("liaison", EXTRAS["liaison"])])
def test_what_is_withheld_leaves_no_trace_in_parts_of_pages_and_other_languages(actor, variant, how, clock):
    differs_in_nothing(actor, variant, pages_alone(how), about_the_record)


@pytest.mark.parametrize(("actor", "variant"), DECOYS)
def test_a_decoy_leaves_no_trace_outside_the_record(actor, variant, clock):
    differs_in_nothing(actor, variant, skip=about_the_record)


def test_the_test_would_notice(clock):
    """The host's own officer does see what the variants change: else the comparison would prove nothing."""
    plain, changed = look("commander"), look("commander", host_words="secret")
    different = {one for one in plain[0] if plain[0][one] != changed[0][one]}
    assert len(different) >= 5
    plain, changed = look("duty", skip=about_the_record), look("duty", skip=about_the_record, host_extra=True)
    assert len({one for one in plain[0] if plain[0][one] != changed[0][one]}) >= 3
    assert len(changed[1]) > len(plain[1])
    plain = look("commander", writings, skip=about_the_record)
    changed = look("commander", writings, skip=about_the_record, host_extra=True)
    assert len({one for one in plain[0] if plain[0][one] != changed[0][one]}) >= 5


def test_every_url_can_be_asked(clock):
    """A URL whose parameters the worlds cannot fill in would be left out unseen."""
    world = build()
    assert all(url.path(world) for url in every_url())
    assert all(url.path(world, hidden=True) for url in every_url())
    assert {"alerts/", "movements/", "api/alerts"} <= {url.pattern for url in every_url()}


def marked(role_of: str, opened_by: str, **variant: Any) -> bytes:
    """All that a feed of markers would send, in the world of `variant`, to the role of one actor, opened by another."""
    _, party, role, area = ACTORS[role_of]
    readers = Readers({"party": party, "role": role, "area": area, "opened_by": ACTORS[opened_by][0]})
    with transaction.atomic():
        labels.forget()
        build(**variant)
        found = told(readers, "en", "notice")
        transaction.set_rollback(True)
    labels.forget()
    at_ms = instant.epoch_ms(instant.now())
    return renamed(b"\n".join(encoded(one, at_ms, False, "xml") for one in found.values()), "/markers")


@pytest.mark.parametrize(("actor", "variant"), [*WITHHELD, *EXTRAS.items()])
def test_markers_in_the_field_tell_both_worlds_alike(actor, variant, clock):
    """Neither a role nor whoever opens a feed for another role learns by it what is withheld from them."""
    for role_of, opened_by in ((actor, "commander"), ("commander", actor), ("liaison", actor)):
        if actor in (role_of, opened_by):
            assert marked(role_of, opened_by) == marked(role_of, opened_by, **variant)


def test_the_test_of_markers_would_notice(clock):
    plain = marked("commander", "commander")
    assert plain
    assert plain != marked("commander", "commander", alert_words="secret")
    assert plain != marked("commander", "commander", host_extra=True)
