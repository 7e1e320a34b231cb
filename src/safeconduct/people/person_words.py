"""The codes of persons as words, with their shapes, and what is wrong with a field."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext, pgettext_lazy

PERSON_KINDS = {
    "protected": _("Protected person"),
    "guard": _("Guard"),
    "driver": _("Driver"),
    "visitor": _("Visitor"),
}

VETTINGS = {
    "asked": pgettext_lazy("vetting", "Asked for"),
    "cleared": pgettext_lazy("vetting", "Cleared"),
    "refused": pgettext_lazy("vetting", "Refused"),
    "lapsed": pgettext_lazy("vetting", "Lapsed"),
}

SEEN_AS = {
    "off": _("Not at all"),
    "zone": _("By zone"),
    "cell": _("By a cell of the map"),
}

RESOLUTIONS = {
    "4": _("Cells of about 1,800 km²"),
    "5": _("Cells of about 250 km²"),
    "6": _("Cells of about 36 km²"),
    "7": _("Cells of about 5 km²"),
    "8": _("Cells of about 0.7 km²"),
    "9": _("Cells of about 0.1 km²"),
}
"""Source: average areas of H3's hexagons."""

CONTACT_CHANNELS = {
    "sms": _("Text message"),
    "mail": _("Mail"),
    "chat": _("Chat"),
    "voice": _("Telephone"),
    "radio": _("Radio"),
}

PERSON_LANGUAGES = {"en": "English", "zh-hans": "简体中文", "ur": "اردو"}

PARTS = {
    "here": pgettext_lazy("part of the list", "Here now"),
    "visitors": pgettext_lazy("part of the list", "Visits to come and past"),
    "left": pgettext_lazy("part of the list", "Left"),
}

COLUMNS = {
    "reference": _("Reference"),
    "name": _("Name"),
    "kind": pgettext_lazy("person", "Kind"),
    "company": _("Company"),
    "site": _("Site"),
    "zone": _("Zone"),
    "language": _("Language"),
    "contacts": _("Contacts"),
    "vetting": _("Vetting"),
    "vetted_until": _("Vetted until"),
    "training_until": _("Training until"),
    "visit_begin": _("Visit begins"),
    "visit_end": _("Visit ends"),
}

PERSON_TONES = {
    "cleared": ("good", "yes"),
    "refused": ("critical", "no"),
    "lapsed": ("alert", "alert"),
    "protected": ("", "person"),
    "guard": ("", "mark"),
    "driver": ("", "go"),
    "visitor": ("", "info"),
}

PERSON_FAULTS = {
    "reference": _("Want 3 to 32 capital letters, digits and hyphens that nobody else has, such as L-0042."),
    "name": _("Want a name of 1 to 200 characters."),
    "company": _("At most 150 characters."),
    "kind": _("Choose one of these."),
    "language": _("Choose one of these."),
    "contacts": _("Want telephone numbers such as +923001234567 and addresses such as name@example.org."),
    "visit_begin": _("Only a visitor has a visit, and every visitor has one."),
    "visit_end": _("Want a time after the visit begins."),
    "zone": _("Choose a zone of this site."),
    "site": _("Want a site."),
    "until": _("Want a day to come, and only for who is cleared."),
    "vetting": _("Choose one of these."),
    "seen_as": _("Choose one of these."),
    "resolution": _("Choose a cell size, and only for a cell."),
    "note": _("Say how the person asked for it."),
    "warden": _("Want a person of this site who is no visitor."),
    "alternates": _("Want other persons of this site who are no visitors."),
    "people": _("People still belong to this zone."),
    "reason": _("Want a reason of 1 to 1,000 characters."),
    "fields": _("Choose at least one."),
    "left_at": _("This person has left."),
    "text": _("Want a whole reference, or at least three letters of a name."),
}


def too_often(after_s: int) -> str:
    """That one has searched too often, and when one may again."""
    minutes = -(-after_s // 60)
    text = ngettext(
        "You have searched too often of late. Wait %(minutes)d minute.",
        "You have searched too often of late. Wait %(minutes)d minutes.",
        minutes,
    )
    return text % {"minutes": minutes}
