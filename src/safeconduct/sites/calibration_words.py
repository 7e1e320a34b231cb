"""What is wrong with a calibration, or doubtful in it, in words for whoever makes it."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _

from safeconduct.terms.errors import Fault

REFUSED: dict[str, Any] = {
    "points nearly on one line in the picture": _(
        "The points lie nearly on one line in the picture. Set four that make a wide quadrangle, near and far."
    ),
    "points nearly on one line on the ground": _(
        "The points lie nearly on one line on the map. Set four that make a wide quadrangle."
    ),
    "points that determine no plane": _(
        "The points determine no ground: too many lie on one line or on one another. Set them wider apart."
    ),
    "points on both sides of the horizon": _(
        "No flat ground fits: some points would lie above the horizon. Two of them may be exchanged, "
        "or one is on a wall, a roof or a vehicle."
    ),
    "places kilometres apart": _("The places on the map are kilometres apart. One is not what this camera sees."),
}
"""By what ground.py found."""

FIELDS: dict[str, Any] = {
    "width": _("Want the width and height in pixels, whole numbers from 1 to 100,000."),
    "points": _("Want four pairs or more, a hundred at most."),
}

ROW: dict[str, Any] = {
    "numbers": _("Want four numbers: x, y, longitude and latitude."),
    "pixel": _("This is outside of the picture."),
    "place": _("Want a longitude from -180 to 180 and a latitude from -85 to 85."),
}

DOUBTS: dict[str, Any] = {
    "mirrored": _(
        "Left and right are exchanged. Two points are probably swapped; only a picture that the camera itself "
        "turns over is so."
    ),
    "far_off": _(
        "A pair is more than 3 m off. A wrong point puts every vehicle in a wrong place: correct it, or take it out."
    ),
    "uncertain": _("A point lies too near the horizon to be placed to within 50 m. Take one nearer to the camera."),
    "bunched": _("All points lie in a small part of the picture. What is far from them is placed badly."),
}


def said(fault: Fault) -> Any:
    """A fault of the whole calibration; one of a row is told beside the row."""
    if fault.found in REFUSED:
        return REFUSED[fault.found]
    if "flat ground" in fault.found:
        return _("The pairs fit no flat ground: they are %(distance)s off on average, and 10 m is the most.") % {
            "distance": fault.found.partition(" m ")[0] + " m"
        }
    return FIELDS["width" if fault.where.endswith(("width", "height")) else "points"]
