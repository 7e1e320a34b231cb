"""The event stream: who hears what, resuming, slow readers, dismissal and logout."""

from __future__ import annotations

import asyncio
import json
import time
from dataclasses import replace
from functools import wraps

import pytest
from asgiref.sync import async_to_sync, sync_to_async
from django.test import AsyncClient

from safeconduct import release
from safeconduct.people.acts import appoint, dismiss
from safeconduct.people.founding import appointing_principal
from safeconduct.strategy.acts import order_measure
from safeconduct.terms import instant
from safeconduct.terms.ids import new_id
from safeconduct.terms.party import NOBODY
from safeconduct.watch import acts as watch_acts
from safeconduct.web import stream as stream_module
from safeconduct.web.hub import MOST_REPLAYED, WAITING, Hub, News, Reader
from safeconduct.web.stream import _is_recent, _speak

pytestmark = pytest.mark.django_db(transaction=True)


def in_loop(test):
    """Run an async test so that its database work comes back to pytest's own thread."""

    @wraps(test)
    def run(*args, **fixtures):
        return async_to_sync(test)(*args, **fixtures)

    return run


class HubHere(Hub):
    """A hub whose database work is done in the test's own thread, where SQLite keeps its database in memory."""

    async def _off(self, work):
        return await sync_to_async(work, thread_sensitive=True)()


@pytest.fixture
def hub(monkeypatch):
    made = HubHere()
    monkeypatch.setattr(stream_module, "hub", made)
    return made


def found(**more):
    at = instant.iso(instant.now())
    return {
        "kind": "dwell", "ring": "outer", "severity": "alert", "lon": 75.0, "lat": -5.0,
        "started": at, "raised": at, "updated": at, "ended": None, "dwell_s": 310.0, "unseen_s": 0.0, "steps": [],
        "tracks": ["t1"], "sensors": ["cam-02"], "vehicle": "car", "explanation": {},
    } | more  # fmt: skip


def raise_alert(watch):
    return watch_acts.raise_alert(watch, site="marjan", alert_id=new_id(), found=found())


async def until(condition, within_s: float = 5.0) -> None:
    deadline = time.monotonic() + within_s
    while not condition():
        assert time.monotonic() < deadline, "it did not happen in time"
        await asyncio.sleep(0.02)


class Listener:
    """A reader whose frames are collected as they come."""

    def __init__(self, reader: Reader, last_uid: str | None = None):
        self.frames: list[str] = []
        self.task = asyncio.create_task(self._collect(reader, last_uid))

    async def _collect(self, reader: Reader, last_uid: str | None) -> None:
        async for frame in _speak(reader, last_uid):
            self.frames.append(frame.decode())

    @property
    def news(self) -> list[dict]:
        """What was heard, but for what is owed because of an alert."""
        data = [line[6:] for frame in self.frames for line in frame.split("\n") if line.startswith("data: {")]
        return [one for one in map(json.loads, data) if one["kind"] != "obligation"]

    @property
    def ids(self) -> list[str]:
        return [line[4:] for frame in self.frames for line in frame.split("\n") if line.startswith("id: ")]

    async def stop(self) -> None:
        self.task.cancel()
        await asyncio.gather(self.task, return_exceptions=True)


async def listening(hub, principal, last_uid=None, user_id=1, who=None) -> Listener:
    reader = Reader(user_id, who or (lambda: principal), principal)
    listener = Listener(reader, last_uid)
    await until(lambda: listener.frames or listener.task.done())
    return listener


do = sync_to_async(lambda work: work(), thread_sensitive=True)


@in_loop
async def test_a_reader_hears_of_an_alert_and_of_nothing_in_it(hub, as_role, watch):
    listener = await listening(hub, as_role("host.duty_officer"))
    alert = await do(lambda: raise_alert(watch))
    await until(lambda: listener.news)
    assert [(one["kind"], one["ref"]) for one in listener.news] == [("alert", str(alert.pk))]
    assert set(listener.news[0]) == {"kind", "ref", "at"}
    await listener.stop()


@in_loop
async def test_what_is_withheld_is_not_heard(hub, as_role, watch):
    """The liaison officer gets no `unseen_s` and no `tracks`; the duty officer does. Both hear of what both get."""
    alert = await do(lambda: raise_alert(watch))
    duty = await listening(hub, as_role("host.duty_officer"))
    liaison = await listening(hub, as_role("partner.liaison_officer"), user_id=2)
    manager = await listening(hub, as_role("partner.project_manager"), user_id=3)
    nobody = await listening(hub, NOBODY, user_id=4)
    update = watch_acts.update_alert
    times = {name: instant.iso(getattr(alert, f"{name}_at")) for name in ("started", "raised", "updated")}
    same = found(**times)
    await do(lambda: update(watch, alert.pk, found=same | {"tracks": ["t1", "t2"]}))
    await until(lambda: len(duty.news) == 1)
    await do(lambda: update(watch, alert.pk, found=same | {"dwell_s": 400.0}))
    await until(lambda: len(duty.news) == 2 and len(liaison.news) == 1)
    await do(lambda: watch_acts.acknowledge(as_role("host.duty_officer"), alert.pk))
    await until(lambda: len(manager.news) == 1 and len(liaison.news) == 2)
    assert len(duty.news) == 3
    assert nobody.news == []
    for one in (duty, liaison, manager, nobody):
        await one.stop()


@in_loop
async def test_a_reader_goes_on_from_the_last_that_it_heard(hub, as_role, watch):
    principal = as_role("host.duty_officer")
    listener = await listening(hub, principal)
    await do(lambda: raise_alert(watch))
    await until(lambda: listener.ids)
    last = listener.ids[-1]
    await listener.stop()
    missed = [str((await do(lambda: raise_alert(watch))).pk) for _ in range(3)]
    again = await listening(hub, principal, last)
    await until(lambda: len(again.news) >= 3)
    after = await do(lambda: raise_alert(watch))
    await until(lambda: len(again.news) >= 4)
    assert [one["ref"] for one in again.news] == [*missed, str(after.pk)]
    assert not any("reload" in frame for frame in again.frames)
    await again.stop()


@in_loop
async def test_whoever_missed_what_is_withheld_missed_nothing(hub, as_role, watch):
    principal = as_role("partner.project_manager")
    listener = await listening(hub, principal)
    await do(lambda: raise_alert(watch))
    await until(lambda: listener.ids)
    last = listener.ids[-1]
    await listener.stop()

    def hidden():
        for _ in range(3):
            watch_acts.refresh_picture(watch, site="marjan", positions={})

    await do(hidden)
    again = await listening(hub, principal, last)
    await asyncio.sleep(0.6)
    assert again.frames == ["retry: 2000\n\n"]
    await again.stop()


@in_loop
async def test_too_much_missed_is_told_as_one_reload(hub, as_role, watch, monkeypatch):
    monkeypatch.setattr("safeconduct.web.hub.MOST_REPLAYED", 2)
    assert MOST_REPLAYED > 2
    await do(lambda: raise_alert(watch))
    newest = await do(release.newest_event_id)
    uid = str((await do(lambda: release.events_after(newest - 1)))[0].uid)
    for _ in range(3):
        await do(lambda: raise_alert(watch))
    listener = await listening(hub, as_role("host.duty_officer"), uid)
    await until(lambda: len(listener.frames) > 1)
    assert listener.frames[1].startswith("event: reload")
    assert listener.news == []
    await listener.stop()


@in_loop
async def test_an_unknown_or_old_last_event_is_a_reload_whatever_came_since(hub, as_role):
    old = "01900000-0000-7000-8000-000000000000"
    assert not _is_recent(old)
    assert not _is_recent("nonsense")
    assert _is_recent(str(new_id()))
    for last in (old, "nonsense", str(new_id())):
        listener = await listening(hub, as_role("host.duty_officer"), last)
        await until(lambda one=listener: len(one.frames) > 1)
        assert listener.frames[1].startswith("event: reload")
        await listener.stop()


@in_loop
async def test_a_dismissal_silences_at_once(hub, as_role, watch):
    standing = {"principal": as_role("host.duty_officer")}
    duty = await listening(hub, standing["principal"], who=lambda: standing["principal"])
    focal = appointing_principal("host")
    begin = instant.now()

    def appointed():
        from safeconduct.people.models import User

        User.objects.create(username="karim", party="host")
        return appoint(focal, site="", user="karim", role="host.duty_officer", begin=begin)

    appointment = await do(appointed)
    await do(lambda: raise_alert(watch))
    await until(lambda: any(one["kind"] == "alert" for one in duty.news))
    heard = len([one for one in duty.news if one["kind"] == "alert"])
    standing["principal"] = replace(standing["principal"], grants=())
    await do(lambda: dismiss(focal, appointment.pk))
    await do(lambda: raise_alert(watch))
    await asyncio.sleep(0.8)
    assert len([one for one in duty.news if one["kind"] == "alert"]) == heard
    await duty.stop()


@in_loop
async def test_a_session_that_ended_ends_its_stream(hub, as_role, monkeypatch):
    monkeypatch.setattr("safeconduct.web.hub.RECHECK_S", 0.1)
    session = {"principal": as_role("host.duty_officer")}
    listener = await listening(hub, session["principal"], who=lambda: session["principal"])
    session["principal"] = None
    await until(listener.task.done)
    assert listener.frames[-1].startswith("event: reload")
    assert hub.readers == []


@in_loop
async def test_a_slow_reader_is_sent_away_and_told_to_load_again():
    reader = Reader(1, lambda: NOBODY, NOBODY)
    news = News(str(new_id()), "alert", None, "2026-11-24T06:00:00Z")
    assert reader.hand([news] * WAITING)
    assert not reader.hand([news])
    assert reader.queue.qsize() == 1
    assert await reader.queue.get() is None


@in_loop
async def test_an_act_that_is_done_after_a_later_one_is_still_heard(hub, as_role, watch):
    """On PostgreSQL ids are given before a transaction is done: the hub looks again for those that it passed over."""
    await do(lambda: raise_alert(watch))
    hub._cursor = await do(release.newest_event_id)
    first = await do(lambda: raise_alert(watch))
    await do(lambda: raise_alert(watch))
    events = await do(lambda: list(release.events_after(hub._cursor)))
    early, late = events[0], events[1:]
    shown = {"after": late, "of": []}
    original = release.events_after, release.events_of
    release.events_after = lambda after, limit=1000: [one for one in shown["after"] if one.pk > after]
    release.events_of = lambda ids: [one for one in shown["of"] if one.pk in set(ids)]
    try:
        assert [one.pk for one in hub._new_events()] == [one.pk for one in late]
        assert hub._new_events() == []
        shown["of"] = [early]
        assert [one.ref for one in hub._new_events()] == [first.pk]
        assert hub._new_events() == []
    finally:
        release.events_after, release.events_of = original


@in_loop
async def test_over_the_wire_it_is_an_event_stream_that_no_cache_keeps(hub, login):
    cookies = (await do(lambda: login("host.duty_officer"))).cookies
    client = AsyncClient()
    client.cookies = cookies
    response = await client.get("/live/stream")
    assert response.status_code == 200
    assert response["Content-Type"] == "text/event-stream"
    assert response["Cache-Control"] == "no-store"
    stream = response.streaming_content.__aiter__()
    assert await anext(stream) == b"retry: 2000\n\n"
    await do(order_measure_as_commander)
    heard = await asyncio.wait_for(anext(stream), 5)
    assert b'"kind":"measure"' in heard
    await stream.aclose()


def order_measure_as_commander():
    from safeconduct.terms.party import Grant, Principal

    commander = Principal("commander", "host", (Grant("host.commander", ""),))
    order_measure(commander, site="marjan", kind="look", text="Look.", unit="Patrol 2")
