"""The alert that another thing is about, for acts that name one: as far as their actor may see it."""

from __future__ import annotations

import uuid

from safeconduct.acts import Doing
from safeconduct.store.labels import marking_of
from safeconduct.terms.errors import NotFound
from safeconduct.terms.marking import Marking
from safeconduct.watch.models import Alert


def told_alert(doing: Doing, ref: uuid.UUID) -> tuple[Alert, Marking]:
    """The alert with its marking, which what is about it may not outreach (`Doing.label_within`). Raises NotFound."""
    alert = Alert.objects.filter(pk=ref).first()
    if alert is None or not doing.accord.may_read(doing.principal, marking := marking_of(alert.label_id)).allowed:
        raise NotFound(Alert.info_class, str(ref))
    return alert, marking
