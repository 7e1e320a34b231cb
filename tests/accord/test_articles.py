from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.accord.drafts import SAMPLES, Draft

from safeconduct.accord.articles import read_article
from safeconduct.accord.cedar import parsed_schema
from safeconduct.accord.policies import read_policies
from safeconduct.accord.schedule_file import read_schedule
from safeconduct.accord.vocabulary import LANGUAGES
from safeconduct.terms.errors import BadInput

COMMAND = (SAMPLES / "joint-security" / "articles" / "04-command.md").read_bytes()


def test_article_is_read_whole():
    source = read_article("articles/04-command.md", COMMAND)
    article = source.article(())
    assert source.faults == []
    assert (article.number, article.title["en"]) == ("4", "Command and host primacy")
    assert list(article.clauses) == ["4.1", "4.2", "4.3", "4.4", "4.5"]
    assert set(article.clauses["4.2"]) == set(LANGUAGES)
    assert article.text["en"].startswith("4.1 The host bears the first responsibility")
    assert len(source.blocks) == 1


def test_clause_may_go_on_over_several_lines():
    text = "# 1\n" + "".join(f"## {language} T\n1.1 begins\nand goes on\n\nstill\n" for language in LANGUAGES)
    article = read_article("articles/01-x.md", text.encode()).article(())
    assert article.clauses["1.1"]["en"] == "begins\nand goes on\nstill"


@pytest.mark.parametrize(
    ("old", "new", "found", "wanted"),
    [
        ("# 4\n", "", "no number", "a first line"),
        ("# 4\n", "# 5\n", "number 5", "file's name"),
        ("# 4\n", "# 4\n# 4\n", "'# 4'", "one `# number` a file"),
        ("## zh-hans 指挥权与东道方主导", "## ko 명령", "## ko", "one of en, zh-hans, ur"),
        ("## en Command and host primacy", "## en", "'## en'", "## language title"),
        ("## ur کمان اور میزبان کی اولیت", "## en Again", "## en Again", "each language once"),
        ("4.2 Measures", "4.6 Measures", "no clause 4.2 in en", "every clause in every language"),
        ("4.2 Measures", "4.1 Measures", "4.1", "each clause once"),
        ("4.2 Measures", "5.2 Measures", "5.2", "a clause of article 4"),
        (
            "## en Command and host primacy\n",
            "## en Command and host primacy\nA preamble.\n",
            "A preamble.",
            "its number",
        ),
        ("# 4\n", "# 4\nWords in no language.\n", "Words in no language.", "below a language heading"),
        ("```cedar", "```python", "```python", "```cedar"),
    ],
)
def test_damage_to_an_article_is_named(draft: Draft, old: str, new: str, found: str, wanted: str):
    faults = draft.edit("04", old, new).faults()
    assert any(found in fault.found and wanted in fault.wanted for fault in faults), [str(fault) for fault in faults]


def test_missing_language_is_named(draft: Draft):
    path = draft.path("01")
    text = path.read_text(encoding="utf-8")
    path.write_text(text[: text.index("## ur")], encoding="utf-8")
    assert [(fault.where, fault.found) for fault in draft.faults()] == [("articles/01-purpose.md", "no ur text")]


def test_block_without_an_end_is_named(draft: Draft):
    path = draft.path("04")
    path.write_text(path.read_text(encoding="utf-8").rstrip().removesuffix("```"), encoding="utf-8")
    assert any(fault.found == "a block without an end" for fault in draft.faults())


def test_two_files_of_one_article_are_named(draft: Draft):
    (draft.directory / "articles" / "04-again.md").write_bytes(COMMAND)
    assert any(fault.found == "article 4 again" for fault in draft.faults())


def test_article_that_is_no_utf8_is_named(draft: Draft):
    draft.path("04").write_bytes(b"# 4\n## en \xff\n")
    assert any(fault.wanted == "UTF-8 text" and "0xff" in fault.found for fault in draft.faults())


def test_every_faulty_file_is_told_at_once(draft: Draft):
    draft.edit("04", "4.2 Measures", "4.6 Measures").edit("13", "# 13", "# 14").edit("accord.toml", "version = 1", "")
    places = {fault.where.split(" ")[0].rstrip(":") for fault in draft.faults()}
    assert places >= {"articles/04-command.md", "articles/13-data-protection.md", "accord.toml"}


SCHEDULE, _ = read_schedule((SAMPLES / "joint-security" / "accord.toml").read_bytes())
PIECES = st.sampled_from(
    [
        b"# 4\n",
        b"## en T\n",
        b"4.1 words\n",
        b"```cedar\n",
        b"```\n",
        b"permit (principal, action, resource);\n",
        b"@id(",
        b"((",
        b"\x00",
        b"\xff",
    ]
)


@settings(derandomize=True, max_examples=200, deadline=None)
@given(
    st.one_of(st.binary(max_size=200), st.lists(st.one_of(PIECES, st.binary(max_size=8)), max_size=20).map(b"".join))
)
def test_any_bytes_are_an_article_or_bad_input(data: bytes):
    try:
        source = read_article("articles/04-x.md", data)
    except BadInput:
        return
    policies = read_policies(source, SCHEDULE, parsed_schema())
    article = source.article(policies)
    assert source.faults or set(article.text) == set(LANGUAGES)


@settings(derandomize=True, max_examples=150, deadline=None)
@given(st.integers(0, len(COMMAND) - 1), st.binary(max_size=3), st.integers(0, 40))
def test_damaged_article_raises_nothing_else(at: int, new: bytes, removed: int):
    damaged = COMMAND[:at] + new + COMMAND[at + removed :]
    try:
        source = read_article("articles/04-command.md", damaged)
    except BadInput:
        return
    read_policies(source, SCHEDULE, parsed_schema())


def test_path_of_every_sample_article_gives_its_number():
    for path in Path(SAMPLES).glob("*/articles/*.md"):
        assert read_article(f"articles/{path.name}", path.read_bytes()).number == str(int(path.name[:2]))
