"""The watch's state as arrays: tracks, presences, and what the kernel reports of them.

Positions are metres east and north of a frame's origin (zones.py), times milliseconds since 1970.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

TRACK = np.dtype(
    [
        ("key", np.uint64),
        ("last_ms", np.int64),
        ("anchor_ms", np.int64),  # arrived within radius_m of the anchor
        ("still_ms", np.int64),  # came to rest
        ("x", np.float32),
        ("y", np.float32),
        ("anchor_x", np.float32),
        ("anchor_y", np.float32),
        ("still_x", np.float32),
        ("still_y", np.float32),
        ("spot_x", np.float32),  # smoothed while it rests
        ("spot_y", np.float32),
        ("presence", np.int32),
        ("serial", np.uint32),  # of that presence; another one means that it has ended
        ("zone", np.int32),
        ("frame", np.int16),
        ("still_n", np.int16),
        ("kind", np.uint8),
        ("entries", np.uint8),  # into rings
        ("flags", np.uint8),
        ("returned", np.uint8),  # it was lost, and is seen again since `birth_ms`
        ("sensor", np.int32),
        ("birth_ms", np.int64),
        ("birth_x", np.float32),
        ("birth_y", np.float32),
        ("vx", np.float32),
        ("vy", np.float32),
        ("token", np.uint64),
        ("outside_ms", np.int64),  # it left the rings; 0 if it was never seen outside
    ],
    align=True,
)
"""One track of one sensor, while it is in or near a zone. 128 bytes, two cache lines, and 8 in the hash table."""

MEMBERS = 4

PRESENCE = np.dtype(
    [
        ("serial", np.uint32),  # 0 while the slot is free
        ("begin_ms", np.int64),
        ("last_ms", np.int64),
        ("seen_ms", np.int64),
        ("left_ms", np.int64),  # a member moved off at, while another may still show it; 0 if none
        ("blind_ms", np.int64),  # unseen while its sensors saw nothing at all
        ("checked_ms", np.int64),
        ("doubt_ms", np.int64),  # it seems to have left under a new id; 0 if not
        ("step_ms", np.int64),  # the engine looks at it
        ("prior_ms", np.int64),  # earlier stays of its token
        ("token", np.uint64),
        ("left_key", np.uint64),
        ("x", np.float32),
        ("y", np.float32),
        ("begin_x", np.float32),
        ("begin_y", np.float32),
        ("path_m", np.float32),
        ("member", np.int32, (MEMBERS,)),  # track slots
        ("zone", np.int32),
        ("frame", np.int16),
        ("kind", np.uint8),
        ("state", np.uint8),
        ("members", np.uint8),
        ("joined", np.uint8),
        ("next", np.int32),  # in its bucket
        ("bucket", np.int32),
    ],
    align=True,
)

EVENT = np.dtype(
    [
        ("presence", np.int32),
        ("serial", np.uint32),
        ("code", np.int32),
        ("row", np.int32),  # of the run's rows; -1 for what a tick found
        ("at_ms", np.int64),
        ("key", np.uint64),  # the track concerned
        ("x", np.float32),
        ("y", np.float32),
        ("value", np.float64),  # metres for CREPT, seconds unseen for FOUND
        ("reason", np.int32),  # of an end
        ("zone", np.int32),  # for CROSSED the ring, negative outside of all
        ("kind", np.uint8),
        ("begin_ms", np.int64),  # for CROSSED since when the track is outside, or its birth
        ("seen_ms", np.int64),
        ("token", np.uint64),
        ("frame", np.int16),
    ],
    align=True,
)


class Event(NamedTuple):
    """An EVENT as Python reads it."""

    presence: int
    serial: int
    code: int
    row: int
    at_ms: int
    key: int
    x: float
    y: float
    value: float
    reason: int
    zone: int
    kind: int
    begin_ms: int
    seen_ms: int
    token: int
    frame: int


BIRTH = np.dtype(
    [
        ("at_ms", np.int64),
        ("key", np.uint64),
        ("x", np.float32),
        ("y", np.float32),
        ("frame", np.int32),
        ("judged", np.int32),
        ("origin", np.int32),  # the presence that the track goes on from, or -1
        ("serial", np.uint32),
    ],
    align=True,
)
"""A track's first sighting in a zone: it may be a presence that leaves under a new id."""

QUIET = np.dtype(
    [
        ("until_ms", np.int64),  # 0: the engine looks at each step
        ("next_ms", np.int64),  # the next step that the presence may take
        ("begin_ms", np.int64),
        ("prior_ms", np.int64),
        ("unseen_ms", np.int64),  # `seen_ms` and `blind_ms` together, where `is_lost`
        ("x", np.float32),
        ("y", np.float32),
        ("reach_sq", np.float32),
        ("serial", np.uint32),
        ("zone", np.int32),
        ("kind", np.uint8),
        ("is_lost", np.uint8),  # only as long as nothing is seen of it
    ],
    align=True,
)
"""What the engine found when it looked at a presence last: until when, and as long as what is said here holds, it
would find the same. Nothing is lost without it but time: a snapshot does not have it."""

FREE, SEEN, UNSEEN = 0, 1, 2

# Event codes.
# NumPy's integers, because numba compiles a function anew for each literal one.
BEGAN, TOOK_OVER, JOINED, LOST, FOUND, CREPT, ENDED, DUE, TOKEN, CROSSED, SPLIT, MERGED = map(np.int64, range(12))

# Why a presence ended.
MOVED_OFF, LEFT_AS, GONE, DISPLACED, TOKEN_ELSEWHERE, TOO_FAST, LEFT_ZONE, UNSEEN_LIMIT, CLOSED, SAME_VEHICLE = map(
    np.int64, range(10)
)
END_REASONS = (
    "moved_off",
    "left_under_new_id",
    "gone",
    "displaced",
    "token_elsewhere",
    "moving",
    "left_zone",
    "unseen_limit",
    "closed",
    "same_vehicle",
)

# Track flags.
CLAIMED = 1
"""Another track goes on from this one."""

# Counters.
(
    TRACKS,
    FREE_TRACK,
    PRESENCES,
    FREE_PRESENCE,
    SERIAL,
    NOW,
    NEXT_DUE,
    EVENTS,
    BIRTHS,
    STALE,
    TOKENED,
    INSIDE,
    OPEN,
    FORGOT,
    OWNS,
) = range(15)

ROUTE_RANK = 3
"""Of zones, those from this rank on are corridors of routes, and no rings."""

KINDS = ("unknown", "car", "truck", "bus", "motorcycle", "vessel", "own")
OWN_KIND = KINDS.index("own")
BIG_KINDS = (KINDS.index("truck"), KINDS.index("bus"))
STATES = ("seen", "idle", "gone")
GONE_STATE = STATES.index("gone")
COMPATIBLE: NDArray[np.bool_] = np.array(
    [[a == b or "unknown" in (a, b) or {a, b} in ({"car", "truck"}, {"truck", "bus"}) for b in KINDS] for a in KINDS]
)
"""Whether a track of one kind may be a presence of another: detectors take a van for a car or a lorry."""

NEVER = 2**62
NO_ROW, NO_REASON, NO_KEY = np.int64(-1), np.int64(0), np.uint64(0)


class Tables(NamedTuple):
    """All that the kernel keeps between rows; plain arrays, so that a snapshot is their bytes."""

    tracks: NDArray[np.void]
    table: NDArray[np.int32]
    presences: NDArray[np.void]
    due: NDArray[np.int64]
    heads: NDArray[np.int32]
    events: NDArray[np.void]
    births: NDArray[np.void]
    sensor_ms: NDArray[np.int64]
    counters: NDArray[np.int64]
    own: NDArray[np.int32]
    quiet: NDArray[np.void]


DERIVED = ("table", "events", "own", "quiet")
"""Tables that a snapshot leaves out: `kernel.forget` finds all tracks, and the own vehicles' among them, again."""


class Rows(NamedTuple):
    """Observations in the order of their time. `track` is a hash of sensor and track, `sensor` the engine's number."""

    time_ms: NDArray[np.int64]
    lon: NDArray[np.float64]
    lat: NDArray[np.float64]
    track: NDArray[np.uint64]
    sensor: NDArray[np.int32]
    kind: NDArray[np.uint8]
    state: NDArray[np.uint8]
    token: NDArray[np.uint64]


class Limits(NamedTuple):
    """Settings in the kernel's units: metres, squared where the name says so, and milliseconds."""

    radius_sq: float
    move_sq: float
    creep_mps: float
    still_sq: float
    begin_ms: int
    lost_ms: int
    forget_ms: int
    unseen_limit_ms: int
    takeover_sq: float
    join_sq: float
    skew_ms: int
    depart_ms: int
    doubt_ms: int
    reach_mps: float
    displaced_sq: float
    displaced_ms: int
    own_m: float
    own_silent_ms: int
    recheck_ms: int
    circling_gap_ms: int


TICK_MS = 1000
BUCKET_M = 8.0
BUCKETS = 1 << 16
BIRTH_RING = 1 << 12
EVENT_ROOM = 1 << 13
OWN_ROOM = 1 << 12
"""More own vehicles than this at once are watched, but slowly."""
LINE_BYTES = 64


def new_tables(tracks: int = 1 << 12, presences: int = 1 << 10, sensors: int = 64) -> Tables:
    """Empty tables with room for so many tracks and presences (powers of two)."""
    counters = np.zeros(15, dtype=np.int64)
    counters[SERIAL] = 1
    counters[NOW] = counters[FORGOT] = -NEVER
    counters[NEXT_DUE] = NEVER
    counters[FREE_TRACK] = counters[FREE_PRESENCE] = -1
    return Tables(
        tracks=_aligned(tracks, TRACK),
        table=np.full(2 * tracks, -1, dtype=np.int32),
        presences=np.zeros(presences, dtype=PRESENCE),
        due=np.full(presences, NEVER, dtype=np.int64),
        heads=np.full(BUCKETS, -1, dtype=np.int32),
        events=np.zeros(EVENT_ROOM, dtype=EVENT),
        births=np.zeros(BIRTH_RING, dtype=BIRTH),
        sensor_ms=np.full(sensors, -NEVER, dtype=np.int64),
        counters=counters,
        own=np.zeros(OWN_ROOM, dtype=np.int32),
        quiet=np.zeros(presences, dtype=QUIET),
    )


def grown(tables: Tables, *, sensors: bool = False) -> Tables:
    """The same tables with twice the room: for sensors, or for whichever of tracks and presences is short of it.

    The hash table of a grown track table is empty: `kernel.forget` fills it.
    """
    if sensors:
        return tables._replace(sensor_ms=_doubled(tables.sensor_ms, -NEVER))
    counters = tables.counters
    if counters[FREE_PRESENCE] < 0 and counters[PRESENCES] >= len(tables.presences):
        tables = tables._replace(
            presences=_doubled(tables.presences, 0),
            due=_doubled(tables.due, NEVER),
            quiet=_doubled(tables.quiet, 0),
        )
    if counters[FREE_TRACK] < 0 and counters[TRACKS] >= len(tables.tracks):
        tracks = _aligned(2 * len(tables.tracks), TRACK)
        tracks[: len(tables.tracks)] = tables.tracks
        tables = tables._replace(tracks=tracks, table=np.full(2 * len(tracks), -1, dtype=np.int32))
    return tables


def _aligned(count: int, kind: np.dtype[Any]) -> NDArray[Any]:
    """Zeros that begin at a cache line, so that a row of two lines lies in two and not in three."""
    room = np.zeros(count * kind.itemsize + LINE_BYTES, dtype=np.uint8)
    begin = -room.ctypes.data % LINE_BYTES
    return room[begin : begin + count * kind.itemsize].view(kind)


def _doubled(array: NDArray[Any], fill: int) -> NDArray[Any]:
    more = np.zeros(len(array), dtype=array.dtype)
    if fill:
        more[:] = fill
    return np.concatenate([array, more])
