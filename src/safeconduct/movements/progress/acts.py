"""Acts on movements that are on their way: what is told of them, whom it calls, and who answers for them.

A departure begins a row of progress with the movement's own id; `movement.close` ends it. What the system finds are
acts of the watch and the clock; every account of a movement is an act of a named person.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from safeconduct.acts import Doing, act, locked
from safeconduct.movements.models import (
    ARRIVED,
    CLOSED,
    DEPARTED,
    Duress,
    HandOver,
    Ladder,
    Movement,
    Overdue,
    Progress,
)
from safeconduct.movements.progress import closing, handover, overdue, wording
from safeconduct.movements.progress.asking import ask_drivers, note_arrival
from safeconduct.movements.progress.course import Course
from safeconduct.movements.progress.deviation import THRESHOLDS
from safeconduct.movements.progress.plan import (
    borders_of,
    callsigns,
    courses,
    destination_of,
    origin_of,
    shifted,
    sites_of,
    trackers,
)
from safeconduct.sites.models import Place
from safeconduct.sites.posture import CRITICAL, HEIGHTENED, SUBSTANTIAL, postures_of
from safeconduct.store.labels import relabelled
from safeconduct.store.outbox import Outbox
from safeconduct.terms.errors import BadInput, Fault, length_faults, require_state, shown
from safeconduct.terms.instant import iso, parse
from safeconduct.terms.party import Side
from safeconduct.terms.place import Point, distance_m

OPEN, ACCOUNTED = "open", "accounted"
LONGEST_ETA = timedelta(hours=12)
MOST_TEXT = 500
"""Characters of a reason."""
AGAIN_S = 1800.0
"""Whoever was seen, or told of itself, owes no other word for so long; half as long where the state is heightened."""
MOST_DEVIATIONS = 60
GRAVE_STATES = frozenset({HEIGHTENED, SUBSTANTIAL, CRITICAL})
CAUSES = ("checkpoint", "arrival", "silent", "uncounted", "duress", "wrong_word")


def factor_of(sites: Iterable[str]) -> float:
    """1, or a half where any of the sites is in a heightened state or worse. What nobody set halves nothing."""
    states = postures_of(sorted(sites)).values()
    return overdue.HALVED if GRAVE_STATES & set(states) else 1.0


def _factor(progress: Progress) -> float:
    return factor_of({progress.site} | sites_of([progress.pk]).get(progress.pk, set()))


# From departure to close


def begin(doing: Doing, movement: Movement) -> None:
    """It has departed: follow it from here. Part of the act that lets it go."""
    course = courses([movement]).get(movement.pk)
    devices = trackers([movement.pk]).get(movement.pk, {})
    post = origin_of(movement)
    shift_s = round((doing.at - movement.depart_at).total_seconds())
    progress = Progress.objects.create(
        pk=movement.pk,
        label_id=relabelled(movement.label_id, Progress.info_class),
        name=movement.name,
        site=movement.site,
        began_at=doing.at,
        post=post,
        posts=handover.begun(post, movement.site, doing.at, doing.principal.name),
        expected=sorted(devices.values()),
        shift_s=shift_s,
        borders=borders_of(movement, course) if course else [],
        **(_planned(course, shift_s) if course else {}),
    )
    doing.publish_of(progress, *Progress.released)


def _planned(course: Course, shift_s: float) -> dict[str, Any]:
    checkpoints = [
        {
            "name": one.name,
            "leg": one.leg + 1,
            "plan_m": round(one.plan_m),
            "due_at": None if one.due_ms is None else iso(shifted(one.due_ms, shift_s)),
            "at": None,
            "how": "",
            "by": "",
        }
        for one in course.checkpoints
    ]
    eta = shifted(course.arrive_ms, shift_s)
    return {
        "plan": [[iso(shifted(at_ms, shift_s)), round(metres)] for at_ms, metres in course.knots],
        "length_m": round(course.length_m, 1),
        "checkpoints": checkpoints,
        "eta": eta,
        "next_at": _next(checkpoints, eta, None),
    }


def _next(checkpoints: Sequence[Mapping[str, Any]], eta: datetime | None, quiet: datetime | None) -> datetime | None:
    """When the next word is due: at the first checkpoint that is not passed, or at the arrival."""
    dues = [parse(one["due_at"]) for one in checkpoints if one["due_at"] and not one["at"]]
    every = [*dues, eta] if eta else dues
    due = min(every, default=None)
    return max(due, quiet) if due and quiet else due


def arrived(doing: Doing, movement: Movement, where: str = "") -> None:
    """It arrived; its people are still to be accounted for. Part of the act that enters the arrival."""
    progress = Progress.objects.select_for_update().filter(pk=movement.pk).first()
    if progress is None:
        return
    progress.state, progress.next_at, progress.plan_m, progress.border = ARRIVED, None, progress.length_m, {}
    progress.quiet_until = doing.at + timedelta(seconds=AGAIN_S * _factor(progress))
    progress.save()
    doing.publish_of(progress, "state", "next_at", "plan_m", "border")
    _account(doing, progress, "arrived", where)
    for offer in HandOver.objects.select_for_update().filter(movement=movement.pk, state=handover.OFFERED):
        _answered(doing, offer, handover.WITHDRAWN)
        offer.save()
        doing.publish_of(offer, "state", "answered_by", "answered_at")


@act("movement.close", on=Movement)
def close(doing: Doing, movement: Movement) -> None:
    """Everyone is accounted for at the real destination. Raises BadInput with what keeps it open.

    A ladder of duress goes on: to hold the close for it would tell whoever holds the device.
    """
    require_state(f"movement {movement.name}", movement.state, ARRIVED)
    progress = locked(Progress, movement.pk)
    host = doing.accord.party_of_side(Side.HOST).id
    said = closing.arrived_by_own_word(movement.said, movement.departed_at)
    ends = closing.open_ends(movement.people, movement.travellers, host, progress.count, said | progress.roll)
    if ends:
        raise BadInput(
            f"movement {movement.name}",
            [Fault(f"close.{code}", "not everyone is accounted for", "everyone at the destination") for code in ends],
        )
    movement.state = progress.state = CLOSED
    progress.save()
    doing.publish_of(progress, "state")
    _account(doing, progress, "closed", "")


@act("movement.count", on=Progress)
def count(doing: Doing, progress: Progress, *, people: int, where: str) -> None:
    """So many people of it are where it arrived."""
    _want(progress, ARRIVED)
    faults: list[Fault] = []
    if not 0 <= people <= 5000:
        faults.append(Fault("people", shown(people), "0 to 5,000"))
    if not 0 < len(where.strip()) <= 200:
        faults.append(Fault("where", f"{len(where.strip())} characters", "1 to 200: where they were counted"))
    if faults:
        raise BadInput(f"movement {progress.name}", faults)
    counted = {"by": doing.principal.name, "at": iso(doing.at), "people": people, "where": where.strip()}
    progress.count = progress.count | {doing.principal.party: counted}


@act("movement.account", on=Progress)
def account(doing: Doing, progress: Progress, *, statuses: Mapping[str, str]) -> None:
    """Travellers by reference: who is at the destination, who is missing or was left behind."""
    _want(progress, ARRIVED)
    travellers = set(locked(Movement, progress.pk).travellers)
    faults = [
        Fault("statuses", shown(ref), "a traveller of this movement") for ref in statuses if ref not in travellers
    ]
    wanted = "one of " + ", ".join(closing.STATUSES)
    faults += [Fault("statuses", shown(one), wanted) for one in statuses.values() if one not in closing.STATUSES]
    if faults:
        raise BadInput(f"movement {progress.name}", faults[:20])
    told = {"by": doing.principal.name, "at": iso(doing.at)}
    progress.roll = progress.roll | {ref: {"status": status, **told} for ref, status in statuses.items()}
    here = [ref for ref, status in statuses.items() if status == closing.HERE]
    note_arrival(doing, here, destination_of(progress.pk) or progress.site)


# What the system finds


@act("movement.follow", creates=Progress, recorded=False)
def follow(
    doing: Doing, *, site: str, found: Mapping[uuid.UUID, Mapping[str, Any]], outbox: Outbox | None = None
) -> list[Progress]:
    """Where movements are by their devices, at most once a second each: `found` has columns by movement.

    `outbox`: forget what was told of earlier places.
    """
    rows = list(Progress.objects.select_for_update().filter(pk__in=list(found), state=DEPARTED))
    for row in rows:
        for name, value in found[row.pk].items():
            setattr(row, name, value)
        _pass_by_device(row)
    if rows:
        Progress.objects.bulk_update(rows, FOLLOWED)
    for label_id in sorted({row.label_id for row in rows}):
        doing.publish(Progress.info_class, "plan_m", label_id)
    if outbox is not None:
        outbox.forget(doing.at)
    return []


FOLLOWED = [
    "plan_m",
    "delay_s",
    "leg",
    "speed_kmh",
    "seen_at",
    "source",
    "next_at",
    "checkpoints",
    "vehicles",
    "lon",
    "lat",
    "trail",
    "facts",
]


def _pass_by_device(row: Progress) -> None:
    """Note the checkpoints that the devices passed: when the first vehicle did."""
    passed: dict[str, int] = {}
    for vehicle in row.facts.get("vehicles", {}).values():
        for name, at_ms in vehicle["passed"].items():
            passed[name] = min(at_ms, passed.get(name, at_ms))
    checkpoints = [
        one | {"at": iso(shifted(passed[one["name"]], 0)), "how": "device"}
        if one["name"] in passed and not one["at"]
        else one
        for one in row.checkpoints
    ]
    if checkpoints != row.checkpoints:
        row.checkpoints = checkpoints
        row.next_at = _next(checkpoints, row.eta, row.quiet_until)


@act("movement.deviate", on=Progress)
def deviate(
    doing: Doing, progress: Progress, *, begun: Sequence[Mapping[str, Any]], ended: Sequence[Sequence[str]]
) -> None:
    """Deviations that began, {kind, of, since, evidence}, and those that ended, [kind, of]."""
    over = {(kind, of) for kind, of in ended}
    told = [
        one | {"until": iso(doing.at)} if not one["until"] and (one["kind"], one["of"]) in over else one
        for one in progress.deviations
    ]
    standing = {(one["kind"], one["of"]) for one in told if not one["until"]}
    told += [dict(one) | {"until": None} for one in begun if (one["kind"], one["of"]) not in standing]
    while len(told) > MOST_DEVIATIONS and any(one["until"] for one in told):
        told.remove(next(one for one in told if one["until"]))
    progress.deviations = told


@act("movement.overdue", on=Progress)
def climb(
    doing: Doing,
    progress: Progress,
    *,
    kind: str,
    rungs: Sequence[int],
    factor: float,
    elapsed_s: float,
    cause: str = "",
    of: str = "",
    due_at: datetime | None = None,
) -> None:
    """Climb `rungs` of the movement's ladder of that kind; with `due_at` a new one begins there, unless one stands.

    A rung that was climbed is climbed no second time, however often it is asked.
    """
    model = Duress if kind == Duress.info_class else Overdue
    ladder = model.objects.select_for_update().filter(movement=progress.pk, state=OPEN).first()
    if ladder is None:
        if due_at is None:
            return
        ladder = _begun(doing, progress, model, cause, of, due_at)
    ladder.factor = factor
    ladder.elapsed_s = max(ladder.elapsed_s, elapsed_s)
    for number in rungs:
        if number == ladder.first + len(ladder.rungs):
            after_s = overdue.due_s(number, factor, ladder.first)
            due = ladder.due_at + timedelta(seconds=after_s)
            step = {"number": number, "due_at": iso(due), "at": iso(doing.at), "answers": []}
            ladder.rungs = [*ladder.rungs, step]
            if overdue.rung(number).code == "ping":
                doing.enter(asked=ask_drivers(doing, Movement.objects.get(pk=progress.pk)))
    ladder.save()
    doing.publish_of(ladder, *Ladder.released)


def _begun(
    doing: Doing,
    progress: Progress,
    model: type[Overdue] | type[Duress],
    cause: str,
    of: str,
    due_at: datetime,
    first: int = 0,
) -> Overdue | Duress:
    return model.objects.create(
        label_id=relabelled(progress.label_id, model.info_class),
        movement=progress.pk,
        name=progress.name,
        site=progress.site,
        cause=cause,
        of=of,
        due_at=due_at,
        began_at=doing.at,
        first=first,
    )


# What people tell


@act("movement.report", on=(Progress, HandOver))
def report(
    doing: Doing,
    row: Progress | HandOver,
    *,
    checkpoint: str = "",
    vehicles: Sequence[str] = (),
    note: str = "",
    word: str = "",
) -> None:
    """It is at `checkpoint`, or on its way where none is named, in these `vehicles` by their callsigns.

    Where the movement has words, the report accounts for it only with the one that says that all is well. The word of
    duress does the same to all that its giver sees, and calls those whom it calls. No word is on the record.
    """
    doing.enter(word="given" if word.strip() else "")
    progress = _of(row)
    _want(progress, DEPARTED)
    _check_report(progress, checkpoint, vehicles, note)
    progress.checkpoints = [
        one | {"at": one["at"] or iso(doing.at), "how": "report", "by": doing.principal.name}
        if one["name"] == checkpoint
        else one
        for one in progress.checkpoints
    ]
    _note_vehicles(doing, progress, checkpoint, vehicles)
    if progress.source != "device":
        progress.source, progress.seen_at = "report", doing.at
        if checkpoint:
            known = {one["name"]: one["plan_m"] for one in progress.checkpoints}
            progress.plan_m = float(known[checkpoint])
    said = _hear(doing, progress, word)
    if said in (wording.WELL, wording.DURESS) or (said == wording.NONE and not _words(progress)):
        _quieten(doing, progress)
        _account(doing, progress, "reported", note)
    progress.next_at = _next(progress.checkpoints, progress.eta, progress.quiet_until)
    _keep(doing, row, progress, "checkpoints", "source", "seen_at", "plan_m", "next_at")


def _check_report(progress: Progress, checkpoint: str, vehicles: Sequence[str], note: str) -> None:
    names = [one["name"] for one in progress.checkpoints]
    faults: list[Fault] = []
    if checkpoint and checkpoint not in names:
        faults.append(Fault("checkpoint", shown(checkpoint), "a checkpoint of this movement"))
    if len(vehicles) > 200 or any(not 0 < len(one) <= 40 for one in vehicles):
        faults.append(Fault("vehicles", f"{len(vehicles)} names", "at most 200 callsigns of 1 to 40 characters"))
    if len(note) > 500:
        faults.append(Fault("note", f"{len(note)} characters", "at most 500"))
    if faults:
        raise BadInput(f"movement {progress.name}", faults)


def _of(row: Progress | HandOver) -> Progress:
    """The progress that a post tells of, by the row that it has: the movement's own, or the offer made to it."""
    if isinstance(row, Progress):
        return row
    if row.state not in (handover.OFFERED, handover.ACCEPTED):
        raise BadInput(f"movement {row.name}", [Fault("state", row.state, "an offer that stands")])
    return locked(Progress, row.movement)


def _keep(doing: Doing, row: Progress | HandOver, progress: Progress, *changed: str) -> None:
    if row is not progress:
        progress.save()
        doing.publish_of(progress, *changed)


def _note_vehicles(doing: Doing, progress: Progress, checkpoint: str, vehicles: Sequence[str]) -> None:
    """What a report says of vehicles that are not those of the plan, or whose devices are elsewhere."""
    planned = callsigns(progress.pk)
    at = {"at_ms": int(doing.at.timestamp() * 1000), "at": checkpoint}
    strangers = sorted(set(vehicles) - set(planned)) if planned else []
    away = {name: _device_away_m(doing, progress, checkpoint, name) for name in vehicles if name in planned}
    wrong: list[dict[str, Any]] = [{"callsign": name, "found": "not_planned", **at} for name in strangers]
    wrong += [
        {"callsign": name, "found": "device_elsewhere", "away_m": far_m, **at}
        for name, far_m in away.items()
        if far_m is not None
    ]
    if vehicles:
        progress.wrong = wrong


def _device_away_m(doing: Doing, progress: Progress, checkpoint: str, name: str) -> int | None:
    """How far a vehicle's device, if it is heard, is from the checkpoint at which the vehicle was reported; None where
    it may well be there."""
    facts = progress.facts.get("vehicles", {}).get(name)
    placed = next((one for one in progress.checkpoints if one["name"] == checkpoint), None)
    if facts is None or placed is None:
        return None
    if doing.at.timestamp() * 1000 - facts["seen_ms"] > THRESHOLDS.silent_s * 1000:
        return None
    course = courses([Movement.objects.get(pk=progress.pk)]).get(progress.pk)
    here = next((one for one in course.checkpoints if one.name == checkpoint), None) if course else None
    if course is None or here is None:
        return None
    away_m = distance_m(course.plane.to_point(here.x, here.y), Point(facts["lon"], facts["lat"]))
    return round(away_m) if away_m > THRESHOLDS.apart_m else None


def _words(progress: Progress) -> dict[str, str]:
    return Movement.objects.values_list("words", flat=True).get(pk=progress.pk)


def _hear(doing: Doing, progress: Progress, word: str) -> str:
    """What the word that came with a report means; those whom duress calls are called in silence."""
    said = wording.meaning(progress.pk, _words(progress), word)
    if said == wording.WRONG:
        progress.tries += 1
    if said == wording.DURESS or (said == wording.WRONG and progress.tries >= wording.MOST_TRIES):
        progress.tries = 0
        if not Duress.objects.filter(movement=progress.pk, state=OPEN).exists():
            cause = "duress" if said == wording.DURESS else "wrong_word"
            ladder = _begun(doing, progress, Duress, cause, "", doing.at, overdue.GRAVE)
            doing.publish_of(ladder, *Ladder.released)
    return said


@act("movement.set_words", on=Movement)
def set_words(doing: Doing, movement: Movement, *, well: str, duress: str) -> None:
    """Give the movement its two words, instead of those before. Neither is kept in clear, nor on the record."""
    doing.enter(well="given", duress="given")
    if movement.state in (ARRIVED, CLOSED, "cancelled"):
        raise BadInput(f"movement {movement.name}", [Fault("state", movement.state, "a movement still to arrive")])
    if wrong := wording.faults(well, duress):
        raise BadInput(f"movement {movement.name}", wrong)
    movement.words = {
        wording.WELL: wording.hashed(movement.pk, well),
        wording.DURESS: wording.hashed(movement.pk, duress),
    }


@act("movement.explain", on=Progress)
def explain(doing: Doing, progress: Progress, *, eta: datetime, reason: str, word: str = "") -> None:
    """A new time of arrival was agreed with the movement: everything that is still to come is so much later, or sooner.

    Where it has words, it is asked for one.
    """
    doing.enter(word="given" if word.strip() else "")
    _want(progress, DEPARTED)
    faults = length_faults("reason", reason, MOST_TEXT)
    if not doing.at < eta <= doing.at + LONGEST_ETA:
        faults.append(Fault("eta", iso(eta), "a time to come, at most 12 hours ahead"))
    if _words(progress) and not word.strip():
        faults.append(Fault("word", "nothing", "the word that the movement gave"))
    if faults:
        raise BadInput(f"movement {progress.name}", faults)
    if _hear(doing, progress, word) == wording.WRONG:
        return  # the try is kept, and nothing is accounted for
    later = eta - progress.eta if progress.eta else timedelta(0)
    progress.shift_s += round(later.total_seconds())
    progress.eta, progress.quiet_until = eta, eta
    progress.plan = [[iso(parse(at) + later), metres] for at, metres in progress.plan]
    progress.checkpoints = [
        one | {"due_at": iso(parse(one["due_at"]) + later)} if one["due_at"] and not one["at"] else one
        for one in progress.checkpoints
    ]
    progress.next_at = _next(progress.checkpoints, progress.eta, None)
    _account(doing, progress, "explained", reason, eta)


@act("movement.sighted", on=(Progress, HandOver))
def sighted(doing: Doing, row: Progress | HandOver, *, where: str) -> None:
    """Whoever enters this has seen it, there and now."""
    progress = _of(row)
    _want(progress, DEPARTED)
    if not 0 < len(where.strip()) <= 200:
        raise BadInput(f"movement {progress.name}", [Fault("where", f"{len(where.strip())} characters", "1 to 200")])
    if progress.source != "device":
        progress.source, progress.seen_at = "sighted", doing.at
    _quieten(doing, progress)
    progress.next_at = _next(progress.checkpoints, progress.eta, progress.quiet_until)
    _account(doing, progress, "sighted", where.strip())
    _keep(doing, row, progress, "source", "seen_at", "next_at")


@act("movement.answer", on=(Overdue, Duress))
def answer(doing: Doing, ladder: Overdue | Duress, *, number: int, text: str) -> None:
    """What was done at a step of the ladder. It accounts for nothing."""
    faults = length_faults("text", text, MOST_TEXT)
    if number not in [one["number"] for one in ladder.rungs]:
        faults.append(Fault("number", shown(number), "a step that was reached"))
    if faults:
        raise BadInput(f"movement {ladder.name}", faults)
    done = {"by": doing.principal.name, "party": doing.principal.party, "at": iso(doing.at), "text": text.strip()}
    ladder.rungs = [
        one | {"answers": [*one["answers"], done][-20:]} if one["number"] == number else one for one in ladder.rungs
    ]


@act("movement.relieve", on=Duress)
def relieve(doing: Doing, duress: Duress, *, reason: str) -> None:
    """Those who were called know that the movement is safe."""
    require_state(f"movement {duress.name}", duress.state, OPEN)
    if faults := length_faults("reason", reason, MOST_TEXT):
        raise BadInput(f"movement {duress.name}", faults)
    _end(doing, duress, "relieved", reason)


def _quieten(doing: Doing, progress: Progress) -> None:
    until = doing.at + timedelta(seconds=AGAIN_S * _factor(progress))
    progress.quiet_until = max(until, progress.quiet_until or until)


def _account(doing: Doing, progress: Progress, how: str, reason: str, eta: datetime | None = None) -> None:
    """End the ladder that everyone sees, if one stands: by a named person, whose act this is."""
    ladder = Overdue.objects.select_for_update().filter(movement=progress.pk, state=OPEN).first()
    if ladder is not None:
        ladder.eta = eta
        _end(doing, ladder, how, reason)
        ladder.save()
        doing.publish_of(ladder, *Ladder.released)


def _end(doing: Doing, ladder: Overdue | Duress, how: str, reason: str) -> None:
    ladder.state, ladder.how, ladder.reason = ACCOUNTED, how, reason.strip()[:500]
    ladder.accounted_by, ladder.accounted_at = doing.principal.name, doing.at


def _want(progress: Progress, state: str) -> None:
    require_state(f"movement {progress.name}", progress.state, state)


# From post to post


@act("movement.hand_over", on=Progress)
def hand_over(
    doing: Doing, progress: Progress, *, to_post: str, to_site: str, border_m: float | None = None
) -> HandOver:
    """Offer the movement to the next post. The first remains responsible until the other has accepted."""
    _want(progress, DEPARTED)
    faults: list[Fault] = []
    if not Place.objects.filter(site=to_site, name=to_post, role="gate").exists():
        faults.append(Fault("to_post", shown(to_post), f"a gate of site {shown(to_site)}"))
    if (to_site, to_post) == (progress.posts[-1]["site"], progress.post):
        faults.append(Fault("to_post", shown(to_post), "another post than the one that has it"))
    if border_m is not None and not 0 <= border_m <= progress.length_m + 1:
        faults.append(Fault("border_m", shown(border_m), f"0 to {progress.length_m:.0f}"))
    if HandOver.objects.filter(movement=progress.pk, state=handover.OFFERED).exists():
        faults.append(Fault("state", "an offer that stands", "none"))
    if faults:
        raise BadInput(f"movement {progress.name}", faults)
    movement = Movement.objects.get(pk=progress.pk)
    progress.border = {}
    offer = HandOver.objects.create(
        label_id=relabelled(progress.label_id, HandOver.info_class, to_site),
        movement=progress.pk,
        name=progress.name,
        site=to_site,
        from_site=progress.posts[-1]["site"],
        from_post=progress.post,
        to_post=to_post,
        border_m=border_m,
        due_at=_reached_at(progress, border_m),
        vehicles=movement.vehicles,
        people=movement.people,
        offered_by=doing.principal.name,
        offered_at=doing.at,
    )
    doing.publish_of(offer, *HandOver.released)
    return offer


def _reached_at(progress: Progress, border_m: float | None) -> datetime | None:
    """When the movement is planned to be at the border."""
    for at, metres in progress.plan:
        if border_m is not None and metres >= border_m:
            return parse(at)
    return progress.eta


@act("movement.accept", on=HandOver)
def accept(doing: Doing, offer: HandOver) -> None:
    """The post that it was offered to takes it over, from this instant on."""
    _want_offered(offer)
    if offer.offered_by == doing.principal.name:
        raise BadInput(f"movement {offer.name}", [Fault("answered_by", "whoever offered it", "someone else")])
    progress = locked(Progress, offer.movement)
    _want(progress, DEPARTED)
    progress.posts = handover.handed(progress.posts, offer.to_post, offer.site, doing.at, doing.principal.name)
    progress.post = offer.to_post
    progress.save()
    doing.publish_of(progress, "post", "posts")
    _answered(doing, offer, handover.ACCEPTED)


@act("movement.refuse", on=HandOver)
def refuse(doing: Doing, offer: HandOver, *, reason: str) -> None:
    """The post that it was offered to does not take it; the first remains responsible."""
    _want_offered(offer)
    if faults := length_faults("reason", reason, MOST_TEXT):
        raise BadInput(f"movement {offer.name}", faults)
    offer.reason = reason.strip()
    _answered(doing, offer, handover.REFUSED)


@act("movement.recall", on=HandOver)
def recall(doing: Doing, offer: HandOver) -> None:
    """The offer is taken back."""
    _want_offered(offer)
    _answered(doing, offer, handover.WITHDRAWN)


@act("movement.remind", on=HandOver)
def remind(doing: Doing, offer: HandOver, *, given: int) -> None:
    """Call an offer to mind that is not accepted: the `given`th time, once each."""
    if offer.state == handover.OFFERED and given > len(offer.reminders):
        offer.reminders = [*offer.reminders, *([iso(doing.at)] * (given - len(offer.reminders)))]


def _answered(doing: Doing, offer: HandOver, state: str) -> None:
    offer.state, offer.answered_by, offer.answered_at = state, doing.principal.name, doing.at


def _want_offered(offer: HandOver) -> None:
    require_state(f"movement {offer.name}", offer.state, handover.OFFERED)
