"""REST: entries of the record, checkpoints and proofs, enough to verify it without the node's word."""

from __future__ import annotations

import base64
from typing import Annotated

from django.http import HttpRequest, HttpResponse
from ninja import Router
from ninja.params.functions import Query
from pydantic import BaseModel, Field

from safeconduct.rest import JsonObject, Limit, MarkingOut, asker, marking_of
from safeconduct.web import record_reads as reads


class EntryOut(BaseModel):
    """An entry of the record. Fields that the accord withholds are absent; names and places are in no entry."""

    index: int | None = None
    time: str | None = Field(default=None, description="To the minute, UTC.", examples=["2026-11-24T06:00Z"])
    party: str | None = None
    act: str | None = None
    article: str | None = None
    info_class: str | None = Field(default=None, alias="class")
    commitment: str | None = Field(default=None, description="SHA-256 of salt and payload, hex.")
    marking: MarkingOut


class EntryPage(BaseModel):
    items: list[EntryOut]
    next: int | None = Field(description="What to ask `below` for the next page; null at the end.")
    size: int = Field(description="How many entries the record has.")


class CheckpointOut(BaseModel):
    """The newest checkpoint, and the key that signed it."""

    note: str = Field(description="The C2SP signed note, verbatim.")
    origin: str
    size: int
    root: str = Field(description="Root hash, base64.")
    key: str = Field(description="C2SP verifier key line. Compare it with one that you got another way.")
    marking: MarkingOut


class ProofOut(BaseModel):
    """An inclusion proof under a checkpoint."""

    index: int
    entry: str = Field(description="The entry's bytes, base64: what the leaf hash is over.")
    path: list[str] = Field(description="Hashes from the leaf's sibling to the root's child, base64.")
    note: str = Field(description="The checkpoint that it is proved under, verbatim.")
    key: str
    marking: MarkingOut


class ConsistencyOut(BaseModel):
    """A proof that the tree of `new` entries extends the tree of `old`."""

    old: int
    new: int
    path: list[str] = Field(description="Hashes in the order of RFC 6962 §2.1.2, base64.")


Below = Annotated[int | None, Query(ge=0, description="Only entries of a lower index.")]
Size = Annotated[int, Query(ge=0)]

record = Router(tags=["record"], exclude_unset=True, by_alias=True)


@record.get("/entries", response=EntryPage, operation_id="listEntries")
def list_entries(request: HttpRequest, below: Below = None, limit: Limit = 50) -> JsonObject:
    """Entries, newest first."""
    found = reads.entries(asker(request), below, limit)
    marking = marking_of(reads.own_marking())
    return {"items": [{**row, "marking": marking} for row in found.rows], "next": found.next, "size": found.size}


@record.get("/entries/{int:index}", response=EntryOut, operation_id="getEntry")
def get_entry(request: HttpRequest, index: int) -> JsonObject:
    """One entry."""
    return {**reads.entry(asker(request), index), "marking": marking_of(reads.own_marking())}


@record.get("/entries/{int:index}/proof", response=ProofOut, operation_id="getProof")
def get_proof(request: HttpRequest, index: int) -> JsonObject:
    """The proof that an entry is in the tree that the newest checkpoint signs."""
    found = reads.proof(asker(request), index)
    return {
        "index": found.index,
        "entry": _base64(found.extra or b""),
        "path": [_base64(one) for one in found.path],
        "note": found.note,
        "key": reads.verifier_key(asker(request)),
        "marking": marking_of(reads.own_marking()),
    }


@record.get("/entries/{int:index}/tlog-proof", operation_id="getTlogProof")
def get_tlog_proof(request: HttpRequest, index: int) -> HttpResponse:
    """The same as a C2SP `.tlog-proof` file, which other tools verify."""
    found = reads.proof(asker(request), index)
    response = HttpResponse(str(found), content_type="text/plain; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="entry-{index}.tlog-proof"'
    return response


@record.get("/checkpoint", response=CheckpointOut, operation_id="getCheckpoint")
def get_checkpoint(request: HttpRequest) -> JsonObject:
    """The newest checkpoint."""
    text, found = reads.newest(asker(request))
    return {
        "note": text,
        "origin": found.origin,
        "size": found.size,
        "root": _base64(found.root),
        "key": reads.verifier_key(asker(request)),
        "marking": marking_of(reads.own_marking()),
    }


@record.get("/consistency", response=ConsistencyOut, operation_id="getConsistency")
def get_consistency(request: HttpRequest, old: Size, new: Size) -> JsonObject:
    """The proof that the record of `new` entries extends that of `old`: nothing was rolled back or rewritten."""
    path = reads.consistency(asker(request), old, new)
    return {"old": old, "new": new, "path": [_base64(one) for one in path]}


def _base64(raw: bytes) -> str:
    return base64.b64encode(raw).decode()
