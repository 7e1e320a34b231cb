"""Acts on places: import of a site's whole collection, change and removal of one place, and the health of sensors."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import orjson
from django.db.models import Model

from safeconduct.acts import Doing, act
from safeconduct.sites.geojson import feature_of, parse_feature, parse_places
from safeconduct.sites.models import TABLES, Place, Placed, Sensor
from safeconduct.sites.places import Place as PlaceValue
from safeconduct.terms.errors import BadInput, Fault, shown

Feature = Mapping[str, Any]


@act("place.import", creates=Place)
def import_places(doing: Doing, *, site: str, features: Sequence[Feature]) -> list[Placed]:
    """Replace all places of `site` by `features`, which must all be of it. Raises BadInput; then nothing is changed."""
    places = parse_places({"type": "FeatureCollection", "features": list(features)}, f"places of {site}")
    strangers = [
        Fault(f"place {shown(place.name)}: properties.site", shown(place.site), shown(site))
        for place in places
        if place.site != site
    ]
    if strangers:
        raise BadInput(f"places of {site}", strangers)
    known = _known(site)
    written = [_write(doing, place, known) for place in places]
    for gone in known.values():
        _delete(gone)
    doing.enter(features=len(written))
    # Those that stayed as they were are no news: whoever sees them alone is not to hear that others changed.
    return [*(row for row, is_news in written if is_news), *known.values()]


@act("place.change", creates=Place)
def change_place(doing: Doing, *, site: str, feature: Feature) -> list[Placed]:
    """Add one place or replace the one of its name, if the site is still sound with it. Raises BadInput."""
    place = parse_feature(feature, "feature")
    if place.site != site:
        raise BadInput(f"places of {site}", [Fault("feature.properties.site", shown(place.site), shown(site))])
    known = _known(site)
    others = [row.feature for key, row in known.items() if key[1] != place.name]
    parse_places({"type": "FeatureCollection", "features": [*others, feature]}, f"places of {site}")
    row, _ = _write(doing, place, known)
    # What bore the name in another role is kept in another table, and goes.
    former = [row for (_, known_name), row in known.items() if known_name == place.name]
    for one in former:
        _delete(one)
    return [row, *former]


@act("place.remove", creates=Place)
def remove_place(doing: Doing, *, site: str, name: str) -> list[Placed]:
    """Remove one place of `site`. Raises BadInput where there is none, or the site would not be sound without it."""
    known = _known(site)
    leaving = [row for (_, known_name), row in known.items() if known_name == name]
    if not leaving:
        raise BadInput(f"places of {site}", [Fault("name", shown(name), "the name of a place there")])
    others = [row.feature for row in known.values() if row.name != name]
    if others:
        parse_places({"type": "FeatureCollection", "features": others}, f"places of {site} without {name}")
    for row in leaving:
        _delete(row)
    return leaving


def _delete(row: Placed) -> None:
    # Not row.delete(): the event that follows still needs the row's id.
    type(row)._default_manager.filter(pk=row.pk).delete()


def _known(site: str) -> dict[tuple[type[Model], str], Any]:
    return {
        (table, row.name): row
        for table in dict.fromkeys(TABLES.values())
        for row in table._default_manager.filter(site=site)
    }


def _write(doing: Doing, place: PlaceValue, known: dict[tuple[type[Model], str], Any]) -> tuple[Placed, bool]:
    """The row of `place`, and whether it is new or was otherwise before."""
    feature = feature_of(place)  # what was understood, not what was sent: unknown properties are not kept
    properties = feature["properties"]
    table = TABLES[properties["role"]]
    row = known.pop((table, place.name), None) or table()
    before = _kept(row)
    row.label_id = doing.label_for(table.info_class)
    row.site, row.name, row.role = place.site, place.name, properties["role"]
    row.geometry, row.properties = feature["geometry"], properties
    row.save()
    return row, _kept(row) != before


def _kept(row: Placed) -> Any:
    """What is kept of a place, as it comes back from the database."""
    return orjson.loads(orjson.dumps([row.label_id, row.site, row.name, row.role, row.geometry, row.properties]))


@act("sensor.health", on=Sensor)
def set_health(doing: Doing, sensor: Sensor, *, health: str, seen_at: datetime | None) -> None:
    """A sensor fell silent or came back."""
    sensor.health, sensor.seen_at = health, seen_at
