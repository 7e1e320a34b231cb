"""Frigate's messages: vehicles that an NVR sees, each box placed on the ground by its camera's calibration.

    frigate/events   {"type": "update", "before": {…}, "after": {"id": "1795500001.5-k2a9xq", "camera": "gate",
                      "frame_time": 1795500061.25, "label": "car", "false_positive": false, "end_time": null,
                      "box": [412, 380, 655, 560], "stationary": true, …}}
    frigate/reviews  {"type": "end", "before": {…}, "after": {"id": …, "camera": …, "data": {"objects": ["car"], …}}}
    frigate/available   online · offline · stopped

An `end` is no departure: Frigate ends what it no longer tells apart, a stationary car above all. So no row of it is
`gone`. A review tells of no place, and gives no row. Faces, persons and plates are counted, and go no further.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, cast

import orjson

from safeconduct.sites.ground import Ground, calibrate
from safeconduct.terms.errors import BadInput
from safeconduct.watch.feeds.connection import Calibrations
from safeconduct.watch.feeds.refusing import Found
from safeconduct.watch.rows import WANTED, Checked

KINDS = {
    "car": "car",
    "truck": "truck",
    "bus": "bus",
    "school_bus": "bus",
    "motorcycle": "motorcycle",
    "boat": "vessel",
}
"""Frigate's labels of vehicles to the kinds of this watch."""
MAX_SENSORS = 10_000
MAX_NAME = 256

REASONS = {
    "no_calibration": "a calibration of the camera's sensor",
    "above_horizon": "a box that stands on the ground, inside of the picture",
    "refused_face": "no faces",
    "refused_plate": "no plates",
    "refused_kind": WANTED["refused_kind"],
    "no_position": "a box of left, top, right and bottom",
    "not_an_object": "one of Frigate's messages",
    "unknown_topic": "events, reviews, available or tracked_object_update",
}
"""Why a message gives no row, beside the reasons of rows.WANTED."""


@dataclass
class Cameras:
    """Each camera's sensor and its ground, read anew when its calibration changes."""

    sensors: Mapping[str, str]
    calibrations: Calibrations
    _grounds: dict[str, tuple[Any, Ground | None]] = field(default_factory=dict[str, tuple[Any, Ground | None]])

    def sensor(self, camera: str) -> str:
        return self.sensors.get(camera, camera)

    def ground(self, sensor: str) -> Ground | None:
        """None for a sensor without a calibration that can be used."""
        found = self.calibrations().get(sensor)
        if found is None:
            self._grounds.pop(sensor, None)
            return None
        known = self._grounds.get(sensor)
        if known is None or known[0] != found:
            try:
                known = (found, calibrate(found))
            except BadInput:
                known = (found, None)
            self._grounds[sensor] = known
        return known[1]


class Frigate:
    """Takes the messages of one Frigate, whatever they hold. `topic` is its prefix."""

    def __init__(self, topic: str, cameras: Cameras):
        self._topic, self._cameras = topic.strip("/"), cameras
        self._seen: dict[str, None] = dict.fromkeys(cameras.sensors.values())
        self._off: set[str] = set()
        self._down = False

    @property
    def topics(self) -> tuple[str, ...]:
        """The topic filters to subscribe to."""
        names = ("events", "reviews", "available", "tracked_object_update", "+/status/detect")
        return tuple(f"{self._topic}/{name}" for name in names)

    @property
    def lost(self) -> frozenset[str]:
        """The sensors that Frigate says are off: those of one camera, or all, while it is itself."""
        return frozenset(self._seen) if self._down else frozenset(self._off)

    def take(self, messages: Iterable[tuple[str, bytes]], now_ms: int) -> Checked:
        """The rows in `messages`, each a topic and its payload."""
        found = _Found(REASONS, each="vehicle")
        for topic, payload in messages:
            prefix, _, name = topic.rpartition("/")
            if prefix == self._topic:
                self._take(name, payload, found)
            elif topic.startswith(f"{self._topic}/") and topic.endswith("/status/detect"):
                self._take_status(topic[len(self._topic) + 1 : -len("/status/detect")], payload)
            else:
                found.refuse("unknown_topic", "message", topic)
        return found.checked(now_ms)

    def _take(self, name: str, payload: bytes, found: _Found) -> None:
        if name == "available":
            self._down = payload.strip() != b"online"
            return
        if name not in ("events", "reviews", "tracked_object_update"):
            found.refuse("unknown_topic", "message", name)
            return
        message = _object(payload)
        if message is None:
            found.refuse("not_an_object", "message", f"{len(payload)} bytes")  # never their text: it may hold a plate
        elif name == "events":
            self._take_event(message, found)
        elif name == "reviews":
            _take_review(message, found)
        else:
            _take_update(message, found)

    def _take_status(self, camera: str, payload: bytes) -> None:
        sensor = self._cameras.sensor(camera)
        if payload.strip() == b"online":
            self._off.discard(sensor)
        elif len(self._off) < MAX_SENSORS:
            self._off.add(sensor)

    def _take_event(self, message: Mapping[str, Any], found: _Found) -> None:
        after = message.get("after")
        if message.get("type") not in ("new", "update", "end") or not isinstance(after, dict):
            found.refuse("not_an_object", "message", "an event without its `after`")
            return
        seen = cast("dict[str, Any]", after)
        if seen.get("recognized_license_plate"):
            found.refused["refused_plate"] += 1  # the plate alone: the vehicle is seen without it
        label = seen.get("label")
        kind = KINDS.get(label) if isinstance(label, str) else None
        if kind is None:
            found.refuse_label(label)
        elif seen.get("false_positive") is not True:
            self._take_vehicle(seen, kind, found)

    def _take_vehicle(self, seen: Mapping[str, Any], kind: str, found: _Found) -> None:
        camera, box = seen.get("camera"), _box(seen.get("box"))
        if not isinstance(camera, str) or not 0 < len(camera) <= MAX_NAME:
            found.refuse("no_sensor", "message", camera)
            return
        sensor = self._cameras.sensor(camera)
        if len(self._seen) < MAX_SENSORS:
            self._seen[sensor] = None
        ground = self._cameras.ground(sensor)
        spot = ground.foot(box) if ground and box else None
        if ground is None:
            found.refuse("no_calibration", "message", camera)
        elif box is None:
            found.refuse("no_position", "message", seen.get("box"))
        elif spot is None:
            found.refuse("above_horizon", "message", box)
        else:
            at = seen.get("frame_time")
            found.rows.append(
                {
                    "time": at * 1000 if isinstance(at, int | float) and not isinstance(at, bool) else None,
                    "sensor": sensor,
                    "track": seen.get("id"),
                    "lon": spot.lon,
                    "lat": spot.lat,
                    "kind": kind,
                    "state": "idle" if seen.get("stationary") is True else "seen",
                    "accuracy": spot.accuracy_m,
                }
            )


def _take_review(message: Mapping[str, Any], found: _Found) -> None:
    after = message.get("after")
    data = cast("dict[str, Any]", after).get("data") if isinstance(after, dict) else None
    if not isinstance(data, dict):
        found.refuse("not_an_object", "message", "a review without its data")
        return
    objects = cast("dict[str, Any]", data).get("objects")
    for label in cast("list[Any]", objects)[:100] if isinstance(objects, list) else ():
        if not isinstance(label, str) or label.removesuffix("-verified") not in KINDS:
            found.refuse_label(label)


def _take_update(message: Mapping[str, Any], found: _Found) -> None:
    """What Frigate adds to an object that it tracks: a face or a plate above all."""
    kind = message.get("type")
    reason = {"face": "refused_face", "lpr": "refused_plate"}.get(kind) if isinstance(kind, str) else None
    if reason:
        found.refused[reason] += 1


class _Found(Found):
    def refuse_label(self, label: object) -> None:
        """What is no vehicle, by the label alone."""
        reason = {"face": "refused_face", "license_plate": "refused_plate"}.get(str(label), "refused_kind")
        told = label if isinstance(label, str) and label.isascii() and len(label) < 32 else "no label"
        self.refuse(reason, "message", told)


def _object(payload: bytes) -> Mapping[str, Any] | None:
    try:
        found = orjson.loads(payload)
    except orjson.JSONDecodeError:
        return None
    return cast("dict[str, Any]", found) if isinstance(found, dict) else None


def _box(value: object) -> Sequence[float] | None:
    numbers = cast("list[Any]", value) if isinstance(value, list) else []
    fits = len(numbers) == 4 and all(isinstance(one, int | float) and abs(one) < 1e6 for one in numbers)
    return [float(one) for one in numbers] if fits else None
