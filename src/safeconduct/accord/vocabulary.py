"""The one list of act names and information classes; the Cedar schema, the record, the API and the pages follow it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType

READ = "read"
"""The Cedar action of reading. Not an act: it changes nothing and makes no entry."""

LANGUAGES = ("en", "zh-hans", "ur")
"""The languages of every text in an accord; each is equally binding."""


class Performer(StrEnum):
    """Who may do an act at all: the system advises, a named person decides."""

    PERSON = "person"
    NODE = "node"
    EITHER = "either"


@dataclass(frozen=True)
class ActTerms:
    """A named state change.

    `asks` names the act that this one grants: no role may hold both. `on` is the class that it is usually done to;
    explanations start from it, decisions do not depend on it.
    """

    name: str
    orders_host_unit: bool = False
    asks: str | None = None
    on: str = ""
    performer: Performer = Performer.PERSON


NODE, EITHER = Performer.NODE, Performer.EITHER

_ACTS = (
    ActTerms("place.import", on="place"),
    ActTerms("place.change", on="place"),
    ActTerms("place.remove", on="place"),
    ActTerms("posture.set", on="posture"),
    ActTerms("standard.import", on="standard"),
    ActTerms("control.apply", on="control"),
    ActTerms("control.remove", on="control"),
    ActTerms("control.test", on="control"),
    ActTerms("control.waive", asks="control.test", on="control"),
    ActTerms("control.unwaive", on="control"),
    ActTerms("control.overdue", on="control", performer=NODE),
    ActTerms("inspection.plan", on="inspection"),
    ActTerms("inspection.find", on="inspection"),
    ActTerms("inspection.attach", on="inspection"),
    ActTerms("inspection.detach", on="inspection"),
    ActTerms("inspection.finish", on="inspection"),
    ActTerms("inspection.return", on="inspection"),
    ActTerms("inspection.sign", on="inspection"),
    ActTerms("inspection.cancel", on="inspection"),
    ActTerms("photo.expire", on="photo", performer=NODE),
    ActTerms("sensor.health", on="sensor", performer=NODE),
    ActTerms("picture.refresh", on="position", performer=NODE),
    ActTerms("archive.seal", on="position", performer=NODE),
    ActTerms("archive.ask", on="question"),
    ActTerms("archive.expire", on="expiry", performer=NODE),
    ActTerms("evidence.hold", on="evidence"),
    ActTerms("evidence.lift", on="evidence"),
    ActTerms("alert.raise", on="alert", performer=NODE),
    ActTerms("alert.update", on="alert", performer=NODE),
    ActTerms("alert.clear", on="alert", performer=NODE),
    ActTerms("alert.acknowledge", on="alert"),
    ActTerms("alert.assess", on="alert"),
    ActTerms("alert.escalate", on="alert", performer=EITHER),
    ActTerms("presence.close", on="alert"),
    ActTerms("alert.shelve", on="shelf"),
    ActTerms("alert.shelve_critical", on="shelf"),
    ActTerms("alert.unshelve", on="shelf", performer=EITHER),
    ActTerms("expected.register", on="expected"),
    ActTerms("expected.withdraw", on="expected"),
    ActTerms("movement.plan", on="movement"),
    ActTerms("movement.amend", on="movement"),
    ActTerms("movement.request", on="movement"),
    ActTerms("movement.review", asks="movement.request", on="movement"),
    ActTerms("movement.lapse", on="movement", performer=NODE),
    ActTerms("movement.meet", on="movement"),
    ActTerms("movement.accept_risk", on="movement"),
    ActTerms("movement.accept_measures", asks="movement.request", on="movement"),
    ActTerms("movement.consent", asks="movement.plan", on="movement"),
    ActTerms("movement.withdraw", on="movement"),
    ActTerms("movement.hold", on="movement"),
    ActTerms("movement.lift", on="movement"),
    ActTerms("movement.depart", on="movement"),
    ActTerms("movement.arrive", on="movement"),
    ActTerms("movement.cancel", on="movement"),
    ActTerms("movement.propose_hold", on="movement", performer=NODE),
    ActTerms("movement.follow", on="progress", performer=NODE),
    ActTerms("movement.report", on="progress"),
    ActTerms("movement.deviate", on="progress", performer=NODE),
    ActTerms("movement.overdue", on="progress", performer=NODE),
    ActTerms("movement.answer", on="overdue"),
    ActTerms("movement.relieve", on="duress"),
    ActTerms("movement.explain", on="progress"),
    ActTerms("movement.sighted", on="progress"),
    ActTerms("movement.set_words", on="movement"),
    ActTerms("movement.hand_over", on="progress"),
    ActTerms("movement.accept", on="handover"),
    ActTerms("movement.refuse", on="handover"),
    ActTerms("movement.recall", on="handover"),
    ActTerms("movement.remind", on="handover", performer=NODE),
    ActTerms("movement.border", on="progress", performer=NODE),
    ActTerms("movement.count", on="progress"),
    ActTerms("movement.account", on="progress"),
    ActTerms("movement.hear", on="movement", performer=NODE),
    ActTerms("movement.close", on="movement"),
    ActTerms("template.save", on="journey_template"),
    ActTerms("template.repeat", on="journey_template"),
    ActTerms("template.remove", on="journey_template"),
    ActTerms("movement.recur", on="movement", performer=NODE),
    ActTerms("council.propose", on="council_rule"),
    ActTerms("council.agree", on="council_rule"),
    ActTerms("council.lift", on="council_rule"),
    ActTerms("escort.assign", orders_host_unit=True, on="movement"),
    ActTerms("sweep.certify", on="sweep"),
    ActTerms("sweep.void", on="sweep", performer=EITHER),
    ActTerms("measure.request", on="measure"),
    ActTerms("measure.order", orders_host_unit=True, asks="measure.request", on="measure"),
    ActTerms("measure.lift", orders_host_unit=True, on="measure"),
    ActTerms("cordon.propose", on="cordon"),
    ActTerms("cordon.order", orders_host_unit=True, on="cordon"),
    ActTerms("cordon.decline", on="cordon"),
    ActTerms("incident.open", on="incident"),
    ActTerms("incident.write", on="incident"),
    ActTerms("incident.correct", on="incident_entry"),
    ActTerms("incident.figure", on="incident"),
    ActTerms("incident.claim", on="incident"),
    ActTerms("incident.attribute", on="incident"),
    ActTerms("incident.link", on="incident"),
    ActTerms("incident.unlink", on="incident_entry"),
    ActTerms("incident.attach", on="incident"),
    ActTerms("incident.grade", on="incident"),
    ActTerms("incident.stand_down", on="incident"),
    ActTerms("incident.close", on="incident"),
    ActTerms("incident.reopen", on="incident"),
    ActTerms("role.appoint", on="appointment"),
    ActTerms("role.dismiss", on="appointment"),
    ActTerms("accord.enact", on="accord"),
    ActTerms("accord.suspend", on="accord"),
    ActTerms("accord.resume", on="accord"),
    ActTerms("record.erase", on="record"),
    ActTerms("release.widen", on="alert"),
    ActTerms("feed.open", on="feed"),
    ActTerms("feed.change", on="feed"),
    ActTerms("feed.close", on="feed"),
    ActTerms("look.enter", on="look"),
    ActTerms("reading.alarm", on="reading_alarm", performer=NODE),
    ActTerms("reading.answer", on="reading_alarm"),
    ActTerms("canary.place", on="canary"),
    ActTerms("canary.remove", on="canary"),
    ActTerms("movement.disclose", on="movement", performer=NODE),
    ActTerms("manifest.view", on="manifest"),
    ActTerms("manifest.reduce", on="movement", performer=NODE),
    ActTerms("conflict.note", on="movement", performer=NODE),
    ActTerms("calendar.issue", on="token"),
    ActTerms("token.issue", on="token"),
    ActTerms("token.revoke", on="token"),
    ActTerms("person.register", on="person"),
    ActTerms("person.change", on="person"),
    ActTerms("person.vet", on="person"),
    ActTerms("person.leave", on="person"),
    ActTerms("person.choose", on="person"),
    ActTerms("person.import", on="person"),
    ActTerms("person.find", on="lookup"),
    ActTerms("person.export", on="export"),
    ActTerms("person.forget", on="forgetting", performer=NODE),
    ActTerms("zone.make", on="zone"),
    ActTerms("zone.change", on="zone"),
    ActTerms("zone.close", on="zone"),
    ActTerms("whereabouts.fade", on="whereabouts", performer=NODE),
    ActTerms("strength.count", on="strength", performer=NODE),
    ActTerms("headcount.start", on="headcount"),
    ActTerms("headcount.propose", on="headcount", performer=NODE),
    ActTerms("headcount.confirm", on="headcount"),
    ActTerms("headcount.answer", on="headcount_answer"),
    ActTerms("headcount.answer_for", on="headcount_answer"),
    ActTerms("headcount.close", on="headcount"),
    ActTerms("message.send", on="delivery", performer=EITHER),
    ActTerms("message.note", on="delivery", performer=NODE),
    ActTerms("message.climb", on="delivery", performer=NODE),
    ActTerms("person.invite", on="enrolment"),
    ActTerms("person.enrol", on="phone"),
    ActTerms("phone.end", on="phone"),
    ActTerms("phone.change_pins", on="phone"),
    ActTerms("person.check_in", on="check_in"),
    ActTerms("person.sos", on="sos"),
    ActTerms("sos.move", on="sos"),
    ActTerms("sos.answer", on="sos"),
    ActTerms("sos.acknowledge", on="sos"),
    ActTerms("sos.end", on="sos"),
    ActTerms("sos.climb", on="sos", performer=NODE),
    ActTerms("help_line.give", on="help_line"),
    ActTerms("help_line.remove", on="help_line"),
    ActTerms("correction.ask", on="correction"),
    ActTerms("correction.answer", on="correction"),
    ActTerms("obligation.arise", on="obligation", performer=NODE),
    ActTerms("obligation.remind", on="obligation", performer=NODE),
    ActTerms("obligation.breach", on="obligation", performer=NODE),
    ActTerms("obligation.settle", on="obligation", performer=NODE),
    ActTerms("obligation.waive", on="obligation"),
    ActTerms("obligation.table", on="obligation"),
)

ACTS: Mapping[str, ActTerms] = MappingProxyType({act.name: act for act in _ACTS})

_FIELDS = {
    "place": "site name role ring geometry rules min_coverage width_m kinds max_stay_s hours",
    "post": "site name geometry",
    "posture": "site state since follows reason by",
    "standard": "name version controls imported_at by",
    "control": "site standard version code category statement likelihood impact evidence interval_days compliance "
    "tested_at due_at overdue waiver",
    "inspection": "site planned_for controls state inspector begun_at finished_at signer signed_at returned",
    "finding": "inspection site control result note found_at by",
    "photo": "inspection site control sha256 width height size added_at by",
    "sensor": "site name sensor geometry position calibration optics health seen_at",
    "position": "kind lon lat state seen_at sensor track ring site",
    "alert": "kind site ring severity lon lat started raised updated ended dwell_s unseen_s steps tracks sensors "
    "vehicle explanation state acknowledged_at disposition assessment escalated",
    "shelf": "site ring kind alert critical reason by begin until ended end_reason",
    "stay": "site kind lon lat began ended dwell_s left unseen_s sensors tracks",
    "question": "site place lon lat radius_m begin end at_least_s reason by asked",
    "evidence": "site alert begin end until reason by held lifted",
    "expiry": "site day files rows sha256 expired",
    "movement": "name site route depart_at arrive_at vehicles people travellers said risk accepted review conditions "
    "communications turn_back escort state keys holds gate purpose host_note",
    "leg": "movement number site route alternates origin destination begin_at end_at checkpoints rests hazards havens "
    "max_speed_kmh outdoor",
    "convoy_vehicle": "movement callsign vehicle_class seats tracker is_escort driver driver_hours",
    "journey_template": "site name plan pattern made_until",
    "council_rule": "site condition terms text begin until agreed lifting state",
    "progress": "name site state plan plan_m length_m delay_s eta leg speed_kmh seen_at source next_at checkpoints "
    "deviations vehicles post posts border lon lat trail count roll",
    "overdue": "movement name site cause of due_at began_at state factor rungs eta accounted_by accounted_at how "
    "reason",
    "duress": "movement name site cause of due_at began_at state factor rungs eta accounted_by accounted_at how reason",
    "handover": "movement name site from_site from_post to_post border_m due_at vehicles people state offered_by "
    "offered_at answered_by answered_at reason reminders",
    "sweep": "site route begin_m end_m searched_at valid_until unit void_at void_reason",
    "measure": "site kind text state ordered_at until unit request",
    "cordon": "site lon lat container card rings reason state proposed_at by decided_at decision measure",
    "incident": "site name type place lon lat text occurred_at logged_at severity state opened_by affected references "
    "closed_at outcome exercise",
    "incident_entry": "incident site party role at logged_at kind text data corrects",
    "casualty_figure": "incident site party role category whose count as_of logged_at source status replaces",
    "claim": "incident site party role who channel text claimed_at logged_at",
    "attribution": "incident site party role who confidence text logged_at",
    "incident_document": "incident site party role at logged_at name kind sha256 size text",
    "expected": "site name place begin end count tokens",
    "appointment": "user role area begin end",
    "accord": "name version digest enacted text party begin end reason",
    "record": "index time party act article class commitment",
    "feed": "name sensor kind settings state seen_at rows refused",
    "token": "name purpose user begin end",
    "look": "reader party role of_class of at what",
    "reading_alarm": "rule reader party role of_class count begin at state answer answered_by answered_at",
    "canary": "of_class of note by placed_at removed_at",
    "leg_soon": "movement name number site route begin_at end_at vehicles tracker gate",
    "leg_due": "movement name number site route begin_at end_at vehicles tracker gate",
    "manifest": "movement site people opened_at",
    "manifest_line": "reference name vehicle",
    "conflict": "movement party call state since",
    "person": "site reference name kind company zone language contacts vetting vetted_until training_until visit_begin "
    "visit_end seen_as cell_resolution left_at",
    "zone": "site name warden alternates closed_at",
    "lookup": "site by asked_at shown",
    "export": "site by at reason fields people sha256",
    "forgetting": "at people references",
    "whereabouts": "person site zone cell lon lat exact source occurred_at logged_at",
    "strength": "site people as_of",
    "headcount": "site call kind reason zones visitors state begun_at by confirmed_by closed_at closed_by outcome "
    "counts by_zone targets incident",
    "headcount_answer": "headcount person site zone visitor state asked_at sent_at delivered_at read_at answered_at by "
    "proxy way history",
    "delivery": "person what channel state attempts queued_at sent_at delivered_at read_at failed_at error",
    "enrolment": "site person begin end used_at by",
    "phone": "site person begin end end_reason",
    "check_in": "site person state claimed_at logged_at via journey stage",
    "sos": "site person lon lat accuracy_m moved_at silent way state claimed_at logged_at rung answered_at answered_by "
    "acknowledged_at acknowledged_by ended_at end_reason",
    "help_line": "site name number",
    "correction": "person site text asked_at state answer answered_at",
    "obligation": "code article trigger debtor creditor of_class of site arose_at claimed_at due_at reminded state "
    "settled_at settled_by noted_at late_s reason tabled",
}

CLASSES: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {info_class: tuple(fields.split()) for info_class, fields in _FIELDS.items()}
)
"""Information class to the names of its fields."""

PERSONAL = frozenset(
    {
        "check_in",
        "correction",
        "delivery",
        "enrolment",
        "headcount_answer",
        "help_line",
        "leg",
        "look",
        "movement",
        "person",
        "phone",
        "progress",
        "sos",
        "whereabouts",
        "zone",
    }
)
"""Classes whose rows belong to a person or to a warden's zone: a role of the office self or warden reaches only those
of its holder (store/bound.py), however far its articles go."""

OWN_TERMS = frozenset({"accord", "token"})
"""What a role of the office self may read that is no personal class: the accord, and tokens, which are shown to whoever
issued them alone."""

OPEN_CLASSES = frozenset({"accord", "record", "appointment"})
"""Classes about how the accord is kept, not about anyone's security: the only ones that an auditor reads."""
