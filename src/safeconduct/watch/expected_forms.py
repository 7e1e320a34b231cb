"""The form of an expected presence: a round area at a place or a point, from one time to another."""

from __future__ import annotations

import math
from collections.abc import Iterable
from datetime import timedelta
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from safeconduct.people.forms import MomentField
from safeconduct.terms import instant
from safeconduct.terms.errors import BadInput
from safeconduct.terms.place import METRES_PER_DEGREE
from safeconduct.watch.keeping.places import Named

FORMAT = "%Y-%m-%dT%H:%M"
CORNERS = 32

FAULTS: dict[str, Any] = {
    "name": _("Say what is expected."),
    "end": _("Want a time after the beginning."),
    "count": _("Want 1 to 100."),
    "lat": _("Want both longitude and latitude, or neither."),
}


def _moment(label: Any) -> MomentField:
    return MomentField(label=label, widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format=FORMAT))


class ExpectedForm(forms.Form):
    """A point, where one is given, comes before the place; the place says the site."""

    name = forms.CharField(label=_("What is expected"), max_length=256)
    count = forms.IntegerField(label=_("How many vehicles at most"), min_value=1, max_value=100, initial=1)
    place = forms.ChoiceField(label=_("Place"))
    radius_m = forms.FloatField(label=_("Within, metres"), min_value=5, max_value=1000, initial=30)
    begin = _moment(_("From"))
    end = _moment(_("To"))
    lon = forms.FloatField(label=_("Longitude"), required=False, min_value=-180, max_value=180)
    lat = forms.FloatField(label=_("Latitude"), required=False, min_value=-85, max_value=85)

    def __init__(self, *args: Any, places: Iterable[Named], **kwargs: Any):
        super().__init__(*args, **kwargs)
        self._places = list(places)
        field: Any = self.fields["place"]
        field.choices = [(str(number), f"{one.name} · {one.site}") for number, one in enumerate(self._places)]

    def clean(self) -> dict[str, Any]:
        given = self.cleaned_data
        if (given.get("lon") is None) != (given.get("lat") is None):
            self.add_error("lat", FAULTS["lat"])
        return given

    @property
    def values(self) -> dict[str, Any]:
        """What `expected.register` takes."""
        given = {name: self.cleaned_data[name] for name in ("name", "count", "begin", "end")}
        near = self._places[int(self.cleaned_data["place"])]
        lon, lat = self.cleaned_data["lon"], self.cleaned_data["lat"]
        middle = (near.lon, near.lat) if lon is None else (lon, lat)
        return {**given, "site": near.site, "place": round_area(*middle, self.cleaned_data["radius_m"])}

    def add_faults(self, error: BadInput) -> None:
        """Put what the act refused beside the fields that it names."""
        for fault in error.faults:
            name = fault.where if fault.where in self.fields else None
            said = FAULTS.get(fault.where) or _("found %(found)s, want %(wanted)s") % {
                "found": fault.found,
                "wanted": fault.wanted,
            }
            self.add_error(name, said)


def round_area(lon: float, lat: float, radius_m: float) -> dict[str, Any]:
    """A GeoJSON Polygon around a point."""
    north = radius_m / METRES_PER_DEGREE
    east = north / math.cos(math.radians(lat))
    turns = [2 * math.pi * (corner % CORNERS) / CORNERS for corner in range(CORNERS + 1)]
    ring = [[round(lon + east * math.cos(turn), 7), round(lat + north * math.sin(turn), 7)] for turn in turns]
    return {"type": "Polygon", "coordinates": [ring]}


def next_hour() -> dict[str, str]:
    """What the form begins with: from now, for an hour."""
    now = timezone.localtime(instant.now())
    return {"begin": now.strftime(FORMAT), "end": (now + timedelta(hours=1)).strftime(FORMAT)}
