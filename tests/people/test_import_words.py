"""What a roster should have held is said in the language of the page, whatever is wrong with the file."""

from __future__ import annotations

import ast
import inspect
from datetime import date
from zoneinfo import ZoneInfo

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import translation

from safeconduct.people import importing, importing_plan, sheets
from safeconduct.people.import_words import wanted
from safeconduct.people.importing import read_roster
from safeconduct.people.importing_plan import compare
from safeconduct.terms.errors import BadInput

HEADER = (
    b"reference,name,kind,company,site,zone,language,sms,mail,chat,voice,vetting,vetted_until,visit_begin,visit_end\n"
)
BROKEN = [
    b"",
    b"\xff\xfe\xff",
    b"reference,name\n",
    b"reference,name,kind,name,religion,shoe_size\n",
    b'reference,name,kind\nL-1,"x\n',
    b"\xe9reference",
    b"PK\x03\x04 no archive",
    ("x" * 1200 + ",name,kind").encode(),
    ",".join(str(one) for one in range(60)).encode(),
]
LINES = [
    b"L,,nobody,,,,xx,1,2,a b,3,perhaps,tomorrow,noon,never",
    b"L-0001,A,guard,,harbour,North,,,,,,,,,",
    b"L-0001,A,guard,,,,,,,,,,,,",
    b"L-0002,B,visitor,,marjan,Nowhere,,,,,,,,,",
    b"L-0003,C,visitor,,marjan,,,,,,,,,2026-03-02T10:00,2026-03-02T09:00",
    b"L-0004,D,guard,,marjan,,,,,,,cleared,,,",
    b"L-0005,E,guard,,marjan,,,,,,,asked,2026-05-01,,",
    b"L-0006,F,guard,,marjan,,,,,,,,,2026-03-02T10:00,",
    b"L-0007,\x07G,guard,,,,,,,,,,,,,more",
]


def sentences() -> set[str]:
    found: set[str] = set()
    for content in BROKEN:
        with pytest.raises(BadInput) as bad:
            read_roster(content, ZoneInfo("UTC"))
        found |= {one.wanted for one in bad.value.faults}
    with pytest.raises(BadInput) as bad:
        read_roster(b"a", ZoneInfo("UTC"), "klingon")
    found |= {one.wanted for one in bad.value.faults}
    roster = read_roster(HEADER + b"\n".join(LINES), ZoneInfo("UTC"))
    for site in ("", "marjan"):
        found |= {one.wanted for one in compare(roster, site, {}, {}, date(2026, 3, 2)).faults}
    return found


@pytest.mark.parametrize("language", ["zh-hans", "ur"])
def test_whatever_is_wrong_is_said_in_the_language_of_the_page(language):
    found = sentences()
    assert len(found) > 25
    with translation.override(language):
        assert {one for one in found if wanted(one).isascii()} == set()
    with translation.override("en"):
        assert {one for one in found if wanted(one) != one} == set()


@pytest.mark.parametrize("room", [importing, importing_plan, sheets])
def test_no_sentence_in_the_code_is_left_out(room):
    """The last text of each fault that is built there, as far as it stands there whole."""
    calls = [one for one in ast.walk(ast.parse(inspect.getsource(room))) if isinstance(one, ast.Call)]
    names = ("Fault", "CellFault", "_bad", "ValueError")
    texts = {
        str(call.args[-1].value)
        for call in calls
        if isinstance(call.func, ast.Name)
        and call.func.id in names
        and call.args
        and isinstance(call.args[-1], ast.Constant)
    }
    assert texts
    with translation.override("ur"):
        assert {one for one in texts if wanted(one).isascii()} == set()


def test_what_varies_stays_as_it_is_and_an_unknown_sentence_is_english():
    with translation.override("ur"):
        assert "100% of 'x'" in wanted("the name of an open zone of 100% of 'x'")
        assert wanted("something new") == "something new"


@pytest.mark.django_db
def test_the_page_says_it_in_the_language_of_its_reader(login):
    client = login("partner.project_manager")
    file = SimpleUploadedFile("roster.csv", b"reference,name,kind\nL-0001,A,guard\nL-0001,B,guard\n", "text/csv")
    sent = {"site": "marjan", "file": file}
    page = client.post("/people/rosters/check", sent, headers={"Accept-Language": "ur"}).content.decode()
    assert "ہر حوالہ ایک ہی بار" in page
    assert "each reference once" not in page
    broken = {"site": "marjan", "file": SimpleUploadedFile("roster.csv", b"reference\n", "text/csv")}
    page = client.post("/people/rosters/check", broken, headers={"Accept-Language": "zh-hans"}).content.decode()
    assert "列 name" in page
