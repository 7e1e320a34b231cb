"""The first report by the letters M/ETHANE. Each may be left out, and is then said to be not known.

Source: Joint Emergency Services Interoperability Principles (JESIP), M/ETHANE: E stands twice.
"""

from __future__ import annotations

from collections.abc import Mapping

from safeconduct.terms.errors import Fault, shown

LETTERS = {
    "major": "M",
    "location": "E",
    "type": "T",
    "hazards": "H",
    "access": "A",
    "casualties": "N",
    "services": "E",
}
"""Keys of a report, in its order, to the letter that is said."""

MOST = 500


def checked(report: Mapping[str, str]) -> dict[str, str]:
    """What is known of `report`, trimmed, in order."""
    return {key: text for key in LETTERS if (text := report.get(key, "").strip())}


def faults(report: Mapping[str, str]) -> list[Fault]:
    found = [Fault("report", shown(key), "one of " + ", ".join(LETTERS)) for key in report if key not in LETTERS]
    long = {key: len(text) for key, text in report.items() if len(text) > MOST}
    found += [Fault(key, f"{length} characters", f"at most {MOST}") for key, length in long.items()]
    if not found and not checked(report):
        found.append(Fault("report", "nothing", "at least one thing that is known"))
    return found
