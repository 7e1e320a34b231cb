"""The forms of the person's pages."""

from __future__ import annotations

from functools import partial
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from safeconduct.people import persons
from safeconduct.people.forms import place_faults
from safeconduct.release import Projection

FAULTS = {
    "pin": _("Want 4 to 8 digits that are not all the same."),
    "duress": _("Want as many digits as the PIN has, at least two of them others."),
    "now": _("This is not the PIN."),
    "text": _("Want 1 to 1000 characters."),
    "resolution": _("Choose one of these."),
    "seen_as": _("Choose one of these."),
}


def _digits(label: Any, help_text: Any = "", autocomplete: str = "off") -> forms.CharField:
    attrs = {"inputmode": "numeric", "autocomplete": autocomplete, "maxlength": "8", "dir": "ltr"}
    return forms.CharField(
        label=label, help_text=help_text, max_length=8, widget=forms.PasswordInput(attrs=attrs), strip=True
    )


class JoinForm(forms.Form):
    """A code, and the two PINs that the person chooses."""

    NO_CODE = _("This code does not hold, or not any more. Ask for a new one.")

    code = forms.CharField(
        label=_("Code"),
        help_text=_("From your security manager or warden. It holds for half an hour."),
        max_length=40,
        widget=forms.TextInput(
            attrs={"autocomplete": "one-time-code", "autocapitalize": "characters", "spellcheck": "false", "dir": "ltr"}
        ),
    )
    pin = _digits(_("PIN"), _("4 to 8 digits. It opens this page and says that it is you."))
    duress = _digits(
        _("PIN under duress"),
        _("As many digits. For when somebody forces you: everything looks the same, and help is called in silence."),
    )


class PinForm(forms.Form):
    """The PIN of the page."""

    WRONG = _("This is not the PIN.")

    pin = _digits(_("PIN"))


class PinsForm(forms.Form):
    """The PIN, and two others in place of those of now."""

    now = _digits(_("PIN of now"))
    pin = _digits(_("New PIN"))
    duress = _digits(_("New PIN under duress"))


class TextForm(forms.Form):
    """What is to be put right."""

    text = forms.CharField(
        label=_("What is wrong, and what would be right?"), max_length=1000, widget=forms.Textarea(attrs={"rows": 3})
    )


class ChoiceForm(forms.Form):
    """How coarsely the person is seen."""

    seen_as = forms.ChoiceField(
        label=_("How coarsely I am seen"),
        widget=forms.RadioSelect,
        choices=[
            (persons.OFF, _("Not at all: I check in by message instead")),
            (persons.ZONE, _("By my zone of the site")),
            (persons.CELL, _("By an area of the map")),
        ],
    )
    resolution = forms.TypedChoiceField(
        label=_("Size of the area"),
        required=False,
        coerce=int,
        empty_value=None,
        choices=[
            ("", "–"),
            (4, _("about 1,800 km²")),
            (5, _("about 250 km²")),
            (6, _("about 36 km²")),
            (7, _("about 5 km²")),
            (8, _("about 0.7 km²")),
            (9, _("about 0.1 km²")),
        ],
    )

    def __init__(self, person: Projection, *args: Any, **kwargs: Any):
        kwargs.setdefault("initial", {"seen_as": person.get("seen_as"), "resolution": person.get("cell_resolution")})
        super().__init__(*args, **kwargs)

    @property
    def values(self) -> dict[str, Any]:
        """What `person.choose` takes."""
        chosen = self.cleaned_data["seen_as"]
        return {"seen_as": chosen, "resolution": self.cleaned_data["resolution"] if chosen == persons.CELL else None}


add_faults = partial(place_faults, said=FAULTS)
