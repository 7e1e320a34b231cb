"""Worlds: databases filled by acts alone, equal but for what is withheld from one reader.

`build("plain")` is the reference. Every other variant differs only in what the reader of that variant may not have:
in content (a text, a position, a unit) or in presence (one more thing that is withheld whole).
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

from django.contrib.auth.hashers import make_password
from tests import incidents_world, phones_world, standards_world

from safeconduct import acts as pipeline
from safeconduct import node
from safeconduct.council.acts import enact, resume, suspend
from safeconduct.demo.world import places
from safeconduct.movements import acts as movements
from safeconduct.movements.models import Movement
from safeconduct.obligations.acts import breach
from safeconduct.obligations.models import OPEN, Obligation
from safeconduct.people import person_acts as people
from safeconduct.people.acts import appoint, issue_token
from safeconduct.people.founding import appointing_principal
from safeconduct.people.headcounts.acts import answer_for
from safeconduct.people.headcounts.acts import propose as propose_headcount
from safeconduct.people.headcounts.acts import start as start_headcount
from safeconduct.people.importing import read_roster
from safeconduct.people.models import HeadcountAnswer, User
from safeconduct.people.person_queries import export as take_out
from safeconduct.people.person_queries import find as find_person
from safeconduct.people.persons import Particulars
from safeconduct.people.roster_acts import import_people
from safeconduct.people.whereabouts.acts import count_strength
from safeconduct.sites.acts import import_places, set_health
from safeconduct.sites.geojson import to_geojson
from safeconduct.sites.models import Sensor
from safeconduct.store.guard import passage
from safeconduct.store.labels import intern, marking_of, relabelled
from safeconduct.strategy.acts import order_measure, request_measure
from safeconduct.terms import instant
from safeconduct.terms.ids import new_id
from safeconduct.terms.marking import Marking, Tlp
from safeconduct.terms.party import Grant, Principal
from safeconduct.terms.place import Point
from safeconduct.watch import acts as watch
from safeconduct.watch import archive
from safeconduct.watch.keeping.acts import ask, expire, hold_evidence
from safeconduct.watch.positions import columns

HIDDEN = (
    "progress",
    "overdue",
    "duress",
    "handover",
    "template",
    "council_rule",
    "alert",
    "shelf",
    "movement",
    "sweep",
    "measure",
    "expected",
    "feed",
    "token_duty",
    "appointment_duty",
    "suspension",
    "question",
    "evidence",
    "person",
    "zone",
    "headcount",
    "obligation",
    *phones_world.HIDDEN,
    *incidents_world.HIDDEN,
)
"""Subjects of URLs of which `world.refs` holds `hidden_…`: an extra thing's id, or one that nothing has."""

ALERT_IDS = 0x01A20C24_E6B1_7000_8000_000000000000
RED_ALERT = uuid.UUID(int=ALERT_IDS + 0xFF)

START = datetime(2026, 3, 2, 15, 10, tzinfo=UTC)
SITE = "marjan"
ROUTE = "compound to terminal"

ACTORS: dict[str, tuple[str, str, str, str]] = {
    # actor: (user, party, role, area)
    "stranger": ("stranger", "host", "", ""),
    "duty": ("duty", "host", "host.duty_officer", ""),
    "commander": ("commander", "host", "host.commander", ""),
    "gatepost": ("gatepost", "host", "host.gate_post", SITE),
    "gatepost_elsewhere": ("farpost", "host", "host.gate_post", "harbour"),
    "past_commander": ("pastcommander", "host", "host.commander", ""),
    "focal": ("focal", "host", "host.focal_point", ""),
    "liaison": ("liaison", "partner", "partner.liaison_officer", ""),
    "manager": ("manager", "partner", "partner.project_manager", ""),
    "head": ("head", "partner", "partner.head_of_mission", ""),
    "warden": ("warden", "partner", "partner.warden", SITE),
    "person": ("person", "partner", "partner.person", SITE),
    "phone": ("phone", "partner", "", ""),
    "auditor": ("auditor", "partner", "auditor", ""),
    "dpo": ("dpo", "host", "dpo", ""),
}
"""Everyone who may ask but for the anonymous. `stranger` holds no role; `past_commander`'s appointment is over."""


class Clock:
    """A node clock that stands still until it is told to move."""

    def __init__(self) -> None:
        self.at = START

    def __call__(self) -> datetime:
        return self.at


@dataclass
class World:
    """What a world holds, by name, for tests to ask for."""

    refs: dict[str, uuid.UUID] = field(default_factory=dict)
    users: dict[str, User] = field(default_factory=dict)


def principal(actor: str) -> Principal:
    user, party, role, area = ACTORS[actor]
    return Principal(user, party, (Grant(role, area),) if role else ())


def alert_found(number: int, **changed: Any) -> dict[str, Any]:
    """An alert as the engine tells it."""
    raised = START - timedelta(minutes=5 + number)
    return {
        "kind": "dwell",
        "site": SITE,
        "ring": "outer",
        "severity": "alert",
        "lon": 75.0065,
        "lat": -5.0025,
        "started": instant.iso(raised - timedelta(minutes=5)),
        "raised": instant.iso(raised),
        "updated": instant.iso(raised),
        "ended": None,
        "dwell_s": 300.0,
        "unseen_s": 0.0,
        "steps": [{"severity": "alert", "at": instant.iso(raised)}],
        "tracks": ["cam-03/17", "cam-04/9"],
        "sensors": ["cam-03", "cam-04"],
        "vehicle": "car",
        "explanation": {"sentence": "Stood 300 s in the outer ring."},
    } | changed


SHORT: dict[str, Any] = {
    "lon": 75.0075,
    "dwell_s": 777.0,
    "started": "2026-03-02T14:00:00Z",
    "updated": "2026-03-02T15:09:00Z",
    "vehicle": "truck",
    "steps": [],
}
"""What a project manager is not told of an alert, otherwise; no nearer to the route, and no farther from it."""


def build(
    *,
    host_words: str = "plain",
    partner_words: str = "plain",
    alert_words: str = "plain",
    host_extra: bool = False,
    red_extra: bool = False,
    partner_extra: bool = False,
    duress: bool = False,
    aside: bool = False,
    late: bool = False,
    decoys: bool = False,
) -> World:
    """Fill the empty database. `words` go into fields that the other side may not read, `extra`s are such things.

    `alert_words` go into what the short form of an alert, a project manager's, leaves out.
    """
    from tests import worlds_late
    from tests.worlds_way import on_the_way

    world = World()
    world.refs |= {f"hidden_{subject}": new_id() for subject in (*HIDDEN, *worlds_late.HIDDEN)}
    world.refs["hidden_alert"] = RED_ALERT
    _people(world)
    enact(principal("focal"))
    _suspension(world)
    _places(host_words)
    _watch(world, host_words, alert_words)
    _movement(world, host_words, partner_words)
    _measures(world, host_words)
    _persons(world, partner_words)
    _headcount(world, partner_words)
    phones_world.fill(world.refs, world.users, principal, partner_words)
    _plans(world, partner_words)
    on_the_way(world, words=partner_words, duress=duress, aside=aside)
    _tokens(world)
    _archive(world, host_words, partner_words)
    standards_world.fill(world.refs, principal, host_words, partner_words)
    incidents_world.fill(world.refs, principal, host_words, partner_words)
    if host_extra or red_extra:
        _red_extra()
    if host_extra:
        _host_extra(world)
        standards_world.fill_extra(world.refs, principal("commander"), principal("duty"), mark)
        incidents_world.fill_extra(world.refs, principal("duty"), mark)
    if partner_extra:
        _partner_extra(world)
        standards_world.fill_extra(world.refs, principal("liaison"), principal("liaison"), mark)
        incidents_world.fill_extra(world.refs, principal("liaison"), mark)
    worlds_late.protect(world, late=late, decoys=decoys)
    _obligations(world)
    return world


def _obligations(world: World) -> None:
    """What the host owes because of the first alert, and a deadline that it missed."""
    with passage("release"):
        owed = Obligation.objects.get(code="acknowledge-alert", of=world.refs["alert"])
        missed = Obligation.objects.get(code="acknowledge-alert", of=world.refs["alert_2"])
    world.refs["obligation"], world.refs["obligation_missed"] = owed.pk, missed.pk
    if missed.state == OPEN:
        breach(node.current().system("node.clock"), missed.pk)


def _people(world: World) -> None:
    for actor, (name, party, role, area) in ACTORS.items():
        world.users[actor] = User.objects.create(username=name, party=party, password=_password())
        if role:
            begin = START - timedelta(days=2)
            end = START - timedelta(days=1) if actor == "past_commander" else None
            made = appoint(appointing_principal(party), site=area, user=name, role=role, begin=begin, end=end)
            world.refs[f"appointment_{actor}"] = made.pk


def _suspension(world: World) -> None:
    """One that is over."""
    world.refs["suspension"] = suspend(principal("head"), reason="A review.").pk
    resume(principal("head"), world.refs["suspension"])


@cache
def _password() -> str:
    """Hashed once: hashing is slow on purpose, and nobody types it."""
    return make_password("a long password")


def _places(words: str) -> None:
    features = to_geojson(places())["features"]
    for feature in features:
        if feature["properties"]["role"] == "post":
            feature["properties"]["name"] += f" {words}"
        if feature["properties"]["role"] == "sensor" and words != "plain":
            feature["properties"]["sensor"] = f"{words} {feature['properties']['name']}"
            feature["geometry"] = {"type": "Point", "coordinates": [75.0005, -5.0005]}
    import_places(principal("commander"), site=SITE, features=features)
    with passage("release"):
        sensor = Sensor.objects.order_by("name").first()
    set_health(node.current().system("node.watch"), sensor.pk, health="silent", seen_at=START)


def _watch(world: World, words: str, alert_words: str) -> None:
    system = node.current().system("node.watch")
    feed = watch.open_feed(principal("commander"), name=f"cameras {words}")
    world.refs["feed"] = feed.pk
    for number, name in enumerate(("alert", "alert_2", "alert_3")):
        found = alert_found(
            number,
            tracks=[f"cam-03/{words}"],
            sensors=[f"cam-{words}"],
            explanation={"sentence": f"By {words}."},
            unseen_s=float(len(words)),
            **(SHORT if alert_words != "plain" else {}),
        )
        ref = uuid.UUID(int=ALERT_IDS + number)
        world.refs[name] = watch.raise_alert(system, site=SITE, alert_id=ref, found=found).pk
    _shelf(world, words)
    disposition = "benign" if alert_words == "plain" else "false"
    watch.assess(principal("duty"), world.refs["alert_3"], disposition=disposition, assessment=f"As {words}.")
    position = {
        "kind": "car",
        "lon": 75.001,
        "lat": -5.001,
        "state": "seen",
        "seen_at": START,
        "sensor": f"cam-{words}",
        "track": words,
        "ring": "outer",
    }
    feeds = {feed.name: {"rows": len(words), "refused": {"no_time": len(words)}, "seen_at": START}}
    watch.refresh_picture(system, site=SITE, positions=columns([position]), feeds=feeds)
    square = [[75.0, -5.0], [75.001, -5.0], [75.001, -4.999], [75.0, -4.999], [75.0, -5.0]]
    expected = watch.register_expected(
        principal("gatepost"),
        site=SITE,
        name="bread van",
        place={"type": "Polygon", "coordinates": [square]},
        begin=START,
        end=START + timedelta(hours=1),
        tokens=[words],
    )
    world.refs["expected"] = expected.pk


def _shelf(world: World, words: str) -> None:
    """One over one of the alerts, whose reason the partner is not told."""
    made = watch.shelve(
        principal("duty"),
        site=SITE,
        ring="outer",
        kind="dwell",
        alert=world.refs["alert_2"],
        until=START + timedelta(hours=2),
        reason=f"Because {words}.",
    )
    world.refs["shelf"] = made.pk


def _movement(world: World, host_words: str, partner_words: str) -> None:
    sweep = movements.certify_sweep(
        principal("gatepost"),
        site=SITE,
        route=ROUTE,
        begin_m=0.0,
        end_m=400.0,
        valid_until=START + timedelta(hours=1),
        unit=f"Search team {host_words}",
    )
    world.refs["sweep"] = sweep.pk
    planned = movements.plan(
        principal("manager"),
        site=SITE,
        name="Convoy Heron",
        route=ROUTE,
        depart_at=START + timedelta(minutes=40),
        vehicles=4,
        people=9,
        purpose=f"Because of {partner_words}.",
        risk={"likelihood": "unlikely", "impact": "minor"},
    )
    world.refs["movement"] = planned.pk
    movements.accept_risk(principal("manager"), planned.pk)
    movements.request(principal("manager"), planned.pk)
    movements.review(
        principal("commander"),
        planned.pk,
        outcome="cleared",
        conditions=[{"text": "Call from the compound's gate.", "owner": "partner"}],
    )
    with passage("act"):
        type(planned).objects.filter(pk=planned.pk).update(host_note=f"Note: {host_words}.")
    movements.consent(principal("liaison"), planned.pk)
    movements.propose_hold(node.current().system("node.watch"), planned.pk, alert=world.refs["alert"], distance_m=20)


def _plans(world: World, words: str) -> None:
    """Who travels, a template of the partner's, and a decision that it proposes in council."""
    movement = str(world.refs["movement"])
    with passage("act"):
        travels = world.refs["person_warden" if words == "plain" else "person_person"]
        Movement.objects.filter(pk=movement).update(travellers=[str(travels)], turn_back="A crowd.")
    kept = movements.save_template(principal("manager"), site=SITE, movement=movement, name="Evening shift")
    world.refs["template"] = kept.pk
    asked = movements.propose(
        principal("liaison"), site=SITE, condition="vehicle_class", at_least="b7", text="B7 until the visit is over."
    )
    world.refs["council_rule"] = asked.pk


def _measures(world: World, words: str) -> None:
    asked = request_measure(principal("liaison"), site=SITE, kind="look", text="Please look.")
    world.refs["request"] = asked.pk
    ordered = order_measure(principal("commander"), site=SITE, kind="look", text="Look.", unit=f"Patrol {words}")
    world.refs["measure"] = ordered.pk


def _persons(world: World, words: str) -> None:
    """A zone with its warden, one person with an account, one who left, and a visitor; `words` tell of them."""
    manager, day = principal("manager"), START.date()
    secret = "" if words == "plain" else f" {words}"
    contacts = [{"channel": "chat", "address": f"@{words}"}]
    for actor, reference in (("warden", "L-0001"), ("person", "L-0002")):
        given = Particulars(
            reference, f"{actor.title()} Aldar{secret}", "protected", f"Works{secret}", contacts=contacts
        )
        row = people.register(manager, given, site=SITE)
        world.refs[f"person_{actor}"] = row.pk
        with passage("act"):
            type(row).objects.filter(pk=row.pk).update(user_name=principal(actor).name)
        people.vet(manager, row.pk, vetting="cleared", until=day + timedelta(days=30 + len(words)))
    world.refs["person"] = world.refs["person_person"]
    zone = people.make_zone(manager, site=SITE, name=f"North{secret}", warden=str(world.refs["person_warden"]))
    world.refs["zone"] = zone.pk
    for actor in ("warden", "person"):
        people.change(manager, world.refs[f"person_{actor}"], {"zone": zone.pk})
    people.choose(principal("person"), world.refs["person"], seen_as="off" if secret else "zone")
    visit = {"visit_begin": START - timedelta(hours=1), "visit_end": START + timedelta(hours=1 + len(words))}
    people.register(manager, Particulars("V-0001", f"Timo Beren{secret}", "visitor", **visit), site=SITE)
    left = people.register(manager, Particulars("L-0009", f"Noor Castor{secret}", "driver"), site=SITE)
    people.leave(manager, left.pk)
    find_person(principal("liaison"), "L-0002")


def _headcount(world: World, words: str) -> None:
    """One that as many answered as in every world, but others, for another reason; one that waits; strengths."""
    liaison, clock = principal("liaison"), node.current().system("node.clock")
    headcount = start_headcount(liaison, site=SITE, reason=f"Because of {words}.")
    world.refs["headcount"] = headcount.pk
    with passage("release"):
        asked = dict(HeadcountAnswer.objects.filter(headcount=headcount.pk).values_list("person__reference", "pk"))
    safe, hurt = ("L-0001", "V-0001") if words == "plain" else ("V-0001", "L-0001")
    world.refs["answer"] = asked["L-0002"]
    answer_for(liaison, [asked[safe]], site=SITE, says="safe")
    answer_for(liaison, [asked[hurt]], site=SITE, says="need_help")
    propose_headcount(clock, site=SITE, party="partner", reason=f"Because of {words}.")
    count_strength(clock)


def _tokens(world: World) -> None:
    for actor in ("duty", "liaison"):
        world.refs[f"token_{actor}"] = issue_token(principal(actor), name=f"script of {actor}", purpose="api").pk


STOOD_FROM = START - timedelta(minutes=50)


def _archive(world: World, host_words: str, partner_words: str) -> None:
    """A car that stood at a gate for twenty minutes, the questions of both parties about it, and evidence held."""
    gate = Point(*places().gates[0].point.coords[0])
    rows = [
        {
            "time": STOOD_FROM + timedelta(seconds=second),
            "sensor": f"cam-{host_words}",
            "track": host_words,
            "lon": gate.lon,
            "lat": gate.lat,
            "kind": "car",
            "state": "seen",
        }
        for second in range(0, 1200, 2)
    ]
    table = archive.pa.Table.from_pylist(rows, archive.STORED)
    archive.write_file(node.current().archive, Path("2026-03-02") / SITE / "000000000001.parquet", SITE, table)
    asked = {"lon": gate.lon, "lat": gate.lat, "begin": START - timedelta(hours=2), "end": START, "site": SITE}
    world.refs["question"] = ask(principal("duty"), reason=f"By {host_words}.", **asked).pk
    world.refs["partner_question"] = ask(principal("liaison"), reason=f"By {partner_words}.", **asked).pk
    until = START + timedelta(days=40)
    held = {"site": SITE, "begin": STOOD_FROM, "end": START, "until": until}
    world.refs["evidence"] = hold_evidence(principal("duty"), reason=f"By {host_words}.", **held).pk
    expire(
        node.current().system("node.watch"),
        site=SITE,
        day="2026-01-30",
        files=[{"name": "000000000001.parquet", "sha256": "0" * 64, "rows": 7}],
        sha256="1" * 64,
    )


def _red_extra() -> None:
    """An alert that of the host's own people, too, only some may know of. It stands in no movement's way."""
    found = alert_found(9, severity="critical", lon=75.4, presence="red")
    red = watch.raise_alert(node.current().system("node.watch"), site=SITE, alert_id=RED_ALERT, found=found)
    mark(red, Tlp.RED)
    span = {"begin": STOOD_FROM, "end": START, "until": START + timedelta(days=1)}
    hold_evidence(principal("commander"), site=SITE, reason="Of that one.", alert=RED_ALERT, **span)


def _host_extra(world: World) -> None:
    """Things that the partner may not know of at all."""
    commander = principal("commander")
    measure = order_measure(commander, site=SITE, kind="search", text="Search it.", unit="Patrol 9")
    sweep = movements.certify_sweep(
        principal("gatepost"),
        site=SITE,
        route=ROUTE,
        begin_m=100.0,
        end_m=200.0,
        valid_until=START + timedelta(hours=1),
        unit="Search team 9",
    )
    strict = [
        watch.register_expected(
            principal("gatepost"),
            site=SITE,
            name="a secret van",
            place={"type": "Polygon", "coordinates": [[[75.0, -5.0], [75.001, -5.0], [75.001, -4.999], [75.0, -5.0]]]},
            begin=START,
            end=START + timedelta(hours=1),
        ),
        measure,
        sweep,
    ]
    for one in strict:
        mark(one, Tlp.AMBER_STRICT)
    shelf = watch.shelve(
        principal("duty"), site=SITE, ring="outer", kind="dwell", until=START + timedelta(hours=1), reason="A secret."
    )
    mark(shelf, Tlp.AMBER_STRICT)
    world.refs["hidden_shelf"] = shelf.pk
    feed = watch.open_feed(commander, name="a secret feed")
    token = issue_token(principal("duty"), name="another of the host", purpose="api")
    watch.escalate(principal("duty"), world.refs["alert"])
    evidence = hold_evidence(
        commander, site=SITE, begin=STOOD_FROM, end=START, until=START + timedelta(days=1), reason="A secret."
    )
    mark(evidence, Tlp.AMBER_STRICT)
    extras = {"measure": measure, "sweep": sweep, "expected": strict[0], "feed": feed, "evidence": evidence}
    extras["question"] = ask(
        principal("duty"), site=SITE, lon=75.0, lat=-5.0, begin=STOOD_FROM, end=START, reason="A secret."
    )
    for subject, row in extras.items():
        world.refs[f"hidden_{subject}"] = row.pk
    world.refs["hidden_token_duty"] = token.pk


def _partner_extra(world: World) -> None:
    """Things that the host may not know of at all: a movement that is nobody else's, a strict request, a lent feed."""
    from tests.worlds_way import secret_way

    _persons_extra(world)
    phones_world.fill_extra(world.refs, principal, lambda row: mark(row, Tlp.AMBER_STRICT))
    secret_way(world)
    secret = propose_headcount(node.current().system("node.clock"), site=SITE, party="partner", reason="A secret.")
    mark(secret, Tlp.RED)
    world.refs["hidden_headcount"] = secret.pk
    planned = movements.plan(
        principal("manager"),
        site=SITE,
        name="Convoy Ibis",
        route=ROUTE,
        depart_at=START + timedelta(minutes=10),
        vehicles=1,
        people=2,
        purpose="Nobody else's.",
    )
    asked = request_measure(principal("liaison"), site=SITE, kind="cordon", text="Please cordon it off.")
    movement = str(world.refs["movement"])
    kept = movements.save_template(principal("manager"), site=SITE, movement=movement, name="A secret way")
    world.refs["hidden_template"] = kept.pk
    proposed = movements.propose(principal("liaison"), condition="closed", text="A secret thought.")
    mark(proposed, Tlp.AMBER_STRICT)
    world.refs["hidden_council_rule"] = proposed.pk
    mark(planned, Tlp.RED)
    mark(asked, Tlp.AMBER_STRICT)
    feed = watch.open_feed(principal("liaison"), name="partner/lent cameras")
    token = issue_token(principal("liaison"), name="another of the partner", purpose="api")
    evidence = hold_evidence(
        principal("liaison"), site=SITE, begin=STOOD_FROM, end=START, until=START + timedelta(days=1), reason="Ours."
    )
    mark(evidence, Tlp.AMBER_STRICT)
    question = ask(principal("liaison"), site=SITE, lon=75.0, lat=-5.0, begin=STOOD_FROM, end=START, reason="Ours.")
    extras = {"movement": planned, "measure": asked, "feed": feed, "token_duty": token}
    for subject, row in (extras | {"evidence": evidence, "question": question}).items():
        world.refs[f"hidden_{subject}"] = row.pk


def _persons_extra(world: World) -> None:
    """One more person, and one more zone, of which the host learns nothing."""
    manager = principal("manager")
    zone = people.make_zone(manager, site=SITE, name="Secret")
    given = Particulars("L-0077", "Petra Dunai", "guard", zone=zone.pk)
    world.refs["hidden_person"] = people.register(manager, given, site=SITE).pk
    world.refs["hidden_zone"] = zone.pk
    roster = read_roster(b"reference,name,kind\nL-0078,Jun Erlik,driver\n", UTC)
    import_people(manager, roster, site=SITE)
    take_out(manager, site="", fields=["reference"], reason="A secret.")


def mark(row: Any, tlp: Tlp) -> None:
    """Mark `row` as releasable to nobody else, and what was published of it too, as if it had been from the start."""
    with passage("act"):
        marking = marking_of(row.label_id)
        label = intern(Marking(marking.originator, marking.info_class, tlp, frozenset(), marking.area))
        type(row).objects.filter(pk=row.pk).update(label_id=label)
        pipeline.Event.objects.filter(ref=row.pk).update(label_id=label)
        owed = Obligation.objects.filter(of=row.pk)
        of_it = relabelled(label, Obligation.info_class)
        pipeline.Event.objects.filter(ref__in=list(owed.values_list("pk", flat=True))).update(label_id=of_it)
        owed.update(label_id=of_it)
