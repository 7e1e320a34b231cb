"""`safeconduct record show | verify | prove | export`."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from safeconduct.terms.errors import BadInput, Fault, NotFound

if TYPE_CHECKING:
    from safeconduct.node import Node
    from safeconduct.record.note import VerifyKey

_ENVIRONMENT = "SAFECONDUCT_NODE"


def register(rooms: Any) -> None:
    """Add the room to the command line. `rooms` is the top level's subparsers object."""
    verbs = rooms.add_parser("record", help="the log of acts").add_subparsers(dest="verb", required=True)
    show = _verb(verbs, "show", _show, "list entries")
    show.add_argument("--from", dest="begin", type=_count, default=None, metavar="N", help="first index")
    show.add_argument("--limit", type=_count, default=20, metavar="N", help="at most so many (20)")
    show.add_argument("--json", action="store_true", help="one entry a line, in the bytes that are hashed")
    verify = _verb(verbs, "verify", _verify, "check every byte; exit 1 names what is wrong")
    verify.add_argument("--tiles", type=Path, metavar="DIR", help="check an export instead, without any node")
    verify.add_argument("--proof", type=Path, metavar="FILE", help="check a .tlog-proof instead, without any node")
    verify.add_argument("--vkey", metavar="KEY", help="the log's verifier key, or a file with it (the node's)")
    verify.add_argument("--against", type=Path, metavar="FILE", help="a checkpoint kept earlier: finds a rollback")
    prove = _verb(verbs, "prove", _prove, "write a receipt for an entry")
    prove.add_argument("index", type=_count, metavar="INDEX")
    prove.add_argument("-o", "--output", type=Path, metavar="FILE", help="FILE.tlog-proof (standard output)")
    export = _verb(verbs, "export", _export, "write the log as tlog-tiles files")
    export.add_argument("directory", type=Path, metavar="DIR")


def _verb(verbs: Any, name: str, run: Any, help_text: str) -> argparse.ArgumentParser:
    parser = verbs.add_parser(name, help=help_text)
    parser.add_argument("--node", type=Path, default=os.environ.get(_ENVIRONMENT), metavar="DIR")
    parser.set_defaults(run=run)
    return parser


def _count(text: str) -> int:
    if not text.isascii() or not text.isdigit() or len(text) > 18:
        raise argparse.ArgumentTypeError(f"found {text!r}, want a whole number from 0")
    return int(text)


def _node(args: argparse.Namespace) -> Node:
    from safeconduct.node import open_node

    if args.node is None:
        raise BadInput("command line", [Fault("--node", "none", f"a node's directory, here or in {_ENVIRONMENT}")])
    return open_node(Path(args.node))


def _show(args: argparse.Namespace) -> int:
    try:
        _node(args)
    except BadInput as error:
        return _say(error, 3)
    from safeconduct.record import queries

    begin = max(0, queries.size() - args.limit) if args.begin is None else args.begin
    end = begin + args.limit
    if args.json:
        for _, raw in queries.raw_entries(begin, end):
            print(raw.decode(errors="replace"))
        return 0
    try:
        for one in queries.entries(begin, end):
            print(f"{one.index:>8}  {one.minute}  {one.party}  {one.act}  article {one.article}  {one.info_class}")
    except BadInput as error:
        return _say(error, 1)
    return 0


def _verify(args: argparse.Namespace) -> int:
    try:
        key = _given_key(args)
        if args.proof is not None:
            return _verify_proof(args.proof, key or _node(args).key.vkey)
        if args.tiles is not None:
            return _verify_tiles(args, key or _node(args).key.vkey)
        return _verify_node(args, key)
    except (BadInput, OSError) as error:
        return _say(error, 3)


def _given_key(args: argparse.Namespace) -> VerifyKey | None:
    from safeconduct.record.note import parse_vkey

    if args.vkey is None:
        return None
    path = Path(args.vkey)
    return parse_vkey(path.read_text(encoding="utf-8", errors="replace") if path.is_file() else args.vkey)


def _verify_proof(path: Path, key: VerifyKey) -> int:
    from safeconduct.record import proof

    data = path.read_bytes()
    try:
        found = proof.parse(data)
        signed = found.check([key])
    except BadInput as error:
        return _say(error, 1)
    print(f"entry {found.index} is on the record of {signed.origin} with {signed.size} entries:")
    print((found.extra or b"").decode(errors="replace"))
    return 0


def _verify_tiles(args: argparse.Namespace, key: VerifyKey) -> int:
    from safeconduct.record.tiles import CHECKPOINT
    from safeconduct.record.verify_tiles import read_checkpoint, verify_tiles

    kept = read_checkpoint(args.against, key) if args.against else None
    if not (args.tiles / CHECKPOINT).is_file():
        raise BadInput("export", [Fault(str(args.tiles / CHECKPOINT), "no such file", "a signed checkpoint")])
    try:
        signed = read_checkpoint(args.tiles / CHECKPOINT, key)
    except BadInput as error:
        return _say(error, 1)
    return _tell(verify_tiles(args.tiles, key, kept), f"{signed.size} entries of {signed.origin}")


def _verify_node(args: argparse.Namespace, key: VerifyKey | None) -> int:
    node = _node(args)
    from safeconduct.record import queries
    from safeconduct.record.verify import verify
    from safeconduct.record.verify_tiles import read_checkpoint

    key = key or node.key.vkey
    kept = read_checkpoint(args.against, key) if args.against else None
    return _tell(verify(key, kept), f"{queries.size()} entries of {key.name}")


def _tell(faults: Iterable[Fault], what: str) -> int:
    count = 0
    for fault in faults:
        count += 1
        print(fault)
    print(f"{what}: {f'{count} faults' if count else 'verified'}", file=sys.stderr if count else sys.stdout)
    return 1 if count else 0


def _prove(args: argparse.Namespace) -> int:
    try:
        _node(args)
        from safeconduct.record import queries

        text = str(queries.tlog_proof(args.index))
    except NotFound as error:
        return _say(error, 1)
    except BadInput as error:
        return _say(error, 3)
    if args.output is None:
        print(text, end="")
        return 0
    args.output.write_text(text, encoding="utf-8")
    print(f"wrote {args.output}", file=sys.stderr)
    return 0


def _export(args: argparse.Namespace) -> int:
    try:
        _node(args)
        from safeconduct.record.export import export

        tree = export(args.directory)
    except (BadInput, OSError) as error:
        return _say(error, 3)
    print(f"{tree.size} entries of {tree.origin} in {args.directory}")
    return 0


def _say(error: Exception, code: int) -> int:
    print(error, file=sys.stderr)
    return code
