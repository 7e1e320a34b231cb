"""The parties' signatures over an accord: one signed note a party, in `signatures/<party>.sig`.

    safeconduct.accord/v1
    joint-security
    1
    26c80063d809f99ff299e1c68078b4f1dc4e79c3e74df8ef6cc9bddb56f17ac0

    — safeconduct.example/qarand mV3kPB8…

The lines are the kind of note, the accord's id, its version and its digest. Source: https://c2sp.org/signed-note
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from safeconduct.accord.agreement import Accord
from safeconduct.accord.directory import SIGNATURES, digest, read_content
from safeconduct.accord.schedule import Party
from safeconduct.record.note import MOST_BYTES, SigningKey, opened, parse_vkey
from safeconduct.terms.errors import BadInput, Fault, shown

KIND = "safeconduct.accord/v1"


def signed_text(accord: Accord) -> str:
    """What each party signs."""
    return f"{KIND}\n{accord.id}\n{accord.version}\n{accord.digest}\n"


def signature_path(directory: Path, party: str) -> Path:
    return directory / SIGNATURES / f"{party}.sig"


def signed_note(accord: Accord, party: str, private_key: Ed25519PrivateKey) -> str:
    """The signature file of `party`. Raises BadInput where the accord does not list that key as the party's."""
    if party not in accord.parties:
        raise BadInput("signature", [Fault("party", shown(party), "one of " + ", ".join(accord.parties))])
    public = private_key.public_key().public_bytes_raw()
    name = next((key.name for key in map(parse_vkey, accord.parties[party].keys) if key.public == public), None)
    if name is None:
        raise BadInput("signature", [Fault("key", "one that the accord does not list", f"a key of {party}")])
    return SigningKey.of(name, private_key).sign(signed_text(accord))


def check_in_force(accord: Accord, directory: Path) -> None:
    """Raise BadInput, with a fault for each, unless every party signed this very accord and the files are still it."""
    faults = [fault for party in accord.parties.values() for fault in _signature_faults(accord, party, directory)]
    if digest(read_content(directory)) != accord.digest:
        faults.append(Fault("content", "files that changed since they were loaded", f"those of digest {accord.digest}"))
    if faults:
        raise BadInput(f"accord {accord.id} version {accord.version}", faults)


def _signature_faults(accord: Accord, party: Party, directory: Path) -> Iterator[Fault]:
    where = f"{SIGNATURES}/{party.id}.sig"
    if not party.keys:
        yield Fault(f"accord.toml: parties.{party.id}.keys", "no key", "a key to verify its signature by")
        return
    try:
        with signature_path(directory, party.id).open("rb") as file:
            note = opened(file.read(MOST_BYTES + 1), [parse_vkey(key) for key in party.keys])
    except OSError as error:
        yield Fault(where, error.strerror or "unreadable", f"the signature of {party.id}")
    except BadInput as error:
        for fault in error.faults:
            yield Fault(f"{where}: {fault.where}", fault.found, fault.wanted)
    else:
        yield from _text_faults(where, note.text, signed_text(accord))


def _text_faults(where: str, found: str, wanted: str) -> Iterator[Fault]:
    """Names the line that differs: most often the digest, where the text was changed after signing."""
    if found == wanted:
        return
    names = ("kind", "id", "version", "digest")
    lines = found.splitlines()
    for name, line, want in zip(names, lines, wanted.splitlines(), strict=False):
        if line != want:
            yield Fault(f"{where}: {name}", shown(line), want)
            return
    yield Fault(where, f"{len(lines)} lines", f"{len(names)} lines")


def key_faults(parties: Mapping[str, Party]) -> Iterator[Fault]:
    """Keys that cannot be read, and keys listed twice: with one key of both, one party signs for the other."""
    owners: dict[bytes, str] = {}
    for party in parties.values():
        for index, text in enumerate(party.keys):
            where = f"accord.toml: parties.{party.id}.keys[{index}]"
            try:
                key = parse_vkey(text)
            except BadInput as error:
                yield from (Fault(f"{where}: {fault.where}", fault.found, fault.wanted) for fault in error.faults)
                continue
            if key.public in owners:
                yield Fault(where, f"a key of {owners[key.public]}", "each key once, for one party")
            owners.setdefault(key.public, party.id)
