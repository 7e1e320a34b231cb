"""The event stream, `/live/stream`: server-sent events that say of what kind the news is and what it concerns.

    id: 019a…                                         the event, for Last-Event-ID
    data: {"kind": "alert", "ref": "019a…", "at": "2026-11-24T06:00:00Z"}

`event: beat` comes when nothing else did for a while; `event: reload` means that too much was missed to tell it all.
The news holds no content: whoever hears it fetches anew what it may see.
Source: HTML Living Standard, 9.2 Server-sent events.
"""

from __future__ import annotations

import asyncio
import time
import uuid
from collections.abc import AsyncIterator
from importlib import import_module
from typing import cast

from django.conf import settings
from django.contrib.auth import get_user
from django.http import HttpRequest, StreamingHttpResponse
from django.views.decorators.http import require_GET

from safeconduct.people.standing import principal_of
from safeconduct.terms.party import Principal
from safeconduct.web.hub import Reader, hub

HEARTBEAT_S = 15.0
REPLAYED_S = 3600.0
"""How old an event may be to go on from: by its own id, so that the answer tells nothing of what came since."""

BEAT = b"event: beat\ndata: \n\n"
RELOAD = b"event: reload\ndata: \n\n"


@require_GET
def stream(request: HttpRequest) -> StreamingHttpResponse:
    """The stream of whoever is logged in. Ends when the session does."""
    principal: Principal = request.principal  # pyright: ignore[reportAttributeAccessIssue]  # AskingMiddleware
    user_id, session_key = cast(int, request.user.pk), request.session.session_key or ""
    reader = Reader(user_id, lambda: _who(user_id, session_key), principal)
    _ = principal.standing  # looked up here, in a thread, not in the loop
    body = _speak(reader, request.headers.get("Last-Event-ID"))
    answer = StreamingHttpResponse(body, content_type="text/event-stream")
    answer["Cache-Control"] = "no-store"
    answer["X-Accel-Buffering"] = "no"
    return answer


def _who(user_id: int, session_key: str) -> Principal | None:
    asked = HttpRequest()
    asked.session = import_module(settings.SESSION_ENGINE).SessionStore(session_key)
    user = get_user(asked)  # nobody for a session that ended, a closed account, or a password that was changed since
    return principal_of(user) if user.pk == user_id else None  # pyright: ignore[reportArgumentType]  # our user model


async def _speak(reader: Reader, last_uid: str | None) -> AsyncIterator[bytes]:
    known = last_uid if last_uid and _is_recent(last_uid) else None
    missed = await hub.admit(reader, known)
    try:
        yield b"retry: 2000\n\n"
        if missed is None or (last_uid and not known):
            yield RELOAD
        for news in missed or ():
            yield news.frame
        while True:
            try:
                news = await asyncio.wait_for(reader.queue.get(), HEARTBEAT_S)
            except TimeoutError:
                yield BEAT
                continue
            if news is None:
                yield RELOAD
                return
            yield news.frame
    finally:
        hub.leave(reader)


def _is_recent(uid: str) -> bool:
    """Whether a UUIDv7 was made within REPLAYED_S. Source: RFC 9562, section 5.7."""
    try:
        made_s = (uuid.UUID(uid).int >> 80) / 1000
    except ValueError:
        return False
    return 0 <= time.time() - made_s + 60 <= REPLAYED_S + 60
