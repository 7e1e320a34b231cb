"""Promises of the sender: each message once, by another way when one fails, at its rate, in the reader's tongue."""

from __future__ import annotations

import threading
import time
from collections import Counter
from dataclasses import replace
from datetime import timedelta

import pytest
from tests.people import heads, roster
from tests.people.gateways import gateway
from tests.people.roster import LIAISON, SITE

from safeconduct import node
from safeconduct.people import person_acts
from safeconduct.people.channels import acts as channels
from safeconduct.people.channels import gateway as apprise_gateway
from safeconduct.people.channels.ladder import Channel, next_after, retry_at, rungs
from safeconduct.people.channels.sender import Rate, Sender
from safeconduct.people.headcounts.acts import answer_for, start
from safeconduct.people.headcounts.links import link_of
from safeconduct.terms import instant
from safeconduct.terms.errors import BadInput

pytestmark = pytest.mark.django_db


@pytest.fixture
def sms():
    with gateway() as it:
        heads.channels_are(Channel("gateway", "sms", it.url, per_s=1000, at_once=1, tries=3))
        yield it
    heads.no_channels()


def turn_until(what, sender: Sender | None = None, within_s: float = 20.0) -> Sender:
    """Let the sender take its turns in this thread until `what` is true."""
    sender = sender or Sender(threading.Event())
    end = time.monotonic() + within_s
    while not what():
        assert time.monotonic() < end, "the sender does not get on"
        sender.turn()
        time.sleep(0.01)
    return sender


def states() -> Counter[str]:
    return Counter(one.state for one in heads.deliveries())


def test_every_message_is_sent_once_and_noted(sms):
    heads.people(7)
    start(LIAISON, site=SITE)
    turn_until(lambda: states() == {"sent": 7})
    assert sorted(sms.taken) == sorted(str(one.pk) for one in heads.deliveries())
    assert set(sms.arrivals.values()) == {1}
    assert heads.headcounts()[0].counts == {"sent": 7}
    assert {message["to"] for message in sms.taken.values()} == {f"+99900{number:06d}" for number in range(1, 8)}


@pytest.mark.parametrize(("language", "word"), [("", "Safety check"), ("zh-hans", "安全"), ("ur", "محفوظ")])
def test_a_message_speaks_the_persons_language_and_names_nobody(sms, language, word):
    heads.people(1, language=language)
    start(LIAISON, site=SITE, reason="A shooting near the tannery")
    turn_until(lambda: states() == {"sent": 1})
    (message,) = sms.taken.values()
    assert word in message["message"]
    link = link_of(node.current().secret, heads.answers()[0].pk)
    assert f"https://node.example/a/{link}" in message["message"]
    for told in ("Person 1", "L-0001", SITE, "tannery", "partner"):
        assert told not in str(message)


def test_what_fails_is_tried_again_later_and_then_by_the_next_way(sms, clock_at):
    begin = instant.now()
    clock_at(begin)
    with gateway() as second:
        heads.channels_are(
            Channel("gateway", "sms", sms.url, per_s=1000, at_once=1, tries=3),
            Channel("backup", "sms", second.url, per_s=1000, at_once=1),
        )
        sms.refuse = lambda _: True
        heads.people(1)
        start(LIAISON, site=SITE)
        sender = turn_until(lambda: heads.deliveries()[0].attempts == 1)
        for _ in range(10):
            sender.turn()
        assert sum(sms.arrivals.values()) == 1
        clock_at(begin + timedelta(seconds=6))
        turn_until(lambda: heads.deliveries()[0].attempts == 2, sender)
        clock_at(begin + timedelta(seconds=17))
        turn_until(lambda: states() == {"failed": 1, "sent": 1}, sender)
    assert [one.channel for one in heads.deliveries()] == ["gateway", "backup"]
    assert len(second.taken) == 1


def test_silence_climbs_to_the_visit_and_an_answer_stops_it(sms, clock_at):
    begin = instant.now()
    clock_at(begin)
    silent, quick = heads.people(2)
    start(LIAISON, site=SITE)
    sender = turn_until(lambda: states() == {"sent": 2})
    answer_for(LIAISON, [heads.answer_of(quick).pk], site=SITE, says="safe")
    clock_at(begin + timedelta(seconds=181))
    turn_until(lambda: len(heads.deliveries()) == 3, sender)
    last = heads.deliveries()[-1]
    assert (last.channel, last.person_id, last.state) == ("visit", silent.pk, "queued")
    clock_at(begin + timedelta(hours=2))
    assert channels.climb(heads.clock()) is None


def test_an_answer_takes_back_what_waits(sms):
    person = heads.people(1)[0]
    start(LIAISON, site=SITE)
    answer_for(LIAISON, [heads.answer_of(person).pk], site=SITE, says="safe")
    sender = Sender(threading.Event())
    for _ in range(5):
        sender.turn()
    assert states() == {"dropped": 1} and sms.taken == {}


def test_a_failure_that_the_gateway_tells_later_climbs(sms, clock_at):
    clock_at(instant.now())
    heads.people(1)
    start(LIAISON, site=SITE)
    turn_until(lambda: states() == {"sent": 1})
    heads.told("failed", heads.deliveries()[0], error="no such number")
    channels.climb(heads.clock())
    assert [(one.channel, one.state) for one in heads.deliveries()] == [("gateway", "failed"), ("visit", "queued")]


def test_who_has_no_address_is_visited():
    heads.channels_are(heads.MAIL)
    heads.people(1)
    start(LIAISON, site=SITE)
    assert [(one.channel, one.state) for one in heads.deliveries()] == [("visit", "queued")]


def test_a_channel_that_was_taken_away_sends_nothing_and_climbs(sms):
    heads.people(1)
    start(LIAISON, site=SITE)
    heads.channels_are(heads.MAIL)
    turn_until(lambda: states() == {"failed": 1, "queued": 1})
    assert [one.error for one in heads.deliveries()] == ["no_channel", ""]
    assert sms.taken == {}


def test_a_channel_keeps_its_rate(sms):
    heads.channels_are(Channel("gateway", "sms", sms.url, per_s=10, at_once=8))
    heads.people(15)
    start(LIAISON, site=SITE)
    turn_until(lambda: states() == {"sent": 15})
    assert max(sms.times) - min(sms.times) > 0.4, "ten at once at most, the others a tenth of a second each"


def test_a_bucket_holds_a_second_and_no_more():
    rate = Rate(50.0, left=0.0)
    rate.at_s -= 3600
    assert rate.take(1000) == 50
    assert rate.take(1000) <= 1


def test_messages_to_people_say_only_what_was_registered():
    with pytest.raises(BadInput):
        channels.send(LIAISON, [heads.people(1)[0].pk], site=SITE, what="convoy leaves at nine")
    from safeconduct.people.channels.messages import register

    for text in ("You travel with {name}.", "To {0}"):
        with pytest.raises(ValueError, match="placeholder"):
            register("anything", text)


def test_the_persons_own_page_comes_first_for_whom_has_one(sms):
    roster.with_account(heads.people(1)[0], "person")
    start(LIAISON, site=SITE)
    assert [(one.channel, one.state) for one in heads.deliveries()] == [("app", "sent")]


def test_a_person_who_left_is_told_nothing(sms):
    row = heads.people(1)[0]
    person_acts.leave(roster.MANAGER, row.pk)
    assert channels.send(LIAISON, [row.pk], site=SITE, what="test") is None
    assert heads.deliveries() == []


def test_rungs_stand_in_the_order_of_the_channels():
    contacts = [{"channel": "mail", "address": "a@example.org"}, {"channel": "sms", "address": "+999001"}]
    ladder = rungs([heads.SMS, heads.MAIL], contacts, True, 60.0)
    assert [one.name for one in ladder] == ["app", "gateway", "mail", "visit"]
    assert next_after("gateway", ladder, ["gateway", "mail"]).name == "mail"
    assert next_after("mail", ladder, ["gateway", "mail"]).name == "visit"
    assert next_after("visit", ladder, ["gateway", "mail"]) is None
    assert next_after("gone", ladder, ["gateway", "mail"]).name == "app"


def test_retries_wait_longer_each_time_and_never_over_five_minutes():
    at = instant.now()
    waits = [(retry_at(attempts, at) - at).total_seconds() for attempts in range(1, 12)]
    assert waits[:4] == [5, 10, 20, 40] and max(waits) == 300 and waits == sorted(waits)


@pytest.mark.parametrize("address", ["+1&:id=forged", "a b", "x/../admin", "?to=other", "{id}", "é"])
def test_an_address_stays_in_its_place(sms, address):
    channel = replace(heads.SMS, url=sms.url)
    assert apprise_gateway.send(channel, address, "the-id", "Hello.") == ("sent", "")
    assert [(one["to"], one["id"]) for one in sms.taken.values()] == [(address, "the-id")]


def test_what_goes_wrong_in_a_service_is_told_in_a_word_without_its_secrets(caplog):
    channel = Channel("x", "sms", "json://user:hunter2@127.0.0.1:9/{to}?:id={id}")
    assert apprise_gateway.send(channel, "+1", "1", "Hello.") == ("retry", "not_taken")
    assert "hunter2" not in caplog.text
    bad = Channel("x", "sms", "nosuch://user:hunter2@host/{to}")
    assert apprise_gateway.send(bad, "+1", "1", "Hello.") == ("failed", "bad_url")
    with pytest.raises(BadInput) as refused:
        apprise_gateway.check(bad)
    assert "hunter2" not in str(refused.value)
