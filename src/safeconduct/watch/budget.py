"""What the rules would cost those who watch, before they go live: recorded hours through the rules as they are set, and
as proposed, and the alarms that come of each."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from safeconduct.sites.places import SEVERITIES, DwellRule, Places, RingLevel
from safeconduct.terms.errors import BadInput, Fault, shown
from safeconduct.terms.instant import epoch_ms, parse
from safeconduct.watch.alarm_load import FLOOD_FROM, FLOOD_UNDER, SUSTAINED_PER_HOUR, WINDOW_MS, Load, load_of
from safeconduct.watch.alerts import AlertChange, stamp
from safeconduct.watch.context import Context
from safeconduct.watch.engine import Engine
from safeconduct.watch.observations import Batch
from safeconduct.watch.rules import ALARMS
from safeconduct.watch.settings import Settings

LIMITS = {
    "sustained_per_hour": SUSTAINED_PER_HOUR,
    "flood_from_10_min": FLOOD_FROM + 1,
    "flood_until_under": FLOOD_UNDER,
    "window_s": WINDOW_MS // 1000,
}
MINUTE_MS = 60_000
MAX_AFTER_S = 86_400.0


@dataclass
class Tally:
    """The alarms that one set of rules raised: when, at which site and ring, of which kind."""

    engine: Engine
    alarms: dict[str, tuple[int, str, str, str]] = field(default_factory=dict[str, tuple[int, str, str, str]])

    def note(self, changes: Iterable[AlertChange]) -> None:
        """An alert counts once, when it first is one that someone must act on."""
        for change in changes:
            alert = change.alert
            if alert["severity"] in ALARMS and alert["id"] not in self.alarms:
                steps = [step["at"] for step in alert["steps"] if step["severity"] in ALARMS]
                at_ms = epoch_ms(parse(steps[0] if steps else alert["raised"]))
                self.alarms[alert["id"]] = (at_ms, alert["site"], alert["ring"], alert["kind"])


@dataclass(frozen=True)
class Budget:
    """`begin_ms` and `end_ms` bound what was observed; `loads` are of the rules as set and, if any, as proposed."""

    begin_ms: int
    end_ms: int
    rows: int
    loads: Mapping[str, Load]
    parts: Mapping[str, Mapping[str, Mapping[str, int]]]
    """For each, alarms by site, by ring and by kind."""

    def to_plain(self) -> dict[str, Any]:
        return {
            "begin": stamp(self.begin_ms),
            "end": stamp(self.end_ms),
            "rows": self.rows,
            "limits": LIMITS,
            **{name: load.to_plain() | dict(self.parts[name]) for name, load in self.loads.items()},
        }


def budget(
    rules: Mapping[str, Places],
    batches: Iterable[Batch],
    operators: int = 1,
    settings: Settings = Settings(),  # noqa: B008 -- frozen
    progress: Callable[[int], None] | None = None,
    context: Context = Context(),  # noqa: B008 -- frozen
) -> Budget:
    """The load of each of `rules` (`as_set`, `proposed`) over the same observations, read once, in one context."""
    tallies = {name: Tally(Engine(places, settings)) for name, places in rules.items()}
    for tally in tallies.values():
        tally.engine.tell(context)
    begin_ms, end_ms, rows = 1 << 62, 0, 0
    minutes: set[int] = set()
    for batch in batches:
        begin_ms, end_ms = min(begin_ms, int(batch.time_ms.min())), max(end_ms, int(batch.time_ms.max()))
        rows += len(batch.time_ms)
        minutes.update(np.unique(batch.time_ms // MINUTE_MS).tolist())
        for tally in tallies.values():
            tally.note(tally.engine.feed(batch))
        if progress is not None:
            progress(rows)
    for tally in tallies.values():
        tally.note(tally.engine.finish())
    if not rows:
        raise BadInput("budget", [Fault("observations", "none", "recorded hours to try the rules on")])
    loads = {
        name: load_of(
            [alarm[0] for alarm in tally.alarms.values()], begin_ms, end_ms, operators, len(minutes) * MINUTE_MS
        )
        for name, tally in tallies.items()
    }
    return Budget(begin_ms, end_ms, rows, loads, {name: _parts(tally) for name, tally in tallies.items()})


def _parts(tally: Tally) -> dict[str, dict[str, int]]:
    parts: dict[str, dict[str, int]] = {}
    for number, name in enumerate(("by_site", "by_ring", "by_kind"), start=1):
        counts: dict[str, int] = {}
        for alarm in tally.alarms.values():
            counts[str(alarm[number])] = counts.get(str(alarm[number]), 0) + 1
        parts[name] = dict(sorted(counts.items(), key=lambda one: (-one[1], one[0])))
    return parts


def with_steps(places: Places, changes: Sequence[str]) -> Places:
    """`places` with other steps for rings: `outer=240,300,600`, or `marjan/outer=…` for those of one site alone.

    As many numbers of seconds as severities, least first; `-` leaves a severity out. Raises BadInput.
    """
    proposed = places
    for change in changes:
        where, _, numbers = change.partition("=")
        site, _, level = where.rpartition("/")
        rules = _rules(change, level, numbers)
        rings = tuple(
            replace(ring, rules=rules) if ring.level == level and site in ("", ring.site) else ring
            for ring in proposed.rings
        )
        if not any(ring.level == level and site in ("", ring.site) for ring in places.rings):
            raise BadInput("proposal", [Fault(shown(change), "no such ring", "a level of a ring that there is")])
        proposed = replace(proposed, rings=rings)
    return proposed


def _rules(change: str, level: str, numbers: str) -> tuple[DwellRule, ...]:
    faults: list[Fault] = []
    if level not in list(RingLevel):
        faults.append(Fault(shown(change), shown(level), "one of " + ", ".join(RingLevel)))
    parts = numbers.split(",")
    rules: list[DwellRule] = []
    if len(parts) != len(SEVERITIES):
        faults.append(Fault(shown(change), f"{len(parts)} steps", "one for each of " + ", ".join(SEVERITIES)))
    for severity, part in zip(SEVERITIES, parts, strict=False):
        if part.strip() == "-":
            continue
        try:
            after_s = float(part)
        except ValueError:
            after_s = -1.0
        before_s = rules[-1].after_s if rules else 0.0
        if not before_s < after_s <= MAX_AFTER_S:
            faults.append(Fault(f"{shown(change)}, {severity}", shown(part), "seconds, more than for the step before"))
            continue
        rules.append(DwellRule("dwell", after_s, severity))
    if not rules and not faults:
        faults.append(Fault(shown(change), "no step", "one at least"))
    if faults:
        raise BadInput("proposal", faults)
    return tuple(rules)


def report(found: Budget) -> list[str]:
    """The budget as lines of text."""
    hours = next(iter(found.loads.values())).hours
    lines = [f"{found.rows:,} observations, {stamp(found.begin_ms)} to {stamp(found.end_ms)}, of {hours:.1f} h"]
    for name, load in found.loads.items():
        verdict = "within the limits" if load.within_limits else "OVER THE LIMITS"
        lines += [
            "",
            f"{name.replace('_', ' ')}: {load.per_hour:.1f} alarms an hour and operator, {verdict}",
            f"  with 95 %: {load.low:.1f} to {load.high:.1f} (at most {SUSTAINED_PER_HOUR:g} are sustainable)",
            f"  {load.alarms} alarms in all, at most {load.peak_10_min} in 10 minutes",
            f"  {load.flood_share:.1%} of the time in flood: more than {FLOOD_FROM} in 10 minutes",
        ]
        for part, counts in found.parts[name].items():
            told = ", ".join(f"{key} {count}" for key, count in list(counts.items())[:12])
            lines.append(f"  {part.replace('_', ' ')}: {told or 'none'}")
    return lines
