"""Reading `accord.toml`: the schedule, with every fault that the file has."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from types import MappingProxyType

from safeconduct.accord.gate_rules import read_driving, read_gate
from safeconduct.accord.obligations import read_obligations
from safeconduct.accord.protection import read_conflicts, read_disclosures, read_reading_limits
from safeconduct.accord.schedule import (
    ANY_PARTY,
    NODE_PARTY,
    Body,
    Council,
    InfoClass,
    Office,
    Party,
    ResponseTime,
    RiskMatrix,
    Role,
    Schedule,
)
from safeconduct.accord.tables import Names, Table
from safeconduct.accord.vocabulary import CLASSES, LANGUAGES
from safeconduct.terms.errors import BadInput, Fault
from safeconduct.terms.marking import Tlp
from safeconduct.terms.party import Side

_ID = re.compile(r"[a-z][a-z0-9_]*(?:[.-][a-z0-9_]+)*", re.ASCII)
_NUMBER = re.compile(r"[1-9][0-9]?(?:\.[1-9][0-9]?)?", re.ASCII)


def read_schedule(content: bytes) -> tuple[Schedule, list[Fault]]:
    """The schedule in `content` with all that is wrong with it. Raises BadInput only where it is not TOML at all."""
    return schedule_of(_toml(content))


def schedule_of(content: object) -> tuple[Schedule, list[Fault]]:
    """The schedule in the tables of `accord.toml`, with all that is wrong with it."""
    faults: list[Fault] = []
    top = Table("", content, faults)
    parties = {name: _party(name, table) for name, table in top.named_tables("parties")}
    _check_sides(top, parties)
    roles = {name: _role(name, table, parties) for name, table in top.named_tables("roles")}
    risk_matrix = _risk_matrix(top.table("risk_matrix"))
    default_article = _number(top, "default_article")
    schedule = Schedule(
        id=_identifier(top, "id"),
        version=top.whole("version", at_least=1),
        previous=_previous(top),
        default_article=default_article,
        title=top.names("title"),
        parties=MappingProxyType(parties),
        roles=MappingProxyType(roles),
        classes=MappingProxyType(
            {name: _info_class(name, table, parties, roles) for name, table in top.named_tables("classes")}
        ),
        obligations=read_obligations(top, _number, _identifier, parties),
        response_times=tuple(_response_time(table) for table in top.tables("response_times")),
        risk_matrix=risk_matrix,
        gate=read_gate(top, _number, parties, roles, risk_matrix.levels, default_article),
        driving=read_driving(top, _number, default_article),
        disclosures=read_disclosures(top, _number),
        reading_limits=read_reading_limits(top, _number),
        conflicts=read_conflicts(top, _number, parties, roles),
        council=_council(top.table("council"), parties),
    )
    _check_unique(top, "obligations", [obligation.id for obligation in schedule.obligations])
    _check_unique(top, "response_times", [response.id for response in schedule.response_times])
    top.close()
    return schedule, faults


def _toml(content: bytes) -> object:
    try:
        return tomllib.loads(content.decode("utf-8"))
    except UnicodeDecodeError as error:
        found = f"byte {content[error.start]:#04x} at {error.start}"
        raise BadInput("accord.toml", [Fault("accord.toml", found, "UTF-8 text")]) from None
    except ValueError as error:  # TOMLDecodeError is one; an integer of thousands of digits raises another
        raise BadInput("accord.toml", [Fault("accord.toml", str(error)[:200], "TOML 1.0")]) from None
    except RecursionError:
        raise BadInput("accord.toml", [Fault("accord.toml", "nesting too deep", "TOML 1.0")]) from None


def _identifier(table: Table, key: str) -> str:
    value = table.text(key, "an id of lower-case letters, digits, dots and hyphens")
    if value and not _ID.fullmatch(value):
        table.fault(key, value, "an id of lower-case letters, digits, dots and hyphens")
    return value


def _number(table: Table, key: str) -> str:
    value = table.text(key, "an article number like 4 or 4.2")
    if value and not _NUMBER.fullmatch(value):
        table.fault(key, value, "an article number like 4 or 4.2")
    return value


def _previous(top: Table) -> str:
    value = top.text("previous", default="")
    if value and not re.fullmatch("[0-9a-f]{64}", value):
        top.fault("previous", value, "the SHA-256 of the version before, in hex, or an empty text")
    return value


def _party(name: str, table: Table) -> Party:
    if not _ID.fullmatch(name) or name in (ANY_PARTY, NODE_PARTY):
        table.fault("", name, "an id of lower-case letters, digits, dots and hyphens, not any, not node")
    side = table.one_of("side", list(Side))
    party = Party(name, Side(side) if side in list(Side) else Side.PARTNER, table.names("name"), table.texts("keys"))
    table.close()
    return party


def _check_sides(top: Table, parties: Mapping[str, Party]) -> None:
    hosts = [party.id for party in parties.values() if party.side is Side.HOST]
    if len(hosts) != 1:
        top.fault("parties", hosts, "exactly one party with side host")
    if not any(party.side is Side.PARTNER for party in parties.values()):
        top.fault("parties", list(parties), "at least one party with side partner")


def _role(name: str, table: Table, parties: Mapping[str, Party]) -> Role:
    if not _ID.fullmatch(name):
        table.fault("", name, "an id of lower-case letters, digits, dots and hyphens")
    party = table.one_of("party", [*parties, ANY_PARTY, NODE_PARTY])
    office = table.one_of("office", [office for office in Office if office], default="")
    role = Role(name, party, table.names("name"), Office(office) if office in list(Office) else Office.NONE)
    table.close()
    return role


def _info_class(name: str, table: Table, parties: Mapping[str, Party], roles: Mapping[str, Role]) -> InfoClass:
    if name not in CLASSES:
        table.fault("", name, "one of " + ", ".join(CLASSES))
    tlp = table.one_of("tlp", list(Tlp))
    info_class = InfoClass(
        id=name,
        name=table.names("name"),
        tlp=Tlp(tlp) if tlp in list(Tlp) else Tlp.RED,
        releasable_to=frozenset(table.texts("releasable_to", parties)),
        orcon=table.flag("orcon"),
        retention_days=table.whole("retention_days", at_least=1, at_most=36_525),
        fields=_readers(table, CLASSES.get(name, ()), roles),
    )
    table.close()
    return info_class


def _readers(table: Table, fields: tuple[str, ...], roles: Mapping[str, Role]) -> dict[str, frozenset[str]]:
    """`readers` are tables of `roles` with either the `fields` that they read or all `except` some."""
    read: dict[str, frozenset[str]] = {}
    for reader in table.tables("readers"):
        if reader.has("fields"):
            given = frozenset(reader.texts("fields", fields))
        else:
            given = frozenset(fields) - frozenset(reader.texts("except", fields))
        for role in reader.texts("roles", roles):
            read[role] = read.get(role, frozenset()) | given
        reader.close()
    return read


def _check_unique(top: Table, key: str, ids: list[str]) -> None:
    for twice in sorted({one for one in ids if ids.count(one) > 1}):
        top.fault(key, twice, "each id once")


def _response_time(table: Table) -> ResponseTime:
    response = ResponseTime(
        id=_identifier(table, "id"),
        name=table.names("name"),
        within=table.duration("within"),
        share=table.share("share"),
    )
    table.close()
    return response


def _scale(table: Table, key: str) -> dict[str, Names]:
    """An axis: tables in order, each with an `id` and the names of that step."""
    steps: dict[str, Names] = {}
    for step in table.tables(key):
        name = _identifier(step, "id")
        if name in steps:
            step.fault("id", name, "each id once")
        steps[name] = {language: step.text(language, f"the text in {language}") for language in LANGUAGES}
        step.close()
    if not steps:
        table.fault(key, [], "at least one step")
    return steps


def _risk_matrix(table: Table) -> RiskMatrix:
    likelihoods, impacts, levels = (_scale(table, key) for key in ("likelihoods", "impacts", "levels"))
    rows = table.table("table")
    cells: dict[tuple[str, str], str] = {}
    for likelihood in likelihoods:
        row = rows.value(likelihood)
        if not isinstance(row, list) or len(row) != len(impacts):
            rows.fault(likelihood, row, f"{len(impacts)} levels, one for each impact")
            continue
        for impact, level in zip(impacts, row, strict=True):
            if not isinstance(level, str) or level not in levels:
                rows.fault(likelihood, level, "one of " + ", ".join(levels))
            else:
                cells[likelihood, impact] = level
    rows.close()
    table.close()
    return RiskMatrix(likelihoods, impacts, levels, cells)


def _council(table: Table, parties: Mapping[str, Party]) -> Council:
    quorum = table.table("quorum")
    council = Council(
        consensus=table.flag("consensus"),
        quorum={party: quorum.whole(party, at_least=1, at_most=100) for party in parties},
        silence=table.duration("silence"),
        bodies=tuple(_body(body) for body in table.tables("bodies")),
    )
    if not council.consensus:
        table.fault("consensus", council.consensus, "true: no party is outvoted")
    quorum.close()
    table.close()
    return council


def _body(table: Table) -> Body:
    body = Body(_identifier(table, "id"), table.names("name"), table.duration("every"))
    table.close()
    return body


def readable(faults: list[Fault], file: str) -> list[Fault]:
    """`faults` with the file's name before each place in it."""
    return [
        fault if fault.where == file else Fault(f"{file}: {fault.where}", fault.found, fault.wanted) for fault in faults
    ]
