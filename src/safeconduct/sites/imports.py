"""What an import of a site's places would do, found out without doing it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from safeconduct.sites.acts import import_places
from safeconduct.sites.geojson import decode_places, feature_of
from safeconduct.sites.queries import collection
from safeconduct.terms.decision import Refused
from safeconduct.terms.errors import BadInput, Fault, shown
from safeconduct.terms.party import Principal

MAX_FILE_BYTES = 15 * 1024 * 1024
"""The longest file that a page takes; the command line takes longer ones."""


@dataclass(frozen=True)
class Preview:
    """Names of places that an import adds, changes, keeps as they are and removes, as its reader knows them."""

    features: Sequence[Mapping[str, Any]]
    added: Sequence[str]
    changed: Sequence[str]
    kept: Sequence[str]
    removed: Sequence[str]


def read_features(data: bytes, site: str) -> list[Mapping[str, Any]]:
    """The features in a GeoJSON text as they would be kept. Raises BadInput with every fault, also for another site."""
    subject = f"places of {site}"
    places = decode_places(data, subject)
    strangers = [
        Fault(f"place {shown(one.name)}: properties.site", shown(one.site), shown(site))
        for one in places
        if one.site != site
    ]
    if strangers:
        raise BadInput(subject, strangers)
    return [feature_of(one) for one in places]


def allow(principal: Principal, site: str) -> None:
    """Raise Refused for who may not import: they learn nothing from a file's faults."""
    decision = import_places.decision(principal, import_places.marking_for_new(principal, site))
    if not decision.allowed:
        raise Refused(import_places.name, decision)


def preview(principal: Principal, site: str, features: Sequence[Mapping[str, Any]]) -> Preview:
    """How `features` differ from the places of `site` that this reader may see."""
    before = {one["properties"]["name"]: one for one in collection(principal, site)["features"]}
    after = {one["properties"]["name"]: one for one in features}
    both = [name for name in after if name in before]
    changed = [name for name in both if _differs(before[name], after[name])]
    return Preview(
        features,
        added=[name for name in after if name not in before],
        changed=changed,
        kept=[name for name in both if name not in changed],
        removed=[name for name in before if name not in after],
    )


def _differs(before: Mapping[str, Any], after: Mapping[str, Any]) -> bool:
    """Whether what is known of `before` is otherwise in `after`: health and the like are no part of a place."""
    known, given = before["properties"], after["properties"]
    names = (known.keys() | given.keys()) - _LIVE
    return before["geometry"] != after["geometry"] or any(known.get(name) != given.get(name) for name in names)


_LIVE = {"health", "seen_at"}
