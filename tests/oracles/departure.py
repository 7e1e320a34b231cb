"""Whether a movement may depart, the slow and obvious way: the words of the accord's articles 9 and 10, act by act.

Each method is told of one act and answers whether it is to be done. Times are whole minutes from the start.
"""

from __future__ import annotations

from dataclasses import dataclass, field

SEVERITY = ["normal", "heightened", "substantial", "critical"]
BEFORE = ("draft", "requested", "deferred", "planned", "held")


@dataclass
class Departure:
    """One journey of the partner's people: what has been done about it so far."""

    departs_at: int
    now: int = 0
    state: str = "draft"
    keys: set[str] = field(default_factory=set)
    holds: set[str] = field(default_factory=set)
    risk: str = "low"
    people_accepted: bool = False
    measures_accepted: bool = False
    vehicles_fit: bool = True
    trained: bool = True
    cleared_until: int = -1
    reviewed_by: str = ""
    refused_until: int = -1
    posture: str = "normal"
    posture_at_review: str = "normal"
    conditions: list[bool] = field(default_factory=list)
    swept_until: int = -1
    escort: bool = False
    alarm: bool = False
    council: str = "none"
    council_lifting: set[str] = field(default_factory=set)

    def cleared(self) -> bool:
        """The clearance stands: not over, and nothing on the way more severe than when it was given."""
        severe = SEVERITY.index(self.posture) > SEVERITY.index(self.posture_at_review)
        return self.state in ("planned", "held") and self.now < self.cleared_until and not severe

    def risk_accepted(self) -> bool:
        if self.risk == "low":
            return self.people_accepted
        return self.risk == "high" and self.people_accepted and self.measures_accepted

    def may_go(self) -> bool:
        return (
            self.state == "planned"
            and self.keys == {"host", "partner"}
            and not self.holds
            and self.cleared()
            and all(self.conditions)
            and self.risk_accepted()
            and self.vehicles_fit
            and self.trained
            and self.now < self.swept_until
            and self.escort
            and not self.alarm
            and self.council != "adopted"
        )

    def amend(self, risk: str, vehicles_fit: bool, trained: bool) -> bool:
        if self.state not in (*BEFORE, "refused") or self.now >= self.departs_at:
            return False
        self.state, self.keys, self.conditions = "draft", set(), []
        self.people_accepted = self.measures_accepted = False
        self.cleared_until, self.refused_until, self.reviewed_by = -1, -1, ""
        self.risk, self.vehicles_fit, self.trained = risk, vehicles_fit, trained
        return True

    def request(self) -> bool:
        asked_in_time = self.state == "draft" or (self.state == "refused" and self.now < self.refused_until)
        if not asked_in_time or self.now >= self.departs_at:
            return False
        self.state = "requested"
        return True

    def review(self, who: str, outcome: str, for_minutes: int, conditions: int) -> bool:
        if self.state not in ("requested", "deferred") or self.reviewed_by == f"refused by {who}":
            return False
        self.reviewed_by, self.posture_at_review = f"{outcome} by {who}", self.posture
        self.conditions, self.cleared_until, self.refused_until = [], -1, -1
        if outcome == "cleared":
            self.cleared_until = self.now + for_minutes
            self.conditions = [False] * conditions
            self.state = "held" if self.holds else "planned"
        else:
            self.state = outcome
            self.refused_until = self.now + for_minutes if outcome == "refused" else -1
        return True

    def meet(self, number: int) -> bool:
        if self.state not in ("planned", "held") or not 1 <= number <= len(self.conditions):
            return False
        self.conditions[number - 1] = True
        return True

    def accept_people(self, is_head: bool) -> bool:
        if self.state not in BEFORE or self.risk == "unacceptable" or (self.risk == "high" and not is_head):
            return False
        self.people_accepted = True
        return True

    def accept_measures(self) -> bool:
        if self.state not in BEFORE or self.risk != "high":
            return False
        self.measures_accepted = True
        return True

    def clock(self) -> bool:
        """What is over by itself is entered as over."""
        if self.state in ("planned", "held") and not self.cleared():
            self.state, self.keys = "requested", set()
            self.reviewed_by = ""
        return True

    def key(self, party: str) -> bool:
        if self.state == "planned":
            self.keys.add(party)
        return self.state == "planned"

    def key_back(self, party: str) -> bool:
        if self.state not in ("planned", "held") or party not in self.keys:
            return False
        self.keys.remove(party)
        return True

    def hold(self, party: str) -> bool:
        if self.state not in ("planned", "held", "departed") or party in self.holds:
            return False
        self.holds.add(party)
        self.keys.clear()
        self.state = "departed" if self.state == "departed" else "held"
        return True

    def lift(self, party: str) -> bool:
        if party not in self.holds:
            return False
        self.holds.remove(party)
        if not self.holds and self.state == "held":
            self.state = "planned"
        return True

    def assign(self, escort: bool) -> bool:
        if self.state not in ("requested", "deferred", "planned", "held"):
            return False
        self.escort = escort
        return True

    def depart(self) -> bool:
        if not self.may_go():
            return False
        self.state = "departed"
        return True

    def cancel(self) -> bool:
        if self.state not in (*BEFORE, "refused"):
            return False
        self.state = "cancelled"
        return True

    def propose(self) -> bool:
        self.council, self.council_lifting = "proposed", set()
        return True

    def agree(self) -> bool:
        if self.council != "proposed":
            return False
        self.council = "adopted"
        return True

    def unlift(self, party: str) -> bool:
        """A party says that the council's decision shall hold no more."""
        if self.council not in ("proposed", "adopted") or party in self.council_lifting:
            return False
        self.council_lifting.add(party)
        if self.council == "proposed" or self.council_lifting == {"host", "partner"}:
            self.council = "lifted"
        return True
