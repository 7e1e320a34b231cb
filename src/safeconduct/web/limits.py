"""The longest request body that the pages take: refused at its announcement, or cut off where it grows past it.

Django would spool any body to disk before a view can say no.
"""

from __future__ import annotations

from typing import Any

from safeconduct.web.assets import Application, Receive, Scope, Send

MOST_BYTES = 16 * 1024 * 1024

_BODY = b'{"type":"about:blank","title":"Body too large","status":413}'


class BodyLimit:
    """ASGI: answers 413 to bodies over `most` bytes, hands everything else on."""

    def __init__(self, inner: Application, most: int = MOST_BYTES):
        self.inner = inner
        self.most = most

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.inner(scope, receive, send)
            return
        announced = dict(scope["headers"]).get(b"content-length", b"0")
        if announced.isdigit() and int(announced) > self.most:
            await _refuse(send)
            return
        taken = 0
        has_begun = is_over = False

        async def counted() -> dict[str, Any]:
            nonlocal taken, is_over
            message = await receive()
            taken += len(message.get("body", b""))
            if taken > self.most:
                is_over = True
                return {"type": "http.disconnect"}  # Django then lets go of the request, and of its file
            return message

        async def noted(message: dict[str, Any]) -> None:
            nonlocal has_begun
            has_begun = True
            await send(message)

        await self.inner(scope, counted, noted)
        if is_over and not has_begun:
            await _refuse(send)


async def _refuse(send: Send) -> None:
    headers = [
        (b"content-type", b"application/problem+json"),
        (b"content-length", str(len(_BODY)).encode()),
        (b"connection", b"close"),
    ]
    await send({"type": "http.response.start", "status": 413, "headers": headers})
    await send({"type": "http.response.body", "body": _BODY})
