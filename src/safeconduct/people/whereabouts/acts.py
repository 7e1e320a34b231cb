"""Acts on whereabouts. `note` and `note_many` are for other acts to call: what happens tells where someone is."""

from __future__ import annotations

import uuid
from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from safeconduct.acts import Doing, act
from safeconduct.people.models import Delivery, HeadcountAnswer, Person, Strength, Whereabouts
from safeconduct.people.party_labels import PartyLabels
from safeconduct.people.persons import PROTECTED, VISITOR, is_here
from safeconduct.people.whereabouts.coarse import (
    DELETED_AFTER,
    FADES_AFTER,
    FADES_AFTER_IN_RED,
    coarsened,
    faded,
    fades_at,
    rounded_up,
)
from safeconduct.terms.errors import BadInput, Fault, shown
from safeconduct.terms.party import ANYWHERE
from safeconduct.terms.place import Point

SOURCES = ("check_in", "movement", "roster", "headcount", "sos")
FRESH = timedelta(hours=24)
"""How long a fact says where someone is; after that, the list's own site counts again."""
MOST_FADED = 2000
RedAmong = Callable[[Collection[str]], Collection[str]]
"""Which of some sites are in their highest alert state: only a room that knows sites can tell."""
RECOUNTED_AFTER = timedelta(hours=1)


@dataclass(frozen=True)
class Seen:
    """What an act learns of where someone is. Without `zone`, that of the person where the site is theirs."""

    person: Person
    site: str = ""
    zone: uuid.UUID | None = None
    point: Point | None = None


def note(
    doing: Doing,
    person: Person,
    *,
    source: str,
    at: datetime | None = None,
    site: str = "",
    zone: uuid.UUID | None = None,
    point: Point | None = None,
    exact: bool = False,
) -> Whereabouts:
    """Keep, within the act `doing`, where `person` is, made as coarse as they chose before anything is stored.

    `exact` is for a call for help: it alone keeps the point. `at` is when it was so, if not now. Raises BadInput.
    """
    return note_many(doing, [Seen(person, site, zone, point)], source=source, at=at, exact=exact)[0]


def note_many(
    doing: Doing, seen: Sequence[Seen], *, source: str, at: datetime | None = None, exact: bool = False
) -> list[Whereabouts]:
    """`note` for many, each person once, in a number of queries that does not grow."""
    if source not in SOURCES:
        raise BadInput("whereabouts", [Fault("source", shown(source), "one of " + ", ".join(SOURCES))])
    occurred_at = min(at or doing.at, doing.at)
    labels = PartyLabels(doing)
    people = [one.person.pk for one in seen]
    last = dict(Whereabouts.objects.filter(person__in=people, latest=True).values_list("person", "occurred_at"))
    made = [_kept(one, labels, occurred_at, doing.at, source, exact) for one in seen]
    for one in made:
        one.latest = one.person_id not in last or last[one.person_id] <= occurred_at
    overtaken = [one.person_id for one in made if one.latest and one.person_id in last]
    if overtaken:
        Whereabouts.objects.filter(person__in=overtaken, latest=True).update(latest=False)
    return Whereabouts.objects.bulk_create(made, batch_size=500)


def _kept(
    seen: Seen, labels: PartyLabels, occurred_at: datetime, logged_at: datetime, source: str, exact: bool
) -> Whereabouts:
    person = seen.person
    zone = seen.zone or (person.zone_id if seen.site == person.site else None)
    place = coarsened(person.seen_as, person.cell_resolution, site=seen.site, zone=zone, point=seen.point, exact=exact)
    return Whereabouts(
        label_id=labels.of("whereabouts", person.party, place.site or person.site),
        person=person,
        site=place.site,
        zone_id=place.zone,
        cell=place.cell,
        lon=place.point.lon if place.point else None,
        lat=place.point.lat if place.point else None,
        exact=place.point is not None,
        source=source,
        occurred_at=occurred_at,
        logged_at=logged_at,
        fades_at=fades_at(place, occurred_at),
    )


@act("whereabouts.fade", creates=Whereabouts)
def fade(doing: Doing, red_among: RedAmong | None = None, *, site: str = ANYWHERE) -> list[Whereabouts] | None:
    """Make coarse what was fine for a day, or three in sites that `red_among` says are in their highest alert state.

    Deletes what is thirty days old; answers to headcounts and messages go when the accord says. Does MOST_FADED at
    most; None where nothing is due.
    """
    faded_now = _fade(doing.at, red_among)
    deleted, _ = Whereabouts.objects.filter(logged_at__lte=doing.at - DELETED_AFTER).delete()
    terms = doing.accord.classes
    messages, _ = Delivery.objects.filter(
        queued_at__lte=doing.at - timedelta(days=terms["delivery"].retention_days)
    ).delete()
    answers, _ = HeadcountAnswer.objects.filter(
        headcount__closed_at__lte=doing.at - timedelta(days=terms["headcount_answer"].retention_days)
    ).delete()
    if not (faded_now or deleted or messages or answers):
        return None
    doing.enter(faded=faded_now, deleted=deleted, messages=messages, answers=answers)
    doing.publish("whereabouts", "cell")
    return []


def _fade(at: datetime, red_among: RedAmong | None) -> int:
    due = Whereabouts.objects.filter(fades_at__lte=at)
    if red_among is not None:
        red = list(red_among(set(due.values_list("site", flat=True).distinct())))
        due = due.exclude(site__in=red, fades_at__gt=at - (FADES_AFTER_IN_RED - FADES_AFTER))
    by_cell: dict[str, list[uuid.UUID]] = defaultdict(list)
    for ref, cell in due.values_list("pk", "cell")[:MOST_FADED]:
        by_cell[faded(cell)].append(ref)
    for cell, refs in by_cell.items():
        Whereabouts.objects.filter(pk__in=refs).update(cell=cell, lon=None, lat=None, exact=False, fades_at=None)
    return sum(map(len, by_cell.values()))


@act("strength.count", creates=Strength)
def count_strength(doing: Doing, *, site: str = ANYWHERE) -> list[Strength] | None:
    """Count anew how many people each site of each party has. None where no number that is shown has changed lately."""
    found = {(party, place): rounded_up(count) for (party, place), count in _people_by_site(doing.at).items()}
    known = {(one.party, one.site): one for one in Strength.objects.all()}
    labels = PartyLabels(doing)
    changed: list[Strength] = []
    for key in sorted(found.keys() | known.keys()):
        row, people = known.get(key), found.get(key, 0)
        if row is None:
            row = Strength(label_id=labels.of("strength", *key), party=key[0], site=key[1], people=people)
        elif row.people == people and row.as_of > doing.at - RECOUNTED_AFTER:
            continue
        row.people, row.as_of = people, doing.at
        row.save()
        changed.append(row)
    return changed or None


def _people_by_site(at: datetime) -> Counter[tuple[str, str]]:
    """How many protected people and visitors are at each (party, site): by the last fresh fact, else by the list."""
    return Counter((party, place) for _, party, place in who_is_where(at, (PROTECTED, VISITOR)))


def who_is_where(at: datetime, kinds: Sequence[str]) -> Iterable[tuple[uuid.UUID, str, str]]:
    """(person, party, site) of everyone of those kinds who counts now. In an act."""
    fresh = Whereabouts.objects.filter(latest=True, occurred_at__gt=at - FRESH).exclude(site="")
    seen = dict(fresh.values_list("person_id", "site"))
    names = ("pk", "party", "site", "left_at", "visit_begin", "visit_end")
    for row in Person.objects.filter(left_at=None, kind__in=kinds).values(*names):
        if is_here(row, at):
            yield row["pk"], row["party"], seen.get(row["pk"], row["site"])
