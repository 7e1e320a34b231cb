"""ONVIF analytics metadata as observations of one camera: posted as XML, or read from a stream.

Absence is no departure here: a device stops listing what it has marked `Idle`, forgets ids when its memory is full, and
loses what another vehicle hides. So an idle object is told again while frames come, and only two things say that a
vehicle left: a `Removed` marker, in view, where one stood, and a `Rename` that finds it elsewhere. A `Rename` keeps the
track. `Merge` and `Split` join no tracks: what is hidden keeps its own clock, unseen, and whoever comes to light there
takes it over, as after any loss of a track.
"""

from __future__ import annotations

import hashlib
import math
import threading
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from typing import Any

from safeconduct.sites.ground import Ground, Spot
from safeconduct.watch.feeds.connection import Calibrations, Source
from safeconduct.watch.feeds.cot_stream import Unusable
from safeconduct.watch.feeds.frigate import Cameras
from safeconduct.watch.feeds.http_stream import Address, Login, ResponsePeer, response_of
from safeconduct.watch.feeds.onvif_frames import Change, Documents, Frame, Object
from safeconduct.watch.feeds.peer import Receiving
from safeconduct.watch.feeds.plates import Plates
from safeconduct.watch.feeds.refusing import Found
from safeconduct.watch.rows import AHEAD_MS, Checked

MEDIA = ("application/xml", "text/xml")
ACCEPT = "multipart/x-mixed-replace, application/xml, text/xml"
KINDS = {
    "vehicle": "unknown",
    "vehical": "unknown",
    "car": "car",
    "van": "unknown",
    "truck": "truck",
    "bus": "bus",
    "motorcycle": "motorcycle",
    "boat": "vessel",
    "vessel": "vessel",
}
"""Classes and vehicle types, in lower case, to kinds. A bicycle shows a person, and `Bike` may mean one."""
PLATE = "licenseplate"
RESTATE_MS = 5_000
"""How often what stands idle, and is no longer listed, is told again: before the watch takes it for unseen (10 s)."""
THERE_M = 4.0
"""A marker this near to an idle object is of it."""
ELSEWHERE_M = 8.0
"""A renamed object further than this from where it was known has left there."""
MAX_KNOWN = 4_096
METRES_A_DEGREE = 111_319.49

WANTED = {
    "not_a_stream": "an ONVIF tt:MetadataStream",
    "too_large": "documents of at most 4 MiB",
    "refused_dtd": "documents without a document type",
    "cut_short": "a whole document",
    "too_many": "at most 1,000 objects a frame",
    "no_class": "an object that is told to be a vehicle",
    "no_calibration": "a calibration of the camera's sensor, or the object's GeoLocation",
    "above_horizon": "a box that stands on the ground, inside of the picture",
    "hidden": "a removal in view: another object is before its place",
    "no_parent": "a plate of a vehicle that is known",
}


@dataclass
class Known:
    """What is remembered of an object."""

    track: str
    kind: str
    spot: Spot
    listed_ms: int
    told_ms: int
    """Times of the last frame that listed it, and of the last row of it."""
    is_idle: bool = False
    token: str | None = None


@dataclass
class Scene:
    """The objects of one camera. `ground` is None where it has no calibration that can be used."""

    sensor: str
    settings: Mapping[str, Any]
    ground: Callable[[], Ground | None]
    plates: Plates
    _known: dict[tuple[str, str], Known] = field(default_factory=dict[tuple[str, str], Known])
    """By the analytics module that tells of it, and the object's id there; the longest unheard of first."""
    _names: set[str] = field(default_factory=set[str])

    def take(self, frame: Frame, found: Found, now_ms: int | None) -> None:
        """Add the rows of `frame` to `found`."""
        if frame.dropped:
            found.refuse("too_many", "frame", f"{frame.dropped} more")
            found.refused["too_many"] += frame.dropped - 1
        time_ms = frame.time_ms
        if time_ms is None or (now_ms is not None and time_ms > now_ms + AHEAD_MS):
            for _ in frame.objects:
                found.refuse("no_time" if time_ms is None else "future", "frame", "no time that can be used")
            return
        for change in frame.changes:
            self._change(frame.source, change, time_ms, found)
        ground = self.ground()
        listed = {(frame.source, one.id) for one in frame.objects if one.state != "Removed"}
        # Plates last: theirs may be listed before their vehicle.
        for one in sorted(frame.objects, key=_is_plate):
            self._take(frame, one, ground, listed, time_ms, found)
        self._tell_again(frame.source, listed, time_ms, found)

    def _take(
        self,
        frame: Frame,
        one: Object,
        ground: Ground | None,
        listed: set[tuple[str, str]],
        time_ms: int,
        found: Found,
    ) -> None:
        key = (frame.source, one.id)
        if _is_plate(one):
            self._take_plate(frame.source, one, time_ms, found)
            return
        kind, reason = self._kind(one, self._known.get(key))
        if reason and not (one.state == "Removed" and reason == "no_class"):
            found.refuse(reason, "object", "no vehicle" if reason == "refused_kind" else "no class")
            return
        spot, reason = _spot(frame, one, ground)
        if not one.id:
            found.refuse("no_track", "object", "no ObjectId")
        elif spot is None:
            found.refuse(reason, "object", f"ObjectId {one.id}")
        elif one.state == "Removed":
            self._take_away(frame, one, kind, spot, listed, time_ms, found)
        else:
            known = self._seen(key, kind, spot, time_ms, one.state == "Idle")
            if one.plate:
                self._note_plate(known, one, time_ms)
            found.rows.append(self._row(known, time_ms, one.speed_mps))

    def _kind(self, one: Object, known: Known | None) -> tuple[str, str]:
        """The kind of what an object shows, and why it is refused, if it is."""
        if one.is_person:
            return "", "refused_kind"
        told = _likeliest(one)
        if one.vehicle.lower() in KINDS and told in (*KINDS, "", "bike", "other"):
            return KINDS[one.vehicle.lower()], ""
        if one.vehicle.lower() == "bicycle" or told not in (*KINDS, "", "other"):
            return "", "refused_kind"
        if told in KINDS:
            # A class that is told less exactly once does not undo what was told before.
            before = known.kind if known and KINDS[told] == "unknown" else ""
            return before or KINDS[told], ""
        if known:
            return known.kind, ""
        return ("unknown", "") if self.settings["unclassified"] else ("unknown", "no_class")

    def _seen(self, key: tuple[str, str], kind: str, spot: Spot, time_ms: int, is_idle: bool) -> Known:
        known = self._known.pop(key, None)
        if known is None:
            known = Known(self._name(key), kind, spot, time_ms, time_ms)
            while len(self._known) >= MAX_KNOWN:
                self._forget(next(iter(self._known)))
        known.kind, known.spot, known.is_idle = kind, spot, is_idle
        known.listed_ms = known.told_ms = time_ms
        self._known[key] = known
        return known

    def _name(self, key: tuple[str, str]) -> str:
        """A track's name. An id that another object carried away by a `Rename` begins a track of its own."""
        source, ref = key
        # The module's name is free text: only that it is another one matters.
        begin = f"{hashlib.blake2b(source.encode(), digest_size=3).hexdigest()}/{ref}" if source else ref
        name, number = begin, 1
        while name in self._names:
            number += 1
            name = f"{begin}~{number}"
        self._names.add(name)
        return name

    def _forget(self, key: tuple[str, str]) -> Known | None:
        known = self._known.pop(key, None)
        if known:
            self._names.discard(known.track)
        return known

    def _row(self, known: Known, time_ms: int, speed_mps: float | None = None, state: str = "") -> dict[str, Any]:
        return {
            "time": time_ms,
            "sensor": self.sensor,
            "track": known.track,
            "lon": known.spot.lon,
            "lat": known.spot.lat,
            "kind": known.kind,
            "state": state or ("idle" if known.is_idle else "seen"),
            "token": known.token,
            "speed": speed_mps if speed_mps is not None and 0 <= speed_mps < 150 else None,
            "accuracy": known.spot.accuracy_m or None,
        }

    def _tell_again(self, source: str, listed: set[tuple[str, str]], time_ms: int, found: Found) -> None:
        """What stands idle and is not listed stands there still: a device lists it as soon as it changes."""
        for key, known in self._known.items():
            if known.is_idle and key[0] == source and key not in listed and time_ms - known.told_ms >= RESTATE_MS:
                if time_ms - known.listed_ms <= self.settings["idle_s"] * 1000:
                    known.told_ms = time_ms
                    found.rows.append(self._row(known, time_ms))
                else:
                    known.is_idle = False

    def _change(self, source: str, change: Change, time_ms: int, found: Found) -> None:
        before = [(source, one) for one in change.before if one]
        after = [(source, one) for one in change.after if one]
        match change.kind:
            case "rename" if len(before) == len(after) == 1 and before != after:
                self._rename(before[0], after[0], time_ms, found)
            case "merge":
                for key in before:
                    if key not in after and (known := self._known.get(key)):
                        # Hidden now: that it stands there is not known any more, nor that it does not.
                        known.is_idle = False
            case "delete":
                for key in before:
                    self._forget(key)
            case _:
                pass  # a split: ids that were known before go on, others begin

    def _rename(self, before: tuple[str, str], after: tuple[str, str], time_ms: int, found: Found) -> None:
        known = self._known.pop(before, None)
        if known is None:
            return
        earlier = self._forget(after)
        if earlier and _apart_m(earlier.spot, known.spot) > ELSEWHERE_M:
            found.rows.append(self._row(earlier, time_ms, state="gone"))
        self._known[after] = known

    def _take_away(
        self,
        frame: Frame,
        marker: Object,
        kind: str,
        spot: Spot,
        listed: set[tuple[str, str]],
        time_ms: int,
        found: Found,
    ) -> None:
        """A `Removed` marker is at the place from which something was taken, under an id of its own or the thing's."""
        if _is_hidden(frame, marker):
            found.refuse("hidden", "object", f"ObjectId {marker.id}")
            return
        near = {
            key: _apart_m(known.spot, spot)
            for key, known in self._known.items()
            if known.is_idle and key[0] == frame.source and key not in listed
        }
        own = (frame.source, marker.id)
        nearest = own if own in near else min(near, key=lambda key: near[key], default=None)
        if nearest and (nearest == own or near[nearest] <= THERE_M) and (known := self._forget(nearest)):
            found.rows.append(self._row(known, time_ms, state="gone"))
        elif any(told.lower() in KINDS for told, _ in marker.classes):
            known = Known(f"removed-{marker.id}", kind, spot, time_ms, time_ms)
            found.rows.append(self._row(known, time_ms, state="gone"))
        else:
            found.refuse("no_class", "object", "a removal of something else")

    def _take_plate(self, source: str, one: Object, time_ms: int, found: Found) -> None:
        known = self._known.get((source, one.parent)) if one.parent else None
        if known is None:
            found.refuse("no_parent", "object", "a plate")
            return
        had = known.token
        self._note_plate(known, one, time_ms)
        if known.token != had and known.told_ms == time_ms:
            found.rows.append(self._row(known, time_ms))

    def _note_plate(self, known: Known, one: Object, time_ms: int) -> None:
        """The first plate that is read well enough: a second one is a misreading, or another vehicle's."""
        if one.plate and known.token is None and one.plate_likelihood >= self.settings["least_likelihood"]:
            known.token = self.plates.token(one.plate, time_ms)


def connect(source: Source) -> Receiving:
    """`settings` are those of `onvif_stream` in kinds.py. Raises BadInput for an address that is none."""
    address = Address.of(source.settings["url"])
    login = Login(source.settings["user"], source.secrets.get("password", ""), source.settings["password_in_clear"])
    sensor = min(source.sensors, default=source.name)

    def opening(_: Source) -> AbstractAsyncContextManager[ResponsePeer]:
        return response_of(address, login, source.secrets, ACCEPT)

    return Receiving(
        source, lambda: Camera(scene_of(sensor, source.settings, source.calibrations, source.plates)), opening
    )


def scene_of(sensor: str, settings: Mapping[str, Any], calibrations: Calibrations, plates: Plates) -> Scene:
    """The scene of a sensor, on the ground as its place's calibration has it at the time."""
    cameras = Cameras({}, calibrations)
    return Scene(sensor, settings, lambda: cameras.ground(sensor), plates)


class Camera:
    """Takes what one camera sends, of any bytes: parts of a stream, or documents posted to it."""

    def __init__(self, scene: Scene):
        self._scene, self._documents = scene, Documents()
        self._lock = threading.Lock()

    def to_send(self, at_s: float) -> bytes:  # noqa: ARG002 (of every decoder; a camera is told nothing)
        return b""

    def take(self, chunks: Sequence[bytes], received_ms: int, now_ms: int | None) -> Checked:  # noqa: ARG002
        """The rows of the next parts of a stream."""
        found = Found(WANTED)
        for chunk in chunks:
            self._take(self._documents, chunk, found, now_ms)
        return found.checked(now_ms)

    def take_body(self, body: bytes, media: str, now_ms: int | None) -> Checked:  # noqa: ARG002 (of every decoder)
        """The rows of one body of whole documents."""
        found, documents = Found(WANTED), Documents()
        with self._lock:
            self._take(documents, body, found, now_ms)
        if not documents.is_between:
            found.refuse("cut_short", "body", f"{len(body)} bytes")
        return found.checked(now_ms)

    def _take(self, documents: Documents, data: bytes, found: Found, now_ms: int | None) -> None:
        for one in documents.take(data):
            if isinstance(one, Unusable):
                found.refuse(one.reason, "document", one.found)
            else:
                self._scene.take(one, found, now_ms)


def _is_plate(one: Object) -> bool:
    """Whether an object is a plate and no vehicle with one."""
    told = _likeliest(one)
    return told == PLATE or bool(one.plate and one.parent and not told)


def _likeliest(one: Object) -> str:
    """The class that an object is likeliest of, in lower case; between a vehicle and none, none."""
    return max(one.classes, key=lambda each: (each[1], each[0].lower() not in KINDS), default=("", 0.0))[0].lower()


def _spot(frame: Frame, one: Object, ground: Ground | None) -> tuple[Spot | None, str]:
    """Where an object stands, or why that is not known."""
    if one.place is not None:
        lon, lat = one.place
        return (Spot(lon, lat, 0.0), "") if abs(lon) <= 180 and abs(lat) <= 90 else (None, "position_out_of_range")
    if one.box is None:
        return None, "no_position"
    if ground is None:
        return None, "no_calibration"
    left, top, right, bottom = one.transformation.within(frame.transformation).box(one.box)
    pixels = (left * ground.width, top * ground.height, right * ground.width, bottom * ground.height)
    return ground.foot(pixels), "above_horizon"


def _is_hidden(frame: Frame, marker: Object) -> bool:
    """Whether another object of the frame is before the place that a marker tells of."""
    if marker.box is None:
        return False
    left, _, right, bottom = marker.transformation.within(frame.transformation).box(marker.box)
    x = (left + right) / 2
    for other in frame.objects:
        if other is not marker and other.box is not None and other.state != "Removed":
            begin, top, end, foot = other.transformation.within(frame.transformation).box(other.box)
            if begin < x < end and top < bottom < foot:
                return True
    return False


def _apart_m(one: Spot, other: Spot) -> float:
    east = (one.lon - other.lon) * math.cos(math.radians(one.lat))
    return math.hypot(east, one.lat - other.lat) * METRES_A_DEGREE
