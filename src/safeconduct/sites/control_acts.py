"""Acts on sets of minimum standards and on the controls of sites."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from safeconduct.acts import Doing, act, locked
from safeconduct.sites.controls import COMPLIANCE
from safeconduct.sites.standard_models import Control, Finding, Standard
from safeconduct.sites.standards import read_standard, terms_of
from safeconduct.store.labels import marking_of
from safeconduct.terms.errors import BadInput, Fault, NotFound, length_faults, shown
from safeconduct.terms.instant import iso
from safeconduct.terms.party import ANYWHERE

MOST_NOTE = 2000
LONGEST_WAIVER = timedelta(days=366)
MOST_FLAGGED = 1000
"""Controls flagged in one act; the next turn flags the others."""

OURS = ("category", "statement", "likelihood", "impact", "evidence", "interval_days")
"""What a control has of its set; how it stands is the site's own."""


@act("standard.import", creates=Standard)
def import_standard(doing: Doing, *, site: str = ANYWHERE, name: str, text: str) -> Standard:
    """Bring in a set of controls; one of the same name follows as its next version. Raises BadInput by row."""
    if not 0 < len(name.strip()) <= 200:
        raise BadInput("standard", [Fault("name", shown(name), "1 to 200 characters")])
    controls = read_standard(text, doing.accord.risk_matrix)
    before = Standard.objects.filter(name=name.strip()).order_by("-version").values_list("version", flat=True).first()
    doing.enter(controls=len(controls))
    return Standard.objects.create(
        label_id=doing.label_id,
        name=name.strip(),
        version=(before or 0) + 1,
        controls=[one.plain for one in controls],
        imported_at=doing.at,
        by=doing.principal.name,
    )


@act("control.apply", creates=Control)
def apply_standard(doing: Doing, *, site: str, standard: uuid.UUID | str) -> list[Control]:
    """Give `site` the controls of a set, for the actor's own party. What was tested of those that stay, stays.

    A control that the set has no more goes. Raises NotFound for a set that the actor does not read.
    """
    found = _readable(doing, standard)
    if not 0 < len(site.strip()) <= 256:
        raise BadInput("controls", [Fault("site", shown(site), "a site's id")])
    party = doing.principal.party
    known = {row.code: row for row in Control.objects.filter(party=party, site=site, standard=found.name)}
    taken = set(
        Control.objects.filter(party=party, site=site).exclude(standard=found.name).values_list("code", flat=True)
    )
    terms = terms_of(found.controls)
    if clash := [one.code for one in terms if one.code in taken]:
        raise BadInput("controls", [Fault("code", ", ".join(clash[:5]), "codes that no other set gave this site")])
    fresh: list[Control] = []
    for one in terms:
        row = known.pop(one.code, None)
        if row is None:
            row = Control(label_id=doing.label_id, party=party, site=site, standard=found.name, code=one.code)
            fresh.append(row)
        row.version = found.version
        for name in OURS:
            setattr(row, name, getattr(one, name))
        row.due_at = row.tested_at + timedelta(days=row.interval_days) if row.tested_at else None
        if row not in fresh:
            row.save()
    Control.objects.bulk_create(fresh)
    Control.objects.filter(pk__in=[row.pk for row in known.values()]).delete()
    doing.enter(set=found.name, version=found.version, added=len(fresh), removed=len(known))
    doing.publish("control", "code")
    return []


def _readable(doing: Doing, standard: uuid.UUID | str) -> Standard:
    found = locked(Standard, standard)
    if not doing.accord.may_read(doing.principal, marking_of(found.label_id)).allowed:
        raise NotFound(Standard.info_class, str(standard))
    return found


@act("control.remove", creates=Control)
def remove_controls(doing: Doing, *, site: str, standard: str) -> list[Control]:
    """Take the controls of the set named `standard` from a site, with what was tested of them."""
    found = Control.objects.filter(party=doing.principal.party, site=site, standard=standard)
    doing.enter(removed=found.count())
    if not found.exists():
        raise BadInput("controls", [Fault("standard", shown(standard), "a set that the site has of your party")])
    found.delete()
    doing.publish("control", "code")
    return []


@act("control.test", on=Control)
def enter_test(doing: Doing, control: Control, *, result: str, note: str = "") -> None:
    """Say how a control is met, from now until its next test is due."""
    check_result(result, note)
    _settle(control, result, doing.at)
    found = Finding.objects.create(
        label_id=doing.label_for("finding"),
        site=control.site,
        control=control.pk,
        result=result,
        note=note.strip(),
        found_at=doing.at,
        by=doing.principal.name,
    )
    doing.publish_of(found, *Finding.released)


def check_result(result: str, note: str) -> None:
    """Raises BadInput: a result is one of COMPLIANCE, and what is not met in full is said in words."""
    faults: list[Fault] = []
    if result not in COMPLIANCE:
        faults.append(Fault("result", shown(result), "one of " + ", ".join(COMPLIANCE)))
    elif result != "full" and not note.strip():
        faults.append(Fault("note", "nothing", "what is missing, or why it does not apply"))
    if len(note) > MOST_NOTE:
        faults.append(Fault("note", f"{len(note):,} characters", f"at most {MOST_NOTE:,}"))
    if faults:
        raise BadInput("finding", faults)


def _settle(control: Control, result: str, at: datetime) -> None:
    control.compliance, control.tested_at, control.overdue = result, at, False
    control.due_at = at + timedelta(days=control.interval_days)


def settle_all(doing: Doing, findings: Sequence[Finding]) -> None:
    """Let findings that are signed for count, each from when it was made. A control tested since then stays."""
    rows = {row.pk: row for row in Control.objects.select_for_update().filter(pk__in=[one.control for one in findings])}
    for one in findings:
        control = rows.get(one.control)
        if control and (control.tested_at is None or control.tested_at <= one.found_at):
            _settle(control, one.result, one.found_at)
            doing.publish_of(control, *_SETTLED)
    Control.objects.bulk_update(rows.values(), _SETTLED)


_SETTLED = ("compliance", "tested_at", "due_at", "overdue")


@act("control.waive", on=Control)
def waive(doing: Doing, control: Control, *, until: datetime, reason: str) -> None:
    """Answer for a gap for a stated time. It stays a gap."""
    faults: list[Fault] = []
    if not doing.at < until <= doing.at + LONGEST_WAIVER:
        faults.append(Fault("until", iso(until), f"a time within {LONGEST_WAIVER.days} days"))
    faults += length_faults("reason", reason)
    if faults:
        raise BadInput("waiver", faults)
    granted: Any = {"by": doing.principal.name, "at": iso(doing.at), "until": iso(until), "reason": reason.strip()}
    control.waiver = granted


@act("control.unwaive", on=Control)
def unwaive(doing: Doing, control: Control) -> None:
    """End a waiver before its time."""
    if not control.waiver:
        raise BadInput("waiver", [Fault("waiver", "none", "one that was granted")])
    doing.enter(waived_until=control.waiver["until"])
    control.waiver = None


@act("control.overdue", creates=Control)
def flag_overdue(doing: Doing, *, site: str = ANYWHERE) -> list[Control] | None:
    """Flag the controls whose next test is due and not done. The clock's; nothing where there is none."""
    found = list(Control.objects.select_for_update().filter(overdue=False, due_at__lte=doing.at)[:MOST_FLAGGED])
    if not found:
        return None
    for row in found:
        row.overdue = True
    Control.objects.bulk_update(found, ["overdue"])
    return found
