"""Acts on many people at once: a roster taken in or out, the list searched, and those forgotten who left."""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from django.db import connection
from django.db.models import Q

from safeconduct.acts import Doing, act
from safeconduct.people import directory, exporting, persons
from safeconduct.people.importing import Roster
from safeconduct.people.importing_plan import Change, Compared, Listed, compare
from safeconduct.people.models import Export, Forgetting, Lookup, Person, Zone
from safeconduct.store import bulk
from safeconduct.store.labels import intern, marking_of
from safeconduct.terms.decision import Refused
from safeconduct.terms.errors import BadInput, Fault, shown


@act("person.import", creates=Person)
def import_people(doing: Doing, roster: Roster, *, site: str = "") -> list[Person]:
    """Enter and change everybody in `roster`, or nobody. Known references are changed, others entered; none is removed.

    One entry for all of them: the digest of the file, the numbers, and one commitment. Raises BadInput with each fault.
    """
    party = doing.principal.party
    found = compare(roster, site, _listed(party), _open_zones(party), doing.at.date())
    if found.faults:
        raise BadInput("roster", [fault.as_fault() for fault in found.faults])
    _require_vetting(doing, found)
    sites = {one.site for one in (*found.new, *found.changed)}
    labels = {one: intern(replace(doing.marking, area=one)) for one in sorted(sites)}
    commitments = _write(doing, found, labels)
    whole = hashlib.sha256("".join(sorted(commitments)).encode()).hexdigest()
    doing.enter(file=roster.digest, new=len(found.new), changed=len(found.changed), same=found.same, commitment=whole)
    for label in labels.values():
        doing.publish("person", "name", label)
    return []


def _listed(party: str) -> dict[str, Listed]:
    """Everyone of the party by reference: each line may be any of them."""
    return {
        row.reference: Listed(
            row.pk, row.site, persons.particulars_of(row), row.vetting, row.vetted_until, row.left_at is not None
        )
        for row in Person.objects.filter(party=party)
    }


def _open_zones(party: str) -> dict[tuple[str, str], uuid.UUID]:
    rows = Zone.objects.filter(closed_at=None)
    return {(one.site, one.name): one.pk for one in rows if marking_of(one.label_id).originator == party}


def _require_vetting(doing: Doing, found: Compared) -> None:
    """Who is vetted by a file is vetted all the same: it takes a role that vets. Raises Refused."""
    if any(one.vetting != persons.ASKED or one.vetted_until for one in (*found.new, *found.changed)):
        decision = doing.accord.decide(doing.principal, "person.vet", doing.marking)
        if not decision.allowed:
            raise Refused("person.vet", decision)


_GIVEN = (
    *("reference", "name", "folded", "kind", "company", "zone", "language", "contacts", "training_until"),
    *("visit_begin", "visit_end", "vetting", "vetted_until"),
)


def _values(change: Change) -> list[object]:
    given = change.given
    return [
        *(given.reference, given.name, persons.folded(given.name), given.kind, given.company, given.zone),
        *(given.language, [dict(one) for one in given.contacts], given.training_until),
        *(given.visit_begin, given.visit_end, change.vetting, change.vetted_until),
    ]


def _write(doing: Doing, found: Compared, labels: Mapping[str, int]) -> list[str]:
    """Write the rows; the commitment to each person's particulars."""
    salts = dict(Person.objects.filter(pk__in=[one.id for one in found.changed]).values_list("pk", "salt"))
    commitments = [one.given.commitment(bytes(salts[one.id])) for one in found.changed]
    bulk.update(Person, _GIVEN, ([*_values(one), one.id] for one in found.changed))
    made = [_made(one, labels[one.site], doing.principal.party) for one in found.new]
    Person.objects.bulk_create(made, batch_size=1000)
    commitments += [one.given.commitment(row.salt) for one, row in zip(found.new, made, strict=True)]
    return commitments


def _made(change: Change, label_id: int, party: str) -> Person:
    row = Person(
        label_id=label_id,
        party=party,
        site=change.site,
        salt=persons.new_salt(),
        vetting=change.vetting,
        vetted_until=change.vetted_until,
    )
    persons.write(row, change.given)
    return row


@act("person.find", creates=Lookup)
def find(doing: Doing, text: str, *, site: str = "") -> Lookup:
    """Search the list for an exact reference or a part of a name; the found are in the row's `answers`, this once.

    Raises BadInput for too little to go by, and TooManyTries for one search too many.
    """
    doing.take_turn()
    directory.check_rate(doing.principal, doing.at)
    answers = directory.matching(doing.principal, text, site, doing.at)
    lookup = Lookup(
        label_id=doing.label_id, site=site, by=doing.principal.name, asked_at=doing.at, shown=len(answers.rows)
    )
    lookup.answers = answers
    lookup.save(force_insert=True)
    return lookup


@act("person.export", creates=Export)
def export(doing: Doing, *, site: str = "", fields: Sequence[str], reason: str) -> Export:
    """Take the list, or a site's part of it, out as CSV with `fields` alone; the file is in the row's `content`, once.

    Raises BadInput for a field that the accord does not give the actor.
    """
    if not 0 < len(reason.strip()) <= 1000:
        raise BadInput("export", [Fault("reason", shown(reason), "1 to 1,000 characters")])
    rows = exporting.rows_for(doing.principal, site, doing.at)
    given = doing.accord.fields(doing.principal, exporting.marking_of_all(doing))
    content = exporting.written(doing.principal, rows, fields, given)
    made = Export(
        label_id=doing.label_id,
        site=site,
        by=doing.principal.name,
        at=doing.at,
        reason=reason.strip(),
        fields=list(fields),
        people=len(rows),
        sha256=hashlib.sha256(content).hexdigest(),
    )
    made.content, made.refs = content, [row.id for row in rows]
    made.save(force_insert=True)
    return made


@act("person.forget", creates=Forgetting)
def forget(doing: Doing, *, site: str = "", party: str, left_before: datetime) -> Forgetting | None:
    """Forget who they were that left before then, and visitors whose visit ended; nothing where there is nobody.

    Name, contacts and tie to an account go, and the salt: what the record commits to of them says nothing from then on.
    """
    gone = Q(left_at__lt=left_before) | Q(kind=persons.VISITOR, left_at=None, visit_end__lt=left_before)
    rows = list(Person.objects.filter(gone, party=party).exclude(name=persons.FORGOTTEN)[:MOST_FORGOTTEN])
    if not rows:
        return None
    if connection.vendor == "sqlite":
        with connection.cursor() as cursor:  # otherwise the old bytes stay in free parts of pages
            cursor.execute("PRAGMA secure_delete = ON")
    for row in rows:
        row.name, row.folded, row.company, row.language = persons.FORGOTTEN, "", "", ""
        row.contacts, row.user_name, row.salt = [], None, b""
        row.left_at = row.left_at or row.visit_end
        row.save()
    label = intern(doing.accord.marking(Forgetting.info_class, party))
    doing.enter(people=len(rows))
    made = Forgetting(label_id=label, at=doing.at, people=len(rows), references=[row.reference for row in rows])
    made.save(force_insert=True)
    return made


MOST_FORGOTTEN = 500
"""At once: nobody else can write meanwhile."""
