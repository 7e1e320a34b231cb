"""Labels of what belongs to a party, whoever acts: the host's gate post tells of the partner's arrival, too."""

from __future__ import annotations

from safeconduct.acts import Doing
from safeconduct.store.labels import intern


class PartyLabels:
    """The labels that one act needs, each looked up once. A label that the act itself makes is in no cache yet."""

    def __init__(self, doing: Doing):
        self._accord = doing.accord
        self._known: dict[tuple[str, str, str], int] = {}

    def of(self, info_class: str, party: str, area: str) -> int:
        key = (info_class, party, area)
        if key not in self._known:
            self._known[key] = intern(self._accord.marking(*key))
        return self._known[key]
