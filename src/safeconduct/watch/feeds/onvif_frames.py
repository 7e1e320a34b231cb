"""ONVIF analytics metadata: frames out of a stream of XML documents, cut where the network cut it or not.

    <tt:MetadataStream xmlns:tt="http://www.onvif.org/ver10/schema"><tt:VideoAnalytics>
      <tt:Frame UtcTime="2026-11-24T06:00:00.250Z">
        <tt:Transformation><tt:Translate x="-1" y="-1"/><tt:Scale x="0.003125" y="0.00416667"/></tt:Transformation>
        <tt:Object ObjectId="12"><tt:Appearance>
          <tt:Shape><tt:BoundingBox left="20" top="80" right="100" bottom="30"/></tt:Shape>
          <tt:Class><tt:Type Likelihood="0.9">Vehicle</tt:Type></tt:Class></tt:Appearance>
          <tt:Behaviour><tt:Idle/></tt:Behaviour></tt:Object>
        <tt:ObjectTree><tt:Rename><tt:from ObjectId="9"/><tt:to ObjectId="12"/></tt:Rename></tt:ObjectTree>
      </tt:Frame></tt:VideoAnalytics></tt:MetadataStream>

What a vehicle looks like, who drives it and pictures of either are not read at all. The text of a plate is read, and
lives until its frame has been taken. Source: ONVIF Analytics Service Specification §5; metadatastream.xsd, common.xsd.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from safeconduct.terms import instant
from safeconduct.watch.feeds.cot_events import etree, number
from safeconduct.watch.feeds.cot_stream import Unusable

NAMESPACE = "http://www.onvif.org/ver10/schema"
ROOT = f"{{{NAMESPACE}}}MetadataStream"
MAX_DOCUMENT_BYTES = 4 * 1024 * 1024
MAX_DEPTH = 64
MAX_OBJECTS = 1_000
"""...and changes of identity, of one frame each; more are counted and not kept."""
MAX_CLASSES = 16
MAX_TEXT = 64
SPACE = b" \t\r\n\0"

_BEGINNING = re.compile(rb"<\?xml\b|<(?:[A-Za-z_][\w.-]{0,30}:)?MetadataStream\b")
LONGEST_BEGINNING = 64


@dataclass(frozen=True)
class Transformation:
    """From the coordinates of what is within a node to those of the picture: -1 to 1, to the right and up."""

    x: float = 0.0
    y: float = 0.0
    scale_x: float = 1.0
    scale_y: float = 1.0

    def within(self, outer: Transformation) -> Transformation:
        return Transformation(
            outer.x + outer.scale_x * self.x,
            outer.y + outer.scale_y * self.y,
            outer.scale_x * self.scale_x,
            outer.scale_y * self.scale_y,
        )

    def box(self, box: tuple[float, ...]) -> tuple[float, ...]:
        """Left, top, right, bottom as shares of the picture from its top left."""
        left, top, right, bottom = box
        xs = sorted((self.x + self.scale_x * one + 1) / 2 for one in (left, right))
        ys = sorted((1 - self.y - self.scale_y * one) / 2 for one in (top, bottom))
        return xs[0], ys[0], xs[1], ys[1]


@dataclass
class Object:
    """An object of a frame, with what the watch reads of it."""

    id: str
    parent: str = ""
    classes: list[tuple[str, float]] = field(default_factory=list[tuple[str, float]])
    """What it may be, each with its likelihood."""
    vehicle: str = ""
    box: tuple[float, ...] | None = None
    place: tuple[float, float] | None = None
    """Its lon and lat, where the device tells them itself."""
    state: str = ""
    """`Idle`, `Removed`, or none."""
    speed_mps: float | None = None
    is_person: bool = False
    plate: str = field(default="", repr=False)
    plate_likelihood: float = 1.0
    transformation: Transformation = field(default_factory=Transformation)


@dataclass(frozen=True)
class Change:
    """What the ObjectTree says of identities: `rename`, `split`, `merge` or `delete`."""

    kind: str
    before: tuple[str, ...]
    after: tuple[str, ...]


@dataclass
class Frame:
    """One frame. `time_ms` is None where it tells none that can be read."""

    time_ms: int | None
    source: str = ""
    objects: list[Object] = field(default_factory=list[Object])
    changes: list[Change] = field(default_factory=list[Change])
    dropped: int = 0
    """Objects beyond MAX_OBJECTS."""
    transformation: Transformation = field(default_factory=Transformation)


_APPEARANCE = ("Object", "Appearance")
_TEXTS = {
    (*_APPEARANCE, "Class", "Type"),
    (*_APPEARANCE, "Class", "ClassCandidate", "Type"),
    (*_APPEARANCE, "Class", "ClassCandidate", "Likelihood"),
    (*_APPEARANCE, "VehicleInfo", "Type"),
    (*_APPEARANCE, "LicensePlateInfo", "PlateNumber"),
    ("Object", "Behaviour", "Speed"),
}
"""Elements below a frame of which the text is read."""


class Reading:
    """The target of an XML parser: frames as their elements come."""

    def __init__(self) -> None:
        self.frames: list[Frame] = []
        self.depth, self.root = 0, ""
        self._path: list[str] = []
        self._frame: Frame | None = None
        self._object: Object | None = None
        self._before: list[str] = []
        self._after: list[str] = []
        self._texts: list[str] | None = None
        self._attributes: Mapping[str, str] = {}

    @property
    def is_within(self) -> bool:
        """Whether the last frame has not ended yet."""
        return self._frame is not None

    def start(self, tag: str, attributes: Mapping[str, str]) -> None:
        self.depth += 1
        if self.depth == 1:
            self.root = tag
        if self.depth > MAX_DEPTH:
            return
        self._path.append(tag.rpartition("}")[2])
        self._texts = None
        match self._path[1:]:
            case ["VideoAnalytics", "Frame"]:
                self._frame = Frame(_time_ms(attributes.get("UtcTime")), attributes.get("Source", "")[:MAX_TEXT])
                self.frames.append(self._frame)
            case ["VideoAnalytics", "Frame", *within] if self._frame is not None:
                self._start(self._frame, tuple(within), attributes)
            case _:
                pass

    def _start(self, frame: Frame, within: tuple[str, ...], attributes: Mapping[str, str]) -> None:
        match within:
            case ("Transformation", ("Translate" | "Scale") as name):
                frame.transformation = _moved(frame.transformation, name, attributes)
            case ("Object",):
                self._object = _object(attributes)
            case ("ObjectTree", "Delete"):
                self._change(frame, Change("delete", (_id(attributes),), ()))
            case ("ObjectTree", "Rename" | "Split" | "Merge"):
                self._before, self._after = [], []
            case ("ObjectTree", _, name) if name.lower() in ("from", "to"):
                ids = self._before if name.lower() == "from" else self._after
                if len(ids) < MAX_OBJECTS:
                    ids.append(_id(attributes))
            case ("Object", *rest) if self._object is not None:
                self._of_object(self._object, tuple(rest), attributes)
            case _:
                pass
        if within in _TEXTS:
            self._texts, self._attributes = [], dict(attributes)

    def _of_object(self, one: Object, within: tuple[str, ...], attributes: Mapping[str, str]) -> None:
        match within:
            case ("Appearance", "Transformation", ("Translate" | "Scale") as name):
                one.transformation = _moved(one.transformation, name, attributes)
            case ("Appearance", "Shape", "BoundingBox"):
                one.box = _numbers(attributes, "left", "top", "right", "bottom")
            case ("Appearance", "GeoLocation"):
                lon, lat = (number(attributes.get(name)) for name in ("lon", "lat"))
                one.place = None if lon is None or lat is None else (lon, lat)
            case ("Appearance", "HumanFace" | "HumanBody"):
                one.is_person = True
            case ("Appearance", "Class", "ClassCandidate") if len(one.classes) < MAX_CLASSES:
                one.classes.append(("", 1.0))
            case ("Behaviour", ("Idle" | "Removed") as state):
                one.state = state
            case _:
                pass

    def end(self, _: str) -> None:
        if self.depth <= MAX_DEPTH:
            if self._frame is not None:
                self._end(self._frame, tuple(self._path[3:]))
            self._path.pop()
        self._texts = None
        self.depth -= 1

    def _end(self, frame: Frame, within: tuple[str, ...]) -> None:
        match within:
            case () if len(self._path) == 3:
                self._frame = None
            case ("Object",) if self._object is not None:
                if len(frame.objects) < MAX_OBJECTS:
                    frame.objects.append(self._object)
                else:
                    frame.dropped += 1
                self._object = None
            case ("ObjectTree", ("Rename" | "Split" | "Merge") as name):
                self._change(frame, Change(name.lower(), tuple(self._before), tuple(self._after)))
            case _ if self._texts is not None and self._object is not None:
                self._text(self._object, within, "".join(self._texts).strip())
            case _:
                pass

    def _text(self, one: Object, within: tuple[str, ...], told: str) -> None:
        likelihood = number(self._attributes.get("Likelihood"))
        sure = 1.0 if likelihood is None else likelihood
        match within:
            case (*_, "Class", "Type") if len(one.classes) < MAX_CLASSES:
                one.classes.append((told, sure))
            case (*_, "ClassCandidate", "Type") if one.classes:
                one.classes[-1] = (told, one.classes[-1][1])
            case (*_, "ClassCandidate", "Likelihood") if one.classes:
                one.classes[-1] = (one.classes[-1][0], number(told) or 0.0)
            case (*_, "VehicleInfo", "Type"):
                one.vehicle = told
            case (*_, "PlateNumber"):
                one.plate, one.plate_likelihood = told, sure
            case (*_, "Speed"):
                one.speed_mps = number(told)
            case _:
                pass

    def data(self, data: str) -> None:
        if self._texts is not None and len(self._texts) < MAX_TEXT:
            self._texts.append(data[: MAX_TEXT + 1])

    def close(self) -> None:
        """Called at the end, and at a fault, too."""

    def _change(self, frame: Frame, change: Change) -> None:
        if len(frame.changes) < MAX_OBJECTS:
            frame.changes.append(change)
        else:
            frame.dropped += 1


class Documents:
    """Frames of consecutive parts of one stream of documents."""

    def __init__(self) -> None:
        self._rest = bytearray()
        self._parser: Any = None
        self._reading = Reading()
        self._taken = 0
        """Bytes of the document that is being parsed."""
        self._lost = False
        """Whether the place in the stream is lost until the next beginning of a document."""

    @property
    def is_between(self) -> bool:
        """Whether nothing was begun that is not ended."""
        return self._parser is None and not self._rest.strip(SPACE)

    def take(self, data: bytes) -> Iterator[Frame | Unusable]:
        """Frames, each once its end tag has come, and what is no document, once."""
        self._rest += data
        while self._rest:
            if self._lost:
                found = _BEGINNING.search(self._rest)
                if found is None:
                    del self._rest[: max(0, len(self._rest) - LONGEST_BEGINNING)]
                    return
                del self._rest[: found.start()]
                self._lost = False
            if self._parser is None and not self._begin():
                if self._rest:
                    yield self._lose("not_a_stream", "no XML")
                continue
            end = self._rest.find(b">") + 1
            if self._taken + (end or len(self._rest)) > MAX_DOCUMENT_BYTES:
                yield self._lose("too_large", f"over {MAX_DOCUMENT_BYTES} bytes")
            elif end:
                yield from self._go_on(end)
            else:
                return

    def _begin(self) -> bool:
        """Whether a document begins here, behind space."""
        del self._rest[: len(self._rest) - len(self._rest.lstrip(SPACE))]
        if not self._rest.startswith(b"<"):
            return False
        self._reading, self._taken = Reading(), 0
        # UTF-8 whatever it declares: a document type must not hide in another encoding.
        self._parser = etree.XMLParser(
            target=self._reading,
            encoding="utf-8",
            resolve_entities=False,
            load_dtd=False,
            dtd_validation=False,
            no_network=True,
            huge_tree=False,
            remove_comments=True,
            remove_pis=True,
        )
        return True

    def _go_on(self, end: int) -> Iterator[Frame | Unusable]:
        part = bytes(self._rest[:end])
        if not self._reading.root and b"<!DOCTYPE" in part:
            # Before any parser sees what it declares.
            yield self._lose("refused_dtd", "a document type")
            return
        del self._rest[:end]
        self._taken += end
        reading = self._reading
        try:
            self._parser.feed(part)
            is_over = bool(reading.root) and not reading.depth
            if is_over:
                self._parser.close()
        except (etree.XMLSyntaxError, etree.ParserError, ValueError) as error:
            yield from self._frames(False)
            yield self._lose("not_a_stream", type(error).__name__)
            return
        if reading.root and reading.root != ROOT:
            yield self._lose("not_a_stream", "another document")
            return
        yield from self._frames(not is_over)
        if is_over:
            self._parser = None

    def _frames(self, more: bool) -> Iterator[Frame]:
        """Frames that have ended; of one that has not, nothing."""
        frames = self._reading.frames
        whole = len(frames) - self._reading.is_within
        yield from frames[:whole]
        del frames[:whole]
        if not more:
            frames.clear()

    def _lose(self, reason: str, found: str) -> Unusable:
        """What was begun is nothing; the next document begins where one seems to, behind at least one byte."""
        self._parser = None
        del self._rest[:1]
        self._lost = True
        return Unusable(reason, found)


def _id(attributes: Mapping[str, str]) -> str:
    """A whole number, as the schema has it; none of what is no such."""
    found = attributes.get("ObjectId", "").strip()
    return found if re.fullmatch(r"-?[0-9]{1,20}", found) else ""


def _object(attributes: Mapping[str, str]) -> Object:
    return Object(_id(attributes), _id({"ObjectId": attributes.get("Parent", "")}))


def _numbers(attributes: Mapping[str, str], *names: str) -> tuple[float, ...] | None:
    found = [number(attributes.get(name)) for name in names]
    numbers = tuple(one for one in found if one is not None and abs(one) < 1e6)
    return numbers if len(numbers) == len(names) else None


def _moved(now: Transformation, name: str, attributes: Mapping[str, str]) -> Transformation:
    x, y = (number(attributes.get(axis)) for axis in "xy")
    if x is None or y is None or not max(abs(x), abs(y)) < 1e6:
        return now
    return Transformation(x, y, now.scale_x, now.scale_y) if name == "Translate" else Transformation(now.x, now.y, x, y)


def _time_ms(told: str | None) -> int | None:
    """xs:dateTime; UTC, as the attribute's name says, where it has no zone."""
    try:
        moment = datetime.fromisoformat(told or "")
        return instant.epoch_ms(moment if moment.tzinfo else moment.replace(tzinfo=UTC))
    except (ValueError, OverflowError):
        return None
