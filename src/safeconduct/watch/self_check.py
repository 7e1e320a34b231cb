"""The self-check of a node, for one reader: of what is released to them, and of nothing else."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from safeconduct import node
from safeconduct.node import Node
from safeconduct.release import Projection
from safeconduct.sites.geojson import parse_places
from safeconduct.sites.places import Places
from safeconduct.sites.queries import feature_of
from safeconduct.sites.queries import places as released_places
from safeconduct.terms.errors import BadInput
from safeconduct.terms.party import ANYWHERE, Principal, Side
from safeconduct.watch import snapshot
from safeconduct.watch.check import Feed, Finding, Sources, check_sources, in_order, refused
from safeconduct.watch.check_places import check_places
from safeconduct.watch.feeds.kinds import sensors_of
from safeconduct.watch.queries import feeds as released_feeds
from safeconduct.watch.settings import LIVE


@dataclass(frozen=True)
class SelfCheck:
    """`sees_sensors` and `sees_feeds`: whether this reader is told enough of them for them to be checked."""

    findings: Sequence[Finding]
    sees_sensors: bool
    sees_feeds: bool


def self_check(principal: Principal, heard: frozenset[str] = frozenset()) -> SelfCheck:
    """`heard`: the sensors that feeds report of, where that is known."""
    rows = released_places(principal)
    sensors = [row for row in rows if row.info_class == "sensor"]
    sees_sensors = _is_told(principal, "sensor", SENSOR_FIELDS, sensors)
    placed = [row for row in rows if row.get("geometry") and (sees_sensors or row.info_class != "sensor")]
    feeds = _feeds(principal)
    findings: list[Finding] = []
    places = Places()
    try:
        places = parse_places({"features": [feature_of(row) for row in placed], "type": "FeatureCollection"}, "places")
        findings += check_places(places, LIVE, sees_sensors)
    except BadInput as error:
        findings += refused(error)
    health = {(row.get("site", ""), row["name"]): row["health"] for row in sensors if "name" in row and "health" in row}
    findings += check_sources(places.sensors if sees_sensors else None, Sources(feeds, health, heard))
    return SelfCheck(in_order(findings), sees_sensors, feeds is not None)


SENSOR_FIELDS, FEED_FIELDS = ("name", "sensor", "geometry"), ("name", "sensor", "state", "kind")


def _feeds(principal: Principal) -> list[Feed] | None:
    """None for whoever is not told which sensors they are bound to."""
    rows = released_feeds(principal)
    if not _is_told(principal, "feed", FEED_FIELDS, rows):
        return None
    return [Feed(row["name"], row["kind"], row["state"], sensors_of(row["sensor"])) for row in rows]


def _is_told(principal: Principal, info_class: str, fields: Sequence[str], rows: Sequence[Projection]) -> bool:
    """Whether all of `rows` came with `fields`; of none, whether any of the host's would. So that nobody is told that
    there is nothing where they are not told what there is."""
    if rows:
        return all(name in row for row in rows for name in fields)
    accord = node.current().accord
    marking = accord.marking(info_class, accord.party_of_side(Side.HOST).id, ANYWHERE)
    return accord.fields(principal, marking) >= set(fields)


def heard_by(opened: Node) -> frozenset[str]:
    """The sensors that the watch has heard, by its newest snapshot."""
    for found in snapshot.good_ones(opened.path / "watch"):
        return frozenset(found.beside.get("sensors", {}))
    return frozenset()
