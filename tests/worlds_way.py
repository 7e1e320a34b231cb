"""What a world holds of movements on their way: one that is overdue and offered to the next post, one that arrived.

`words` go into what the host may not read of the partner's people; `duress` tells whether the word that was given was
the one of duress; `aside` is where devices are, which a gate post is not told.
"""

from __future__ import annotations

import uuid
from datetime import timedelta
from typing import Any

from tests.worlds import ROUTE, SITE, START, World, mark, principal

from safeconduct import acts as pipeline
from safeconduct import node
from safeconduct.movements import acts as movements
from safeconduct.movements.models import DEPARTED, Movement, Vehicle
from safeconduct.movements.progress import acts as live
from safeconduct.movements.progress.following import Following
from safeconduct.movements.progress.matching import Fix
from safeconduct.movements.progress.queries import followed
from safeconduct.store.guard import passage
from safeconduct.store.labels import marking_of
from safeconduct.terms import instant
from safeconduct.terms.instant import iso
from safeconduct.terms.marking import Tlp


def on_the_way(world: World, *, words: str, duress: bool, aside: bool) -> None:
    travellers = [str(world.refs["person_warden"]), str(world.refs["person_person"])]
    ref = world.refs["progress"] = _departed("Convoy Egret", travellers, driver=str(world.refs["person_person"]))
    clock = node.current().system("node.clock")
    _told(aside=aside)
    evidence = {"by": "later", "later": "halfway"}
    missed = {"kind": "missed_checkpoint", "of": "bend", "since": iso(START), "evidence": evidence}
    live.deviate(clock, ref, begun=[missed], ended=[])
    _climb(world, ref, "overdue")
    live.set_words(principal("manager"), ref, well="Seven egrets", duress="Nine egrets")
    live.answer(principal("manager"), world.refs["overdue"], kind="overdue", number=0, text="Called.")
    word = "nine egrets" if duress else "seven egrets"
    live.report(principal("manager"), ref, kind="progress", checkpoint="bend", word=word)
    world.refs["duress"] = _ref(live.Duress, ref) or world.refs["hidden_duress"]
    world.refs["handover"] = live.hand_over(principal("gatepost"), ref, to_post="gate East", to_site=SITE).pk
    arrived = _departed("Convoy Stork", travellers)
    movements.arrive(principal("duty"), arrived, where="gate East")
    live.count(principal("gatepost"), arrived, people=2, where="gate East")
    status = "missing" if words == "plain" else "left_behind"
    live.account(principal("manager"), arrived, statuses={travellers[0]: status})


def secret_way(world: World) -> None:
    """A movement on its way of which the host knows nothing, and so nothing of its progress."""
    ref = _departed("Convoy Kestrel", [])
    world.refs["hidden_progress"] = ref
    _climb(world, ref, "hidden_overdue")
    with passage("release"):
        rows = [Movement.objects.get(pk=ref), live.Progress.objects.get(pk=ref)]
        rows += live.Overdue.objects.filter(movement=ref)
    for row in rows:
        mark(row, Tlp.RED)


def _climb(world: World, ref: uuid.UUID, name: str) -> None:
    clock = node.current().system("node.clock")
    due_at = START - timedelta(minutes=1)
    live.climb(clock, ref, kind="overdue", rungs=[0], factor=1.0, elapsed_s=60.0, cause="silent", due_at=due_at)
    found = _ref(live.Overdue, ref)
    assert found is not None
    world.refs[name] = found


def _ref(model: Any, movement: uuid.UUID) -> uuid.UUID | None:
    with passage("release"):
        return model.objects.filter(movement=movement).values_list("pk", flat=True).first()


def _departed(name: str, travellers: list[str], *, driver: str = "") -> uuid.UUID:
    """A movement on its way: its gate is no matter here."""
    planned = movements.plan(
        principal("manager"),
        site=SITE,
        name=name,
        legs=[
            {
                "site": SITE,
                "route": ROUTE,
                "origin": "Compound",
                "begin_at": iso(START + timedelta(minutes=1)),
                "end_at": iso(START + timedelta(minutes=31)),
                "checkpoints": [
                    {"name": "bend", "lon": 75.0139927, "lat": -5.0, "due_at": iso(START + timedelta(minutes=9))},
                    {"name": "halfway", "lon": 75.0103817, "lat": -5.0, "due_at": iso(START + timedelta(minutes=19))},
                ],
            }
        ],
        convoy=[{"callsign": f"{name} 1", "vehicle_class": "b6"}],
        travellers=travellers,
        people=2,
    )
    with passage("act"), pipeline.together():
        Vehicle.objects.filter(movement=planned.pk).update(driver=driver, tracker=f"gps/{name} 1")
        # Marked as a plan is that was requested: for both parties.
        label = pipeline.intern(node.current().accord.marking("movement", "partner", SITE))
        Movement.objects.filter(pk=planned.pk).update(label_id=label)
        row = Movement.objects.get(pk=planned.pk)
        row.state, row.departed_at = DEPARTED, instant.now()
        row.save()
        marking = marking_of(row.label_id)
        post = principal("gatepost")
        accord = node.current().accord
        decision = accord.decide(post, "movement.depart", marking)
        live.begin(pipeline.Doing("movement.depart", post, accord, marking, instant.now(), decision), row)
    return planned.pk


def _told(*, aside: bool) -> None:
    """The device tells of a few places; `aside` it is some metres off the line, no nearer to the end."""
    following = Following()
    following.tell(followed())
    for second in range(1, 30):
        lon = 75.0157982 - second * 4e-5
        lat = -4.9896578 + (6e-5 if aside else 0.0)
        following.take("gps/Convoy Egret 1", Fix(instant.epoch_ms(instant.now()) + second * 1000, lon, lat, 4.0, 270.0))
    live.follow(node.current().system("node.watch"), found=following.changed())
