"""Every URL of the node: the frame's own here, the rooms' in their `urls.py`."""

from __future__ import annotations

from django.urls import include, path
from django.views.i18n import set_language

from safeconduct.web import picture
from safeconduct.web.appearance import appearance
from safeconduct.web.health import healthz
from safeconduct.web.metrics import metrics
from safeconduct.web.patterns import patterns
from safeconduct.web.stream import stream
from safeconduct.web.wall import open_to_all

urlpatterns = [
    path("", picture.page, name="picture"),
    path("picture/queue/", picture.queue, name="picture_queue"),
    path("picture/acknowledge/<uuid:ref>/", picture.acknowledge, name="picture_acknowledge"),
    path("picture/acknowledge/", picture.acknowledge_group, name="picture_acknowledge_group"),
    path("picture/due/", picture.due, name="picture_due"),
    path("picture/health/", picture.health, name="picture_health"),
    path("picture/table/", picture.table, name="picture_table"),
    path("live/stream", stream, name="live_stream"),
    path("live/picture.json", picture.moving, name="live_moving"),
    path("live/places.json", picture.standing, name="live_standing"),
    path("live/roads.json", picture.roads, name="live_roads"),
    path("live/borders.json", picture.borders, name="live_borders"),
    path("", include("safeconduct.watch.urls")),
    path("", include("safeconduct.watch.keeping.urls")),
    path("", include("safeconduct.movements.progress.urls")),
    path("", include("safeconduct.movements.urls")),
    path("", include("safeconduct.incidents.urls")),
    path("", include("safeconduct.strategy.urls")),
    path("", include("safeconduct.obligations.urls")),
    path("", include("safeconduct.sites.urls")),
    path("", include("safeconduct.people.urls")),
    path("", include("safeconduct.people.headcounts.urls")),
    path("", include("safeconduct.people.whereabouts.urls")),
    path("me/", include("safeconduct.people.me_urls")),
    path("people/", include("safeconduct.people.calls.urls")),
    path("", include("safeconduct.web.accord_urls")),
    path("", include("safeconduct.web.record_urls")),
    path("", include("safeconduct.web.api_urls")),
    path("account/", include("safeconduct.web.account_urls")),
    path("language/", open_to_all(set_language), name="language"),
    path("appearance/", appearance, name="appearance"),
    path("healthz", healthz, name="healthz"),
    path("metrics", metrics, name="metrics"),
    path("patterns/", patterns, name="patterns"),
]

handler400 = "safeconduct.web.failures.bad_request"
handler403 = "safeconduct.web.failures.forbidden"
handler404 = "safeconduct.web.failures.not_found"
handler500 = "safeconduct.web.failures.fault"
