"""What of the archive is held as evidence, as far as whoever asks is told of the holds."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from safeconduct.release import Projection
from safeconduct.terms.party import Principal
from safeconduct.watch.archive import OLDER
from safeconduct.watch.keeping import queries

DAY = timedelta(days=1)


@dataclass(frozen=True)
class Held:
    """A span of a site that is held as evidence."""

    site: str
    begin: datetime
    end: datetime

    def covers(self, site: str, day: str) -> bool:
        """Whether anything of `day`, the name of a directory of the archive, is of this span."""
        if self.site != site or day == OLDER:
            return self.site == site
        first = datetime.fromisoformat(day).replace(tzinfo=UTC)
        return self.begin < first + DAY and self.end > first


def held(principal: Principal, at: datetime) -> list[Held]:
    """What is held at `at`, by whichever party."""
    return [
        Held(one["site"], one["begin"], one["end"])
        for one in queries.standing_evidence(principal)
        if one.keys() >= _WHOLE and stands(one, at)
    ]


_WHOLE = {"site", "begin", "end", "until", "lifted"}


def stands(evidence: Projection, at: datetime) -> bool:
    return not evidence["lifted"] and evidence["until"] > at


def is_held(holds: Iterable[Held], site: str, day: str) -> bool:
    return any(one.covers(site, day) for one in holds)
