"""Acts of late release: what is told of movements and taken back, manifests, conflicts, calendars."""

from __future__ import annotations

import uuid
from collections.abc import Sequence

from safeconduct.acts import Doing, act
from safeconduct.movements.models import Conflict, LegDue, Manifest, Movement, Vehicle
from safeconduct.movements.protection import disclosure, manifest
from safeconduct.movements.protection.conflict import Clash
from safeconduct.movements.protection.manifest import Line
from safeconduct.people.acts import enter_looks, issue, revoke_token
from safeconduct.people.models import ApiToken
from safeconduct.store.labels import intern
from safeconduct.store.models import Marked
from safeconduct.terms.errors import NotFound

__all__ = [
    "disclose",
    "issue_calendar",
    "note_conflicts",
    "reduce_manifest",
    "revoke_token",
    "view_manifest",
]


@act("movement.disclose", creates=LegDue, recorded=False)
def disclose(doing: Doing, *, site: str, movement: uuid.UUID) -> list[Marked] | None:
    """Tell of a movement what is due by now, and take back what is not; None where all is as it should be.

    No entry: it follows from the plan and the accord, and its minute would tell everyone who reads the record when a
    movement leaves (docs/decisions/0003).
    """
    found = Movement.objects.select_for_update().filter(pk=movement).first()
    if found is None:
        raise NotFound(Movement.info_class, str(movement))
    told = disclosure.told([found])[0]
    wanted = disclosure.wanted_rows(doing.accord, told, doing.at)
    gone = [told.rows[part] for part in told.rows.keys() - wanted.keys()]
    changes = {part: fields for part in wanted.keys() & told.rows if (fields := wanted[part].changes(told.rows[part]))}
    made = [wanted[part] for part in sorted(wanted.keys() - told.rows.keys(), key=str)]
    if not gone and not changes and not made:
        return None
    for row in gone:
        doing.publish_of(row, *row.released)
        type(row)._default_manager.filter(pk=row.pk).delete()
    for part, fields in changes.items():
        _put_right(told.rows[part], wanted[part], fields)
        doing.publish_of(told.rows[part], *fields)
    for one in made:
        one.row.label_id = intern(one.marking)
        one.row.save(force_insert=True)
    return [one.row for one in made]


def _put_right(row: Marked, should: disclosure.Wanted, fields: Sequence[str]) -> None:
    for source in (str(row.released[name]) for name in fields):
        if source != "opened_at":
            setattr(row, source, getattr(should.row, source))
    row.label_id = intern(should.marking)
    row.save()


@act("manifest.view", on=Manifest)
def view_manifest(doing: Doing, shown: Manifest, *, what: str = "manifest") -> list[Line]:
    """Who travels, for whoever needs it at the gate. Each view is an entry, and each traveller sees it."""
    lines = manifest.lines_of(Movement.objects.get(pk=shown.movement))
    refs = [line.person for line in lines]
    doing.enter(people=refs)
    enter_looks(doing.principal, site=shown.site, of_class="person", refs=refs, what=what)
    enter_looks(doing.principal, site=shown.site, of_class="movement", refs=[shown.movement], what=what)
    return lines


@act("manifest.reduce", creates=Manifest)
def reduce_manifest(doing: Doing, *, site: str, movement: uuid.UUID) -> list[Movement] | None:
    """Forget who travelled and who drove; how many they were stays."""
    found = Movement.objects.select_for_update().filter(pk=movement).first()
    if found is None or not manifest.is_over(doing.accord, found, doing.at):
        return None
    vehicles = list(Vehicle.objects.filter(movement=movement).exclude(driver=""))
    if not found.travellers and not found.said and not vehicles:
        return None
    doing.enter(people=found.people, drivers=len(vehicles))
    found.travellers, found.said = [], {}
    found.save()
    doing.publish_of(found, "travellers", "said")
    for vehicle in vehicles:
        vehicle.driver = ""
        vehicle.save()
        doing.publish_of(vehicle, "driver")
    return []


@act("conflict.note", creates=Conflict)
def note_conflicts(
    doing: Doing, fresh: Sequence[Clash], ended: Sequence[uuid.UUID], mover: str, *, site: str = ""
) -> list[Conflict] | None:
    """Tell parties of their own plans that they conflict, and take back what no longer does.

    `mover` is the party whose plan changed. What is entered names no plan of either.
    """
    gone = list(Conflict.objects.select_for_update().filter(pk__in=ended, ended_at=None))
    for row in gone:
        row.ended_at, row.ended_by = doing.at, mover
        row.save()
        doing.publish_of(row, *row.released)
    made = [
        Conflict(
            label_id=intern(doing.accord.marking(Conflict.info_class, clash.party, clash.site)),
            movement=clash.movement,
            other=clash.other,
            party=clash.with_party,
            call=clash.call,
            state=clash.state,
            since=doing.at,
            begun_by=mover,
        )
        for clash in fresh
    ]
    Conflict.objects.bulk_create(made)
    return made if made or gone else None


@act("calendar.issue", creates=ApiToken)
def issue_calendar(doing: Doing, *, site: str = "", name: str, details: bool = False) -> ApiToken:
    """Issue the secret of a calendar's address to the actor; it is in the row's `clear`, this once."""
    return issue(doing, name, "calendar_full" if details else "calendar", None)
