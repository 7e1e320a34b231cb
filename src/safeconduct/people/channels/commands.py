"""`safeconduct channels`: the ways by which people are reached, in the order in which they are tried."""

from __future__ import annotations

import argparse
import getpass
import json
import secrets
import sys
from typing import Any

from safeconduct.node.commands import node_argument
from safeconduct.terms.errors import BadInput, Fault

YES, NO = 0, 1


def register(rooms: Any) -> None:
    """Add `channels` to the command line."""
    verbs = rooms.add_parser("channels", help="ways to reach people").add_subparsers(metavar="VERB", required=True)
    listing = verbs.add_parser("list", help="channels in the order in which they are tried, and what waits in each")
    node_argument(listing)
    listing.add_argument("--json", action="store_true", help="as JSON")
    listing.set_defaults(run=_list)
    add = verbs.add_parser(
        "add", help="add a channel, or change it; asks for its Apprise URL, or takes the next line of standard input"
    )
    node_argument(add)
    add.add_argument("name")
    add.add_argument("--kind", required=True, help="which contact it goes to: sms, mail, chat, voice or radio")
    add.add_argument("--per-s", type=float, default=5.0, help="messages a second at most (default 5)")
    add.add_argument("--wait-s", type=float, default=180.0, help="how long it waits for an answer (default 180)")
    add.add_argument("--tries", type=int, default=5, help="how often a sending that fails is tried (default 5)")
    add.add_argument("--at-once", type=int, default=4, help="how many are sent at a time (default 4)")
    add.add_argument("--callback", action="store_true", help="make a secret for its receipts and replies; printed once")
    add.add_argument("--test-to", default="", help="the address of nobody on the list that tests go to")
    add.set_defaults(run=_add)
    test = verbs.add_parser("test", help="send a test to the channel's test address: never to anyone on the list")
    node_argument(test)
    test.add_argument("name")
    test.add_argument("--to", default="", help="another address than the channel's own test address")
    test.add_argument("--language", default="", help="en, zh-hans or ur; the node's own by default")
    test.set_defaults(run=_test)
    remove = verbs.add_parser("remove", help="take a channel away; what waits in it climbs to the next")
    node_argument(remove)
    remove.add_argument("name")
    remove.set_defaults(run=_remove)
    reach = verbs.add_parser("reach", help="the URL by which people on the road reach this node; links begin with it")
    node_argument(reach)
    reach.add_argument("url")
    reach.set_defaults(run=_reach)


def _list(args: argparse.Namespace) -> int:
    from safeconduct.node import open_node

    node = open_node(args.node)
    from safeconduct.people.channels.channel_file import read_channels
    from safeconduct.people.channels.due import waiting
    from safeconduct.people.channels.ladder import settings_of

    channels = read_channels(node.path)
    counts = waiting()
    found = [settings_of(one) | {"messages": counts.get(one.name, {})} for one in channels.channels]
    if args.json:
        print(json.dumps({"public_url": channels.public_url, "channels": found}, ensure_ascii=False))
        return YES
    print(f"links begin with {channels.public_url or 'nothing: `channels reach` sets it'}")
    for one in found:
        messages = ", ".join(f"{count:,} {state}" for state, count in sorted(one["messages"].items())) or "none"
        calls = "calls back" if one["calls_back"] else "tells nothing back"
        rate = f"{one['per_s']:g}/s, waits {one['wait_s']:g} s, {one['tries']} tries"
        print(f"{one['name']}  {one['kind']} by {one['service']}  {rate}  {calls}  messages: {messages}")
    return YES


def _add(args: argparse.Namespace) -> int:
    from safeconduct.node import open_node

    node = open_node(args.node)
    from safeconduct.people.channels.channel_file import keep, read_channels, with_channel
    from safeconduct.people.channels.gateway import check
    from safeconduct.people.channels.ladder import Channel

    secret = secrets.token_urlsafe(32) if args.callback else ""
    channel = Channel(
        name=args.name,
        kind=args.kind,
        url=_url(),
        per_s=args.per_s,
        wait_s=args.wait_s,
        tries=args.tries,
        at_once=args.at_once,
        secret=secret,
        test_to=args.test_to,
    )
    channels = with_channel(read_channels(node.path), channel)
    check(channel)
    keep(node.path, channels)
    if secret:
        print(f"receipts /api/channels/{args.name}/receipts")
        print(f"replies /api/channels/{args.name}/replies")
        print(f"secret {secret}")
    print(f"{args.name} is number {channels.order.index(args.name) + 1} of the ladder", file=sys.stderr)
    return YES


def _url() -> str:
    """The Apprise URL: never an argument, which other users of the machine would see."""
    if sys.stdin.isatty():
        return getpass.getpass("Apprise URL, with {to} for the address and {id} for the message's id: ").strip()
    return sys.stdin.readline().strip()


def _test(args: argparse.Namespace) -> int:
    from safeconduct.node import open_node

    node = open_node(args.node)
    from safeconduct.people.channels import gateway
    from safeconduct.people.channels.channel_file import read_channels
    from safeconduct.people.channels.due import is_on_list
    from safeconduct.people.channels.messages import text_of
    from safeconduct.terms.ids import new_id

    channel = read_channels(node.path).named(args.name)
    to = args.to or channel.test_to
    if not to:
        raise BadInput("test", [Fault("to", "nothing", "--to, or a channel with --test-to")])
    if is_on_list(to):
        raise BadInput("test", [Fault("to", "an address of someone on the list", "an address of nobody on the list")])
    state, why = gateway.send(channel, to, str(new_id()), text_of("test", args.language))
    if state == gateway.SENT:
        print("sent")
        return YES
    print(f"not sent: {why}")
    return NO


def _remove(args: argparse.Namespace) -> int:
    from safeconduct.node import open_node

    node = open_node(args.node)
    from safeconduct.people.channels.channel_file import keep, read_channels, without_channel

    keep(node.path, without_channel(read_channels(node.path), args.name))
    return YES


def _reach(args: argparse.Namespace) -> int:
    from dataclasses import replace

    from safeconduct.node import open_node

    node = open_node(args.node)
    from safeconduct.people.channels.channel_file import keep, read_channels

    if not args.url.startswith(("https://", "http://")):
        raise BadInput("channels", [Fault("url", args.url, "http:// or https:// and a host")])
    keep(node.path, replace(read_channels(node.path), public_url=args.url))
    return YES
