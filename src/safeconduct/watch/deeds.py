"""What the engine found, done as acts of the watch: all of a turn in one transaction, with the loop's cursor."""

from __future__ import annotations

import uuid
from collections.abc import Sequence

import structlog
from django.db import InterfaceError, OperationalError

from safeconduct.acts import together
from safeconduct.store.cursors import move, reached
from safeconduct.terms.errors import NotFound, SafeconductError
from safeconduct.terms.party import Principal
from safeconduct.watch.acts import clear_alert, raise_alert, update_alert
from safeconduct.watch.alerts import AlertChange
from safeconduct.watch.archive import Sealed

DATABASE_AWAY = (OperationalError, InterfaceError)
"""What Django raises while the database cannot be reached or is locked: worth another try."""

log = structlog.get_logger("safeconduct.watch.deeds")

ENGINE, ARCHIVE = "watch.engine", "watch.archive"
"""Cursors: the last frame whose acts are done, and the last segment file whose digests are on the record."""


def do_changes(watch: Principal, changes: Sequence[AlertChange], seq: int) -> None:
    """Do the acts of `changes`, found in the frames up to `seq`, and remember that they are done: all or nothing."""
    with together():
        for change in changes:
            try:
                _do(watch, change)
            except SafeconductError as error:
                # One that the accord refuses must not keep the others from being raised.
                log.error("act_failed", alert=change.alert["id"], change=change.change, error=type(error).__name__)
        move(ENGINE, seq)


def _do(watch: Principal, change: AlertChange) -> None:
    found, ref = change.alert, uuid.UUID(change.alert["id"])
    act = {"step": update_alert, "clear": clear_alert}.get(change.change)
    if act is not None:
        try:
            act(watch, ref, found=found)
            return
        except NotFound:
            log.warning("alert_missing", alert=str(ref))  # the database is older than the segment: raise it anew
    raise_alert(watch, site=found["site"], alert_id=ref, found=found)


def enter_sealed(watch: Principal, number: int, sealed: Sequence[Sealed]) -> None:
    """Enter the digests of the files made of segment file `number`: once, however often this is called."""
    from safeconduct.watch.acts import seal_archive

    if reached(ARCHIVE) >= number:
        return
    with together():
        for one in sealed:
            seal_archive(watch, site=one.site, segment=one.name, sha256=one.sha256, rows=one.rows)
        move(ARCHIVE, number)
