"""Ten thousand people asked and counted, beside the same done one person at a time.

    python -m benchmarks.headcount [--people N]

Start: one act asks everyone and queues their messages; the peer queues one message an act. Notes: what a sender tells
of messages, 200 an act as the sender does. Answers: one act each as by link, 50 an act as by a warden, 100 a callback
as by a gateway; the peer counts every row again after each answer, as a page without kept counts would have to. Page:
the whole page of the headcount, its 50 people and their looks included; the peer adds the counting. Times are
seconds of the processor (`time.process_time`), so that a busy machine tells the same; the disk comes on top.
"""

from __future__ import annotations

import argparse
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from safeconduct.node.making import make_node, prepare_database, sample

ZONES = 40
SITE = "marjan"


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--people", type=int, default=10_000)
    count = options.parse_args().people
    with tempfile.TemporaryDirectory() as home:
        path = Path(home) / "node"
        make_node(path, sample("joint-security"), {"name": "Benchmark", "hosts": ["testserver"]}, sign_for_all=True)
        from safeconduct.node import open_node

        open_node(path)
        prepare_database()
        measure(count)


def timed(do: Callable[[], object]) -> float:
    """Seconds of this process's own work: others on the machine do not count, nor does waiting for the disk."""
    began = time.process_time()
    do()
    return time.process_time() - began


def measure(count: int) -> None:
    from safeconduct import node
    from safeconduct.people.channels import acts as channels
    from safeconduct.people.channels.channel_file import Channels, keep
    from safeconduct.people.channels.ladder import Channel
    from safeconduct.people.headcounts.acts import start
    from safeconduct.people.models import Delivery, HeadcountAnswer
    from safeconduct.store.guard import passage
    from safeconduct.terms.party import Grant, Principal

    liaison = Principal("liaison", "partner", (Grant("partner.liaison_officer"),))
    clock = node.current().system("node.clock")
    keep(node.current().path, Channels((Channel("gateway", "sms", "json://127.0.0.1:9/{to}?:id={id}"),)))
    people = roster(count)

    ours = timed(lambda: start(liaison, site=SITE, reason="Smoke."))
    few = people[: min(300, count)]
    peer = timed(lambda: [channels.send(liaison, [one], site=SITE, what="test") for one in few]) / len(few) * count
    print(f"start, {count:,} people: {ours:.2f} s; one act a person: {peer:.1f} s; ratio {peer / ours:.0f}")

    with passage("release"):
        messages = [str(ref) for ref in Delivery.objects.filter(about__isnull=False).values_list("pk", flat=True)]
        refs = list(HeadcountAnswer.objects.order_by("pk").values_list("pk", flat=True))
    for state in ("sent", "delivered"):
        batches = [messages[at : at + 200] for at in range(0, len(messages), 200)]
        taken = timed(lambda: [channels.note(clock, [{"id": one, "state": state} for one in some]) for some in batches])  # noqa: B023
        print(f"notes of {state}: {len(messages) / taken:,.0f} a second")
    answers(liaison, refs, messages)
    page(count)


def roster(count: int) -> list[Any]:
    """`count` people in ZONES zones, written at once: entering them is not what is measured."""
    from safeconduct import node
    from safeconduct.accord.accord import Accord
    from safeconduct.people import persons
    from safeconduct.people.models import Person, Zone
    from safeconduct.store.guard import passage
    from safeconduct.store.labels import intern

    accord: Accord = node.current().accord
    with passage("act"):
        label, of_zone = (intern(accord.marking(one, "partner", SITE)) for one in ("person", "zone"))
        zones = [Zone(label_id=of_zone, site=SITE, name=f"Zone {number}") for number in range(ZONES)]
        Zone.objects.bulk_create(zones)
        made = [
            Person(
                label_id=label,
                party="partner",
                site=SITE,
                reference=f"L-{number:05d}",
                name=f"Person {number}",
                folded=f" person {number}",
                kind="protected",
                zone=zones[number % ZONES],
                contacts=[{"channel": "sms", "address": f"+999{number:08d}"}],
                salt=persons.new_salt(),
            )
            for number in range(count)
        ]
        Person.objects.bulk_create(made, batch_size=500)
    return [one.pk for one in made]


def answers(liaison: Any, refs: list[Any], messages: list[str]) -> None:
    from django.db.models import Count

    from safeconduct import node
    from safeconduct.people.enrolment_acts import stand_in
    from safeconduct.people.headcounts.acts import answer, answer_for
    from safeconduct.people.headcounts.replies import take
    from safeconduct.people.models import HeadcountAnswer
    from safeconduct.store.guard import passage

    with passage("release"):
        names = dict(HeadcountAnswer.objects.values_list("pk", "person__reference"))
    each = min(500, len(refs) // 8)

    def say(ref: Any) -> None:
        person = stand_in(node.current().accord, f"person {names[ref]}", "partner")
        answer(person, [ref], site=SITE, says="safe", way="link")

    def recount(ref: Any) -> None:
        say(ref)
        with passage("release"):
            list(HeadcountAnswer.objects.values("zone", "state").annotate(count=Count("pk")).order_by())

    links = each / timed(lambda: [say(one) for one in refs[:each]])
    naive = each / timed(lambda: [recount(one) for one in refs[each : 2 * each]])
    print(
        f"answers, one act each: {links:,.0f} a second; counting every row each time: {naive:,.0f}; "
        f"ratio {links / naive:.1f}"
    )
    many = refs[2 * each : 4 * each]
    batches = [many[at : at + 50] for at in range(0, len(many), 50)]
    taken = timed(lambda: [answer_for(liaison, some, site=SITE, says="safe") for some in batches])
    print(f"answers, 50 an act: {len(many) / taken:,.0f} a second")
    by_sms = messages[-2 * each :]
    replies = [{"from": "", "text": "1", "id": one} for one in by_sms]
    parts = [replies[at : at + 100] for at in range(0, len(replies), 100)]
    taken = timed(lambda: [take("gateway", some) for some in parts])
    print(f"answers, 100 replies a callback: {len(by_sms) / taken:,.0f} a second")


def page(count: int) -> None:
    from datetime import timedelta

    from django.db.models import Count
    from django.test import Client

    from safeconduct.people.acts import appoint
    from safeconduct.people.founding import appointing_principal
    from safeconduct.people.models import Headcount, HeadcountAnswer, User
    from safeconduct.store.guard import passage
    from safeconduct.terms import instant

    user = User.objects.create(username="liaison", party="partner")
    begin = instant.now() - timedelta(minutes=1)
    appoint(appointing_principal("partner"), site="", user="liaison", role="partner.liaison_officer", begin=begin)
    client = Client()
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    with passage("release"):
        ref = Headcount.objects.values_list("pk", flat=True).first()

    def load() -> None:
        assert client.get(f"/headcounts/{ref}/?show=waiting").status_code == 200

    def loaded_and_counted() -> None:
        load()
        with passage("release"):
            list(HeadcountAnswer.objects.values("zone", "state").annotate(count=Count("pk")).order_by())

    load()
    ours = statistics.median(timed(load) for _ in range(20))
    peer = statistics.median(timed(loaded_and_counted) for _ in range(20))
    print(
        f"page of {count:,} people: {ours * 1000:.0f} ms; counting every row: {peer * 1000:.0f} ms; "
        f"ratio {peer / ours:.1f}"
    )


if __name__ == "__main__":
    main()
