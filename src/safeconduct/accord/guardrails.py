"""What no accord may say, checked at load by deciding every case. A breach names the article and a counter-example.

Guardrails are not policies: nothing in an accord overrides or switches them off.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from itertools import product

from safeconduct.accord.cedar import Case
from safeconduct.accord.court import Court
from safeconduct.accord.schedule import Office
from safeconduct.accord.vocabulary import ACTS, OPEN_CLASSES, OWN_TERMS, PERSONAL, READ, Performer
from safeconduct.terms.errors import Fault
from safeconduct.terms.marking import Tlp
from safeconduct.terms.party import Side


def breaches(court: Court) -> list[Fault]:
    """Each guardrail that the accord breaks, once for each act and standing, with the article and a counter-example."""
    return [fault for guardrail in GUARDRAILS for fault in guardrail(court)]


def _first_of_each(court: Court, action: str, is_breach: Callable[[Case], bool], wanted: str) -> Iterator[Fault]:
    """A fault for each standing with a permitted case that is a breach; the first such case is the counter-example."""
    seen: set[tuple[str, str]] = set()
    for case, verdict in court.permitted(action):
        if (case.party, case.role) not in seen and is_breach(case):
            seen.add((case.party, case.role))
            yield Fault(f"article {court.article(verdict)}", f"permits {case}", wanted)


def _all(court: Court, actions: Iterable[str], is_breach: Callable[[Case], bool], wanted: str) -> Iterator[Fault]:
    for action in actions:
        yield from _first_of_each(court, action, is_breach, wanted)


def host_commands(court: Court) -> Iterator[Fault]:
    """Only the host's side orders a host unit, or orders and lifts a measure."""
    orders = [act.name for act in ACTS.values() if act.orders_host_unit]
    parties = court.schedule.parties
    wanted = "no order to a host unit from a partner: the host commands"
    yield from _all(court, orders, lambda case: parties[case.party].side is not Side.HOST, wanted)


def each_party_can_stop(court: Court) -> Iterator[Fault]:
    """Each party can hold any movement and take back its key, whoever planned it and however it is marked."""
    for action, party in product(("movement.hold", "movement.withdraw"), court.schedule.parties):
        able: dict[tuple[str, str, tuple[str, ...]], bool] = {}
        for case, verdict in court.verdicts(action):
            if case.party == party and case.in_area and case.info_class == "movement":
                marking = (case.originator, case.tlp, case.releasable_to)
                able[marking] = able.get(marking, False) or (verdict.allowed and _by_person(court, case.role))
        for (originator, tlp, releasable_to), can in able.items():
            if not can:
                to = ",".join(releasable_to) or "-"
                found = f"nobody of {party} may {action} a movement from {originator} {tlp} to {to}"
                yield Fault(f"article {_naming(court, action)}", found, "each party can always stop a movement")
                break


def _by_person(court: Court, role: str) -> bool:
    return court.schedule.roles[role].is_for_people


def _naming(court: Court, action: str) -> str:
    """Articles of the policies that name `action`, or the default one."""
    articles = dict.fromkeys(policy.article for policy in court.policies.values() if action in policy.actions)
    return ", ".join(articles) or court.schedule.default_article


def originator_widens(court: Court) -> Iterator[Fault]:
    wanted = "nobody but the originator's own party widens a release"
    yield from _first_of_each(court, "release.widen", lambda case: not case.own, wanted)


def signatories_enact(court: Court) -> Iterator[Fault]:
    """An accord is changed by those who sign it, and every party has one who does."""
    roles = court.schedule.roles
    wanted = "only a role with office signatory changes an accord"
    yield from _first_of_each(
        court, "accord.enact", lambda case: roles[case.role].office is not Office.SIGNATORY, wanted
    )
    signing = {case.party for case, _ in court.permitted("accord.enact") if roles[case.role].office is Office.SIGNATORY}
    for party in court.schedule.parties:
        if party not in signing:
            found = f"nobody of {party} may accord.enact"
            yield Fault(f"article {_naming(court, 'accord.enact')}", found, "a signatory of each party")


def record_stays(court: Court) -> Iterator[Fault]:
    """No act removes an entry; what an entry commits to is erased by data protection alone."""
    roles = court.schedule.roles
    wanted = "only a role with office data-protection erases, and it erases content, never an entry"
    yield from _first_of_each(
        court, "record.erase", lambda case: roles[case.role].office is not Office.DATA_PROTECTION, wanted
    )


def asking_is_not_granting(court: Court) -> Iterator[Fault]:
    """Nobody grants what their own role may ask for."""
    for act in ACTS.values():
        if act.asks is None:
            continue
        asking = {(case.party, case.role) for case, _ in court.permitted(act.asks)}
        wanted = f"no role that may both {act.asks} and {act.name}"
        yield from _first_of_each(court, act.name, lambda case, both=asking: (case.party, case.role) in both, wanted)


def auditor_reads_no_content(court: Court) -> Iterator[Fault]:
    """An auditor checks how the accord is kept without seeing anyone's security, and changes nothing."""
    auditors = {role.id for role in court.schedule.roles.values() if role.office is Office.AUDITOR}
    wanted = "an auditor reads only " + ", ".join(sorted(OPEN_CLASSES))
    yield from _first_of_each(
        court, READ, lambda case: case.role in auditors and case.info_class not in OPEN_CLASSES, wanted
    )
    yield from _all(court, ACTS, lambda case: case.role in auditors, "no act by an auditor")


def a_person_reads_their_own(court: Court) -> Iterator[Fault]:
    """A role of the office self reads personal classes, of which the node gives each holder their own rows alone.

    Of any other class the articles would give it everyone's rows, and everyone is on the list of people.
    """
    selves = {role.id for role in court.schedule.roles.values() if role.office is Office.SELF}
    theirs = PERSONAL | OWN_TERMS
    wanted = "a role with office self reads only " + ", ".join(sorted(theirs))
    yield from _first_of_each(court, READ, lambda case: case.role in selves and case.info_class not in theirs, wanted)


def system_advises(court: Court) -> Iterator[Fault]:
    """A part of the node does what a node does; a person does the rest, and signs no machine's evidence."""
    for act in ACTS.values():
        if act.performer is not Performer.EITHER:
            by_person = act.performer is Performer.PERSON
            wanted = f"{act.name} only by a {'person' if by_person else 'part of the node'}"
            yield from _first_of_each(
                court, act.name, lambda case, want=by_person: _by_person(court, case.role) is not want, wanted
            )


def labels_are_kept(court: Court) -> Iterator[Fault]:
    """TLP 2.0, where an organisation is a party and the community is all parties. Source: FIRST, August 2022."""
    wanted = "RED and AMBER+STRICT stay with the originator's party, AMBER also goes to whom it is releasable"

    def goes_too_far(case: Case) -> bool:
        if case.own or case.tlp in (Tlp.CLEAR, Tlp.GREEN):
            return False
        return case.tlp != Tlp.AMBER or case.party not in case.releasable_to

    yield from _first_of_each(court, READ, goes_too_far, wanted)


def readers_agree(court: Court) -> Iterator[Fault]:
    """Who may read a class by the articles has fields of it in `accord.toml`, and the other way round."""
    allowed = {(case.role, case.info_class): verdict for case, verdict in court.permitted(READ)}
    for (role, info_class), verdict in allowed.items():
        if not court.schedule.classes[info_class].fields.get(role):
            found = f"permits {role} to read {info_class}, of which accord.toml gives it no field"
            yield Fault(f"article {court.article(verdict)}", found, f"{role} among the readers of classes.{info_class}")
    for info_class in court.schedule.classes.values():
        for role in info_class.fields:
            if (role, info_class.id) not in allowed:
                found = f"{role}, whom no article lets read {info_class.id}"
                yield Fault(
                    f"accord.toml: classes.{info_class.id}.readers", found, "only roles that may read the class"
                )


def book_is_kept(court: Court) -> Iterator[Fault]:
    """Where acts make something owed, the clock enters and settles it: that is part of the act, which fails without."""
    if not court.schedule.obligations:
        return
    for act in ACTS.values():
        if act.on == "obligation" and act.performer is Performer.NODE:
            verdicts = [verdict for case, verdict in court.verdicts(act.name) if _is_clock(court, case)]
            if not verdicts or not all(verdict.allowed for verdict in verdicts):
                found = f"node.clock may not {act.name}"
                yield Fault(f"article {_naming(court, act.name)}", found, "the clock keeps the book of obligations")


def _is_clock(court: Court, case: Case) -> bool:
    """Whether it is the node's clock that acts, which stands on the host's side, in its area."""
    return case.role == "node.clock" and court.schedule.parties[case.party].side is Side.HOST and case.in_area


GUARDRAILS = (
    host_commands,
    each_party_can_stop,
    originator_widens,
    signatories_enact,
    record_stays,
    asking_is_not_granting,
    auditor_reads_no_content,
    a_person_reads_their_own,
    system_advises,
    labels_are_kept,
    readers_agree,
    book_is_kept,
)
