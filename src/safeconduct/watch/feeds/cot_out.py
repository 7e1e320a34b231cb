"""Markers of alerts for people in the field: Cursor on Target to a TAK server, a device or a multicast group.

Such a feed reads as a named role of a party does, and as whoever opened it does now: what either may not have is not in
it, and nothing that either may not have changes what it sends, or when. It never calls anything hostile.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncGenerator, Iterable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from functools import partial
from typing import Any
from xml.sax.saxutils import escape, quoteattr

from django.db import close_old_connections
from django.utils import translation

from safeconduct import node, release
from safeconduct.people.models import User
from safeconduct.people.standing import principal_of
from safeconduct.release import Projection
from safeconduct.terms import instant
from safeconduct.terms.errors import BadInput, Fault, shown
from safeconduct.terms.party import NOBODY, Grant, Principal
from safeconduct.watch.feeds import tak
from safeconduct.watch.feeds.connection import Deliver, Source
from safeconduct.watch.feeds.cot import Talk
from safeconduct.watch.feeds.cot_events import Event, to_xml
from safeconduct.watch.feeds.cot_stream import Stream
from safeconduct.watch.feeds.peer import Peer, datagrams_to, stream_to
from safeconduct.watch.models import ASSESSED, STANDING_DISPOSITIONS, Alert
from safeconduct.watch.words import KINDS, RINGS, SEVERITIES, VEHICLES

LOOK_S = 0.5
READ_S = 5.0
"""How often what is told is read anew though nothing was heard: an accord or an appointment may have changed."""
STALE_S = 120
RESEND_S = 40.0
"""A marker is sent again long before it goes stale: datagrams are lost, and devices are switched on late."""
ENDED_S = 60
MOST_MARKERS = 500
NEEDED = ("kind", "site", "ring", "severity", "lon", "lat", "raised", "ended")
"""Fields without which an alert cannot be drawn, or not be taken back: a reader of fewer gets no marker."""
SPOT = "b-m-p-s-m"
TYPES = {"vessel": "a-u-S", "car": "a-u-G-E-V-C", "bus": "a-u-G-E-V-C", "truck": "a-u-G-E-V-U"}
WITHOUT_VEHICLE = frozenset({"lost_watch"})
RANKS = {"notice": 0, "alert": 1, "critical": 2}
DELETE = "t-x-d-d"


@dataclass(frozen=True)
class Marker:
    """An alert as it is drawn: what does not change until it is told otherwise. Times are milliseconds since 1970."""

    uid: str
    type: str
    lon: float
    lat: float
    start_ms: int
    title: str
    text: str
    ended: bool

    def event(self, at_ms: int, exercise: bool) -> Event:
        """The marker as sent at `at_ms` by the real clock, which is that of the devices."""
        stale_ms = at_ms + (ENDED_S if self.ended else STALE_S) * 1000
        return Event(
            self.uid,
            self.type,
            "m-f",
            at_ms,
            min(self.start_ms, at_ms),
            stale_ms,
            self.lat,
            self.lon,
            callsign=self.title,
            remarks=self.text,
            opex="e-exercise" if exercise else "",
        )


@dataclass
class Readers:
    """Who the markers are for, and who opened their feed: both must be let read what is sent."""

    settings: Mapping[str, Any]

    def recipient(self) -> Principal:
        """Raises BadInput for a role that the accord in force does not give that party."""
        party, role, accord = self.settings["party"], self.settings["role"], node.current().accord
        known = accord.roles.get(role)
        if party not in accord.parties or known is None or known.party not in (party, "any"):
            raise BadInput("feed", [Fault("settings.role", shown(role), f"a role of {shown(party)} in the accord")])
        return Principal(f"{party} {role}", party, (Grant(role, self.settings["area"]),))

    def opener(self) -> Principal:
        user = User.objects.filter(username=self.settings.get("opened_by", "")).first()
        return principal_of(user) if user else NOBODY

    def both(self) -> tuple[Principal, Principal]:
        return self.recipient(), self.opener()


def told(readers: Readers, language: str, least: str) -> dict[str, Marker]:
    """The markers of all alerts that both readers may have now, by uid; those that ended lately, too."""
    since = instant.from_epoch_ms(instant.epoch_ms(instant.now()) - ENDED_S * 1000)
    recipient, opener = readers.both()
    standing = partial(_lately, since)
    theirs = {one.id: one for one in release.listing(Alert, opener, standing)}
    found: dict[str, Marker] = {}
    with translation.override(language):
        for one in release.listing(Alert, recipient, standing):
            common = _common(one, theirs.get(one.id))
            if all(name in common for name in NEEDED) and RANKS[common["severity"]] >= RANKS[least]:
                marker = _marker(str(one.id), common)
                found[marker.uid] = marker
    return found


def _lately(since: Any, rows: Any) -> Any:
    from django.db.models import Q

    return rows.filter(Q(ended_at=None) | Q(ended_at__gte=since)).order_by("-raised_at", "-id")[:MOST_MARKERS]


def _common(one: Projection, other: Projection | None) -> dict[str, Any]:
    return {name: value for name, value in one.items() if other is not None and name in other}


def _marker(ref: str, alert: Mapping[str, Any]) -> Marker:
    exercise = node.current().settings["exercise"]
    prefix = translation.gettext("Exercise").upper() + " · " if exercise else ""
    is_settled = alert.get("state") == ASSESSED and alert.get("disposition", "hostile") not in STANDING_DISPOSITIONS
    kind = SPOT if alert["kind"] in WITHOUT_VEHICLE else TYPES.get(alert.get("vehicle", ""), "a-u-G")
    words = [str(KINDS.get(alert["kind"], alert["kind"])), str(RINGS.get(alert["ring"], alert["ring"])), alert["site"]]
    severity = str(SEVERITIES.get(alert["severity"], alert["severity"]))
    more = [str(VEHICLES[alert["vehicle"]])] if alert.get("vehicle") in VEHICLES else []
    span = f"{alert.get('started', alert['raised']):%H:%MZ}–" + (f"{alert['ended']:%H:%MZ}" if alert["ended"] else "")
    return Marker(
        f"safeconduct.{ref}",
        kind,
        alert["lon"],
        alert["lat"],
        instant.epoch_ms(alert["raised"]),
        f"{prefix}{severity} · {alert['site']}",
        prefix + " · ".join([severity, *filter(None, words), *more, span]),
        bool(alert["ended"]) or is_settled,
    )


@dataclass
class Sent:
    """What was sent of each marker, and when (monotonic seconds): decides what is to be sent next."""

    markers: dict[str, tuple[Marker, float]] = field(default_factory=dict[str, tuple[Marker, float]])

    def due(self, now: Mapping[str, Marker], at_s: float) -> Iterable[Marker | str]:
        """Markers to send, and uids to take back because their reader may not have them any more."""
        for uid, (marker, _) in list(self.markers.items()):
            if uid not in now:
                del self.markers[uid]
                if not marker.ended:
                    yield uid
        for uid, marker in now.items():
            before = self.markers.get(uid)
            if before is None and marker.ended:
                continue  # who never saw it need not hear that it is over
            if before is None or before[0] != marker or (not marker.ended and at_s - before[1] >= RESEND_S):
                self.markers[uid] = (marker, at_s)
                yield marker


def encoded(one: Marker | str, at_ms: int, exercise: bool, form: str) -> bytes:
    """A marker, or a uid to take back, as `xml`, as a `mesh` datagram, or as the next message of a `stream`."""
    if isinstance(one, str):
        event = Event(f"{one}.delete", DELETE, "m-f", at_ms, at_ms, at_ms + ENDED_S * 1000, 0.0, 0.0)
        detail = f'<link uid={quoteattr(one)} relation="none" type="none"/><__forcedelete/>'
    else:
        event, detail = one.event(at_ms, exercise), ""
    if form == "xml":
        return to_xml(event, detail)
    if event.remarks:
        detail += f"<remarks>{escape(event.remarks)}</remarks>"
    return tak.to_mesh(event, detail) if form == "mesh" else tak.to_stream(event, detail)


def connect(source: Source) -> Outgoing:
    """`settings` are those of `cot_out` in kinds.py. Raises BadInput for a role that the accord does not have."""
    readers = Readers(source.settings)
    readers.recipient()
    return Outgoing(source, readers)


class Outgoing:
    """Sends what is told as it changes, and again while it stands."""

    def __init__(self, source: Source, readers: Readers):
        self._source, self._settings, self._readers = source, source.settings, readers
        self._is_stream = source.settings["transport"] != "udp"
        self._talk = Talk(f"safeconduct-{source.identity}", source.settings["protocol"] == "tak")
        self._cursor = -1
        self._read_at_s = 0.0
        self._told: dict[str, Marker] = {}

    async def run(self, deliver: Deliver) -> None:
        """Raises OSError where the peer is lost, and BadInput where what it sends can no longer be followed."""
        sent, stream = Sent(), Stream()
        exercise = node.current().settings["exercise"]
        async with _way_out(self._source) as peer:
            deliver.connected()
            looked_at_s = float("-inf")
            while True:
                at_s, at_ms = time.monotonic(), int(time.time() * 1000)
                if at_s - looked_at_s >= LOOK_S:  # however much the peer has to say
                    await asyncio.to_thread(self._read_apart)
                    looked_at_s = at_s
                if self._is_stream and (talk := self._talk.to_send(at_s)):
                    await peer.write(talk)
                for one in sent.due(self._told, at_s):
                    await peer.write(encoded(one, at_ms, exercise, self._form()))
                await self._listen(peer, stream)

    def _form(self) -> str:
        if self._is_stream:
            return "stream" if self._talk.is_tak else "xml"
        return "mesh" if self._settings["protocol"] == "tak" else "xml"

    async def _listen(self, peer: Peer, stream: Stream) -> None:
        """What the peer says matters only as far as it is about the connection itself."""
        try:
            chunks = await asyncio.wait_for(peer.read(), LOOK_S)
        except TimeoutError:
            return
        for event in stream.take(b"".join(chunks)):
            if isinstance(event, Event) and event.type.startswith("t-"):
                self._talk.heard(event)

    def _read_apart(self) -> None:
        """`_read` on a thread of its own, which keeps no connection to the database between two looks."""
        try:
            self._read()
        finally:
            close_old_connections()

    def _read(self) -> None:
        """What is told now, once something was heard that its readers may hear of."""
        newest = release.newest_event_id()
        if self._may_have_changed(newest) or time.monotonic() - self._read_at_s >= READ_S:
            settings = self._settings
            self._told = told(self._readers, settings["language"], settings["least"])
            self._read_at_s = time.monotonic()
        self._cursor = newest

    def _may_have_changed(self, newest: int) -> bool:
        if self._cursor < 0 or newest < self._cursor:
            return True
        if newest == self._cursor:
            return False
        reader = self._readers.recipient()
        heard = [one for one in release.events_after(self._cursor) if one.kind == Alert.info_class]
        return any(release.may_hear(reader, one) for one in heard)


@asynccontextmanager
async def _way_out(source: Source) -> AsyncGenerator[Peer]:
    way = datagrams_to(source.settings) if source.settings["transport"] == "udp" else None
    async with way or stream_to(source.settings, source.secrets) as peer:
        yield peer
