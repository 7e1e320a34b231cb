"""A decision is a value: allowed or not, and the article that says so."""

from __future__ import annotations

from dataclasses import dataclass

from safeconduct.terms.errors import SafeconductError


@dataclass(frozen=True)
class Decision:
    """The accord's answer. `article` is its number (`4.2`), `rule` the policy's id, `reason` one plain sentence.

    Where no article permits, `article` is the one that makes deny the default.
    """

    allowed: bool
    article: str
    rule: str
    reason: str


class Refused(SafeconductError):
    """The accord denied an act. Nothing was changed."""

    def __init__(self, act: str, decision: Decision):
        self.act = act
        self.decision = decision
        super().__init__(f"{act} refused under article {decision.article}: {decision.reason}")
