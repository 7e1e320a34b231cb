"""The words of movements for people: states, the conditions of the gate, and what each of them rests on."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils.formats import date_format
from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext, pgettext_lazy

from safeconduct.movements.gate import STANDS_ON_IT, STOPPED_SINCE, Condition

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
    "valid": ("good", "yes"),
    "void": ("critical", "no"),
    "expired": ("unknown", "wait"),
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
}
"""What to do about a fault, by the field that it names."""


def fault(where: str) -> Any:
    """The words for a fault at `where`, of a field or a condition of the gate."""
    kind, _dot, code = where.partition(".")
    if kind == "gate" and code in LACKS:
        return LACKS[code]
    return FAULTS.get(where, gettext_lazy("This cannot be done as it was entered."))


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
