"""The words of movements for people: states, the conditions of the gate, and what each of them rests on."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from django.utils.formats import date_format
from django.utils.timezone import localtime
from django.utils.translation import get_language, gettext_lazy, ngettext, pgettext_lazy
from django.utils.translation import gettext as _

from safeconduct import node
from safeconduct.accord.vocabulary import LANGUAGES
from safeconduct.movements.driving import DRIVING
from safeconduct.movements.gate import STANDS_ON_IT, STOPPED_SINCE, Condition
from safeconduct.terms.errors import Fault

STATES = {
    "draft": pgettext_lazy("movement state", "Draft"),
    "requested": pgettext_lazy("movement state", "Waits for review"),
    "deferred": pgettext_lazy("movement state", "Deferred"),
    "refused": pgettext_lazy("movement state", "Refused"),
    "planned": pgettext_lazy("movement state", "Cleared"),
    "held": pgettext_lazy("movement state", "Held"),
    "departed": pgettext_lazy("movement state", "On its way"),
    "arrived": pgettext_lazy("movement state", "Arrived"),
    "closed": pgettext_lazy("movement state", "Closed"),
    "cancelled": pgettext_lazy("movement state", "Cancelled"),
}

CONDITIONS = {
    "keys": gettext_lazy("Both parties have turned their key"),
    "no_hold": gettext_lazy("Nobody holds the movement"),
    "cleared": gettext_lazy("The host's review has cleared the plan"),
    "met": gettext_lazy("The conditions of the review are met"),
    "route": gettext_lazy("The route is known"),
    "no_alarm": gettext_lazy("No open alarm near the route"),
    "swept": gettext_lazy("The whole route is swept"),
    "escort": gettext_lazy("An escort is assigned"),
    "vehicle_class": gettext_lazy("Every vehicle is of the class that is asked for"),
    "training": gettext_lazy("Training of all travellers and drivers is current"),
    "vetting": gettext_lazy("Vetting of all travellers and drivers is current"),
    "risk": gettext_lazy("The risk is assessed and accepted"),
    "closed": gettext_lazy("The council lets movements pass"),
}

LACKS = {
    "keys": gettext_lazy("a key is missing"),
    "no_hold": gettext_lazy("it is held"),
    "cleared": gettext_lazy("the plan is not cleared"),
    "met": gettext_lazy("a condition of the review is not met"),
    "route": gettext_lazy("the route is not known"),
    "no_alarm": gettext_lazy("an alarm is open near the route"),
    "swept": gettext_lazy("the route is not swept"),
    "escort": gettext_lazy("no escort is assigned"),
    "vehicle_class": gettext_lazy("a vehicle is not of the class that is asked for"),
    "training": gettext_lazy("training is not current for all"),
    "vetting": gettext_lazy("vetting is not current for all"),
    "risk": gettext_lazy("the risk is not accepted"),
    "closed": gettext_lazy("the council lets no movement pass"),
}

SWEEPS = {
    "valid": pgettext_lazy("sweep state", "Valid"),
    "void": pgettext_lazy("sweep state", "Void"),
    "expired": pgettext_lazy("sweep state", "Expired"),
}

VOID_REASONS = {
    STOPPED_SINCE: gettext_lazy("Something stopped on it after the search."),
    STANDS_ON_IT: gettext_lazy("Something stood on it while it was searched, and nobody has cleared it."),
}
"""Reasons that the system gives, by code; a person's own words are shown as they are."""

TONES = {
    "draft": ("unknown", "unknown"),
    "requested": ("notice", "wait"),
    "deferred": ("alert", "wait"),
    "refused": ("critical", "no"),
    "planned": ("notice", "yes"),
    "held": ("critical", "stop"),
    "departed": ("good", "go"),
    "arrived": ("good", "yes"),
    "closed": ("unknown", "yes"),
    "cancelled": ("unknown", "no"),
    "proposed": ("notice", "wait"),
    "in_force": ("good", "yes"),
    "to_come": ("notice", "wait"),
    "over": ("unknown", "no"),
    "lifted": ("unknown", "no"),
    "valid": ("good", "yes"),
    "void": ("critical", "no"),
    "expired": ("unknown", "wait"),
}

VEHICLE_CLASSES = {
    "soft_skin": pgettext_lazy("vehicle class", "Not armoured"),
    "b4": "B4",
    "b6": "B6",
    "b7": "B7",
}

OUTCOMES = {
    "cleared": pgettext_lazy("review", "Cleared"),
    "cleared_with_conditions": pgettext_lazy("review", "Cleared with conditions"),
    "deferred": pgettext_lazy("review", "Deferred"),
    "refused": pgettext_lazy("review", "Refused"),
}

REASON_CLASSES = {
    "threat": gettext_lazy("Threat"),
    "route": gettext_lazy("Route"),
    "time": gettext_lazy("Time"),
    "vehicles": gettext_lazy("Vehicles"),
    "escort": gettext_lazy("Escort"),
    "risk": gettext_lazy("Risk"),
    "information": gettext_lazy("Missing information"),
    "other": gettext_lazy("Another reason"),
}

ENDED = {
    "expired": gettext_lazy("its time is over"),
    "more_severe": gettext_lazy("the alert state of a site on the way became more severe"),
}
"""Why a clearance ended by itself."""

ACCEPTED = {
    "people": gettext_lazy("Risk to the people"),
    "measures": gettext_lazy("Measures against it"),
}

RULES = {
    "swept": gettext_lazy("The whole way is swept"),
    "escort": gettext_lazy("A host unit escorts"),
    "vehicle_class": gettext_lazy("A least class of vehicles"),
    "training": gettext_lazy("Training is current"),
    "vetting": gettext_lazy("Vetting is current"),
    "closed": gettext_lazy("No movement passes"),
}
"""Conditions that the council may decide."""

RULE_STATES = {
    "proposed": pgettext_lazy("council decision", "Proposed"),
    "in_force": pgettext_lazy("council decision", "In force"),
    "to_come": pgettext_lazy("council decision", "Decided, not yet in force"),
    "over": pgettext_lazy("council decision", "Its time is over"),
    "lifted": pgettext_lazy("council decision", "Lifted"),
}

WEEKDAYS = {
    0: gettext_lazy("Monday"),
    1: gettext_lazy("Tuesday"),
    2: gettext_lazy("Wednesday"),
    3: gettext_lazy("Thursday"),
    4: gettext_lazy("Friday"),
    5: gettext_lazy("Saturday"),
    6: gettext_lazy("Sunday"),
}

FAULTS = {
    "name": gettext_lazy("Give it a name of 1 to 100 characters."),
    "route": gettext_lazy("Choose a route of this site."),
    "depart_at": gettext_lazy("Choose a time that is still to come."),
    "vehicles": gettext_lazy("Give a number from 1 to 200."),
    "people": gettext_lazy("Give a number from 1 to 5,000."),
    "reason": gettext_lazy("Give a reason of 1 to 1,000 characters."),
    "escort": gettext_lazy("Name the unit in at most 200 characters."),
    "end_m": gettext_lazy("Give a stretch that lies on the route, its beginning before its end."),
    "valid_until": gettext_lazy("Choose a time that is still to come."),
    "unit": gettext_lazy("Name the unit that searched."),
    "state": gettext_lazy("The movement is no longer in a state in which this can be done."),
    "keys": gettext_lazy("Your party has no key turned here."),
    "holds": gettext_lazy("That is already so: your party's hold stands, or is already lifted."),
    "legs": gettext_lazy("A journey has 1 to 20 legs."),
    "begin_at": gettext_lazy("Choose a time that is still to come, after the leg before has ended."),
    "end_at": gettext_lazy("Choose a time after the departure, within fourteen days."),
    "alternates": gettext_lazy("Name other routes of the same site."),
    "checkpoints": gettext_lazy("Give each checkpoint a name of its own and a time within the leg."),
    "rests": gettext_lazy("Give each rest a time within the leg, and its minutes."),
    "hazards": gettext_lazy("Give each hazard a stretch that lies on the route, and its words."),
    "havens": gettext_lazy("Give each haven a name, and a position that is on the earth."),
    "max_speed_kmh": gettext_lazy("Give a speed from 5 to 160 km/h."),
    "callsign": gettext_lazy("Give each vehicle a call sign of its own."),
    "vehicle_class": gettext_lazy("Choose a class from the list."),
    "tracker": gettext_lazy("Name the sensor and the track of its GPS, like gps/7."),
    "driver": gettext_lazy("Name someone on your party's list."),
    "driver_hours": gettext_lazy("Give a number from 0 to 24."),
    "travellers": gettext_lazy("Name people on your party's list."),
    "likelihood": gettext_lazy("Choose both, the likelihood and the impact."),
    "impact": gettext_lazy("Choose both, the likelihood and the impact."),
    "risk": gettext_lazy("The plan does not state its risk yet."),
    "reviewer": gettext_lazy("Someone else reviews it: neither its planner nor who refused it before."),
    "text": gettext_lazy("Say it in 1 to 1,000 characters."),
    "reason_class": gettext_lazy("Choose what the refusal is for."),
    "conditions": gettext_lazy("Give each condition its words and the party that meets it."),
    "deadline": gettext_lazy("Choose a time that is still to come; a plan whose time is over is amended first."),
    "until": gettext_lazy("Choose a time that is still to come."),
    "owner": gettext_lazy("The party that meets a condition enters that it has."),
    "party": gettext_lazy("The other party does this."),
    "agreed": gettext_lazy("Your party has said so already; the other party has to."),
    "lifting": gettext_lazy("Your party has said so already; the other party has to."),
    "condition": gettext_lazy("Choose a condition from the list."),
    "at_least": gettext_lazy("Choose a class for vehicles, and none for other conditions."),
    "weekdays": gettext_lazy("Choose at least one day."),
    "time": gettext_lazy("Give a time of the day, like 07:30."),
    "begin": gettext_lazy("Give a date."),
    "end": gettext_lazy("Give a date that is not before the first."),
    "spread_min": gettext_lazy("Give a number from 0 to 120."),
    "ahead_days": gettext_lazy("Give a number from 1 to 28."),
}
"""What to do about a fault, by the field that it names."""


def fault(where: str) -> Any:
    """The words for a fault at `where`, of a field or a condition of the gate."""
    kind, _dot, code = where.partition(".")
    if kind == "gate" and code in LACKS:
        return LACKS[code]
    return FAULTS.get(where, gettext_lazy("This cannot be done as it was entered."))


def plan_fault(one: Fault) -> Any:
    """The words for a fault of a plan: by the last name in its place; the limits of driving as the accord has them."""
    name = re.split(r"[\[.]", one.where.partition("].")[2] or one.where)[0]
    limits = node.current().accord.driving
    if one.found.endswith(DRIVING) and name in ("rests", "overnight"):
        said = (
            _("Drivers rest for %(rest)s after %(after)s at most (article %(article)s). Plan a rest in this leg.")
            if name == "rests"
            else _("More than %(most)s of driving need a stop of %(stop)s over night (article %(article)s).")
        )
        return said % {
            "rest": hours(limits.rest),
            "after": hours(limits.rest_after),
            "most": hours(limits.at_most),
            "stop": hours(limits.overnight),
            "article": limits.article,
        }
    if name in ("risk", "communications"):
        name = one.where.partition(".")[2] or name
    return fault(name)


def hours(length: timedelta) -> str:
    """Hours and minutes in the reader's language."""
    whole, minutes = divmod(round(length.total_seconds() / 60), 60)
    said = [_("%(count)s h") % {"count": whole}] if whole else []
    if minutes or not whole:
        said.append(_("%(count)s min") % {"count": minutes})
    return " ".join(said)


def language() -> str:
    """The reader's language, of those that the accord is written in."""
    found = get_language() or LANGUAGES[0]
    return found if found in LANGUAGES else LANGUAGES[0]


def level(code: str) -> str:
    """A level of risk by the accord's name for it."""
    named = node.current().accord.risk_matrix.levels.get(code)
    return named[language()] if named else code


def told(condition: Condition, parties: Mapping[str, str]) -> str:
    """What a condition of the gate rests on, in one sentence; empty where its title says all, or it is withheld."""
    detail = condition.detail
    if not detail and condition.code != "route":
        return ""
    match condition.code:
        case "keys" if not condition.holds:
            return _("Missing: %(parties)s") % {"parties": _names(detail["missing"], parties)}
        case "no_hold" if not condition.holds:
            return _("Held by %(parties)s") % {"parties": _names(detail["held_by"], parties)}
        case "route" if not condition.holds:
            return _("The site has no route of this name any more.")
        case "no_alarm":
            return _alarms(condition)
        case "swept":
            return _swept(condition)
        case "cleared":
            return _cleared(condition)
        case "met" if not condition.holds:
            return " · ".join(detail["open"])
        case "vehicle_class" | "training" | "vetting":
            return _counted(condition)
        case "risk":
            return _risk(condition)
        case "escort":
            return detail["escort"] if condition.holds else _("The host has ordered none yet.")
        case _:
            return ""


def _names(ids: list[str], parties: Mapping[str, str]) -> str:
    return ", ".join(parties.get(one, one) for one in ids)


def _alarms(condition: Condition) -> str:
    reach = {"reach": round(condition.detail["reach_m"])}
    if condition.holds:
        return _("None within %(reach)s m.") % reach
    seen = len(condition.detail["alerts"])
    if not seen:
        return _("One stands within %(reach)s m; its details are not released to you.") % reach
    said = ngettext("%(count)s stands within %(reach)s m.", "%(count)s stand within %(reach)s m.", seen)
    return said % {"count": seen, **reach}


def _swept(condition: Condition) -> str:
    until, unswept_m = condition.detail["until"], condition.detail["unswept_m"]
    if condition.holds:
        if until is None:
            return ""
        return _("The first certificate expires at %(time)s.") % {"time": date_format(localtime(until), "H:i")}
    if unswept_m is None:
        return _("Without a route nothing can be swept.")
    missing = _("%(metres)s m are without a valid certificate.") % {"metres": unswept_m}
    return " ".join([missing, _("One was voided.")]) if condition.detail["void"] else missing


def _cleared(condition: Condition) -> str:
    detail = condition.detail
    if condition.holds:
        return _("Until %(time)s.") % {"time": date_format(localtime(detail["until"]), "j M H:i")}
    if detail["ended"]:
        return _("The clearance ended: %(why)s.") % {"why": ENDED.get(detail["ended"], detail["ended"])}
    return str(OUTCOMES.get(detail["outcome"], _("Nobody has reviewed it yet.")))


def _counted(condition: Condition) -> str:
    detail = condition.detail
    if condition.code != "vehicle_class":
        if condition.holds:
            return ""
        said = ngettext("%(count)s of %(of)s is not current.", "%(count)s of %(of)s are not current.", detail["of"])
        return said % {"count": detail["not_current"], "of": detail["of"]}
    asked = _("Class %(asked)s or higher.") % {"asked": VEHICLE_CLASSES[detail["at_least"]]}
    if condition.holds:
        return asked
    unfit, said = detail["below"] + detail["unknown"], _("%(count)s of %(of)s are lower, or not known.")
    return " ".join([asked, said % {"count": unfit, "of": detail["of"]}])


def _risk(condition: Condition) -> str:
    detail = condition.detail
    if not detail["level"]:
        return _("Nobody has assessed it yet.")
    said = _("Level: %(level)s.") % {"level": level(detail["level"])}
    if detail["no_way"]:
        return " ".join([said, _("Nobody accepts a risk of this level.")])
    lacks = {"people": _("Not accepted for the people yet."), "measures": _("The measures are not accepted yet.")}
    return " ".join([said, *(lacks[one] for one in detail["missing"])])
