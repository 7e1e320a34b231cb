"""Inspection rounds: one person looks, a second signs, and only then does it count; photos end by the accord."""

from __future__ import annotations

import io
import os
from dataclasses import replace
from datetime import timedelta

import pytest
from PIL import Image

from safeconduct import node
from safeconduct.release import count
from safeconduct.sites import inspection_acts as acts
from safeconduct.sites import photos
from safeconduct.sites import standard_queries as reads
from safeconduct.sites.acts import import_places
from safeconduct.sites.control_acts import apply_standard, enter_test, import_standard
from safeconduct.sites.models import Photo
from safeconduct.sites.standard_deeds import add_photo
from safeconduct.sites.standards import decoded, sample
from safeconduct.terms import instant
from safeconduct.terms.decision import Refused
from safeconduct.terms.errors import BadInput, NotFound

pytestmark = pytest.mark.django_db


def jpeg(colour: str = "red") -> bytes:
    made = io.BytesIO()
    exif = Image.Exif()
    exif[0x010F] = "Phone of Somebody"
    Image.new("RGB", (64, 48), colour).save(made, "JPEG", exif=exif)
    return made.getvalue()


@pytest.fixture
def duty(as_role):
    return as_role("host.duty_officer")


@pytest.fixture
def commander(as_role):
    return as_role("host.commander")


@pytest.fixture
def marjan(commander):
    properties = {"site": "marjan", "name": "gate", "role": "gate"}
    point = {"type": "Point", "coordinates": [75.0, -5.0]}
    import_places(commander, site="marjan", features=[{"type": "Feature", "geometry": point, "properties": properties}])
    made = import_standard(commander, name="Sample", text=decoded(sample()))
    apply_standard(commander, site="marjan", standard=made.pk)


@pytest.fixture
def planned(marjan, commander):
    return acts.plan_inspection(commander, site="marjan", planned_for=instant.now().date())


def controls(who) -> dict:
    return {row["code"]: row for row in reads.controls(who, "marjan")}


def test_a_finding_counts_only_once_a_second_person_signed(planned, duty, commander):
    ref = controls(duty)["PR-01"].id
    acts.find(duty, planned.pk, control=ref, result="none", note="A zebra in the fence.")
    acts.find(duty, planned.pk, control=ref, result="partial", note="The hole is half closed.")
    assert controls(duty)["PR-01"]["compliance"] == ""
    acts.finish(duty, planned.pk)
    with pytest.raises(BadInput, match="second person"):
        acts.sign(duty, planned.pk)
    assert controls(duty)["PR-01"]["compliance"] == ""
    acts.sign(commander, planned.pk)
    row, found = controls(duty)["PR-01"], reads.findings_in(duty, planned.pk)[str(ref)]
    assert (row["compliance"], row["tested_at"]) == ("partial", found["found_at"])
    assert controls(duty)["PR-02"]["compliance"] == ""
    entered = reads.inspection(duty, planned.pk)
    assert (entered["state"], entered["inspector"], entered["signer"]) == ("signed", "duty", "commander")


def test_a_later_test_is_not_undone_by_a_signature(planned, duty, commander, clock_at):
    now, ref = instant.now(), controls(duty)["PR-01"].id
    clock_at(now)
    acts.find(duty, planned.pk, control=ref, result="none", note="A zebra in the fence.")
    acts.finish(duty, planned.pk)
    clock_at(now + timedelta(hours=1))
    enter_test(duty, ref, result="full")
    acts.sign(commander, planned.pk)
    assert controls(duty)["PR-01"]["compliance"] == "full"


def test_a_round_is_carried_by_whoever_began_it(planned, duty, marjan):
    ref = controls(duty)["PR-01"].id
    acts.find(duty, planned.pk, control=ref, result="full")
    another = replace(duty, name="another duty officer")
    for act, values in ((acts.find, {"control": ref, "result": "none", "note": "No."}), (acts.finish, {})):
        with pytest.raises(BadInput):
            act(another, planned.pk, **values)
    acts.finish(duty, planned.pk)
    acts.sign(another, planned.pk)


def test_a_round_that_is_given_back_is_finished_again(planned, duty, commander):
    acts.find(duty, planned.pk, control=controls(duty)["PR-01"].id, result="full")
    acts.finish(duty, planned.pk)
    with pytest.raises(BadInput):
        acts.find(duty, planned.pk, control=controls(duty)["PR-01"].id, result="full")
    acts.give_back(commander, planned.pk, reason="The far side was not looked at.")
    acts.find(duty, planned.pk, control=controls(duty)["PR-01"].id, result="none", note="A hole there.")
    acts.finish(duty, planned.pk)
    acts.sign(commander, planned.pk)
    assert controls(duty)["PR-01"]["compliance"] == "none"
    with pytest.raises(BadInput):
        acts.cancel(commander, planned.pk, reason="Too late.")


@pytest.mark.parametrize("step", ["finish", "sign", "give_back"])
def test_a_round_that_nobody_began_is_not_finished_nor_signed(planned, duty, commander, step):
    act, values = getattr(acts, step), {"reason": "Why."} if step == "give_back" else {}
    with pytest.raises(BadInput):
        act(duty if step == "finish" else commander, planned.pk, **values)


def test_a_round_is_planned_of_controls_that_are_there_and_not_in_the_past(marjan, commander, as_role):
    today = instant.now().date()
    with pytest.raises(BadInput):
        acts.plan_inspection(commander, site="marjan", planned_for=today - timedelta(days=1))
    with pytest.raises(BadInput):
        acts.plan_inspection(commander, site="harbour", planned_for=today)
    with pytest.raises(BadInput):
        acts.plan_inspection(as_role("partner.liaison_officer"), site="marjan", planned_for=today)
    ref = controls(commander)["PR-01"].id
    made = acts.plan_inspection(commander, site="marjan", planned_for=today, controls=[ref])
    with pytest.raises(BadInput):
        acts.find(as_role("host.duty_officer"), made.pk, control=controls(commander)["PR-02"].id, result="full")


@pytest.mark.parametrize("role", ["partner.liaison_officer", "partner.project_manager"])
def test_the_other_party_sees_the_round_and_neither_finding_nor_photo(planned, duty, as_role, login, role):
    ref = controls(duty)["PR-01"].id
    acts.find(duty, planned.pk, control=ref, result="none", note="A zebra in the fence.")
    add_photo(duty, planned.pk, str(ref), jpeg())
    acts.finish(duty, planned.pk)
    other = as_role(role)
    assert reads.inspection(other, planned.pk)["state"] == "finished"
    assert reads.findings_in(other, planned.pk) == reads.photos_in(other, planned.pk) == {}
    page = login(role).get(f"/sites/inspections/{planned.pk}").content.decode()
    assert "zebra" not in page
    assert "<img" not in page
    with pytest.raises(Refused, match="23"):
        acts.sign(other, planned.pk)


def test_a_photo_is_kept_without_its_place_and_served_to_its_readers_alone(planned, duty, login):
    ref = controls(duty)["PR-01"].id
    add_photo(duty, planned.pk, str(ref), jpeg())
    row = reads.photos_in(duty, planned.pk)[str(ref)][0]
    answer = login("host.duty_officer").get(f"/sites/photos/{row.id}")
    assert answer.content == photos.path_of(node.current().photos, row["sha256"]).read_bytes()
    assert b"Phone" not in answer.content
    headers = {name: answer[name] for name in ("Content-Type", "Cache-Control", "X-Content-Type-Options")}
    assert headers == {
        "Content-Type": "image/jpeg",
        "Cache-Control": "private, max-age=300",
        "X-Content-Type-Options": "nosniff",
    }
    assert "script-src 'self'" in answer["Content-Security-Policy"]
    for role in ("partner.liaison_officer", "host.gate_post", "auditor"):
        assert login(role).get(f"/sites/photos/{row.id}").status_code == 404


def test_whoever_may_not_attach_is_refused_before_anything_is_decoded(planned, duty, as_role, monkeypatch):
    monkeypatch.setattr(photos, "clean", lambda _: pytest.fail("it was decoded"))
    ref = str(controls(duty)["PR-01"].id)
    with pytest.raises(Refused):
        add_photo(as_role("partner.project_manager"), planned.pk, ref, jpeg())
    with pytest.raises(NotFound):
        add_photo(as_role("host.gate_post"), planned.pk, ref, jpeg())


def test_a_control_has_so_many_photos_and_no_more(planned, duty):
    ref = str(controls(duty)["PR-01"].id)
    for _ in range(acts.MOST_PHOTOS):
        add_photo(duty, planned.pk, ref, jpeg())
    with pytest.raises(BadInput):
        add_photo(duty, planned.pk, ref, jpeg())


@pytest.mark.django_db(transaction=True)
def test_a_photo_that_is_taken_out_leaves_the_file_to_those_who_share_it(planned, duty):
    ref = str(controls(duty)["PR-01"].id)
    for _ in range(2):
        add_photo(duty, planned.pk, ref, jpeg("green"))
    first, second = reads.photos_in(duty, planned.pk)[ref]
    path = photos.path_of(node.current().photos, first["sha256"])
    acts.detach(duty, planned.pk, photo=first.id)
    assert path.is_file()
    acts.detach(duty, planned.pk, photo=second.id)
    assert not path.exists()


@pytest.mark.django_db(transaction=True)
def test_photos_and_orphans_are_deleted_when_their_time_is_over(planned, duty, clock_at):
    clock, now = node.current().system("node.clock"), instant.now()
    clock_at(now)
    add_photo(duty, planned.pk, str(controls(duty)["PR-01"].id), jpeg("blue"))
    orphan = photos.clean(jpeg("white"))
    photos.keep(node.current().photos, orphan)
    lonely = photos.path_of(node.current().photos, orphan.sha256)
    assert acts.expire_photos(clock) is None
    assert lonely.is_file()
    before = (now - timedelta(hours=2)).timestamp()
    os.utime(lonely, (before, before))
    assert acts.expire_photos(clock) is None
    assert not lonely.exists()
    row = reads.photos_in(duty, planned.pk)
    path = photos.path_of(node.current().photos, next(iter(row.values()))[0]["sha256"])
    clock_at(now + timedelta(days=365))
    assert acts.expire_photos(clock) is None
    assert path.is_file()
    clock_at(now + timedelta(days=366))
    assert len(acts.expire_photos(clock)) == 1
    assert not path.exists()
    assert count(Photo, duty) == 0


def test_a_round_is_carried_out_on_its_pages(planned, duty, login):
    page, ref = login("host.duty_officer"), str(controls(duty)["PR-01"].id)
    at = f"/sites/inspections/{planned.pk}"
    assert page.post(f"{at}/find", {"control": ref, "result": "full"}).status_code == 302
    part = page.post(f"{at}/find", {"control": ref, "result": "none", "note": "No."}, headers={"HX-Request": "true"})
    assert part.content.decode().lstrip().startswith("<section")
    sent = {"control": ref, "photo": io.BytesIO(jpeg())}
    assert "<img" in page.post(f"{at}/attach", sent, headers={"HX-Request": "true"}).content.decode()
    bad = {"control": ref, "photo": io.BytesIO(b"<script>alert(1)</script>")}
    assert page.post(f"{at}/attach", bad).status_code == 422
    assert page.post(f"{at}/step", {"do": "finish"}).status_code == 302
    assert page.post(f"{at}/step", {"do": "sign"}).status_code == 422
    assert page.post(f"{at}/step", {"do": "dance"}).status_code == 422
    assert login("host.commander").post(f"{at}/step", {"do": "sign"}).status_code == 302
    assert "Signed" in page.get("/sites/inspections").content.decode()
