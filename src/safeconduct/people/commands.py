"""`safeconduct people`: a roster from a file, tried or taken in."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import Any

from safeconduct.node.commands import node_argument, password_of

YES, NO = 0, 1


def register(rooms: Any) -> None:
    """Add `people` to the command line."""
    verbs = rooms.add_parser("people", help="the list of people").add_subparsers(metavar="VERB", required=True)
    take_in = verbs.add_parser(
        "import", help="enter and change people by a CSV or XLSX: all of them or none; asks for the user's password"
    )
    node_argument(take_in)
    take_in.add_argument("file", type=Path)
    take_in.add_argument("--user", required=True, help="who does it: one who keeps the list")
    take_in.add_argument("--site", default="", help="the site of everybody in it; else the file has a column for it")
    take_in.add_argument("--charset", default="", help="of a CSV that is neither UTF-8 nor marked, such as gb18030")
    take_in.add_argument("--dry-run", action="store_true", help="say what would come of it, and change nothing")
    take_in.add_argument("--json", action="store_true", help="as JSON")
    take_in.set_defaults(run=_import)


def _import(args: argparse.Namespace) -> int:
    from safeconduct.node import open_node

    open_node(args.node)
    from django.utils import timezone

    from safeconduct.people.importing import read_roster
    from safeconduct.people.person_queries import compared
    from safeconduct.people.roster_acts import import_people
    from safeconduct.people.standing import principal_by_password

    principal = principal_by_password(args.user, password_of(args.user))
    roster = read_roster(args.file.read_bytes(), timezone.get_current_timezone(), args.charset)
    found = compared(principal, roster, args.site)
    if not found.faults and not args.dry_run:
        import_people(principal, roster, site=args.site)
    _tell(args, found)
    return NO if found.faults else YES


def _tell(args: argparse.Namespace, found: Any) -> None:
    counts = {"new": len(found.new), "changed": len(found.changed), "same": found.same, "faults": len(found.faults)}
    if args.json:
        faults = [vars(fault) for fault in found.faults]
        print(json.dumps({**counts, "dry_run": args.dry_run, "faults": faults}, ensure_ascii=False))
        return
    for fault in found.faults:
        print(f"row {fault.row}\t{fault.column}\tfound {fault.found}\twant {fault.wanted}")
    done = "nothing was changed" if found.faults or args.dry_run else "done"
    said = ", ".join(f"{count} {name}" for name, count in counts.items())
    print(f"{args.file.name}: {said}: {done}", file=sys.stderr)
