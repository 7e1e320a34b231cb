"""Change what is withheld, and every byte that the other party gets stays the same.

Two worlds are built by acts, one after the other, and every URL is asked in both by the same reader, who must not be
able to tell them apart. Ids are random and so compared by the order in which they appear; on the record, commitments,
hashes and signatures differ by design (docs/decisions/0004) and are masked by shape, there and nowhere else.
"""

from __future__ import annotations

import re
from difflib import unified_diff

import pytest
from django.db import transaction
from django.test import Client
from tests.urls import Url, every_url
from tests.worlds import Clock, World, build, principal

from safeconduct import release
from safeconduct.store import labels
from safeconduct.terms import instant

pytestmark = [pytest.mark.django_db, pytest.mark.slow]

UUID = re.compile(rb"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
CSRF = re.compile(rb'(csrfmiddlewaretoken"? value="|X-CSRFToken[^A-Za-z0-9]+)[A-Za-z0-9]{32,64}')
HASHES = re.compile(rb"[0-9a-f]{64}|[0-9a-f]{10}\xe2\x80\xa6|[A-Za-z0-9+/]{43}=|[A-Za-z0-9+/]{90,}=*")

ENDLESS = {"live_stream"}
"""URLs whose answer does not end; `test_the_stream_tells_both_worlds_alike` reads what they send."""

UNMASKED_HEADERS = ("Content-Type", "Content-Language", "Location", "Content-Disposition", "ETag", "Link")

READERS = {
    "liaison": {"host_words": "secret"},
    "manager": {"host_words": "secret"},
    "head": {"host_words": "secret"},
    "duty": {"partner_words": "secret"},
    "commander": {"partner_words": "secret"},
    "gatepost": {"partner_words": "secret"},
}
EXTRAS = {
    "liaison": {"host_extra": True},
    "manager": {"host_extra": True},
    "duty": {"partner_extra": True},
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
    body = CSRF.sub(rb"\1token", body)
    return HASHES.sub(b"hash", body) if about_the_record(path) else body


def asked(actor: str, world: World, url: Url, language: str) -> tuple[object, ...]:
    client = Client(HTTP_ACCEPT_LANGUAGE=language)
    client.force_login(world.users[actor], backend="django.contrib.auth.backends.ModelBackend")
    path = url.path(world)
    with transaction.atomic():
        answer = client.get(path)
        transaction.set_rollback(True)
    body = b"".join(answer.streaming_content) if answer.streaming else answer.content
    headers = {name: renamed(answer[name].encode(), path) for name in UNMASKED_HEADERS if name in answer}
    return answer.status_code, headers, renamed(body, path)


def heard(actor: str) -> list[tuple[object, ...]]:
    """What the stream would send this reader, ids renamed."""
    reader = principal(actor)
    told = [(one.kind, one.ref) for one in release.events_after(0, 100_000) if release.may_hear(reader, one)]
    names: dict[object, int] = {}
    return [(kind, names.setdefault(ref, len(names))) for kind, ref in told]


def look(actor: str, *, skip=lambda path: False, **variant) -> tuple[dict[str, object], list[object]]:
    """Everything that `actor` can get in the world of `variant`, which is taken down again."""
    with transaction.atomic():
        labels.forget()
        world = build(**variant)
        urls = [url for url in every_url() if url.name not in ENDLESS and not skip("/" + url.pattern)]
        got = {url.pattern: asked(actor, world, url, "en") for url in urls}
        stream = heard(actor)
        transaction.set_rollback(True)
    labels.forget()
    return got, stream


def difference(plain, changed) -> list[str]:
    """The lines that differ, for whoever has to find the leak."""
    if plain[:2] != changed[:2]:
        return [str(plain[:2]), str(changed[:2])]
    before, after = (answer[2].decode(errors="replace").replace(">", ">\n").splitlines() for answer in (plain, changed))
    return [line[:300] for line in unified_diff(before, after, n=0, lineterm="")]


def assert_alike(plain, changed) -> None:
    assert plain[0].keys() == changed[0].keys()
    different = [pattern for pattern in plain[0] if plain[0][pattern] != changed[0][pattern]]
    for pattern in different:
        print(pattern, *difference(plain[0][pattern], changed[0][pattern]), sep="\n", end="\n\n")
    assert different == []
    assert plain[1] == changed[1]


@pytest.mark.parametrize(("actor", "variant"), READERS.items())
def test_withheld_content_leaves_no_trace(actor, variant, clock):
    assert_alike(look(actor), look(actor, **variant))


@pytest.mark.parametrize(("actor", "variant"), EXTRAS.items())
def test_a_withheld_thing_leaves_no_trace_outside_the_record(actor, variant, clock):
    assert_alike(look(actor, skip=about_the_record), look(actor, skip=about_the_record, **variant))


def test_the_test_would_notice(clock):
    """The host's own officer does see what the variants change: else the comparison would prove nothing."""
    plain, changed = look("commander"), look("commander", host_words="secret")
    different = {pattern for pattern in plain[0] if plain[0][pattern] != changed[0][pattern]}
    assert len(different) >= 5
    plain, changed = look("duty", skip=about_the_record), look("duty", skip=about_the_record, host_extra=True)
    assert len({pattern for pattern in plain[0] if plain[0][pattern] != changed[0][pattern]}) >= 3
    assert len(changed[1]) > len(plain[1])


def test_every_url_can_be_asked(clock):
    """A URL whose parameters the worlds cannot fill in would be left out unseen."""
    world = build()
    assert all(url.path(world) for url in every_url())
    assert {"alerts/", "movements/", "api/alerts"} <= {url.pattern for url in every_url()}
