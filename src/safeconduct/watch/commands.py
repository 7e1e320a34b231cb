"""`safeconduct watch`: the live process, and what is done with its archive."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from safeconduct.node.commands import node_argument


def register(rooms: Any) -> None:
    """Add `watch` to the command line."""
    verbs = rooms.add_parser("watch", help="watch places for vehicles that wait").add_subparsers(
        metavar="VERB", required=True
    )
    run = verbs.add_parser("run", help="the live watch: takes observations, raises alerts, until SIGTERM")
    node_argument(run)
    run.add_argument("--file", type=Path, action="append", default=[], help="put a copy of this file in the inbox")
    run.set_defaults(run=_run)
    prune = verbs.add_parser("prune", help="delete days of the archive that are over their retention")
    node_argument(prune)
    prune.add_argument("--keep-days", type=int, required=True, help="days to keep, today included")
    prune.set_defaults(run=_prune)


def _run(args: argparse.Namespace) -> int:
    from safeconduct.node import open_node

    node = open_node(args.node)
    from safeconduct.watch.feeds.inbox import drop
    from safeconduct.watch.process import run

    for file in args.file:
        drop(file, node.path / "inbox")
    return run(node)


def _prune(args: argparse.Namespace) -> int:
    from datetime import timedelta

    from safeconduct.node import open_node
    from safeconduct.terms import instant
    from safeconduct.watch.archive import prune

    node = open_node(args.node)
    first_kept = (instant.now() - timedelta(days=max(0, args.keep_days - 1))).date()
    print(f"{prune(node.archive, first_kept)} files deleted, all of days before {first_kept.isoformat()}")
    return 0
