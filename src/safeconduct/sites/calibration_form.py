"""The table of a camera's calibration as it was typed: a picture's size and pairs of a pixel with a place."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import zip_longest
from typing import Any

from django.http import QueryDict

from safeconduct.sites.calibrating import Fit, fitted, suspect
from safeconduct.sites.calibration_words import DOUBTS, FIELDS, ROW, said
from safeconduct.sites.ground import LEAST_POINTS, MOST_POINTS
from safeconduct.terms.errors import BadInput

COLUMNS = ("x", "y", "lon", "lat")
MOST_TEXT = 40
_ROW = re.compile(r"calibration\.points\[(\d+)\]")


@dataclass
class Row:
    """One pair as texts; `fault` is what is wrong with it, `off_m` how far it is off."""

    x: str = ""
    y: str = ""
    lon: str = ""
    lat: str = ""
    fault: Any = ""
    off_m: float | None = None
    is_suspect: bool = False

    @property
    def texts(self) -> tuple[str, str, str, str]:
        return self.x, self.y, self.lon, self.lat

    @property
    def is_empty(self) -> bool:
        return not any(self.texts)


@dataclass
class Sheet:
    """The whole table. `check` fills in the faults, and the fit where there is one."""

    width: str = ""
    height: str = ""
    rows: list[Row] = field(default_factory=list[Row])
    faults: list[Any] = field(default_factory=list[Any])
    fit: Fit | None = None
    accepted: bool = False

    @classmethod
    def of(cls, calibration: Mapping[str, Any] | None) -> Sheet:
        """What a sensor has; an empty table where it has none."""
        if not calibration:
            return cls(rows=[Row() for _ in range(LEAST_POINTS)])
        rows = [Row(_spelt(x), _spelt(y), _spelt(lon), _spelt(lat)) for x, y, lon, lat in calibration["points"]]
        return cls(_spelt(calibration["width"]), _spelt(calibration["height"]), rows)

    @classmethod
    def posted(cls, form: QueryDict) -> Sheet:
        """What a form brought, row by row; columns of different lengths are made up with nothing."""
        columns = [[one.strip()[:MOST_TEXT] for one in form.getlist(name)[: MOST_POINTS + 1]] for name in COLUMNS]
        rows = [Row(x, y, lon, lat) for x, y, lon, lat in zip_longest(*columns, fillvalue="")]
        width, height = (form.get(name, "").strip()[:MOST_TEXT] for name in ("width", "height"))
        return cls(width, height, rows, accepted=form.get("accept") == "yes")

    def check(self) -> dict[str, Any] | None:
        """The calibration, where it can be used; else None, with the faults in their places."""
        filled = [row for row in self.rows if not row.is_empty]
        calibration = self._calibration(filled)
        if calibration is None:
            return None
        try:
            self.fit = fitted(calibration)
        except BadInput as error:
            self._tell(error, filled)
            self._mark_suspect(calibration, filled)
            return None
        for row, pair in zip(filled, self.fit.pairs, strict=True):
            row.off_m = pair.off_m
        if self.fit.doubts:
            self._mark_suspect(calibration, filled)
        return calibration

    @property
    def doubts(self) -> Sequence[Any]:
        return [DOUBTS[code] for code in self.fit.doubts] if self.fit else []

    @property
    def is_exact(self) -> bool:
        """Whether there are so few pairs that they fit whatever they say."""
        return self.fit is not None and len(self.fit.pairs) == LEAST_POINTS

    @property
    def drawn(self) -> dict[str, Any]:
        """What the page draws: the horizon in the picture; on the map what is seen, and where each pixel falls."""
        fit = self.fit
        if fit is None:
            return {"horizon": None, "sees": [], "found": [], "off": []}
        numbers = iter(fit.pairs)
        of_rows = [None if row.is_empty else next(numbers) for row in self.rows]
        return {
            "horizon": fit.horizon,
            "sees": [[round(value, 7) for value in place] for place in fit.sees],
            "found": [one and one.found for one in of_rows],
            "off": [None if one is None or one.off_m is None else round(one.off_m, 2) for one in of_rows],
        }

    def _calibration(self, filled: Sequence[Row]) -> dict[str, Any] | None:
        width, height = _number(self.width), _number(self.height)
        if width is None or height is None:
            self.faults.append(FIELDS["width"])
        points = [[_number(text) for text in row.texts] for row in filled]
        for row, point in zip(filled, points, strict=True):
            if None in point:
                row.fault = ROW["numbers"]
        if not LEAST_POINTS <= len(filled) <= MOST_POINTS:
            self.faults.append(FIELDS["points"])
        if self.faults or any(row.fault for row in filled):
            return None
        return {"width": width, "height": height, "points": points}

    def _tell(self, error: BadInput, filled: Sequence[Row]) -> None:
        for fault in error.faults:
            found = _ROW.fullmatch(fault.where)
            if found:
                filled[int(found[1])].fault = ROW["pixel" if fault.found.startswith("pixel") else "place"]
            else:
                self.faults.append(said(fault))

    def _mark_suspect(self, calibration: Mapping[str, Any], filled: Sequence[Row]) -> None:
        if any(row.fault for row in filled):
            return
        number = suspect(calibration)
        if number is not None:
            filled[number].is_suspect = True


def _number(text: str) -> int | float | None:
    try:
        value = float(text)
    except ValueError:
        return None
    if not math.isfinite(value):
        return None
    return int(value) if value.is_integer() and abs(value) < 1e9 else value


def _spelt(value: float) -> str:
    return f"{value:.8f}".rstrip("0").rstrip(".")
