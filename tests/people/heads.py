"""Headcounts for tests: a roster in zones, a channel, and the node as its own sender."""

from __future__ import annotations

import uuid
from pathlib import Path
from typing import Any

from tests.people import roster

from safeconduct import node
from safeconduct.people import person_acts
from safeconduct.people.channels import acts as channels
from safeconduct.people.channels.channel_file import Channels, file_of, keep
from safeconduct.people.channels.ladder import Channel
from safeconduct.people.models import Delivery, Headcount, HeadcountAnswer, Person, Whereabouts, Zone
from safeconduct.store.guard import passage

SMS = Channel("gateway", "sms", "json://127.0.0.1:9/send?:to={to}&:id={id}", secret="a shared secret", wait_s=180.0)
MAIL = Channel("mail", "mail", "mailto://127.0.0.1:9?to={to}", wait_s=600.0)


def clock():
    return node.current().system("node.clock")


def channels_are(*them: Channel, **more: Any) -> None:
    keep(node.current().path, Channels(them, **({"public_url": "https://node.example"} | more)))


def no_channels() -> None:
    file_of(Path(node.current().path)).unlink(missing_ok=True)


def phone(number: int) -> list[dict[str, str]]:
    return [{"channel": "sms", "address": f"+99900{number:06d}"}]


def people(
    count: int, *, site: str = roster.SITE, first: int = 1, zone: Zone | None = None, **given: Any
) -> list[Person]:
    return [
        roster.register(
            f"L-{number:04d}",
            f"Person {number}",
            site=site,
            zone=zone.pk if zone else None,
            contacts=phone(number),
            **given,
        )
        for number in range(first, first + count)
    ]


def zone(name: str = "North", site: str = roster.SITE, warden: Person | None = None) -> Zone:
    return person_acts.make_zone(roster.MANAGER, site=site, name=name, warden=str(warden.pk) if warden else None)


def answers(headcount: uuid.UUID | None = None) -> list[HeadcountAnswer]:
    with passage("release"):
        rows = HeadcountAnswer.objects.select_related("person").order_by("person__reference")
        return list(rows.filter(headcount=headcount) if headcount else rows)


def answer_of(person: Person) -> HeadcountAnswer:
    return next(one for one in answers() if one.person_id == person.pk)


def deliveries() -> list[Delivery]:
    with passage("release"):
        return list(Delivery.objects.order_by("queued_at", "id"))


def headcounts() -> list[Headcount]:
    with passage("release"):
        return list(Headcount.objects.order_by("site"))


def facts(person: Person) -> list[Whereabouts]:
    with passage("release"):
        return list(Whereabouts.objects.filter(person=person).order_by("logged_at", "id"))


def told(state: str, *messages: Delivery, **more: Any) -> None:
    channels.note(clock(), [{"id": str(one.pk), "state": state, **more} for one in messages])
