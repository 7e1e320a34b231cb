"""What messages say: a text for each code in every language. None names a person, a place or a journey.

A room adds its own with `register`. The only thing that may stand in a text is {link}, the person's own one-time link.
"""

from __future__ import annotations

from string import Formatter
from typing import Any

from django.utils import translation
from django.utils.translation import gettext_lazy as _

from safeconduct.terms.errors import BadInput, Fault, shown

MESSAGES: dict[str, Any] = {}
"""Code to text."""

PLACEHOLDERS = frozenset({"link"})


def register(code: str, text: Any) -> None:
    """Let messages of `code` say `text`, a lazy translation. Raises ValueError where it says what no message may."""
    found = {name for _literal, name, _spec, _conversion in Formatter().parse(str(text)) if name is not None}
    if code in MESSAGES or found - PLACEHOLDERS:
        raise ValueError(f"message {code}: has {sorted(found)}, want a new code and no placeholder but {{link}}")
    MESSAGES[code] = text


register(
    "headcount",
    _("Safety check. Are you safe? Answer here: {link} or reply 1 = safe, 2 = I need help, 3 = not in the area."),
)
register(
    "headcount_drill",
    _("EXERCISE, no danger. Safety check: answer {link} or reply 1 = safe, 2 = I need help, 3 = not in the area."),
)
register("headcount_recall", _("Correction: the safety check was sent in error. You need do nothing. We are sorry."))
register("test", _("Test of a message channel. You need do nothing."))


def known(code: str) -> str:
    """Raises BadInput for a code that has no text."""
    if code not in MESSAGES:
        raise BadInput("message", [Fault("what", shown(code), "one of " + ", ".join(sorted(MESSAGES)))])
    return code


def text_of(code: str, language: str, link: str = "") -> str:
    """The text in `language`, or in the node's own for one that has none."""
    with translation.override(language or None):
        return str(MESSAGES[code]).format(link=link)
