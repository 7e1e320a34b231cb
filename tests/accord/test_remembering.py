"""Decisions that are remembered between accords are the ones that Cedar gives."""

from __future__ import annotations

from tests.accord.drafts import SAMPLES

from safeconduct.accord import cedar
from safeconduct.accord.accord import load_accord
from safeconduct.accord.vocabulary import ACTS, READ


def test_what_is_remembered_is_what_cedar_says(monkeypatch):
    monkeypatch.setattr(cedar, "_decided", None)
    plain = load_accord(SAMPLES / "humanitarian").court
    monkeypatch.setattr(cedar, "_decided", {})
    for _ in range(2):
        remembering = load_accord(SAMPLES / "humanitarian").court
        for action in (READ, *ACTS):
            assert remembering.verdicts(action) == plain.verdicts(action)


def test_an_accord_in_which_a_policy_differs_is_decided_anew(monkeypatch, tmp_path):
    import shutil

    monkeypatch.setattr(cedar, "_decided", {})
    before = load_accord(SAMPLES / "humanitarian").court
    draft = shutil.copytree(SAMPLES / "humanitarian", tmp_path / "draft")
    article = next((draft / "articles").glob("12-*.md"))
    article.write_text(
        article.read_text().replace('["authority.coordinator", "aid.director"].contains', '["aid.director"].contains')
    )
    after = load_accord(draft).court
    tabling = [{case.role for case, _ in court.permitted("obligation.table")} for court in (before, after)]
    assert tabling == [{"authority.coordinator", "aid.director"}, {"aid.director"}]
