"""Feeds that are posted to in a format of their own: paths, media types, and what is remembered of each feed."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial

from safeconduct.watch.feeds import anpr, onvif
from safeconduct.watch.feeds.admitting import Admitted
from safeconduct.watch.feeds.connection import Calibrations
from safeconduct.watch.feeds.plates import Plates
from safeconduct.watch.feeds.points import Points, no_points
from safeconduct.watch.rows import Checked

MEDIA = {"/anpr": (*anpr.CSV_MEDIA, *anpr.JSON_MEDIA), "/onvif": onvif.MEDIA}
"""Paths on the ingest port, to the media types that are taken there."""
DAMAGED = frozenset({"not_an_object", "not_a_read", "not_a_stream", "too_large", "refused_dtd", "cut_short"})
"""Refusals of what should not have been sent so."""
MAX_FEEDS = 1_000

Take = Callable[[bytes, str, int | None], Checked]
"""Rows of a body, its media type and the node's clock."""


def _uncalibrated() -> Mapping[str, object]:
    return {}


def is_damaged(refused: Mapping[str, int]) -> bool:
    """Whether what was refused says that a body was not of its format."""
    return not DAMAGED.isdisjoint(refused)


@dataclass
class Posts:
    """The decoders of open feeds, each with what it remembers of its own feed."""

    plates: Plates = field(default_factory=Plates)
    calibrations: Calibrations = _uncalibrated
    points: Points = no_points
    _taking: dict[str, tuple[Admitted, Take]] = field(default_factory=dict[str, tuple[Admitted, Take]])

    def decoder(self, feed: Admitted, media: str) -> Callable[[bytes, int | None], Checked]:
        """What decodes a body of `feed`; the same until the feed's settings or sensors change."""
        known = self._taking.pop(feed.name, None)
        if known is None or known[0] != feed:
            known = (feed, self._begin(feed))
            while len(self._taking) >= MAX_FEEDS:
                del self._taking[next(iter(self._taking))]
        self._taking[feed.name] = known
        return partial(_of_media, known[1], media)

    def _begin(self, feed: Admitted) -> Take:
        if feed.kind == "anpr":
            return anpr.Reads(feed.settings, self.plates, self.points).take
        sensor = min(feed.sensors, default=feed.name)
        return onvif.Camera(onvif.scene_of(sensor, feed.settings, self.calibrations, self.plates)).take_body


def _of_media(take: Take, media: str, body: bytes, now_ms: int | None) -> Checked:
    return take(body, media, now_ms)
