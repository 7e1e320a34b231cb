"""The release pipeline: filter and project. Every read for a person, page, export, stream or party goes through here.

The filter is one `label_id IN (…)`: the accord is asked once per marking and standing, never per row. The projection
keeps the fields that the accord gives this reader; a field that is withheld is absent, not empty.
"""

from __future__ import annotations

import uuid
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from functools import cache
from itertools import combinations
from typing import Any, TypeVar, cast

from django.apps import apps
from django.core.exceptions import ValidationError
from django.db.models import Count, Q, QuerySet

from safeconduct import node
from safeconduct.accord.accord import Accord
from safeconduct.accord.schedule import Office
from safeconduct.store import bound
from safeconduct.store.guard import passage
from safeconduct.store.labels import all_labels, marking_of
from safeconduct.store.models import Event, Marked, model_of
from safeconduct.terms.errors import NotFound
from safeconduct.terms.marking import Marking
from safeconduct.terms.party import Principal

M = TypeVar("M", bound=Marked)
Narrow = Callable[[QuerySet[Any]], QuerySet[Any]]


class Projection(Mapping[str, Any]):
    """What one reader gets of one row: `id`, `info_class`, `marking`; released fields as items and attributes."""

    __slots__ = ("_values", "id", "info_class", "marking")

    def __init__(self, row_id: uuid.UUID, marking: Marking, values: dict[str, Any]):
        self.id = row_id
        self.info_class = marking.info_class
        self.marking = marking
        self._values = values

    def __getitem__(self, name: str) -> Any:
        return self._values[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._values)

    def __len__(self) -> int:
        return len(self._values)

    def __getattr__(self, name: str) -> Any:
        try:
            return self._values[name]
        except KeyError:
            raise AttributeError(f"{name} is not released to this reader, or no field of {self.info_class}") from None

    def replaced(self, **values: Any) -> Projection:
        """The same with other values for fields that it has: for what a query takes out of a field for its reader."""
        return Projection(self.id, self.marking, {**self._values, **values})

    def __repr__(self) -> str:
        return f"<{self.info_class} {self.id} {sorted(self._values)}>"


def label_ids(principal: Principal, info_class: str) -> list[int]:
    """The labels of `info_class` that this reader may see."""
    accord = node.current().accord
    return [
        pk
        for pk, marking in all_labels().items()
        if marking.info_class == info_class and accord.may_read(principal, marking).allowed
    ]


def markings_of(principal: Principal, info_class: str) -> list[Marking]:
    """The markings of `info_class` that there are and this reader may see."""
    return [marking_of(one) for one in label_ids(principal, info_class)]


def project(principal: Principal, row: Marked, fields: Collection[str] | None = None) -> Projection:
    """`row` as this reader may have it, or only those `fields` of it.

    The caller has filtered; a row that may not be read projects to no fields.
    """
    return _project(bound.standing(node.current().accord, principal, type(row), row.pk), row, fields)


def standing(principal: Principal, model: type[Marked], ref: uuid.UUID) -> Principal:
    """The reader as they stand to one row: of a personal class, an office bound to others gives nothing here."""
    with passage("release"):
        return bound.standing(node.current().accord, principal, model, ref)


def _project(principal: Principal, row: Marked, fields: Collection[str] | None = None) -> Projection:
    marking = marking_of(row.label_id)
    allowed = node.current().accord.fields(principal, marking)
    values = {
        name: source(row) if callable(source) else getattr(row, source)
        for name, source in row.released.items()
        if name in allowed and (fields is None or name in fields)
    }
    return Projection(row.pk, marking, values)


def _released(model: type[M], principal: Principal) -> QuerySet[M]:
    rows = cast(Any, model).objects
    held = bound.offices(node.current().accord, principal, model)
    if not held:
        return rows.filter(label_id__in=label_ids(principal, model.info_class))
    reached = Q(pk__in=[])
    for office, reader in _standings(principal, model):
        labels = label_ids(reader, model.info_class)
        if labels:
            whose = bound.theirs(model, office, principal) if office else Q()
            reached |= Q(label_id__in=labels) & whose
    # Whose rows they are is asked once and apart: how it joins is no concern of whoever narrows what comes out.
    return rows.filter(pk__in=rows.filter(reached).values("pk"))


def _standings(principal: Principal, model: type[Marked]) -> Iterator[tuple[Office | None, Principal]]:
    """The reader as they stand to all rows of `model`, and to those that each of their offices binds to them."""
    accord = node.current().accord
    held = bound.offices(accord, principal, model)
    yield None, bound.without(accord, principal, held)
    for office in held:
        yield office, bound.without(accord, principal, held - {office})


def _reader_of(principal: Principal, model: type[Marked]) -> Callable[[Marked], Principal]:
    """The reader as they stand to each row: what an office binds to others gives them no field."""
    accord = node.current().accord
    held = bound.offices(accord, principal, model)
    if not held:
        return lambda _: principal
    rows = cast(Any, model).objects
    whose = {
        office: set(rows.filter(bound.theirs(model, office, principal)).values_list("pk", flat=True)) for office in held
    }
    standings = {
        missed: bound.without(accord, principal, frozenset(missed))
        for size in range(len(held) + 1)
        for missed in combinations(sorted(held), size)
    }
    return lambda row: standings[tuple(office for office in sorted(held) if row.pk not in whose[office])]


def listing(
    model: type[Marked], principal: Principal, narrow: Narrow | None = None, fields: Collection[str] | None = None
) -> list[Projection]:
    """The rows that this reader may see, narrowed, projected. `narrow` filters and orders by released fields only.

    With `fields`, nothing else is read of a row: for counting many.
    """
    with passage("release"):
        rows = _released(model, principal)
        columns = _columns(model) if not bound.offices(node.current().accord, principal, model) else None
        if columns is not None:
            wanted = columns if fields is None else {name: columns[name] for name in fields}
            return _of_columns(principal, narrow(rows) if narrow else rows, wanted)
        if fields is not None:
            rows = rows.only("label_id", *(cast(str, model.released[name]) for name in fields))
        reader_of = _reader_of(principal, model)
        return [_project(reader_of(row), row, fields) for row in (narrow(rows) if narrow else rows)]


@cache
def _columns(model: type[Marked]) -> dict[str, str] | None:
    """Field to column, where each released field is one: such rows need no instance of their model."""
    own = {one.attname for one in model._meta.concrete_fields}
    columns = {name: source for name, source in model.released.items() if isinstance(source, str) and source in own}
    return columns if len(columns) == len(model.released) else None


def _of_columns(principal: Principal, rows: QuerySet[Any], columns: Mapping[str, str]) -> list[Projection]:
    accord = node.current().accord
    labels: dict[int, tuple[Marking, list[tuple[str, int]]]] = {}
    found: list[Projection] = []
    for row in rows.values_list("pk", "label_id", *columns.values()):
        known = labels.get(row[1])
        if known is None:
            marking = marking_of(row[1])
            allowed = accord.fields(principal, marking)
            places = [(name, at) for at, name in enumerate(columns, start=2) if name in allowed]
            known = labels[row[1]] = (marking, places)
        found.append(Projection(row[0], known[0], {name: row[at] for name, at in known[1]}))
    return found


def count(model: type[Marked], principal: Principal, narrow: Narrow | None = None) -> int:
    with passage("release"):
        rows = _released(model, principal)
        return (narrow(rows) if narrow else rows).count()


def one(model: type[Marked], principal: Principal, ref: uuid.UUID | str) -> Projection:
    """The row `ref` for this reader. Raises NotFound: what is absent and what is not theirs answer alike."""
    with passage("release"):
        try:
            return project(principal, _released(model, principal).get(pk=ref))
        except (model.DoesNotExist, ValidationError, ValueError):
            raise NotFound(model.info_class, str(ref)) from None


def holdings() -> Counter[Marking]:
    """How many things of each marking the node holds, no more of them: for whoever weighs a change of the accord."""
    counted: Counter[Marking] = Counter()
    with passage("release"):
        for model in _marked_models():
            rows = cast(Any, model).objects.values_list("label_id").annotate(count=Count("pk"))
            for label_id, count in rows:
                counted[marking_of(label_id)] += count
    return counted


def _marked_models() -> Iterator[type[Marked]]:
    return (model for model in apps.get_models() if issubclass(model, Marked))


def may_hear(principal: Principal, event: Event, accord: Accord | None = None) -> bool:
    """Whether anything that this reader gets changed with `event`."""
    accord = accord or node.current().accord
    marking = marking_of(event.label_id)
    changed = frozenset(event.fields.strip(",").split(","))
    if changed & accord.fields(bound.hearing(accord, principal, marking.info_class), marking):
        return True
    if event.ref is None or not changed & accord.fields(principal, marking):
        return False
    with passage("release"):
        reader = bound.standing(accord, principal, model_of(marking.info_class), event.ref)
    return bool(changed & accord.fields(reader, marking))


def events_after(event_id: int, limit: int = 1000) -> Sequence[Event]:
    """Outbox rows after `event_id`, oldest first. For the streamer, which asks `may_hear` for each of its readers."""
    with passage("release"):
        return list(Event.objects.filter(pk__gt=event_id).order_by("pk")[:limit])


def events_of(event_ids: Iterable[int]) -> Sequence[Event]:
    """Those of `event_ids` that are in the outbox, oldest first: acts that were done after a later one."""
    with passage("release"):
        return list(Event.objects.filter(pk__in=list(event_ids)).order_by("pk"))


def newest_event_id() -> int:
    with passage("release"):
        return Event.objects.order_by("-pk").values_list("pk", flat=True).first() or 0


def event_id_of(uid: str) -> int | None:
    """The place of an event in the outbox by the id that left the node, or None where there is none."""
    with passage("release"):
        try:
            return Event.objects.filter(uid=uid).values_list("pk", flat=True).first()
        except (ValidationError, ValueError):
            return None
