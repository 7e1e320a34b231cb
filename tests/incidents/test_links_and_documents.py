"""What belongs to an incident: no link and no file tells of anything that its reader may not see."""

from __future__ import annotations

import io
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image
from tests.worlds import alert_found, mark

from safeconduct import node
from safeconduct.incidents import acts, deeds, documents, link_acts, queries
from safeconduct.people.headcounts.beginning import propose_on
from safeconduct.terms import instant
from safeconduct.terms.decision import Refused
from safeconduct.terms.errors import BadInput, NotFound
from safeconduct.terms.ids import new_id
from safeconduct.terms.marking import Tlp
from safeconduct.watch import acts as watching

SITE = "marjan"
OPENED: dict[str, Any] = {"site": SITE, "type": "threat", "text": "A car that nobody knows."}


@pytest.fixture
def alert(db, watch):
    started = instant.now() - timedelta(minutes=20)
    found = alert_found(0, started=instant.iso(started), raised=instant.iso(started), updated=instant.iso(started))
    return watching.raise_alert(watch, site=SITE, alert_id=new_id(), found=found)


@pytest.mark.django_db
def test_an_incident_opened_from_an_alert_names_it_and_holds_what_was_seen(as_role, alert):
    duty = as_role("host.duty_officer")
    made = deeds.open_from(duty, of="alert", thing=alert.pk, **OPENED)
    assert [one["data"]["ref"] for one in queries.links(duty, made.pk)] == [str(alert.pk)]
    assert [one.id for one in queries.incidents_of(duty, "alert", alert.pk)] == [made.pk]
    held = queries.evidence(duty, [alert.pk])
    assert len(held) == 1
    assert held[0]["begin"] < alert.started_at < held[0]["end"]
    assert held[0]["reason"] == made.name


@pytest.mark.django_db
def test_what_may_not_be_done_undoes_the_opening_too(as_role, alert):
    with pytest.raises(Refused):
        deeds.open_from(as_role("partner.liaison_officer"), severity="minor", **OPENED)
    with pytest.raises(NotFound):
        deeds.open_from(as_role("host.duty_officer"), of="alert", thing=new_id(), **OPENED)
    assert list(queries.incidents(as_role("host.commander"), None, 10).rows) == []


@pytest.mark.django_db
def test_a_link_to_what_the_other_party_may_not_see_is_nowhere_for_them(as_role, alert):
    mark(alert, Tlp.AMBER_STRICT)
    incident = acts.open_incident(as_role("host.duty_officer"), **OPENED).pk
    link_acts.link(as_role("host.duty_officer"), incident, of="alert", thing=alert.pk)
    liaison = as_role("partner.liaison_officer")
    assert list(queries.timeline(liaison, incident).rows) == []
    assert queries.links(liaison, incident) == []
    assert queries.incidents_of(liaison, "alert", alert.pk) == []
    with pytest.raises(NotFound):
        link_acts.link(liaison, incident, of="alert", thing=alert.pk)


@pytest.mark.django_db
def test_a_link_to_what_a_role_may_not_see_is_nowhere_for_it(as_role):
    """A gate post reads the log, and no headcounts."""
    duty = as_role("host.duty_officer")
    incident = acts.open_incident(duty, **OPENED).pk
    count = propose_on(incident, site=SITE, party="partner")
    link_acts.link(as_role("partner.liaison_officer"), incident, of="headcount", thing=count.pk)
    assert len(queries.timeline(duty, incident).rows) == 1
    assert list(queries.timeline(as_role("host.gate_post"), incident).rows) == []
    assert list(queries.entries(as_role("host.gate_post"), incident, None, 10).rows) == []


@pytest.mark.django_db
def test_a_link_is_made_once_and_taken_back_with_a_reason(as_role, alert):
    duty = as_role("host.duty_officer")
    incident = acts.open_incident(duty, **OPENED).pk
    line = link_acts.link(duty, incident, of="alert", thing=alert.pk)
    with pytest.raises(BadInput, match="already"):
        link_acts.link(duty, incident, of="alert", thing=alert.pk)
    with pytest.raises(Refused):
        link_acts.unlink(as_role("partner.liaison_officer"), line.pk, reason="No.")
    link_acts.unlink(duty, line.pk, reason="Another car.")
    assert queries.links(duty, incident) == []
    assert [one["kind"] for one in queries.timeline(duty, incident).rows] == ["unlink", "link"]
    with pytest.raises(BadInput, match="taken back"):
        link_acts.unlink(duty, line.pk, reason="Again.")
    link_acts.link(duty, incident, of="alert", thing=alert.pk)
    assert len(queries.links(duty, incident)) == 1


def jpeg() -> bytes:
    made = io.BytesIO()
    exif = Image.Exif()
    exif[0x010F] = "SecretPhone"
    Image.new("RGB", (40, 30), "red").save(made, "JPEG", exif=exif)
    return made.getvalue()


@pytest.mark.django_db
def test_a_picture_keeps_nothing_of_the_phone_and_its_digest_is_on_the_record(as_role):
    duty = as_role("host.duty_officer")
    incident = acts.open_incident(duty, **OPENED).pk
    made = deeds.add_document(duty, incident, jpeg(), name="gate.jpg")
    row, data = queries.document(as_role("partner.liaison_officer"), made.pk)
    assert b"SecretPhone" in jpeg()
    assert b"SecretPhone" not in data
    assert row["kind"] == "image/jpeg"
    assert row["sha256"] == made.sha256


@pytest.mark.django_db
def test_a_file_that_was_changed_is_not_handed_out(as_role):
    duty = as_role("host.duty_officer")
    incident = acts.open_incident(duty, **OPENED).pk
    made = deeds.add_document(duty, incident, b"A witness says that it was grey.", name="witness.txt")
    path = documents.path_of(node.current().documents, made.sha256, made.kind)
    path.write_bytes(b"A witness says that it was blue.")
    with pytest.raises(BadInput, match="sha256"):
        queries.document(duty, made.pk)
    path.unlink()
    with pytest.raises(NotFound):
        queries.document(duty, made.pk)


@pytest.mark.django_db
def test_who_may_not_attach_leaves_no_file_behind(as_role):
    incident = acts.open_incident(as_role("host.duty_officer"), **OPENED).pk
    with pytest.raises(Refused):
        deeds.add_document(as_role("host.gate_post"), incident, b"Nobody keeps this.", name="a.txt")
    cleaned = documents.clean(b"Nobody keeps this.")
    assert not documents.path_of(node.current().documents, cleaned.sha256, cleaned.kind).exists()


@pytest.mark.parametrize(
    "data",
    [b"", b"MZ\x90\x00", b"%PDF-1.7 without an end", b"\xff\xd8\xff broken", b"bell \x07", b"\xff\xfe", b"\x89PNG"],
)
def test_other_kinds_of_files_are_refused(data):
    with pytest.raises(BadInput):
        documents.clean(data)


@settings(max_examples=300, derandomize=True, deadline=None)
@given(st.binary(max_size=200))
def test_any_bytes_become_a_document_or_are_refused_whole(data):
    try:
        cleaned = documents.clean(data)
    except BadInput:
        return
    assert cleaned.kind in documents.KINDS


def test_no_path_leaves_the_directory(tmp_path):
    for wrong in ("../../../../etc/passwd", "A" * 64, "0" * 63):
        with pytest.raises(BadInput):
            documents.path_of(tmp_path, wrong, "text/plain")
