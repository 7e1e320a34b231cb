"""The codes of people as words, with their shapes."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from safeconduct.people.person_words import COLUMNS as COLUMNS
from safeconduct.people.person_words import CONTACT_CHANNELS as CONTACT_CHANNELS
from safeconduct.people.person_words import PARTS as PARTS
from safeconduct.people.person_words import PERSON_KINDS as PERSON_KINDS
from safeconduct.people.person_words import PERSON_LANGUAGES as PERSON_LANGUAGES
from safeconduct.people.person_words import PERSON_TONES
from safeconduct.people.person_words import RESOLUTIONS as RESOLUTIONS
from safeconduct.people.person_words import SEEN_AS as SEEN_AS
from safeconduct.people.person_words import VETTINGS as VETTINGS

STATES = {
    "holds": pgettext_lazy("appointment", "Holds"),
    "to_come": pgettext_lazy("appointment", "To come"),
    "ended": pgettext_lazy("appointment", "Ended"),
}

PURPOSES = {
    "api": _("Acts and reads as you"),
    "feed": _("Only hands in observations"),
    "calendar": _("Calendar without names"),
    "calendar_full": _("Calendar with names"),
}

TONES = {
    "closed": ("good", "yes"),
    "open": ("alert", "alert"),
    "holds": ("good", "yes"),
    "to_come": ("notice", "wait"),
    "ended": ("unknown", "no"),
    "safe": ("good", "yes"),
    "need_help": ("critical", "critical"),
    "not_here": ("notice", "no"),
    "answered": ("alert", "yes"),
    "done": ("good", "yes"),
    "declined": ("notice", "no"),
}

FAULTS = {
    "role": _("Not a role that your party may hold."),
    "user": _("Not a user of your party."),
    "end": _("Want a time that is still to come, and after the beginning."),
    "name": _("Want 1 to 150 characters."),
    "purpose": _("Choose one of these."),
}

CHECK_INS = {
    "safe": pgettext_lazy("check-in", "Safe"),
    "need_help": pgettext_lazy("check-in", "Needs help"),
    "not_here": pgettext_lazy("check-in", "Not here"),
}

CALLS = {
    "open": pgettext_lazy("call for help", "Open"),
    "answered": pgettext_lazy("call for help", "Answered"),
    "ended": pgettext_lazy("call for help", "Ended"),
}

CALL_WAYS = {
    "button": pgettext_lazy("call for help", "By the button"),
    "duress": pgettext_lazy("call for help", "Under duress: do not call the person"),
}

CORRECTIONS = {
    "asked": pgettext_lazy("correction", "Waits for an answer"),
    "done": pgettext_lazy("correction", "Put right"),
    "declined": pgettext_lazy("correction", "Declined"),
}

PHONE_ENDS = {
    "left": pgettext_lazy("phone", "Left by the person"),
    "lost": pgettext_lazy("phone", "Ended as lost"),
    "replaced": pgettext_lazy("phone", "Replaced by another"),
}

HEADCOUNT_KINDS = {
    "live": _("In earnest"),
    "drill": _("Exercise"),
}

HEADCOUNT_STATES = {
    "proposed": pgettext_lazy("headcount", "Waits for a second person"),
    "open": pgettext_lazy("headcount", "Open"),
    "closed": pgettext_lazy("headcount", "Closed"),
}

ANSWER_STATES = {
    "asked": pgettext_lazy("headcount", "Not reached yet"),
    "sent": pgettext_lazy("headcount", "Sent"),
    "delivered": pgettext_lazy("headcount", "Delivered"),
    "read": pgettext_lazy("headcount", "Opened"),
    "safe": pgettext_lazy("headcount", "Safe"),
    "need_help": pgettext_lazy("headcount", "Needs help"),
    "not_in_area": pgettext_lazy("headcount", "Not in the area"),
}

ANSWER_WAYS = {
    "link": _("by the link in a message"),
    "sms": _("by a reply"),
    "page": _("on their own page"),
    "warden": _("by someone else"),
    "rest": _("by someone else"),
}

TARGET_STATES = {
    "met": pgettext_lazy("target", "Met"),
    "late": pgettext_lazy("target", "Met late"),
    "missed": pgettext_lazy("target", "Missed"),
    "open": pgettext_lazy("target", "Still open"),
}

SOURCES = {
    "check_in": _("check-in"),
    "movement": _("movement"),
    "roster": _("roster"),
    "headcount": _("headcount"),
    "sos": _("call for help"),
    "list": _("the list alone"),
}

HEADCOUNT_FAULTS = {
    "site": _("Nobody there whom you may ask."),
    "zones": _("Choose open zones of that one site."),
    "by": _("Another person than the one who asked for it must give the go."),
    "reason": _("Say why it ends: not everyone is accounted for, or it is taken back."),
    "state": _("It does not stand in a state in which that can be done."),
}

TONES.update(
    {
        "live": ("alert", "alert"),
        "drill": ("notice", "info"),
        "proposed": ("notice", "wait"),
        "open": ("alert", "alert"),
        "closed": ("unknown", "yes"),
        "asked": ("unknown", "unknown"),
        "sent": ("unknown", "wait"),
        "delivered": ("unknown", "wait"),
        "read": ("notice", "wait"),
        "safe": ("good", "yes"),
        "need_help": ("critical", "critical"),
        "not_in_area": ("good", "yes"),
        "met": ("good", "yes"),
        "late": ("alert", "alert"),
        "missed": ("critical", "no"),
    }
)

TONES.update(PERSON_TONES)

LOOKS = {
    "page": pgettext_lazy("look", "Page"),
    "list": pgettext_lazy("look", "List"),
    "manifest": pgettext_lazy("look", "Manifest"),
    "card": pgettext_lazy("look", "Card to print"),
    "calendar": pgettext_lazy("look", "Calendar"),
    "api": pgettext_lazy("look", "Program"),
    "export": pgettext_lazy("look", "Export"),
}
"""In which form somebody was shown something."""

READING_RULES = {
    "many": _("Too much at once"),
    "odd_hours": _("At hours at which they never read"),
    "elsewhere": _("About places of which they never read"),
    "in_sequence": _("One after another, in order"),
    "canary": _("A decoy was read"),
    "stopped": _("So much that they were stopped"),
    "probing": _("Plans moved about to learn of yours"),
}

READ_CLASSES = {"movement": _("Plans"), "person": pgettext_lazy("class", "People")}

ALARM_STATES = {"open": pgettext_lazy("alarm", "Open"), "closed": pgettext_lazy("alarm", "Answered")}
