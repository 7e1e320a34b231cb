"""The alert state of a site: who sets it, what follows it, and that unknown is never green."""

from __future__ import annotations

import pytest

from safeconduct.sites.acts import import_places
from safeconduct.sites.models import Posture
from safeconduct.sites.posture import STATES, posture_of, postures, postures_of, shown_states
from safeconduct.sites.posture_acts import set_posture
from safeconduct.store.guard import passage
from safeconduct.terms.decision import Refused
from safeconduct.terms.errors import BadInput
from safeconduct.web.words import tone

pytestmark = pytest.mark.django_db


def gate(site: str) -> dict:
    properties = {"site": site, "name": "gate", "role": "gate"}
    return {"type": "Feature", "geometry": {"type": "Point", "coordinates": [75.0, -5.0]}, "properties": properties}


@pytest.fixture
def commander(as_role):
    return as_role("host.commander")


@pytest.fixture
def sites(commander):
    for site in ("harbour", "marjan"):
        import_places(commander, site=site, features=[gate(site)])


def state_of(site: str) -> str:
    with passage("release"):
        return posture_of(site)


def test_what_nobody_declared_is_unknown_and_grey(sites, login):
    assert state_of("marjan") == "unknown"
    assert tone("unknown", "sites.POSTURES") == ("unknown", "unknown")
    for path in ("/", "/sites/", "/sites/marjan/"):
        body = login("host.duty_officer").get(path).content.decode()
        assert "Unknown" in body
        assert "iso-green" not in body


def test_each_state_has_a_colour_a_shape_and_a_word_of_its_own():
    tones = [tone(state, "sites.POSTURES") for state in (*STATES, "unknown")]
    assert [colour for colour, _ in tones] == ["iso-green", "iso-yellow", "iso-orange", "iso-red", "unknown"]
    assert len({shape for _, shape in tones}) == 5


def test_a_site_follows_the_node_until_it_has_a_state_of_its_own(sites, commander):
    set_posture(commander, site="", state="heightened", reason="A visit.")
    assert state_of("marjan") == state_of("harbour") == state_of("a site that nobody drew") == "heightened"
    set_posture(commander, site="marjan", state="critical", reason="Shots were heard.")
    set_posture(commander, site="", state="normal", reason="The visit is over.")
    assert (state_of("marjan"), state_of("harbour")) == ("critical", "normal")
    set_posture(commander, site="marjan", state="unset", reason="It is over.")
    assert state_of("marjan") == "normal"
    set_posture(commander, site="", state="unset", reason="Nobody judges it any more.")
    assert state_of("marjan") == state_of("harbour") == "unknown"


def test_many_sites_are_asked_at_once(sites, commander, django_assert_num_queries):
    set_posture(commander, site="marjan", state="critical", reason="Shots were heard.")
    with passage("release"), django_assert_num_queries(1):
        assert postures_of(["marjan", "harbour"]) == {"marjan": "critical", "harbour": "unknown"}


@pytest.mark.parametrize("role", ["host.duty_officer", "partner.head_of_mission", "host.gate_post"])
def test_the_hosts_commander_alone_declares_it(sites, as_role, role):
    with pytest.raises(Refused) as refused:
        set_posture(as_role(role), site="marjan", state="normal", reason="All is well.")
    assert refused.value.decision.article.startswith(("23.", "2.", "3."))


def test_a_commander_of_one_site_declares_nothing_for_all(sites, as_role):
    local = as_role("host.commander", "marjan")
    set_posture(local, site="marjan", state="normal", reason="All is well.")
    with pytest.raises(Refused):
        set_posture(local, site="", state="normal", reason="All is well.")


def test_a_gate_post_reads_at_its_site_what_was_declared_for_all(sites, commander, as_role):
    set_posture(commander, site="", state="substantial", reason="A threat.")
    post = as_role("host.gate_post")
    assert shown_states(post, ["marjan", "harbour"]) == {"marjan": "substantial", "harbour": "unknown"}


def test_the_partner_is_told_the_state_and_not_the_reason(sites, commander, as_role, login):
    set_posture(commander, site="marjan", state="critical", reason="An informant said so.")
    row = next(one for one in postures(as_role("partner.liaison_officer")))
    assert dict(row) == {"site": "marjan", "state": "critical", "since": row["since"], "follows": False}
    body = login("partner.liaison_officer").get("/sites/marjan/").content.decode()
    assert "4 Critical" in body
    assert "informant" not in body


@pytest.mark.parametrize(
    ("values", "where"),
    [
        ({"state": "calm", "reason": "Why."}, "state"),
        ({"state": "unknown", "reason": "Why."}, "state"),
        ({"state": "normal", "reason": " "}, "reason"),
        ({"state": "normal", "reason": "x" * 1001}, "reason"),
        ({"state": "unset", "reason": "There is none."}, "state"),
    ],
)
def test_a_state_wants_one_of_four_and_a_reason(sites, commander, values, where):
    with pytest.raises(BadInput) as bad:
        set_posture(commander, site="marjan", **values)
    assert [fault.where for fault in bad.value.faults] == [where]
    with passage("release"):
        assert not Posture.objects.exists()


def test_the_commander_declares_it_on_the_page_of_the_site(sites, login):
    page = login("host.commander")
    form = {"state": "heightened", "reason": "A visit."}
    assert page.post("/sites/marjan/posture", form).status_code == 302
    assert "2 Heightened" in page.get("/sites/marjan/").content.decode()
    assert "2 Heightened" in page.get("/").content.decode()
    assert page.post("/sites/posture", form).status_code == 302
    assert state_of("harbour") == "heightened"
