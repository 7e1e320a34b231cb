"""`safeconduct accord check | matrix | why | diff | prepare | sign`."""

from __future__ import annotations

import argparse
import json
import sys
from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from safeconduct.accord.vocabulary import ACTS, CLASSES, LANGUAGES, READ
from safeconduct.terms.errors import BadInput, Fault
from safeconduct.terms.marking import Marking, Tlp
from safeconduct.terms.party import ANYWHERE, Grant, Principal

if TYPE_CHECKING:  # the policy engine takes a moment to import, and `--help` needs none
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    from safeconduct.accord.accord import Accord
    from safeconduct.accord.matrix import Permission, Reading

MOST_TOLD = 100
"""Faults of a draft that a terminal is given: where there are more, most follow from the first."""


def register(rooms: Any) -> None:
    """Add the room to the command line. `rooms` is the top level's subparsers object."""
    verbs = rooms.add_parser("accord", help="the agreement that decides").add_subparsers(dest="verb", required=True)
    check = _verb(verbs, "check", _check, "load an accord and hold it against the guardrails; exit 1 names every fault")
    check.add_argument("--in-force", action="store_true", help="also verify the signature of every party")
    check.add_argument("--json", action="store_true")
    matrix = _verb(verbs, "matrix", _matrix, "who may do what, who reads what")
    matrix.add_argument("--act", choices=[READ, *ACTS], metavar="ACT", help="this act only, or `read`")
    matrix.add_argument("--json", action="store_true")
    _register_why(verbs)
    diff = verbs.add_parser("diff", help="what a draft would change; exit 1 where it changes something")
    diff.add_argument("old", type=Path, metavar="OLD")
    diff.add_argument("new", type=Path, metavar="NEW")
    diff.add_argument("--node", type=Path, metavar="NODE", help="also say which stored things would change visibility")
    diff.add_argument("--json", action="store_true")
    diff.set_defaults(run=_diff)
    key = verbs.add_parser("key", help="make a party's key: the private one in FILE, the public one on stdout")
    key.add_argument("file", type=Path, metavar="FILE")
    key.add_argument("--name", required=True, metavar="NAME", help="whose key it is, a schema-less URL")
    key.set_defaults(run=_key)
    prepare = _verb(verbs, "prepare", _prepare, "copy an accord with the parties' keys filled in, to be signed")
    prepare.add_argument("target", type=Path, metavar="TARGET")
    prepare.add_argument("--key", action="append", required=True, metavar="PARTY=VKEY", help="once for each party")
    sign = _verb(verbs, "sign", _sign, "sign an accord for a party")
    sign.add_argument("--party", required=True, metavar="PARTY")
    sign.add_argument("--key", type=Path, required=True, metavar="FILE", help="Ed25519 private key, PKCS #8 PEM")


def _verb(verbs: Any, name: str, run: Callable[[argparse.Namespace], int], help_text: str) -> argparse.ArgumentParser:
    parser = verbs.add_parser(name, help=help_text)
    parser.add_argument("directory", type=Path, metavar="DIR", help="the accord's directory")
    parser.set_defaults(run=run)
    return parser


def _register_why(verbs: Any) -> None:
    why = _verb(verbs, "why", _why, "one decision and its article; exit 1 where it is a denial")
    why.add_argument("--role", required=True, metavar="ROLE[@AREA]", help="held everywhere, or in one area")
    why.add_argument("--party", metavar="PARTY", help="who holds it (the role's party)")
    why.add_argument("--act", required=True, metavar="ACT", help="an act, or `read`")
    why.add_argument("--class", dest="info_class", metavar="CLASS", help="of the thing (the act's usual one)")
    why.add_argument("--originator", metavar="PARTY", help="of the thing (the host)")
    why.add_argument("--tlp", metavar="LABEL", help="of the thing (its class's)")
    why.add_argument("--releasable-to", metavar="PARTY", action="append", help="of the thing (its class's)")
    why.add_argument("--area", default=ANYWHERE, metavar="SITE", help="where the thing is")
    why.add_argument("--language", choices=LANGUAGES, default=LANGUAGES[0], help="of the article's words (en)")
    why.add_argument("--json", action="store_true")


def _load(directory: Path) -> Accord:
    from safeconduct.accord.accord import load_accord

    return load_accord(directory)


def _check(args: argparse.Namespace) -> int:
    from safeconduct.accord.accord import check_in_force

    faults: tuple[Fault, ...] = ()
    accord = None
    try:
        accord = _load(args.directory)
        if args.in_force:
            check_in_force(accord, args.directory)
    except BadInput as error:
        faults = error.faults
    if args.json:
        found = {"whole": not faults, "faults": [asdict(fault) for fault in faults]}
        _print_json(found | ({"digest": accord.digest} if accord else {}))
    else:
        for fault in faults[:MOST_TOLD]:
            print(fault)
        left = f"; the first {MOST_TOLD} are told, --json tells all" if len(faults) > MOST_TOLD else ""
        told = f"{len(faults)} faults{left}"
        print(_summary(accord, args.in_force) if accord and not faults else told, file=sys.stderr)
    return 1 if faults else 0


def _summary(accord: Accord, in_force: bool) -> str:
    lines = [
        f"{accord.id} version {accord.version}: {len(accord.articles)} articles, {len(accord.policies)} policies, "
        f"{accord.court.decided:,} cases decided, every guardrail kept",
        f"digest {accord.digest}",
    ]
    lines += [f"nobody reads {name}: the accord has no such class" for name in accord.schedule.unknown_classes]
    lines.append("signed by every party" if in_force else "signatures not looked at (--in-force)")
    return "\n".join(lines)


def _matrix(args: argparse.Namespace) -> int:
    from safeconduct.accord.matrix import permissions, readings

    accord = _load(args.directory)
    acts = [one for one in permissions(accord) if args.act in (None, one.act)]
    reads = readings(accord) if args.act in (None, READ) else []
    if args.json:
        _print_json({"acts": [asdict(one) for one in acts], "reads": [asdict(one) for one in reads]})
        return 0
    _print_acts(acts, several=_roles_of_several_parties(accord))
    _print_reads(reads, several=_roles_of_several_parties(accord))
    return 0


def _roles_of_several_parties(accord: Accord) -> frozenset[str]:
    return frozenset(role.id for role in accord.roles.values() if len(accord.schedule.sides_of(role)) > 1)


def _holders(every: Iterable[Permission | Reading], several: frozenset[str]) -> list[str]:
    """Roles with what limits them; one that users of several parties may hold is named with each."""
    named = (
        (f"{one.role} of {one.party}" if one.role in several else one.role)
        + (f" ({one.when})" if one.when != "always" else "")
        for one in every
    )
    return list(dict.fromkeys(named))


def _print_acts(acts: list[Permission], several: frozenset[str]) -> None:
    by_act: defaultdict[str, list[Permission]] = defaultdict(list)
    for one in acts:
        by_act[one.act].append(one)
    for act, holders in by_act.items():
        articles = ", ".join(dict.fromkeys(article for one in holders for article in one.articles))
        print(f"{act:<24}{articles:<18}{', '.join(_holders(holders, several))}")


def _print_reads(reads: list[Reading], several: frozenset[str]) -> None:
    alike: defaultdict[tuple[str, tuple[str, ...]], list[Reading]] = defaultdict(list)
    for one in reads:
        alike[one.info_class, one.fields].append(one)
    for (info_class, given), readers in alike.items():
        articles = ", ".join(dict.fromkeys(article for one in readers for article in one.articles))
        print(f"{'read ' + info_class:<24}{articles:<18}{', '.join(_holders(readers, several))}")
        withheld = [field for field in CLASSES[info_class] if field not in given]
        print(f"{'':<42}fields {' '.join(given)}" + (f"; without {' '.join(withheld)}" if withheld else ""))


def _why(args: argparse.Namespace) -> int:
    accord = _load(args.directory)
    principal, marking = _asker(accord, args), _thing(accord, args)
    reads = args.act == READ
    decision = accord.may_read(principal, marking) if reads else accord.decide(principal, args.act, marking)
    given = sorted(accord.fields(principal, marking)) if reads else []
    words = accord.clause(decision.article, args.language)
    if args.json:
        _print_json({**asdict(decision), "clause": words, **({"fields": given} if reads else {})})
        return 0 if decision.allowed else 1
    print(f"{'allowed' if decision.allowed else 'denied'} by article {decision.article} ({decision.rule})")
    print(decision.reason)
    print(f"{decision.article} {words}")
    if given:
        print("fields: " + " ".join(given))
    print(f"{principal.grants[0].role} of {principal.party}: {args.act} on {marking}", file=sys.stderr)
    return 0 if decision.allowed else 1


def _asker(accord: Accord, args: argparse.Namespace) -> Principal:
    role, _, area = args.role.partition("@")
    parties = accord.schedule.sides_of(accord.roles[role]) if role in accord.roles else ()
    party = args.party or next(iter(parties), "")
    return Principal(role, party, (Grant(role, area or ANYWHERE),))


def _thing(accord: Accord, args: argparse.Namespace) -> Marking:
    """The marking that the options describe, the rest by default. What the accord does not know is for it to deny."""
    from safeconduct.terms.party import Side

    info_class = args.info_class or (ACTS[args.act].on if args.act in ACTS else "alert")
    originator = args.originator or accord.party_of_side(Side.HOST).id
    terms = accord.classes.get(info_class)
    tlp = _label(args.tlp) if args.tlp else terms.tlp if terms else Tlp.RED
    given = args.releasable_to if args.releasable_to is not None else terms.releasable_to if terms else ()
    return Marking(originator, info_class, tlp, frozenset(given) - {originator}, args.area)


def _label(text: str) -> Tlp:
    name = text.upper().removeprefix("TLP:")
    for label in Tlp:
        if label == f"TLP:{name}":
            return label
    raise BadInput("command line", [Fault("--tlp", repr(text), "one of " + ", ".join(Tlp))])


def _diff(args: argparse.Namespace) -> int:
    from safeconduct.accord.cedar import remembering
    from safeconduct.accord.difference import differences

    with remembering():
        old, new = _load(args.old), _load(args.new)
    changes = differences(old, new)
    stored = _visibility(old, new, args.node) if args.node else []
    if args.json:
        _print_json([*(asdict(change) for change in changes), *stored])
    else:
        for change in changes:
            print(change)
        for one in stored:
            print(f"{one['stored']} stored: {one['visibility']}")
    print(f"{len(changes)} changes", file=sys.stderr)
    return 1 if changes else 0


def _visibility(old: Accord, new: Accord, node: Path) -> list[dict[str, Any]]:
    """Which things that the node holds would be seen by more or by fewer, counted by marking."""
    from safeconduct.accord.difference import visibility_changes
    from safeconduct.node import open_node

    open_node(node)
    from safeconduct.release import holdings  # its tables need an opened node

    held = holdings()
    return [{"stored": held[one.marking], "visibility": str(one)} for one in visibility_changes(old, new, held)]


def _key(args: argparse.Namespace) -> int:
    from safeconduct.record.keys import make_key

    print(make_key(args.file, args.name).vkey)
    return 0


def _prepare(args: argparse.Namespace) -> int:
    from safeconduct.accord.accord import prepare

    keys: defaultdict[str, list[str]] = defaultdict(list)
    for given in args.key:
        party, separator, vkey = given.partition("=")
        if not separator:
            raise BadInput("command line", [Fault("--key", repr(given), "PARTY=VKEY")])
        keys[party].append(vkey)
    prepare(args.directory, args.target, keys)
    print(_load(args.target).digest)
    return 0


def _sign(args: argparse.Namespace) -> int:
    from safeconduct.accord.accord import sign

    print(sign(args.directory, args.party, _private_key(args.key)))
    return 0


def _private_key(path: Path) -> Ed25519PrivateKey:
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives import serialization
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    wanted = "an Ed25519 private key in PKCS #8 PEM, without a passphrase"
    try:
        key = serialization.load_pem_private_key(path.read_bytes(), password=None)
    except OSError as error:
        raise BadInput("key", [Fault(str(path), error.strerror or "unreadable", wanted)]) from None
    except (ValueError, TypeError, UnsupportedAlgorithm):
        raise BadInput("key", [Fault(str(path), "no such key", wanted)]) from None
    if not isinstance(key, Ed25519PrivateKey):
        raise BadInput("key", [Fault(str(path), type(key).__name__, wanted)])
    return key


def _print_json(value: object) -> None:
    print(json.dumps(value, ensure_ascii=False, indent=2, default=sorted))
