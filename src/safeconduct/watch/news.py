"""What people did that the watch must know, heard from the outbox: places, expected presences, closed presences, and
what later rooms tell (hearsay.py).

It becomes a frame of the segment first, like everything that the engine is told.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any

import orjson

from safeconduct.release import events_after
from safeconduct.sites.queries import collection
from safeconduct.store.models import Event
from safeconduct.terms.errors import NotFound
from safeconduct.terms.json import plain
from safeconduct.terms.party import Principal
from safeconduct.watch import hearsay, queries
from safeconduct.watch.expecting import items_of
from safeconduct.watch.journal import Entry, Journal
from safeconduct.watch.told import Told

EVERY_S = 0.3
BY_PERSON = "person"


class News:
    """Reads the outbox a few times a second. `told.event_id` is how far earlier frames came."""

    def __init__(self, watch: Principal, journal: Journal, told: Told):
        self._watch, self._journal, self._told = watch, journal, told
        self._event_id = told.event_id
        self._collection: Mapping[str, Any] = told.collection
        self._expected: Mapping[str, Any] = told.expected
        self._others: dict[str, Any] = {}
        self._first = True
        self._at = 0.0

    def hear(self) -> bool:
        """Submit what is new; whether places changed."""
        if time.monotonic() - self._at < EVERY_S:
            return False
        self._at = time.monotonic()
        events = events_after(self._event_id)
        if not events and not self._first:
            return False
        event_id = events[-1].pk if events else self._event_id
        kinds = {event.kind for event in events if event.kind != "sensor" or ",geometry," in event.fields}
        placed = self._first or bool(kinds & {"place", "sensor"})
        places_changed = placed and self._hear_places(event_id)
        if self._first or "expected" in kinds:
            self._hear_expected(event_id)
        for source in hearsay.sources():
            if self._first or kinds & source.kinds:
                self._hear_other(source, event_id)
        for event in events:
            if event.kind == "alert" and ",ended," in event.fields:
                self._hear_closed(event)
        self._event_id, self._first = event_id, False
        return places_changed

    def _hear_places(self, event_id: int) -> bool:
        found = plain(collection(self._watch))
        for feature in found["features"]:
            # What the watch itself keeps of a sensor is no news to it.
            feature["properties"].pop("health", None)
            feature["properties"].pop("seen_at", None)
        if found == self._collection:
            return False
        self._journal.submit(Entry({"kind": "places", "event_id": event_id}, orjson.dumps(found)))
        self._collection = found
        return True

    def _hear_expected(self, event_id: int) -> None:
        rows = items_of(queries.expected(self._watch))
        found = {row["id"]: row for row in rows}
        if found != self._expected:
            self._journal.submit(Entry({"kind": "expected", "event_id": event_id}, orjson.dumps(rows)))
            self._expected = found

    def _hear_other(self, source: hearsay.Source, event_id: int) -> None:
        """What a later room tells. It is told again at each start, so that no restart goes by what was true before."""
        found = list(source.read(self._watch))
        if found != self._others.get(source.frame):
            self._journal.submit(Entry({"kind": source.frame, "event_id": event_id}, orjson.dumps(found)))
            self._others[source.frame] = found

    def _hear_closed(self, event: Event) -> None:
        if str(event.ref) not in self._told.open:
            return  # the watch cleared it itself
        try:
            ended = queries.alert(self._watch, str(event.ref))["ended"]
        except (NotFound, KeyError):
            return
        if ended is not None:
            meta = {"kind": "close", "event_id": event.pk, "alert": str(event.ref), "reason": BY_PERSON}
            self._journal.submit(Entry(meta))
