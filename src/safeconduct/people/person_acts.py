"""Acts on the list of people. Who they are is handed in apart from an act's details: the record gets a commitment."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from typing import Any

from django.core.exceptions import ValidationError

from safeconduct.acts import Doing, act
from safeconduct.people import persons
from safeconduct.people.models import Person, Zone
from safeconduct.people.persons import Particulars
from safeconduct.store.labels import intern, marking_of
from safeconduct.terms.decision import Refused
from safeconduct.terms.errors import BadInput, Fault, shown
from safeconduct.terms.instant import iso


@act("person.register", creates=Person)
def register(doing: Doing, given: Particulars, *, site: str) -> Person:
    """Enter a person of the actor's party, at a site. Raises BadInput with each fault."""
    faults = [*given.faults(), *_zone_faults(given, site, doing.principal.party)]
    if not site.strip():
        faults.append(Fault("site", shown(site), "a site"))
    if Person.objects.filter(party=doing.principal.party, reference=given.reference).exists():
        faults.append(Fault("reference", shown(given.reference), "a reference that nobody of the party has"))
    if faults:
        raise BadInput("person", faults)
    person = Person(label_id=doing.label_id, party=doing.principal.party, site=site, salt=persons.new_salt())
    persons.write(person, given)
    doing.enter(commitment=given.commitment(person.salt))
    person.save(force_insert=True)
    return person


@act("person.change", on=Person)
def change(doing: Doing, person: Person, changes: Mapping[str, Any], *, site: str = "") -> None:
    """Change some particulars, or the site, whose managers must be able to change them too. Raises BadInput."""
    _require_listed(person)
    if wrong := sorted(set(changes) - set(persons.FIELDS)):
        raise BadInput("person", [Fault("changes", shown(wrong[0]), "one of " + ", ".join(persons.FIELDS))])
    target = site or person.site
    given = replace(persons.particulars_of(person), **changes)
    if target != person.site and "zone" not in changes:
        given = replace(given, zone=None)
    faults = [*given.faults(), *_zone_faults(given, target, person.party)]
    twin = Person.objects.filter(party=person.party, reference=given.reference).exclude(pk=person.pk)
    if twin.exists():
        faults.append(Fault("reference", shown(given.reference), "a reference that nobody of the party has"))
    if faults:
        raise BadInput("person", faults)
    _move(doing, person, target)
    persons.write(person, given)
    doing.enter(changed=sorted(changes), commitment=given.commitment(person.salt))


def _move(doing: Doing, person: Person, site: str) -> None:
    if site == person.site:
        return
    there = replace(doing.marking, area=site)
    decision = doing.accord.decide(doing.principal, doing.act, there)
    if not decision.allowed:
        raise Refused(doing.act, decision)
    person.site = site
    person.label_id = intern(there)


@act("person.vet", on=Person)
def vet(doing: Doing, person: Person, *, vetting: str, until: date | None = None) -> None:
    """Enter how vetting came out, and the day on which it must be done again. Raises BadInput."""
    _require_listed(person)
    faults: list[Fault] = []
    if vetting not in persons.VETTINGS:
        faults.append(Fault("vetting", shown(vetting), "one of " + ", ".join(persons.VETTINGS)))
    if vetting == persons.CLEARED and (until is None or until <= doing.at.date()):
        faults.append(Fault("until", shown(str(until)), "a day to come on which to verify again"))
    if vetting != persons.CLEARED and until is not None:
        faults.append(Fault("until", shown(str(until)), "a day only where the person is cleared"))
    if faults:
        raise BadInput("person", faults)
    person.vetting, person.vetted_until = vetting, until


@act("person.choose", on=Person)
def choose(doing: Doing, person: Person, *, seen_as: str, resolution: int | None = None, note: str = "") -> None:
    """How coarsely the person is seen from now on: their own choice, or entered by their warden with a `note` of it."""
    faults: list[Fault] = []
    if seen_as not in persons.SEEN_AS:
        faults.append(Fault("seen_as", shown(seen_as), "one of " + ", ".join(persons.SEEN_AS)))
    if seen_as == persons.CELL and resolution not in persons.RESOLUTIONS:
        wanted = f"an H3 resolution from {persons.RESOLUTIONS[0]} to {persons.RESOLUTIONS[-1]}"
        faults.append(Fault("resolution", shown(resolution), wanted))
    if seen_as != persons.CELL and resolution is not None:
        faults.append(Fault("resolution", shown(resolution), "none, but for a cell"))
    if not _is_self(doing, person) and not 0 < len(note.strip()) <= 500:
        faults.append(Fault("note", shown(note), "how the person asked for it, 1 to 500 characters"))
    if faults:
        raise BadInput("person", faults)
    person.seen_as, person.cell_resolution = seen_as, resolution


@act("person.leave", on=Person)
def leave(doing: Doing, person: Person) -> None:
    """Take a person off the list from now on. Who they were is forgotten when the time of the schedule is over."""
    _require_listed(person)
    if Zone.objects.filter(warden=person, closed_at=None).exists():
        raise BadInput("person", [Fault("warden", "the warden of a zone", "a zone with another warden first")])
    person.left_at = doing.at


def _is_self(doing: Doing, person: Person) -> bool:
    return person.user_name is not None and person.user_name == doing.principal.name


def _require_listed(person: Person) -> None:
    if person.left_at is not None:
        raise BadInput("person", [Fault("left_at", iso(person.left_at), "a person who has not left")])


def _zone_faults(given: Particulars, site: str, party: str) -> list[Fault]:
    if given.zone is None:
        return []
    zone = Zone.objects.filter(pk=given.zone, site=site, closed_at=None).first()
    if zone is None or marking_of(zone.label_id).originator != party:
        return [Fault("zone", shown(str(given.zone)), f"an open zone of the site {shown(site)}")]
    return []


@act("zone.make", creates=Zone)
def make_zone(
    doing: Doing, *, site: str, name: str, warden: str | None = None, alternates: list[str] | None = None
) -> Zone:
    """Make a zone of a site. Its warden and alternates are ids of persons of the party there. Raises BadInput."""
    zone = Zone(label_id=doing.label_id, site=site)
    _set_zone(zone, name, warden, alternates or [])
    zone.save(force_insert=True)
    return zone


@act("zone.change", on=Zone)
def change_zone(
    doing: Doing, zone: Zone, *, name: str, warden: str | None = None, alternates: list[str] | None = None
) -> None:
    """Put these in place of the zone's name, warden and alternates."""
    _require_open(zone)
    _set_zone(zone, name, warden, alternates or [])


@act("zone.close", on=Zone)
def close_zone(doing: Doing, zone: Zone) -> None:
    """Close a zone that nobody who is on the list belongs to."""
    _require_open(zone)
    if Person.objects.filter(zone=zone, left_at=None).exists():
        raise BadInput("zone", [Fault("people", "people of this zone", "a zone that nobody belongs to")])
    zone.closed_at = doing.at


def _require_open(zone: Zone) -> None:
    if zone.closed_at is not None:
        raise BadInput("zone", [Fault("closed_at", iso(zone.closed_at), "an open zone")])


def _set_zone(zone: Zone, name: str, warden: str | None, alternates: list[str]) -> None:
    party = marking_of(zone.label_id).originator
    faults: list[Fault] = []
    if not zone.site:
        faults.append(Fault("site", shown(zone.site), "a site"))
    if not 0 < len(name.strip()) <= 150:
        faults.append(Fault("name", shown(name), "1 to 150 characters"))
    twin = Zone.objects.filter(label_id=zone.label_id, name=name.strip(), closed_at=None).exclude(pk=zone.pk)
    if twin.exists():
        faults.append(Fault("name", shown(name), "a name that no other zone of the site has"))
    known = _wardens_among(zone.site, party, [*([warden] if warden else []), *alternates])
    if warden and str(warden) not in known:
        faults.append(Fault("warden", shown(str(warden)), "a person of the party at this site, no visitor"))
    if wrong := [one for one in alternates if str(one) not in known or str(one) == str(warden)]:
        faults.append(Fault("alternates", shown(str(wrong[0])), "other persons of the party at this site, no visitors"))
    if faults:
        raise BadInput("zone", faults)
    zone.name = name.strip()
    zone.warden_id = known[str(warden)] if warden else None
    zone.alternates = list(dict.fromkeys(str(one) for one in alternates))


def _wardens_among(site: str, party: str, ids: list[str]) -> dict[str, Any]:
    try:
        found = Person.objects.filter(pk__in=ids, site=site, party=party, left_at=None).exclude(kind=persons.VISITOR)
        return {str(one.pk): one.pk for one in found}
    except (ValueError, ValidationError):
        return {}
