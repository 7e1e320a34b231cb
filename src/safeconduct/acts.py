"""The act pipeline: decide, change, enter, publish. Every state change goes through here, and nothing else writes.

A room declares its acts in its `acts.py`:

    @act("movement.hold", on=Movement)
    def hold(doing: Doing, movement: Movement, *, reason: str) -> None:
        movement.state = "held"

    @act("movement.plan", creates=Movement)
    def plan(doing: Doing, *, site: str, name: str) -> Movement: ...

and everyone calls them as `hold(principal, movement_id, reason="…")` and `plan(principal, site="airport", name="…")`.
"""

from __future__ import annotations

import re
import uuid
from collections import Counter
from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import wraps
from typing import Any, Concatenate, Generic, ParamSpec, TypeVar, cast

from django.core.exceptions import ValidationError
from django.db import connection, transaction

from safeconduct import node
from safeconduct.accord.accord import Accord
from safeconduct.accord.vocabulary import ACTS, Performer
from safeconduct.record import store as record
from safeconduct.record.store import Deed
from safeconduct.store import bound
from safeconduct.store.guard import passage
from safeconduct.store.labels import all_labels, intern, marking_of
from safeconduct.store.models import Event, Marked
from safeconduct.terms import instant
from safeconduct.terms.decision import Decision, Refused
from safeconduct.terms.errors import BadInput, Fault, NotFound, shown
from safeconduct.terms.json import plain
from safeconduct.terms.marking import Marking, Tlp
from safeconduct.terms.party import ANYWHERE, Principal

P = ParamSpec("P")
R = TypeVar("R")
M = TypeVar("M", bound=Marked)


@dataclass(frozen=True)
class Declared:
    """What a room declared: the act's name, what it is done to and the function that changes it."""

    name: str
    on: tuple[type[Marked], ...]
    creates: type[Marked] | None
    recorded: bool
    change: Callable[..., Any]


DECLARED: dict[str, Declared] = {}
"""Every act of the node by name; tests hold it against the accord's vocabulary."""

FOLLOWING: list[Callable[[Doing, Sequence[Marked], Mapping[str, Any]], None]] = []
"""What is told of every act on the record, in its own transaction, with the rows it was done to and its details."""

TALLY: Counter[tuple[str, str]] = Counter()
"""How often each act was done, refused or failed in this process; for its metrics."""


@dataclass
class Doing:
    """One act under way: who, when, under which accord and marking. Hand it details for the record with `enter`."""

    act: str
    principal: Principal
    accord: Accord
    marking: Marking
    at: datetime
    decision: Decision
    details: dict[str, Any] = field(default_factory=dict[str, Any])
    published: list[tuple[str, str, int]] = field(default_factory=list[tuple[str, str, int]])
    beside: dict[Marked, set[str]] = field(default_factory=dict["Marked", set[str]])

    @property
    def label_id(self) -> int:
        return intern(self.marking)

    def label_for(self, info_class: str) -> int:
        """The label of something else that this act makes beside its subject, of the same party and area."""
        return intern(self.accord.marking(info_class, self.principal.party, self.marking.area))

    def label_within(self, marking: Marking) -> int:
        """The label of what is made, if it tells of another thing so marked: it is released no further than that is."""
        mine = self.marking
        reach = mine.releasable_to & (marking.releasable_to | {marking.originator})
        tlp = max(mine.tlp, marking.tlp, key=lambda one: one.rank)
        return intern(replace(mine, tlp=tlp, releasable_to=reach))

    def enter(self, **details: Any) -> None:
        """Add details to the payload that the record commits to."""
        self.details.update(details)

    def take_turn(self) -> None:
        """Let no act that is under way come onto the record before this one: for an act that rests on other things."""
        record.take_turn()

    def publish(self, info_class: str, changed: str, label_id: int | None = None) -> None:
        """Tell readers that the field `changed` of many rows of a class changed at once, without naming one.

        `label_id` is theirs, where they are not all of this act's party and area.
        """
        self.published.append((info_class, changed, self.label_for(info_class) if label_id is None else label_id))

    def publish_of(self, row: Marked, *changed: str) -> None:
        """Tell readers that these fields of `row` changed, which this act changed beside its subject."""
        self.beside.setdefault(row, set()).update(changed)


@dataclass
class _Together:
    """Acts of one transaction: their deeds are appended, and their events published, together at its end."""

    deeds: list[Deed] = field(default_factory=list[Deed])
    events: list[Event] = field(default_factory=list[Event])


_together: ContextVar[_Together | None] = ContextVar("together", default=None)


@contextmanager
def together() -> Generator[None]:
    """Do the acts within in one transaction with one checkpoint: all of them happen, or none.

    An act inside that fails takes back its own changes, deeds and events only; whoever catches it may go on.
    """
    outer = _together.get()
    if outer is not None:
        deeds, events = len(outer.deeds), len(outer.events)
        try:
            with transaction.atomic():
                yield
        except BaseException:
            del outer.deeds[deeds:], outer.events[events:]
            raise
        return
    if not connection.in_atomic_block:
        all_labels()
    token = _together.set(batch := _Together())
    try:
        with passage("act"), transaction.atomic():
            yield
            if batch.events:
                Event.objects.bulk_create(batch.events)
            if batch.deeds:
                record.append(batch.deeds, key=node.current().key)
    finally:
        _together.reset(token)


def act(
    name: str,
    *,
    on: type[Marked] | tuple[type[Marked], ...] = (),
    creates: type[Marked] | None = None,
    recorded: bool = True,
) -> Callable[[Callable[Concatenate[Doing, P], R]], Act[R]]:
    """Declare the act `name`, done `on` a row of a model, or one that `creates` a row of a model.

    An act on a row gets the row, locked, as its second argument and is called with the row's id in its place; where it
    is done on rows of several models, the caller says which with `kind`, an information class. One that
    creates gets `site` (its area) among its keywords and returns the rows that it made or changed, if only an empty
    list; None says that there was nothing to do, and leaves no entry. `recorded=False` is for the watch's stream of
    positions and of movements alone (docs/decisions/0003, 0019).
    """
    models = on if isinstance(on, tuple) else (on,)
    if bool(models) == (creates is not None):
        raise ValueError(f"act {name}: want exactly one of on= and creates=")

    def declare(change: Callable[Concatenate[Doing, P], R]) -> Act[R]:
        if name in DECLARED:
            raise ValueError(f"act {name} is declared twice")
        declared = DECLARED[name] = Declared(name, models, creates, recorded, change)
        return Act(declared)

    return declare


class Act(Generic[R]):
    """A declared act, ready to be done by a principal."""

    def __init__(self, declared: Declared):
        self.declared = declared
        self.name = declared.name
        wraps(declared.change)(cast(Callable[..., object], self))

    def __call__(self, principal: Principal, *args: Any, **details: Any) -> R:
        """Do it. Raises Refused (denied, with the article), NotFound (nothing there that is theirs) or BadInput."""
        outcome = "failed"
        try:
            with together():
                how = self._on_row if self.declared.on else self._creating
                result = how(principal, *args, **details)
            outcome = "done"
            return result
        except Refused:
            outcome = "refused"
            raise
        finally:
            TALLY[self.name, outcome] += 1

    def decision(self, principal: Principal, marking: Marking) -> Decision:
        """What the accord would say, without doing anything: for buttons that explain why they are off."""
        return node.current().accord.decide(principal, self.name, marking)

    def marking_for_new(self, principal: Principal, site: str) -> Marking:
        """The marking that a new row of this principal would get; one that nobody may read for one of no party."""
        creates = cast(type[Marked], self.declared.creates)
        accord = node.current().accord
        if principal.party not in accord.parties:
            return Marking(principal.party, creates.info_class, Tlp.RED, area=site)
        return accord.marking(creates.info_class, principal.party, site)

    def _on_row(self, principal: Principal, ref: uuid.UUID | str, *args: Any, **details: Any) -> R:
        model = self._model(details)
        row = locked(model, ref)
        marking = marking_of(row.label_id)
        accord = node.current().accord
        principal = bound.standing(accord, principal, model, row.pk)
        if not accord.may_read(principal, marking).allowed:
            raise NotFound(model.info_class, str(ref))
        doing = self._begin(principal, accord, marking, details)
        before = plain(row.released_values())
        result = self.declared.change(doing, row, *args, **details)
        row.save()
        after = plain(row.released_values())
        released_anew = marking_of(row.label_id) != marking
        changed = [name for name in after if released_anew or after[name] != before[name]]
        self._enter(doing, {"ref": row.pk, **details})
        self._publish(doing, row.label_id, row, changed)
        self._publish_beside(doing)
        self._tell(doing, [row], details)
        return result

    def _model(self, details: dict[str, Any]) -> type[Marked]:
        if len(self.declared.on) == 1:
            return self.declared.on[0]
        kind = details.pop("kind", None)
        for model in self.declared.on:
            if model.info_class == kind:
                return model
        classes = ", ".join(model.info_class for model in self.declared.on)
        raise BadInput(self.name, [Fault("kind", shown(kind), f"one of {classes}")])

    def _creating(self, principal: Principal, *args: Any, site: str = ANYWHERE, **details: Any) -> R:
        accord = node.current().accord
        doing = self._begin(principal, accord, self.marking_for_new(principal, site), {"site": site, **details})
        row = self.declared.change(doing, *args, site=site, **details)
        if row is not None:
            made = [row] if isinstance(row, Marked) else list(row)
            self._enter(doing, {"refs": [one.pk for one in made], "site": site, **details})
            for one in made:
                self._publish(doing, one.label_id, one, list(one.released))
            for info_class, changed, label_id in doing.published:
                self._publish(doing, label_id, None, [changed], info_class)
            self._publish_beside(doing)
            self._tell(doing, made, {"site": site, **details})
        return cast(R, row)

    def _begin(self, principal: Principal, accord: Accord, marking: Marking, details: Mapping[str, Any]) -> Doing:
        decision = accord.decide(principal, self.name, marking)
        if not decision.allowed:
            raise Refused(self.name, decision)
        # What the node tells of feeds was looked at as it came: an alarm is raised however its vehicle is called.
        if ACTS[self.name].performer is not Performer.NODE and (faults := list(unfit(details))):
            raise BadInput(self.name, faults[:MOST_FAULTS])
        return Doing(self.name, principal, accord, marking, instant.now(), decision)

    def _enter(self, doing: Doing, details: Mapping[str, Any]) -> None:
        if self.declared.recorded:
            payload = plain({"by": doing.principal.name, **details, **doing.details})
            marking = doing.marking
            deed = Deed(doing.at, doing.principal.party, self.name, doing.decision.article, marking.info_class, payload)
            cast(_Together, _together.get()).deeds.append(deed)

    def _tell(self, doing: Doing, rows: Sequence[Marked], details: Mapping[str, Any]) -> None:
        if self.declared.recorded:
            for follow in FOLLOWING:
                follow(doing, rows, details)

    def _publish_beside(self, doing: Doing) -> None:
        for row, changed in doing.beside.items():
            self._publish(doing, row.label_id, row, sorted(changed))

    def _publish(
        self, doing: Doing, label_id: int, row: Marked | None, changed: list[str], info_class: str = ""
    ) -> None:
        if changed:
            event = Event(
                at=doing.at,
                kind=row.info_class if row else info_class,
                ref=row.pk if row else None,
                label_id=label_id,
                fields=f",{','.join(changed)},",
            )
            cast(_Together, _together.get()).events.append(event)


MOST_FAULTS = 20

_UNFIT = re.compile("[\0-\x08\x0b\x0c\x0e-\x1f\x7f\u202d\u202e]|[\ud800-\udfff]")
"""No database keeps a NUL or half of a character, and no text that means well has one, steers a terminal, or overrides
the direction in which others read it: a name so written shows as another."""


def unfit(details: Mapping[str, object]) -> Iterator[Fault]:
    """A fault for each text in `details`, however deep, that cannot be kept or would be read as another than it is."""
    waiting: list[tuple[str, object]] = list(details.items())
    while waiting:
        where, value = waiting.pop()
        if isinstance(value, str):
            if _UNFIT.search(value):
                yield Fault(
                    where, ascii(shown(value)), "text without control characters and overrides of its direction"
                )
        elif isinstance(value, Mapping):
            members = cast("Mapping[object, object]", value)
            waiting += [(where, part) for member in members.items() for part in member]
        elif isinstance(value, list | tuple | set | frozenset):
            waiting += [(where, one) for one in cast("Sequence[object]", value)]


def locked(model: type[M], ref: uuid.UUID | str) -> M:
    """The row `ref`, locked until the act ends. Raises NotFound, for what is no id too."""
    try:
        return cast(Any, model).objects.select_for_update().get(pk=ref)
    except (model.DoesNotExist, ValidationError):
        raise NotFound(model.info_class, str(ref)) from None
