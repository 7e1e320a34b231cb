"""One log that both parties write: nothing is overwritten, nothing goes further than it was meant to."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from safeconduct.council.acts import widen
from safeconduct.incidents import acts, fact_acts, queries
from safeconduct.incidents.models import IncidentEntry
from safeconduct.store.guard import passage
from safeconduct.terms import instant
from safeconduct.terms.decision import Refused
from safeconduct.terms.errors import BadInput, NotFound

pytestmark = pytest.mark.django_db

SITE = "marjan"
OPENED: dict[str, Any] = {"site": SITE, "type": "attack", "text": "A blast at gate East."}
FIGURE: dict[str, Any] = {"category": "injured", "count": 3, "source": "The gate post."}
ATTRIBUTION: dict[str, Any] = {"who": "Nobody known", "confidence": "low", "text": "The vehicle was hired."}

OPENERS = [
    "host.duty_officer",
    "host.commander",
    "host.focal_point",
    "host.gate_post",
    "partner.liaison_officer",
    "partner.head_of_mission",
    "partner.project_manager",
]


@pytest.fixture
def incident(as_role):
    return acts.open_incident(as_role("host.duty_officer"), **OPENED).pk


def lines(who: Any, ref: Any) -> list[Any]:
    return list(reversed(queries.timeline(who, ref).rows))


@pytest.mark.parametrize("role", OPENERS)
def test_either_party_opens_one_and_the_other_sees_it(as_role, role):
    ref = acts.open_incident(as_role(role), **OPENED).pk
    for reader in ("host.commander", "partner.liaison_officer"):
        assert queries.incident(as_role(reader), ref)["opened_by"] == role


@pytest.mark.parametrize("role", ["host.analyst", "partner.analyst", "auditor", "dpo", "partner.warden"])
def test_nobody_else_opens_one(as_role, role):
    with pytest.raises(Refused):
        acts.open_incident(as_role(role), **OPENED)


def test_both_times_are_kept(as_role, clock_at):
    now = instant.now()
    clock_at(now)
    ref = acts.open_incident(as_role("host.duty_officer"), **OPENED, occurred_at=now - timedelta(minutes=9)).pk
    acts.write(as_role("partner.liaison_officer"), ref, text="Heard it.", at=now - timedelta(minutes=8))
    found = queries.incident(as_role("host.duty_officer"), ref)
    assert found["logged_at"] - found["occurred_at"] == timedelta(minutes=9)
    line = lines(as_role("host.duty_officer"), ref)[0]
    assert (line["at"], line["logged_at"]) == (now - timedelta(minutes=8), now)


def test_a_time_to_come_is_refused(as_role, incident):
    with pytest.raises(BadInput, match="at: found"):
        acts.write(as_role("host.duty_officer"), incident, text="Early.", at=instant.now() + timedelta(hours=1))


def test_both_write_into_one_log(as_role, incident):
    acts.write(as_role("host.gate_post"), incident, text="Smoke.")
    acts.write(as_role("partner.project_manager"), incident, text="Two of ours are hurt.")
    for reader in ("host.commander", "partner.head_of_mission"):
        found = lines(as_role(reader), incident)
        assert [(one["party"], one["text"]) for one in found] == [
            ("host", "Smoke."),
            ("partner", "Two of ours are hurt."),
        ]


def test_a_line_for_one_s_own_party_is_nowhere_for_the_other(as_role, incident):
    made = acts.write(as_role("partner.liaison_officer"), incident, text="We call the embassy.", own=True)
    assert [one.id for one in lines(as_role("partner.head_of_mission"), incident)] == [made.pk]
    assert lines(as_role("host.commander"), incident) == []
    with pytest.raises(NotFound):
        queries.entry(as_role("host.commander"), made.pk)


def test_a_correction_leaves_the_first_line_as_it_was(as_role, incident):
    first = acts.write(as_role("host.duty_officer"), incident, text="Two cars.")
    second = acts.correct(as_role("host.commander"), first.pk, text="One car.")
    found = lines(as_role("partner.liaison_officer"), incident)
    assert [(one["text"], one["corrects"]) for one in found] == [("Two cars.", None), ("One car.", first.pk)]
    with pytest.raises(BadInput, match="newest correction"):
        acts.correct(as_role("host.commander"), first.pk, text="No car.")
    acts.correct(as_role("host.commander"), second.pk, text="No car.")


def test_nobody_corrects_the_other_party(as_role, incident):
    theirs = acts.write(as_role("partner.liaison_officer"), incident, text="Nobody told us.")
    with pytest.raises(Refused):
        acts.correct(as_role("host.commander"), theirs.pk, text="We told you.")


def test_a_correction_goes_no_further_than_what_it_corrects(as_role, incident):
    first = acts.write(as_role("host.duty_officer"), incident, text="Ours alone.", own=True)
    acts.correct(as_role("host.duty_officer"), first.pk, text="Ours alone, put right.")
    assert lines(as_role("partner.liaison_officer"), incident) == []


def test_a_figure_takes_the_place_of_the_last_and_the_last_stays(as_role, incident):
    who = as_role("host.duty_officer")
    first = fact_acts.figure(who, incident, **FIGURE)
    fact_acts.figure(who, incident, **{**FIGURE, "count": 4, "status": "confirmed"})
    found = queries.figures(as_role("partner.liaison_officer"), incident)
    assert [(one["count"], one["replaces"]) for one in found] == [(4, first.pk), (3, None)]
    assert [one["count"] for one in queries.standing(found)] == [4]


def test_where_figures_of_the_parties_differ_both_stand(as_role, incident):
    fact_acts.figure(as_role("host.duty_officer"), incident, **FIGURE)
    fact_acts.figure(as_role("partner.liaison_officer"), incident, **{**FIGURE, "count": 5})
    found = queries.standing(queries.figures(as_role("host.commander"), incident))
    assert {(one["party"], one["count"]) for one in found} == {("host", 3), ("partner", 5)}


def test_a_figure_does_not_tell_of_one_that_is_kept_back(as_role, incident):
    liaison = as_role("partner.liaison_officer")
    fact_acts.figure(liaison, incident, **FIGURE, own=True)
    fact_acts.figure(liaison, incident, **{**FIGURE, "count": 2})
    found = queries.figures(as_role("host.commander"), incident)
    assert [(one["count"], one["replaces"]) for one in found] == [(2, None)]


def test_a_claim_is_no_attribution(as_role, incident):
    claim = {"who": "The Grey Front", "channel": "A posted video"}
    fact_acts.claim(as_role("host.duty_officer"), incident, **claim)
    reader = as_role("partner.head_of_mission")
    assert len(queries.claims(reader, incident)) == 1
    assert queries.attributions(reader, incident) == []


@pytest.mark.parametrize("role", ["host.duty_officer", "host.gate_post", "partner.project_manager"])
def test_attribution_is_for_those_whom_the_accord_names(as_role, incident, role):
    with pytest.raises(Refused):
        fact_acts.attribute(as_role(role), incident, **ATTRIBUTION)
    made = fact_acts.attribute(as_role("host.analyst"), incident, **ATTRIBUTION)
    assert made.role == "host.analyst"
    assert all(one.info_class != "attribution" for one in lines(as_role(role), incident))


def test_who_is_affected_is_the_partner_s_alone(as_role):
    ref = acts.open_incident(as_role("partner.liaison_officer"), **OPENED, affected=2, references=["L-0001"]).pk
    host = queries.incident(as_role("host.commander"), ref)
    assert host["affected"] == 2
    assert "references" not in host
    assert queries.incident(as_role("partner.head_of_mission"), ref)["references"] == ["L-0001"]
    with pytest.raises(BadInput, match="your role may not know"):
        acts.write(as_role("host.commander"), ref, text="Who?", references=["L-0002"])


def test_a_line_keeps_what_the_count_was(as_role, incident):
    acts.write(as_role("host.duty_officer"), incident, text="More.", affected=7)
    acts.write(as_role("partner.liaison_officer"), incident, text="Fewer.", affected=5)
    assert [one["data"]["affected"] for one in lines(as_role("host.commander"), incident)] == [[None, 7], [7, 5]]
    assert queries.incident(as_role("host.commander"), incident)["affected"] == 5


@pytest.mark.parametrize("act", ["stand_down", "close", "grade", "reopen"])
@pytest.mark.parametrize("role", ["partner.liaison_officer", "partner.head_of_mission", "host.gate_post"])
def test_the_host_s_officers_alone_grade_and_close(as_role, incident, role, act):
    words = {
        "stand_down": {"reason": "Over."},
        "close": {"outcome": "Over."},
        "grade": {"severity": "minor", "reason": "Glass."},
        "reopen": {"reason": "Not over."},
    }[act]
    if act == "reopen":
        acts.close(as_role("host.commander"), incident, outcome="Over.")
    with pytest.raises(Refused) as refused:
        getattr(acts, act)(as_role(role), incident, **words)
    assert refused.value.decision.article == "24.5"
    getattr(acts, act)(as_role("host.duty_officer"), incident, **words)


def test_a_grade_is_of_the_accord_s_scale_and_has_a_reason(as_role, incident):
    commander = as_role("host.commander")
    for wrong in ({"severity": "huge", "reason": "It is."}, {"severity": "minor", "reason": " "}):
        with pytest.raises(BadInput):
            acts.grade(commander, incident, **wrong)
    acts.grade(commander, incident, severity="severe", reason="Two are dead.")
    line = lines(as_role("partner.liaison_officer"), incident)[0]
    assert (line["kind"], line["data"], line["text"]) == (
        "severity",
        {"before": "", "after": "severe"},
        "Two are dead.",
    )


def test_a_closed_one_takes_corrections_alone_until_it_is_opened_again(as_role, incident):
    duty = as_role("host.duty_officer")
    line = acts.write(duty, incident, text="Two cars.")
    acts.close(duty, incident, outcome="Repaired.")
    for act, words in ((acts.write, {"text": "More."}), (fact_acts.figure, FIGURE), (acts.stand_down, {"reason": "x"})):
        with pytest.raises(BadInput):
            act(duty, incident, **words)
    acts.correct(duty, line.pk, text="One car.")
    acts.reopen(duty, incident, reason="It smokes again.")
    acts.write(duty, incident, text="Smoke.")
    found = queries.incident(duty, incident)
    assert (found["state"], found["outcome"], found["closed_at"]) == ("open", "", None)


def test_a_first_report_says_what_is_known_and_no_more(as_role, incident):
    duty = as_role("host.duty_officer")
    acts.write(duty, incident, report={"location": "Gate East", "hazards": "  ", "casualties": "Three"})
    assert lines(duty, incident)[0]["data"] == {"location": "Gate East", "casualties": "Three"}
    for wrong in ({}, {"location": " "}, {"weather": "Rain"}, {"location": "x" * 501}):
        with pytest.raises(BadInput):
            acts.write(duty, incident, report=wrong)


def test_a_widened_line_remembers_how_far_it_went_before(as_role, incident):
    made = acts.write(as_role("host.duty_officer"), incident, text="Ours.", own=True)
    widen(as_role("host.focal_point"), made.pk, kind="incident_entry", to="partner")
    assert [one["text"] for one in lines(as_role("partner.liaison_officer"), incident)] == ["Ours."]
    with passage("release"):
        row = IncidentEntry.objects.get(pk=made.pk)
    assert [label for _, label in row.labels_before] == [made.label_id]


def test_a_name_tells_nothing_of_how_many_there_are(as_role, incident):
    names = [acts.open_incident(as_role("host.duty_officer"), **OPENED).name for _ in range(20)]
    numbers = [int(name.removeprefix("I-")) for name in names]
    assert len(set(names)) == 20
    assert sorted(numbers) != numbers


def test_an_older_part_of_the_timeline_follows_the_newest_hundred(as_role, incident, monkeypatch):
    monkeypatch.setattr(queries, "NEWEST", 3)
    duty = as_role("host.duty_officer")
    for number in range(4):
        acts.write(duty, incident, text=f"Line {number}")
        fact_acts.figure(duty, incident, **{**FIGURE, "count": number})
    found, before = [], None
    while True:
        page = queries.timeline(duty, incident, before)
        assert len(page.rows) <= 3
        found += page.rows
        if page.next is None:
            break
        before = page.rows[-1].id
    assert [one.id for one in found] == sorted((one.id for one in found), reverse=True)
    assert len({one.id for one in found}) == 8


WORDS = st.sampled_from(["write", "write_own", "figure", "figure_own", "claim", "grade", "correct", "close", "reopen"])


@settings(max_examples=30, derandomize=True, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=st.lists(st.tuples(WORDS, st.booleans()), max_size=12))
def test_whatever_happens_no_line_is_lost_and_none_crosses(as_role, steps):
    """Every line that was ever written is there at the end, as it was, for exactly those who were meant to read it."""
    host, partner = as_role("host.commander"), as_role("partner.liaison_officer")
    ref = acts.open_incident(host, **OPENED).pk
    written: list[tuple[Any, str, bool]] = []
    for number, (word, by_host) in enumerate(steps):
        who, own = host if by_host else partner, word.endswith("_own")
        text = f"Line {number}"
        try:
            if word.startswith("write"):
                made = acts.write(who, ref, text=text, own=own)
            elif word.startswith("figure"):
                made = fact_acts.figure(who, ref, **{**FIGURE, "count": number}, own=own)
            elif word == "claim":
                made = fact_acts.claim(who, ref, who=text, channel="Radio")
            elif word == "correct":
                made = acts.correct(who, written[-1][0], text=text)
                own = written[-1][2]
            elif word == "grade":
                acts.grade(who, ref, severity=["minor", "severe"][number % 2], reason=text)
                continue
            else:
                getattr(acts, word)(who, ref, **{"outcome" if word == "close" else "reason": text})
                continue
        except (BadInput, Refused, NotFound, IndexError):
            continue
        written.append((made.pk, who.party, own))
    for reader in (host, partner):
        seen = {one.id for one in queries.timeline(reader, ref).rows}
        for made, party, own in written:
            assert (made in seen) is (not own or party == reader.party)
