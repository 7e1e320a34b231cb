"""What the watch can be told. Every number that decides something about a presence is here, with its unit."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Settings:
    """The defaults hold for cameras that sight a vehicle about once a second to within a few metres."""

    lateness_s: float = 10.0
    """An observation older than the newest one by more is counted and not watched."""
    hold_s: float = 10.0
    """Observations are put in order over this span, at most, before they are watched."""
    hold_least_s: float = 10.0
    """...and over this at least: over less than `hold_s` where feeds come in order of late. Replays hold a fixed span,
    so that their result does not depend on how their files are read."""

    radius_m: float = 25.0
    """A presence stays within this of its spot."""
    move_m: float = 40.0
    """A creeping presence moves less than this at a time."""
    creep_mps: float = 0.3
    """A creeping presence is slower than this on average since it began."""
    still_m: float = 10.0
    """A track stands while it stays within this of where it came to rest..."""
    begin_s: float = 8.0
    """...and a presence begins when it has stood this long; its clock counts from its arrival within `radius_m`."""

    lost_s: float = 10.0
    """A presence that no track has shown for this long is unseen."""
    unseen_limit_s: float = 900.0
    """An unseen presence is closed, with that reason, after this long."""
    takeover_m: float = 8.0
    """A new track that first appears and stands within this of an unseen presence takes it over."""
    join_m: float = 4.0
    """Tracks of two sensors that stand closer than this at the same time are one vehicle."""
    skew_s: float = 2.5
    """Clocks of two sensors differ by less than this."""
    depart_s: float = 40.0
    """A moving track that appears within this of the last sighting may be the presence, leaving under a new id."""
    doubt_s: float = 30.0
    """An unseen presence that seems to have left under a new id is closed unless it is found again within this: longer
    than most cars are hidden for by what passes."""
    reach_mps: float = 16.0
    """How fast a vehicle may have left unseen."""
    displaced_m: float = 2.0
    """Whatever stands closer than this to an unseen presence for `displaced_s` stands in its place."""
    displaced_s: float = 30.0

    own_m: float = 15.0
    """An own vehicle explains one presence within this of it."""
    own_silent_s: float = 600.0
    """...until its own tracker has been silent for this long."""
    own_leaves_s: float = 30.0
    """What an own vehicle explained is given this long to leave with it."""
    recheck_s: float = 5.0
    """How often a presence that is explained, or not yet trusted, is looked at again."""
    news_s: float = 30.0
    """An alert that stands tells at most this often that its vehicle was lost or found again."""
    trust_s: float = 50.0
    """A presence must have been seen for this long in all before it alarms."""
    trust_share: float = 0.25
    """An unseen presence alarms if at least this share of like stays at its place went on to last as long."""
    doubt_gap_s: float = 60.0
    """After a gap this long, a presence found under a new id must be likely to be the same, or its clock starts
    again."""
    proof_seen_s: float = 100.0
    """...and if it was seen for less than this before, it alarms `proof_s` after it was found: longer than a signal's
    wait."""
    proof_s: float = 100.0
    trust_unseen: float = 1 / 3
    """An unseen presence takes a step only if it was seen for this share of the step's time: vehicles that stop for a
    minute are common where those that stay for three are not."""
    blinded_seen: float = 0.75
    """Where vehicles may wait, an unseen presence takes a step only if seen for this share of the step's time..."""
    blinded_share: float = 0.9
    """...and was out of sight for no more than the rest of this share of its stay but while its sensors saw nothing."""
    wait_s: float = 45.0
    """A presence that is unseen as its time comes is given this long to be seen again, or to be seen leaving."""
    queue_count: int = 6
    """With so many others that stand near it, near one another and without a reason of their own..."""
    queue_least_s: float = 180.0
    """...each for longer than this, longer than at any signal, a presence stands in a queue. One alarm tells of the
    queue until it clears, or half of so many are left..."""
    queue_again_s: float = 300.0
    """...and another where it had cleared for this long. The others wait until the queue moves on..."""
    queue_moves_s: float = 60.0
    """...and for this, in which they must move on too..."""
    queue_patience_s: float = 7200.0
    """...but no longer than this beyond the gravest step that they have reached: nobody hides in a queue for good."""
    bus_patience_s: float = 300.0
    """Buses wait at timing points: each step of theirs comes this much later."""
    repeat_window_s: float = 7200.0
    """The stays of one token within this add up."""
    repeat_stay_s: float = 120.0
    """...if each is longer than this: vehicles wait at signals for a minute or two, and that is no visit."""
    circling_count: int = 4
    """Entries of one token or track into a ring within `circling_window_s` that make it circling."""
    circling_window_s: float = 3600.0
    circling_severity: str = "notice"
    silent_s: float = 120.0
    """A sensor of the places that has been silent for this long, while others are not, is lost to the watch."""
    silent_severity: str = "notice"
    coverage_severity: str = "alert"
    """Of a ring whose sensors cover less of it than its `min_coverage`."""

    swept_stop_s: float = 60.0
    """A stop this long on a swept stretch voids its certificate: vehicles wait at signals for less."""
    swept_severity: str = "alert"
    due_s: float = 7200.0
    """An alert names the movements near it that are due within this."""
    convoy_mps: float = 8.0
    """A movement of which no tracker tells goes this fast along its route from the time of its departure."""
    near_route_m: float = 60.0
    """A vehicle that stood within this of the edge of a route's corridor stood near it..."""
    approach_stay_s: float = 150.0
    """...if for longer than this: jams hold vehicles for longer than signals do..."""
    near_route_window_s: float = 900.0
    """...and left within this."""
    approach_m: float = 25.0
    """Such a vehicle closes on a movement if it will pass nearer than this to it..."""
    approach_plan_m: float = 150.0
    """...or than this, where no tracker but the plan alone says where the movement is..."""
    approach_s: float = 30.0
    """...within this time..."""
    approach_mps: float = 3.0
    """...comes nearer by more than this..."""
    approach_towards: float = 0.1
    """...of its own doing: the cosine between where it drives and where the movement is, at least..."""
    approach_confirm_s: float = 2.0
    """...and has done so for this long. It no longer does when it has not for twice as long."""
    approach_severity: str = "alert"
    approach_critical_s: float = 15.0
    """Closest within this, it is critical."""


LIVE = Settings(hold_s=3.0, hold_least_s=0.2)
"""What a live node watches with: it waits less for late rows than a replay does."""
