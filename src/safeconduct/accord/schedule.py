"""What `accord.toml` says: parties, roles, information classes, obligations, council, risk matrix, response times."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

from safeconduct.accord.gate_rules import Driving, GateRule
from safeconduct.accord.obligations import Obligation
from safeconduct.accord.protection import Conflicts, Disclosure, ReadingLimit
from safeconduct.accord.tables import Names
from safeconduct.accord.vocabulary import CLASSES
from safeconduct.terms.marking import Tlp
from safeconduct.terms.party import Side

ANY_PARTY = "any"
"""The party of a role that users of either party may hold."""
NODE_PARTY = "node"
"""The party of a role that a part of the node holds, never a person."""


class Office(StrEnum):
    """What must be known about a role, whatever its name: who signs, who erases, who only looks, who is bound to rows.

    Of a personal class, `self` reaches what is its holder's own, and `warden` what lies in the holder's zones.
    """

    NONE = ""
    SIGNATORY = "signatory"
    DATA_PROTECTION = "data-protection"
    AUDITOR = "auditor"
    SECRETARY = "secretary"
    SELF = "self"
    WARDEN = "warden"


@dataclass(frozen=True)
class Party:
    """A party with its public keys, as C2SP `vkey` strings (`name+hash+key`)."""

    id: str
    side: Side
    name: Names
    keys: tuple[str, ...] = ()


@dataclass(frozen=True)
class Role:
    """`party` is a party's id, `any` for users of either party, or `node` for parts of the system."""

    id: str
    party: str
    name: Names
    office: Office = Office.NONE

    @property
    def is_for_people(self) -> bool:
        return self.party != NODE_PARTY


@dataclass(frozen=True)
class InfoClass:
    """A kind of information with its release rule. `fields` gives, for each role that reads it, what it reads."""

    id: str
    name: Names
    tlp: Tlp
    releasable_to: frozenset[str]
    orcon: bool
    retention_days: int
    fields: Mapping[str, frozenset[str]]


@dataclass(frozen=True)
class ResponseTime:
    """A service level: `share` of the cases are answered `within`."""

    id: str
    name: Names
    within: timedelta
    share: float


@dataclass(frozen=True)
class RiskMatrix:
    """Likelihood by impact to level, as declared. Each axis runs from least to most; keys are ids, values names."""

    likelihoods: Mapping[str, Names]
    impacts: Mapping[str, Names]
    levels: Mapping[str, Names]
    table: Mapping[tuple[str, str], str]

    def level(self, likelihood: str, impact: str) -> str:
        """Raises KeyError where either is not on its axis."""
        return self.table[likelihood, impact]


@dataclass(frozen=True)
class Body:
    """A joint body and how often it meets."""

    id: str
    name: Names
    every: timedelta


@dataclass(frozen=True)
class Council:
    """How joint bodies decide. `silence`: a draft decision stands if no party objects within it."""

    consensus: bool
    quorum: Mapping[str, int]
    silence: timedelta
    bodies: tuple[Body, ...]


@dataclass(frozen=True)
class Schedule:
    """The whole of `accord.toml`. `previous` is the digest of the version that this one replaces, or empty."""

    id: str
    version: int
    previous: str
    default_article: str
    title: Names
    parties: Mapping[str, Party]
    roles: Mapping[str, Role]
    classes: Mapping[str, InfoClass]
    obligations: tuple[Obligation, ...]
    response_times: tuple[ResponseTime, ...]
    risk_matrix: RiskMatrix
    gate: tuple[GateRule, ...]
    driving: Driving
    disclosures: tuple[Disclosure, ...]
    reading_limits: tuple[ReadingLimit, ...]
    conflicts: Conflicts | None
    council: Council

    def sides_of(self, role: Role) -> tuple[str, ...]:
        """Ids of the parties for which `role` can be held. A node's parts act for the host, whose node it is."""
        if role.party == ANY_PARTY:
            return tuple(self.parties)
        if role.party == NODE_PARTY:
            return tuple(party.id for party in self.parties.values() if party.side is Side.HOST)
        return (role.party,)

    @property
    def unknown_classes(self) -> tuple[str, ...]:
        """Classes of the vocabulary that this accord, perhaps older than they are, leaves out: nobody reads them."""
        return tuple(info_class for info_class in CLASSES if info_class not in self.classes)

    def standings(self) -> list[tuple[str, str]]:
        """Every (party, role) that anyone can have."""
        return [(party, role.id) for role in self.roles.values() for party in self.sides_of(role)]
