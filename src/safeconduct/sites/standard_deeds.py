"""What takes more than one act, or a file beside one: a set applied to many sites, a photo, the clock's turn."""

from __future__ import annotations

import time
import uuid
from collections.abc import Sequence

import structlog

from safeconduct import node
from safeconduct.acts import together
from safeconduct.sites import photos, standard_queries
from safeconduct.sites.control_acts import apply_standard, flag_overdue
from safeconduct.sites.inspection_acts import attach, expire_photos
from safeconduct.terms.decision import Refused
from safeconduct.terms.party import Principal

log = structlog.get_logger("safeconduct.sites.standards")


def apply_to_each(principal: Principal, standard: uuid.UUID | str, sites: Sequence[str]) -> None:
    """Apply a set to each of `sites`: to all of them, or to none."""
    with together():
        for site in dict.fromkeys(sites):
            apply_standard(principal, site=site, standard=standard)


def add_photo(principal: Principal, inspection: uuid.UUID | str, control: str, data: bytes) -> None:
    """Clean a photo, keep its file, and attach it. Raises BadInput; a file left without its row is deleted later."""
    decision = attach.decision(principal, standard_queries.inspection(principal, inspection).marking)
    if not decision.allowed:
        raise Refused(attach.name, decision)  # before anything is decoded
    cleaned = photos.clean(data)
    photos.keep(node.current().photos, cleaned)
    attach(
        principal,
        inspection,
        control=control,
        sha256=cleaned.sha256,
        width=cleaned.width,
        height=cleaned.height,
        size=len(cleaned.data),
    )


FLAG_EVERY_S = 30.0
EXPIRE_EVERY_S = 3600.0

_next_s = {"flag": 0.0, "expire": 0.0}


def keep_standards() -> None:
    """Flag what is overdue and delete photos whose time is over, each as often as it needs. For the clock alone."""
    clock, now_s = node.current().system("node.clock"), time.monotonic()
    for name, every_s, act in (("flag", FLAG_EVERY_S, flag_overdue), ("expire", EXPIRE_EVERY_S, expire_photos)):
        if now_s < _next_s[name]:
            continue
        _next_s[name] = now_s + every_s
        try:
            act(clock)
        except Refused as error:
            # An accord from before there were standards says nothing of them: then there are none to keep.
            log.warning("standards_not_kept", act=name, article=error.decision.article)
