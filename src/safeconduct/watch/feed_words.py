"""What pages say of feeds: why rows are refused, by the codes that every way in counts, and faults of a form."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _

REFUSED: dict[str, Any] = {
    "no_time": _("No time"),
    "no_sensor": _("No sensor named"),
    "no_track": _("No track named"),
    "no_position": _("No position"),
    "position_out_of_range": _("A position that is none on Earth"),
    "refused_kind": _("No vehicle: persons and other things are not taken"),
    "unknown_state": _("An unknown state"),
    "text_too_long": _("A text that is too long"),
    "nul": _("A text with a NUL character"),
    "future": _("Ahead of the node's clock"),
    "late": _("Too late to be watched"),
    "not_an_object": _("Not readable"),
    "other_sensor": _("A sensor for which this feed may not report"),
    "rate": _("Over the feed's rate"),
    "overflow": _("More than could be taken in"),
    "unknown_topic": _("An unknown topic"),
    "no_calibration": _("A camera that is not calibrated"),
    "above_horizon": _("Above the horizon, or outside of the picture"),
    "refused_face": _("A face: never taken"),
    "refused_plate": _("A number plate: never taken in clear"),
    "cut_short": _("Cut short on the way"),
    "not_an_event": _("Not an event of Cursor on Target"),
    "not_a_thing": _("An event of no thing in a place"),
    "own_unproved": _("An own vehicle whose sender is not proved"),
    "unknown_device": _("A device that the settings do not name"),
    "not_a_sentence": _("Not an AIS sentence"),
    "bad_checksum": _("A wrong checksum"),
    "incomplete": _("A message of which parts are missing"),
    "other_message": _("A message that tells of no position"),
    "damaged": _("Damaged"),
    "not_a_stream": _("Not a stream of ONVIF metadata"),
    "too_large": _("A document that is too large"),
    "refused_dtd": _("A document with a document type: never read"),
    "too_many": _("Too many at a time"),
    "no_class": _("A thing of no class: it may be a person"),
    "hidden": _("A removal behind another vehicle: it may still stand there"),
    "no_parent": _("A number plate of no known vehicle"),
    "not_a_read": _("Not a read of a number plate"),
}

FAULTS: dict[str, Any] = {
    "name": _("Take another name: 1 to 150 characters, of no other feed. A partner's begin with its id and a slash."),
    "sensor": _("At most 256 characters."),
    "kind": _("Only the host opens feeds for which the node goes out."),
    "names": _("Want a line for each, as: name = value."),
}
