"""`python -m tests.browser.pages_node DIR`: a node on which every page of people, sites and movements has something to
show; prints ids, the code for a phone, and the link of somebody who is asked.
"""

from __future__ import annotations

import json
import sys
from datetime import timedelta
from pathlib import Path
from typing import Any

from tests.nodes import new_node

PASSWORD = "walnut-harbour-lantern"
USERS = {
    "duty": ("host", "host.duty_officer", ""),
    "commander": ("host", "host.commander", ""),
    "focal": ("host", "host.focal_point", ""),
    "gatepost": ("host", "host.gate_post", "marjan"),
    "liaison": ("partner", "partner.liaison_officer", ""),
    "manager": ("partner", "partner.project_manager", ""),
    "head": ("partner", "partner.head_of_mission", ""),
    "warden": ("partner", "partner.warden", "marjan"),
}


def main(path: Path) -> None:
    from safeconduct.node import open_node
    from safeconduct.node.making import FirstUser, found_users, prepare_database

    open_node(new_node(path))
    prepare_database()
    found_users(tuple(FirstUser(name, PASSWORD, party, (role,), area) for name, (party, role, area) in USERS.items()))

    from tests.movements.live_node import filled
    from tests.people.list_node import listed
    from tests.sites.standards_node import standing

    found = {**listed(), **filled(), **_planned(), **_asked(), **standing(), **_phones(), **_read()}
    print(json.dumps(found))


def _who(name: str) -> Any:
    from safeconduct.terms.party import Grant, Principal

    party, role, area = USERS[name]
    return Principal(name, party, (Grant(role, area),))


def _as_role(role: str) -> Any:
    return _who(next(name for name, one in USERS.items() if one[1] == role))


def _planned() -> dict[str, str]:
    """One that is asked for, one that is cleared with a manifest and a conflict, and what is kept for others."""
    from tests.movements.case import SITE, draft_convoy, plan_convoy

    from safeconduct.acts import together
    from safeconduct.movements import acts
    from safeconduct.movements.protection.acts import issue_calendar
    from safeconduct.movements.protection.reactions import compare_plans, disclose_what_is_due
    from safeconduct.terms import instant

    soon = instant.now() + timedelta(minutes=50)
    draft = draft_convoy(_as_role, name="Convoy Dunlin", depart_at=soon + timedelta(days=2))
    hazards = [{"begin_m": 400, "end_m": 700, "text": "Narrow between walls"}]
    bend = {"name": "bend", "lon": 75.0139927, "lat": -5.0, "due_at": instant.iso(soon + timedelta(minutes=4))}
    leg = {
        "site": SITE,
        "route": "compound to terminal",
        "origin": "Compound",
        "destination": "Terminal",
        "begin_at": instant.iso(soon),
        "hazards": hazards,
        "checkpoints": [bend],
    }
    plan = {
        "legs": [leg],
        "turn_back": "A crowd on the road, or no word from the escort.",
        "communications": {"primary": "VHF channel 8", "backup": "Telephone"},
    }
    cleared = plan_convoy(_as_role, name="Convoy Gannet", **plan)
    acts.consent(_who("liaison"), cleared)
    asked = draft_convoy(_as_role, name="Convoy Plover", depart_at=soon + timedelta(hours=5))
    acts.accept_risk(_who("manager"), asked)
    acts.request(_who("manager"), asked)
    other = plan_convoy(_as_role, role="host.focal_point", name="Supply run", people=2, vehicles=2, depart_at=soon)
    held = plan_convoy(_as_role, name="Convoy Knot", depart_at=soon + timedelta(hours=3))
    acts.hold(_who("duty"), held, reason="A crowd stands at the bend.")
    acts.save_template(_who("manager"), site=SITE, movement=str(cleared), name="Evening shift")
    rule = acts.propose(
        _who("liaison"), site=SITE, condition="vehicle_class", at_least="b7", text="B7 until the visit is over."
    )
    issue_calendar(_who("manager"), name="Desk")
    with together():
        compare_plans("")
    disclose_what_is_due()
    refs = {"draft": draft, "cleared": cleared, "requested": asked, "supply": other, "held": held, "rule": rule.pk}
    return {name: str(ref) for name, ref in refs.items()}


def _asked() -> dict[str, str]:
    """A headcount that is closed, one that waits for a second go, and one that is under way."""
    from tests.people import heads

    from safeconduct import node
    from safeconduct.people.headcounts.acts import answer, answer_for, close, propose, start
    from safeconduct.people.headcounts.links import link_of
    from safeconduct.people.whereabouts.acts import count_strength

    heads.channels_are(heads.SMS, heads.MAIL)
    liaison = _who("liaison")
    past = start(liaison, site="marjan", kind="drill", reason="The yearly drill.")
    close(liaison, past.pk, reason="The drill is over.")
    propose(heads.clock(), site="marjan", party="partner", reason="An alarm at the gate.")
    under_way = start(liaison, site="marjan", reason="Smoke at the depot.")
    rows = heads.answers(under_way.pk)
    messages = [one for one in heads.deliveries() if one.about_id]
    heads.told("sent", *messages)
    heads.told("delivered", *messages[::2])
    heads.told("failed", *messages[-6:])
    for at, says in enumerate(
        ("safe", "safe", "safe", "safe", "safe", "safe", "not_in_area", "need_help", "need_help")
    ):
        answer_for(liaison, [rows[at].pk], site="marjan", says=says)
    answer(_stand_in(rows[20].person.reference), [rows[20].pk], site="marjan", says="read", way="link")
    count_strength(heads.clock())
    secret = node.current().secret
    return {
        "headcount": str(under_way.pk),
        "past_headcount": str(past.pk),
        "link": link_of(secret, rows[30].pk),
        "late_link": link_of(secret, heads.answers(past.pk)[3].pk),
    }


def _stand_in(reference: str) -> Any:
    from safeconduct import node
    from safeconduct.people.enrolment_acts import stand_in

    return stand_in(node.current().accord, f"person {reference}", "partner")


def _phones() -> dict[str, str]:
    """A person who calls for help and asks to be put right, and a code for another's phone."""
    from tests.phones_world import fill

    from safeconduct.people import enrolment_acts as enrolment
    from safeconduct.people.models import Person
    from safeconduct.store.guard import passage

    refs: dict[str, Any] = {}
    with passage("release"):
        one = Person.objects.get(reference="L-0102")
        refs["person_warden"] = Person.objects.get(reference="L-0100").pk
    fill(refs, {}, _who, "plain")
    return {
        "owner": str(refs["owner"]),
        "code": enrolment.invite_person(_who("manager"), one.pk).clear,
    }


def _read() -> dict[str, str]:
    """Who looked, a decoy, and an alarm about reading."""
    from safeconduct import node
    from safeconduct.people.looks import enter
    from safeconduct.people.models import Person
    from safeconduct.people.reading.acts import place_canary, raise_alarm
    from safeconduct.store.guard import passage
    from safeconduct.terms import instant

    with passage("release"):
        ref = Person.objects.values_list("pk", flat=True).get(reference="L-0105")
    enter(_who("liaison"), "person", [ref], "page")
    place_canary(_who("head"), of_class="person", of=ref, note="Nobody needs it.")
    for rule, count in (("many", 40), ("canary", 1)):
        raise_alarm(
            node.current().system("node.clock"),
            rule=rule,
            originator="partner",
            reader="liaison",
            party="partner",
            role="partner.liaison_officer",
            of_class="person",
            count=count,
            begin=instant.now() - timedelta(minutes=9),
        )
    return {}


if __name__ == "__main__":
    main(Path(sys.argv[1]))
