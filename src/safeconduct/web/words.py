"""Words of the domain for pages: each room keeps its tables in its `words.py`, and pages look codes up here.

A table is a dict from code to translatable label, e.g. `watch/words.py: STATES = {"open": _("Open"), …}`. A room's
`TONES` gives a code its (css class, icon): severity and state are never told by colour alone.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from importlib import import_module
from typing import Any

Tone = tuple[str, str]
PLAIN: Tone = ("", "")


@cache
def table(name: str) -> Mapping[str, Any]:
    """The table that `watch.STATES` names, or `movements.progress.KINDS` of a package; empty where there is none."""
    room, _, attribute = name.rpartition(".")
    try:
        module = import_module(f"safeconduct.{room}.words")
    except ModuleNotFoundError:
        return {}
    return getattr(module, attribute, {})


def word(code: object, name: str) -> str:
    """The label of `code` in the table `name`, in the language of the page; the code itself where it has none."""
    found = table(name).get(str(code))
    return str(found) if found is not None else str(code)


def tone(code: object, name: str) -> Tone:
    room = name.rpartition(".")[0]
    return table(f"{room}.TONES").get(str(code), PLAIN)
