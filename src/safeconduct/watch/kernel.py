"""The watch's inner loop: arrays in, arrays out. No input or output, no objects, no clock but the observations' own.

`run` takes observations in the order of their time. Most are done with after one look into the index; those in a zone
update their track; a track that comes to rest begins a presence, or takes one over (watch.md, *Presence*). What the
engine must know is left in `tables.events`. `run` stops before a row when the engine has to look at a presence
first, so that what it decides depends on the time of the observations and never on how they were cut into batches.
"""

# pyright: reportMissingParameterType=false, reportMissingTypeArgument=false
# Parameters have no annotations here: numba infers their types, and annotations would only repeat the tables'.

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numba import njit

from safeconduct.watch.raster import FIRST_CROSSED, GRID, NEAR, OUTSIDE
from safeconduct.watch.tables import (
    BEGAN,
    BIG_KINDS,
    BIRTHS,
    BUCKET_M,
    BUCKETS,
    CLAIMED,
    COMPATIBLE,
    CREPT,
    CROSSED,
    DISPLACED,
    DUE,
    ENDED,
    EVENTS,
    FORGOT,
    FOUND,
    FREE_PRESENCE,
    FREE_TRACK,
    GONE,
    GONE_STATE,
    INSIDE,
    JOINED,
    LEFT_AS,
    LEFT_ZONE,
    LOST,
    MEMBERS,
    MERGED,
    MOVED_OFF,
    NEVER,
    NEXT_DUE,
    NO_KEY,
    NO_REASON,
    NO_ROW,
    NOW,
    OPEN,
    OWN_KIND,
    OWNS,
    PRESENCES,
    ROUTE_RANK,
    SAME_VEHICLE,
    SEEN,
    SERIAL,
    SPLIT,
    STALE,
    TICK_MS,
    TOKEN,
    TOKEN_ELSEWHERE,
    TOKENED,
    TOO_FAST,
    TOOK_OVER,
    TRACKS,
    UNSEEN,
    UNSEEN_LIMIT,
)

U64: Any = np.uint64
HASH = np.uint64(0x9E3779B97F4A7C15)
SPOT_SHARE = 0.2
"""How much of a track's spot the newest sighting is, once there are five."""
MOST_STILL = 10_000
"""Sightings at rest are counted up to here."""
OWN_SHARE = 0.05
"""The same for an own vehicle's tracker, which errs more and reports more rarely."""
DRIFT_SHARE = 0.05
"""How much of a presence's spot its track's spot is, at each sighting."""
DRIFT_SQ = 36.0
"""A track that rests further than this (m², 6 m) from its presence's spot has crept."""
REST_SQ = 25.0
"""A track has come to rest when its spot is this near (m², 5 m) to where it stopped."""
SPREAD_M = 3.5
"""How far the prediction of a track from one sighting to the next may err (one standard deviation)."""
STOOD_M = 3.0
"""How much further one that had come to rest may err: it drives on from where it stood, which its last sighting and its
speed then hardly tell."""
MISFIT_SQ = 9.0
"""A track born further off than three of these deviations (squared) does not go on from the lost one."""
FAR_SHARE = 0.45
"""The deviation grows no faster than at this share of the speed at which a vehicle may leave."""
NEAR_SQ = 400.0
"""Within this (m², 20 m) of where a track was lost, the direction of the next one says nothing."""
ROLLING_M, ROLLING_MPS = 10.0, 3.0
"""A track lost this far from where it stood, and going away this fast, was leaving: further than a sighting that errs
by 3 m gets by chance."""
RESTED_MS = 4000
RETURNED_MS = 6000
"""A track that is back must be seen for this long beside the one that took over before they are two vehicles."""
SILENT_MS = 3000
"""A sensor that has reported nothing at all for this long since cannot tell that a presence has gone."""
OWN_KEPT_MS = 3_600_000
"""How much longer than others the tracks of own vehicles are kept: one that is silent may still explain a presence."""
LAST_MS = 10_000
"""Sensors that saw a presence no longer ago than this before it was lost might see it still; of those that saw it
before, nobody knows."""
AHEAD = 64
TO_DO, TO_FOLLOW, TO_SETTLE = 0, 1, 2
"""Why `run_plain` has stopped at a row."""
TOGETHER = 512
"""How many points are located before those of them that edges decide."""
BLIND_MS = 5000
"""How often it is noted whether the sensors of an unseen presence see anything."""
BLIND_SEEN_MS, BLIND_SLACK_MS = 60_000, 20_000
"""A presence that had been seen for longer than most waits at signals may creep while a camera is off; what stands
nearby when it is on again, within so long, may be it."""
FORGET_EVERY_MS = 30_000
CHAIN = 4
"""Over how many tracks in between a departure is followed."""
OWN_SLACK_M = 1.0
SLACK_M = 4.0
"""How far one sighting may err."""
HIDES_M, HIDES_MS = 10.0, 15_000
"""A truck or bus that stands this near to a smaller vehicle, and came no later after its last sighting, hides it."""
OTHER_KIND = 3.0
"""How much worse a track fits one that was lost as of another kind: a van may be either, but what drives off as a truck
is rather the truck that stood beside the car."""
UNLIKE_SQ = 10.0
"""How much further off (m²) a presence of another kind counts: a truck stops in the lane beside a parked car, 3 m from
it, and the car that is seen again there is not the truck."""
HANDED_MS = 4000
"""A track that has been silent for this long, where another camera's track has come to rest, has been handed over."""
TWIN_SQ = 6.25
"""Two presences whose spots, which are means of many sightings, are this near (m², 2.5 m) are one vehicle's, unless one
sensor shows both: it was taken for two when it had hardly come to rest, and both spots were of a few sightings."""
HANDED_BUCKETS = 5
"""How many buckets about its spot a presence may have crept."""


@njit(cache=True)
def locate_rows(per_deg, cells, region_box, region_zone, region_crossed, grid, crossed, edges, lon, lat, zones, left):
    """Find the zones of the points as far as one region and two edges decide; how many are left, whose numbers are in
    `left`.

    The index's arrays come one by one: inside a tuple each costs a count of references at each use, more than all
    the rest together. Numbers that look something up are unsigned: signed ones are tried for being negative. What takes
    longer for some points waits until the others are done, and nothing is decided by a branch that cannot be foreseen:
    it costs more than all that is done here for a point.
    """
    mask = U64(cells.shape[0] - 1)
    count_left = U64(0)
    point, point_cell = np.empty(TOGETHER, dtype=np.uint64), np.empty(TOGETHER, dtype=np.uint64)
    for begin in range(0, lon.size, TOGETHER):
        count = U64(0)
        for i in range(begin, min(begin + TOGETHER, lon.size)):
            x, y = lon[i], lat[i]
            coarse = np.int64((x + 180.0) * per_deg) << 32 | np.int64((y + 90.0) * per_deg)
            slot = ((U64(coarse) * HASH) >> U64(32)) & mask
            found = cells[slot, 0]
            while found != coarse and found >= 0:
                slot = (slot + U64(1)) & mask
                found = cells[slot, 0]
            leads = cells[slot, 1]
            left[count_left] = i
            count_left += U64(leads < 0)
            region = U64(max(leads, 0))
            column = (x - region_box[region, 0]) * region_box[region, 2]
            row = (y - region_box[region, 1]) * region_box[region, 3]
            # What lies at 0 is region 0, where all is outside.
            holds = (column >= 0.0) & (column < GRID) & (row >= 0.0) & (row < GRID)
            at = ((np.int64(region) * GRID + np.int64(row)) * GRID + np.int64(column)) * np.int64(holds)
            code = np.int64(grid[U64(at)])
            zones[i] = code + region_zone[region] * np.int64(code >= 0)
            point[count], point_cell[count] = i, region_crossed[region] + FIRST_CROSSED - code
            count += U64(code <= FIRST_CROSSED)
        for place in range(count):
            i, cell = point[place], point_cell[place]
            x, y = lon[i], lat[i]
            base, zone, a, b = crossed[cell, 0], crossed[cell, 1], crossed[cell, 2], crossed[cell, 3]
            left[count_left] = i
            count_left += U64(a < 0)
            inside = zone & 1
            for edge in (U64(max(a, 0)), U64(b)):
                cut = edges[edge, 2] + (y - edges[edge, 0]) * edges[edge, 3]
                inside ^= ((edges[edge, 0] > y) != (edges[edge, 1] > y)) & (x < cut)
            zones[i] = zone >> 1 if inside else base
    return count_left


@njit(cache=True)
def cell_code(region_box, grid, region, x, y):
    """What the region's grid says of the point; OUTSIDE where it is not in the grid."""
    column = (x - region_box[region, 0]) * region_box[region, 2]
    row = (y - region_box[region, 1]) * region_box[region, 3]
    # What lies at 0 is region 0, where all is outside.
    holds = (column >= 0.0) & (column < GRID) & (row >= 0.0) & (row < GRID)
    return np.int64(grid[U64(((np.int64(region) * GRID + np.int64(row)) * GRID + np.int64(column)) * np.int64(holds))])


@njit(cache=True)
def is_right(edges, edge, x, y):
    """Whether the edge crosses the point's parallel to the right of it."""
    cut = edges[edge, 2] + (y - edges[edge, 0]) * edges[edge, 3]
    return ((edges[edge, 0] > y) != (edges[edge, 1] > y)) & (x < cut)


@njit(cache=True)
def locate_left(
    per_deg,
    cells,
    several,
    region_box,
    region_zone,
    region_crossed,
    grid,
    crossed,
    tests,
    edges,
    rank,
    lon,
    lat,
    zones,
    left,
):
    """Find the zones of the points `left`, whatever it takes."""
    mask = U64(cells.shape[0] - 1)
    for i in left:
        x, y = lon[i], lat[i]
        coarse = np.int64((x + 180.0) * per_deg) << 32 | np.int64((y + 90.0) * per_deg)
        slot = ((U64(coarse) * HASH) >> U64(32)) & mask
        while cells[slot, 0] != coarse and cells[slot, 0] >= 0:
            slot = (slot + U64(1)) & mask
        leads = cells[slot, 1]
        count = 1 if leads >= 0 else np.int64(several[-1 - leads])
        best, best_rank = np.int64(OUTSIDE), np.int64(127)
        for place in range(count):
            region = leads if leads >= 0 else np.int64(several[place - leads])
            zone = cell_code(region_box, grid, U64(region), x, y)
            if zone >= 0:
                zone += region_zone[region]
            elif zone <= FIRST_CROSSED:
                zone = zone_in_crossed(crossed, tests, edges, region_crossed[region] + FIRST_CROSSED - zone, x, y)
            if zone >= 0 and rank[zone] < best_rank:
                best, best_rank = zone, np.int64(rank[zone])
            elif zone == NEAR and best == OUTSIDE:
                best = zone
        zones[i] = best


@njit(cache=True)
def zone_in_crossed(crossed, tests, edges, cell, x, y):
    """The innermost zone that holds the point, which lies in a cell that edges cross; or NEAR."""
    base, zone, a, b = crossed[cell, 0], crossed[cell, 1], crossed[cell, 2], crossed[cell, 3]
    if a >= 0:
        inside = (zone & 1) ^ is_right(edges, U64(a), x, y) ^ is_right(edges, U64(b), x, y)
        return np.int64(zone >> 1) if inside else np.int64(base)
    at = U64(-1 - a)
    count = tests[at]
    at += U64(1)
    for _ in range(count):
        zone, edge_count = tests[at], U64(tests[at + U64(1)])
        at += U64(2)
        inside = zone & 1
        for item in range(at, at + edge_count):
            inside ^= is_right(edges, U64(tests[item]), x, y)
        if inside:
            return np.int64(zone >> 1)
        at += edge_count
    return np.int64(base)


@njit(cache=True)
def locate_all(index, lon, lat, zones):
    """The innermost zone that holds each point, NEAR or OUTSIDE, into `zones` (n,) int32.

    Same as the even-odd rule over every edge of every zone; of zones of one rank, the first.
    """
    left = np.empty(lon.size + 1, dtype=np.int64)
    count_left = locate_rows(
        index.cells_per_deg,
        index.cells,
        index.region_box,
        index.region_zone,
        index.region_crossed,
        index.grid,
        index.crossed,
        index.edges,
        lon,
        lat,
        zones,
        left,
    )
    if count_left:
        locate_left(
            index.cells_per_deg,
            index.cells,
            index.several,
            index.region_box,
            index.region_zone,
            index.region_crossed,
            index.grid,
            index.crossed,
            index.tests,
            index.edges,
            index.zone_rank,
            lon,
            lat,
            zones,
            left[: np.int64(count_left)],
        )


@njit(cache=True)
def locate(index, lon, lat):
    """The innermost zone that holds the point; negative without one."""
    lons, lats, zones = np.empty(1), np.empty(1), np.empty(1, dtype=np.int32)
    lons[0], lats[0] = lon, lat
    locate_left(
        index.cells_per_deg,
        index.cells,
        index.several,
        index.region_box,
        index.region_zone,
        index.region_crossed,
        index.grid,
        index.crossed,
        index.tests,
        index.edges,
        index.zone_rank,
        lons,
        lats,
        zones,
        np.zeros(1, dtype=np.int64),
    )
    return np.int64(zones[0])


@njit(cache=True)
def find(tables, key):
    """The slot of a track, or -1."""
    mask = tables.table.size - 1
    place = np.int64((key * HASH) >> np.uint64(32)) & mask
    while True:
        slot = np.int64(tables.table[place])
        if slot < 0 or tables.tracks[slot].key == key:
            return slot
        place = (place + 1) & mask


@njit(cache=True)
def insert(tables, key):
    """A slot for a track that has none. Requires room (`full` is false)."""
    counters = tables.counters
    slot = counters[FREE_TRACK]
    if slot >= 0:
        counters[FREE_TRACK] = tables.tracks[slot].presence
    else:
        slot = counters[TRACKS]
        counters[TRACKS] += 1
    counters[INSIDE] += 1
    mask = tables.table.size - 1
    place = np.int64((key * HASH) >> np.uint64(32)) & mask
    while tables.table[place] >= 0:
        place = (place + 1) & mask
    tables.table[place] = slot
    tables.tracks[slot].key = key
    return slot


@njit(cache=True)
def full(tables):
    """Whether the engine must make room before another row."""
    counters = tables.counters
    return (
        (counters[FREE_TRACK] < 0 and counters[TRACKS] >= tables.tracks.size)
        or (counters[FREE_PRESENCE] < 0 and counters[PRESENCES] >= tables.presences.size)
        or counters[EVENTS] + 64 > tables.events.size
    )


@njit(cache=True)
def forget(tables, before_ms):
    """Drop the tracks last seen before `before_ms` that show no open presence, and rebuild the hash table."""
    counters = tables.counters
    counters[OWNS] = 0
    tables.table[:] = -1
    mask = tables.table.size - 1
    for slot in range(counters[TRACKS]):
        track = tables.tracks[slot]
        if track.key == 0:
            continue
        since_ms = before_ms - OWN_KEPT_MS if track.kind == OWN_KIND else before_ms
        if track.last_ms < since_ms and not attached(tables, track):
            track.key = 0
            track.presence = counters[FREE_TRACK]
            counters[FREE_TRACK] = slot
            counters[INSIDE] -= 1
            continue
        if track.kind == OWN_KIND:
            note_own(tables, slot)
        place = np.int64((track.key * HASH) >> np.uint64(32)) & mask
        while tables.table[place] >= 0:
            place = (place + 1) & mask
        tables.table[place] = slot


@njit(cache=True)
def attached(tables, track):
    """Whether the track shows a presence that is still open."""
    return track.presence >= 0 and tables.presences[track.presence].serial == track.serial


@njit(cache=True)
def gap_sq(ax, ay, bx, by):
    return (ax - bx) * (ax - bx) + (ay - by) * (ay - by)


@njit(cache=True)
def emit(tables, code, p, row, at_ms, key, value, reason):
    """Leave an event for the engine. Requires room for it."""
    event = tables.events[tables.counters[EVENTS]]
    tables.counters[EVENTS] += 1
    presence = tables.presences[p]
    event.presence = p
    event.serial = presence.serial
    event.code = code
    event.row = row
    event.at_ms = at_ms
    event.key = key
    event.x = presence.x
    event.y = presence.y
    event.value = value
    event.reason = reason
    event.zone = presence.zone
    event.kind = presence.kind
    event.begin_ms = presence.begin_ms
    event.seen_ms = presence.seen_ms
    event.token = presence.token
    event.frame = presence.frame


@njit(cache=True)
def bucket_of(frame, column, row):
    mixed = np.uint64(column * 73856093 ^ row * 19349663 ^ frame * 83492791) * HASH
    return np.int64(mixed >> np.uint64(40)) & (BUCKETS - 1)


@njit(cache=True)
def link(tables, p):
    """Enter a presence into the bucket of its spot."""
    presence = tables.presences[p]
    bucket = bucket_of(np.int64(presence.frame), math.floor(presence.x / BUCKET_M), math.floor(presence.y / BUCKET_M))
    presence.bucket = bucket
    presence.next = tables.heads[bucket]
    tables.heads[bucket] = p


@njit(cache=True)
def unlink(tables, p):
    presence = tables.presences[p]
    at = tables.heads[presence.bucket]
    if at == p:
        tables.heads[presence.bucket] = presence.next
        return
    while tables.presences[at].next != p:
        at = tables.presences[at].next
    tables.presences[at].next = presence.next


@njit(cache=True)
def schedule(tables, p, at_ms):
    """Look at the presence at the first tick from `at_ms` on, or before."""
    if at_ms < tables.due[p]:
        tables.due[p] = at_ms
    at_ms = -(-at_ms // TICK_MS) * TICK_MS
    if at_ms < tables.counters[NEXT_DUE]:
        tables.counters[NEXT_DUE] = at_ms


@njit(cache=True)
def open_presence(tables, index, limits, slot, zone, t, row):
    """Begin a presence where the track stands; its clock counts from the track's arrival."""
    counters = tables.counters
    p = counters[FREE_PRESENCE]
    if p >= 0:
        counters[FREE_PRESENCE] = tables.presences[p].next
    else:
        p = counters[PRESENCES]
        counters[PRESENCES] += 1
    track, presence = tables.tracks[slot], tables.presences[p]
    presence.serial = counters[SERIAL]
    counters[SERIAL] += 1
    counters[OPEN] += 1
    presence.begin_ms = min(track.anchor_ms, track.still_ms)
    presence.last_ms = t
    presence.seen_ms = t - presence.begin_ms
    presence.left_ms = presence.doubt_ms = presence.blind_ms = 0
    presence.left_key = 0
    presence.prior_ms = 0
    presence.token = 0
    presence.x = presence.begin_x = track.spot_x
    presence.y = presence.begin_y = track.spot_y
    presence.path_m = 0.0
    presence.zone = zone
    presence.frame = track.frame
    presence.kind = track.kind
    presence.state = SEEN
    presence.members = 0
    presence.joined = 0
    presence.step_ms = NEVER
    if index.zone_first_ms[zone] < NEVER:
        presence.step_ms = presence.begin_ms + index.zone_first_ms[zone]
    tables.due[p] = NEVER
    link(tables, p)
    attach(tables, p, slot)
    schedule(tables, p, min(presence.step_ms, t + limits.lost_ms))
    emit(tables, BEGAN, p, row, presence.begin_ms, track.key, 0.0, NO_REASON)
    take_token(tables, p, slot, t, row)


@njit(cache=True)
def attach(tables, p, slot):
    """Let the track show the presence; of too many, the one seen least lately is let go."""
    track, presence = tables.tracks[slot], tables.presences[p]
    place = presence.members
    if place < MEMBERS:
        presence.members += 1
    else:
        place = 0
        for other in range(1, MEMBERS):
            if tables.tracks[presence.member[other]].last_ms < tables.tracks[presence.member[place]].last_ms:
                place = other
        old = tables.tracks[presence.member[place]]
        if old.serial == presence.serial:
            old.presence = -1
    presence.member[place] = slot
    track.presence = p
    track.serial = presence.serial


@njit(cache=True)
def detach(tables, p, slot):
    """The track shows the presence no longer, and starts afresh from where it is."""
    track, presence = tables.tracks[slot], tables.presences[p]
    for place in range(presence.members):
        if presence.member[place] == slot:
            presence.members -= 1
            presence.member[place] = presence.member[presence.members]
            break
    track.presence = -1
    restart(track)


@njit(cache=True)
def restart(track):
    track.anchor_ms = track.still_ms = track.last_ms
    track.anchor_x = track.still_x = track.spot_x = track.x
    track.anchor_y = track.still_y = track.spot_y = track.y
    track.still_n = 1


@njit(cache=True)
def take_token(tables, p, slot, t, row):
    """Note the token that the track has for its presence."""
    track, presence = tables.tracks[slot], tables.presences[p]
    if track.token != 0 and presence.token == 0:
        presence.token = track.token
        tables.counters[TOKENED] += 1
        emit(tables, TOKEN, p, row, t, track.key, 0.0, NO_REASON)


@njit(cache=True)
def end(tables, p, at_ms, reason, key, row):
    """Close a presence."""
    presence = tables.presences[p]
    emit(tables, ENDED, p, row, at_ms, key, 0.0, reason)
    if presence.token != 0:
        tables.counters[TOKENED] -= 1
    unlink(tables, p)
    presence.serial = 0
    presence.next = tables.counters[FREE_PRESENCE]
    tables.counters[FREE_PRESENCE] = p
    tables.counters[OPEN] -= 1
    tables.due[p] = NEVER


@njit(cache=True)
def shown_by_other(tables, p, slot, since_ms):
    """Whether another track has shown the presence since."""
    presence = tables.presences[p]
    for place in range(presence.members):
        other = np.int64(presence.member[place])
        if (
            other != slot
            and tables.tracks[other].last_ms >= since_ms
            and tables.tracks[other].serial == presence.serial
        ):
            return True
    return False


@njit(cache=True)
def shown_by_sensor(tables, p, sensor, slot, since_ms):
    """Whether another track of this sensor has shown the presence since."""
    presence = tables.presences[p]
    for place in range(presence.members):
        other = tables.tracks[presence.member[place]]
        if (
            presence.member[place] != slot
            and other.serial == presence.serial
            and other.sensor == sensor
            and other.last_ms >= since_ms
        ):
            return True
    return False


@njit(cache=True)
def candidate(tables, limits, slot):
    """The presence that the resting track shows, or -1: the nearest unseen one that it was born at, or one that
    other sensors show in the same spot at the same time."""
    track = tables.tracks[slot]
    reach = math.sqrt(limits.takeover_sq) + SLACK_M
    born_here = gap_sq(track.birth_x, track.birth_y, track.spot_x, track.spot_y) <= reach * reach
    best, best_sq = -1, limits.takeover_sq
    column, row = math.floor(track.spot_x / BUCKET_M), math.floor(track.spot_y / BUCKET_M)
    for i in range(column - 1, column + 2):
        for j in range(row - 1, row + 2):
            p = np.int64(tables.heads[bucket_of(np.int64(track.frame), i, j)])
            while p >= 0:
                presence = tables.presences[p]
                distance_sq = gap_sq(presence.x, presence.y, track.spot_x, track.spot_y)
                alike = COMPATIBLE[presence.kind, track.kind] and (
                    presence.token == 0 or track.token == 0 or presence.token == track.token
                )
                same = presence.kind == track.kind or presence.kind == 0 or track.kind == 0
                if not same:
                    distance_sq += UNLIKE_SQ
                if alike and presence.frame == track.frame and distance_sq < best_sq:
                    if presence.last_ms <= track.birth_ms + limits.skew_ms:
                        # A van may be taken for a car or a lorry, but a lorry also stops beside a car.
                        fits = born_here and (same or distance_sq <= limits.join_sq)
                    else:
                        fits = distance_sq <= limits.join_sq and not shown_by_sensor(
                            tables, p, track.sensor, slot, track.birth_ms + limits.skew_ms
                        )
                    if fits:
                        best, best_sq = p, distance_sq
                p = np.int64(presence.next)
    return best


@njit(cache=True)
def shift(tables, index, p, slot, t, row):
    """The presence stands where its track does now, in whichever zone that is."""
    track, presence = tables.tracks[slot], tables.presences[p]
    frame = index.frames[track.frame]
    zone = locate(index, frame[0] + track.spot_x / frame[2], frame[1] + track.spot_y / frame[3])
    if zone < 0:
        end(tables, p, t, LEFT_ZONE, track.key, row)
        track.presence = -1
        return
    moved_m = math.sqrt(gap_sq(track.spot_x, track.spot_y, presence.x, presence.y))
    presence.path_m += moved_m
    unlink(tables, p)
    presence.x, presence.y = track.spot_x, track.spot_y
    link(tables, p)
    emit(tables, CREPT, p, row, t, track.key, np.float64(moved_m), NO_REASON)
    if zone != presence.zone:
        presence.zone = zone
        presence.step_ms = t
        schedule(tables, p, t)


@njit(cache=True)
def settle(tables, index, limits, slot, t, row):
    """A track that shows nothing yet has come to rest: it takes a presence over, joins one, or begins one."""
    track = tables.tracks[slot]
    frame = index.frames[track.frame]
    zone = locate(index, frame[0] + track.spot_x / frame[2], frame[1] + track.spot_y / frame[3])
    if zone < 0:
        return
    p = candidate(tables, limits, slot)
    if p < 0:
        p = crept_from(tables, limits, slot, t)
        if p < 0:
            p = handed_over(tables, limits, slot, t)
        if p < 0:
            p = crept_blind(tables, limits, slot, t)
        if p >= 0:
            emit(
                tables,
                TOOK_OVER,
                p,
                row,
                track.birth_ms,
                track.key,
                max(0, track.birth_ms - tables.presences[p].last_ms) / 1000.0,
                NO_REASON,
            )
            attach(tables, p, slot)
            found(tables, limits, p, slot, t, row)
            shift(tables, index, p, slot, t, row)
            return
        open_presence(tables, index, limits, slot, zone, t, row)
        return
    presence = tables.presences[p]
    over = presence.last_ms <= track.birth_ms + limits.skew_ms
    unseen_s = max(0, track.still_ms - presence.last_ms) / 1000.0
    emit(tables, TOOK_OVER if over else JOINED, p, row, track.birth_ms, track.key, unseen_s if over else 0.0, NO_REASON)
    attach(tables, p, slot)
    if presence.kind == 0:
        presence.kind = track.kind
    if over:
        presence.seen_ms += max(0, t - max(track.still_ms, presence.last_ms))
        presence.left_ms = 0
    found(tables, limits, p, slot, t, row)
    take_token(tables, p, slot, t, row)


@njit(cache=True)
def crept_from(tables, limits, slot, t):
    """The presence that the track goes on from after a short move, or -1."""
    track = tables.tracks[slot]
    number = birth_of(tables, track)
    if number < 0 or t - track.birth_ms < limits.skew_ms:
        return -1
    judge(tables, limits, number)
    birth = tables.births[number & (tables.births.size - 1)]
    p = np.int64(birth.origin)
    if p < 0 or tables.presences[p].serial != birth.serial:
        return -1
    presence = tables.presences[p]
    moved_sq = gap_sq(presence.x, presence.y, track.spot_x, track.spot_y)
    if presence.last_ms > track.birth_ms + limits.skew_ms or moved_sq > limits.move_sq:
        return -1
    moved_m = math.sqrt(moved_sq)
    if (presence.path_m + moved_m) * 1000.0 >= limits.creep_mps * (t - presence.begin_ms):
        return -1
    return -1 if reborn_at_spot(tables, limits, p, slot) else p


@njit(cache=True)
def handed_over(tables, limits, slot, t):
    """The presence that crept to where the track rests, under the eyes of another camera until now or still, or -1.

    Views overlap by more than a moment: the track of a slow vehicle is born long before the other camera loses it, and
    goes on from no lost track.
    """
    track = tables.tracks[slot]
    column, row = math.floor(track.spot_x / BUCKET_M), math.floor(track.spot_y / BUCKET_M)
    best, best_sq = -1, limits.takeover_sq
    for i in range(column - HANDED_BUCKETS, column + HANDED_BUCKETS + 1):
        for j in range(row - HANDED_BUCKETS, row + HANDED_BUCKETS + 1):
            p = np.int64(tables.heads[bucket_of(np.int64(track.frame), i, j)])
            while p >= 0:
                presence = tables.presences[p]
                moved_sq = gap_sq(presence.x, presence.y, track.spot_x, track.spot_y)
                moved_m = presence.path_m + math.sqrt(moved_sq)
                if (
                    presence.frame == track.frame
                    and DRIFT_SQ < moved_sq <= limits.move_sq
                    and COMPATIBLE[presence.kind, track.kind]
                    and (presence.token == 0 or track.token == 0 or presence.token == track.token)
                    and moved_m * 1000.0 < limits.creep_mps * (t - presence.begin_ms)
                ):
                    off_sq = newest_off_sq(tables, limits, p, slot, t)
                    if off_sq < best_sq:
                        best, best_sq = p, off_sq
                p = np.int64(presence.next)
    return best


@njit(cache=True)
def crept_blind(tables, limits, slot, t):
    """The nearest presence that the track may go on from after a short move that nobody saw, or -1: its sensors were
    silent from when it was last seen until just before the track was first seen, standing."""
    track = tables.tracks[slot]
    reach = math.sqrt(limits.takeover_sq) + SLACK_M
    if gap_sq(track.birth_x, track.birth_y, track.spot_x, track.spot_y) > reach * reach:
        return -1
    column, row = math.floor(track.spot_x / BUCKET_M), math.floor(track.spot_y / BUCKET_M)
    best, best_sq = -1, limits.move_sq
    for i in range(column - HANDED_BUCKETS, column + HANDED_BUCKETS + 1):
        for j in range(row - HANDED_BUCKETS, row + HANDED_BUCKETS + 1):
            p = np.int64(tables.heads[bucket_of(np.int64(track.frame), i, j)])
            while p >= 0:
                presence = tables.presences[p]
                moved_sq = gap_sq(presence.x, presence.y, track.spot_x, track.spot_y)
                gap_ms = track.birth_ms - presence.last_ms
                if (
                    presence.state == UNSEEN
                    and presence.frame == track.frame
                    and moved_sq <= best_sq
                    and presence.doubt_ms == 0
                    and presence.seen_ms >= BLIND_SEEN_MS
                    and gap_ms >= BLIND_SEEN_MS
                    and presence.blind_ms >= gap_ms - BLIND_SLACK_MS
                    and (presence.kind == track.kind or presence.kind == 0 or track.kind == 0)
                    and (presence.token == 0 or track.token == 0 or presence.token == track.token)
                    and (presence.path_m + math.sqrt(moved_sq)) * 1000.0 < limits.creep_mps * (t - presence.begin_ms)
                    and not reborn_at_spot(tables, limits, p, slot)
                ):
                    best, best_sq = p, moved_sq
                p = np.int64(presence.next)
    return best


@njit(cache=True)
def newest_off_sq(tables, limits, p, slot, t):
    """How far from the resting track (m²) the presence's newest one is, where that is another camera's and they may be
    one vehicle's; else infinite."""
    track, presence = tables.tracks[slot], tables.presences[p]
    newest, last_ms = -1, np.int64(0)
    for place in range(presence.members):
        other = np.int64(presence.member[place])
        if tables.tracks[other].serial == presence.serial and tables.tracks[other].last_ms > last_ms:
            newest, last_ms = other, tables.tracks[other].last_ms
    if newest < 0 or newest == slot or last_ms < track.birth_ms - limits.skew_ms:
        return np.inf
    lost = tables.tracks[newest]
    if lost.sensor == track.sensor:
        return np.inf
    if last_ms <= t - HANDED_MS:
        return gap_sq(lost.x, lost.y, track.spot_x, track.spot_y)
    off_sq = gap_sq(lost.spot_x, lost.spot_y, track.spot_x, track.spot_y)
    return off_sq if off_sq <= limits.join_sq else np.inf


@njit(cache=True)
def reborn_at_spot(tables, limits, p, slot):
    """Whether another track was born where the presence stood, after it was last seen, and is still there."""
    presence = tables.presences[p]
    reach = math.sqrt(limits.takeover_sq) + SLACK_M
    for number in range(first_birth(tables, presence.last_ms - limits.skew_ms), tables.counters[BIRTHS]):
        birth = tables.births[number & (tables.births.size - 1)]
        if birth.frame != presence.frame or gap_sq(birth.x, birth.y, presence.x, presence.y) > reach * reach:
            continue
        other = find(tables, birth.key)
        if other >= 0 and other != slot and tables.tracks[other].birth_ms == birth.at_ms:
            track = tables.tracks[other]
            rests = track.last_ms - track.still_ms >= RESTED_MS and not attached(tables, track)
            if rests and gap_sq(track.x, track.y, presence.x, presence.y) <= reach * reach:
                return True
    return False


@njit(cache=True)
def found(tables, limits, p, slot, t, row):
    """A track shows the presence now."""
    presence = tables.presences[p]
    if presence.state == UNSEEN:
        presence.state = SEEN
        presence.doubt_ms = 0
        emit(tables, FOUND, p, row, t, tables.tracks[slot].key, (t - presence.last_ms) / 1000.0, NO_REASON)
        schedule(tables, p, t + limits.lost_ms)
    presence.last_ms = max(presence.last_ms, t)


@njit(cache=True)
def rest(track, still_sq, own_sq, begin_ms, x, y, t):
    """Follow where the track rests; true once it has rested long enough to be standing."""
    own = track.kind == OWN_KIND
    if gap_sq(x, y, track.still_x, track.still_y) > (own_sq if own else still_sq):
        track.still_x = track.spot_x = x
        track.still_y = track.spot_y = y
        track.still_ms = t
        track.still_n = 1
        return False
    n = min(track.still_n + 1, MOST_STILL)
    track.still_n = n
    share = max(OWN_SHARE if own else SPOT_SHARE, 1.0 / n)
    track.spot_x += (x - track.spot_x) * share
    track.spot_y += (y - track.spot_y) * share
    if n <= 3:
        track.still_x += (x - track.still_x) / n
        track.still_y += (y - track.still_y) / n
    if t - track.still_ms < begin_ms:
        return False
    if gap_sq(track.spot_x, track.spot_y, track.still_x, track.still_y) <= REST_SQ:
        return True
    # It rolled on after what was taken for its stop: look again from here.
    track.still_x, track.still_y, track.still_ms = track.spot_x, track.spot_y, t
    return False


@njit(cache=True)
def creep(tables, index, limits, p, slot, t, row):
    """The presence's track came to rest elsewhere: the spot follows, unless the moves are too fast for creeping."""
    track, presence = tables.tracks[slot], tables.presences[p]
    moved_m = math.sqrt(gap_sq(track.spot_x, track.spot_y, presence.x, presence.y))
    is_fast = (presence.path_m + moved_m) * 1000.0 >= limits.creep_mps * (t - presence.begin_ms)
    if is_fast or moved_m * moved_m > limits.move_sq:
        end(tables, p, presence.last_ms, TOO_FAST, track.key, row)
        track.presence = -1
        track.anchor_x, track.anchor_y, track.anchor_ms = track.still_x, track.still_y, track.still_ms
        settle(tables, index, limits, slot, t, row)
        return
    shift(tables, index, p, slot, t, row)


@njit(cache=True)
def show(tables, index, limits, slot, x, y, t, since_ms, row):
    """A sighting of a track that shows a presence, `since_ms` after its last one."""
    track = tables.tracks[slot]
    p = np.int64(track.presence)
    presence = tables.presences[p]
    resting = rest(track, limits.still_sq, limits.radius_sq, limits.begin_ms, x, y, t)
    distance_sq = gap_sq(x, y, presence.x, presence.y)
    off_m = math.sqrt(limits.move_sq) + SLACK_M  # one sighting: where it comes to rest is told of more closely
    if distance_sq > off_m * off_m:
        if shown_by_other(tables, p, slot, t - limits.lost_ms):
            presence.left_ms, presence.left_key = t, track.key
            schedule(tables, p, t + 2 * limits.skew_ms)
            detach(tables, p, slot)
        else:
            end(tables, p, presence.last_ms, MOVED_OFF, track.key, row)
            track.presence = -1
            restart(track)
        return
    if distance_sq <= limits.radius_sq:
        if since_ms > limits.lost_ms:
            track.birth_ms, track.returned = t, 1
        elif track.returned and t - track.birth_ms >= RETURNED_MS:
            track.returned = 0
            split(tables, index, limits, p, slot, t, row)
        presence.seen_ms += max(0, min(t - presence.last_ms, limits.lost_ms))
        found(tables, limits, p, slot, t, row)
    if resting:
        follow(tables, index, limits, slot, t, row)


@njit(cache=True)
def follow(tables, index, limits, slot, t, row):
    """Let the presence follow where its track rests."""
    track = tables.tracks[slot]
    p = np.int64(track.presence)
    presence = tables.presences[p]
    if gap_sq(track.spot_x, track.spot_y, presence.x, presence.y) > DRIFT_SQ:
        creep(tables, index, limits, p, slot, t, row)
    else:
        drift(tables, p, slot)


@njit(cache=True)
def drifted(spot, towards):
    """A coordinate of a presence's spot, a little nearer to its track's."""
    return np.float32(spot + (towards - spot) * DRIFT_SHARE)


@njit(cache=True)
def drift_inside(track, presence):
    """Let the spot follow its track's, where it stays in its bucket; whether it did."""
    x, y = drifted(presence.x, track.spot_x), drifted(presence.y, track.spot_y)
    if math.floor(x / BUCKET_M) != math.floor(presence.x / BUCKET_M):
        return False
    if math.floor(y / BUCKET_M) != math.floor(presence.y / BUCKET_M):
        return False
    presence.x, presence.y = x, y
    return True


@njit(cache=True)
def drift(tables, p, slot):
    """Let the spot follow its track's, into another bucket where it comes to that."""
    track, presence = tables.tracks[slot], tables.presences[p]
    if not drift_inside(track, presence):
        unlink(tables, p)
        presence.x, presence.y = drifted(presence.x, track.spot_x), drifted(presence.y, track.spot_y)
        link(tables, p)


@njit(cache=True)
def split(tables, index, limits, p, slot, t, row):
    """The track is back that another of its own sensor had taken over from. Where that one is still seen, there are
    two vehicles, and the other one gets a presence of its own."""
    presence = tables.presences[p]
    sensor, since_ms = tables.tracks[slot].sensor, tables.tracks[slot].birth_ms + RETURNED_MS // 2
    place = 0
    while place < presence.members:
        other = np.int64(presence.member[place])
        track = tables.tracks[other]
        if other != slot and track.sensor == sensor and track.last_ms >= since_ms:
            presence.members -= 1
            presence.member[place] = presence.member[presence.members]
            track.presence = -1
            emit(tables, SPLIT, p, row, t, track.key, 0.0, NO_REASON)
            frame = index.frames[track.frame]
            zone = locate(index, frame[0] + track.spot_x / frame[2], frame[1] + track.spot_y / frame[3])
            if zone >= 0 and (
                tables.counters[FREE_PRESENCE] >= 0 or tables.counters[PRESENCES] < tables.presences.size
            ):
                open_presence(tables, index, limits, other, zone, t, NO_ROW)
        else:
            place += 1


@njit(cache=True)
def move(tables, index, limits, slot, zone, x, y, t, row):
    """A sighting of a track that shows no presence."""
    track = tables.tracks[slot]
    if gap_sq(x, y, track.anchor_x, track.anchor_y) > limits.radius_sq:
        track.anchor_x, track.anchor_y, track.anchor_ms = x, y, t
    if (
        rest(track, limits.still_sq, limits.radius_sq, limits.begin_ms, x, y, t)
        and zone >= 0
        and track.kind != OWN_KIND
    ):
        settle(tables, index, limits, slot, t, row)


@njit(cache=True)
def born(tables, track, frame, sensor, kind, x, y, t):
    """Set up the track as first seen now."""
    track.birth_ms = track.last_ms = t
    track.birth_x = track.x = x
    track.birth_y = track.y = y
    track.vx = track.vy = 0.0
    track.frame = frame
    track.sensor = sensor
    track.kind = kind
    track.presence = -1
    track.entries = track.flags = track.returned = 0
    track.token = 0
    track.zone = -1
    restart(track)
    birth = tables.births[tables.counters[BIRTHS] & (tables.births.size - 1)]
    tables.counters[BIRTHS] += 1
    birth.at_ms, birth.key, birth.x, birth.y, birth.frame = t, track.key, x, y, frame
    birth.judged, birth.origin, birth.serial = 0, -1, 0


@njit(cache=True)
def frame_near(index, lon, lat):
    """The frame whose origin is nearest, or -1 without one within a degree."""
    best, best_sq = -1, 1.0
    for number in range(index.frames.shape[0]):
        distance_sq = gap_sq(lon, lat, index.frames[number, 0], index.frames[number, 1])
        if distance_sq < best_sq:
            best, best_sq = number, distance_sq
    return best


@njit(cache=True)
def token_elsewhere(tables, index, limits, token, slot, lon, lat, t, row):
    """A token was read away from its presence: it has left."""
    own = tables.tracks[slot].presence if slot >= 0 and attached(tables, tables.tracks[slot]) else -1
    for p in range(tables.counters[PRESENCES]):
        presence = tables.presences[p]
        if presence.serial == 0 or presence.token != token or p == own or presence.last_ms > t:
            continue
        frame = index.frames[presence.frame]
        x, y = (lon - frame[0]) * frame[2], (lat - frame[1]) * frame[3]
        if gap_sq(x, y, presence.x, presence.y) > limits.move_sq:
            end(tables, p, presence.last_ms, TOKEN_ELSEWHERE, NO_KEY, row)
            return


@njit(cache=True)
def gone(tables, index, limits, slot, kind, lon, lat, t, row):
    """Positive evidence of leaving: of the track, or, where it shows nothing, of whatever stood there unseen."""
    if slot >= 0 and attached(tables, tables.tracks[slot]):
        p = np.int64(tables.tracks[slot].presence)
        if shown_by_other(tables, p, slot, t - limits.lost_ms):
            detach(tables, p, slot)
        else:
            end(tables, p, t, GONE, tables.tracks[slot].key, row)
        return
    number = frame_near(index, lon, lat)
    if number < 0:
        return
    frame = index.frames[number]
    x, y = (lon - frame[0]) * frame[2], (lat - frame[1]) * frame[3]
    column, line = math.floor(x / BUCKET_M), math.floor(y / BUCKET_M)
    for i in range(column - 1, column + 2):
        for j in range(line - 1, line + 2):
            p = np.int64(tables.heads[bucket_of(np.int64(number), i, j)])
            while p >= 0:
                presence = tables.presences[p]
                following = np.int64(presence.next)
                if (
                    presence.state == UNSEEN
                    and presence.frame == number
                    and COMPATIBLE[presence.kind, kind]
                    and gap_sq(x, y, presence.x, presence.y) <= limits.join_sq
                ):
                    end(tables, p, t, GONE, NO_KEY, row)
                    return
                p = following


@njit(cache=True)
def departed(tables, limits, p, now_ms):
    """The key of a track that, born about when the presence was last seen, goes on from it and not from any other track
    that was lost then, and is away from it; 0 without one."""
    presence = tables.presences[p]
    # Of who drives off while its camera is blind, only what another sees at once tells.
    is_blind = silent_since(tables, p, presence.last_ms + limits.lost_ms)
    within_ms = SILENT_MS if is_blind else limits.depart_ms
    newest = tables.counters[BIRTHS]
    for number in range(first_birth(tables, presence.last_ms - limits.skew_ms), newest):
        birth = tables.births[number & (tables.births.size - 1)]
        if birth.at_ms > min(now_ms - limits.skew_ms, presence.last_ms + within_ms):
            break
        gap_s = max(0.0, (birth.at_ms - presence.last_ms) / 1000.0)
        reach = math.sqrt(limits.radius_sq) + limits.reach_mps * (gap_s + 1.0)
        if birth.frame != presence.frame or gap_sq(birth.x, birth.y, presence.x, presence.y) > reach * reach:
            continue
        judge(tables, limits, number)
        if birth.origin != p or birth.serial != presence.serial:
            continue
        slot = find(tables, birth.key)
        if slot >= 0 and gap_sq(tables.tracks[slot].x, tables.tracks[slot].y, presence.x, presence.y) > limits.move_sq:
            return birth.key
    return NO_KEY


@njit(cache=True)
def silent_since(tables, p, since_ms):
    """Whether the sensors that showed the presence last have reported nothing since."""
    presence = tables.presences[p]
    for place in range(presence.members):
        track = tables.tracks[presence.member[place]]
        is_last = track.serial == presence.serial and track.last_ms >= presence.last_ms - LAST_MS
        if is_last and tables.sensor_ms[track.sensor] >= since_ms:
            return False
    return True


@njit(cache=True)
def first_birth(tables, since_ms):
    """The number of the first birth since. Births are kept in the order of time."""
    births = tables.births
    high = tables.counters[BIRTHS]
    low = max(0, high - births.size)
    while low < high:
        middle = (low + high) // 2
        if births[middle & (births.size - 1)].at_ms >= since_ms:
            high = middle
        else:
            low = middle + 1
    return low


@njit(cache=True)
def judge(tables, limits, number):
    """Decide, once, which presence the newly born track goes on from: that of the lost track that it fits best,
    which no other goes on from; through short tracks in between where there are any."""
    visited = np.empty(CHAIN, dtype=np.int64)
    origin, serial = np.int32(-1), np.uint32(0)
    steps = 0
    while steps < CHAIN and number >= 0:
        birth = tables.births[number & (tables.births.size - 1)]
        if birth.judged:
            origin, serial = birth.origin, birth.serial
            break
        birth.judged = 1
        visited[steps] = number
        steps += 1
        number = -1
        slot = find(tables, birth.key)
        if slot < 0 or tables.tracks[slot].birth_ms != birth.at_ms:
            break
        other = predecessor(tables, limits, slot)
        if other < 0:
            break
        track = tables.tracks[other]
        track.flags |= CLAIMED
        if attached(tables, track):
            origin, serial = track.presence, track.serial
        elif track.birth_ms >= birth.at_ms - limits.depart_ms:
            number = birth_of(tables, track)
    for step in range(steps):
        birth = tables.births[visited[step] & (tables.births.size - 1)]
        birth.origin, birth.serial = origin, serial


@njit(cache=True)
def birth_of(tables, track):
    """The number of the track's birth, or -1 where it is forgotten."""
    for number in range(first_birth(tables, track.birth_ms), tables.counters[BIRTHS]):
        birth = tables.births[number & (tables.births.size - 1)]
        if birth.at_ms > track.birth_ms:
            break
        if birth.key == track.key:
            return number
    return -1


@njit(cache=True)
def predecessor(tables, limits, slot):
    """The lost track that the newly born one fits best, or -1."""
    return predecessor_of(tables.tracks, tables.counters[TRACKS], limits, slot)


@njit(cache=True)
def predecessor_of(tracks, count, limits, slot):
    """The same, of the first `count` tracks, which come as an array alone for the same reason as in `locate_rows`."""
    track = tracks[slot]
    best, best_score = -1, np.inf
    first_ms, last_ms, frame = track.birth_ms - limits.depart_ms, track.birth_ms + limits.skew_ms, track.frame
    birth_x, birth_y, birth_ms = np.float64(track.birth_x), np.float64(track.birth_y), track.birth_ms
    far_mps = FAR_SHARE * limits.reach_mps
    for other in range(count):
        lost = tracks[other]
        gap_s = max(0, birth_ms - lost.last_ms) * 1e-3
        drives_s = gap_s * (lost.last_ms - lost.still_ms < RESTED_MS)
        off_x, off_y = lost.x + lost.vx * drives_s - birth_x, lost.y + lost.vy * drives_s - birth_y
        spread = SPREAD_M + STOOD_M * (lost.presence >= 0) + min(gap_s * gap_s, far_mps * gap_s)
        # One branch: each of them alone is hard to foresee. Most are too far off, which `misfit` decides to the letter.
        if (
            (lost.last_ms < first_ms)
            | (lost.last_ms > last_ms)
            | (lost.frame != frame)
            | (lost.flags & CLAIMED != 0)
            | (lost.key == 0)
            | (off_x * off_x + off_y * off_y > (MISFIT_SQ + 0.1) * spread * spread)
        ):
            continue
        if other == slot or lost.kind == OWN_KIND:
            continue
        if lost.sensor == track.sensor and lost.last_ms > track.birth_ms:
            continue
        if not COMPATIBLE[lost.kind, track.kind]:
            continue
        if lost.token != 0 and track.token != 0 and lost.token != track.token:
            continue
        if turns_back(lost, track):
            continue
        score = misfit(limits, lost, track)
        if lost.kind != track.kind and lost.kind != 0 and track.kind != 0:
            score += OTHER_KIND
        if score < best_score:
            best, best_score = other, score
    return best


@njit(cache=True)
def turns_back(lost, track):
    """Whether the track, born well away from where the other was lost, came nearer to that place: it only passes by.
    One that stands comes nearer by no more than a sighting errs."""
    away_x, away_y = track.birth_x - lost.x, track.birth_y - lost.y
    away_sq = away_x * away_x + away_y * away_y
    if away_sq < NEAR_SQ:
        return False
    nearer = (track.birth_x - track.x) * away_x + (track.birth_y - track.y) * away_y
    return nearer > SLACK_M * math.sqrt(away_sq)


@njit(cache=True)
def misfit(limits, lost, track):
    """How badly the second track goes on from the first, after it was lost: a Gaussian score, less is better."""
    gap_s = max(0.0, (track.birth_ms - lost.last_ms) / 1000.0)
    drives_s = gap_s * (lost.last_ms - lost.still_ms < RESTED_MS)
    x, y = lost.x + lost.vx * drives_s, lost.y + lost.vy * drives_s
    spread = SPREAD_M + STOOD_M * (lost.presence >= 0) + min(gap_s * gap_s, FAR_SHARE * limits.reach_mps * gap_s)
    off_sq = gap_sq(x, y, track.birth_x, track.birth_y) / (spread * spread)
    if off_sq > MISFIT_SQ:
        return np.inf
    return off_sq / 2.0 + 2.0 * math.log(spread)


@njit(cache=True)
def displace(tables, limits, p):
    """End what stood unseen exactly where this presence has stood for long."""
    presence = tables.presences[p]
    column, line = math.floor(presence.x / BUCKET_M), math.floor(presence.y / BUCKET_M)
    for i in range(column - 1, column + 2):
        for j in range(line - 1, line + 2):
            other = np.int64(tables.heads[bucket_of(np.int64(presence.frame), i, j)])
            while other >= 0:
                there = tables.presences[other]
                following = np.int64(there.next)
                beside = presence.kind in BIG_KINDS and there.kind not in BIG_KINDS and there.kind != 0
                if (
                    other != p
                    and not beside  # a truck that hides a car
                    and there.state == UNSEEN
                    and there.frame == presence.frame
                    and there.last_ms <= presence.begin_ms
                    and gap_sq(there.x, there.y, presence.x, presence.y) <= limits.displaced_sq
                ):
                    end(tables, other, presence.begin_ms, DISPLACED, NO_KEY, NO_ROW)
                other = following


@njit(cache=True)
def twin(tables, limits, p, t):
    """Another presence of the vehicle that this one, which is seen, is of; or -1. No sensor shows both."""
    presence = tables.presences[p]
    column, line = math.floor(presence.x / BUCKET_M), math.floor(presence.y / BUCKET_M)
    for i in range(column - 1, column + 2):
        for j in range(line - 1, line + 2):
            other = np.int64(tables.heads[bucket_of(np.int64(presence.frame), i, j)])
            while other >= 0:
                there = tables.presences[other]
                if (
                    other != p
                    and there.frame == presence.frame
                    and gap_sq(there.x, there.y, presence.x, presence.y) <= TWIN_SQ
                    and t - there.begin_ms >= limits.displaced_ms
                    and there.last_ms >= presence.begin_ms + limits.displaced_ms
                    and COMPATIBLE[presence.kind, there.kind]
                    and (presence.token == 0 or there.token == 0 or presence.token == there.token)
                    and not told_apart(tables, p, other)
                ):
                    return other
                other = np.int64(there.next)
    return -1


@njit(cache=True)
def told_apart(tables, p, q):
    """Whether one sensor has shown both presences at the same time, or one track has left them."""
    one, two = tables.presences[p], tables.presences[q]
    if one.left_ms != 0 or two.left_ms != 0:
        return True
    for i in range(one.members):
        first = tables.tracks[one.member[i]]
        for j in range(two.members):
            second = tables.tracks[two.member[j]]
            if (
                first.serial == one.serial
                and second.serial == two.serial
                and first.sensor == second.sensor
                and first.last_ms > second.birth_ms
                and second.last_ms > first.birth_ms
            ):
                return True
    return False


@njit(cache=True)
def merge(tables, limits, p, q, t):
    """The second presence is the first one's vehicle: its tracks show the first from now on, and it ends."""
    presence, other = tables.presences[p], tables.presences[q]
    emit(tables, MERGED, q, NO_ROW, t, NO_KEY, np.float64(presence.serial), NO_REASON)
    if presence.kind == 0:
        presence.kind = other.kind
    if presence.token == 0 and other.token != 0:
        presence.token = other.token
        tables.counters[TOKENED] += 1
        emit(tables, TOKEN, p, NO_ROW, t, NO_KEY, 0.0, NO_REASON)
    presence.seen_ms = max(presence.seen_ms, other.seen_ms)
    presence.path_m = max(presence.path_m, other.path_m)
    newest, last_ms = -1, np.int64(0)
    for place in range(other.members):
        slot = np.int64(other.member[place])
        track = tables.tracks[slot]
        if track.serial == other.serial and track.presence == q:
            attach(tables, p, slot)
            if track.last_ms > last_ms:
                newest, last_ms = slot, track.last_ms
    if newest >= 0 and last_ms > presence.last_ms:
        found(tables, limits, p, newest, last_ms, NO_ROW)
    end(tables, q, t, SAME_VEHICLE, NO_KEY, NO_ROW)


@njit(cache=True)
def rolling_off(tables, p):
    """The key of the track that showed the presence last, where it was on its way off when it was lost; else 0."""
    presence = tables.presences[p]
    key, last_ms = NO_KEY, np.int64(0)
    for place in range(presence.members):
        track = tables.tracks[presence.member[place]]
        if track.serial != presence.serial or track.last_ms <= last_ms:
            continue
        last_ms = track.last_ms
        x, y = track.x - presence.x, track.y - presence.y
        outward = track.vx * x + track.vy * y
        off = x * x + y * y > ROLLING_M * ROLLING_M and outward > ROLLING_MPS * math.sqrt(x * x + y * y)
        key = track.key if off else NO_KEY
    return key


@njit(cache=True)
def is_hidden(tables, p):
    """Whether a truck or a bus that is seen stands before the presence, and has since it was lost."""
    presence = tables.presences[p]
    if presence.kind in BIG_KINDS:
        return False
    column, row = math.floor(presence.x / BUCKET_M), math.floor(presence.y / BUCKET_M)
    for i in range(column - 2, column + 3):
        for j in range(row - 2, row + 3):
            other = np.int64(tables.heads[bucket_of(np.int64(presence.frame), i, j)])
            while other >= 0:
                there = tables.presences[other]
                if (
                    there.kind in BIG_KINDS
                    and there.state == SEEN
                    and there.frame == presence.frame
                    and there.begin_ms <= presence.last_ms + HIDES_MS
                    and there.last_ms > presence.last_ms
                    and gap_sq(there.x, there.y, presence.x, presence.y) <= HIDES_M * HIDES_M
                ):
                    return True
                other = np.int64(there.next)
    return False


@njit(cache=True)
def leaving_reason(tables, p):
    """Whether what left was the presence's own track, or another one that goes on from it."""
    slot = find(tables, tables.presences[p].left_key)
    if slot >= 0 and attached(tables, tables.tracks[slot]) and tables.tracks[slot].presence == p:
        return MOVED_OFF
    return LEFT_AS


@njit(cache=True)
def check(tables, limits, p, t):
    """What time alone changes of a presence. Requires that it is open."""
    presence = tables.presences[p]
    tables.due[p] = NEVER
    again = NEVER
    if presence.left_ms != 0:
        if t < presence.left_ms + 2 * limits.skew_ms:
            again = presence.left_ms + 2 * limits.skew_ms
        elif presence.last_ms <= presence.left_ms + limits.skew_ms:
            end(tables, p, min(presence.left_ms, presence.last_ms), MOVED_OFF, presence.left_key, NO_ROW)
            return
        else:
            presence.left_ms = 0
    unseen_ms = t - presence.last_ms
    if presence.state == SEEN and unseen_ms >= limits.lost_ms:
        presence.state = UNSEEN
        presence.checked_ms = presence.last_ms + SILENT_MS
        emit(tables, LOST, p, NO_ROW, presence.last_ms, NO_KEY, presence.seen_ms / 1000.0, NO_REASON)
        # A camera that fails says nothing of what it saw last.
        presence.left_key = NO_KEY if silent_since(tables, p, presence.last_ms + SILENT_MS) else rolling_off(tables, p)
        if presence.left_key != 0:
            presence.doubt_ms = t + limits.depart_ms - limits.doubt_ms
    if presence.state == UNSEEN:
        if unseen_ms >= limits.unseen_limit_ms:
            end(tables, p, t, UNSEEN_LIMIT, NO_KEY, NO_ROW)
            return
        if is_hidden(tables, p) and rolling_off(tables, p) == 0:
            presence.doubt_ms = 0  # what drives by in the meantime is something else
        elif presence.doubt_ms == 0:
            # What goes on from it may wait in the traffic beside it before it is away.
            presence.left_key = departed(tables, limits, p, t)
            if presence.left_key != 0:
                presence.doubt_ms = t
        elif t >= presence.doubt_ms + limits.doubt_ms:
            end(tables, p, presence.last_ms, leaving_reason(tables, p), presence.left_key, NO_ROW)
            return
        if t - presence.checked_ms >= BLIND_MS:
            if is_hidden(tables, p) or silent_since(tables, p, presence.checked_ms):
                presence.blind_ms += t - presence.checked_ms
            presence.checked_ms = t
        again = min(again, t + BLIND_MS, presence.last_ms + limits.unseen_limit_ms)
    else:
        again = min(again, max(presence.last_ms + limits.lost_ms, t + TICK_MS))
        if t - presence.begin_ms >= limits.displaced_ms:
            displace(tables, limits, p)
            other = twin(tables, limits, p, t)
            if other >= 0 and (tables.presences[other].begin_ms, tables.presences[other].serial) < (
                presence.begin_ms,
                presence.serial,
            ):
                merge(tables, limits, other, p, t)
                return
            if other >= 0:
                merge(tables, limits, p, other, t)
    if presence.step_ms <= t:
        if is_quiet(tables, limits, p, t):
            presence.step_ms = min(tables.quiet[p].next_ms, t + limits.recheck_ms)
        else:
            emit(tables, DUE, p, NO_ROW, t, NO_KEY, 0.0, NO_REASON)
            presence.step_ms = NEVER
    schedule(tables, p, min(again, presence.step_ms))


@njit(cache=True)
def is_quiet(tables, limits, p, t):
    """Whether the engine would find what it found when it looked at the presence last (field.py, `keep_quiet`)."""
    presence, quiet = tables.presences[p], tables.quiet[p]
    return (
        t < quiet.until_ms
        and t < quiet.next_ms
        and quiet.serial == presence.serial
        and quiet.begin_ms == presence.begin_ms
        and quiet.prior_ms == presence.prior_ms
        and quiet.zone == presence.zone
        and quiet.kind == presence.kind
        and (
            quiet.is_lost == 0 or (presence.state == UNSEEN and quiet.unseen_ms == presence.seen_ms + presence.blind_ms)
        )
        and gap_sq(presence.x, presence.y, quiet.x, quiet.y) <= quiet.reach_sq
        and not own_nearby(tables, limits, p, t)
    )


@njit(cache=True)
def own_nearby(tables, limits, p, t):
    """Whether an own vehicle that may explain the presence rests within reach of it, or nearly."""
    presence = tables.presences[p]
    if tables.counters[OWNS] > tables.own.size:
        return True
    reach = limits.own_m + OWN_SLACK_M
    for number in range(tables.counters[OWNS]):
        track = tables.tracks[tables.own[number]]
        if (
            track.kind == OWN_KIND
            and track.key != 0
            and track.frame == presence.frame
            and track.last_ms >= t - limits.own_silent_ms
            and track.last_ms - track.still_ms >= limits.begin_ms
            and gap_sq(track.spot_x, track.spot_y, presence.x, presence.y) <= reach * reach
        ):
            return True
    return False


@njit(cache=True)
def note_own(tables, slot):
    """Enter the slot among those of own vehicles. What it was before may leave it there twice."""
    if tables.counters[OWNS] < tables.own.size:
        tables.own[tables.counters[OWNS]] = slot
    tables.counters[OWNS] += 1


@njit(cache=True)
def tick(tables, limits, until_ms):
    """Let time pass up to `until_ms`. False where the engine must look at presences or make room before more passes."""
    counters = tables.counters
    while counters[NEXT_DUE] <= until_ms:
        t = counters[NEXT_DUE]
        counters[NOW] = max(counters[NOW], t)
        if t - counters[FORGOT] >= FORGET_EVERY_MS:
            counters[FORGOT] = t
            forget(tables, t - limits.forget_ms)
        counters[NEXT_DUE] = NEVER
        before = counters[EVENTS]
        for p in range(counters[PRESENCES]):
            if tables.due[p] <= t:
                if counters[EVENTS] + 64 > tables.events.size:
                    counters[NEXT_DUE] = t
                    return False
                check(tables, limits, p, t)
        for p in range(counters[PRESENCES]):
            if tables.due[p] < NEVER:
                schedule(tables, p, tables.due[p])
        for number in range(before, counters[EVENTS]):
            if tables.events[number].code == DUE:
                return False
    return True


@njit(cache=True)
def is_ring(zone_rank, zone):
    """Whether a zone, which may be none, is a ring and not a route's corridor."""
    return zone >= 0 and zone_rank[zone] < ROUTE_RANK


@njit(cache=True)
def cross(tables, index, limits, slot, zone, t, row):
    """The track is in another zone, and has come into the rings or left them if one is a ring and the other none."""
    track = tables.tracks[slot]
    is_in, was_in = is_ring(index.zone_rank, zone), is_ring(index.zone_rank, track.zone)
    track.zone = zone
    if is_in == was_in:
        return False
    if not is_in:
        track.outside_ms = t
    elif track.entries == 0 or t - track.outside_ms >= limits.circling_gap_ms:
        track.entries = min(255, track.entries + 1)
    is_told = track.token != 0 or track.entries > 1
    if is_told:
        tell_side(tables, index, slot, t, row)
    return is_told


@njit(cache=True)
def tell_side(tables, index, slot, t, row):
    """Leave it for the engine whether the track is in the rings."""
    track = tables.tracks[slot]
    if track.kind == OWN_KIND:
        return
    event = tables.events[tables.counters[EVENTS]]
    tables.counters[EVENTS] += 1
    event.presence, event.serial, event.code, event.row = -1, 0, CROSSED, row
    event.at_ms, event.key, event.x, event.y = t, track.key, track.x, track.y
    if track.outside_ms == 0:  # never seen outside: it came in about where it was seen first
        event.x, event.y = track.birth_x, track.birth_y
    event.zone = -1
    event.begin_ms = track.outside_ms
    if is_ring(index.zone_rank, track.zone):
        event.zone, event.begin_ms = track.zone, track.birth_ms
    event.value, event.reason, event.kind = 0.0, NO_REASON, track.kind
    event.seen_ms = 0
    event.token, event.frame = track.token, track.frame


@njit(cache=True)
def observe(tables, index, limits, rows, i, zone, slot):
    """One observation that is in a zone, or of a track that has been in one."""
    t, lon, lat = rows.time_ms[i], rows.lon[i], rows.lat[i]
    kind = rows.kind[i]
    if rows.state[i] == GONE_STATE:
        gone(tables, index, limits, slot, kind, lon, lat, t, i)
        return
    fresh, number = slot < 0, np.int64(-1)
    if fresh:
        number = index.zone_frame[zone] if zone >= 0 else frame_near(index, lon, lat)
        if number < 0:
            return
        slot = insert(tables, rows.track[i])
    track = tables.tracks[slot]
    if not fresh:
        number = track.frame
        if t < track.last_ms:
            tables.counters[STALE] += 1
            return
        if t - track.last_ms > limits.forget_ms and not attached(tables, track):
            fresh = True
            if zone >= 0:
                number = index.zone_frame[zone]
    x = np.float32((lon - index.frames[number, 0]) * index.frames[number, 2])
    y = np.float32((lat - index.frames[number, 1]) * index.frames[number, 3])
    if fresh:
        born(tables, track, number, rows.sensor[i], kind, x, y, t)
        track.outside_ms = 0 if is_ring(index.zone_rank, zone) else t
        if kind == OWN_KIND:
            note_own(tables, slot)
    elif t > track.last_ms:
        per_s = 1000.0 / (t - track.last_ms)
        track.vx += np.float32(((x - track.x) * per_s - track.vx) * 0.5)
        track.vy += np.float32(((y - track.y) * per_s - track.vy) * 0.5)
    token, since_ms = rows.token[i], t - track.last_ms
    is_read = token != 0 and token != track.token
    if is_read:
        track.token = token
    track.last_ms = t
    track.flags = 0
    track.x, track.y = x, y
    is_told = zone != track.zone and cross(tables, index, limits, slot, zone, t, i)
    if is_read and not is_told:
        tell_side(tables, index, slot, t, i)
    if attached(tables, track):
        show(tables, index, limits, slot, x, y, t, since_ms, i)
        if token != 0 and attached(tables, track):
            take_token(tables, np.int64(track.presence), slot, t, i)
    elif not fresh:
        move(tables, index, limits, slot, zone, x, y, t, i)


@njit(cache=True)
def run_plain(
    counters,
    tracks,
    table,
    presences,
    sensor_ms,
    frames,
    zone_rank,
    times,
    lons,
    lats,
    keys,
    sensors,
    kinds,
    states,
    tokens,
    zones,
    event_room,
    radius_sq,
    still_sq,
    begin_ms,
    lost_ms,
    circling_gap_ms,
    slots,
    begin,
    ahead,
):
    """Watch rows from `begin` on as far as they are plain: of no zone, or another sighting of a track that drives or
    stands. The number of the first row that is not, times 4, and whether it is yet to be done (TO_DO), or its track
    stands, and is to be followed (TO_FOLLOW) or to show a presence (TO_SETTLE). `slots` (AHEAD + 1,) int64 has the
    tracks of the rows from `begin` to `ahead`, and at its end the row up to which they are looked up as it stops.

    Takes arrays and numbers alone and calls nothing that takes more, for the same reason as in `locate_rows`: within
    `run` itself a plain row took three times as long.
    """
    presence_room = presences.size
    mask = table.size - 1
    for i in range(begin, times.size):
        if i == ahead:
            # Look up some rows' tracks at once: their waits for memory overlap, where one by one they would add up.
            ahead = min(i + AHEAD, times.size)
            for j in range(i, ahead):
                place = np.int64((keys[j] * HASH) >> np.uint64(32)) & mask
                slot = np.int64(table[place])
                while slot >= 0 and tracks[slot].key != keys[j]:
                    place = (place + 1) & mask
                    slot = np.int64(table[place])
                slots[U64(j) % U64(AHEAD)] = slot
                if slot >= 0:
                    slots[AHEAD] = tracks[slot].presence
            slots[AHEAD] = ahead
        t = times[i]
        if t >= counters[NEXT_DUE]:
            return 4 * i + TO_DO
        if t > counters[NOW]:
            counters[NOW] = t
        sensor_ms[sensors[i]] = t
        lon, lat, zone = lons[i], lats[i], zones[i]
        slot = slots[U64(i) % U64(AHEAD)]
        plain = tokens[i] == 0 and states[i] != GONE_STATE
        if slot < 0 and zone == OUTSIDE and plain and kinds[i] != OWN_KIND:
            continue
        if counters[EVENTS] > event_room or (counters[FREE_PRESENCE] < 0 and counters[PRESENCES] >= presence_room):
            return 4 * i + TO_DO
        if slot < 0 or not plain:
            return 4 * i + TO_DO
        track = tracks[slot]
        since_ms = t - track.last_ms
        if not 0 <= since_ms <= lost_ms:
            return 4 * i + TO_DO
        leaves = False
        if zone != track.zone:
            is_in, was_in = is_ring(zone_rank, zone), is_ring(zone_rank, track.zone)
            leaves = was_in and not is_in
            enters = is_in and not was_in
            if (leaves or enters) and (track.token != 0 or track.entries > 1):
                return 4 * i + TO_DO
            if enters and (track.entries == 0 or t - track.outside_ms >= circling_gap_ms):
                return 4 * i + TO_DO
        frame = track.frame
        x = np.float32((lon - frames[frame, 0]) * frames[frame, 2])
        y = np.float32((lat - frames[frame, 1]) * frames[frame, 3])
        shows = track.presence >= 0 and presences[track.presence].serial == track.serial
        if shows:
            presence = presences[track.presence]
            near = presence.state == SEEN and not track.returned and gap_sq(x, y, presence.x, presence.y) <= radius_sq
            if not near:
                return 4 * i + TO_DO
        if since_ms > 0:
            per_s = 1.0 if since_ms == 1000 else 1000.0 / since_ms
            track.vx += np.float32(((x - track.x) * per_s - track.vx) * 0.5)
            track.vy += np.float32(((y - track.y) * per_s - track.vy) * 0.5)
        if leaves:
            track.outside_ms = t
        track.last_ms, track.x, track.y, track.zone, track.flags = t, x, y, zone, 0
        if not shows and gap_sq(x, y, track.anchor_x, track.anchor_y) > radius_sq:
            track.anchor_x, track.anchor_y, track.anchor_ms = x, y, t
        resting = rest(track, still_sq, radius_sq, begin_ms, x, y, t)
        if shows:
            presence = presences[track.presence]
            if t > presence.last_ms:
                presence.seen_ms += min(t - presence.last_ms, lost_ms)
                presence.last_ms = t
            if resting:
                is_far = gap_sq(track.spot_x, track.spot_y, presence.x, presence.y) > DRIFT_SQ
                if is_far or not drift_inside(track, presence):
                    return 4 * i + TO_FOLLOW
        elif resting and zone >= 0 and track.kind != OWN_KIND:
            return 4 * i + TO_SETTLE
    return 4 * times.size + TO_DO


@njit(cache=True)
def run(tables, index, limits, rows, zones, begin):
    """Watch rows from `begin` on; the first row that is not done yet (all are, where it equals their number).

    `zones` is what `locate_all` finds for them. Requires rows in the order of their time, as far as it is to be put
    right. What nearly every row needs is done by `run_plain`; the rest goes to `observe`, which does the same and more.
    """
    counters = tables.counters
    event_room, presence_room = tables.events.size - 64, tables.presences.size
    slots = np.empty(AHEAD + 1, dtype=np.int64)
    at = ahead = begin
    while at < rows.time_ms.size:
        stopped = run_plain(
            counters,
            tables.tracks,
            tables.table,
            tables.presences,
            tables.sensor_ms,
            index.frames,
            index.zone_rank,
            rows.time_ms,
            rows.lon,
            rows.lat,
            rows.track,
            rows.sensor,
            rows.kind,
            rows.state,
            rows.token,
            zones,
            event_room,
            limits.radius_sq,
            limits.still_sq,
            limits.begin_ms,
            limits.lost_ms,
            limits.circling_gap_ms,
            slots,
            at,
            ahead,
        )
        i = stopped >> 2
        if i >= rows.time_ms.size:
            break
        t = rows.time_ms[i]
        at = ahead = i + 1
        if stopped & 3 != TO_DO:
            ahead = slots[AHEAD]
            slot = find(tables, rows.track[i])
            if stopped & 3 == TO_FOLLOW:
                follow(tables, index, limits, slot, t, i)
            else:
                settle(tables, index, limits, slot, t, i)
            continue
        if t >= counters[NEXT_DUE]:
            if not tick(tables, limits, t):
                return i
            at = ahead = i
            continue
        if counters[EVENTS] > event_room or (counters[FREE_PRESENCE] < 0 and counters[PRESENCES] >= presence_room):
            return i
        if counters[FREE_TRACK] < 0 and counters[TRACKS] >= tables.tracks.size:
            return i
        slot = find(tables, rows.track[i])
        token = rows.token[i]
        if token != 0 and counters[TOKENED] > 0:
            token_elsewhere(tables, index, limits, token, slot, rows.lon[i], rows.lat[i], t, i)
        observe(tables, index, limits, rows, i, np.int64(zones[i]), slot)
    return rows.time_ms.size
