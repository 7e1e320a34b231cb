"""A node for tests that count heads, made in a process of its own: `python -m tests.kill.counting NODE make …`."""

from __future__ import annotations

import json
import sys
from pathlib import Path

SITE = "marjan"


def make(path: Path, people: int, zones: int, url: str, secret: str) -> None:
    """A roster of `people` in `zones`, a channel to `url`, and users who may start a headcount."""
    from datetime import timedelta

    from benchmarks import headcount
    from safeconduct.people.acts import appoint
    from safeconduct.people.channels.channel_file import Channels, keep
    from safeconduct.people.channels.ladder import Channel
    from safeconduct.people.founding import appointing_principal
    from safeconduct.people.models import User
    from safeconduct.terms import instant

    headcount.ZONES = zones
    headcount.roster(people)
    gateway = Channel("gateway", "sms", url, per_s=1000, at_once=8, secret=secret)
    keep(path, Channels((gateway,), public_url="https://node.example"))
    begin = instant.now() - timedelta(minutes=1)
    for name, party, role in (
        ("liaison", "partner", "partner.liaison_officer"),
        ("commander", "host", "host.commander"),
    ):
        User.objects.create_user(username=name, password="a long password", party=party)
        appoint(appointing_principal(party), site="", user=name, role=role, begin=begin)


def start() -> None:
    from safeconduct.people.headcounts.acts import start
    from safeconduct.terms.party import Grant, Principal

    start(Principal("liaison", "partner", (Grant("partner.liaison_officer"),)), site=SITE, reason="Smoke.")


def main() -> None:
    path, what, *rest = sys.argv[1:]
    from safeconduct.node import open_node
    from safeconduct.node.making import prepare_database

    open_node(Path(path))
    if what == "make":
        prepare_database()
        given = json.loads(rest[0])
        make(Path(path), given["people"], given["zones"], given["url"], given["secret"])
    if "start" in (what, *rest[1:]):
        start()


if __name__ == "__main__":
    main()
