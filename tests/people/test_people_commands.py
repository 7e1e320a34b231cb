"""Promises of `safeconduct people`: a dry run changes nothing; an import takes in all or none, and names each fault."""

from __future__ import annotations

import io
import json

import pytest
from tests.people.roster import MANAGER

from safeconduct import release
from safeconduct.cli import main
from safeconduct.people.acts import appoint
from safeconduct.people.founding import appointing_principal
from safeconduct.people.models import Person, User
from safeconduct.terms import instant

pytestmark = pytest.mark.django_db

GOOD = "reference,name,kind\nL-0001,Mina Aldar,guard\nL-0002,Timo Beren,driver\n"


@pytest.fixture
def run(monkeypatch, capsys, node_path, tmp_path):
    User.objects.create_user(username="manager", password="walnut", party="partner")
    begin = instant.now()
    appoint(appointing_principal("partner"), site="", user="manager", role="partner.project_manager", begin=begin)

    def do(content: str, *arguments: str, password: str = "walnut") -> tuple[int, str, str]:
        file = tmp_path / "roster.csv"
        file.write_text(content, encoding="utf-8")
        monkeypatch.setattr("sys.stdin", io.StringIO(f"{password}\n"))
        code = main(["people", "import", "--node", str(node_path), str(file), "--user", "manager", *arguments])
        return code, *capsys.readouterr()

    return do


def test_a_dry_run_changes_nothing(run):
    code, out, said = run(GOOD, "--site", "marjan", "--dry-run")
    assert (code, out) == (0, "")
    assert "2 new, 0 changed, 0 same, 0 faults: nothing was changed" in said
    assert release.count(Person, MANAGER) == 0


def test_each_fault_is_a_line_and_nobody_is_taken_in(run):
    code, out, _ = run(GOOD.replace("driver", "spy").replace("L-0001", "l 1"), "--site", "marjan")
    assert code == 1
    assert [line.split("\t")[:2] for line in out.splitlines()] == [["row 2", "reference"], ["row 3", "kind"]]
    assert release.count(Person, MANAGER) == 0


def test_a_roster_is_taken_in(run):
    code, out, _ = run(GOOD, "--site", "marjan", "--json")
    assert code == 0
    assert json.loads(out) == {"new": 2, "changed": 0, "same": 0, "faults": [], "dry_run": False}
    assert release.count(Person, MANAGER) == 2


def test_a_wrong_password_takes_in_nobody(run):
    code, out, said = run(GOOD, "--site", "marjan", password="guess")
    assert (code, out) == (1, "")
    assert "person.import" in said
    assert release.count(Person, MANAGER) == 0
