"""What worlds hold of alert states, minimum standards, rounds and cordons, and what is posted to their pages."""

from __future__ import annotations

import io
import uuid
from collections.abc import Callable
from datetime import timedelta
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image

from safeconduct import acts as pipeline
from safeconduct.sites import inspection_acts as rounds
from safeconduct.sites import standard_queries as reads
from safeconduct.sites.control_acts import apply_standard, enter_test, import_standard, waive
from safeconduct.sites.posture_acts import set_posture
from safeconduct.sites.standard_deeds import add_photo
from safeconduct.store.guard import passage
from safeconduct.store.labels import intern
from safeconduct.strategy import cordon_acts
from safeconduct.terms import instant
from safeconduct.terms.ids import new_id
from safeconduct.terms.marking import Marking, Tlp
from safeconduct.terms.party import Principal

SUBJECTS = {name + "s": name for name in ("standard", "control", "inspection", "photo", "cordon")}
HIDDEN = tuple(SUBJECTS.values())

SITE = "marjan"
SET = """code,category,likelihood,impact,evidence,interval_days,statement_en,statement_zh-hans,statement_ur
PR-01,premises,likely,severe,inspection,90,The perimeter is whole.,外围完整。,حد مکمل ہے۔
ME-01,medical,unlikely,severe,test,90,Kits are complete.,急救包齐全。,سامان مکمل ہے۔
"""
SECRET_SET = SET.replace("PR-01", "XX-01").replace("ME-01", "XX-02")
POINT = {"site": SITE, "lon": 75.0065, "lat": -5.0025, "container": "car"}

Who = Callable[[str], Principal]


def picture(words: str) -> bytes:
    made = io.BytesIO()
    Image.new("RGB", (32, 24), "red" if words == "plain" else "blue").save(made, "JPEG")
    return made.getvalue()


def fill(refs: dict[str, uuid.UUID], who: Who, host_words: str, partner_words: str) -> None:
    """The reference: what differs by words is a reason, a note, a picture, and why a cordon was declined."""
    refs |= {f"hidden_{subject}": new_id() for subject in HIDDEN}
    commander, duty = who("commander"), who("duty")
    set_posture(commander, site=SITE, state="heightened", reason=f"Because of {host_words}.")
    refs["standard"] = import_standard(commander, name="Minimum", text=SET).pk
    apply_standard(commander, site=SITE, standard=refs["standard"])
    apply_standard(who("liaison"), site=SITE, standard=refs["standard"])
    mine = {row["code"]: row.id for row in reads.controls(commander) if row.marking.originator == "host"}
    theirs = next(row.id for row in reads.controls(who("liaison")) if row.marking.originator == "partner")
    refs["control"] = mine["PR-01"]
    enter_test(duty, mine["PR-01"], result="none", note=f"By {host_words}.")
    enter_test(who("manager"), theirs, result="none", note=f"By {partner_words}.")
    waive(commander, mine["PR-01"], until=instant.now() + timedelta(days=9), reason="It is being built.")
    refs["inspection"] = rounds.plan_inspection(commander, site=SITE, planned_for=instant.now().date()).pk
    found = {"control": mine["PR-01"], "result": "partial", "note": f"By {host_words}."}
    rounds.find(duty, refs["inspection"], **found)
    add_photo(duty, refs["inspection"], str(mine["PR-01"]), picture(host_words))
    refs["photo"] = next(iter(reads.photos_in(duty, refs["inspection"]).values()))[0].id
    refs["cordon"] = cordon_acts.propose(duty, **POINT, reason="A car that nobody knows.").pk
    declined = cordon_acts.propose(who("liaison"), **POINT, reason="Another car.").pk
    cordon_acts.decline(commander, declined, reason=f"Because {host_words}.")


def fill_extra(refs: dict[str, uuid.UUID], keeper: Principal, proposer: Principal, mark: Callable[..., None]) -> None:
    """One more of each, that the other party may not know of at all."""
    made = import_standard(keeper, name="A secret set", text=SECRET_SET)
    mark(made, Tlp.AMBER_STRICT)
    apply_standard(keeper, site=SITE, standard=made.pk)
    rows = [row for row in reads.controls(keeper) if row["standard"] == "A secret set"]
    _mark_controls(keeper.party, [row.id for row in rows])
    round_made = rounds.plan_inspection(
        keeper, site=SITE, planned_for=instant.now().date(), controls=[row.id for row in rows]
    )
    mark(round_made, Tlp.AMBER_STRICT)
    cordon = cordon_acts.propose(proposer, **POINT, reason="A secret.")
    mark(cordon, Tlp.AMBER_STRICT)
    refs |= {
        "hidden_standard": made.pk,
        "hidden_control": rows[0].id,
        "hidden_inspection": round_made.pk,
        "hidden_cordon": cordon.pk,
    }


def _mark_controls(party: str, refs: list[uuid.UUID]) -> None:
    """Controls are told of as many at once: that telling is marked, too, as if it had been from the start."""
    from safeconduct.sites.models import Control

    with passage("act"):
        label = intern(Marking(party, "control", Tlp.AMBER_STRICT, frozenset(), SITE))
        Control.objects.filter(pk__in=refs).update(label_id=label)
        told = pipeline.Event.objects.filter(kind="control", ref=None).order_by("-pk").first()
        pipeline.Event.objects.filter(pk=told.pk).update(label_id=label)


def forms(refs: dict[str, uuid.UUID]) -> dict[str, dict[str, Any]]:
    """What is posted to the pages: input that is right, so that only the actor decides."""
    control = str(refs["control"])
    posture = {"state": "heightened", "reason": "A visit."}
    photo = SimpleUploadedFile("photo.jpg", picture("plain"), "image/jpeg")
    return {
        "sites/posture": posture,
        "sites/<str:site>/posture": posture,
        "sites/standards": {"name": "Ours", "source": "sample", "do": "import"},
        "sites/standards/<uuid:ref>": {"site": [SITE]},
        "sites/controls/<uuid:ref>/test": {"result": "full"},
        "sites/controls/<uuid:ref>/waive": {"until": "2026-03-20", "reason": "It is being built."},
        "sites/<str:site>/controls/remove": {"standard": "Minimum"},
        "sites/inspections": {"site": SITE, "planned_for": "2026-03-03"},
        "sites/inspections/<uuid:ref>/find": {"control": control, "result": "full"},
        "sites/inspections/<uuid:ref>/attach": {"control": control, "photo": photo},
        "sites/inspections/<uuid:ref>/detach": {"control": control, "photo": str(refs["photo"])},
        "sites/inspections/<uuid:ref>/step": {"do": "finish"},
        "measures/cordons/new/": {**{key: str(value) for key, value in POINT.items()}, "reason": "A car."},
        "measures/cordons/<uuid:ref>/order": {"unit": "Patrol", "text": "Clear it.", "minutes": "60"},
        "measures/cordons/<uuid:ref>/decline": {"reason": "It is nothing."},
    }


BODIES: dict[str, dict[str, Any]] = {
    "api/postures": {"site": SITE, "state": "heightened", "reason": "A visit."},
    "api/standards": {"name": "Ours", "text": SET},
    "api/controls/apply": {"site": SITE, "standard": "01a20c24-e6b1-7000-8000-0000000000ee"},
    "api/controls/<ref>/test": {"result": "full"},
    "api/controls/<ref>/waive": {"until": "2026-03-20T00:00:00Z", "reason": "It is being built."},
    "api/inspections": {"site": SITE, "planned_for": "2026-03-03"},
    "api/inspections/<ref>/find": {"control": "01a20c24-e6b1-7000-8000-0000000000ee", "result": "full"},
    "api/inspections/<ref>/detach": {"photo": "01a20c24-e6b1-7000-8000-0000000000ee"},
    "api/inspections/<ref>/return": {"reason": "Look again."},
    "api/inspections/<ref>/cancel": {"reason": "Not needed."},
    "api/cordons": {**POINT, "reason": "A car."},
    "api/cordons/<ref>/order": {"unit": "Patrol", "text": "Clear it."},
    "api/cordons/<ref>/decline": {"reason": "It is nothing."},
}
"""What is posted to the REST API. No body can name a thing of a world: such acts answer that there is none."""

RAW = {"api/inspections/<ref>/photos": picture("plain")}
QUERIES = {"POST api/inspections/<ref>/photos": "?control=01a20c24-e6b1-7000-8000-0000000000ee"}
