"""The forms of headcounts: starting one, and closing it."""

from __future__ import annotations

from functools import partial
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from safeconduct.people import words
from safeconduct.people.forms import place_faults
from safeconduct.people.headcounts.contexts import IndexPage

EVERYWHERE = "*"


class StartForm(forms.Form):
    """Whom to ask, and why. `site` may be every site: that waits for a second person."""

    site = forms.ChoiceField(label=_("Where"))
    zones = forms.MultipleChoiceField(
        label=_("Zones"), required=False, help_text=_("None: all of the site."), widget=forms.CheckboxSelectMultiple
    )
    visitors = forms.BooleanField(label=_("Ask visitors too"), required=False, initial=True)
    kind = forms.ChoiceField(label=_("Kind"), choices=list(words.HEADCOUNT_KINDS.items()))
    reason = forms.CharField(
        label=_("Why"),
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text=_("For your own party. No message says it."),
    )

    def __init__(self, page: IndexPage, *args: Any, **kwargs: Any):
        super().__init__(*args, **kwargs)
        fields: Any = self.fields
        everywhere = [(EVERYWHERE, _("Everyone everywhere (waits for a second person)"))] if len(page.sites) > 1 else []
        fields["site"].choices = [(site, site) for site in page.sites] + everywhere
        fields["zones"].choices = [(str(one.id), f"{one['site']} · {one['name']}") for one in page.zones]

    @property
    def values(self) -> dict[str, Any]:
        """What `begin` takes."""
        data = dict(self.cleaned_data)
        site = data.pop("site")
        return {"sites": None if site == EVERYWHERE else [site], **data}


class CloseForm(forms.Form):
    """`recall` tells all who were asked that it was an error."""

    reason = forms.CharField(label=_("Why it ends"), required=False, max_length=500, strip=True)
    recall = forms.BooleanField(label=_("It was started in error: tell all who were asked"), required=False)


SAID = {**words.HEADCOUNT_FAULTS, "sites": words.HEADCOUNT_FAULTS["site"]}
add_faults = partial(place_faults, said=SAID, renamed={"sites": "site"})
