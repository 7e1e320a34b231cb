"""What the rules would cost those who watch, before they go live: recorded hours through the rules as they are set, and
as proposed, and the alarms that come of each."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

import numpy as np

from safeconduct.sites.places import SEVERITIES, DwellRule, Places, RingLevel
from safeconduct.terms.errors import BadInput, Fault, shown
from safeconduct.terms.instant import from_epoch_ms, iso, parse
from safeconduct.watch.alerts import AlertChange
from safeconduct.watch.context import Context
from safeconduct.watch.cost import STEADY_PER_HOUR, Cost, cost_of
from safeconduct.watch.engine import Engine
from safeconduct.watch.load import BEGINS_ABOVE, ENDS_BELOW, WITHIN, Source
from safeconduct.watch.observations import Batch
from safeconduct.watch.rules import ALARMS
from safeconduct.watch.settings import Settings

LIMITS = {
    "sustained_per_hour": STEADY_PER_HOUR,
    "flood_from_10_min": BEGINS_ABOVE + 1,
    "flood_until_under": ENDS_BELOW,
    "window_s": WITHIN // timedelta(seconds=1),
}
MINUTE_MS = 60_000
MAX_AFTER_S = 86_400.0


@dataclass
class Tally:
    """The alarms that one set of rules raised: when, at which site and ring, of which kind."""

    engine: Engine
    alarms: dict[str, tuple[datetime, Source]] = field(default_factory=dict[str, tuple[datetime, Source]])

    def note(self, changes: Iterable[AlertChange]) -> None:
        """An alert counts once, when it first is one that someone must act on."""
        for change in changes:
            alert = change.alert
            if alert["severity"] in ALARMS and alert["id"] not in self.alarms:
                steps = [step["at"] for step in alert["steps"] if step["severity"] in ALARMS]
                at = parse(steps[0] if steps else alert["raised"])
                self.alarms[alert["id"]] = at, Source(alert["site"], alert["ring"], alert["kind"])


@dataclass(frozen=True)
class Budget:
    """What was observed lies in [begin, end); `costs` are of the rules as set and, if any, as proposed."""

    begin: datetime
    end: datetime
    rows: int
    costs: Mapping[str, Cost]
    parts: Mapping[str, Mapping[str, Mapping[str, int]]]
    """For each, alarms by site, by ring and by kind."""

    def to_plain(self) -> dict[str, Any]:
        return {
            "begin": iso(self.begin),
            "end": iso(self.end),
            "rows": self.rows,
            "limits": LIMITS,
            **{name: cost.to_plain() | dict(self.parts[name]) for name, cost in self.costs.items()},
        }


def budget(
    rules: Mapping[str, Places],
    batches: Iterable[Batch],
    operators: int = 1,
    progress: Callable[[int], None] | None = None,
    context: Context = Context(),  # noqa: B008 -- frozen
) -> Budget:
    """The cost of each of `rules` (`as_set`, `proposed`) over the same observations, read once, in one context."""
    tallies = {name: Tally(Engine(places, Settings())) for name, places in rules.items()}
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
    begin, end = from_epoch_ms(begin_ms), from_epoch_ms(end_ms + 1)
    watched = len(minutes) * timedelta(minutes=1)
    costs = {
        name: cost_of([at for at, _ in tally.alarms.values()], begin, end, operators, watched)
        for name, tally in tallies.items()
    }
    return Budget(begin, end, rows, costs, {name: _parts(tally) for name, tally in tallies.items()})


def _parts(tally: Tally) -> dict[str, dict[str, int]]:
    parts: dict[str, dict[str, int]] = {}
    for number, name in enumerate(Source._fields):
        counts = Counter(source[number] for _, source in tally.alarms.values())
        parts[f"by_{name}"] = dict(sorted(counts.items(), key=lambda one: (-one[1], one[0])))
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
    hours = next(iter(found.costs.values())).hours
    lines = [f"{found.rows:,} observations, {iso(found.begin)} to {iso(found.end)}, of {hours:.1f} h"]
    for name, cost in found.costs.items():
        verdict = "within the limits" if cost.within_limits else "OVER THE LIMITS"
        lines += [
            "",
            f"{name.replace('_', ' ')}: {cost.per_hour:.1f} alarms an hour and operator, {verdict}",
            f"  with 95 %: {cost.low:.1f} to {cost.high:.1f} (at most {STEADY_PER_HOUR:g} are sustainable)",
            f"  {cost.alarms} alarms in all, at most {cost.peak_10_min} in 10 minutes",
            f"  {cost.flood_share:.1%} of the time in flood: more than {BEGINS_ABOVE} in 10 minutes",
        ]
        for part, counts in found.parts[name].items():
            told = ", ".join(f"{key} {count}" for key, count in list(counts.items())[:12])
            lines.append(f"  {part.replace('_', ' ')}: {told or 'none'}")
    return lines
