"""What stands in a movement's way and is withheld is not told by the gate, by its errors or by a suspension."""

from __future__ import annotations

import json
import uuid

import pytest
from tests.movements import case

from safeconduct.movements import acts, queries
from safeconduct.store.guard import passage
from safeconduct.store.labels import intern
from safeconduct.terms.errors import BadInput
from safeconduct.terms.marking import Marking, Tlp
from safeconduct.watch.models import Alert

pytestmark = pytest.mark.django_db


@pytest.fixture
def convoy(as_role) -> uuid.UUID:
    case.place_site(as_role)
    return case.plan_convoy(as_role)


def red_alert(watch) -> uuid.UUID:
    """An alarm beside the route that only the host's commander and its like may know of."""
    ref = case.raise_alert(watch)
    with passage("act"):
        Alert.objects.filter(pk=ref).update(label_id=intern(Marking("host", "alert", Tlp.RED, frozenset(), case.SITE)))
    return ref


@pytest.mark.parametrize(("role", "told"), [("host.duty_officer", "gate.no_alarm"), ("host.gate_post", "state")])
def test_a_refused_departure_does_not_name_an_alert_that_its_actor_may_not_see(role, told, convoy, as_role, watch):
    """A gate post that was not told of the leg yet learns nothing of the gate at all."""
    ref = red_alert(watch)
    with pytest.raises(BadInput) as refused:
        acts.depart(as_role(role), convoy)
    assert told in [fault.where for fault in refused.value.faults]
    assert str(ref) not in str(refused.value)


def test_a_gate_names_no_alert_that_its_reader_may_not_see(convoy, as_role, watch):
    ref = red_alert(watch)
    shut = {one.code: one for one in queries.gate_of(as_role("partner.liaison_officer"), convoy)}["no_alarm"]
    assert not shut.holds and str(ref) not in json.dumps(dict(shut.detail))


def test_a_gate_tells_nothing_of_certificates_that_are_withheld(convoy, as_role, login):
    case.certify(as_role, end_m=400.0)
    with passage("act"):
        from safeconduct.movements.models import Sweep

        strict = intern(Marking("host", "sweep", Tlp.AMBER_STRICT, frozenset(), case.SITE))
        Sweep.objects.update(label_id=strict)
    swept = {one.code: one for one in queries.gate_of(as_role("partner.liaison_officer"), convoy)}["swept"]
    told = {one.code: one for one in queries.gate_of(as_role("host.duty_officer"), convoy)}["swept"]
    assert swept.detail["unswept_m"] == told.detail["unswept_m"] + 400
    assert login("partner.liaison_officer").get(f"/movements/{convoy}/").status_code == 200
