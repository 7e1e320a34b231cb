"""A situation report says what is new in its span and what changed from what to what, for its reader alone."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from safeconduct.incidents import acts, fact_acts
from safeconduct.incidents.report import report
from safeconduct.terms import instant

pytestmark = pytest.mark.django_db

OPENED: dict[str, Any] = {"site": "marjan", "type": "attack", "text": "A blast at gate East."}
FIGURE: dict[str, Any] = {"category": "injured", "source": "The clinic."}
HOUR = timedelta(hours=1)


@pytest.fixture
def told(as_role, clock_at):
    """One incident over three hours: the span that is reported is the second."""
    begin = instant.now()
    duty, liaison = as_role("host.duty_officer"), as_role("partner.liaison_officer")
    clock_at(begin)
    ref = acts.open_incident(duty, **OPENED).pk
    acts.grade(duty, ref, severity="minor", reason="Glass.")
    acts.write(duty, ref, text="In the first hour.")
    fact_acts.figure(duty, ref, **FIGURE, count=1)
    clock_at(begin + 1.5 * HOUR)
    acts.write(duty, ref, text="In the second hour.", at=begin)
    acts.write(duty, ref, text="The host's alone.", own=True)
    fact_acts.figure(duty, ref, **FIGURE, count=4)
    fact_acts.figure(liaison, ref, **FIGURE, count=5)
    acts.grade(duty, ref, severity="severe", reason="Four are hurt.")
    acts.stand_down(duty, ref, reason="Over.")
    clock_at(begin + 2.5 * HOUR)
    acts.write(duty, ref, text="In the third hour.")
    fact_acts.figure(duty, ref, **FIGURE, count=6)
    acts.grade(duty, ref, severity="critical", reason="Worse.")
    acts.reopen(duty, ref, reason="Smoke.")
    clock_at(begin + 2.6 * HOUR)
    return ref, begin


def test_the_span_goes_by_the_time_of_logging(told, as_role):
    ref, begin = told
    made = report(as_role("partner.liaison_officer"), ref, begin + HOUR, begin + 2 * HOUR)
    assert [line["text"] for line in made.lines] == ["In the second hour."]


def test_what_changed_is_told_from_what_to_what(told, as_role):
    ref, begin = told
    made = report(as_role("partner.liaison_officer"), ref, begin + HOUR, begin + 2 * HOUR)
    assert made.severity == ("minor", "severe")
    assert made.state == ("open", "stood_down")
    assert {(one.figure["party"], one.before, one.figure["count"]) for one in made.figures} == {
        ("host", 1, 4),
        ("partner", None, 5),
    }


def test_a_span_in_which_nothing_happened_says_so(told, as_role):
    ref, begin = told
    made = report(as_role("host.commander"), ref, begin + 3 * HOUR, begin + 4 * HOUR)
    assert (made.lines, made.severity, made.state) == ([], ("critical", "critical"), ("open", "open"))
    assert not any(one.is_new for one in made.figures)


def test_the_other_party_s_report_lacks_what_was_kept_back(told, as_role):
    ref, begin = told
    span = (begin + HOUR, begin + 2 * HOUR)
    host = report(as_role("host.commander"), ref, *span)
    assert "The host's alone." in {line["text"] for line in host.lines}
    assert "The host's alone." not in {
        line["text"] for line in report(as_role("partner.liaison_officer"), ref, *span).lines
    }


def test_the_page_shows_it_in_every_language(told, login):
    ref, _ = told
    client = login("partner.liaison_officer")
    for language in ("en", "zh-hans", "ur"):
        answer = client.get(f"/incidents/{ref}/sitrep/?hours=24", headers={"Accept-Language": language})
        assert answer.status_code == 200
        assert "In the third hour." in answer.content.decode()
    assert client.get(f"/incidents/{ref}/sitrep/?hours=5").status_code in (400, 422)
