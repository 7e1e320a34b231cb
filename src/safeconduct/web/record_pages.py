"""Pages of the record: entries, one entry with its proof, verification, and what other tools verify it by."""

from __future__ import annotations

from typing import Any, cast

from asgiref.sync import sync_to_async
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET, require_POST

from safeconduct.rest import asker
from safeconduct.terms.errors import BadInput, Fault, NotFound, shown
from safeconduct.web import record_contexts as contexts
from safeconduct.web import record_reads as reads
from safeconduct.web.record_verification import steps


@require_GET
def entries(request: HttpRequest) -> HttpResponse:
    """The record, newest first."""
    page = contexts.record_page(asker(request), _below(request.GET.get("below")))
    return render(request, "record/entries.html", {"page": page})


def _below(text: str | None) -> int | None:
    if text is None:
        return None
    if not (text.isascii() and text.isdigit() and len(text) < 19):
        raise BadInput("page", [Fault("below", shown(text), "an index")])
    return int(text)


@require_GET
def entry(request: HttpRequest, index: int) -> HttpResponse:
    return render(request, "record/entry.html", {"page": contexts.entry_page(asker(request), index)})


@require_GET
def tlog_proof(request: HttpRequest, index: int) -> HttpResponse:
    """A C2SP `.tlog-proof` of the entry."""
    return _file(str(reads.proof(asker(request), index)), f"entry-{index}.tlog-proof")


@require_GET
def checkpoint(request: HttpRequest) -> HttpResponse:
    """The newest checkpoint as a C2SP signed note."""
    note, found = reads.newest(asker(request))
    return _file(note, f"checkpoint-{found.size}.txt")


def _file(text: str, name: str) -> HttpResponse:
    response = HttpResponse(text, content_type="text/plain; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


@require_POST
async def verify(request: HttpRequest) -> StreamingHttpResponse:
    """Verify all that is stored, and tell progress as lines of JSON. For those who get whole entries."""
    if await sync_to_async(lambda: reads.fields_for(asker(request)))() != reads.ALL_FIELDS:
        raise NotFound(reads.CLASS, "whole")
    return StreamingHttpResponse(cast(Any, steps()), content_type="application/x-ndjson")
