"""What the routers of the REST API share: projections as JSON, their schemas from the vocabulary, strict input.

    {"id": "0193…", "marking": {"originator": "host", "info_class": "alert", "tlp": "TLP:AMBER", …}, "state": "open"}

A field that the accord withholds from the reader is absent; a field that is null has no value for anyone.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from typing import Annotated, Any, cast

from django.http import HttpRequest
from ninja.params.functions import Path, Query
from ninja.responses import Status
from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, Field, FiniteFloat, create_model

from safeconduct.accord.vocabulary import CLASSES
from safeconduct.acts import Act
from safeconduct.release import Projection
from safeconduct.store import labels
from safeconduct.store.models import Marked
from safeconduct.terms.errors import NotFound
from safeconduct.terms.instant import in_utc
from safeconduct.terms.marking import Marking
from safeconduct.terms.party import Principal

MOST_ROWS = 200
Read = Callable[[Principal, uuid.UUID], Projection]


def _without_nul(text: str) -> str:
    if "\0" in text:
        raise ValueError("text without NUL characters")  # no database keeps them
    return text


Text = Annotated[str, AfterValidator(_without_nul), Field(max_length=4096)]
"""Text that every database can keep; the act that gets it says what else it wants."""

Instant = Annotated[AwareDatetime, AfterValidator(in_utc)]
"""A time with its zone."""

Number = FiniteFloat

Ref = Annotated[str, Path(description="An id. One that is malformed, absent or not released answers 404 alike.")]
After = Annotated[Text | None, Query(description="`next` of the page before.")]
Limit = Annotated[int, Query(ge=1, le=MOST_ROWS, description="Rows a page at most.")]
Site = Annotated[Text | None, Query(description="Only what lies in this site.")]


class Input(BaseModel):
    """A request's body: an unknown member is an error, so that a misspelt one does not fall silent."""

    model_config = ConfigDict(extra="forbid")


class MarkingOut(BaseModel):
    """How a thing may be released."""

    originator: str = Field(description="The party that it comes from; release beyond needs its consent.")
    info_class: str
    tlp: str = Field(description="Traffic Light Protocol 2.0 label.", examples=["TLP:AMBER"])
    releasable_to: list[str]
    area: str = Field(description="The site that it concerns; empty for none.")


class Reason(Input):
    """Why."""

    reason: Text = Field(examples=["A car waits at the outer ring."])


def asker(request: HttpRequest) -> Principal:
    """Who asks: the bearer of the token, or the user of the session."""
    return cast(Any, request).principal


def marking_of(marking: Marking) -> dict[str, Any]:
    return {
        "originator": marking.originator,
        "info_class": marking.info_class,
        "tlp": str(marking.tlp),
        "releasable_to": sorted(marking.releasable_to),
        "area": marking.area,
    }


def released(title: str, info_class: str, /, **types: Any) -> type[BaseModel]:
    """The schema `title` of what a reader gets of `info_class`, with the type of each of its fields.

    Raises ValueError where `types` and the vocabulary do not name the same fields.
    """
    if info_class in CLASSES and set(types) != set(CLASSES[info_class]):
        raise ValueError(f"schema {title}: fields {sorted(types)}, want {sorted(CLASSES[info_class])}")
    fields = {field: (kind | None, Field(default=None)) for field, kind in types.items()}
    model = create_model(
        title, id=(uuid.UUID, ...), marking=(MarkingOut, ...), **cast(dict[str, Any], fields), __base__=BaseModel
    )
    model.__doc__ = f"What a reader gets of one {info_class}. Fields that the accord withholds are absent."
    return model


def answer(row: Projection) -> dict[str, Any]:
    """One projection as JSON members."""
    return {"id": row.id, "marking": marking_of(row.marking), **row}


def page_schema(item: type[BaseModel]) -> type[BaseModel]:
    """The schema of a page of `item`s."""
    fields = cast(
        dict[str, Any],
        {
            "items": (list[item], ...),
            "next": (str | None, Field(description="What to ask `after` for the next page; null at the end.")),
        },
    )
    return create_model(f"{item.__name__}Page", **fields)


def page_of(rows: Iterable[Projection], next_cursor: str | None = None) -> dict[str, Any]:
    return {"items": [answer(row) for row in rows], "next": next_cursor}


def made(principal: Principal, row: Marked, read: Read) -> dict[str, Any]:
    """What was just made as its maker may read it: the id and marking alone where the accord gives nothing more."""
    try:
        return answer(read(principal, row.pk))
    except NotFound:
        return {"id": row.pk, "marking": marking_of(labels.marking_of(row.label_id))}


def created(request: HttpRequest, act: Act[Any], read: Read, **values: Any) -> Status[Any]:
    """Do an act that makes one row; 201 with the row."""
    principal = asker(request)
    return Status(201, made(principal, act(principal, **values), read))


JsonObject = dict[str, Any]
JsonList = Sequence[Any]
Moment = datetime
