"""All that is held about a person, for that person: whatever table binds rows to the office of a person is in it.

What would tell whoever holds the phone that a silent call for help lasts is left out until it has ended.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import cache
from typing import Any, cast

from django.apps import apps
from django.db.models import Q, QuerySet

from safeconduct import release
from safeconduct.accord.schedule import Office
from safeconduct.people import looks
from safeconduct.people import sos_acts as sos
from safeconduct.people.models import Delivery, Look, Sos, Whereabouts
from safeconduct.people.own import mine, person_of
from safeconduct.people.sos_reads import sos_of
from safeconduct.release import Projection
from safeconduct.store.models import Marked
from safeconduct.terms.party import Principal

MOST_ROWS = 1000


@cache
def personal_models() -> tuple[type[Marked], ...]:
    """Every table with rows of a person, by information class."""
    found = [one for one in apps.get_models() if issubclass(one, Marked) and Office.SELF in one.belongs]
    return tuple(sorted(found, key=lambda one: one.info_class))


def hidden_since(principal: Principal, under_duress: datetime | None) -> datetime | None:
    """From when on nothing is shown that tells of a call for help: since a silent one lasts, or duress began."""
    call = sos_of(principal)
    begins = [call["logged_at"]] if call is not None and call["silent"] else []
    if under_duress is not None:
        begins.append(under_duress)
    return min(begins, default=None)


def held(principal: Principal, since: datetime | None) -> dict[str, Sequence[Projection]]:
    """What is held about the person whose phone asks, by class, the newest first. `since` is `hidden_since`."""
    return {
        model.info_class: release.listing(model, principal, _narrowed(model, principal, since))
        for model in personal_models()
    }


def _narrowed(model: type[Marked], principal: Principal, since: datetime | None) -> Any:
    hidden: Mapping[type[Marked], Q] = {
        Look: Q(at__gte=since),
        Sos: Q(silent=True) & ~Q(state=sos.ENDED) | Q(logged_at__gte=since),
        Whereabouts: Q(source="sos", logged_at__gte=since),
        Delivery: Q(queued_at__gte=since),
    }

    def narrow(rows: QuerySet[Any]) -> QuerySet[Any]:
        own = rows.filter(mine(model, principal))
        left = own.exclude(hidden[model]) if since is not None and model in hidden else own
        return left.order_by("-id")[:MOST_ROWS]

    return narrow


def looks_at(principal: Principal, since: datetime | None) -> list[Projection]:
    """Who looked at the person whose phone asks, the latest first."""
    found = looks.of(principal, person_of(principal).id)
    return [one for one in found if since is None or cast(datetime, one["at"]) < since]
