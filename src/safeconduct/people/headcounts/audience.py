"""Whom a headcount asks. Within an act."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.db.models import Q

from safeconduct.accord.accord import Accord
from safeconduct.people.models import Headcount, HeadcountAnswer, Person, Whereabouts
from safeconduct.people.persons import VISITOR, is_here
from safeconduct.people.whereabouts.acts import FRESH
from safeconduct.store import bound
from safeconduct.store.labels import all_labels
from safeconduct.terms.party import Principal


def audience(accord: Accord, principal: Principal, headcount: Headcount, at: datetime) -> list[Person]:
    """Everyone of the party who belongs to the site or was last seen there, whom the actor may read, each once a call.

    Visitors within their visit; of some zones only, if the headcount names them.
    """
    there = Whereabouts.objects.filter(latest=True, site=headcount.site, occurred_at__gt=at - FRESH)
    rows = Person.objects.filter(party=headcount.party, left_at=None).filter(
        Q(site=headcount.site) | Q(pk__in=there.values("person_id"))
    )
    if not headcount.visitors:
        rows = rows.exclude(kind=VISITOR)
    if headcount.zones:
        rows = rows.filter(zone__in=headcount.zones)
    asked = HeadcountAnswer.objects.filter(call=headcount.call).values("person_id")
    found = rows.exclude(pk__in=asked).filter(_readable(accord, principal)).order_by("pk")
    return [one for one in found if is_here(one, at)]


def _readable(accord: Accord, principal: Principal) -> Q:
    """The persons whom the principal may read: a warden, those of their own zones."""
    held = bound.offices(accord, principal, Person)
    reached = Q(label_id__in=_labels(accord, bound.without(accord, principal, held)))
    for office in held:
        labels = _labels(accord, bound.without(accord, principal, held - {office}))
        reached |= Q(label_id__in=labels) & bound.theirs(Person, office, principal)
    return reached


def _labels(accord: Accord, principal: Principal) -> list[int]:
    labels = all_labels().items()
    return [ref for ref, one in labels if one.info_class == "person" and accord.may_read(principal, one).allowed]


def sites_of(party: str) -> frozenset[str]:
    """Every site that has people of the party on its list."""
    rows: Sequence[str] = list(
        Person.objects.filter(party=party, left_at=None).values_list("site", flat=True).distinct()
    )
    return frozenset(rows)
