"""`safeconduct node`: make a node and its users. `safeconduct up`, `web`, `clock`: run it."""

from __future__ import annotations

import argparse
import getpass
import os
import sys
from pathlib import Path
from typing import Any


def node_argument(parser: argparse.ArgumentParser) -> None:
    """The option that names the node's directory, the same for every command."""
    parser.add_argument(
        "--node",
        type=Path,
        default=os.environ.get("SAFECONDUCT_NODE"),
        required="SAFECONDUCT_NODE" not in os.environ,
        help="the node's directory (default: $SAFECONDUCT_NODE)",
    )


def register(rooms: Any) -> None:
    """Add `node` and the processes to the command line."""
    verbs = rooms.add_parser("node", help="make a node and its users").add_subparsers(metavar="VERB", required=True)
    init = verbs.add_parser("init", help="make a node in a new directory")
    init.add_argument("directory", type=Path)
    init.add_argument("--accord", required=True, help="a signed accord's directory, or the name of a sample")
    init.add_argument("--name", default="Safeconduct node", help="shown in the page head")
    init.add_argument("--origin", default="safeconduct.example/node", help="origin of the record, a schema-less URL")
    init.add_argument("--database", default="sqlite", help="sqlite, or a PostgreSQL URL")
    init.add_argument(
        "--sign-for-all", action="store_true", help="make a key for each party and sign with it: for trials only"
    )
    init.set_defaults(run=_init)
    user = verbs.add_parser("user", help="add a user and appoint them; asks for the password")
    node_argument(user)
    user.add_argument("name")
    user.add_argument("--party", required=True)
    user.add_argument("--role", action="append", default=[], required=True, help="may be given more than once")
    user.add_argument("--area", default="", help="a site's id; anywhere if not given")
    user.set_defaults(run=_user)
    enact = verbs.add_parser("enact", help="put a version of the accord in force; asks for the user's password")
    node_argument(enact)
    enact.add_argument("directory", type=Path, help="the next version, signed by every party")
    enact.add_argument("--user", required=True, help="who puts it in force; the accord decides whether they may")
    enact.set_defaults(run=_enact)
    check = verbs.add_parser("check", help="check settings, accord, keys and record of a node")
    node_argument(check)
    check.set_defaults(run=_check)
    _processes(rooms)


def _processes(rooms: Any) -> None:
    for name, text, run in (
        ("up", "start web, watch and clock of a node, until Ctrl-C", _up),
        ("clock", "run the clock of a node alone: reactions, expiry", _clock),
    ):
        process = rooms.add_parser(name, help=text)
        node_argument(process)
        process.set_defaults(run=run)


def _init(args: argparse.Namespace) -> int:
    from safeconduct.node import open_node
    from safeconduct.node.making import make_node, prepare_database, sample

    accord = Path(args.accord)
    settings = {"name": args.name, "origin": args.origin, "database": args.database}
    make_node(
        args.directory,
        accord if accord.is_dir() else sample(args.accord),
        settings,
        sign_for_all=args.sign_for_all,
    )
    open_node(args.directory)
    prepare_database()
    print(args.directory)
    return 0


def _user(args: argparse.Namespace) -> int:
    from safeconduct.node import open_node
    from safeconduct.node.making import FirstUser, found_users, prepare_database

    open_node(args.node)
    prepare_database()
    found_users((FirstUser(args.name, password_of(args.name), args.party, tuple(args.role), args.area),))
    return 0


def _enact(args: argparse.Namespace) -> int:
    from safeconduct.node import current, open_node
    from safeconduct.node.making import prepare_database

    open_node(args.node)
    prepare_database()
    from safeconduct.council.acts import enact  # its tables need an opened node
    from safeconduct.people.standing import principal_by_password

    principal = principal_by_password(args.user, password_of(args.user))
    enact(principal, directory=args.directory)
    print(current().accord.digest)
    return 0


def password_of(user: str) -> str:
    """The password of `user`: asked for at a terminal, else the next line of standard input."""
    if sys.stdin.isatty():
        return getpass.getpass(f"Password for {user}: ")
    return sys.stdin.readline().rstrip("\n")


def _check(args: argparse.Namespace) -> int:
    from safeconduct.node import open_node

    opened = open_node(args.node)
    print(f"settings {len(opened.settings)} keys")
    print(f"accord {opened.accord.id} version {opened.accord.version} in force, digest {opened.accord.digest}")
    print(f"key {opened.key.vkey}")
    return 0


def _up(args: argparse.Namespace) -> int:
    from safeconduct.node import open_node
    from safeconduct.node.making import prepare_database
    from safeconduct.node.processes import run_node

    opened = open_node(args.node)
    prepare_database()
    print(f"http://{opened.settings['address']}:{opened.settings['port']}/", file=sys.stderr)
    return run_node(opened.path)


def _clock(args: argparse.Namespace) -> int:
    from safeconduct.node import open_node

    open_node(args.node)
    from safeconduct.clock import run  # its tables need an opened node

    run()
    return 0
