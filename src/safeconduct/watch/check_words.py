"""What the self-check found, in words: each code as what was found, what was wanted, and what to do.

The texts are English, marked for translation: the command line prints them as they are, a page translates them.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

from safeconduct.watch.check import Finding


def _(text: str) -> str:
    """Marks a text for the catalogues. Django's own wants its settings, which a check of a file has not."""
    return text


class Words(NamedTuple):
    """Texts with the finding's values as %(name)s."""

    found: str
    wanted: str
    action: str


WORDS: dict[str, Words] = {
    "refused": Words("%(found)s", "%(wanted)s", _("Correct the file; nothing of it is used before.")),
    "nothing_watched": Words(
        _("No ring and no route is drawn."),
        _("One ring at least."),
        _("Draw the rings of a site, or import its places."),
    ),
    "ring_hidden": Words(
        _("The rings inside it leave no ground of its own: its rules can never fire."),
        _("Ground between a ring and the rings inside it."),
        _("Draw the ring wider, or remove it."),
    ),
    "ring_small": Words(
        _(
            "Its widest circle has a radius of %(reach_m)s m, less than the %(radius_m)s m within which a standing"
            " vehicle is one presence."
        ),
        _("A ring in which a vehicle can stand and be told from those outside."),
        _("Draw the ring wider."),
    ),
    "ring_alone": Words(
        _("No ring of a wider level lies around it."),
        _("An outer ring around middle and inner rings: whoever comes near is seen earlier."),
        _("Draw an outer ring, or give this one its level."),
    ),
    "ring_never_alarms": Words(
        _("Its rules only ever make a notice."),
        _("A step of the severity “alert” or “critical”."),
        _("Add such a step, unless this ring is for information alone."),
    ),
    "step_never": Words(
        _("The step to “%(severity)s” comes after %(after_s)s s, more than a day."),
        _("A step that a stay can reach."),
        _("Set it earlier, or remove it."),
    ),
    "step_in_sight_only": Words(
        _(
            "The step to “%(severity)s” comes after %(after_s)s s, but a vehicle out of sight is given up after"
            " %(limit_s)s s."
        ),
        _("A step before that limit: later ones are reached only by vehicles that stay in sight."),
        _("Set the step earlier, or have the ring watched without gaps."),
    ),
    "no_sensor": Words(
        _("No sensor is among the places."),
        _("Every sensor with its coverage, so that it is known what is unseen."),
        _("Draw the coverage of the sensors that there are."),
    ),
    "ring_unwatched": Words(
        _("No sensor covers any of it."),
        _("A sensor whose coverage reaches into the ring."),
        _("Draw the coverage of the sensors that see it, or add one."),
    ),
    "ring_under_floor": Words(
        _("Its sensors cover %(percent)s %% of it."),
        _("At least %(floor)s %%, its own floor."),
        _("Add sensors, or lower the floor."),
    ),
    "ring_partly_watched": Words(
        _("Its sensors cover %(percent)s %% of it."),
        _("At least half of it, or a floor of its own."),
        _("Add sensors, or set the floor that is enough for this ring."),
    ),
    "exempt_outside": Words(
        _("It lies in no ring and on no route: it has no effect."),
        _("An exempt place where something is watched."),
        _("Move it, or remove it."),
    ),
    "exempt_endless": Words(
        _("Vehicles may stay there for %(hours)s hours."),
        _("A longest stay within a day: what stands for longer, nobody would be told of."),
        _("Set the longest stay that is really needed."),
    ),
    "exempt_idle": Words(
        _("Vehicles may stay for %(max_stay_s)s s, but the ring alarms no earlier than after %(after_s)s s."),
        _("A longest stay beyond the ring's first alarm; as it is, the place spares notices alone."),
        _("Set it longer, or remove it."),
    ),
    "ring_swallowed": Words(
        _("Every kind of vehicle may wait on nearly all of it: %(names)s."),
        _("Exempt places that cover what they are for: a rank, a stop."),
        _("Draw the exempt places smaller, or give them hours and kinds."),
    ),
    "ring_swallowed_for": Words(
        _("Some kinds of vehicle may wait on nearly all of it: %(kinds)s (%(names)s)."),
        _("Exempt places that cover what they are for: a rank, a stop."),
        _("Draw the exempt places smaller, or give them hours."),
    ),
    "place_far_off": Words(
        _("It lies %(km)s km from the rings of its site."),
        _("Places at their site."),
        _("Look whether its longitude and latitude are right."),
    ),
    "gate_outside": Words(
        _("It lies outside of every ring of its site."),
        _("A gate on or within a ring."),
        _("Move the gate, or draw the ring around it."),
    ),
    "sensor_sharp": Words(
        _("It resolves %(px_per_m)s pixels per metre: enough to know a person by."),
        _("At most 250 pixels per metre on public space; vehicles need 40 to 80."),
        _("Widen its view, lower its resolution, or say that it does not look at public space."),
    ),
    "sharpness_unknown": Words(
        _("How finely %(count)s sensors see is not known: %(names)s."),
        _("Optics or a calibration for each camera on public space."),
        _("Enter pixels per metre, or width in pixels, field of view and nearest distance."),
    ),
    "sensor_without_coverage": Words(
        _("What it covers is not drawn."),
        _("Its coverage: without it nobody knows what is unseen when it fails."),
        _("Draw the area that it sees."),
    ),
    "sensor_of_two_sites": Words(
        _("Several sites have a sensor of this id: %(names)s."),
        _("One id for one sensor."),
        _("Give each its own id, or draw the coverage at one site."),
    ),
    "sensor_outside": Words(
        _("It looks only where nothing is watched."),
        _("Sensors that see rings or routes; others collect without a purpose."),
        _("Turn it, correct its coverage, or remove it."),
    ),
    "sensor_silent": Words(
        _("It is silent: what it covers is unseen."), _("Observations."), _("Look after the sensor and its feed.")
    ),
    "sensor_never_heard": Words(
        _("It has never been heard."),
        _("Observations under exactly this sensor's id."),
        _("Compare its id with what its feed reports, and look whether the feed runs."),
    ),
    "no_feed": Words(
        _("No feed is open: nothing can be seen."),
        _("A feed for each source."),
        _("Open a feed: safeconduct feeds add."),
    ),
    "feed_silent": Words(
        _("It is silent."), _("Observations, or a feed that is closed."), _("Look after its source, or close it.")
    ),
    "feed_unreachable": Words(
        _("Its source cannot be reached."),
        _("A connection."),
        _("Look whether the source runs, and whether address, user and password are right."),
    ),
    "feed_clock_off": Words(
        _("Its clock is off: its observations are too early or too late to be watched."),
        _("Times within seconds of the node's clock."),
        _("Set the source's clock (NTP)."),
    ),
    "feed_of_unknown_sensor": Words(
        _("It is bound to sensors that no place names: %(names)s."),
        _("Sensors that are among the places."),
        _("Add them to the places, or correct the feed."),
    ),
    "sensor_without_feed": Words(
        _("No open feed may report for “%(sensor)s”."),
        _("A feed that is bound to it, or to no sensor."),
        _("Open a feed for it, or remove the sensor."),
    ),
    "not_calibrated": Words(
        _("A feed reports pixels of it (%(names)s), but it has no calibration: they cannot be placed on the ground."),
        _("A calibration from four points or more."),
        _("Calibrate it on its page."),
    ),
    "heard_unknown": Words(
        _("Feeds report %(count)s sensors that no place names: %(names)s."),
        _("Every sensor among the places, so that its silence is noticed."),
        _("Add them with their coverage, or correct their ids."),
    ),
}

LEVELS = ("error", "warning", "note")


def said(finding: Finding, say: Callable[[str], str] = str) -> Words:
    """The finding's texts with its values, through `say` (gettext for a page)."""
    values = {name: ", ".join(value) if isinstance(value, list) else value for name, value in finding.values.items()}
    return Words(*(say(text) % values for text in WORDS[finding.code]))


def lines(findings: Sequence[Finding]) -> Iterator[str]:
    """The findings as lines of English text."""
    for finding in findings:
        words = said(finding)
        where = " · ".join(filter(None, (finding.site, finding.place))) or "all"
        yield f"{finding.level.upper():8} {where}: {words.found}"
        yield f"{'':8} wanted: {words.wanted}"
        yield f"{'':8} {words.action}"
    counts = Counter(finding.level for finding in findings)
    told = (f"{counts[level]} {level}{'' if counts[level] == 1 else 's'}" for level in LEVELS)
    yield ", ".join(told) if findings else "Nothing found."
