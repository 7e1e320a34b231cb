"""Reads of minimum standards: sets, controls and how they stand, rounds with their findings and photos."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from typing import Any

from safeconduct import node, release
from safeconduct.paging import Page, page
from safeconduct.release import Projection
from safeconduct.sites import photos
from safeconduct.sites.score import Judged, judge, weights_of
from safeconduct.sites.standard_models import Control, Finding, Inspection, Photo, Standard
from safeconduct.terms import instant
from safeconduct.terms.errors import NotFound
from safeconduct.terms.party import Principal

MOST_ROUNDS = 100


def standards(principal: Principal) -> list[Projection]:
    """Sets of controls, each in its newest version."""
    rows = release.listing(Standard, principal, lambda rows: rows.order_by("name", "-version"))
    newest: dict[str, Projection] = {}
    for row in rows:
        newest.setdefault(row["name"], row)
    return list(newest.values())


def standard(principal: Principal, ref: uuid.UUID | str) -> Projection:
    return release.one(Standard, principal, ref)


def standards_page(principal: Principal, after: str | None, limit: int) -> Page:
    return page(Standard, principal, after, limit)


def controls(principal: Principal, site: str | None = None) -> list[Projection]:
    """The controls of a site, or of all: those of both parties that this reader may see."""

    def narrowed(rows: Any) -> Any:
        return (rows if site is None else rows.filter(site=site)).order_by("site", "category", "code", "id")

    return release.listing(Control, principal, narrowed)


def controls_page(principal: Principal, after: str | None, limit: int, site: str | None = None) -> Page:
    return page(Control, principal, after, limit, lambda rows: rows if site is None else rows.filter(site=site))


def control(principal: Principal, ref: uuid.UUID | str) -> Projection:
    return release.one(Control, principal, ref)


def controls_of(principal: Principal, refs: Sequence[str]) -> list[Projection]:
    """Those of `refs` that this reader may see, by category and code."""
    return release.listing(Control, principal, lambda rows: rows.filter(pk__in=refs).order_by("category", "code", "id"))


def judged(rows: Sequence[Projection]) -> list[Judged]:
    """How each control stands now, by the risk matrix of the accord in force."""
    matrix, now = node.current().accord.risk_matrix, instant.now()
    weights = weights_of(matrix)
    return [judge(row, now, matrix, weights) for row in rows]


def findings_of(principal: Principal, control: uuid.UUID) -> list[Projection]:
    """What was found of a control, newest first, of rounds and single tests."""
    return release.listing(
        Finding, principal, lambda rows: rows.filter(control=control).order_by("-found_at", "-id")[:50]
    )


def inspections(principal: Principal, site: str | None = None) -> list[Projection]:
    """Rounds, the latest planned first."""

    def narrowed(rows: Any) -> Any:
        return (rows if site is None else rows.filter(site=site)).order_by("-planned_for", "-id")[:MOST_ROUNDS]

    return release.listing(Inspection, principal, narrowed)


def inspections_page(principal: Principal, after: str | None, limit: int) -> Page:
    return page(Inspection, principal, after, limit)


def inspection(principal: Principal, ref: uuid.UUID | str) -> Projection:
    return release.one(Inspection, principal, ref)


def findings_in(principal: Principal, inspection: uuid.UUID) -> dict[str, Projection]:
    """What was found in a round, by control."""
    rows = release.listing(Finding, principal, lambda rows: rows.filter(inspection=inspection))
    return {str(row["control"]): row for row in rows}


def photos_in(principal: Principal, inspection: uuid.UUID) -> dict[str, list[Projection]]:
    """The photos of a round, by control, in the order in which they were taken."""
    found: dict[str, list[Projection]] = {}
    for row in release.listing(Photo, principal, lambda rows: rows.filter(inspection=inspection).order_by("id")):
        found.setdefault(str(row["control"]), []).append(row)
    return found


def photo(principal: Principal, ref: uuid.UUID | str) -> bytes:
    """The JPEG of a photo. Raises NotFound where it is not this reader's, or its file is gone."""
    row = release.one(Photo, principal, ref)
    try:
        return photos.path_of(node.current().photos, row["sha256"]).read_bytes()
    except (KeyError, FileNotFoundError):
        raise NotFound(Photo.info_class, str(ref)) from None
