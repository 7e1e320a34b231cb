"""The act by which the clock warns of a border at which nobody has offered a movement."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from safeconduct.acts import Doing, act
from safeconduct.movements.models import DEPARTED, HandOver, Progress
from safeconduct.movements.progress import handover
from safeconduct.terms.instant import iso


@act("movement.border", on=Progress)
def warn(doing: Doing, progress: Progress, *, border: Mapping[str, Any]) -> None:
    """The movement nears `border`, {"site", "post", "border_m", "due_at"}, and nobody has offered it there; empty takes
    a warning back. Nothing happens where someone was faster."""
    offered = HandOver.objects.filter(movement=progress.pk, state=handover.OFFERED).exists()
    if progress.state != DEPARTED or (border and offered):
        return
    progress.border = dict(border) | {"warned_at": iso(doing.at)} if border else {}
