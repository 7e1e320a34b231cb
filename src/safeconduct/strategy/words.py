"""The words of measures: kinds from the least to the most, and states with their colours and shapes."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

KINDS = {
    "look": pgettext_lazy("measure", "Have a look from afar"),
    "approach": pgettext_lazy("measure", "Approach and ask"),
    "divert": pgettext_lazy("measure", "Divert traffic"),
    "close_road": pgettext_lazy("measure", "Close the road"),
    "search": pgettext_lazy("measure", "Search"),
    "reinforce": pgettext_lazy("measure", "Reinforce the post"),
    "cordon": pgettext_lazy("measure", "Cordon off"),
}

STATES = {
    "requested": pgettext_lazy("measure state", "Asked for"),
    "ordered": pgettext_lazy("measure state", "Ordered"),
    "lifted": pgettext_lazy("measure state", "Lifted"),
}

CONTAINERS = {
    "pipe": pgettext_lazy("container", "Pipe"),
    "worn": pgettext_lazy("container", "Worn on the body"),
    "case": pgettext_lazy("container", "Briefcase or suitcase"),
    "car": pgettext_lazy("container", "Car"),
    "van": pgettext_lazy("container", "Van or off-road car"),
    "small_truck": pgettext_lazy("container", "Small delivery truck"),
    "tanker": pgettext_lazy("container", "Container or tank truck"),
    "semi_trailer": pgettext_lazy("container", "Semi-trailer"),
}

CORDONS = {
    "proposed": pgettext_lazy("cordon", "Proposed"),
    "ordered": pgettext_lazy("cordon", "Ordered"),
    "declined": pgettext_lazy("cordon", "Declined"),
}

TONES = {
    "proposed": ("notice", "wait"),
    "declined": ("unknown", "no"),
    "requested": ("notice", "wait"),
    "ordered": ("alert", "stop"),
    "lifted": ("unknown", "yes"),
}

FAULTS = {
    "kind": _("Choose one of the kinds of measure."),
    "text": _("Say what is to be done, in 1 to 2,000 characters."),
    "unit": _("Name the unit that carries it out."),
    "until": _("Choose a time that is still to come."),
    "state": _("This measure does not stand any more."),
    "verb": _("Choose whether to ask for the measure or to order it."),
}


def fault(where: str) -> Any:
    """What to do about a fault at `where`."""
    return FAULTS.get(where, _("This cannot be done as it was entered."))
