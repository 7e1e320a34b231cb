"""The page of the self-check: what would not be seen or said, as far as its reader is told of it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext
from django.views.decorators.http import require_GET

from safeconduct.rest import asker
from safeconduct.sites.words import KINDS
from safeconduct.watch.check import LEVELS, Finding
from safeconduct.watch.check_words import said
from safeconduct.watch.self_check import self_check
from safeconduct.watch.words import SEVERITIES


@dataclass(frozen=True)
class Row:
    """One finding in words."""

    level: str
    site: str
    place: str
    found: str
    wanted: str
    action: str


@dataclass(frozen=True)
class CheckPage:
    """`counts`: how many findings of each level there are."""

    rows: Sequence[Row]
    counts: Sequence[tuple[str, int]]
    sites: Sequence[str]
    site: str
    sees_sensors: bool
    sees_feeds: bool


@require_GET
def page(request: HttpRequest) -> HttpResponse:
    """All findings, or with `?site=` those of one site."""
    checked = self_check(asker(request))
    sites = sorted({finding.site for finding in checked.findings if finding.site})
    site = request.GET.get("site", "")
    site = site if site in sites else ""
    shown = [finding for finding in checked.findings if not site or finding.site == site]
    counts = Counter(finding.level for finding in shown)
    found = CheckPage(
        rows=[_row(finding) for finding in shown],
        counts=[(level, counts[level]) for level in LEVELS if counts[level]],
        sites=sites,
        site=site,
        sees_sensors=checked.sees_sensors,
        sees_feeds=checked.sees_feeds,
    )
    return render(request, "watch/check.html", {"page": found})


def _row(finding: Finding) -> Row:
    words = said(finding._replace(values=_translated(finding.values)), gettext)
    return Row(finding.level, finding.site, finding.place, words.found, words.wanted, words.action)


def _translated(values: Any) -> dict[str, Any]:
    """Kinds and severities in the page's language."""
    found = dict(values)
    if "kinds" in found:
        found["kinds"] = [str(KINDS.get(kind, kind)) for kind in found["kinds"]]
    if "severity" in found:
        found["severity"] = str(SEVERITIES.get(found["severity"], found["severity"]))
    return found
