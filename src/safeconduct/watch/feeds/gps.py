"""GPS trackers: positions by the OsmAnd protocol, and by the Traccar client's JSON.

    GET  /gps/sc_feed_…?id=48241179&lat=-5.0025&lon=75.0065&timestamp=1764000000&speed=8.2&bearing=270&accuracy=5
    POST /gps/sc_feed_…  {"location": {"timestamp": "2026-11-24T06:00:00.000Z", "coords": {"latitude": -5.0025,
                          "longitude": 75.0065, "accuracy": 5, "speed": 4.2, "heading": 270}}, "device_id": "48241179"}

Only devices that the feed's settings name are taken. Source: the OsmAnd protocol as Traccar documents it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, cast
from urllib.parse import parse_qsl

import orjson

from safeconduct.terms import instant
from safeconduct.terms.errors import BadInput, Fault, shown
from safeconduct.watch.feeds.admitting import Admitted
from safeconduct.watch.feeds.refusing import Found
from safeconduct.watch.rows import Checked, time_ms

KNOT_MPS = 1852 / 3600
SPEEDS_MPS = {"kn": KNOT_MPS, "mps": 1.0, "kmh": 1 / 3.6}
"""Units in which trackers tell their speed: the protocol has knots, the OsmAnd app itself metres a second."""
HDOP_M = 5.0
"""Metres of error for each unit of horizontal dilution, where a tracker tells no accuracy itself."""
SECONDS_BELOW = 2**31
"""A number of more is of milliseconds, as Traccar reads it."""
MAX_FIELDS, MAX_POSITIONS = 64, 1_000
ON_FOOT = frozenset({"on_foot", "walking", "running", "on_bicycle"})
"""Activities in which the device is not in its vehicle: where it is then, a person is."""

WANTED = {"unknown_device": "a device that the feed's settings name"}


@dataclass(frozen=True)
class Position:
    """What one message says of one device."""

    device: str
    time_ms: int | None
    """None for a message without a time: it is of the moment."""
    lon: float | None
    lat: float | None
    speed_mps: float | None = None
    heading_deg: float | None = None
    accuracy_m: float | None = None
    is_on_foot: bool = False


def positions(query: bytes, body: bytes, unit_mps: float = KNOT_MPS) -> list[Position]:
    """The positions of a request, of any bytes. Raises BadInput where it is not of these protocols.

    `unit_mps` is the unit of speeds among fields; those in JSON are in metres a second.
    """
    if body.lstrip()[:1] in (b"{", b"["):
        return list(_of_json(body))
    fields = _fields(query) or _fields(body)
    return [_of_fields(fields, unit_mps)]


def checked(found_positions: list[Position], feed: Admitted, received_ms: int, now_ms: int | None) -> Checked:
    """The rows of `found_positions`, as the settings of `feed` name the devices."""
    found = Found(WANTED)
    names: Mapping[str, str] = feed.settings["devices"]
    kinds: Mapping[str, str] = feed.settings["kinds"]
    sensor = min(feed.sensors, default=feed.name)
    for one in found_positions:
        if one.device not in names:
            found.refuse("unknown_device", "device", one.device)
        elif one.is_on_foot:
            found.refuse("refused_kind", "device", "on foot")
        else:
            row = _row(one, received_ms)
            row |= {"sensor": sensor, "track": names[one.device], "kind": kinds.get(one.device, "unknown")}
            found.rows.append(row)
    return found.checked(now_ms)


def _row(one: Position, received_ms: int) -> dict[str, Any]:
    is_placed = one.lon or one.lat  # a tracker without a fix reports the middle of the map
    return {
        "time": received_ms if one.time_ms is None else one.time_ms,
        "lon": one.lon if is_placed else None,
        "lat": one.lat if is_placed else None,
        "speed": one.speed_mps if one.speed_mps is not None and 0 <= one.speed_mps < 500 else None,
        "heading": one.heading_deg % 360 if one.heading_deg is not None and 0 <= one.heading_deg <= 360 else None,
        "accuracy": one.accuracy_m if one.accuracy_m is not None and 0 < one.accuracy_m < 100_000 else None,
    }


def _fields(text: bytes) -> dict[str, str]:
    try:
        return dict(parse_qsl(text.decode("utf-8", "replace"), max_num_fields=MAX_FIELDS))
    except ValueError:
        raise _fault("fields", "more", f"at most {MAX_FIELDS} fields") from None


def _of_fields(fields: Mapping[str, str], unit_mps: float) -> Position:
    device = fields.get("id") or fields.get("deviceid")
    if not device:
        raise _fault("id", "nothing", "the device's id")
    lat, lon = fields.get("lat"), fields.get("lon")
    if "location" in fields:
        lat, _, lon = fields["location"].partition(",")
    is_valid = fields.get("valid", "true").lower() in ("true", "1")
    speed = _number(fields, "speed")
    accuracy, hdop = _number(fields, "accuracy"), _number(fields, "hdop")
    heading = _number(fields, "bearing")
    return Position(
        device,
        _time_ms(fields["timestamp"]) if "timestamp" in fields else None,
        _degrees("lon", lon) if is_valid else None,
        _degrees("lat", lat) if is_valid else None,
        None if speed is None else speed * unit_mps,
        _number(fields, "heading") if heading is None else heading,
        hdop * HDOP_M if accuracy is None and hdop is not None else accuracy,
    )


def _degrees(name: str, text: str | None) -> float | None:
    return None if text is None else _number({name: text}, name)


def _number(fields: Mapping[str, str], name: str) -> float | None:
    if name not in fields:
        return None
    try:
        return float(fields[name])
    except ValueError:
        raise _fault(name, shown(fields[name]), "a number") from None


def _time_ms(text: str) -> int:
    """Seconds, milliseconds or ISO 8601, which is UTC where it names no zone. Raises BadInput."""
    try:
        if text.replace(".", "", 1).isdecimal() and len(text) < 20:
            number = float(text)
            found = time_ms(number * 1000 if number < SECONDS_BELOW else number)
        else:
            moment = datetime.fromisoformat(text)
            found = instant.epoch_ms(moment if moment.tzinfo else moment.replace(tzinfo=UTC))
    except (ValueError, OverflowError):
        found = None
    if found is None:
        raise _fault("timestamp", shown(text), "seconds or milliseconds since 1970, or ISO 8601")
    return found


def _of_json(body: bytes) -> Iterator[Position]:
    try:
        found = orjson.loads(body)
    except orjson.JSONDecodeError:
        raise _fault("body", f"{len(body)} bytes", "JSON") from None
    message = cast("dict[str, Any]", found) if isinstance(found, dict) else {}
    device = message.get("device_id")
    if not isinstance(device, str | int) or isinstance(device, bool) or device == "":
        raise _fault("device_id", "nothing", "the device's id")
    location = message.get("location")
    several = cast("list[Any]", location) if isinstance(location, list) else [location]
    if len(several) > MAX_POSITIONS:
        raise _fault("location", f"{len(several)} positions", f"at most {MAX_POSITIONS}")
    for one in several:
        yield _of_location(str(device), _object(one, "location"))


def _of_location(device: str, location: Mapping[str, Any]) -> Position:
    coords = _object(location.get("coords"), "location.coords")
    at = location.get("timestamp")
    activity = location.get("activity")
    doing = cast("dict[str, Any]", activity).get("type") if isinstance(activity, dict) else None
    return Position(
        device,
        None if at is None else _time_ms(str(at)),
        _real(coords.get("longitude")),
        _real(coords.get("latitude")),
        _real(coords.get("speed")),
        _real(coords.get("heading")),
        _real(coords.get("accuracy")),
        isinstance(doing, str) and doing in ON_FOOT,
    )


def _object(value: object, where: str) -> Mapping[str, Any]:
    if not isinstance(value, dict):
        raise _fault(where, shown(value), "an object")
    return cast("dict[str, Any]", value)


def _real(value: object) -> float | None:
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else None


def _fault(where: str, found: str, wanted: str) -> BadInput:
    return BadInput("position", [Fault(where, found, wanted)])
