"""`safeconduct web`: what an administrator needs to know of the pages."""

from __future__ import annotations

import argparse
from typing import Any

from safeconduct.node.commands import node_argument


def register(rooms: Any) -> None:
    """Add `web` to the command line."""
    verbs = rooms.add_parser("web", help="the pages: the token of their metrics").add_subparsers(
        metavar="VERB", required=True
    )
    token = verbs.add_parser("metrics-token", help="print the bearer token that /metrics wants")
    node_argument(token)
    token.set_defaults(run=_token)


def _token(args: argparse.Namespace) -> int:
    from safeconduct.node import open_node

    open_node(args.node)
    from safeconduct.web.metrics import token

    print(token())
    return 0
