"""Structured logs, one JSON object a line on stderr, without personal data.

Names, plates, positions and free text are never logged: events carry act names, article numbers, counts and ids.
"""

from __future__ import annotations

import logging
import sys
import traceback
from collections.abc import Iterator, MutableMapping
from pathlib import Path
from typing import Any, cast

import structlog

_SHARED: list[Any] = [
    structlog.stdlib.add_log_level,
    structlog.processors.TimeStamper(fmt="iso", utc=True),
]


def without_messages(_: object, __: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Processor: of an exception, its type and where it rose. Messages quote input: a database names the very row."""
    info = event.pop("exc_info", None)
    error = info[1] if isinstance(info, tuple) else info if isinstance(info, BaseException) else None
    if info is True:
        error = sys.exc_info()[1]
    if error is not None:
        event["exception"] = [_told(one) for one in _chain(cast(BaseException, error))]
    return event


def _chain(error: BaseException | None) -> Iterator[BaseException]:
    """`error` and what led to it, the last first; at most eight."""
    for _ in range(8):
        if error is None:
            return
        yield error
        error = error.__cause__ or (None if error.__suppress_context__ else error.__context__)


def _told(error: BaseException) -> str:
    frames = traceback.extract_tb(error.__traceback__)
    places = (f"{'/'.join(Path(one.filename).parts[-3:])}:{one.lineno} {one.name}" for one in frames)
    return f"{type(error).__module__}.{type(error).__qualname__} < " + " < ".join(reversed(list(places)))


def formatter() -> structlog.stdlib.ProcessorFormatter:
    """What makes a line of JSON of any log record, ours or a library's."""
    return structlog.stdlib.ProcessorFormatter(
        processors=[
            structlog.stdlib.ProcessorFormatter.remove_processors_meta,
            without_messages,
            structlog.processors.JSONRenderer(),
        ],
        foreign_pre_chain=_SHARED,
    )


def configure(_: dict[str, Any] | None = None) -> None:
    """Send our logs and those of libraries (warnings and up, message text dropped where it quotes input) to stderr."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(formatter())
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(logging.WARNING)
    logging.getLogger("safeconduct").setLevel(logging.INFO)
    # These two log request paths, user names and addresses at warning level.
    logging.getLogger("django.request").setLevel(logging.ERROR)
    logging.getLogger("axes").setLevel(logging.CRITICAL)
    structlog.configure(
        processors=[*_SHARED, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=False,
    )
