"""Minimum standards: what a set is, how a control stands, who tests and who waives, and that unknown is never met."""

from __future__ import annotations

import csv
import io
from datetime import timedelta
from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from safeconduct import node
from safeconduct.sites import standard_queries as reads
from safeconduct.sites.acts import import_places
from safeconduct.sites.control_acts import (
    apply_standard,
    enter_test,
    flag_overdue,
    import_standard,
    remove_controls,
    unwaive,
    waive,
)
from safeconduct.sites.controls import CATEGORIES, COMPLIANCE, Standing, standing
from safeconduct.sites.score import gaps, judge, score, weights_of
from safeconduct.sites.standard_deeds import apply_to_each
from safeconduct.sites.standards import COLUMNS, decoded, read_standard, sample
from safeconduct.store import labels
from safeconduct.terms import instant
from safeconduct.terms.decision import Refused
from safeconduct.terms.errors import BadInput, NotFound

pytestmark = pytest.mark.django_db

MATRIX = node.current().accord.risk_matrix
SET = decoded(sample())


def gate(site: str) -> dict:
    properties = {"site": site, "name": "gate", "role": "gate"}
    return {"type": "Feature", "geometry": {"type": "Point", "coordinates": [75.0, -5.0]}, "properties": properties}


@pytest.fixture
def marjan(as_role):
    """The host's controls at marjan, of the sample set."""
    import_places(as_role("host.commander"), site="marjan", features=[gate("marjan")])
    made = import_standard(as_role("host.commander"), name="Sample", text=SET)
    apply_standard(as_role("host.commander"), site="marjan", standard=made.pk)
    return made


def controls(who) -> dict:
    return {row["code"]: row for row in reads.controls(who, "marjan")}


def table(*rows: str) -> str:
    return "\n".join([",".join(COLUMNS[:7]), *rows])


def test_the_sample_is_whole_in_nine_categories_and_three_languages():
    found = read_standard(SET, MATRIX)
    assert {one.category for one in found} == set(CATEGORIES)
    assert all(set(one.statement) == {"en", "zh-hans", "ur"} for one in found)
    assert len({one.code for one in found}) == len(found) >= 20


def test_every_fault_of_a_file_is_named_by_its_row():
    text = table(
        "PR-1,premises,likely,severe,test,90,One.",
        "pr 2,wall,always,severe,sight,0,",
        "PR-1,medical,likely,minor,test,1.5,Two.",
    )
    with pytest.raises(BadInput) as bad:
        read_standard(text, MATRIX)
    assert sorted(fault.where for fault in bad.value.faults) == [
        "row 3: category",
        "row 3: code",
        "row 3: evidence",
        "row 3: interval_days",
        "row 3: likelihood",
        "row 3: statement",
        "row 4: code",
        "row 4: interval_days",
    ]


@pytest.mark.parametrize("data", [b"", b"\xff\xfe", b"code,category\n", b'"', SET.encode() + b"\nX", b"a" * 2_000_000])
def test_what_is_no_set_is_refused(data):
    with pytest.raises(BadInput):
        read_standard(decoded(data), MATRIX)


@settings(derandomize=True, max_examples=200)
@given(st.binary(max_size=300) | st.text(max_size=300).map(lambda text: (table() + "\n" + text).encode()))
def test_any_bytes_are_a_set_or_bad_input(data):
    try:
        assert read_standard(decoded(data), MATRIX)
    except BadInput as bad:
        assert bad.faults


def test_an_untested_site_scores_nothing_and_says_what_it_could_be(marjan, as_role):
    found = score(reads.judged(list(controls(as_role("host.commander")).values())))
    assert (found.met_percent, found.at_best_percent) == (0, 100)
    assert found.counts == {Standing.UNKNOWN: len(read_standard(SET, MATRIX))}


def test_a_test_holds_until_the_next_is_due_and_not_an_instant_longer(marjan, as_role, clock_at):
    duty, now = as_role("host.duty_officer"), instant.now()
    clock_at(now)
    enter_test(duty, controls(duty)["VE-01"].id, result="full")
    row = controls(duty)["VE-01"]
    assert standing(row, now) is Standing.MET
    assert standing(row, now + timedelta(days=30) - timedelta(seconds=1)) is Standing.MET
    assert standing(row, now + timedelta(days=30)) is Standing.UNKNOWN


def test_the_clock_flags_what_is_overdue_once(marjan, as_role, clock_at):
    duty, clock, now = as_role("host.duty_officer"), node.current().system("node.clock"), instant.now()
    clock_at(now)
    enter_test(duty, controls(duty)["VE-01"].id, result="full")
    assert flag_overdue(clock) is None
    clock_at(now + timedelta(days=31))
    assert [row.code for row in flag_overdue(clock)] == ["VE-01"]
    assert flag_overdue(clock) is None
    assert controls(duty)["VE-01"]["overdue"] is True
    enter_test(duty, controls(duty)["VE-01"].id, result="partial", note="No spare wheel.")
    assert controls(duty)["VE-01"]["overdue"] is False


def slow_score(rows, now) -> tuple[int, int] | None:
    """The same score by counting halves of weights one by one."""
    whole, met, unknown = [], [], []
    for row in rows:
        for _ in range(list(MATRIX.levels).index(MATRIX.table[row["likelihood"], row["impact"]]) + 1):
            is_known = row["compliance"] and row["tested_at"] and not row["overdue"] and row["due_at"] > now
            if is_known and row["compliance"] == "n/a":
                continue
            whole += ["half", "half"]
            if not is_known:
                unknown += ["half", "half"]
            elif row["compliance"] in ("full", "partial"):
                met += ["half"] * (2 if row["compliance"] == "full" else 1)
    return (100 * len(met) // len(whole), 100 * (len(met) + len(unknown)) // len(whole)) if whole else None


NOW = instant.parse("2026-03-02T12:00:00Z")
CONTROL = st.fixed_dictionaries(
    {
        "site": st.just("marjan"),
        "code": st.sampled_from(["A", "B"]),
        "likelihood": st.sampled_from(list(MATRIX.likelihoods)),
        "impact": st.sampled_from(list(MATRIX.impacts)),
        "compliance": st.sampled_from(["", *COMPLIANCE]),
        "tested_at": st.sampled_from([None, NOW - timedelta(days=9)]),
        "due_at": st.sampled_from([NOW - timedelta(days=1), NOW, NOW + timedelta(seconds=1)]),
        "overdue": st.booleans(),
        "waiver": st.sampled_from([None, {"until": "2026-03-03T00:00:00Z"}, {"until": "2026-03-01T00:00:00Z"}]),
    }
)


@settings(derandomize=True, max_examples=300)
@given(st.lists(CONTROL, max_size=12))
def test_the_score_is_the_slow_one_and_what_is_unknown_is_never_met(rows):
    weights = weights_of(MATRIX)
    judged = [judge(row, NOW, MATRIX, weights) for row in rows]
    found, slow = score(judged), slow_score(rows, NOW)
    assert ((found.met_percent, found.at_best_percent) if slow else found.met_percent) == slow
    for one in judged:
        if not one.control["tested_at"] or one.control["overdue"] or one.control["due_at"] <= NOW:
            assert one.standing is Standing.UNKNOWN
    open_gaps = gaps(judged)
    assert [one.weight for one in open_gaps] == sorted((one.weight for one in judged if one.is_gap), reverse=True)
    assert found.waived == sum(one.is_waived for one in open_gaps)


def test_a_waiver_ends_by_itself_and_closes_no_gap(marjan, as_role, clock_at):
    commander, now = as_role("host.commander"), instant.now()
    clock_at(now)
    ref = controls(commander)["PR-02"].id
    before = score(reads.judged(list(controls(commander).values())))
    waive(commander, ref, until=now + timedelta(days=10), reason="The gate is being built.")
    after = score(reads.judged(list(controls(commander).values())))
    assert (before.met_percent, after.met_percent, after.waived) == (0, 0, 1)
    clock_at(now + timedelta(days=10))
    assert score(reads.judged(list(controls(commander).values()))).waived == 0
    unwaive(commander, ref)
    assert controls(commander)["PR-02"]["waiver"] is None
    for until in (now, now + timedelta(days=400)):
        with pytest.raises(BadInput):
            waive(commander, ref, until=until, reason="Too long, or over.")


@pytest.mark.parametrize("role", ["host.duty_officer", "partner.head_of_mission", "partner.project_manager"])
def test_whoever_tests_does_not_waive_nor_does_the_other_party(marjan, as_role, role):
    ref = controls(as_role(role))["PR-02"].id
    with pytest.raises(Refused, match="23"):
        waive(as_role(role), ref, until=instant.now() + timedelta(days=1), reason="Mine.")


@pytest.mark.parametrize("role", ["host.commander", "partner.project_manager"])
def test_nobody_tests_but_the_one_who_is_to_and_for_their_own_party(marjan, as_role, role):
    with pytest.raises(Refused, match="23"):
        enter_test(as_role(role), controls(as_role(role))["PR-02"].id, result="full")


@pytest.mark.parametrize("role", ["host.gate_post", "host.analyst", "partner.analyst", "auditor", "dpo"])
def test_a_list_of_gaps_goes_no_further(marjan, as_role, role, login):
    assert reads.controls(as_role(role)) == []
    assert "PR-02" not in login(role).get("/sites/gaps").content.decode()
    with pytest.raises(NotFound):
        enter_test(as_role(role), controls(as_role("host.commander"))["PR-02"].id, result="full")


def test_the_note_of_a_test_stays_with_its_party(marjan, as_role, login):
    duty, liaison = as_role("host.duty_officer"), as_role("partner.liaison_officer")
    ref = controls(duty)["PR-02"].id
    enter_test(duty, ref, result="none", note="The barrier is broken.")
    assert [row["note"] for row in reads.findings_of(duty, ref)] == ["The barrier is broken."]
    assert reads.findings_of(liaison, ref) == []
    assert controls(liaison)["PR-02"]["compliance"] == "none"
    page = login("partner.liaison_officer").get(f"/sites/controls/{ref}").content.decode()
    assert "barrier" not in page


@pytest.mark.parametrize("result", ["partial", "none", "n/a", "good"])
def test_what_is_not_met_in_full_is_said_in_words(marjan, as_role, result):
    duty = as_role("host.duty_officer")
    with pytest.raises(BadInput):
        enter_test(duty, controls(duty)["PR-02"].id, result=result)
    assert controls(duty)["PR-02"]["compliance"] == ""


def test_the_next_version_keeps_what_was_tested_and_drops_what_is_gone(marjan, as_role):
    commander, duty = as_role("host.commander"), as_role("host.duty_officer")
    enter_test(duty, controls(duty)["VE-01"].id, result="full")
    rows = [row for row in csv.DictReader(io.StringIO(SET)) if row["code"] in ("VE-01", "VE-02")]
    rows[0]["interval_days"] = "10"
    out = io.StringIO()
    writer = csv.DictWriter(out, rows[0])
    writer.writeheader()
    writer.writerows([*rows, {**rows[1], "code": "VE-03"}])
    made = import_standard(commander, name="Sample", text=out.getvalue())
    assert made.version == 2
    apply_standard(commander, site="marjan", standard=made.pk)
    found = controls(commander)
    assert set(found) == {"VE-01", "VE-02", "VE-03"}
    assert found["VE-01"]["compliance"] == "full"
    assert found["VE-01"]["due_at"] - found["VE-01"]["tested_at"] == timedelta(days=10)
    remove_controls(commander, site="marjan", standard="Sample")
    assert controls(commander) == {}


def test_each_party_keeps_its_own_controls_at_a_site(marjan, as_role):
    liaison = as_role("partner.liaison_officer")
    apply_standard(liaison, site="marjan", standard=marjan.pk)
    found = reads.controls(liaison, "marjan")
    assert {row.marking.originator for row in found} == {"host", "partner"}
    remove_controls(liaison, site="marjan", standard="Sample")
    assert {row.marking.originator for row in reads.controls(liaison, "marjan")} == {"host"}


def test_a_set_goes_to_all_of_many_sites_or_to_none(marjan, as_role):
    commander = as_role("host.commander")
    apply_to_each(commander, marjan.pk, [f"site {number}" for number in range(300)])
    assert len(reads.controls(commander)) == 301 * len(read_standard(SET, MATRIX))
    other = import_standard(commander, name="Another with the same codes", text=SET)
    with pytest.raises(BadInput):
        apply_to_each(commander, other.pk, ["fresh", "marjan"])
    assert reads.controls(commander, "fresh") == []


@pytest.mark.django_db(transaction=True)
def test_the_pages_take_no_question_for_each_control(marjan, as_role, login, django_assert_max_num_queries):
    commander = as_role("host.commander")
    apply_to_each(commander, marjan.pk, [f"site {number}" for number in range(60)])
    page = login("host.commander")
    labels.forget()
    labels.all_labels()
    for path in ("/sites/compliance", "/sites/gaps", "/sites/gaps?page=9", "/sites/marjan/controls"):
        with django_assert_max_num_queries(16):
            assert page.get(path).status_code == 200


def test_a_level_that_the_accord_does_not_know_any_more_is_taken_for_the_gravest():
    weights = weights_of(MATRIX)
    row = {"likelihood": "gone", "impact": "severe", "compliance": "", "tested_at": None, "overdue": False}
    found = judge({**row, "due_at": None, "waiver": None}, NOW, MATRIX, weights)
    assert found.weight == max(weights.values())


def test_every_level_weighs_more_than_the_one_below():
    weights = weights_of(MATRIX)
    assert list(weights.values()) == list(range(1, len(MATRIX.levels) + 1))
    assert all(MATRIX.level(*cell) in weights for cell in product(MATRIX.likelihoods, MATRIX.impacts))


def test_a_set_comes_in_on_its_page_after_a_check(marjan, login):
    page = login("partner.liaison_officer")
    checked = page.post(
        "/sites/standards", {"source": "sample", "do": "check", "name": "Ours"}, headers={"HX-Request": "true"}
    )
    assert "24" in checked.content.decode()
    assert "Ours" not in page.get("/sites/standards").content.decode()
    bad = page.post(
        "/sites/standards", {"source": "file", "file": io.BytesIO(b"code\n"), "name": "Ours", "do": "import"}
    )
    assert bad.status_code == 422
    made = page.post("/sites/standards", {"source": "sample", "do": "import", "name": "Ours"})
    assert made.status_code == 302
    assert page.post(made["Location"], {"site": ["marjan"]}).status_code == 302
    assert "Ours" in page.get("/sites/marjan/controls").content.decode()
    assert login("host.duty_officer").post("/sites/standards", {"source": "sample", "name": "x"}).status_code == 403
