import subprocess
from pathlib import Path

import pytest
from tests.accord.drafts import SAMPLES, Draft

from safeconduct.accord.directory import FILE_BYTES, digest, prepare, read_content
from safeconduct.terms.errors import BadInput

JOINT = SAMPLES / "joint-security"


def test_digest_is_what_coreutils_says():
    command = "LC_ALL=C sha256sum accord.toml articles/*.md | sha256sum"
    said = subprocess.run(["sh", "-c", command], cwd=JOINT, capture_output=True, text=True, check=True).stdout
    assert digest(read_content(JOINT)) == said.split()[0]


def test_digest_changes_with_every_file(draft: Draft):
    seen = {digest(read_content(draft.directory))}
    paths = sorted(draft.directory.rglob("*.*"))
    for path in paths:
        path.write_bytes(path.read_bytes() + b"\n")
        seen.add(digest(read_content(draft.directory)))
    assert len(seen) == 1 + len(paths) > 20


def test_digest_does_not_cover_signatures(draft: Draft):
    before = digest(read_content(draft.directory))
    (draft.directory / "signatures").mkdir()
    (draft.directory / "signatures" / "host.sig").write_text("x")
    assert digest(read_content(draft.directory)) == before


def test_prepare_changes_the_keys_and_nothing_else(tmp_path: Path):
    prepare(JOINT, tmp_path / "copy", {"host": "a+b+c", "partner": ["d+e+f", "g+h+i"]})
    old, new = read_content(JOINT), read_content(tmp_path / "copy")
    assert {path for path in old if old[path] != new[path]} == {"accord.toml"}
    assert new["accord.toml"].decode().replace('["a+b+c"]', "[]").replace('["d+e+f", "g+h+i"]', "[]") == (
        old["accord.toml"].decode()
    )
    assert new["accord.toml"].decode().index('"a+b+c"') < new["accord.toml"].decode().index("[parties.partner]")


@pytest.mark.parametrize("keys", [{"stranger": "a+b+c"}, {"host": 'a"]\nside = "partner"'}, {"host": "a\\"}])
def test_prepare_refuses_keys_that_fit_nowhere(tmp_path: Path, keys: dict[str, str]):
    with pytest.raises(BadInput, match="no place for keys"):
        prepare(JOINT, tmp_path / "copy", keys)
    assert not (tmp_path / "copy").exists()


def test_prepare_overwrites_nothing(tmp_path: Path):
    with pytest.raises(BadInput, match="something that exists"):
        prepare(JOINT, tmp_path, {})


def test_missing_directory_is_named(tmp_path: Path):
    with pytest.raises(BadInput) as caught:
        read_content(tmp_path / "nowhere")
    assert [fault.where for fault in caught.value.faults] == ["articles/", "accord.toml"]


def test_strange_file_among_the_articles_is_named(draft: Draft):
    (draft.directory / "articles" / "notes.txt").write_text("a side letter that nobody signs")
    (fault,) = draft.faults()
    assert (fault.where, fault.found) == ("articles/", "'notes.txt'")


def test_file_over_the_limit_is_refused_without_reading_on(draft: Draft):
    draft.path("04").write_bytes(b"x" * (FILE_BYTES + 10))
    (fault,) = draft.faults()
    assert fault.where == "articles/04-command.md"
    assert "at most" in fault.wanted


def test_directory_in_the_place_of_a_file_is_a_fault(draft: Draft):
    draft.path("04").unlink()
    (draft.directory / "articles" / "04-command.md").mkdir()
    assert draft.faults()[0].where == "articles/04-command.md"
