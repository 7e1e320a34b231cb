"""Cursor on Target events as values, read from XML and written as XML.

    <event version="2.0" uid="TRUCK-7" type="a-f-G-E-V-C" how="m-g" time="2026-11-24T06:00:00Z"
           start="2026-11-24T06:00:00Z" stale="2026-11-24T06:02:00Z">
      <point lat="-5.0025" lon="75.0065" hae="12" ce="4.5" le="9999999"/>
      <detail><contact callsign="Truck 7"/><track speed="4.2" course="270"/></detail>
    </event>

Source: MITRE MP 90284 (CoT event schema 2.0); the TAK details `contact`, `track` and `TakControl`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from importlib import import_module
from typing import Any
from xml.sax.saxutils import escape, quoteattr

from safeconduct.terms import instant

etree: Any = import_module("lxml.etree")  # ships no types

UNKNOWN = 9999999.0
"""What CoT writes for a height or an error that is not known; some write 999999."""
MAX_DEPTH = 64
OFFER, REQUEST, RESPONSE, PING = "t-x-takp-v", "t-x-takp-q", "t-x-takp-r", "t-x-c-t"
"""Types of events between a server and its clients, about the connection itself."""


@dataclass(frozen=True)
class Event:
    """One event, with what the watch reads of it. Times are milliseconds since 1970."""

    uid: str
    type: str
    how: str = "m-g"
    time_ms: int | None = None
    start_ms: int | None = None
    stale_ms: int | None = None
    lat: float | None = None
    lon: float | None = None
    ce_m: float | None = None
    """Radius around the place within which the thing is."""
    speed_mps: float | None = None
    course_deg: float | None = None
    callsign: str = ""
    remarks: str = ""
    opex: str = ""
    control: Mapping[str, str] = field(default_factory=dict[str, str])
    """What is said of the TAK protocol: `TakProtocolSupport`, `TakRequest` and `TakResponse` to their one attribute."""


class Reading:
    """The target of an XML parser: an event as its elements come, of which nothing else is kept."""

    def __init__(self) -> None:
        self._path: list[str] = []
        self._values: dict[str, Any] = {}
        self._control: dict[str, str] = {}
        self.depth = 0
        self.root = ""

    def start(self, tag: str, attributes: Mapping[str, str]) -> None:
        self.depth += 1
        if self.depth > MAX_DEPTH:
            return
        self._path.append(tag)
        match self._path:
            case [root]:
                self.root = root
                self._values |= _of_event(attributes)
            case [_, "point"]:
                self._values |= {"lat": number(attributes.get("lat")), "lon": number(attributes.get("lon"))}
                self._values["ce_m"] = number(attributes.get("ce"))
            case [_, "detail", "track"]:
                self._values["speed_mps"] = number(attributes.get("speed"))
                self._values["course_deg"] = number(attributes.get("course"))
            case [_, "detail", "contact"]:
                self._values["callsign"] = attributes.get("callsign", "")
            case [_, "detail", "TakControl", name]:
                self._control[name] = attributes.get("version") or attributes.get("status") or ""
            case _:
                pass

    def end(self, _: str) -> None:
        if self.depth <= MAX_DEPTH:
            self._path.pop()
        self.depth -= 1

    def data(self, data: str) -> None:
        """Texts are not read."""

    def close(self) -> None:
        """Called at the end, and at a fault, too."""

    def event(self) -> Event:
        """The event, once its root element has ended."""
        return Event(**self._values, control=self._control)


def _of_event(attributes: Mapping[str, str]) -> dict[str, Any]:
    from safeconduct.watch.rows import time_ms

    texts = {name: attributes.get(name, "") for name in ("uid", "type", "how")}
    return texts | {f"{name}_ms": time_ms(attributes.get(name)) for name in ("time", "start", "stale")}


def number(text: str | None) -> float | None:
    try:
        return None if text is None else float(text)
    except ValueError:
        return None


def new_parser(target: Reading) -> Any:
    """A parser that takes XML in parts, and neither entities, nor what lies elsewhere, nor what is huge."""
    return etree.XMLParser(
        target=target,
        resolve_entities=False,
        load_dtd=False,
        dtd_validation=False,
        no_network=True,
        huge_tree=False,
        remove_comments=True,
        remove_pis=True,
    )


def to_xml(event: Event, detail: str = "") -> bytes:
    """`event` as TAK clients read it. `detail` is XML that comes in the detail beside what the event has itself."""
    attributes = {"version": "2.0", "uid": event.uid, "type": event.type, "how": event.how, "opex": event.opex}
    attributes |= {name: written(getattr(event, f"{name}_ms")) for name in ("time", "start", "stale")}
    head = "".join(f" {name}={quoteattr(value)}" for name, value in attributes.items() if value)
    ce = UNKNOWN if event.ce_m is None else event.ce_m
    place = f'lat="{event.lat or 0:.7f}" lon="{event.lon or 0:.7f}"'
    point = f'<point {place} hae="{UNKNOWN}" ce="{ce:.1f}" le="{UNKNOWN}"/>'
    inner = detail
    if event.callsign:
        inner += f"<contact callsign={quoteattr(event.callsign)}/>"
    if event.remarks:
        inner += f"<remarks>{escape(event.remarks)}</remarks>"
    if event.control:
        inner += "<TakControl>" + "".join(map(_control, event.control.items())) + "</TakControl>"
    return f'<?xml version="1.0" encoding="UTF-8"?><event{head}>{point}<detail>{inner}</detail></event>'.encode()


def _control(item: tuple[str, str]) -> str:
    name, value = item
    return f"<{name} {'status' if name == 'TakResponse' else 'version'}={quoteattr(value)}/>"


def written(at_ms: int | None) -> str:
    """A time as CoT writes it: UTC to the millisecond, with Z."""
    if at_ms is None:
        return ""
    return instant.from_epoch_ms(at_ms).strftime("%Y-%m-%dT%H:%M:%S.") + f"{at_ms % 1000:03d}Z"


def talk(uid: str, kind: str, now_ms: int, control: Mapping[str, str] | None = None) -> Event:
    """An event about the connection itself: a ping, or a request."""
    event = Event(uid, kind, "m-g", now_ms, now_ms, now_ms + 60_000, 0.0, 0.0)
    return replace(event, control=control or {})
