"""A journey plan as it is handed in: read into plain values, with every fault that it has under the name of its place.

    legs[0].end_at · convoy[1].callsign · risk.impact

Source: the fields that journey management plans have in common: legs with alternates and times, vehicles and drivers'
hours, communications, havens, hazards by stretch, and what makes it turn back.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, cast

from safeconduct.accord.gate_rules import VEHICLE_CLASSES, Driving
from safeconduct.accord.schedule import RiskMatrix
from safeconduct.movements.driving import Drive, faults_of
from safeconduct.sites.routes import RouteLine
from safeconduct.terms.errors import BadInput, Fault, shown
from safeconduct.terms.instant import in_utc, iso, parse

MOST_LEGS, MOST_LISTED, MOST_VEHICLES, MOST_PEOPLE = 20, 50, 200, 5000
USUAL_KMH = 30.0
"""The speed from which the end of a leg is proposed where the plan names none: a convoy in a town."""
LEAST_LEG = timedelta(minutes=5)
LONGEST = timedelta(days=14)

RouteOf = Callable[[str, str], RouteLine | None]


@dataclass(frozen=True)
class Given:
    """A plan as somebody gave it. Of a leg its route and begin suffice; of a convoy, the number of vehicles."""

    name: str
    legs: Sequence[Mapping[str, Any]]
    vehicles: int = 0
    people: int = 0
    convoy: Sequence[Mapping[str, Any]] = ()
    travellers: Sequence[str] = ()
    purpose: str = ""
    risk: Mapping[str, str] = field(default_factory=dict[str, str])
    communications: Mapping[str, str] = field(default_factory=dict[str, str])
    turn_back: str = ""


@dataclass(frozen=True)
class Plan:
    """A plan without faults, as it is kept."""

    name: str
    legs: Sequence[Mapping[str, Any]]
    convoy: Sequence[Mapping[str, Any]]
    vehicles: int
    people: int
    travellers: Sequence[str]
    purpose: str
    risk: Mapping[str, str]
    communications: Mapping[str, str]
    turn_back: str


@dataclass
class Reader:
    """Reads one plan; what is wrong with it is in `faults`."""

    at: datetime
    route_of: RouteOf
    matrix: RiskMatrix
    driving: Driving
    faults: list[Fault] = field(default_factory=list[Fault])

    def fault(self, where: str, found: object, wanted: str) -> None:
        self.faults.append(Fault(where, found if isinstance(found, str) else shown(found), wanted))

    def text(self, where: str, value: object, most: int, least: int = 0) -> str:
        text = value.strip() if isinstance(value, str) else ""
        if (value is not None and not isinstance(value, str)) or not least <= len(text) <= most:
            self.fault(where, shown(value), f"{least} to {most} characters")
        return text

    def whole(self, where: str, value: object, least: int, most: int) -> int:
        if isinstance(value, int) and not isinstance(value, bool) and least <= value <= most:
            return value
        self.fault(where, shown(value), f"{least} to {most}")
        return least

    def number(self, where: str, value: object, least: float, most: float) -> float:
        if isinstance(value, int | float) and not isinstance(value, bool) and least <= value <= most:
            return float(value)
        self.fault(where, shown(value), f"a number from {least:g} to {most:g}")
        return least

    def time(self, where: str, value: object) -> datetime | None:
        try:
            if isinstance(value, datetime) and value.tzinfo is not None:
                return in_utc(value)
            if isinstance(value, str):
                return parse(value)
        except (ValueError, BadInput):
            pass
        self.fault(where, shown(value), "a time with its zone")
        return None

    def known(self, where: str, given: Mapping[str, Any], names: Iterable[str]) -> None:
        """A fault for each member that nobody knows."""
        allowed = list(names)
        for name in given:
            if name not in allowed:
                self.fault(f"{where}.{shown(name)}", "an unknown member", "one of " + ", ".join(allowed))

    def listed(self, where: str, value: object) -> list[Mapping[str, Any]]:
        """A list of mappings, not too long."""
        if not isinstance(value, list | tuple):
            self.fault(where, shown(value), "a list")
            return []
        items = list(cast("Sequence[object]", value))
        if len(items) > MOST_LISTED or not all(isinstance(one, Mapping) for one in items):
            self.fault(where, f"{len(items)} members", f"at most {MOST_LISTED} objects")
            return []
        return cast("list[Mapping[str, Any]]", items)


def read_plan(given: Given, reader: Reader) -> Plan:
    """The plan in `given`; it counts only if `reader` has no faults after it."""
    name = reader.text("name", given.name, 100, least=1)
    legs = _legs(given.legs, reader)
    convoy = _convoy(given.convoy, reader)
    vehicles = reader.whole("vehicles", len(convoy) or given.vehicles, 1, MOST_VEHICLES)
    travellers = list(dict.fromkeys(str(one) for one in given.travellers))
    people = reader.whole("people", max(given.people, len(travellers)), 1, MOST_PEOPLE)
    if not reader.faults:
        _check_driving(legs, convoy, reader)
    return Plan(
        name,
        legs,
        convoy,
        vehicles,
        people,
        travellers,
        reader.text("purpose", given.purpose, 2000),
        _risk(given.risk, reader),
        _communications(given.communications, reader),
        reader.text("turn_back", given.turn_back, 2000),
    )


LEG_MEMBERS = (
    "site",
    "route",
    "begin_at",
    "end_at",
    "origin",
    "destination",
    "alternates",
    "checkpoints",
    "rests",
    "hazards",
    "havens",
    "max_speed_kmh",
    "outdoor",
)


def _legs(given: Sequence[Mapping[str, Any]], reader: Reader) -> list[dict[str, Any]]:
    if not 1 <= len(given) <= MOST_LEGS:
        reader.fault("legs", f"{len(given)} legs", f"1 to {MOST_LEGS}")
        return []
    legs: list[dict[str, Any]] = []
    before: datetime | None = None
    for index, one in enumerate(given):
        where = f"legs[{index}]"
        reader.known(where, one, LEG_MEMBERS)
        leg = _leg(where, one, before, reader)
        before = leg["end_at"]
        legs.append(leg | {"number": index + 1})
    first, last = legs[0]["begin_at"], legs[-1]["end_at"]
    if first is not None and first <= reader.at:
        reader.fault("legs[0].begin_at", iso(first), f"a time after {iso(reader.at)}")
    if first is not None and last is not None and last - first > LONGEST:
        reader.fault(f"legs[{len(legs) - 1}].end_at", iso(last), f"at most {LONGEST.days} days after the departure")
    return legs


def _leg(where: str, given: Mapping[str, Any], before: datetime | None, reader: Reader) -> dict[str, Any]:
    site, route = str(given.get("site", "")), str(given.get("route", ""))
    line = reader.route_of(site, route)
    if line is None:
        reader.fault(f"{where}.route", shown(route), f"a route of site {shown(site)}")
    begin_at = reader.time(f"{where}.begin_at", given.get("begin_at"))
    end_at = _end(where, given, begin_at, line, reader)
    if before is not None and begin_at is not None and begin_at < before:
        reader.fault(f"{where}.begin_at", iso(begin_at), f"a time after the leg before has ended, {iso(before)}")
    alternates = _alternates(where, given, site, route, reader)
    speed = given.get("max_speed_kmh")
    return {
        "site": site,
        "route": route,
        "begin_at": begin_at,
        "end_at": end_at,
        "origin": reader.text(f"{where}.origin", given.get("origin", ""), 200),
        "destination": reader.text(f"{where}.destination", given.get("destination", ""), 200),
        "alternates": alternates,
        "checkpoints": _checkpoints(where, given, begin_at, end_at, reader),
        "rests": _rests(where, given, begin_at, end_at, reader),
        "hazards": _hazards(where, given, line, reader),
        "havens": _havens(where, given, reader),
        "max_speed_kmh": None if speed is None else reader.whole(f"{where}.max_speed_kmh", speed, 5, 160),
        "outdoor": given.get("outdoor", True) is not False,
    }


def _end(
    where: str, given: Mapping[str, Any], begin_at: datetime | None, line: RouteLine | None, reader: Reader
) -> datetime | None:
    if given.get("end_at") is None:
        return None if begin_at is None or line is None else begin_at + usual_time(line)
    end_at = reader.time(f"{where}.end_at", given["end_at"])
    if begin_at is not None and end_at is not None and end_at <= begin_at:
        reader.fault(f"{where}.end_at", iso(end_at), f"a time after {iso(begin_at)}")
    return end_at


def usual_time(line: RouteLine) -> timedelta:
    """How long a convoy usually takes for the route, in whole minutes, at least LEAST_LEG."""
    minutes = line.length_m / 1000 / USUAL_KMH * 60
    return max(LEAST_LEG, timedelta(minutes=-(-minutes // 1)))


def _alternates(where: str, given: Mapping[str, Any], site: str, route: str, reader: Reader) -> list[str]:
    named = [str(one) for one in dict.fromkeys(given.get("alternates") or ())]
    for one in named[:MOST_LISTED]:
        if one == route or reader.route_of(site, one) is None:
            reader.fault(f"{where}.alternates", shown(one), f"another route of site {shown(site)}")
    return named[:MOST_LISTED]


def _within(
    where: str, value: object, begin_at: datetime | None, end_at: datetime | None, reader: Reader
) -> datetime | None:
    """A time of the leg: iso in the plan."""
    time = reader.time(where, value)
    if time is not None and begin_at is not None and end_at is not None and not begin_at <= time <= end_at:
        reader.fault(where, iso(time), f"a time from {iso(begin_at)} to {iso(end_at)}")
    return time


def _checkpoints(
    where: str, given: Mapping[str, Any], begin_at: datetime | None, end_at: datetime | None, reader: Reader
) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    for index, one in enumerate(reader.listed(f"{where}.checkpoints", given.get("checkpoints") or [])):
        at = f"{where}.checkpoints[{index}]"
        reader.known(at, one, ("name", "lon", "lat", "due_at"))
        due_at = _within(f"{at}.due_at", one.get("due_at"), begin_at, end_at, reader)
        found.append(_place(at, one, reader) | {"due_at": None if due_at is None else iso(due_at)})
    names = [one["name"] for one in found]
    for twice in sorted({one for one in names if names.count(one) > 1}):
        reader.fault(f"{where}.checkpoints", twice, "each name once")
    return sorted(found, key=lambda one: one["due_at"] or "")


def _havens(where: str, given: Mapping[str, Any], reader: Reader) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    for index, one in enumerate(reader.listed(f"{where}.havens", given.get("havens") or [])):
        reader.known(f"{where}.havens[{index}]", one, ("name", "lon", "lat"))
        found.append(_place(f"{where}.havens[{index}]", one, reader))
    return found


def _place(where: str, given: Mapping[str, Any], reader: Reader) -> dict[str, Any]:
    """Something with a name and, where that is known, its position."""
    lon, lat = given.get("lon"), given.get("lat")
    placed = lon is not None or lat is not None
    return {
        "name": reader.text(f"{where}.name", given.get("name"), 100, least=1),
        "lon": reader.number(f"{where}.lon", lon, -180, 180) if placed else None,
        "lat": reader.number(f"{where}.lat", lat, -90, 90) if placed else None,
    }


def _rests(
    where: str, given: Mapping[str, Any], begin_at: datetime | None, end_at: datetime | None, reader: Reader
) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    for index, one in enumerate(reader.listed(f"{where}.rests", given.get("rests") or [])):
        at = f"{where}.rests[{index}]"
        reader.known(at, one, ("name", "begin_at", "minutes"))
        begin = _within(f"{at}.begin_at", one.get("begin_at"), begin_at, end_at, reader)
        found.append(
            {
                "name": reader.text(f"{at}.name", one.get("name"), 100),
                "begin_at": None if begin is None else iso(begin),
                "minutes": reader.whole(f"{at}.minutes", one.get("minutes"), 1, 24 * 60),
            }
        )
    return sorted(found, key=lambda one: one["begin_at"] or "")


def _hazards(where: str, given: Mapping[str, Any], line: RouteLine | None, reader: Reader) -> list[dict[str, Any]]:
    length_m = line.length_m if line else 0.0
    found: list[dict[str, Any]] = []
    for index, one in enumerate(reader.listed(f"{where}.hazards", given.get("hazards") or [])):
        at = f"{where}.hazards[{index}]"
        reader.known(at, one, ("begin_m", "end_m", "text"))
        begin_m = reader.number(f"{at}.begin_m", one.get("begin_m"), 0, length_m + 1)
        end_m = reader.number(f"{at}.end_m", one.get("end_m"), 0, length_m + 1)
        if end_m <= begin_m:
            reader.fault(f"{at}.end_m", f"{begin_m:g} to {end_m:g}", "a stretch that begins before it ends")
        text = reader.text(f"{at}.text", one.get("text"), 500, least=1)
        found.append({"begin_m": begin_m, "end_m": end_m, "text": text})
    return found


def _convoy(given: Sequence[Mapping[str, Any]], reader: Reader) -> list[dict[str, Any]]:
    if len(given) > MOST_VEHICLES:
        reader.fault("convoy", f"{len(given)} vehicles", f"at most {MOST_VEHICLES}")
        return []
    found = [_vehicle(f"convoy[{index}]", one, reader) for index, one in enumerate(given)]
    signs = [one["callsign"] for one in found]
    for index, one in enumerate(found):
        if one["callsign"] and signs.index(one["callsign"]) < index:
            reader.fault(f"convoy[{index}].callsign", one["callsign"], "each call sign once")
    return found


VEHICLE_MEMBERS = ("callsign", "vehicle_class", "seats", "tracker", "is_escort", "driver", "driver_hours")


def _vehicle(where: str, given: Mapping[str, Any], reader: Reader) -> dict[str, Any]:
    reader.known(where, given, VEHICLE_MEMBERS)
    vehicle_class, seats = given.get("vehicle_class") or "", given.get("seats")
    if vehicle_class and vehicle_class not in VEHICLE_CLASSES:
        reader.fault(f"{where}.vehicle_class", shown(vehicle_class), "one of " + ", ".join(VEHICLE_CLASSES))
    tracker = reader.text(f"{where}.tracker", given.get("tracker") or "", 200)
    sensor, slash, track = tracker.partition("/")
    if tracker and not (sensor and slash and track):
        reader.fault(f"{where}.tracker", shown(tracker), "the sensor and the track of its GPS, like gps/7")
    return {
        "callsign": reader.text(f"{where}.callsign", given.get("callsign"), 40, least=1),
        "vehicle_class": str(vehicle_class),
        "seats": None if seats is None else reader.whole(f"{where}.seats", seats, 1, 80),
        "tracker": tracker,
        "is_escort": given.get("is_escort") is True,
        "driver": str(given.get("driver") or ""),
        "driver_hours": reader.number(f"{where}.driver_hours", given.get("driver_hours") or 0.0, 0, 24),
    }


def _risk(given: Mapping[str, str], reader: Reader) -> dict[str, str]:
    """The assessed risk with its level, or nothing where nobody assessed it."""
    reader.known("risk", given, ("likelihood", "impact", "measures"))
    likelihood, impact = given.get("likelihood", ""), given.get("impact", "")
    if not likelihood and not impact:
        return {}
    for name, value, axis in (
        ("likelihood", likelihood, reader.matrix.likelihoods),
        ("impact", impact, reader.matrix.impacts),
    ):
        if value not in axis:
            reader.fault(f"risk.{name}", shown(value), "one of " + ", ".join(axis))
    measures = reader.text("risk.measures", given.get("measures", ""), 2000)
    level = reader.matrix.table.get((likelihood, impact), "")
    return {"likelihood": likelihood, "impact": impact, "level": level, "measures": measures}


def _communications(given: Mapping[str, str], reader: Reader) -> dict[str, str]:
    reader.known("communications", given, ("primary", "backup", "callsign"))
    most = {"primary": 200, "backup": 200, "callsign": 40}
    return {
        name: reader.text(f"communications.{name}", given.get(name, ""), characters)
        for name, characters in most.items()
        if given.get(name)
    }


def _check_driving(legs: Sequence[Mapping[str, Any]], convoy: Sequence[Mapping[str, Any]], reader: Reader) -> None:
    hours = max((one["driver_hours"] for one in convoy), default=0.0)
    drives = [
        Drive(
            index,
            leg["begin_at"],
            leg["end_at"],
            [(datetime.fromisoformat(one["begin_at"]), timedelta(minutes=one["minutes"])) for one in leg["rests"]],
        )
        for index, leg in enumerate(legs)
    ]
    reader.faults += faults_of(drives, timedelta(hours=hours), reader.driving)
