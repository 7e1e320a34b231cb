"""A roster from a file: each fault by row and column, all or nothing, one entry on the record."""

from __future__ import annotations

import io
import zipfile
from contextlib import suppress
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import openpyxl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.people.roster import COMMANDER, LIAISON, MANAGER, SITE, register

from safeconduct import release
from safeconduct.people import person_acts as acts
from safeconduct.people import person_queries as queries
from safeconduct.people.importing import COLUMNS, read_roster
from safeconduct.people.models import Person
from safeconduct.people.roster_acts import import_people
from safeconduct.people.sheets import MOST_COLUMNS, read_sheet
from safeconduct.record import queries as records
from safeconduct.record.models import Payload
from safeconduct.store.guard import passage
from safeconduct.store.models import Event
from safeconduct.terms.decision import Refused
from safeconduct.terms.errors import BadInput
from safeconduct.terms.party import Grant, Principal

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)
ZONE = ZoneInfo("Asia/Karachi")

HEADER = "reference,name,kind,company,zone,language,sms,vetting,vetted_until,training_until,visit_begin,visit_end"
COLUMNS_OF = tuple(HEADER.split(","))
GOOD = "L-0001,Mina Aldar,protected,Harbour Works,,ur,+923001234567,cleared,2027-01-31,2026-12-01,,"


def rows(*lines: str, header: str = HEADER) -> bytes:
    return "\n".join([header, *lines]).encode()


def roster(*lines: str, header: str = HEADER):
    return read_roster(rows(*lines, header=header), ZONE)


def workbook(*lines, header=COLUMNS_OF) -> bytes:
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.append(list(header))
    for line in lines:
        sheet.append(list(line))
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def found(content: bytes, charset: str = ""):
    return read_roster(content, ZONE, charset)


class TestReading:
    def test_a_line_is_read_as_what_it_says(self):
        [line] = roster(GOOD).lines
        assert line.row == 2
        assert line.values["training_until"] == date(2026, 12, 1)
        assert line.values["name"] == "Mina Aldar"

    @pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
    @pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
    @pytest.mark.parametrize("newline", ["\n", "\r\n"])
    def test_delimiter_and_charset_are_found(self, delimiter, encoding, newline):
        text = f"reference{delimiter}name{delimiter}kind{newline}L-0001{delimiter}李伟明{delimiter}guard{newline}"
        [line] = found(text.encode(encoding)).lines
        assert line.values == {"reference": "L-0001", "name": "李伟明", "kind": "guard"}

    def test_a_charset_is_named_and_never_guessed(self):
        content = "reference,name,kind\nL-0001,李伟明,guard".encode("gb18030")
        with pytest.raises(BadInput) as error:
            found(content)
        assert error.value.faults[0].where == "row 2"
        assert "gb18030" in error.value.faults[0].wanted
        assert found(content, "gb18030").lines[0].values["name"] == "李伟明"
        with pytest.raises(BadInput):
            found(content, "klingon")

    def test_quoted_cells_hold_delimiters_and_empty_rows_count_in_numbers(self):
        read = found(b'reference,name,kind\n\n"L-0001","Aldar, Mina",guard\n,,\nL-0002,Timo,guardian\n')
        assert [line.row for line in read.lines] == [3, 5]
        assert read.lines[0].values["name"] == "Aldar, Mina"
        assert [(one.row, one.column) for one in read.faults] == [(5, "kind")]

    @pytest.mark.parametrize(
        "text", ["31.01.2027", "01/31/2027", "2027-1-31", "20270131", "31 Jan 2027", "2027-02-30", "٢٠٢٧-٠١-٣١"]
    )
    def test_a_date_that_is_not_iso_is_refused(self, text):
        [fault] = roster(GOOD.replace("2027-01-31", text)).faults
        assert (fault.row, fault.column, fault.wanted) == (2, "vetted_until", "a date such as 2026-11-24")

    def test_a_time_without_a_zone_is_in_the_nodes(self):
        visit = "V-0001,Timo Beren,visitor,,,,,,,,2026-03-02T10:00,2026-03-02T12:00Z"
        [line] = roster(visit).lines
        assert line.values["visit_begin"] == datetime(2026, 3, 2, 5, tzinfo=UTC)
        assert line.values["visit_end"] == datetime(2026, 3, 2, 12, tzinfo=UTC)

    def test_every_fault_of_a_line_is_named_by_its_column(self):
        read = roster("l 1,,spy,,,xx,0300,maybe,tomorrow,soon,,")
        assert [one.column for one in sorted(read.faults, key=lambda one: one.column)] == sorted(
            ["reference", "name", "kind", "language", "sms", "vetting", "vetted_until", "training_until"]
        )

    def test_a_reference_stands_once(self):
        read = roster(GOOD, GOOD)
        assert [(one.row, one.column) for one in read.faults] == [(3, "reference")]
        assert "row 2" in read.faults[0].found

    @pytest.mark.parametrize("column", ["religion", "Blood Group", "nationality", "nmae", "name", ""])
    def test_a_column_that_no_roster_has_is_refused(self, column):
        with pytest.raises(BadInput) as error:
            roster("L-0001,Mina,guard,x", header=f"reference,name,kind,{column},company")
        assert error.value.faults[0].where == "row 1, column 4"

    def test_a_column_that_a_roster_needs_is_missed(self):
        with pytest.raises(BadInput) as error:
            roster("L-0001,Mina", header="reference,name")
        assert "kind" in str(error.value)

    def test_a_value_beside_the_columns_is_a_fault(self):
        read = found(b"reference,name,kind\nL-0001,Mina,guard,secret\n")
        assert [(one.row, one.column) for one in read.faults] == [(2, "column 4")]


class TestWorkbooks:
    def test_a_workbook_reads_like_the_csv(self):
        line = ("L-0001", "Mina Aldar", "protected", "Harbour Works", None, "ur", "+923001234567", "cleared")
        dated = (
            datetime(2027, 1, 31),  # noqa: DTZ001 -- as a spreadsheet has it
            date(2026, 12, 1),
            None,
            None,
        )
        assert found(workbook((*line, *dated))).lines[0].values == roster(GOOD).lines[0].values

    def test_a_formula_is_no_value(self):
        read = found(
            workbook(("L-0001", '=HYPERLINK("http://x","Mina")', "guard"), header=("reference", "name", "kind"))
        )
        assert [(one.row, one.column, one.found) for one in read.faults] == [(2, "name", "a formula")]

    def test_a_number_is_text_and_a_telephone_number_without_its_plus_is_a_fault(self):
        read = found(workbook(("L-0001", 12345, "guard", 923001234567), header=("reference", "name", "kind", "sms")))
        assert read.lines[0].values["name"] == "12345"
        assert [(one.row, one.column) for one in read.faults] == [(2, "sms")]

    def test_a_row_in_the_millions_and_a_column_in_the_thousands_are_not_unfolded(self):
        book = openpyxl.Workbook()
        for at, name in enumerate(("reference", "name", "kind"), 1):
            book.active.cell(1, at, name)
        book.active.cell(1_000_000, 16_000, "far")
        out = io.BytesIO()
        book.save(out)
        assert found(out.getvalue()).lines == []
        assert MOST_COLUMNS < 16_000

    def repacked(self, change) -> bytes:
        with zipfile.ZipFile(io.BytesIO(workbook(("L-0001", "Mina", "guard")))) as old:
            out = io.BytesIO()
            with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
                for name in old.namelist():
                    new.writestr(name, change(name, old.read(name)))
            return out.getvalue()

    def test_a_bomb_is_refused_before_it_is_unpacked(self):
        bomb = self.repacked(lambda name, data: b"0" * (80 << 20) if name.endswith("sheet1.xml") else data)
        assert len(bomb) < 1 << 20
        with pytest.raises(BadInput) as error:
            found(bomb)
        assert "bytes" in error.value.faults[0].found

    @pytest.mark.parametrize("encoding", ["utf-8", "utf-16-le"])
    def test_entities_are_refused(self, encoding):
        laughs = '<!DOCTYPE x [<!ENTITY a "ha"><!ENTITY b "&a;&a;">]>'.encode(encoding)
        with pytest.raises(BadInput) as error:
            found(self.repacked(lambda name, data: laughs + data if name.endswith("sheet1.xml") else data))
        assert "entities" in error.value.faults[0].found

    @pytest.mark.parametrize(
        "content",
        [b"", b"   ", b"PK\x03\x04", b"PK\x03\x04" + b"x" * 1000, b"\xff\xfea", b"\0\0", b'a,"b', b"%PDF-1.4"],
    )
    def test_what_is_no_roster_is_refused(self, content):
        with pytest.raises(BadInput):
            found(content)

    def test_a_document_that_is_no_workbook_is_refused(self):
        out = io.BytesIO()
        with zipfile.ZipFile(out, "w") as archive:
            archive.writestr("word/document.xml", "<w/>")
        with pytest.raises(BadInput):
            found(out.getvalue())

    @settings(derandomize=True, max_examples=150, deadline=None)
    @given(at=st.integers(0, 4000), byte=st.integers(0, 255), cut=st.integers(0, 6000))
    def test_a_damaged_workbook_is_bad_input_or_reads(self, at, byte, cut):
        whole = WHOLE[: max(5, len(WHOLE) - cut)] if cut % 2 else WHOLE
        damaged = bytearray(whole)
        damaged[at % len(damaged)] = byte
        for content in (bytes(damaged), b"PK\x03\x04" + bytes(damaged)[4:]):
            with suppress(BadInput):
                found(content)

    @settings(derandomize=True, max_examples=200, deadline=None, suppress_health_check=[HealthCheck.too_slow])
    @given(
        content=st.binary(max_size=400)
        | st.text(max_size=200).map(lambda text: f"{HEADER}\n{text}".encode("utf-8", "replace"))
    )
    def test_any_bytes_are_bad_input_or_read(self, content):
        with suppress(BadInput):
            found(content)


WHOLE = workbook(GOOD.split(","))


@pytest.mark.django_db
class TestImporting:
    @pytest.fixture(autouse=True)
    def _clock(self, clock_at):
        clock_at(NOW)

    def people(self):
        return {row.reference: row for row in release.listing(Person, MANAGER)}

    def test_a_roster_is_entered_with_one_entry_and_no_name_on_the_record(self):
        register("L-0000")
        before = records.size()
        import_people(MANAGER, roster(GOOD, GOOD.replace("L-0001", "L-0002")), site=SITE)
        assert sorted(self.people()) == ["L-0000", "L-0001", "L-0002"]
        mina = self.people()["L-0001"]
        assert (mina.vetting, mina.vetted_until, mina.site, mina.seen_as) == (
            "cleared",
            date(2027, 1, 31),
            SITE,
            "zone",
        )
        assert mina.contacts == [{"channel": "sms", "address": "+923001234567"}]
        assert records.size() == before + 1
        with passage("release"):
            assert not any("Mina" in (text or "") for text in Payload.objects.values_list("text", flat=True)[before:])
            last = Event.objects.latest("id")
        assert (last.kind, last.ref) == ("person", None)
        assert release.may_hear(MANAGER, last)
        assert not release.may_hear(COMMANDER, last)

    def test_one_fault_and_nobody_is_entered(self):
        with pytest.raises(BadInput) as error:
            import_people(MANAGER, roster(GOOD, "L-0002,Timo,spy,,,,,,,,,"), site=SITE)
        assert [(fault.where, fault.found) for fault in error.value.faults] == [("row 3, kind", "'spy'")]
        assert self.people() == {}

    def test_the_same_file_again_changes_nothing(self):
        import_people(MANAGER, roster(GOOD), site=SITE)
        again = queries.compared(MANAGER, roster(GOOD), SITE)
        assert (list(again.new), list(again.changed), again.same, list(again.faults)) == ([], [], 1, [])

    def test_a_known_reference_is_changed_and_what_the_file_leaves_out_stays(self):
        import_people(MANAGER, roster(GOOD), site=SITE)
        ref = self.people()["L-0001"].id
        import_people(MANAGER, roster("L-0001,Mina Beren,guard", header="reference,name,kind"), site=SITE)
        mina = self.people()["L-0001"]
        assert (mina.id, mina.name, mina.kind) == (ref, "Mina Beren", "guard")
        assert (mina.company, mina.vetting, mina.contacts[0]["channel"]) == ("Harbour Works", "cleared", "sms")
        import_people(MANAGER, roster("L-0001,Mina Beren,guard,", header="reference,name,kind,company"), site=SITE)
        assert self.people()["L-0001"].company == ""
        assert queries.directory.matching(MANAGER, "Beren", "", NOW).rows

    def test_nobody_is_removed_who_is_not_in_the_file(self):
        register("L-0009")
        import_people(MANAGER, roster(GOOD), site=SITE)
        assert "L-0009" in self.people()

    def test_zones_are_named_and_must_be_open_there(self):
        acts.make_zone(MANAGER, site="port", name="Harbour")
        north = acts.make_zone(MANAGER, site=SITE, name="North")
        header = "reference,name,kind,zone"
        compared = queries.compared(
            MANAGER, roster("L-0001,Mina,guard,North", "L-0002,Timo,guard,Harbour", header=header), SITE
        )
        assert [one.given.zone for one in compared.new] == [north.pk]
        assert [(one.row, one.column) for one in compared.faults] == [(3, "zone")]

    def test_a_file_without_a_site_names_one_in_each_row(self):
        header = "reference,name,kind,site"
        lines = ("L-0001,Mina,guard,marjan", "L-0002,Timo,guard,port")
        import_people(MANAGER, roster(*lines, header=header))
        assert {row.reference: row.marking.area for row in self.people().values()} == {"L-0001": SITE, "L-0002": "port"}
        here = Principal("manager", "partner", (Grant("partner.project_manager", SITE),))
        with pytest.raises(Refused):
            import_people(here, roster(*lines, header=header))
        with pytest.raises(BadInput) as error:
            import_people(here, roster(*lines, header=header), site=SITE)
        assert [fault.where for fault in error.value.faults] == ["row 3, site"]

    def test_who_left_is_not_brought_back_by_a_file(self):
        row = register("L-0001")
        acts.leave(MANAGER, row.pk)
        with pytest.raises(BadInput) as error:
            import_people(MANAGER, roster(GOOD), site=SITE)
        assert error.value.faults[0].where == "row 2, reference"

    def test_a_vetting_that_ran_out_stays_as_it_was_but_is_not_entered_anew(self, clock_at):
        import_people(MANAGER, roster(GOOD), site=SITE)
        clock_at(NOW + timedelta(days=400))
        assert queries.compared(MANAGER, roster(GOOD), SITE).same == 1
        fresh = queries.compared(MANAGER, roster(GOOD.replace("L-0001", "L-0002")), SITE)
        assert [one.column for one in fresh.faults] == ["vetted_until"]

    @pytest.mark.parametrize("actor", [LIAISON, COMMANDER])
    def test_only_who_keeps_the_list_imports_or_tries(self, actor):
        with pytest.raises(Refused):
            import_people(actor, roster(GOOD), site=SITE)
        with pytest.raises(Refused):
            queries.compared(actor, roster(GOOD), SITE)

    def test_a_dry_run_says_what_the_import_does(self):
        import_people(MANAGER, roster(GOOD), site=SITE)
        lines = (GOOD.replace("Mina", "Mira"), GOOD.replace("L-0001", "L-0002"))
        dry = queries.compared(MANAGER, roster(*lines), SITE)
        assert ([one.row for one in dry.new], [one.row for one in dry.changed], dry.same) == ([3], [2], 0)

    def test_every_column_can_be_given(self):
        acts.make_zone(MANAGER, site=SITE, name="North")
        values = {
            "reference": "V-0001", "name": "Timo Beren", "kind": "visitor", "company": "Works", "site": SITE,
            "zone": "North", "language": "en", "sms": "+923001234567", "mail": "t@lioran.example", "chat": "@timo",
            "voice": "+923001234568", "radio": "Heron 4", "vetting": "cleared", "training_until": "2026-12-01",
            "vetted_until": "2026-12-01", "visit_begin": "2026-03-02T08:00Z", "visit_end": "2026-03-09T08:00Z",
        }  # fmt: skip
        assert set(values) == set(COLUMNS)
        import_people(MANAGER, roster(",".join(values.values()), header=",".join(values)), site=SITE)
        assert [one["channel"] for one in self.people()["V-0001"].contacts] == ["sms", "mail", "chat", "voice", "radio"]


def test_a_sheet_of_too_many_bytes_is_refused():
    with pytest.raises(BadInput):
        read_sheet(b"x" * (13 << 20))
