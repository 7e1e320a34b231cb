"""What an import of a site's places would do, found out without doing it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast

import orjson

from safeconduct.sites.geojson import MAX_BYTES, decode_places
from safeconduct.sites.queries import collection
from safeconduct.terms.errors import BadInput, Fault, shown
from safeconduct.terms.party import Principal


@dataclass(frozen=True)
class Preview:
    """Names of places that an import adds, changes, keeps as they are and removes, as its reader knows them."""

    features: Sequence[Mapping[str, Any]]
    added: Sequence[str]
    changed: Sequence[str]
    kept: Sequence[str]
    removed: Sequence[str]


def read_features(data: bytes, site: str) -> list[Mapping[str, Any]]:
    """The features in a GeoJSON text, all sound and all of `site`. Raises BadInput with every fault."""
    subject = f"places of {site}"
    if len(data) > MAX_BYTES:
        raise BadInput(subject, [Fault("text", f"{len(data)} bytes", f"at most {MAX_BYTES}")])
    decode_places(data, subject)
    features = cast(list[Mapping[str, Any]], orjson.loads(data)["features"])
    strangers = [
        Fault(f"features[{index}].properties.site", shown(feature["properties"]["site"]), shown(site))
        for index, feature in enumerate(features)
        if feature["properties"]["site"] != site
    ]
    if strangers:
        raise BadInput(subject, strangers)
    return features


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
    if before["geometry"] != after["geometry"]:
        return True
    known, given = before["properties"], after["properties"]
    return any(known.get(name) != given.get(name) for name in (known.keys() | given.keys()) - _LIVE)


_LIVE = {"health", "seen_at"}
