"""One peer's answer: `python stays.py PEER SCENARIO OUT.json`, in an environment that has the peer, not Safeconduct.

Each finds the stays of at least AFTER_S within RADIUS_M inside a ring, as its documentation has a user do it, and
drops what it can do without: tracks shorter than AFTER_S, and points outside all rings before the detection where that
is quicker. OUT.json: `{"rows": …, "read_s": …, "find_s": …, "hours": …, "stays": [{"start", "end", "lon", "lat"}]}`,
`start` and `end` in seconds since 1970.
"""

from __future__ import annotations

import json
import math
import sys
import time
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import shapely
from shapely.geometry import Point, shape
from shapely.ops import unary_union

AFTER_S, RADIUS_M = 300.0, 25.0
METRES_PER_DEGREE = 111_195.0
warnings.filterwarnings("ignore")


def read(scenario: Path) -> tuple[pd.DataFrame, list[Any]]:
    """Observations of cameras with one id a track, in the order of time; the rings' polygons, outermost first."""
    frame = pd.read_parquet(scenario / "observations.parquet", columns=["time", "sensor", "track", "lon", "lat"])
    frame["id"] = frame["sensor"].astype(str) + "/" + frame["track"].astype(str)
    frame["time"] = pd.to_datetime(frame["time"], utc=True).dt.tz_localize(None)
    features = json.loads((scenario / "sites.geojson").read_text())["features"]
    rings = [shape(one["geometry"]) for one in features if one["properties"]["role"] == "ring"]
    rings.sort(key=lambda ring: -ring.area)
    return frame.sort_values("time", kind="stable"), rings


def long_enough(frame: pd.DataFrame) -> pd.DataFrame:
    """Without the tracks that are seen for less than AFTER_S in all."""
    by_id = frame.groupby("id")["time"]
    seen = by_id.max() - by_id.min()
    return frame[frame["id"].isin(seen[seen >= pd.Timedelta(seconds=AFTER_S)].index)]


def inside(stays: list[dict[str, float]], rings: list[Any]) -> list[dict[str, float]]:
    area = unary_union(rings)
    return [stay for stay in stays if area.contains(Point(stay["lon"], stay["lat"]))]


def stay(start: Any, end: Any, lon: float, lat: float) -> dict[str, float]:
    return {
        "start": pd.Timestamp(start).timestamp(),
        "end": pd.Timestamp(end).timestamp(),
        "lon": float(lon),
        "lat": float(lat),
    }


def movingpandas(frame: pd.DataFrame, rings: list[Any]) -> list[dict[str, float]]:
    import movingpandas as mpd

    frame = long_enough(frame)[["id", "time", "lon", "lat"]]
    tracks = mpd.TrajectoryCollection(frame, traj_id_col="id", t="time", x="lon", y="lat", crs="EPSG:4326")
    detector = mpd.TrajectoryStopDetector(tracks)
    stops = detector.get_stop_points(max_diameter=2 * RADIUS_M, min_duration=pd.Timedelta(seconds=AFTER_S))
    found = [stay(row.start_time, row.end_time, row.geometry.x, row.geometry.y) for row in stops.itertuples()]
    return inside(found, rings)


def trackintel(frame: pd.DataFrame, rings: list[Any]) -> list[dict[str, float]]:
    import geopandas as gpd
    import trackintel as ti

    frame = long_enough(frame)
    fixes = gpd.GeoDataFrame(
        {"user_id": frame["id"], "tracked_at": frame["time"].dt.tz_localize("UTC")},
        geometry=gpd.points_from_xy(frame["lon"], frame["lat"]),
        crs="EPSG:4326",
    )
    fixes.index.name = "id"
    fixes = ti.Positionfixes(fixes.reset_index(drop=True))
    _, points = fixes.generate_staypoints(
        method="sliding",
        distance_metric="haversine",
        dist_threshold=RADIUS_M,
        time_threshold=AFTER_S / 60,
        gap_threshold=AFTER_S / 60,
        include_last=True,
        print_progress=False,
    )
    column = points.geometry
    found = [
        stay(start.tz_localize(None), end.tz_localize(None), point.x, point.y)
        for start, end, point in zip(points["started_at"], points["finished_at"], column, strict=True)
    ]
    return inside(found, rings)


def skmob(frame: pd.DataFrame, rings: list[Any]) -> list[dict[str, float]]:
    from skmob import TrajDataFrame
    from skmob.preprocessing import detection

    frame = long_enough(frame)
    tracks = TrajDataFrame(
        frame[["id", "time", "lat", "lon"]], user_id="id", datetime="time", latitude="lat", longitude="lon"
    )
    stops = detection.stay_locations(
        tracks,
        minutes_for_a_stop=AFTER_S / 60,
        spatial_radius_km=RADIUS_M / 1000,
        stop_radius_factor=1.0,
        no_data_for_minutes=AFTER_S / 60,
        leaving_time=True,
    )
    found = [stay(row.datetime, row.leaving_datetime, row.lng, row.lat) for row in stops.itertuples()]
    return inside(found, rings)


def supervision(frame: pd.DataFrame, rings: list[Any]) -> list[dict[str, float]]:
    """A zone with a timer for each track, second by second, as in its dwell-time examples; 1 pixel is 0.5 m."""
    import supervision as sv

    ring = rings[0]
    west, south, east, north = ring.bounds
    per_lon = 2 * METRES_PER_DEGREE * math.cos(math.radians((south + north) / 2))
    per_lat = 2 * METRES_PER_DEGREE

    def pixels(lon: Any, lat: Any) -> Any:
        return np.stack([(lon - west) * per_lon + 10, (north - lat) * per_lat + 10], axis=-1)

    corners = np.asarray(ring.exterior.coords)
    zone = sv.PolygonZone(
        polygon=pixels(corners[:, 0], corners[:, 1]).astype(int), triggering_anchors=(sv.Position.CENTER,)
    )
    bounds = pixels(np.array([west, east]), np.array([north, south])).max(axis=0) + 8
    codes, _ = pd.factorize(frame["id"])
    spots = np.clip(pixels(frame["lon"].to_numpy(), frame["lat"].to_numpy()), 2, bounds)
    seconds = frame["time"].to_numpy().astype("datetime64[s]").astype(np.int64)
    cuts = np.flatnonzero(np.diff(seconds)) + 1
    first: dict[int, int] = {}
    found: dict[int, dict[str, float]] = {}
    lon, lat = frame["lon"].to_numpy(), frame["lat"].to_numpy()
    for rows in np.split(np.arange(len(seconds)), cuts):
        at = int(seconds[rows[0]])
        boxes = np.concatenate([spots[rows] - 1, spots[rows] + 1], axis=1)
        detections = sv.Detections(xyxy=boxes, tracker_id=codes[rows])
        mask = zone.trigger(detections)
        for row, in_zone in zip(rows.tolist(), mask.tolist(), strict=True):
            track = int(codes[row])
            if not in_zone:
                first.pop(track, None)
            elif at - first.setdefault(track, at) >= AFTER_S:
                one = found.setdefault(track, {"start": first[track], "lon": lon[row], "lat": lat[row]})
                one["end"] = at
    return list(found.values())


def pymeos(frame: pd.DataFrame, rings: list[Any]) -> list[dict[str, float]]:
    from datetime import timedelta

    from pymeos import TGeomPointInst, TGeomPointSeq, pymeos_finalize, pymeos_initialize

    pymeos_initialize()
    frame = long_enough(frame)
    west, south, _, _ = rings[0].bounds
    per_lon = METRES_PER_DEGREE * math.cos(math.radians(south))
    found: list[dict[str, float]] = []
    for _, track in frame.drop_duplicates(["id", "time"]).groupby("id", sort=False):
        points = [
            TGeomPointInst(f"Point({(lon - west) * per_lon:.2f} {(lat - south) * METRES_PER_DEGREE:.2f})@{at}+00")
            for lon, lat, at in zip(track["lon"], track["lat"], track["time"].astype(str), strict=True)
        ]
        sequence = TGeomPointSeq.from_instants(points, lower_inc=True, upper_inc=True)
        stops = sequence.stops(max_distance=RADIUS_M, min_duration=timedelta(seconds=AFTER_S))
        for one in stops.sequences() if stops is not None else []:
            spot = one.start_value()
            begun = one.start_timestamp().replace(tzinfo=None)
            ended = one.end_timestamp().replace(tzinfo=None)
            found.append(stay(begun, ended, west + spot.x / per_lon, south + spot.y / METRES_PER_DEGREE))
    pymeos_finalize()
    return inside(found, rings)


POSTGIS = """
WITH inside AS (
    SELECT o.id, o.at, o.geom FROM observations o JOIN ring r ON ST_Contains(r.geom, o.geom)
), looked AS (
    SELECT id, at, geom, min(at) OVER last AS since,
           (max(ST_X(geom)) OVER last - min(ST_X(geom)) OVER last) * {per_lon} AS wide_m,
           (max(ST_Y(geom)) OVER last - min(ST_Y(geom)) OVER last) * {per_lat} AS high_m
    FROM inside
    WINDOW last AS (PARTITION BY id ORDER BY at RANGE BETWEEN {after} PRECEDING AND CURRENT ROW)
)
SELECT min(since), max(at), avg(ST_X(geom)), avg(ST_Y(geom)) FROM looked
WHERE at - since >= {after} - 2 AND sqrt(wide_m * wide_m + high_m * high_m) <= 2 * {radius} GROUP BY id
"""


def postgis(frame: pd.DataFrame, rings: list[Any]) -> list[dict[str, float]]:
    """Tracks that stay within a circle for the last AFTER_S inside the outermost ring, with a spatial index."""
    import os

    import psycopg

    at = frame["time"].to_numpy().astype("datetime64[ms]").astype(np.int64) / 1000
    with psycopg.connect(os.environ["SAFECONDUCT_TEST_DATABASE"], autocommit=True) as connection:
        connection.execute("CREATE EXTENSION IF NOT EXISTS postgis")
        connection.execute("CREATE TEMP TABLE loaded (id text, at float8, lon float8, lat float8)")
        with connection.cursor().copy("COPY loaded FROM STDIN") as copy:
            for row in zip(frame["id"], at.tolist(), frame["lon"].tolist(), frame["lat"].tolist(), strict=True):
                copy.write_row(row)
        connection.execute(
            "CREATE TEMP TABLE observations AS SELECT id, at, ST_SetSRID(ST_MakePoint(lon, lat), 4326) AS geom "
            "FROM loaded"
        )
        connection.execute("CREATE INDEX ON observations USING gist (geom)")
        connection.execute("ANALYZE observations")
        connection.execute("CREATE TEMP TABLE ring (geom geometry)")
        connection.execute("INSERT INTO ring VALUES (ST_GeomFromText(%s, 4326))", [shapely.to_wkt(rings[0])])
        per_lon = METRES_PER_DEGREE * math.cos(math.radians(rings[0].centroid.y))
        query = POSTGIS.format(after=AFTER_S, radius=RADIUS_M, per_lon=per_lon, per_lat=METRES_PER_DEGREE)
        found = connection.execute(query).fetchall()
    return [{"start": row[0], "end": row[1], "lon": row[2], "lat": row[3]} for row in found]


PEERS = {one.__name__: one for one in (movingpandas, trackintel, skmob, supervision, pymeos, postgis)}


def main() -> None:
    peer, scenario, out = sys.argv[1], Path(sys.argv[2]), Path(sys.argv[3])
    begun = time.perf_counter()
    frame, rings = read(scenario)
    read_s = time.perf_counter() - begun
    begun = time.perf_counter()
    stays = PEERS[peer](frame, rings)
    find_s = time.perf_counter() - begun
    hours = (frame["time"].iloc[-1] - frame["time"].iloc[0]).total_seconds() / 3600
    found = {"rows": len(frame), "read_s": read_s, "find_s": find_s, "hours": hours, "stays": stays}
    out.write_text(json.dumps(found))


if __name__ == "__main__":
    main()
