"""The forms of calls for help, numbers and corrections."""

from __future__ import annotations

from functools import partial

from django import forms
from django.utils.translation import gettext_lazy as _

from safeconduct.people import help_line_acts as help_lines
from safeconduct.people import words
from safeconduct.people.forms import place_faults

FAULTS = {
    "name": _("Want 1 to 80 characters."),
    "number": _("Want digits and spaces, with a + before the code of a country."),
    "reason": _("Want 1 to 500 characters."),
    "answer": _("Say why, in at most 1000 characters."),
}


class ReasonForm(forms.Form):
    reason = forms.CharField(label=_("What became of it"), max_length=500)


class LineForm(forms.Form):
    """A number for people of a site, or of every site."""

    name = forms.CharField(label=_("Who answers"), max_length=80)
    number = forms.CharField(
        label=_("Number"), max_length=24, widget=forms.TextInput(attrs={"inputmode": "tel", "dir": "ltr"})
    )
    site = forms.CharField(label=_("Site"), required=False, max_length=256, help_text=_("Empty: everywhere."))


class CorrectionForm(forms.Form):
    """What became of a request to have something put right."""

    state = forms.ChoiceField(
        label=_("What became of it"),
        choices=[(state, words.CORRECTIONS[state]) for state in (help_lines.DONE, help_lines.DECLINED)],
    )
    answer = forms.CharField(label=_("Answer"), required=False, max_length=1000)


add_faults = partial(place_faults, said=FAULTS)
