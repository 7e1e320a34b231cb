"""The words of one alert's page: dispositions, why tracks were joined, how a presence ended, the account."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from safeconduct.terms.instant import parse
from safeconduct.watch.explain import percent
from safeconduct.watch.words import SEVERITIES

HINTS = {
    "expected": gettext_lazy("It was announced, or it belongs here."),
    "benign": gettext_lazy("It was not announced, and it is harmless: someone has looked."),
    "suspicious": gettext_lazy("It cannot be explained. It goes on to stop movements nearby while it stands."),
    "hostile": gettext_lazy("It is taken for an attack. It goes on to stop movements nearby while it stands."),
    "false": gettext_lazy("Nothing stood there: the watch was wrong."),
    "duplicate": gettext_lazy("Another alert is of the same vehicle and the same stay."),
}
"""What each disposition means, for the person who chooses."""

JOINED = {
    "first_seen": gettext_lazy("first seen"),
    "took_over": gettext_lazy("found again at the same spot under a new id"),
    "seen_by_both": gettext_lazy("the same vehicle, seen by a second sensor"),
    "split_off": gettext_lazy("told apart from another vehicle there"),
}
"""Why a track counts as the same vehicle."""

ENDINGS = {
    "moved_off": gettext_lazy("it was seen to drive off"),
    "left_under_new_id": gettext_lazy("a vehicle that left the spot under a new id was it"),
    "gone": gettext_lazy("a sensor reported it gone"),
    "displaced": gettext_lazy("another vehicle stands exactly there"),
    "token_elsewhere": gettext_lazy("its plate was read elsewhere"),
    "moving": gettext_lazy("it moves too fast to be waiting"),
    "left_zone": gettext_lazy("it left the ring"),
    "unseen_limit": gettext_lazy("nobody saw it for so long that the watch gave up; it was not seen to leave"),
    "closed": gettext_lazy("a person attested that it is gone"),
    "own": gettext_lazy("a vehicle of the parties' own explains it"),
    "expected": gettext_lazy("it was expected there"),
    "heard_again": gettext_lazy("the sensor is heard again"),
    "covered_again": gettext_lazy("enough of the ring is covered again"),
    "not_watched": gettext_lazy("the places no longer ask for it to be watched"),
    "no_longer_closing": gettext_lazy("it no longer comes nearer to the movement"),
    "lost": gettext_lazy("no sensor shows it any more"),
    "movement_over": gettext_lazy("the movement is over"),
    "same_vehicle": gettext_lazy("it is the vehicle of another alert, seen by other sensors"),
    "queued": gettext_lazy("it stands in a queue that another alert tells of"),
    "replaced": gettext_lazy("what was found again there is rather another vehicle, with a clock of its own"),
}

STARTS = {
    "convoy_approach": gettext_lazy("It left where it had stood near the route"),
    "lost_watch": gettext_lazy("Covered and heard until then"),
    "circling": gettext_lazy("It entered for the first time"),
}
"""What the beginning of an alert is, by its kind; of the others, that a vehicle arrived."""

FAULTS = {
    "state": gettext_lazy("Someone was faster: it is acknowledged already."),
    "disposition": gettext_lazy("Choose one of the six dispositions."),
    "assessment": gettext_lazy("Keep the assessment under 4,000 characters."),
    "escalated": gettext_lazy("It is escalated already."),
    "ended": gettext_lazy("The presence has ended already."),
    "reason": gettext_lazy("Say how it is known that the vehicle left."),
}


SHELF_FAULTS = {
    "until": gettext_lazy("The accord does not let alerts be shelved for so long."),
    "reason": gettext_lazy("Say in 1 to 1,000 characters why it may wait."),
    "kind": gettext_lazy("Choose one of the causes."),
    "ring": gettext_lazy("Choose one of the rings, or none."),
    "severity": gettext_lazy("What is critical is not shelved."),
    "alert": gettext_lazy("The alert is of another place or cause."),
}


def shelf_fault(where: str) -> Any:
    return SHELF_FAULTS.get(where, gettext_lazy("This cannot be done as it was entered."))


def fault(where: str) -> Any:
    return FAULTS.get(where, gettext_lazy("This cannot be done as it was entered."))


def spell(seconds: float) -> str:
    """For prose: "12 min", or "45 s" under two minutes."""
    if seconds < 120:
        return _("%(count)d s") % {"count": round(seconds)}
    return _("%(count)d min") % {"count": round(seconds / 60)}


def account(facts: Mapping[str, Any]) -> Iterator[str]:
    """Why the watch raised it, one sentence at a time, from an alert's `explanation`; what is not in it is not said."""
    if rule := facts.get("rule"):
        severity = SEVERITIES.get(rule.get("severity", ""), "")
        said = _("The rule here: after %(length)s it is of the severity “%(severity)s”.")
        yield said % {"length": spell(rule.get("after_s", 0)), "severity": severity}
    if queue := facts.get("queue"):
        said = _("The road has locked up: %(count)s vehicles stand here in a queue. This alert tells of all of them.")
        yield said % {"count": queue["vehicles"]}
        yield _("Who still stands when the queue has moved on gets an alert of its own.")
    joined = facts.get("joined", [])
    if len(joined) > 1:
        said = _("The cameras gave it %(count)s ids; the watch kept one clock for all of them.")
        yield said % {"count": len(joined)}
    if unseen := facts.get("unseen"):
        said = ngettext(
            "It was out of sight once; nobody saw it leave, so its clock ran on.",
            "It was out of sight %(count)s times; nobody saw it leave, so its clock ran on.",
            len(unseen),
        )
        yield said % {"count": len(unseen)}
    if moves := facts.get("moves"):
        metres = round(sum(move["metres"] for move in moves))
        yield _("It crept %(metres)s m in all, too little to be driving.") % {"metres": metres}
    if prior_s := facts.get("prior_s"):
        yield _("The same plate had stayed %(length)s here before; the stays add up.") % {"length": spell(prior_s)}
    if exempt := facts.get("exempt"):
        said = _("It may wait at %(place)s, but only for %(length)s.")
        yield said % {"place": exempt["name"], "length": spell(exempt["max_stay_s"])}
    yield from _baseline(facts.get("baseline"))
    yield from _about_movements(facts)
    if covered := facts.get("coverage"):
        said = _("Sensors that are heard cover %(share)s %% of the ring; it must be %(floor)s %%. Silent: %(silent)s.")
        silent = ", ".join(covered["silent"]) or "–"
        yield said % {"share": _percent(covered["share"]), "floor": _percent(covered["floor"]), "silent": silent}
    if ended := facts.get("ended"):
        yield _("It ended: %(reason)s.") % {"reason": ENDINGS.get(ended.get("reason"), ended.get("reason", ""))}


WHEN = {
    "weekday_night": gettext_lazy("at night on weekdays"),
    "weekday_morning": gettext_lazy("on weekday mornings"),
    "weekday_midday": gettext_lazy("around midday on weekdays"),
    "weekday_evening": gettext_lazy("on weekday evenings"),
    "weekend_night": gettext_lazy("at night at the weekend"),
    "weekend_morning": gettext_lazy("on weekend mornings"),
    "weekend_midday": gettext_lazy("around midday at the weekend"),
    "weekend_evening": gettext_lazy("on weekend evenings"),
}
"""The parts of the week that a baseline tells apart."""


def _baseline(rank: Mapping[str, Any] | None) -> Iterator[str]:
    """What is usual there: learnt over weeks where it has a `when`, else of the stays since the engine began."""
    if not rank:
        return
    stays, when = rank.get("stays", 0), WHEN.get(rank.get("when", ""), "")
    values = {"stays": stays, "days": rank.get("days", 0), "when": when}
    if rank.get("longer_than") is None:
        said = _("Too few stays were seen here %(when)s (%(stays)s) to tell what is usual.")
        yield said % values
    elif when:
        said = _("Longer than %(share)s %% of stays here %(when)s; this rests on %(stays)s stays on %(days)s days.")
        yield said % (values | {"share": percent(rank["longer_than"])})
    elif stays >= 20:
        said = _("Longer than %(share)s %% of the %(stays)s stays seen at this spot.")
        yield said % (values | {"share": percent(rank["longer_than"])})


def _percent(share: float) -> str:
    return f"{share * 100:.0f}"


def _about_movements(facts: Mapping[str, Any]) -> Iterator[str]:
    """The sweep that a stop voids, the movement that a vehicle closes on, and those that are due nearby."""
    if swept := facts.get("swept"):
        said = _("It stands on a swept stretch of %(route)s, %(along)s m along it: the search no longer holds.")
        yield said % {"route": swept["route"], "along": swept["along_m"]}
    if approach := facts.get("approach"):
        yield from _approach(approach)
    if due := facts.get("due"):
        said = ngettext(
            "A movement is due within reach, %(metres)s m from here.",
            "%(count)s movements are due within reach, the nearest %(metres)s m from here.",
            len(due),
        )
        yield said % {"count": len(due), "metres": min(one["distance_m"] for one in due)}


def _approach(approach: Mapping[str, Any]) -> Iterator[str]:
    stood, cpa = approach["stood"], approach["cpa"]
    stayed_s = (parse(stood["to"]) - parse(stood["from"])).total_seconds()
    said = _("It had stood for %(length)s, %(metres)s m from %(route)s.")
    yield said % {"length": spell(stayed_s), "metres": round(stood["distance_m"]), "route": stood["route"]}
    said = _("It was %(distance)s m from the movement and closed by %(closing)s m/s: %(metres)s m apart in %(time)s.")
    yield said % {
        "distance": approach["distance_m"],
        "closing": approach["closing_mps"],
        "time": spell(cpa["in_s"]),
        "metres": cpa["metres"],
    }
    if approach["basis"] == "plan":
        yield _("No tracker tells where the movement is; this goes by its plan.")
