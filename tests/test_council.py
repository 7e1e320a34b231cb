"""What the council changes: the accord in force, suspensions, wider release, erasure."""

from __future__ import annotations

import shutil
from dataclasses import replace

import pytest

from safeconduct import node, release
from safeconduct.accord.accord import load_accord, sign
from safeconduct.accord.vocabulary import CLASSES, PERSONAL
from safeconduct.council import queries
from safeconduct.council.acts import enact, erase, resume, suspend, widen
from safeconduct.council.settling import settle
from safeconduct.council.widening import WIDENED
from safeconduct.node import enacting
from safeconduct.record.keys import load_key
from safeconduct.sites.standoff import ROWS
from safeconduct.store.guard import passage
from safeconduct.store.labels import intern, marking_of
from safeconduct.strategy.acts import order_measure
from safeconduct.strategy.cordon_acts import propose
from safeconduct.strategy.models import Cordon, Measure
from safeconduct.terms.decision import Refused
from safeconduct.terms.errors import BadInput, NotFound
from safeconduct.terms.ids import new_id
from safeconduct.terms.marking import Tlp

pytestmark = pytest.mark.django_db(transaction=True)

ORDER = {"site": "marjan", "kind": "look", "text": "Look at the car.", "unit": "Patrol 2"}


@pytest.fixture
def own_accord(node_path):
    """The node's accord may be changed; it is put back afterwards."""
    kept = node_path / "kept"
    shutil.copytree(node_path / "accord", kept)
    yield node_path
    for name in ("accord", "accord.next", "accord.old"):
        shutil.rmtree(node_path / name, ignore_errors=True)
    kept.rename(node_path / "accord")
    (node_path / "suspended").unlink(missing_ok=True)
    node.forget()


def draft(node_path, tmp_path, *, previous: str, version: int = 2, parties=("host", "partner")):
    """A next version, signed by `parties`."""
    target = tmp_path / "draft"
    shutil.copytree(node_path / "accord", target)
    shutil.rmtree(target / "signatures")
    terms = (target / "accord.toml").read_text(encoding="utf-8")
    lines = [line for line in terms.splitlines() if not line.startswith(("version =", "previous ="))]
    first = next(number for number, line in enumerate(lines) if line.startswith("id ="))
    lines[first + 1 : first + 1] = [f"version = {version}", f'previous = "{previous}"']
    (target / "accord.toml").write_text("\n".join(lines) + "\n", encoding="utf-8")
    for party in parties:
        name = f"{party}.example/accord"
        sign(target, party, load_key(node_path / "keys" / f"party-{party}.key", name).private)
    return target


def test_a_version_signed_by_all_takes_force_and_is_entered(own_accord, tmp_path, as_role):
    before = node.current().accord.digest
    directory = draft(own_accord, tmp_path, previous=before)
    enact(as_role("host.focal_point"), directory=directory)
    assert node.current().accord.version == 2
    assert node.current().accord.digest == load_accord(directory).digest
    assert queries.versions(as_role("partner.liaison_officer"))[0]["version"] == 2


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        ({"parties": ("host",)}, "partner"),
        ({"version": 3}, "version"),
        ({"previous": "0" * 64}, "previous"),
    ],
)
def test_a_version_that_may_not_follow_changes_nothing(own_accord, tmp_path, as_role, change, fault):
    before = node.current().accord.digest
    directory = draft(own_accord, tmp_path, **({"previous": before} | change))
    with pytest.raises(BadInput, match=fault):
        enact(as_role("host.focal_point"), directory=directory)
    assert node.current().accord.digest == before
    assert not (own_accord / "accord.next").exists()


def test_neither_a_duty_officer_nor_a_liaison_officer_enacts(own_accord, tmp_path, as_role):
    directory = draft(own_accord, tmp_path, previous=node.current().accord.digest)
    for role in ("host.duty_officer", "partner.liaison_officer"):
        with pytest.raises(Refused):
            enact(as_role(role), directory=directory)


def test_a_kill_between_the_entry_and_the_change_of_files_is_finished_at_the_next_start(
    own_accord, tmp_path, as_role, monkeypatch
):
    directory = draft(own_accord, tmp_path, previous=node.current().accord.digest)
    monkeypatch.setattr(enacting, "finish", lambda path: None)
    enact(as_role("host.focal_point"), directory=directory)
    monkeypatch.undo()
    assert node.current().accord.version == 1
    settle()
    assert node.current().accord.version == 2


def test_a_kill_before_the_entry_leaves_the_old_accord(own_accord, tmp_path):
    directory = draft(own_accord, tmp_path, previous=node.current().accord.digest)
    settle()
    enacting.stage(own_accord, directory)
    settle()
    assert node.current().accord.version == 1
    assert not (own_accord / "accord.next").exists()


def test_while_a_party_suspends_nobody_else_reads_what_comes_from_it(own_accord, as_role):
    measure = order_measure(as_role("host.commander"), **ORDER)
    partner, commander = as_role("partner.liaison_officer"), as_role("host.commander")
    assert release.listing(Measure, partner)
    suspension = suspend(as_role("host.focal_point"), reason="Under review.")
    assert release.listing(Measure, partner) == []
    assert release.one(Measure, commander, measure.pk)
    assert queries.suspensions(partner)[0]["party"] == "host"
    decision = node.current().accord.may_read(partner, release.one(Measure, commander, measure.pk).marking)
    assert (decision.article, decision.rule) == ("18.1", "suspended")
    with pytest.raises(BadInput):
        resume(as_role("partner.head_of_mission"), suspension.pk)
    resume(as_role("host.focal_point"), suspension.pk)
    assert release.listing(Measure, partner)


def strictly(row):
    """Nobody but the originator's own party reads it."""
    with passage("act"):
        strict = replace(marking_of(row.label_id), tlp=Tlp.AMBER_STRICT, releasable_to=frozenset())
        type(row).objects.filter(pk=row.pk).update(label_id=intern(strict))


def test_only_the_originator_widens_and_the_other_party_then_sees_it(as_role):
    measure = order_measure(as_role("host.commander"), **ORDER)
    strictly(measure)
    partner = as_role("partner.head_of_mission")
    assert release.listing(Measure, partner) == []
    newest = release.newest_event_id()
    widen(as_role("host.commander"), measure.pk, kind="measure", to="partner")
    assert [one.id for one in release.listing(Measure, partner)] == [measure.pk]
    (event,) = release.events_after(newest)
    assert release.may_hear(partner, event)
    with pytest.raises(Refused):
        widen(partner, measure.pk, kind="measure", to="partner")


def test_every_class_may_be_released_wider_or_says_why_not(as_role):
    """No item that tells of a person is, and no class that is made later slips in unseen."""
    for kind in CLASSES:
        if kind in {model.info_class for model in WIDENED}:
            with pytest.raises(NotFound):
                widen(as_role("host.commander"), new_id(), kind=kind, to="partner")
            continue
        with pytest.raises(BadInput) as caught:
            widen(as_role("host.commander"), new_id(), kind=kind, to="partner")
        (fault,) = caught.value.faults
        assert fault.wanted == "one of " + ", ".join(sorted(model.info_class for model in WIDENED))
        assert ("tells of a person" in fault.found) is (kind in PERSONAL)
    assert PERSONAL & {model.info_class for model in WIDENED} == {"movement"}
    with pytest.raises(BadInput, match="no information class"):
        widen(as_role("host.commander"), new_id(), kind="rumour", to="partner")


def test_a_cordon_that_the_host_keeps_is_shown_once_it_is_released(as_role):
    container = next(iter(ROWS))
    cordon = propose(as_role("host.commander"), site="marjan", lon=75.0, lat=-5.0, container=container, reason="A van.")
    strictly(cordon)
    partner = as_role("partner.head_of_mission")
    assert release.listing(Cordon, partner) == []
    widen(as_role("host.commander"), cordon.pk, kind="cordon", to="partner")
    assert [one.id for one in release.listing(Cordon, partner)] == [cordon.pk]


def test_erasure_destroys_the_content_and_the_record_still_verifies(as_role):
    from safeconduct.record.models import Entry, Payload
    from safeconduct.record.verify import verify

    order_measure(as_role("host.commander"), **ORDER)
    with passage("release"):
        index = Entry.objects.count() - 1
    erase(as_role("dpo"), index=index, reason="A name stood in it.")
    with passage("release"):
        assert Payload.objects.get(pk=index).text is None
    assert list(verify(node.current().key.vkey)) == []
    with pytest.raises(Refused):
        erase(as_role("host.commander"), index=index, reason="I would rather not.")


def test_a_suspended_partys_movement_can_be_stopped_and_does_not_depart(own_accord, as_role):
    from tests.movements.case import place_site, plan_convoy

    from safeconduct.movements import acts as movements
    from safeconduct.movements import queries as read

    place_site(as_role)
    movement = plan_convoy(as_role)
    suspension = suspend(as_role("partner.head_of_mission"), reason="Under review.")
    officer = as_role("host.duty_officer")
    for act in (movements.consent, movements.depart):
        with pytest.raises(Refused) as refused:
            act(officer, movement)
        assert refused.value.decision.rule == "suspended"
    movements.hold(officer, movement, reason="Until it is clear.")
    assert read.movement(officer, movement)["state"] == "held"
    resume(as_role("partner.head_of_mission"), suspension.pk)


def test_nobody_erases_what_the_other_party_entered(as_role):
    from dataclasses import replace

    from safeconduct.record.models import Entry

    order_measure(as_role("host.commander"), **ORDER)
    with passage("release"):
        index = Entry.objects.count() - 1
    partner = replace(as_role("dpo"), party="partner")
    with pytest.raises(NotFound):
        erase(partner, index=index, reason="I would rather not have this known.")
