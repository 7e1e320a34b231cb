"""One GeoJSON feature to one place: the properties of each role."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from itertools import pairwise
from typing import Any, cast

from shapely.geometry import LineString, Point, Polygon

from safeconduct.sites.ground import calibrate
from safeconduct.sites.places import (
    KINDS,
    SEVERITIES,
    DwellRule,
    Exempt,
    Gate,
    Optics,
    Place,
    Post,
    Ring,
    RingLevel,
    Route,
    Sensor,
)
from safeconduct.sites.shapes import number, read_line, read_point, read_polygon
from safeconduct.terms.errors import BadInput, Fault, shown

MAX_TEXT_BYTES = 256
OPTICS = ("px_per_m", "width_px", "field_of_view_deg", "nearest_m")

_HOURS = re.compile(r"((?:[01][0-9]|2[0-3]):[0-5][0-9])-((?:[01][0-9]|2[0-3]):[0-5][0-9])")

_SHAPES: dict[str, tuple[str, ...]] = {
    "ring": ("Polygon",),
    "exempt": ("Polygon",),
    "gate": ("Point",),
    "post": ("Point",),
    "sensor": ("Polygon", "Point"),
    "route": ("LineString",),
}
"""The geometry types that each role may have."""


class FeatureReader:
    """Reads one feature; what is wrong with it collects in `faults`."""

    def __init__(self, feature: object, where: str):
        self.faults: list[Fault] = []
        self.feature = _members(feature)
        self.properties = _members(self.feature.get("properties"))
        name = self.properties.get("name")
        self.where = f"{where} {shown(name)}" if isinstance(name, str) else where

    def read(self) -> Place | None:
        """The place, or None where there are faults."""
        if self.feature.get("type") != "Feature":
            self.report("type", self.feature.get("type"), "'Feature'")
            return None
        site, name, role = self.text("site"), self.text("name"), self.choice("role", tuple(_SHAPES))
        if not role:
            return None
        place = getattr(self, f"_{role}")(site, name, self.shape(role))
        return None if self.faults else place

    def report(self, part: str, found: object, wanted: str) -> None:
        self.faults.append(Fault(f"{self.where}: {part}", shown(found), wanted))

    def _report_as_said(self, part: str, found: str, wanted: str) -> None:
        self.faults.append(Fault(f"{self.where}: {part}", found, wanted))

    def shape(self, role: str) -> Any:
        """The feature's geometry, of a type that `role` may have, or None."""
        geometry, allowed = _members(self.feature.get("geometry")), _SHAPES[role]
        found = geometry.get("type")
        if found not in allowed:
            self.report("geometry.type", found, f"{' or '.join(allowed)} for role {role}")
            return None
        read: dict[object, Callable[..., Any]] = {
            "Polygon": read_polygon,
            "Point": read_point,
            "LineString": read_line,
        }
        return read[found](geometry.get("coordinates"), self._report_as_said)

    def text(self, key: str) -> str:
        value = self.properties.get(key)
        if isinstance(value, str) and _is_text(value):
            return value
        self.report(f"properties.{key}", value, f"text of 1 to {MAX_TEXT_BYTES} bytes without control characters")
        return ""

    def choice(self, key: str, options: Sequence[str]) -> str:
        value = self.properties.get(key)
        if isinstance(value, str) and value in options:
            return value
        self.report(f"properties.{key}", value, "one of " + ", ".join(options))
        return ""

    def positive(self, key: str) -> float:
        value = number(self.properties.get(key))
        if value is not None and value > 0:
            return value
        self.report(f"properties.{key}", self.properties.get(key), "a number above 0")
        return 1.0

    def _ring(self, site: str, name: str, polygon: Polygon) -> Ring | None:
        level = self.choice("ring", tuple(RingLevel))
        rules, floor = self._rules(), self._floor()
        return Ring(site, name, RingLevel(level), polygon, rules, floor) if level else None

    def _exempt(self, site: str, name: str, polygon: Polygon) -> Exempt:
        return Exempt(site, name, polygon, self._kinds(), self.positive("max_stay_s"), self._hours())

    def _gate(self, site: str, name: str, point: Point) -> Gate:
        return Gate(site, name, point)

    def _post(self, site: str, name: str, point: Point) -> Post:
        return Post(site, name, point)

    def _sensor(self, site: str, name: str, shape: Polygon | Point | None) -> Sensor:
        sensor, calibration, optics = self.text("sensor"), self._calibration(), self._optics()
        if isinstance(shape, Point):
            return Sensor(site, name, sensor, point=shape, calibration=calibration, optics=optics)
        position = self.properties.get("position")
        if position is None:
            return Sensor(site, name, sensor, coverage=shape, calibration=calibration, optics=optics)
        point = read_point(position, self._report_as_said, "properties.position")
        return Sensor(site, name, sensor, shape, point, calibration, optics)

    def _calibration(self) -> dict[str, Any] | None:
        value = self.properties.get("calibration")
        if value is None:
            return None
        try:
            calibrate(value)
        except BadInput as bad:
            for fault in bad.faults:
                self._report_as_said(f"properties.{fault.where}", fault.found, fault.wanted)
            return None
        given = cast("Mapping[str, Any]", value)
        return {name: given[name] for name in ("width", "height", "points")}

    def _optics(self) -> Optics | None:
        value = self.properties.get("optics")
        if value is None:
            return None
        given = _members(value)
        sizes: dict[str, float] = {}
        for name in OPTICS:
            size = number(given.get(name))
            if size is not None and 0 < size <= (179 if name == "field_of_view_deg" else 1e6):
                sizes[name] = size
            elif given.get(name) is not None:
                self.report(f"properties.optics.{name}", given.get(name), "a number above 0, of degrees at most 179")
        public = given.get("public_space", True)
        if not isinstance(public, bool):
            self.report("properties.optics.public_space", public, "true or false")
        unknown = [name for name in given if name not in (*OPTICS, "public_space")]
        if unknown or not given:
            wanted = "some of " + ", ".join((*OPTICS, "public_space"))
            self.report("properties.optics", unknown or value, wanted)
        return Optics(**sizes, public_space=bool(public))

    def _route(self, site: str, name: str, line: LineString) -> Route:
        return Route(site, name, line, self.positive("width_m"))

    def _kinds(self) -> frozenset[str]:
        value = self.properties.get("kinds")
        kinds = cast("list[object]", value) if isinstance(value, list) else []
        if kinds and all(isinstance(kind, str) and kind in KINDS for kind in kinds):
            return frozenset(cast("list[str]", kinds))
        self.report("properties.kinds", value, "a list of " + ", ".join(sorted(KINDS)))
        return frozenset()

    def _hours(self) -> tuple[str, str] | None:
        value = self.properties.get("hours")
        if value is None:
            return None
        match = _HOURS.fullmatch(value) if isinstance(value, str) else None
        if match and match[1] != match[2]:
            return match[1], match[2]
        self.report("properties.hours", value, "HH:MM-HH:MM in UTC, from one minute to another")
        return None

    def _floor(self) -> float | None:
        value = self.properties.get("min_coverage")
        if value is None:
            return None
        share = number(value)
        if share is not None and 0 < share <= 1:
            return share
        self.report("properties.min_coverage", value, "a share above 0 and up to 1, or no such property")
        return None

    def _rules(self) -> tuple[DwellRule, ...]:
        value = self.properties.get("rules")
        if value is None:
            return ()
        steps = cast("list[object]", value) if isinstance(value, list) else []
        if not 1 <= len(steps) <= len(SEVERITIES):
            self.report("properties.rules", value, f"1 to {len(SEVERITIES)} steps, or no such property")
            return ()
        rules = [self._rule(_members(step), f"properties.rules[{i}]") for i, step in enumerate(steps)]
        for i, (before, rule) in enumerate(pairwise(rules), start=1):
            if before and rule and not _rises(before, rule):
                found = f"{rule.severity} after {rule.after_s:g} s, behind {before.severity} after {before.after_s:g} s"
                self._report_as_said(f"properties.rules[{i}]", found, "steps that rise in time and in severity")
        return tuple(rule for rule in rules if rule)

    def _rule(self, step: Mapping[str, object], part: str) -> DwellRule | None:
        kind, after_s, severity = step.get("kind"), number(step.get("after_s")), step.get("severity")
        before = len(self.faults)
        if kind != "dwell":
            self.report(f"{part}.kind", kind, "'dwell'")
        if after_s is None or after_s <= 0:
            self.report(f"{part}.after_s", step.get("after_s"), "a number of seconds above 0")
        if not isinstance(severity, str) or severity not in SEVERITIES:
            self.report(f"{part}.severity", severity, "one of " + ", ".join(SEVERITIES))
        return DwellRule("dwell", after_s or 0.0, str(severity)) if len(self.faults) == before else None


def _members(value: object) -> Mapping[str, object]:
    return cast("Mapping[str, object]", value) if isinstance(value, Mapping) else {}


def _is_text(value: str) -> bool:
    # The first length spares encoding a text of a gigabyte; the second counts what is stored.
    if not value.strip() or len(value) > MAX_TEXT_BYTES:
        return False
    if len(value.encode("utf-8", "surrogatepass")) > MAX_TEXT_BYTES:
        return False
    return not any(unicodedata.category(letter) in ("Cc", "Cs") for letter in value)


def _rises(before: DwellRule, rule: DwellRule) -> bool:
    is_graver = SEVERITIES.index(before.severity) < SEVERITIES.index(rule.severity)
    return is_graver and before.after_s < rule.after_s
