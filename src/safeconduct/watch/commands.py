"""`safeconduct watch`: the live process, and what is done with its archive."""

from __future__ import annotations

import argparse
import sys
import time
from collections import Counter
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
    run.add_argument(
        "--segment-s", type=float, default=600, help="seconds after which a segment goes to the archive (default 600)"
    )
    run.add_argument("--snapshot-s", type=float, default=60, help="seconds between snapshots (default 60)")
    run.set_defaults(run=_run)
    replay = verbs.add_parser("replay", help="run recorded observations through the engine, without a node")
    replay.add_argument("places", type=Path, metavar="PLACES.geojson", help="rings, exempt places, routes, sensors")
    replay.add_argument(
        "observations", type=Path, nargs="+", metavar="OBSERVATIONS", help=".parquet, .arrow, .ndjson or .csv"
    )
    replay.add_argument(
        "--alerts", type=Path, required=True, metavar="OUT.jsonl", help="where the alerts go, one a line"
    )
    replay.add_argument(
        "--context", type=Path, metavar="CONTEXT.json", help="sweeps, movements and expected presences of that time"
    )
    replay.add_argument("--json", action="store_true", help="the closing summary as JSON on stdout")
    replay.set_defaults(run=_replay)
    replay.add_argument(
        "--baseline", type=Path, metavar="FILE", help="what is usual, of `watch learn`, told in each alert"
    )
    learn = verbs.add_parser(
        "learn", help="learn how long stays usually last, of a node's archive or of recorded observations"
    )
    learn.add_argument("--node", type=Path, help="the node whose archive to learn from")
    learn.add_argument("--days", type=int, default=56, help="with --node: how many days back (default 56)")
    learn.add_argument("places", type=Path, nargs="?", metavar="PLACES.geojson")
    learn.add_argument("observations", type=Path, nargs="*", metavar="OBSERVATIONS")
    learn.add_argument("--baseline", type=Path, metavar="OUT", help="without --node: where the baseline goes")
    learn.add_argument("--time-zone", default="UTC", metavar="ZONE", help="IANA name (a node has a setting)")
    learn.add_argument("--weekend", default="sat,sun", metavar="DAYS", help="of mon to sun (a node has a setting)")
    learn.set_defaults(run=_learn)
    budget = verbs.add_parser(
        "budget", help="the alarms to expect of the rules as set, and of a proposal, from recorded hours"
    )
    budget.add_argument("--node", type=Path, help="the node whose places and archive to use")
    budget.add_argument("--days", type=float, default=7.0, help="with --node: how many days back (default 7)")
    budget.add_argument("places", type=Path, nargs="?", metavar="PLACES.geojson")
    budget.add_argument("observations", type=Path, nargs="*", metavar="OBSERVATIONS")
    budget.add_argument("--proposal", type=Path, metavar="OTHER.geojson", help="places with the proposed rules")
    budget.add_argument(
        "--after",
        action="append",
        default=[],
        metavar="LEVEL=S,S,S",
        help="propose other steps in seconds: outer=240,300,600, or SITE/outer=…; - leaves a step out",
    )
    budget.add_argument(
        "--context", type=Path, metavar="CONTEXT.json", help="without --node: as for replay (a node has its own)"
    )
    budget.add_argument("--operators", type=int, default=1, help="how many share the alarms (default 1)")
    budget.add_argument("--json", action="store_true", help="the budget as JSON")
    budget.set_defaults(run=_budget)
    check = verbs.add_parser(
        "check", help="find what would not be seen or said: rings without sensors, rules that cannot fire, silent feeds"
    )
    check.add_argument("places", type=Path, nargs="?", metavar="PLACES.geojson")
    check.add_argument("--node", type=Path, help="the node whose places, sensors and feeds to check")
    check.add_argument("--json", action="store_true", help="the findings as JSON")
    check.set_defaults(run=_check)
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
    return run(node, args.segment_s, args.snapshot_s)


def _replay(args: argparse.Namespace) -> int:
    import json

    from safeconduct.sites.geojson import load_places
    from safeconduct.watch.baseline_file import load_baseline
    from safeconduct.watch.context import Context, load_context
    from safeconduct.watch.recording import Outcome, replay, rows_of, write_alerts

    places = load_places(args.places)
    baseline = load_baseline(args.baseline) if args.baseline else None
    context = load_context(args.context) if args.context else Context()
    bar = _Bar(sum(map(rows_of, args.observations)))
    outcome: Outcome = replay(places, args.observations, progress=bar.show, baseline=baseline, context=context)
    bar.end()
    write_alerts(args.alerts, outcome.in_order())
    rate = outcome.rows / max(outcome.seconds, 1e-9)
    print(f"{outcome.rows:,} observations in {outcome.seconds:.2f} s ({rate:,.0f}/s)", file=sys.stderr)
    unusable = {**outcome.refused, **({"late": outcome.late} if outcome.late else {})}
    if unusable:
        print("not watched: " + ", ".join(f"{n:,} {why}" for why, n in sorted(unusable.items())), file=sys.stderr)
    print(f"{outcome.inside:,} of them in a ring or a corridor", file=sys.stderr)
    if outcome.rows and not outcome.inside:
        print("warning: nothing was watched: " + _nowhere(outcome.swapped), file=sys.stderr)
    severities = Counter(alert["severity"] for alert in outcome.alerts.values())
    print(f"{len(outcome.alerts)} alerts in {args.alerts}, {outcome.alarms} of them alarms", file=sys.stderr)
    if args.json:
        summary = {
            "rows": outcome.rows,
            "inside": outcome.inside,
            "refused": dict(outcome.refused),
            "late": outcome.late,
            "alerts": severities,
        }
        print(json.dumps(summary, sort_keys=True))
    return 0


def _nowhere(swapped: int) -> str:
    if swapped:
        return f"{swapped:,} positions would lie in a ring with longitude and latitude the other way round"
    return "no position lies in a ring or a corridor of these places"


def _learn(args: argparse.Namespace) -> int:
    if args.node is None and not (args.places and args.observations and args.baseline):
        print("either --node, or PLACES.geojson, OBSERVATIONS and --baseline OUT", file=sys.stderr)
        return 2
    return _learn_node(args) if args.node else _learn_files(args)


def _learn_node(args: argparse.Namespace) -> int:
    from safeconduct.node import open_node

    node = open_node(args.node)
    from safeconduct.watch.learner import learn

    def told(day: Any, stays: int) -> None:
        print(f"{day.isoformat()}: {stays:,} stays", file=sys.stderr)

    size = learn(node, node.system("node.watch"), max(1, args.days), told)
    print(f"{node.path / 'watch' / 'baseline.bin'}: {size:,} bytes")
    return 0


def _learn_files(args: argparse.Namespace) -> int:
    from safeconduct.sites.geojson import load_places
    from safeconduct.watch.baseline import Baseline, Calendar
    from safeconduct.watch.baseline_file import encoded
    from safeconduct.watch.learning import Student, by_day
    from safeconduct.watch.recording import batches_of
    from safeconduct.watch.settings import Settings

    calendar = Calendar(args.time_zone, tuple(filter(None, args.weekend.split(","))))
    refused: Counter[str] = Counter()
    student = Student(load_places(args.places), Settings())
    days = by_day(student.stays(batches_of(args.observations, refused)), calendar)
    data = encoded(Baseline.of_days(list(days.values()), calendar))
    args.baseline.write_bytes(data)
    stays = sum(int(day.counts.sum()) for day in days.values())
    print(f"{args.baseline}: {stays:,} stays of {len(days)} days, {len(data):,} bytes")
    return 0


def _budget(args: argparse.Namespace) -> int:
    """0 where the rules last named (the proposal's, if there is one) stay within the limits, else 1."""
    import json

    from safeconduct.sites.geojson import load_places
    from safeconduct.watch.budget import budget, report, with_steps

    if args.node is None and not (args.places and args.observations):
        print("either --node, or PLACES.geojson and OBSERVATIONS", file=sys.stderr)
        return 2
    hours = _hours(args)
    rules = {"as_set": hours.places}
    if args.proposal or args.after:
        rules["proposed"] = with_steps(load_places(args.proposal) if args.proposal else hours.places, args.after)
    bar = _Bar(hours.rows)
    found = budget(rules, hours.batches, max(1, args.operators), progress=bar.show, context=hours.context)
    bar.end()
    print(json.dumps(found.to_plain(), indent=2, sort_keys=True) if args.json else "\n".join(report(found)))
    return 0 if list(found.costs.values())[-1].within_limits else 1


def _hours(args: argparse.Namespace) -> Any:
    from safeconduct.watch.budget_hours import hours_of_files, hours_of_node

    if args.node is None:
        return hours_of_files(args.places, args.observations, args.context)
    from safeconduct.node import open_node

    node = open_node(args.node)
    return hours_of_node(node, node.system("node.watch"), args.days)


def _check(args: argparse.Namespace) -> int:
    """1 where any finding is an error."""
    import json

    from safeconduct.watch.check import ERROR
    from safeconduct.watch.check_places import check_file
    from safeconduct.watch.check_words import lines

    if (args.node is None) == (args.places is None):
        print("either PLACES.geojson or --node", file=sys.stderr)
        return 2
    findings = _check_node(args) if args.node else check_file(args.places)
    if args.json:
        print(json.dumps([finding.to_plain() for finding in findings], indent=2, sort_keys=True))
    else:
        print("\n".join(lines(findings)))
    return 1 if any(finding.level == ERROR for finding in findings) else 0


def _check_node(args: argparse.Namespace) -> Any:
    from safeconduct.node import open_node

    node = open_node(args.node)
    from safeconduct.watch.self_check import heard_by, self_check

    return self_check(node.system("node.watch"), heard_by(node)).findings


class _Bar:
    """A progress bar on a terminal; nothing elsewhere."""

    def __init__(self, total: int):
        self.total = total
        self.shown_at = 0.0
        self.on = sys.stderr.isatty()

    def show(self, rows: int) -> None:
        now = time.monotonic()
        if not self.on or now - self.shown_at < 0.1:
            return
        self.shown_at = now
        share = min(1.0, rows / self.total) if self.total else 0.0
        filled = "#" * int(share * 30)
        print(f"\r[{filled:<30}] {rows:,} observations", end="", file=sys.stderr, flush=True)

    def end(self) -> None:
        if self.on:
            print("\r" + " " * 64 + "\r", end="", file=sys.stderr, flush=True)


def _prune(args: argparse.Namespace) -> int:
    from datetime import timedelta

    from safeconduct.node import open_node
    from safeconduct.terms import instant

    node = open_node(args.node)
    from safeconduct.watch.keeping.holds import held
    from safeconduct.watch.keeping.retention import due, retire

    first_kept = (instant.now() - timedelta(days=max(0, args.keep_days - 1))).date()
    watch = node.system("node.watch")
    gone = retire(watch, node.archive, first_kept)
    print(f"{gone} files deleted, all of days before {first_kept.isoformat()}; each day is entered on the record")
    kept = len(list(due(node.archive, first_kept, []))) if held(watch, instant.now()) else 0
    if kept:
        print(f"{kept} days of sites are held as evidence and were kept", file=sys.stderr)
    return 0
