"""The forms of the archive: a question to it, and a hold on evidence in it. Times are in the node's zone."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from safeconduct.terms import instant
from safeconduct.terms.errors import BadInput
from safeconduct.watch.keeping import words
from safeconduct.watch.keeping.places import Named

FORMAT = "%Y-%m-%dT%H:%M"
_AROUND = timedelta(hours=1)


def _moment(label: Any) -> forms.DateTimeField:
    return forms.DateTimeField(label=label, widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format=FORMAT))


def _reason() -> forms.CharField:
    return forms.CharField(label=_("What it is needed for"), max_length=1000, widget=forms.Textarea(attrs={"rows": 2}))


class _InUtc(forms.Form):
    def clean(self) -> dict[str, Any]:
        """Instants in UTC; what is not there in UTC is a fault of its field."""
        for name, value in list(self.cleaned_data.items()):
            if isinstance(value, datetime):
                try:
                    self.cleaned_data[name] = instant.in_utc(value)
                except ValueError:
                    self.add_error(name, words.fault(name))
        return self.cleaned_data

    def add_faults(self, error: BadInput) -> None:
        """Put what an act refused beside the fields that it names."""
        for fault in error.faults:
            self.add_error(fault.where if fault.where in self.fields else None, words.fault(fault.where))


class QuestionForm(_InUtc):
    """What stood within a radius of a place during a time. A point, where one is given, comes before the place."""

    place = forms.ChoiceField(label=_("Place"))
    radius_m = forms.FloatField(label=_("Within, metres"), min_value=5, max_value=1000, initial=200)
    begin = _moment(_("From"))
    end = _moment(_("To"))
    minutes = forms.FloatField(label=_("Standing at least, minutes"), min_value=0.4, max_value=1440, initial=3)
    reason = _reason()
    lon = forms.FloatField(label=_("Longitude"), required=False, min_value=-180, max_value=180)
    lat = forms.FloatField(label=_("Latitude"), required=False, min_value=-90, max_value=90)

    def __init__(self, *args: Any, places: Iterable[Named], **kwargs: Any):
        super().__init__(*args, **kwargs)
        self._places = list(places)
        field: Any = self.fields["place"]
        field.choices = [(str(number), f"{one.name} · {one.site}") for number, one in enumerate(self._places)]

    def clean(self) -> dict[str, Any]:
        given = super().clean()
        if (given.get("lon") is None) != (given.get("lat") is None):
            self.add_error("lat" if given.get("lat") is None else "lon", words.fault("place"))
        return given

    @property
    def asked(self) -> dict[str, Any]:
        """What `archive.ask` takes."""
        given = dict(self.cleaned_data)
        near = self._places[int(given.pop("place"))]
        lon, lat = given.pop("lon"), given.pop("lat")
        at = {"lon": near.lon, "lat": near.lat, "place": near.name} if lon is None else {"lon": lon, "lat": lat}
        at_least_s = given.pop("minutes") * 60
        return {**given, **at, "site": near.site, "at_least_s": at_least_s}


def last_night() -> dict[str, str]:
    """From ten in the evening before to six, or to now where that is earlier."""
    now = timezone.localtime(instant.now())
    begin = (now - timedelta(days=1)).replace(hour=22, minute=0)
    end = min(now, begin + timedelta(hours=8))
    return {"begin": begin.strftime(FORMAT), "end": end.strftime(FORMAT)}


def around(alert: Mapping[str, Any], places: Sequence[Named]) -> dict[str, Any]:
    """From an hour before the vehicle came to an hour after it went, or to now, within 200 m of where it stood."""
    first = next((number for number, one in enumerate(places) if one.site == alert.get("site")), None)
    if first is None or not {"lon", "lat", "started"} <= set(alert):
        return last_night()
    now = instant.now()
    end = min(now, (alert.get("ended") or now) + _AROUND)
    found = {
        name: timezone.localtime(at).strftime(FORMAT)
        for name, at in (("begin", alert["started"] - _AROUND), ("end", end))
    }
    return {**found, "place": str(first), "lon": alert["lon"], "lat": alert["lat"]}


class EvidenceForm(_InUtc):
    """Observations of a site that are not to be deleted."""

    site = forms.ChoiceField(label=_("Site"))
    begin = _moment(_("From"))
    end = _moment(_("To"))
    days = forms.TypedChoiceField(
        label=_("Keep for"),
        coerce=int,
        initial=90,
        choices=[(30, _("30 days")), (90, _("90 days")), (180, _("180 days")), (366, _("a year"))],
    )
    reason = _reason()

    def __init__(self, *args: Any, sites: Iterable[str], **kwargs: Any):
        super().__init__(*args, **kwargs)
        field: Any = self.fields["site"]
        field.choices = [(site, site) for site in sites]

    @property
    def held(self) -> dict[str, Any]:
        """What `evidence.hold` takes."""
        given = dict(self.cleaned_data)
        until = instant.now() + timedelta(days=given.pop("days"))
        return {**given, "until": until}
