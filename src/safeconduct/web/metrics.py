"""`/metrics` in Prometheus' text format, for whoever brings the node's metrics token (`safeconduct web metrics-token`).

A token and not the loopback address: behind a proxy on the same machine, everyone comes from there. No label holds a
name, an id, a place or a party; acts and views are the finite lists that the accord and the URL configuration name.
"""

from __future__ import annotations

import hashlib
import hmac
import time
from collections.abc import Callable, Iterator

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe
from prometheus_client import CollectorRegistry, Counter, Histogram
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.exposition import generate_latest
from prometheus_client.registry import Collector

from safeconduct.acts import TALLY
from safeconduct.node.heartbeat import age_s
from safeconduct.web.failures import problem
from safeconduct.web.wall import open_to_all

REGISTRY = CollectorRegistry()
REQUESTS = Counter("safeconduct_requests", "Answered requests", ["view", "status"], registry=REGISTRY)
LATENCY = Histogram(
    "safeconduct_request_seconds",
    "Time to an answer's head",
    ["view"],
    registry=REGISTRY,
    buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0),
)


class _Node(Collector):
    """Figures that are read where they are kept, at the moment of asking."""

    def collect(self) -> Iterator[Metric]:
        from safeconduct import node
        from safeconduct.web.hub import hub

        acts = CounterMetricFamily("safeconduct_acts", "Acts in this process", labels=["act", "outcome"])
        for (act, outcome), count in sorted(TALLY.items()):
            acts.add_metric([act, outcome], count)
        yield acts
        yield GaugeMetricFamily("safeconduct_stream_readers", "Open event streams", len(hub.readers))
        beats = GaugeMetricFamily("safeconduct_heartbeat_age_seconds", "Since the last beat", labels=["process"])
        for process in ("watch", "clock"):
            age = age_s(node.current().path / f"{process}.alive")
            if age is not None:
                beats.add_metric([process], age)
        yield beats


REGISTRY.register(_Node())


def token() -> str:
    """The bearer token of this node's metrics; it follows from the node's secret."""
    return hmac.new(settings.SECRET_KEY.encode(), b"safeconduct metrics\n", hashlib.sha256).hexdigest()


@open_to_all
@require_safe
def metrics(request: HttpRequest) -> HttpResponse:
    scheme, _, given = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not hmac.compare_digest(given.strip().encode(), token().encode()):
        answer = problem({"type": "about:blank", "title": "Metrics want their token", "status": 401})
        answer["WWW-Authenticate"] = 'Bearer realm="metrics"'
        return answer
    return HttpResponse(generate_latest(REGISTRY), content_type="text/plain; version=0.0.4; charset=utf-8")


class Measured:
    """Middleware: counts and times requests by the name of their view."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]):
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        begin = time.perf_counter()
        response = self.get_response(request)
        view = (request.resolver_match and request.resolver_match.view_name) or "none"
        REQUESTS.labels(view, str(response.status_code)).inc()
        LATENCY.labels(view).observe(time.perf_counter() - begin)
        return response
