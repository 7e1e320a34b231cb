"""What a roster should have held in place of each fault, in the language of the page.

Faults are said in English where they are found, for programs and logs; here each such sentence is one to translate.
"""

from __future__ import annotations

import re

from django.utils.translation import gettext, gettext_noop

_SENTENCES = (
    gettext_noop("each reference once"),
    gettext_noop("no such column: of this nothing is kept"),
    gettext_noop("each column once"),
    gettext_noop("text"),
    gettext_noop("a date such as 2026-11-24"),
    gettext_noop("a time such as 2026-11-24T09:30"),
    gettext_noop("3 to 32 capital letters, digits and hyphens, like L-0042"),
    gettext_noop("the time at which the visit begins or ends"),
    gettext_noop("a time after the visit begins"),
    gettext_noop("none, but for a visitor"),
    gettext_noop("text without control characters and overrides of its direction"),
    gettext_noop("a number such as +923001234567"),
    gettext_noop("an address such as name@example.org"),
    gettext_noop("an address without spaces"),
    gettext_noop("a call sign"),
    gettext_noop("a site"),
    gettext_noop("another reference"),
    gettext_noop("the site of the person, or move them"),
    gettext_noop("a day to come on which to verify again"),
    gettext_noop("a day only where the person is cleared"),
    gettext_noop("a CSV or XLSX file"),
    gettext_noop("a header and a row for each person"),
    gettext_noop("CSV with each quote closed"),
    gettext_noop("a sheet with the roster"),
    gettext_noop("one without a password"),
    gettext_noop("one as a spreadsheet program writes it"),
    gettext_noop("one of %(codes)s"),
    gettext_noop("a column %(name)s"),
    gettext_noop("nothing right of the %(count)s columns"),
    gettext_noop("%(least)s to %(most)s characters, no space around them"),
    gettext_noop("at most %(parts)s parts of %(bytes)s bytes"),
    gettext_noop("at most %(most)s"),
    gettext_noop("%(site)s, the site of this import"),
    gettext_noop("the name of an open zone of %(site)s"),
    gettext_noop("a header of 1 to %(most)s columns"),
    gettext_noop("UTF-8 text, or the name of its charset: %(names)s"),
)
"""Told apart from above: one that holds another comes before it."""


def _pattern(sentence: str) -> re.Pattern[str]:
    return re.compile(re.sub(r"%\\\((\w+)\\\)s", r"(?P<\1>.+)", re.escape(sentence)), re.DOTALL)


_PATTERNS = tuple((_pattern(one), one) for one in _SENTENCES)


def wanted(text: str) -> str:
    """The sentence `text` of a fault in the language of the page; as it is, where it is none that is known."""
    for pattern, sentence in _PATTERNS:
        if found := pattern.fullmatch(text):
            return gettext(sentence) % found.groupdict()
    return text
