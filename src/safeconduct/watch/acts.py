"""Acts of the watch itself (raise, update, clear) and of the people who deal with what it raised."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from safeconduct.acts import Doing, act
from safeconduct.sites.geojson import parse_feature
from safeconduct.store.outbox import Outbox
from safeconduct.terms.errors import BadInput, Fault, require_state, shown
from safeconduct.terms.instant import parse
from safeconduct.terms.party import Side
from safeconduct.watch.alert_known import told_alert
from safeconduct.watch.alerts import FIELDS
from safeconduct.watch.feeds.kinds import kind_of
from safeconduct.watch.feeds.namespaces import check_sensors
from safeconduct.watch.models import ACKNOWLEDGED, ASSESSED, DISPOSITIONS, OPEN, Alert, Expected, Feed, Position, Shelf
from safeconduct.watch.positions import Columns, encoded
from safeconduct.watch.shelves import BY_PERSON, UNSHELVED, longest_shelf
from safeconduct.watch.words import KINDS


@act("alert.raise", creates=Alert)
def raise_alert(doing: Doing, *, site: str, alert_id: uuid.UUID, found: Mapping[str, Any]) -> Alert | None:
    """Raise what the engine found; nothing where it was raised before, so that a replay doubles none."""
    if Alert.objects.filter(pk=alert_id).exists():
        return None
    return Alert.objects.create(pk=alert_id, label_id=doing.label_id, site=site, **_columns(found))


@act("alert.update", on=Alert)
def update_alert(doing: Doing, alert: Alert, *, found: Mapping[str, Any]) -> None:
    """The next step of an alert that stands, or what is newly known of it. Knowledge never goes back in time."""
    _set(alert, found)


@act("alert.clear", on=Alert)
def clear_alert(doing: Doing, alert: Alert, *, found: Mapping[str, Any]) -> None:
    """The presence ended. The alert stays on the queue until a person has assessed it."""
    _set(alert, found)


@act("alert.acknowledge", on=Alert)
def acknowledge(doing: Doing, alert: Alert) -> None:
    """A person has seen it and deals with it."""
    require_state(f"alert {alert.pk}", alert.state, OPEN)
    alert.state, alert.acknowledged_at = ACKNOWLEDGED, doing.at


@act("alert.assess", on=Alert)
def assess(doing: Doing, alert: Alert, *, disposition: str, assessment: str = "") -> None:
    """A person's disposition, with what it rests on. It may be revised; the record keeps each."""
    if disposition not in DISPOSITIONS:
        raise BadInput(
            f"alert {alert.pk}", [Fault("disposition", shown(disposition), "one of " + ", ".join(DISPOSITIONS))]
        )
    if len(assessment) > 4000:
        raise BadInput(f"alert {alert.pk}", [Fault("assessment", f"{len(assessment)} characters", "at most 4,000")])
    alert.state, alert.disposition, alert.assessment = ASSESSED, disposition, assessment
    alert.acknowledged_at = alert.acknowledged_at or doing.at


@act("alert.escalate", on=Alert)
def escalate(doing: Doing, alert: Alert) -> None:
    """Call the next in command to it."""
    if alert.escalated_at:
        if "escalated" not in doing.accord.fields(doing.principal, doing.marking):
            return  # it is so already, which this actor is not to learn
        raise BadInput(f"alert {alert.pk}", [Fault("escalated", str(alert.escalated_at), "an alert not yet escalated")])
    alert.escalated_at = doing.at


@act("presence.close", on=Alert)
def close_presence(doing: Doing, alert: Alert, *, reason: str) -> None:
    """A person attests that the vehicle is gone, which no sensor saw. The watch then closes the presence."""
    if alert.ended_at:
        raise BadInput(f"alert {alert.pk}", [Fault("ended", str(alert.ended_at), "a presence that still stands")])
    if not reason.strip():
        raise BadInput(f"alert {alert.pk}", [Fault("reason", "nothing", "how it is known that the vehicle left")])
    alert.ended_at = doing.at


@act("alert.shelve", creates=Shelf)
def shelve(
    doing: Doing,
    *,
    site: str,
    ring: str,
    kind: str,
    until: datetime,
    reason: str,
    alert: uuid.UUID | None = None,
) -> Shelf:
    """Put the alerts of a place and cause aside until then, or one `alert` of them; none that is critical."""
    return _shelved(doing, site, ring, kind, until, reason, alert, critical=False)


@act("alert.shelve_critical", creates=Shelf)
def shelve_critical(
    doing: Doing,
    *,
    site: str,
    ring: str,
    kind: str,
    until: datetime,
    reason: str,
    alert: uuid.UUID | None = None,
) -> Shelf:
    """The same, critical ones included: only where an accord lets someone."""
    return _shelved(doing, site, ring, kind, until, reason, alert, critical=True)


def _shelved(
    doing: Doing,
    site: str,
    ring: str,
    kind: str,
    until: datetime,
    reason: str,
    ref: uuid.UUID | None,
    *,
    critical: bool,
) -> Shelf:
    longest = longest_shelf(doing.accord)
    faults: list[Fault] = []
    if not doing.at < until <= doing.at + longest:
        wanted = f"a time from now on, at most {longest} ahead"
        faults.append(Fault("until", str(until), wanted))
    if not 0 < len(reason.strip()) <= 1000:
        faults.append(Fault("reason", f"{len(reason.strip())} characters", "1 to 1,000: why it may wait"))
    if kind not in KINDS:
        faults.append(Fault("kind", shown(kind), "one of " + ", ".join(KINDS)))
    if len(ring) > 16:
        faults.append(Fault("ring", shown(ring), "a ring of the site, or nothing"))
    if ref is not None:
        faults += _single_faults(doing, ref, (site, ring, kind), critical=critical)
    if faults:
        raise BadInput("shelf", faults)
    return Shelf.objects.create(
        label_id=doing.label_id if ref is None else doing.label_within(told_alert(doing, ref)[1]),
        site=site,
        ring=ring,
        kind=kind,
        alert=ref,
        critical=critical,
        reason=reason.strip(),
        by=doing.principal.name,
        begin=doing.at,
        until=until,
    )


def _single_faults(doing: Doing, ref: uuid.UUID, place: tuple[str, str, str], *, critical: bool) -> list[Fault]:
    """What is wrong with shelving the alert `ref` alone. Raises NotFound, for one that is not theirs to see too."""
    alert, _ = told_alert(doing, ref)
    found = (alert.site, alert.ring, alert.kind)
    if found != place:
        return [Fault("alert", shown(" · ".join(found)), "an alert of the place and kind that are given")]
    if alert.severity == "critical" and not critical:
        return [Fault("severity", alert.severity, "an alert that is not critical")]
    return []


@act("alert.unshelve", on=Shelf)
def unshelve(doing: Doing, shelf: Shelf, *, why: str = BY_PERSON) -> None:
    """Take it off the shelf: a person before its time, the clock when it is over or its alert became critical."""
    if why not in UNSHELVED:
        raise BadInput(f"shelf {shelf.pk}", [Fault("why", shown(why), "one of " + ", ".join(UNSHELVED))])
    if shelf.ended_at:
        raise BadInput(f"shelf {shelf.pk}", [Fault("ended", str(shelf.ended_at), "a shelf that still holds")])
    shelf.ended_at, shelf.end_reason = doing.at, why


@act("picture.refresh", creates=Position, recorded=False)
def refresh_picture(
    doing: Doing,
    *,
    site: str,
    positions: Columns,
    feeds: Mapping[str, Mapping[str, Any]] = {},
    outbox: Outbox | None = None,
) -> list[Position]:
    """Replace the live positions of `site`; note how `feeds`, by name, are: `state`, `seen_at`, `rows`, `refused`.

    `outbox`: forget what earlier pictures told of.
    """
    Position.objects.filter(site=site).delete()
    if found := encoded(positions):
        Position.objects.create(label_id=doing.label_id, site=site, **found)
    doing.publish(Position.info_class, "seen_at")
    for name, columns in feeds.items():
        Feed.objects.filter(name=name, closed_at=None).update(**columns)
    if feeds:
        doing.publish(Feed.info_class, "rows")
    if outbox is not None:
        outbox.forget(doing.at)
    return []


@act("archive.seal", creates=Feed)
def seal_archive(
    doing: Doing, *, site: str = "", segment: str, sha256: str, rows: int, replaces: Sequence[str] = ()
) -> list[Feed]:
    """A file of the archive is complete; the record keeps its digest, so that no observation is changed later.

    `replaces` names the files of the same day and site that it was merged from.
    """
    return []


@act("expected.register", creates=Expected)
def register_expected(
    doing: Doing,
    *,
    site: str,
    name: str,
    place: Mapping[str, Any],
    begin: datetime,
    end: datetime,
    count: int = 1,
    tokens: Sequence[str] = (),
) -> Expected:
    """Let up to `count` vehicles stand inside `place` (a GeoJSON Polygon) during [begin, end)."""
    faults = _area_faults(place, site)
    if end <= begin:
        faults.append(Fault("end", str(end), "a time after begin"))
    if not 1 <= count <= 100:
        faults.append(Fault("count", shown(count), "1 to 100"))
    if not name.strip():
        faults.append(Fault("name", "nothing", "what is expected"))
    if faults:
        raise BadInput("expected presence", faults)
    return Expected.objects.create(
        label_id=doing.label_id,
        site=site,
        name=name,
        place=place,
        begin=begin,
        end=end,
        count=count,
        tokens=list(tokens),
    )


def _area_faults(place: object, site: str) -> list[Fault]:
    """What is wrong with a polygon, by the same rules as for an exempt place."""
    properties = {"site": site, "name": "expected", "role": "exempt", "kinds": ["car"], "max_stay_s": 1}
    try:
        parse_feature({"type": "Feature", "geometry": place, "properties": properties}, "place")
    except BadInput as error:
        return list(error.faults)
    return []


@act("expected.withdraw", on=Expected)
def withdraw_expected(doing: Doing, expected: Expected) -> None:
    """It is no longer expected, from now on."""
    expected.withdrawn_at = doing.at
    expected.end = min(expected.end, doing.at)


@act("feed.open", creates=Feed)
def open_feed(
    doing: Doing,
    *,
    site: str = "",
    name: str,
    sensor: str = "",
    kind: str = "http",
    settings: Mapping[str, object] = {},
) -> Feed:
    """Let a source of observations in by `name`, of the sensors named in `sensor` by commas, or of any.

    The token of a kind that is posted to comes with `token.issue`; for one that connects, the node goes out to the
    peer that `settings` name. Those are the host's alone: nobody else sends the node to addresses in its network.
    """
    if wanted := _wanted_of_name(doing, name):
        raise BadInput("feed", [Fault("name", shown(name), wanted)])
    found = kind_of(kind)
    if found.connects and doing.accord.parties[doing.principal.party].side is not Side.HOST:
        raise BadInput("feed", [Fault("kind", shown(kind), "a kind that is posted to the node")])
    check_sensors(doing.marking, sensor)
    whole = found.checked(settings)
    if found.outward:
        whole["opened_by"] = doing.principal.name  # it tells no more than whoever opened it may read
    return Feed.objects.create(label_id=doing.label_id, name=name, sensor=sensor, kind=kind, settings=whole)


def _wanted_of_name(doing: Doing, name: str) -> str:
    """What the name of a new feed lacks, or nothing.

    A partner's feeds bear its id and a slash before their names, so that whether one is free tells of its own alone.
    """
    partners = [f"{one.id}/" for one in doing.accord.parties.values() if one.side is not Side.HOST]
    own = f"{doing.principal.party}/"
    if not 0 < len(name.strip()) <= 150:
        return "1 to 150 characters"
    if own in partners and not name.startswith(own):
        return f"a name that begins with {own}"
    if any(name.startswith(partner) for partner in partners if partner != own):
        return "a name that begins as no other party's do"
    return "a name that no feed has" if Feed.objects.filter(name=name).exists() else ""


@act("feed.close", on=Feed)
def close_feed(doing: Doing, feed: Feed) -> None:
    """Take no more from it."""
    feed.state, feed.closed_at = "closed", doing.at


def _columns(found: Mapping[str, Any]) -> dict[str, Any]:
    """An alert as the engine tells it (`Alert.to_plain`) as columns."""
    columns = {name: found[name] for name in _COPIED if name in found}
    for name in _TIMES:
        text = found.get(name)
        columns[f"{name}_at"] = parse(text, name) if text else None
    return columns


_TIMES = ("started", "raised", "updated", "ended")
_COPIED = [name for name in FIELDS if name not in ("id", "site", *_TIMES)]


def _set(alert: Alert, found: Mapping[str, Any]) -> None:
    columns = _columns(found)
    if columns["updated_at"] < alert.updated_at:
        return
    ended_before = alert.ended_at
    for name, value in columns.items():
        setattr(alert, name, value)
    alert.ended_at = alert.ended_at or ended_before
