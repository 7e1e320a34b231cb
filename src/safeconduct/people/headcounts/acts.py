"""Acts on headcounts: start one, give it the second go, answer, close."""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Any

from django.db.models import Q

from safeconduct import node
from safeconduct.acts import Doing, act
from safeconduct.people import whereabouts
from safeconduct.people.channels.acts import drop_for, tell
from safeconduct.people.headcounts import tally
from safeconduct.people.headcounts.audience import audience, sites_of
from safeconduct.people.headcounts.links import digest_of, link_of
from safeconduct.people.headcounts.reaching import count, lock
from safeconduct.people.models import Headcount, HeadcountAnswer, Person, Zone
from safeconduct.people.persons import VISITOR
from safeconduct.people.whereabouts.acts import Seen
from safeconduct.store import bound
from safeconduct.store.labels import intern
from safeconduct.terms.errors import BadInput, Fault, NotFound, shown
from safeconduct.terms.ids import new_id
from safeconduct.terms.instant import iso

MESSAGE = {tally.LIVE: "headcount", tally.DRILL: "headcount_drill"}
RECALL = "headcount_recall"
WAYS = ("link", "sms", "page", "warden", "rest")
SAYS = (tally.READ, *tally.ANSWERS)
MOST_REASON = 500
PERSON_NAME = "person "
"""Before a reference: the name under which someone without an account answers by their own link or telephone."""


@act("headcount.start", creates=Headcount)
def start(
    doing: Doing,
    *,
    site: str,
    call: uuid.UUID | None = None,
    kind: str = tally.LIVE,
    reason: str = "",
    zones: Sequence[str] = (),
    visitors: bool = True,
    incident: uuid.UUID | None = None,
    waits: bool = False,
) -> Headcount:
    """Ask the people of the actor's party at `site`, or of some of its zones, whether they are safe.

    With `waits`, or when this would ask everyone everywhere, nobody is asked before another person confirms. Raises
    BadInput where there is nobody to ask.
    """
    headcount = _made(doing, doing.label_id, doing.principal.party, site, call, kind, reason, zones, visitors, incident)
    people = audience(doing.accord, doing.principal, headcount, doing.at)
    if not people:
        raise BadInput("headcount", [Fault("site", shown(site), "a site with people to ask whom you may ask")])
    if waits or _asks_everyone(doing, headcount):
        headcount.state = tally.PROPOSED
        headcount.save(force_insert=True)
    else:
        headcount.save(force_insert=True)
        _ask(doing, headcount, people)
    doing.enter(call=headcount.call)
    return headcount


@act("headcount.propose", creates=Headcount)
def propose(
    doing: Doing, *, site: str, party: str, reason: str = "", incident: uuid.UUID | None = None, visitors: bool = True
) -> Headcount:
    """The node proposes that `party` counts its people at `site`: nobody is asked before one of them confirms."""
    if party not in doing.accord.parties:
        raise BadInput("headcount", [Fault("party", shown(party), "a party of the accord")])
    label = intern(doing.accord.marking("headcount", party, site))
    headcount = _made(doing, label, party, site, None, tally.LIVE, reason, (), visitors, incident)
    headcount.state = tally.PROPOSED
    headcount.save(force_insert=True)
    return headcount


def _made(
    doing: Doing,
    label: int,
    party: str,
    site: str,
    call: uuid.UUID | None,
    kind: str,
    reason: str,
    zones: Sequence[str],
    visitors: bool,
    incident: uuid.UUID | None,
) -> Headcount:
    known = {str(ref) for ref in Zone.objects.filter(site=site, closed_at=None).values_list("pk", flat=True)}
    faults = [Fault("zones", shown(one), f"an open zone of {shown(site)}") for one in zones if str(one) not in known]
    if kind not in tally.KINDS:
        faults.append(Fault("kind", shown(kind), "one of " + ", ".join(tally.KINDS)))
    if len(reason) > MOST_REASON:
        faults.append(Fault("reason", f"{len(reason)} characters", f"at most {MOST_REASON}"))
    if not site:
        faults.append(Fault("site", "nothing", "a site"))
    if faults:
        raise BadInput("headcount", faults)
    return Headcount(
        label_id=label,
        party=party,
        site=site,
        call=call or new_id(),
        kind=kind,
        reason=reason.strip(),
        zones=[str(one) for one in zones],
        visitors=visitors,
        incident=incident,
        by=doing.principal.name,
        state=tally.OPEN,
        proposed_at=doing.at,
        targets=tally.targets_of(doing.accord.response_times),
    )


def _asks_everyone(doing: Doing, headcount: Headcount) -> bool:
    """Whether with this one the actor has asked at every site of several: one after another is everywhere, too."""
    if headcount.zones:
        return False
    party = doing.principal.party
    everywhere = sites_of(party)
    open_ones = Headcount.objects.filter(party=party, state=tally.OPEN, by=doing.principal.name, confirmed_by="")
    alone = {site for site, zones in open_ones.values_list("site", "zones") if not zones}
    return len(everywhere) > 1 and everywhere <= alone | {headcount.site}


def _ask(doing: Doing, headcount: Headcount, people: Sequence[Person]) -> None:
    """Make a row for each, queue the messages, and begin to count."""
    secret = node.current().secret
    headcount.begun_at, headcount.state = doing.at, tally.OPEN
    label = intern(doing.accord.marking("headcount_answer", headcount.party, headcount.site))
    made = [_answer_of(headcount, one, label, secret) for one in people]
    HeadcountAnswer.objects.bulk_create(made, batch_size=500)
    by_zone: dict[str, dict[str, int]] = defaultdict(dict)
    for one in made:
        its = by_zone[str(one.zone_id or tally.NO_ZONE)]
        its[tally.ASKED] = its.get(tally.ASKED, 0) + 1
    headcount.by_zone, headcount.counts = dict(by_zone), {tally.ASKED: len(made)}
    headcount.save()
    told = tell(doing, people, what=MESSAGE[headcount.kind], about={one.person_id: one.pk for one in made})
    doing.enter(asked=len(made), messages=len(told))
    doing.publish_of(headcount, "state", "counts", "by_zone", "begun_at")


def _answer_of(headcount: Headcount, person: Person, label: int, secret: str) -> HeadcountAnswer:
    ref = new_id()
    return HeadcountAnswer(
        id=ref,
        label_id=label,
        headcount=headcount,
        call=headcount.call,
        person=person,
        site=headcount.site,
        zone_id=person.zone_id if person.site == headcount.site else None,
        visitor=person.kind == VISITOR,
        asked_at=headcount.begun_at,
        link_digest=digest_of(link_of(secret, ref)),
    )


@act("headcount.confirm", on=Headcount)
def confirm(doing: Doing, headcount: Headcount) -> None:
    """Give a headcount that waits the go of a second person. Raises BadInput for the one who asked for it."""
    _require(headcount, tally.PROPOSED)
    if headcount.by == doing.principal.name:
        raise BadInput("headcount", [Fault("by", shown(headcount.by), "another person than the one who asked for it")])
    headcount.confirmed_by = doing.principal.name
    people = audience(doing.accord, doing.principal, headcount, doing.at)
    if not people:
        raise BadInput("headcount", [Fault("site", shown(headcount.site), "a site with people to ask")])
    _ask(doing, headcount, people)


@act("headcount.close", on=Headcount)
def close(doing: Doing, headcount: Headcount, *, reason: str = "", recall: bool = False) -> None:
    """Close it: with everyone accounted for and nobody waiting for help, or with a reason. One that waits is declined.

    With `recall`, it was started in error: all who were asked are told so.
    """
    if headcount.state == tally.CLOSED:
        raise BadInput("headcount", [Fault("state", tally.CLOSED, "one that is not closed")])
    open_cases = tally.unresolved(headcount.counts)
    if (open_cases or recall or headcount.state == tally.PROPOSED) and not 0 < len(reason.strip()) <= MOST_REASON:
        wanted = f"why it ends, 1 to {MOST_REASON} characters: {open_cases:,} are unaccounted for or wait for help"
        raise BadInput("headcount", [Fault("reason", shown(reason), wanted)])
    headcount.state, headcount.outcome = tally.CLOSED, reason.strip()
    headcount.closed_at, headcount.closed_by = doing.at, doing.principal.name
    refs = HeadcountAnswer.objects.filter(headcount=headcount)
    for some in _batches(list(refs.values_list("pk", flat=True))):
        drop_for(some)
    if recall and headcount.begun_at:
        asked = list(Person.objects.filter(pk__in=refs.values("person_id"), left_at=None))
        doing.enter(told=len(tell(doing, asked, what=RECALL)))
    doing.enter(counts=headcount.counts)


@act("headcount.answer", creates=HeadcountAnswer)
def answer(doing: Doing, refs: Sequence[uuid.UUID], *, site: str, says: str, way: str) -> list[HeadcountAnswer] | None:
    """Answer for oneself: `says` is safe, need_help or not_in_area, or read where the message was only opened.

    Raises NotFound for what was not asked of the actor, BadInput where the headcount is closed.
    """
    return _answer(doing, refs, site, says, way, proxy=False)


@act("headcount.answer_for", creates=HeadcountAnswer)
def answer_for(
    doing: Doing, refs: Sequence[uuid.UUID], *, site: str, says: str, way: str = "warden"
) -> list[HeadcountAnswer] | None:
    """Answer for people at `site`: it is kept that another did. A warden answers for their own zones."""
    return _answer(doing, refs, site, says, way, proxy=True)


def _answer(
    doing: Doing, refs: Sequence[uuid.UUID], site: str, says: str, way: str, proxy: bool
) -> list[HeadcountAnswer] | None:
    if says not in (tally.ANSWERS if proxy else SAYS) or way not in WAYS:
        raise BadInput("answer", [Fault("says", shown(says), "one of " + ", ".join(tally.ANSWERS))])
    wanted = list(dict.fromkeys(refs))
    reachable = HeadcountAnswer.objects.filter(_reach(doing, proxy), pk__in=wanted, label_id=doing.label_id)
    headcounts = lock(reachable)
    rows = list(reachable.select_related("person").order_by("pk"))
    if len(rows) != len(wanted):
        missing = next(ref for ref in wanted if ref not in {one.pk for one in rows})
        raise NotFound("headcount_answer", str(missing))
    for one in headcounts.values():
        _require(one, tally.OPEN)
    changed = [one for one in rows if tally.goes_on(one.state, says)]
    if not changed:
        return None
    moves: dict[uuid.UUID, list[tuple[str, str, str]]] = defaultdict(list)
    for one in changed:
        moves[one.headcount_id].append((str(one.zone_id or tally.NO_ZONE), one.state, says))
        _say(one, doing, says, way, proxy)
    _write(changed)
    for ref, its in moves.items():
        count(doing, headcounts[ref], its)
    if says in tally.ANSWERS:
        drop_for([one.pk for one in changed])
        _note_whereabouts(doing, changed, says)
    doing.enter(answers=[one.pk for one in changed])
    return []


def _reach(doing: Doing, proxy: bool) -> Q:
    """Which answers the actor may give: for oneself their own; for others all, or those of the warden's zones."""
    name = doing.principal.name
    if not proxy:
        by_reference = Q(person__reference=name.removeprefix(PERSON_NAME), person__party=doing.principal.party)
        return by_reference if name.startswith(PERSON_NAME) else Q(person__user_name=name)
    held = bound.offices(doing.accord, doing.principal, HeadcountAnswer)
    unbound = bound.without(doing.accord, doing.principal, held)
    if doing.accord.decide(unbound, doing.act, doing.marking).allowed:
        return Q()
    whose = Q(pk__in=[])
    for office in held:
        only = bound.without(doing.accord, doing.principal, held - {office})
        if doing.accord.decide(only, doing.act, doing.marking).allowed:
            whose |= bound.theirs(HeadcountAnswer, office, doing.principal)
    return whose


def _say(row: HeadcountAnswer, doing: Doing, says: str, way: str, proxy: bool) -> None:
    if says == tally.READ:
        row.state, row.read_at = says, doing.at
        return
    if row.answered_at is not None:
        before = {"state": row.state, "by": row.by, "proxy": row.proxy, "way": row.way, "at": iso(row.answered_at)}
        row.history = [*row.history, before]
    row.state, row.answered_at, row.by, row.proxy, row.way = says, doing.at, doing.principal.name, proxy, way


_WRITTEN = ("state", "read_at", "answered_at", "by", "proxy", "way", "history")


def _write(rows: Sequence[HeadcountAnswer]) -> None:
    """Rows that nothing was said of before are written in one statement; what corrects an answer, one by one."""
    alike: dict[bool, list[HeadcountAnswer]] = defaultdict(list)
    for one in rows:
        alike[bool(one.history)].append(one)
    for one in alike[True]:
        one.save(update_fields=_WRITTEN)
    for some in _batches(alike[False]):
        fresh: dict[str, Any] = {name: getattr(some[0], name) for name in _WRITTEN if name != "read_at"}
        if some[0].state == tally.READ:
            fresh["read_at"] = some[0].read_at
        HeadcountAnswer.objects.filter(pk__in=[one.pk for one in some]).update(**fresh)


def _note_whereabouts(doing: Doing, rows: Iterable[HeadcountAnswer], says: str) -> None:
    """An answer accounts for someone, and places them where they were asked unless they say otherwise."""
    newest = {one.person_id: one for one in rows}
    here = says != tally.NOT_IN_AREA
    seen = [Seen(one.person, one.site if here else "", one.zone_id if here else None) for one in newest.values()]
    whereabouts.note_many(doing, seen, source="headcount")


def _require(headcount: Headcount, state: str) -> None:
    if headcount.state != state:
        raise BadInput("headcount", [Fault("state", headcount.state, f"one that is {state}")])


def _batches(items: Sequence[Any], size: int = 500) -> Iterable[Sequence[Any]]:
    return (items[at : at + size] for at in range(0, len(items), size))
