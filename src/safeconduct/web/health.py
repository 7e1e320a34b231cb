"""`/healthz`: whether this node works, for a load balancer or a watchdog. It tells no more than that."""

from __future__ import annotations

from django.db import DatabaseError, connection
from django.http import HttpRequest, JsonResponse
from django.views.decorators.http import require_safe

from safeconduct import node
from safeconduct.node.heartbeat import age_s
from safeconduct.web.wall import open_to_all

STALE_S = 15.0
"""A process that has not beaten for so long is not well."""

NOT_HERE, ALIVE, STALE = "not here", "alive", "stale"


def pulse(process: str) -> str:
    """How the process `watch` or `clock` is, by the file that it touches; `not here` where it never ran."""
    age = age_s(node.current().path / f"{process}.alive")
    if age is None:
        return NOT_HERE
    return ALIVE if age < STALE_S else STALE


@open_to_all
@require_safe
def healthz(request: HttpRequest) -> JsonResponse:  # noqa: ARG001  # the same for everyone
    """200 where database, watch and clock are well, 503 otherwise. A process on another machine does not count here."""
    found = {"database": _database(), "watch": pulse("watch"), "clock": pulse("clock")}
    is_well = found["database"] == ALIVE and STALE not in found.values()
    return JsonResponse({"status": "ok" if is_well else "failing", **found}, status=200 if is_well else 503)


def _database() -> str:
    try:
        with connection.cursor() as cursor:
            # Of a table: SQLite answers from an empty file, too, where the node's own was taken away.
            cursor.execute("SELECT 1 FROM django_migrations LIMIT 1")
    except DatabaseError:
        return STALE
    return ALIVE
