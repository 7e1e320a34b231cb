"""Acts about the archive: questions to it, holds on evidence in it, deletions from it."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from safeconduct.acts import Doing, act
from safeconduct.terms.errors import BadInput, Fault, shown
from safeconduct.watch.alert_known import told_alert
from safeconduct.watch.keeping.holds import Held, is_held
from safeconduct.watch.models import Evidence, Expiry, Question

LONGEST_QUESTION = timedelta(days=14)
RADIUS_M = (5.0, 1000.0)
AT_LEAST_S = (20.0, 86_400.0)
LONGEST_HOLD = timedelta(days=366)
REASON_CHARACTERS = 1000


@act("archive.ask", creates=Question)
def ask(
    doing: Doing,
    *,
    site: str,
    lon: float,
    lat: float,
    begin: datetime,
    end: datetime,
    reason: str,
    place: str = "",
    radius_m: float = 200.0,
    at_least_s: float = 60.0,
) -> Question:
    """Ask what stood within `radius_m` of a point of `site` during [begin, end), for `at_least_s` or longer."""
    faults = [*_reason_faults(reason), *_point_faults(lon, lat), *_times_faults(begin, end, LONGEST_QUESTION)]
    if begin > doing.at:
        faults.append(Fault("begin", str(begin), "a time that has come"))
    for name, value, (least, most) in (("radius_m", radius_m, RADIUS_M), ("at_least_s", at_least_s, AT_LEAST_S)):
        if not least <= value <= most:
            faults.append(Fault(name, shown(value), f"{least:g} to {most:g}"))
    if not site or len(site) > 256 or len(place) > 256:
        faults.append(Fault("place", shown(place or site), "a place of a site"))
    if faults:
        raise BadInput("question", faults)
    return Question.objects.create(
        label_id=doing.label_id,
        site=site,
        place=place,
        lon=lon,
        lat=lat,
        radius_m=radius_m,
        begin=begin,
        end=end,
        at_least_s=at_least_s,
        reason=reason.strip(),
        by=doing.principal.name,
        asked_at=doing.at,
    )


@act("archive.expire", creates=Expiry)
def expire(doing: Doing, *, site: str, day: str, files: Sequence[Mapping[str, Any]], sha256: str) -> Expiry | None:
    """Enter what is deleted of a day and site: name, digest and rows of each file. Once: None where it is entered.

    Raises BadInput where a hold on it came before on the record, also one that the watch itself may not know of.
    """
    if Expiry.objects.filter(site=site, day=day, sha256=sha256).exists():
        return None
    doing.take_turn()
    holds = Evidence.objects.filter(site=site, lifted_at=None, until__gt=doing.at)
    if is_held([Held(one.site, one.begin, one.end) for one in holds], site, day):
        raise BadInput(f"archive {day}", [Fault("evidence", "a hold that stands", "none")])
    rows = sum(one["rows"] for one in files)
    return Expiry.objects.create(
        label_id=doing.label_id,
        site=site,
        day=day,
        files=len(files),
        rows=rows,
        sha256=sha256,
        expired_at=doing.at,
    )


@act("evidence.hold", creates=Evidence)
def hold_evidence(
    doing: Doing,
    *,
    site: str,
    begin: datetime,
    end: datetime,
    until: datetime,
    reason: str,
    alert: uuid.UUID | None = None,
) -> Evidence:
    """Let nothing that was observed at `site` during [begin, end) be deleted before `until`.

    Raises NotFound for an `alert` that is not theirs to see.
    """
    faults = [*_reason_faults(reason), *_times_faults(begin, end, LONGEST_QUESTION)]
    if not doing.at < until <= doing.at + LONGEST_HOLD:
        faults.append(Fault("until", str(until), f"a time from now on, at most {LONGEST_HOLD.days} days ahead"))
    if not 0 < len(site) <= 256:
        faults.append(Fault("site", shown(site), "a site"))
    if faults:
        raise BadInput("evidence", faults)
    return Evidence.objects.create(
        label_id=doing.label_id if alert is None else doing.label_within(told_alert(doing, alert)[1]),
        site=site,
        alert=alert,
        begin=begin,
        end=end,
        until=until,
        reason=reason.strip(),
        by=doing.principal.name,
        held_at=doing.at,
    )


@act("evidence.lift", on=Evidence)
def lift_evidence(doing: Doing, evidence: Evidence) -> None:
    """What it held is deleted when its time has come, from now on."""
    if evidence.lifted_at:
        raise BadInput(f"evidence {evidence.pk}", [Fault("lifted", str(evidence.lifted_at), "a hold that stands")])
    evidence.lifted_at = doing.at


def _reason_faults(reason: str) -> list[Fault]:
    length = len(reason.strip())
    if 0 < length <= REASON_CHARACTERS:
        return []
    return [Fault("reason", f"{length} characters", f"1 to {REASON_CHARACTERS:,}: what it is needed for")]


def _point_faults(lon: float, lat: float) -> list[Fault]:
    limits = (("lon", lon, 180), ("lat", lat, 90))
    return [Fault(name, shown(at), f"-{most} to {most} degrees") for name, at, most in limits if not abs(at) <= most]


def _times_faults(begin: datetime, end: datetime, longest: timedelta) -> list[Fault]:
    if begin < end <= begin + longest:
        return []
    return [Fault("end", str(end), f"a time after begin, at most {longest.days} days")]
