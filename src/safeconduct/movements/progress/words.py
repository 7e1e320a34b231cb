"""The words of movements on their way: deviations and why they are told, rungs of the ladder, hand-overs, roll call."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from django.utils.formats import date_format
from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from safeconduct.terms.instant import from_epoch_ms

STATES = {
    "departed": pgettext_lazy("movement state", "On its way"),
    "arrived": pgettext_lazy("movement state", "Arrived"),
    "closed": pgettext_lazy("movement state", "Closed"),
}

KINDS = {
    "late": pgettext_lazy("deviation", "Late"),
    "early": pgettext_lazy("deviation", "Early"),
    "off_route": pgettext_lazy("deviation", "Off the route"),
    "unplanned_stop": pgettext_lazy("deviation", "Unplanned stop"),
    "missed_checkpoint": pgettext_lazy("deviation", "Missed checkpoint"),
    "overspeed": pgettext_lazy("deviation", "Too fast"),
    "silent": pgettext_lazy("deviation", "Silent"),
    "wrong_vehicle": pgettext_lazy("deviation", "Wrong vehicle"),
}

CAUSES = {
    "checkpoint": gettext_lazy("No word at a checkpoint"),
    "arrival": gettext_lazy("It has not arrived"),
    "silent": gettext_lazy("No device is heard"),
    "uncounted": gettext_lazy("Its people are not accounted for"),
    "duress": gettext_lazy("The word of duress was given"),
    "wrong_word": gettext_lazy("Wrong words were given"),
}

RUNGS = {
    "noted": gettext_lazy("Overdue is noted"),
    "ping": gettext_lazy("A silent message asks the convoy"),
    "calls": gettext_lazy("Call twice; ask the other vehicles and the last checkpoint"),
    "duty_officers": gettext_lazy("The duty officers of both parties are called"),
    "host_looks": gettext_lazy("The host sends a unit to look; notice is due"),
    "crisis_cell": gettext_lazy("The crisis cell meets; families hear from it alone"),
    "again": gettext_lazy("All are called again"),
}

OWNERS = {
    "system": gettext_lazy("the system"),
    "partner": gettext_lazy("the partner's desk"),
    "both": gettext_lazy("both duty desks"),
    "host": gettext_lazy("the host"),
}

HOW = {
    "explained": gettext_lazy("a new time was agreed"),
    "sighted": gettext_lazy("it was seen"),
    "reported": gettext_lazy("it told of itself"),
    "arrived": gettext_lazy("it arrived"),
    "closed": gettext_lazy("everyone is accounted for"),
    "relieved": gettext_lazy("it is safe"),
}

OFFERS = {
    "offered": pgettext_lazy("hand-over", "Offered"),
    "accepted": pgettext_lazy("hand-over", "Accepted"),
    "refused": pgettext_lazy("hand-over", "Refused"),
    "withdrawn": pgettext_lazy("hand-over", "Taken back"),
}

SOURCES = {
    "device": gettext_lazy("by its devices"),
    "report": gettext_lazy("by a report"),
    "sighted": gettext_lazy("by who saw it"),
    "": gettext_lazy("nobody has told of it"),
}

VEHICLES = {
    "driving": pgettext_lazy("vehicle", "Driving"),
    "standing": pgettext_lazy("vehicle", "Standing"),
    "off": pgettext_lazy("vehicle", "Off the route"),
    "silent": pgettext_lazy("vehicle", "Silent"),
}

STATUSES = {
    "here": pgettext_lazy("roll call", "Here"),
    "missing": pgettext_lazy("roll call", "Missing"),
    "left_behind": pgettext_lazy("roll call", "Left behind"),
    "not_asked": pgettext_lazy("roll call", "Not yet called"),
    "aboard": pgettext_lazy("roll call", "On board"),
}

STAGES = {
    "boarded": pgettext_lazy("by phone", "boarded"),
    "arrived": pgettext_lazy("by phone", "arrived"),
}

OPEN_ENDS = {
    "count": gettext_lazy("the host has not counted its people"),
    "differs": gettext_lazy("another number was counted than travelled"),
    "roll": gettext_lazy("not every traveller is accounted for"),
}

TONES = {
    "departed": ("notice", "go"),
    "arrived": ("good", "yes"),
    "closed": ("unknown", "yes"),
    "late": ("alert", "wait"),
    "early": ("notice", "wait"),
    "off_route": ("critical", "alert"),
    "unplanned_stop": ("alert", "stop"),
    "missed_checkpoint": ("alert", "alert"),
    "overspeed": ("notice", "alert"),
    "silent": ("critical", "unlinked"),
    "wrong_vehicle": ("critical", "no"),
    "offered": ("notice", "wait"),
    "accepted": ("good", "yes"),
    "refused": ("critical", "no"),
    "withdrawn": ("unknown", "no"),
    "driving": ("good", "go"),
    "standing": ("notice", "stop"),
    "off": ("critical", "alert"),
    "here": ("good", "yes"),
    "missing": ("critical", "no"),
    "left_behind": ("critical", "no"),
    "not_asked": ("unknown", "unknown"),
    "aboard": ("notice", "go"),
}

FAULTS = {
    "checkpoint": gettext_lazy("Choose a checkpoint of this movement."),
    "vehicles": gettext_lazy("Name at most 200 callsigns, each of 1 to 40 characters."),
    "note": gettext_lazy("Write at most 500 characters."),
    "where": gettext_lazy("Say where, in 1 to 200 characters."),
    "eta": gettext_lazy("Choose a time to come, at most 12 hours ahead."),
    "reason": gettext_lazy("Give a reason of 1 to 500 characters."),
    "text": gettext_lazy("Say in 1 to 500 characters what was done."),
    "word": gettext_lazy("Give the word that the movement spoke."),
    "number": gettext_lazy("Choose a step that was reached."),
    "well": gettext_lazy("Give two words of 4 to 64 characters."),
    "duress": gettext_lazy("Give two words that differ, of 4 to 64 characters."),
    "to_post": gettext_lazy("Choose another gate than the one that has it."),
    "border_m": gettext_lazy("Give a metre of the route."),
    "answered_by": gettext_lazy("Someone else accepts what you offered."),
    "people": gettext_lazy("Give a number from 0 to 5,000."),
    "statuses": gettext_lazy("Choose travellers of this movement."),
    "state": gettext_lazy("The movement is no longer in a state in which this can be done."),
    "close.count": gettext_lazy("The host has not counted its people yet."),
    "close.differs": gettext_lazy("Another number was counted than travelled."),
    "close.roll": gettext_lazy("Not every traveller is accounted for."),
}
"""What to do about a fault, by the field that it names."""


def fault(where: str) -> Any:
    return FAULTS.get(where, gettext_lazy("This cannot be done as it was entered."))


def because(kind: str, evidence: Mapping[str, Any]) -> str:
    """What a deviation rests on, in one sentence, with the threshold that it passed."""
    say = _BECAUSE.get(kind)
    return say(evidence) if say else ""


def _clock(at_ms: int) -> str:
    return date_format(localtime(from_epoch_ms(at_ms)), "H:i")


def _minutes(seconds: float) -> int:
    return max(1, round(seconds / 60))


def _late(evidence: Mapping[str, Any]) -> str:
    if "by_s" not in evidence:
        return _("More than %(limit)s min behind its plan when it was heard last.") % {
            "limit": _minutes(evidence["limit_s"])
        }
    told = {"by": _minutes(evidence["by_s"]), "limit": _minutes(evidence["limit_s"])}
    return _("%(by)s min behind its plan; told from %(limit)s min.") % told


def _early(evidence: Mapping[str, Any]) -> str:
    told = {"by": _minutes(evidence.get("by_s", evidence["limit_s"])), "limit": _minutes(evidence["limit_s"])}
    return _("%(by)s min ahead of its plan; told from %(limit)s min.") % told


def _off(evidence: Mapping[str, Any]) -> str:
    told = {"off": evidence["off_m"], "limit": round(evidence["limit_s"])}
    return _("%(off)s m from every way of the plan, for more than %(limit)s s.") % told


def _stop(evidence: Mapping[str, Any]) -> str:
    told = {"stood": _minutes(evidence["stood_s"]), "limit": _minutes(evidence["limit_s"])}
    return _("Stood for %(stood)s min where no stop is planned; told from %(limit)s min.") % told


def _fast(evidence: Mapping[str, Any]) -> str:
    return _("%(kmh)s km/h where %(limit)s are allowed.") % {"kmh": evidence["kmh"], "limit": evidence["limit_kmh"]}


def _silent(evidence: Mapping[str, Any]) -> str:
    limit = {"limit": _minutes(evidence["limit_s"])}
    if not evidence["ever"]:
        return _("Its device was never heard since the departure; told after %(limit)s min.") % limit
    return _("Heard last at %(time)s; told after %(limit)s min.") % {"time": _clock(evidence["heard_ms"]), **limit}


def _missed(evidence: Mapping[str, Any]) -> str:
    match evidence["by"]:
        case "later":
            return _("A later checkpoint was reached: %(name)s.") % {"name": evidence["later"]}
        case "behind":
            return _("It lies %(metres)s m behind, and nobody told of it.") % {"metres": evidence["behind_m"]}
        case _:
            return _("Due at %(time)s, and nobody told of it.") % {"time": _clock(evidence["due_ms"])}


def _wrong(evidence: Mapping[str, Any]) -> str:
    if evidence["found"] == "not_planned":
        return _("Seen in the convoy, and not a vehicle of its plan.")
    return _("Reported there, while its device is %(metres)s m away.") % {"metres": evidence["away_m"]}


_BECAUSE: Mapping[str, Callable[[Mapping[str, Any]], str]] = {
    "late": _late,
    "early": _early,
    "off_route": _off,
    "unplanned_stop": _stop,
    "overspeed": _fast,
    "silent": _silent,
    "missed_checkpoint": _missed,
    "wrong_vehicle": _wrong,
}
