"""What every page's frame needs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from safeconduct.accord.vocabulary import CLASSES
from safeconduct.node import current
from safeconduct.people.calls.contexts import Banner
from safeconduct.terms import instant
from safeconduct.terms.party import Principal
from safeconduct.web.appearance import theme_of
from safeconduct.web.templatetags.face import party_name, role

ROOMS = (
    ("/", _("Picture")),
    ("/alerts/", _("Alerts")),
    ("/archive/", _("Archive")),
    ("/movements/", _("Movements")),
    ("/incidents/", _("Incidents")),
    ("/measures/", _("Measures")),
    ("/obligations/", _("Obligations")),
    ("/sites/", _("Sites")),
    ("/accord/", _("Accord")),
    ("/record/", _("Record")),
    ("/people/", _("People")),
)
"""The way round: address and label. The same for every reader: what a page shows is what differs."""

BESIDE = {"/people/": ("/headcounts/",)}
"""Pages that belong to a room though their address does not begin with its own."""

HTML_LANGUAGES = {"en": "en", "zh-hans": "zh-Hans", "ur": "ur"}


@dataclass(frozen=True)
class NavItem:
    href: str
    label: Any
    current: bool


def frame(request: HttpRequest) -> dict[str, Any]:
    """Node, clock, language, theme and the reader's standing, for the base template."""
    settings = current().settings
    now = instant.now()
    return {
        "node_name": settings["name"],
        "exercise": settings["exercise"],
        "principal": getattr(request, "principal", None),
        "theme": theme_of(request),
        "html_lang": HTML_LANGUAGES.get(get_language() or "", "en"),
        "languages": [("en", "English"), ("zh-hans", "简体中文"), ("ur", "اردو")],
        "node_now": instant.iso(now),
        "node_clock": timezone.localtime(now).strftime("%H:%M:%S"),
        "clock_speed": f"{settings['clock_speed']:g}",
        "zone": settings["time_zone"],
        # A request that is refused before anyone is looked up, for its host name say, has no user.
        **(_standing(request) if getattr(getattr(request, "user", None), "is_authenticated", False) else {}),
    }


def _standing(request: HttpRequest) -> dict[str, Any]:
    principal: Principal = request.principal  # pyright: ignore[reportAttributeAccessIssue]  # set by AskingMiddleware
    return {
        "party_name": party_name(principal.party),
        "role_names": [role(grant.role) + (f" · {grant.area}" if grant.area else "") for grant in principal.grants],
        "nav": [NavItem(href, label, _is_in(request.path, href)) for href, label in ROOMS],
        "stream_url": "/live/stream",
        "live_classes": " ".join(CLASSES),
        "calls": Banner(principal),
    }


def _is_in(path: str, href: str) -> bool:
    return path == href if href == "/" else path.startswith((href, *BESIDE.get(href, ())))
