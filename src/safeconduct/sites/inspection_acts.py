"""Acts on inspection rounds: planned, carried out control by control, signed by a second person."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from datetime import date, timedelta
from pathlib import Path

from django.db import transaction

from safeconduct import node
from safeconduct.acts import Doing, act
from safeconduct.sites import photos
from safeconduct.sites.control_acts import check_result, settle_all
from safeconduct.sites.standard_models import Control, Finding, Inspection, Photo
from safeconduct.terms.errors import BadInput, Fault, length_faults, require_state, shown
from safeconduct.terms.party import ANYWHERE

PLANNED, UNDER_WAY, FINISHED, SIGNED, CANCELLED = "planned", "under_way", "finished", "signed", "cancelled"

MOST_PHOTOS = 8
"""Photos of one control in one round."""


@act("inspection.plan", creates=Inspection)
def plan_inspection(
    doing: Doing, *, site: str, planned_for: date, controls: Sequence[uuid.UUID | str] = ()
) -> Inspection:
    """Plan a round of a site: of all its controls of the actor's party, or of those named. Raises BadInput."""
    mine = Control.objects.filter(party=doing.principal.party, site=site)
    found = [str(pk) for pk in mine.order_by("category", "code").values_list("pk", flat=True)]
    wanted = {str(one) for one in controls}
    chosen = [ref for ref in found if not wanted or ref in wanted]
    faults: list[Fault] = []
    if not found:
        faults.append(Fault("site", shown(site), "a site to which your party applied a set of standards"))
    if len(chosen) != len(wanted or found):
        faults.append(Fault("controls", shown(str(sorted(wanted - set(found)))), "controls of your party at the site"))
    if planned_for < doing.at.date():
        faults.append(Fault("planned_for", planned_for.isoformat(), f"{doing.at.date().isoformat()} or later"))
    if faults:
        raise BadInput("inspection", faults)
    doing.enter(controls=len(chosen))
    return Inspection.objects.create(
        label_id=doing.label_id, site=site, planned_for=planned_for, controls=chosen, state=PLANNED
    )


@act("inspection.find", on=Inspection)
def find(doing: Doing, inspection: Inspection, *, control: uuid.UUID | str, result: str, note: str = "") -> None:
    """Say what was found of one control; said again, it replaces what was said. Whoever begins a round carries it."""
    check_result(result, note)
    ref = _carrying(doing, inspection, control)
    found, _ = Finding.objects.update_or_create(
        inspection=inspection.pk,
        control=ref,
        defaults={
            "label_id": doing.label_for("finding"),
            "site": inspection.site,
            "result": result,
            "note": note.strip(),
            "found_at": doing.at,
            "by": doing.principal.name,
        },
    )
    doing.publish_of(found, *Finding.released)


@act("inspection.attach", on=Inspection)
def attach(
    doing: Doing, inspection: Inspection, *, control: uuid.UUID | str, sha256: str, width: int, height: int, size: int
) -> None:
    """Add a photo, whose file is kept already (`add_photo` does both), to what was found of a control."""
    ref = _carrying(doing, inspection, control)
    if Photo.objects.filter(inspection=inspection.pk, control=ref).count() >= MOST_PHOTOS:
        raise BadInput("photo", [Fault("photo", f"one more than {MOST_PHOTOS}", f"at most {MOST_PHOTOS} of a control")])
    if not photos.path_of(node.current().photos, sha256).is_file():
        raise BadInput("photo", [Fault("sha256", shown(sha256), "the digest of a file that is kept")])
    made = Photo.objects.create(
        label_id=doing.label_for("photo"),
        inspection=inspection.pk,
        site=inspection.site,
        control=ref,
        sha256=sha256,
        width=width,
        height=height,
        size=size,
        added_at=doing.at,
        by=doing.principal.name,
    )
    doing.publish_of(made, *Photo.released)


@act("inspection.detach", on=Inspection)
def detach(doing: Doing, inspection: Inspection, *, photo: uuid.UUID | str) -> None:
    """Take a photo out again while the round is under way, for whoever carries it out."""
    found = Photo.objects.filter(inspection=inspection.pk, pk=_uuid(photo)).first()
    if found is None:
        raise BadInput("photo", [Fault("photo", shown(str(photo)), "a photo of this round")])
    _carrying(doing, inspection, found.control)
    doing.enter(sha256=found.sha256)
    doing.publish_of(found, *Photo.released)
    Photo.objects.filter(pk=found.pk).delete()  # not found.delete(): the event still needs the row's id
    _drop_files({found.sha256})


def _carrying(doing: Doing, inspection: Inspection, control: uuid.UUID | str) -> uuid.UUID:
    """The id of a control of the round, which is under way by the actor from now on. Raises BadInput."""
    require_state("inspection", inspection.state, PLANNED, UNDER_WAY)
    if inspection.inspector and inspection.inspector != doing.principal.name:
        raise BadInput("inspection", [Fault("inspector", "another person", "whoever began the round")])
    if str(control) not in inspection.controls:
        raise BadInput("inspection", [Fault("control", shown(str(control)), "a control of this round")])
    if inspection.state == PLANNED:
        inspection.state, inspection.begun_at, inspection.inspector = UNDER_WAY, doing.at, doing.principal.name
    return uuid.UUID(str(control))


def _uuid(text: uuid.UUID | str) -> uuid.UUID | None:
    try:
        return uuid.UUID(str(text))
    except ValueError:
        return None


@act("inspection.finish", on=Inspection)
def finish(doing: Doing, inspection: Inspection) -> None:
    """Hand the round to whoever signs it. What was not looked at stays as it was, and is said to be open."""
    if inspection.state != UNDER_WAY or inspection.inspector != doing.principal.name:
        raise BadInput("inspection", [Fault("state", inspection.state, f"{UNDER_WAY}, by the one who finishes it")])
    inspection.state, inspection.finished_at = FINISHED, doing.at
    doing.enter(findings=_findings(inspection))


@act("inspection.return", on=Inspection)
def give_back(doing: Doing, inspection: Inspection, *, reason: str) -> None:
    """Give a finished round back to its inspector."""
    _second_person(doing, inspection)
    if faults := length_faults("reason", reason):
        raise BadInput("inspection", faults)
    inspection.state, inspection.finished_at, inspection.returned = UNDER_WAY, None, reason.strip()


@act("inspection.sign", on=Inspection)
def sign(doing: Doing, inspection: Inspection) -> None:
    """Sign what another person found: from now on it counts, each finding from when it was made."""
    _second_person(doing, inspection)
    findings = list(Finding.objects.filter(inspection=inspection.pk))
    settle_all(doing, findings)
    inspection.state, inspection.signed_at, inspection.signer = SIGNED, doing.at, doing.principal.name
    doing.enter(findings=_findings(inspection), photos=_photos(inspection))


@act("inspection.cancel", on=Inspection)
def cancel(doing: Doing, inspection: Inspection, *, reason: str) -> None:
    """Give up a round that is not signed."""
    if inspection.state in (SIGNED, CANCELLED):
        raise BadInput("inspection", [Fault("state", inspection.state, "one that is not over")])
    if faults := length_faults("reason", reason):
        raise BadInput("inspection", faults)
    inspection.state, inspection.returned = CANCELLED, reason.strip()


def _second_person(doing: Doing, inspection: Inspection) -> None:
    require_state("inspection", inspection.state, FINISHED)
    if inspection.inspector == doing.principal.name:
        raise BadInput("inspection", [Fault("signer", "the inspector", "a second person")])


def _findings(inspection: Inspection) -> dict[str, str]:
    rows = Finding.objects.filter(inspection=inspection.pk).order_by("control")
    return {str(control): result for control, result in rows.values_list("control", "result")}


def _photos(inspection: Inspection) -> list[str]:
    return list(Photo.objects.filter(inspection=inspection.pk).order_by("pk").values_list("sha256", flat=True))


@act("photo.expire", creates=Photo)
def expire_photos(doing: Doing, *, site: str = ANYWHERE) -> list[Photo] | None:
    """Delete the photos that are over their retention, and the files that no row names. The clock's."""
    days = doing.accord.schedule.classes[Photo.info_class].retention_days
    gone = list(Photo.objects.filter(added_at__lt=doing.at - timedelta(days=days)))
    Photo.objects.filter(pk__in=[row.pk for row in gone]).delete()
    _drop_files({path.stem for path in _kept_files(doing.at.timestamp() - ORPHANED_S)})
    if not gone:
        return None
    doing.enter(sha256=sorted({row.sha256 for row in gone}))
    return gone


ORPHANED_S = 3600
"""A file without a row may be one whose act is still to come: it is left for so long."""


def _kept_files(before_s: float) -> list[Path]:
    return [path for path in node.current().photos.glob("*/*.jpg") if path.stat().st_mtime < before_s]


def _drop_files(digests: set[str]) -> None:
    """Once what is done is durable, delete those of `digests` that no photo names."""
    left = digests - set(Photo.objects.filter(sha256__in=digests).values_list("sha256", flat=True))
    directory = node.current().photos

    def drop() -> None:
        for sha256 in left:
            photos.forget(directory, sha256)

    transaction.on_commit(drop)
