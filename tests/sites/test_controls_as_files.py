"""Controls and gaps as a CSV: what the page shows its reader, and nothing that a spreadsheet would compute."""

from __future__ import annotations

import csv
import io

import pytest
from tests.sites.test_inspections import commander, controls, duty, marjan  # noqa: F401  # fixtures

from safeconduct.sites.control_acts import apply_standard, enter_test, import_standard, waive
from safeconduct.sites.exporting import COLUMNS
from safeconduct.sites.standards import decoded, sample
from safeconduct.terms.instant import now

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("marjan")]

CONTROLS, GAPS = "/sites/marjan/controls.csv", "/sites/gaps.csv?site=marjan"


def rows(client, path: str) -> dict[str, dict[str, str]]:
    answer = client.get(path)
    assert answer.status_code == 200
    assert answer["Content-Type"] == "text/csv; charset=utf-8"
    assert answer["Content-Disposition"].startswith("attachment")
    return {row["code"]: row for row in csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig"), newline=""))}


def test_the_file_holds_every_control_as_it_stands(duty, commander, login):  # noqa: F811  # the fixtures
    known = controls(duty)
    enter_test(duty, known["PR-01"].id, result="full")
    enter_test(duty, known["PR-02"].id, result="none", note="A zebra in the fence.")
    waive(commander, known["PR-02"].id, until=now().replace(year=now().year + 1, day=1), reason="It is ordered.")
    found = rows(login("host.duty_officer"), CONTROLS)
    assert found.keys() == known.keys()
    assert tuple(found["PR-01"]) == COLUMNS
    assert (found["PR-01"]["standing"], found["PR-02"]["standing"], found["PR-03"]["standing"]) == (
        "met",
        "unmet",
        "untested",
    )
    assert found["PR-01"]["statement"] == known["PR-01"]["statement"]["en"]
    assert (found["PR-02"]["waived_by"], found["PR-01"]["waived_by"]) == ("commander", "")
    assert found["PR-01"]["tlp"].startswith("TLP:")
    assert "zebra" not in str(found)


def test_gaps_are_those_of_the_page_the_gravest_first(duty, login):  # noqa: F811  # the fixture
    enter_test(duty, controls(duty)["PR-01"].id, result="full")
    client = login("host.duty_officer")
    found, all_of_them = rows(client, GAPS), rows(client, CONTROLS)
    assert set(all_of_them) - set(found) == {"PR-01"}
    assert rows(client, "/sites/gaps.csv") == found
    assert rows(client, "/sites/gaps.csv?site=elsewhere") == {}
    page = client.get("/sites/gaps?site=marjan").content.decode()
    assert page.index(next(iter(found))) < page.index(list(found)[5])
    assert 'href="/sites/gaps.csv?site=marjan"' in page
    assert 'href="/sites/marjan/controls.csv"' in client.get("/sites/marjan/controls").content.decode()


@pytest.mark.parametrize("role", ["host.gate_post", "auditor"])
def test_who_sees_no_control_gets_none_in_a_file(role, login):
    client = login(role)
    answer = client.get(CONTROLS)
    assert answer.status_code == 404 or rows(client, CONTROLS) == {}
    assert rows(client, GAPS) == {}
    assert "gaps.csv" not in client.get("/sites/gaps").content.decode()


def test_a_statement_that_would_compute_is_made_inert(commander, login):  # noqa: F811  # the fixture
    text = decoded(sample()).splitlines()
    header, first = text[0].split(","), next(csv.reader([text[1]]))
    first[header.index("code")], first[header.index("statement_en")] = "XX-01", '=HYPERLINK("http://x")'
    out = io.StringIO()
    csv.writer(out).writerows([header, first])
    made = import_standard(commander, name="=cmd", text=out.getvalue())
    apply_standard(commander, site="marjan", standard=made.pk)
    found = rows(login("host.commander"), CONTROLS)["XX-01"]
    assert found["statement"].startswith("'=")
    assert found["standard"] == "'=cmd"
