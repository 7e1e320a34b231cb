"""Template tags and filters that every page may use; settings make them builtins, so that no page loads them."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import orjson
from django import template
from django.utils import timezone
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from safeconduct import node
from safeconduct.terms.decision import Decision
from safeconduct.terms.instant import epoch_ms, iso, parse
from safeconduct.terms.marking import Marking
from safeconduct.web.icons import DIRECTED, ICONS
from safeconduct.web.words import tone
from safeconduct.web.words import word as looked_up

register = template.Library()


@register.simple_tag
def icon(name: str) -> SafeString:
    """`{% icon "critical" %}`: an inline drawing, hidden from assistive technology: a word stands beside it."""
    directed = " directed" if name in DIRECTED else ""
    return format_html(
        '<svg class="icon{}" viewBox="0 0 24 24" aria-hidden="true" focusable="false">{}</svg>',
        directed,
        mark_safe(ICONS[name]),  # noqa: S308 -- our own constant
    )


@register.filter
def word(code: object, table: str) -> str:
    """`{{ alert.kind|word:"watch.KINDS" }}`: the label of a code."""
    return looked_up(code, table)


@register.simple_tag
def chip(code: object, table: str, strong: bool = False) -> SafeString:
    """`{% chip alert.severity "watch.SEVERITIES" %}`: the label of a code with its colour and shape."""
    css, shape = tone(code, table)
    return format_html(
        '<span class="chip {}{}">{}{}</span>',
        css,
        " strong" if strong else "",
        icon(shape) if shape else "",
        looked_up(code, table),
    )


@register.simple_tag
def tlp(marking: Marking) -> SafeString:
    """The TLP 2.0 label of a released thing."""
    return format_html('<span class="tlp {}">{}</span>', _tlp_class(marking), marking.tlp)


@register.simple_tag
def marking(marking: Marking) -> SafeString:
    """The whole marking: label, originator, to whom it is releasable."""
    to = ", ".join(party_name(party) for party in sorted(marking.releasable_to))
    said = _("from %(party)s") % {"party": party_name(marking.originator)}
    if to:
        said += " · " + _("to %(parties)s") % {"parties": to}
    return format_html('<span class="marking">{} <span>{}</span></span>', tlp(marking), said)


def _tlp_class(marking: Marking) -> str:
    return str(marking.tlp).removeprefix("TLP:").partition("+")[0].lower()


def party_name(party: str) -> str:
    """What the accord calls a party, in the language of the page."""
    found = node.current().accord.parties.get(party)
    return named(found.name) if found else party


def named(names: Any) -> str:
    """The name in the language of the page out of an accord's names."""
    return names.get(get_language() or "en") or names["en"]


@register.filter
def party(code: str) -> str:
    return party_name(code)


@register.filter
def in_language(names: Any) -> str:
    """`{{ severity.names|in_language }}`: one of the accord's names."""
    return named(names)


@register.filter
def member(values: Any, key: str) -> Any:
    """`{{ report|member:key }}`: what a dict has under a key that is a variable."""
    return values.get(key, "")


@register.filter
def role(code: str) -> str:
    found = node.current().accord.roles.get(code)
    return named(found.name) if found else code


@register.filter
def info_class(code: str) -> str:
    """What the accord calls a class of information."""
    found = node.current().accord.classes.get(code)
    return named(found.name) if found else code


@register.simple_tag
def article(number: str) -> SafeString:
    """A link to a clause of the accord."""
    said = _("Article %(number)s") % {"number": number}
    return format_html('<a href="/accord/#article-{}" class="nowrap">{}</a>', number, said)


@register.simple_tag
def clause(number: str, otherwise: str = "") -> str:
    """The words of a clause in the language of the page."""
    try:
        return node.current().accord.clause(number, get_language() or "en")
    except KeyError:
        return otherwise


@register.simple_tag
def why(decision: Decision) -> SafeString:
    """What stands under a button that is off: the article and its words."""
    if decision.allowed:
        return SafeString("")
    return format_html(
        '<p class="why">{}: {}</p>', article(decision.article), clause(decision.article, decision.reason)
    )


@register.simple_tag
def off(decision: Decision) -> SafeString:
    """`<button {% off decision %}>`: switches the button off where the accord denies what it does."""
    return SafeString("" if decision.allowed else "disabled")


def _instant(value: Any) -> datetime | None:
    return parse(value) if isinstance(value, str) and value else value or None


@register.simple_tag
def time(value: Any, form: str = "time") -> SafeString:
    """`{% time at %}`: 14:32:05; `"date"`: 2026-11-24; `"both"`. In the node's zone; takes ISO text too."""
    at = _instant(value)
    if at is None:
        return mark_safe('<span class="soft">–</span>')
    local = timezone.localtime(at)
    clock = local.strftime("%H:%M:%S" if form == "time" else "%H:%M")
    text = {
        "time": clock,
        "minute": clock,
        "date": f"{local:%Y-%m-%d}",  # read alike in every language
        "both": f"{local:%Y-%m-%d} {clock}",
    }[form]
    return format_html('<time datetime="{}">{}</time>', iso(at), text)


@register.simple_tag
def since(value: Any) -> SafeString:
    """How long ago, ticking on by the node's clock: 12:05."""
    at = _instant(value)
    if at is None:
        return SafeString("")
    return format_html('<time datetime="{}" data-since="{}">{}</time>', iso(at), iso(at), duration(_ago_s(at)))


@register.simple_tag
def until(value: Any) -> SafeString:
    """How long until then, ticking down by the node's clock; with a minus once it is past."""
    at = _instant(value)
    if at is None:
        return SafeString("")
    return format_html('<time datetime="{}" data-until="{}">{}</time>', iso(at), iso(at), duration(-_ago_s(at)))


def _ago_s(at: datetime) -> float:
    from safeconduct.terms import instant

    return (instant.now() - at).total_seconds()


@register.filter
def duration(seconds: float | None) -> str:
    """12:05 or 1:02:05, the same in every language."""
    if not isinstance(seconds, int | float):  # a template gives "" for a field that is withheld
        return "–"
    whole = round(abs(seconds))
    hours, minutes = divmod(whole // 60, 60)
    text = f"{hours}:{minutes:02}:{whole % 60:02}" if hours else f"{minutes}:{whole % 60:02}"
    return f"−{text}" if seconds <= -1 else text


@register.filter
def minutes(seconds: float) -> str:
    """For prose: "12 min", or "45 s" under two minutes."""
    if seconds < 120:
        return _("%(count)d s") % {"count": round(seconds)}
    return _("%(count)d min") % {"count": round(seconds / 60)}


@register.filter
def attributes(values: dict[str, object]) -> SafeString:
    """A dict as data attributes."""
    return format_html_join(" ", 'data-{}="{}"', values.items())


@register.filter
def json(value: Any) -> str:
    """As the text of a data attribute, for a script to read."""
    return orjson.dumps(value).decode()


@register.filter
def isotime(at: Any) -> str:
    """ISO 8601 in UTC, for addresses."""
    found = _instant(at)
    return iso(found) if found else ""


@register.filter
def epoch(at: Any) -> int:
    """Milliseconds since 1970, for scripts to compare; 0 for no time."""
    found = _instant(at)
    return epoch_ms(found) if found else 0


@register.filter
def clock(at: Any) -> str:
    """14:32 in the node's zone, bare: for use within a sentence."""
    found = _instant(at)
    return f"{timezone.localtime(found):%H:%M}" if found else "–"


@register.filter
def lonlat(coordinates: Any) -> str:
    """5.00012° S 75.00812° E"""
    if not coordinates:
        return "–"
    lon, lat = coordinates[:2]
    return f"{abs(lat):.5f}° {'S' if lat < 0 else 'N'} {abs(lon):.5f}° {'W' if lon < 0 else 'E'}"


@register.filter
def anchor(geometry: Any) -> Any:
    """The first point of any GeoJSON geometry."""
    spot = geometry["coordinates"]
    while spot and isinstance(spot[0], list):
        spot = spot[0]
    return spot
