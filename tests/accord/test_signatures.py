from __future__ import annotations

from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.accord.drafts import SAMPLES, Draft

from safeconduct.accord.accord import check_in_force, load_accord, prepare, sign
from safeconduct.accord.signatures import signature_path, signed_text
from safeconduct.record.note import SigningKey
from safeconduct.terms.errors import BadInput, Fault

JOINT = SAMPLES / "joint-security"
KEYS = {
    party: SigningKey.of(f"{party}.example/accord", Ed25519PrivateKey.from_private_bytes(bytes([seed]) * 32))
    for seed, party in enumerate(("host", "partner", "stranger"), 1)
}


def signed(directory: Path) -> Draft:
    """The joint-security sample, signed by both parties."""
    prepare(JOINT, directory, {party: str(KEYS[party].vkey) for party in ("host", "partner")})
    for party in ("host", "partner"):
        sign(directory, party, KEYS[party].private)
    return Draft(directory)


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Draft:
    """A signed accord that no test changes."""
    return signed(tmp_path_factory.mktemp("whole") / "accord")


@pytest.fixture
def ours(tmp_path: Path) -> Draft:
    """A signed accord to be damaged."""
    return signed(tmp_path / "accord")


def refusal(draft: Draft) -> list[Fault]:
    accord = draft.load()
    with pytest.raises(BadInput) as caught:
        check_in_force(accord, draft.directory)
    return list(caught.value.faults)


def test_accord_signed_by_every_party_is_in_force(whole: Draft):
    check_in_force(whole.load(), whole.directory)


def test_signature_says_what_is_signed(whole: Draft):
    accord = whole.load()
    note = signature_path(whole.directory, "host").read_text(encoding="utf-8")
    assert note.startswith(f"safeconduct.accord/v1\njoint-security\n1\n{accord.digest}\n\n— host.example/accord ")
    assert note.startswith(signed_text(accord))


def test_unsigned_accord_loads_and_is_not_in_force():
    accord = load_accord(JOINT)
    with pytest.raises(BadInput) as caught:
        check_in_force(accord, JOINT)
    assert [fault.where for fault in caught.value.faults] == [
        f"accord.toml: parties.{party}.keys" for party in accord.parties
    ]


def test_missing_signature_is_named(ours: Draft):
    signature_path(ours.directory, "partner").unlink()
    (fault,) = refusal(ours)
    assert (fault.where, fault.wanted) == ("signatures/partner.sig", "the signature of partner")


@pytest.mark.parametrize("file", ["accord.toml", "01", "20"])
def test_change_of_any_word_after_signing_is_found(ours: Draft, file: str):
    path = ours.path(file)
    path.write_bytes(path.read_bytes() + b"\n")
    assert [fault.where for fault in refusal(ours)] == ["signatures/host.sig: digest", "signatures/partner.sig: digest"]


def test_change_of_the_files_after_loading_is_found(ours: Draft):
    accord = ours.load()
    ours.path("04").write_bytes(ours.path("04").read_bytes() + b"\n")
    with pytest.raises(BadInput, match="files that changed since they were loaded"):
        check_in_force(accord, ours.directory)


def test_signature_of_one_party_does_not_serve_for_the_other(ours: Draft):
    signature_path(ours.directory, "partner").write_bytes(signature_path(ours.directory, "host").read_bytes())
    (fault,) = refusal(ours)
    assert fault.where == "signatures/partner.sig: signatures"


def test_signature_by_a_stranger_under_the_partys_name_is_found(ours: Draft):
    forged = SigningKey.of("host.example/accord", KEYS["stranger"].private).sign(signed_text(ours.load()))
    signature_path(ours.directory, "host").write_text(forged, encoding="utf-8")
    assert [fault.where for fault in refusal(ours)] == ["signatures/host.sig: signatures"]


def test_signature_over_another_version_is_found(ours: Draft):
    other = signed_text(ours.load()).replace("\n1\n", "\n2\n")
    signature_path(ours.directory, "host").write_text(KEYS["host"].sign(other), encoding="utf-8")
    (fault,) = refusal(ours)
    assert (fault.where, fault.found, fault.wanted) == ("signatures/host.sig: version", "'2'", "1")


@pytest.mark.parametrize("extra", ["more\n", ""])
def test_signature_over_more_or_fewer_lines_is_found(ours: Draft, extra: str):
    text = signed_text(ours.load())
    text = text + extra if extra else text.rsplit("\n", 2)[0] + "\n"
    signature_path(ours.directory, "host").write_text(KEYS["host"].sign(text), encoding="utf-8")
    (fault,) = refusal(ours)
    assert fault.where == "signatures/host.sig"


def test_only_a_listed_key_signs_and_leaves_nothing_behind(ours: Draft):
    path = signature_path(ours.directory, "host")
    before = path.read_bytes()
    for party, key in (("host", "partner"), ("host", "stranger"), ("guest", "host")):
        with pytest.raises(BadInput):
            sign(ours.directory, party, KEYS[key].private)
    assert path.read_bytes() == before
    assert not signature_path(ours.directory, "guest").exists()


def test_accord_that_does_not_load_cannot_be_signed(ours: Draft):
    ours.edit("04", "# 4", "# 5")
    with pytest.raises(BadInput, match="articles/04-command"):
        sign(ours.directory, "host", KEYS["host"].private)


def test_one_key_for_two_parties_is_refused(tmp_path: Path):
    vkey = str(KEYS["host"].vkey)
    renamed = str(SigningKey.of("another.name", KEYS["host"].private).vkey)
    for index, second in enumerate((vkey, renamed)):
        prepare(JOINT, tmp_path / str(index), {"host": vkey, "partner": second})
        (fault,) = Draft(tmp_path / str(index)).faults()
        assert (fault.where, fault.found) == ("accord.toml: parties.partner.keys[0]", "a key of host")


def test_any_of_a_partys_keys_may_sign(tmp_path: Path):
    keys = {"host": [str(KEYS["stranger"].vkey), str(KEYS["host"].vkey)], "partner": str(KEYS["partner"].vkey)}
    prepare(JOINT, tmp_path / "accord", keys)
    for party in ("host", "partner"):
        sign(tmp_path / "accord", party, KEYS[party].private)
    check_in_force(load_accord(tmp_path / "accord"), tmp_path / "accord")


def test_any_damage_to_a_signature_is_found(ours: Draft):
    accord = ours.load()
    path = signature_path(ours.directory, "host")
    good = path.read_bytes()

    flips = st.builds(
        lambda at, by: good[:at] + bytes([good[at] ^ by]) + good[at + 1 :],
        st.integers(0, len(good) - 1),
        st.integers(1, 255),
    )

    @settings(derandomize=True, max_examples=200, deadline=None)
    @given(st.one_of(st.binary(max_size=300), flips))
    def check(damaged: bytes):
        path.write_bytes(damaged)
        with pytest.raises(BadInput):
            check_in_force(accord, ours.directory)

    check()
    path.write_bytes(good)
    check_in_force(accord, ours.directory)
