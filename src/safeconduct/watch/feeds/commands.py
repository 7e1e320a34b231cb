"""`safeconduct feeds`: which feeds there are and how they are, trying one, and opening one."""

from __future__ import annotations

import argparse
import getpass
import json
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from safeconduct.node.commands import node_argument, password_of
from safeconduct.terms.errors import BadInput, Fault, shown

YES, NO, UNCLEAR = 0, 1, 3


def register(rooms: Any) -> None:
    """Add `feeds` to the command line."""
    verbs = rooms.add_parser("feeds", help="feeds of observations").add_subparsers(metavar="VERB", required=True)
    listing = verbs.add_parser("list", help="open feeds: kind, state, when last heard, rows, what was refused and why")
    node_argument(listing)
    listing.add_argument("--user", help="as this user sees them, after their password; by default as the watch does")
    listing.add_argument("--kinds", action="store_true", help="the kinds of feeds with their settings instead")
    listing.add_argument("--json", action="store_true", help="as JSON")
    listing.set_defaults(run=_list)
    test = verbs.add_parser("test", help="connect for a while and tell what comes; nothing is kept or acknowledged")
    node_argument(test)
    test.add_argument("name", nargs="?", help="an open feed; or none, with --kind")
    _source_arguments(test)
    test.add_argument("--seconds", type=float, default=10.0, help="for how long (default 10)")
    test.add_argument("--json", action="store_true", help="as JSON")
    test.set_defaults(run=_test)
    add = verbs.add_parser("add", help="open a feed as a user; asks for the user's password, then for each --secret")
    node_argument(add)
    add.add_argument("name")
    add.add_argument("--user", required=True, help="who opens it; the accord decides whether they may")
    add.add_argument("--sensor", default="", help="ids of the sensors that it may report for, by commas; any if none")
    _source_arguments(add)
    add.set_defaults(run=_add)
    renew = verbs.add_parser("secrets", help="give a feed its secrets anew, for the peer that it goes out to now")
    node_argument(renew)
    renew.add_argument("name")
    _secret_argument(renew)
    renew.set_defaults(run=_renew)


def _source_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--kind", default="http", help="the kind of feed (default http); `feeds list --kinds` has all")
    parser.add_argument(
        "--set", action="append", default=[], metavar="NAME=VALUE", help="a setting of the kind; may be given often"
    )
    _secret_argument(parser)


def _secret_argument(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--secret",
        action="append",
        default=[],
        metavar="NAME[=FILE]",
        help="a secret of the kind: the first line of FILE, or asked for, or the next line of standard input",
    )


def _list(args: argparse.Namespace) -> int:
    from safeconduct.watch.feeds.kinds import KINDS

    if args.kinds:
        for kind in KINDS.values():
            print(f"{kind.name}: {kind.summary}")
            for one in kind.settings:
                default = "required" if one.default is None else f"default {json.dumps(_plain(one.default))}"
                print(f"  {one.name} ({_TYPES[one.type]}, {default}): {one.help}")
            for one in kind.secrets:
                print(f"  {one.name} (secret): {one.help}")
        return YES
    found = [_told(feed) for feed in _feeds(args)]
    if args.json:
        print(json.dumps(found, ensure_ascii=False, default=str))
        return YES
    for feed in found:
        refused = ", ".join(f"{count:,} {why}" for why, count in sorted(feed["refused"].items())) or "nothing"
        seen = feed["seen_at"] or "never"
        heard = f"heard {seen}  {feed['rows']:,} rows  refused {refused}"
        print(f"{feed['name']}  {feed['kind']}  {feed['state']}  {heard}")
    return YES


_TYPES = {str: "text", int: "whole number", float: "number", bool: "true or false", dict: "JSON object of texts"}


def _plain(value: object) -> object:
    return dict(value) if isinstance(value, Mapping) else value


def _feeds(args: argparse.Namespace) -> Sequence[Any]:
    from safeconduct.node import open_node

    node = open_node(args.node)
    from safeconduct.people.standing import principal_by_password
    from safeconduct.watch.queries import feeds

    user = getattr(args, "user", None)
    return feeds(principal_by_password(user, password_of(user)) if user else node.system("node.watch"))


def _told(feed: Mapping[str, Any]) -> dict[str, Any]:
    """What its reader is told of a feed; the rest stands empty."""
    from safeconduct.terms import instant

    empty: dict[str, Any] = {"name": "?", "kind": "?", "state": "?", "rows": 0, "refused": {}, "sensor": ""}
    empty["settings"] = {}
    told = {name: feed.get(name, value) for name, value in empty.items()}
    seen = feed.get("seen_at")
    return told | {"seen_at": instant.iso(seen) if seen else None}


def _test(args: argparse.Namespace) -> int:
    import asyncio

    from safeconduct.node import open_node

    node = open_node(args.node)
    from safeconduct.sites.queries import watched_places
    from safeconduct.watch.feeds.kinds import kind_of
    from safeconduct.watch.feeds.probing import probe
    from safeconduct.watch.feeds.secrets import read_secrets, secrets_of

    watch = node.system("node.watch")
    if args.name:
        found = _open_feed(args)
        kind, settings = kind_of(found["kind"]), found["settings"]
        secrets = secrets_of(read_secrets(node.path), args.name, settings)
    else:
        kind = kind_of(args.kind)
        settings, secrets = kind.checked(_settings(args.kind, args.set)), _secrets(args.kind, args.secret)
    if not kind.connects:
        print(f"a feed of kind {kind.name} is posted to {_url(node.settings, kind.path)}", file=sys.stderr)
        return UNCLEAR
    places = watched_places(watch)
    source = _source(args.name or "", settings, secrets, places)
    try:
        ahead_ms = int(node.settings["feed_ahead_s"] * 1000)
        result = asyncio.run(probe(kind.connection(source), args.seconds, ahead_ms))
    except OSError as error:
        print(f"unreachable: {error or type(error).__name__}", file=sys.stderr)
        return NO
    _show(result, places, args)
    if result.rows:
        return YES
    return NO if result.refused else UNCLEAR


def _source(name: str, settings: Mapping[str, Any], secrets: Mapping[str, str], places: Any) -> Any:
    import secrets as random

    from safeconduct.watch.feeds.connection import Source

    calibrations = {one.sensor: one.calibration for one in places.sensors if one.calibration}
    identity = f"test-{random.token_hex(8)}"
    return Source(name, settings, secrets, frozenset(), lambda: calibrations, identity=identity, probing=True)


def _show(result: Any, places: Any, args: argparse.Namespace) -> None:
    from safeconduct.terms import instant
    from safeconduct.watch.feeds.probing import whereabouts

    first = [
        {
            "time": instant.iso(row["time"]),
            **{name: row[name] for name in ("sensor", "track", "kind")},
            **{name: round(row[name], 7) for name in ("lon", "lat")},
            "lies": whereabouts(places, row["lon"], row["lat"]),
        }
        for row in result.first
    ]
    if args.json:
        told = {"rows": result.rows, "refused": result.refused, "faults": [str(one) for one in result.faults]}
        told |= {"sensors": result.sensors, "off": sorted(result.lost_sensors), "first": first}
        print(json.dumps(told, ensure_ascii=False))
        return
    refused = ", ".join(f"{count:,} {why}" for why, count in sorted(result.refused.items())) or "nothing"
    print(f"{result.rows:,} rows in {args.seconds:g} s, refused {refused}")
    for sensor, count in result.sensors.most_common(10):
        print(f"  sensor {sensor}: {count:,} rows")
    for sensor in sorted(result.lost_sensors):
        print(f"  sensor {sensor}: off")
    for fault in result.faults:
        print(f"  {fault}")
    for row in first:
        print("  {time} {sensor}/{track} {kind} at {lon}, {lat}: {lies}".format(**row))


def _add(args: argparse.Namespace) -> int:
    from safeconduct.node import open_node
    from safeconduct.node.making import prepare_database

    node = open_node(args.node)
    prepare_database()
    from safeconduct.people.acts import issue_token
    from safeconduct.people.standing import principal_by_password
    from safeconduct.watch.acts import open_feed
    from safeconduct.watch.feeds.kinds import kind_of
    from safeconduct.watch.feeds.secrets import keep_secrets

    kind = kind_of(args.kind)
    settings = kind.checked(_settings(args.kind, args.set))
    principal = principal_by_password(args.user, password_of(args.user))
    secrets = _secrets(args.kind, args.secret)
    open_feed(principal, name=args.name, sensor=args.sensor, kind=args.kind, settings=settings)
    keep_secrets(node.path, args.name, secrets, settings)
    if kind.path:
        print(f"url {_url(node.settings, kind.path)}")
        print(f"token {issue_token(principal, name=args.name, purpose='feed').clear}")
    else:
        print(f"opened {args.name}; the watch connects within seconds", file=sys.stderr)
    return YES


def _url(settings: Mapping[str, Any], path: str) -> str:
    return f"http://{settings['address']}:{settings['ingest_port']}{path}"


def _settings(kind: str, given: Sequence[str]) -> dict[str, Any]:
    """Settings of `kind` from NAME=VALUE, each read as its type; what is none is left for `checked` to name."""
    from safeconduct.watch.feeds.kinds import kind_of

    types = {one.name: one.type for one in kind_of(kind).settings}
    found: dict[str, Any] = {}
    for one in given:
        name, equals, text = one.partition("=")
        if not equals:
            raise BadInput("feed", [Fault("--set", shown(one), "NAME=VALUE")])
        found[name] = text if types.get(name, str) is str else _value(text)
    return found


def _value(text: str) -> object:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return text


def _renew(args: argparse.Namespace) -> int:
    from safeconduct.node import open_node

    node = open_node(args.node)
    from safeconduct.watch.feeds.secrets import keep_secrets

    found = _open_feed(args)
    keep_secrets(node.path, args.name, _secrets(found["kind"], args.secret), found["settings"])
    return YES


def _open_feed(args: argparse.Namespace) -> dict[str, Any]:
    """The open feed `args.name`, as the watch is told of it. Raises NotFound."""
    from safeconduct.terms.errors import NotFound

    found = next((_told(one) for one in _feeds(args) if one["name"] == args.name), None)
    if found is None:
        raise NotFound("feed", args.name)
    return found


def _secrets(kind: str, given: Sequence[str]) -> dict[str, str]:
    """The secrets that were asked for. Raises BadInput for one that the kind does not take, or a file that is none."""
    from safeconduct.watch.feeds.kinds import kind_of

    known = [one.name for one in kind_of(kind).secrets]
    found: dict[str, str] = {}
    for one in given:
        name, equals, file = one.partition("=")
        if name not in known:
            raise BadInput("feed", [Fault("--secret", shown(name), "one of " + (", ".join(known) or "none"))])
        found[name] = _line_of(Path(file)) if equals else _asked(name)
    return found


def _line_of(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8").partition("\n")[0].rstrip("\r")
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or "no UTF-8"
        raise BadInput(str(file), [Fault("file", reason, "a file whose first line is the secret")]) from None


def _asked(name: str) -> str:
    if sys.stdin.isatty():
        return getpass.getpass(f"{name}: ")
    return sys.stdin.readline().rstrip("\n")
