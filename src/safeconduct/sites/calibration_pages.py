"""The page on which a camera is calibrated: pairs of a pixel and a place, checked as they are set."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from safeconduct import node
from safeconduct.rest import asker
from safeconduct.sites import acts, contexts
from safeconduct.sites.calibration_form import Row, Sheet
from safeconduct.sites.calibration_words import said
from safeconduct.terms.decision import Refused
from safeconduct.terms.errors import BadInput


@require_http_methods(["GET", "POST"])
def calibration(request: HttpRequest, site: str) -> HttpResponse:
    """The table of the sensor that `?name=` names. What is done is `do`: save, remove, or look at it again.

    A picture of the camera is opened by the browser alone, and never sent.
    """
    name = request.POST.get("name") or request.GET.get("name", "")
    page = contexts.calibration_page(asker(request), site, name)
    if request.method == "GET":
        sheet = Sheet.of(page.calibration)
        if page.calibration:
            sheet.check()
        return _page(request, page, sheet)
    if not page.changing.allowed:
        raise Refused(acts.change_place.name, page.changing)
    return _posted(request, page, request.POST.get("do", "save"))


def _posted(request: HttpRequest, page: contexts.CalibrationPage, do: str) -> HttpResponse:
    if do == "remove":
        return _save(request, page, Sheet(), None)
    sheet = Sheet.posted(request.POST)
    if do.startswith("drop-"):
        sheet.rows = [row for number, row in enumerate(sheet.rows) if do != f"drop-{number}"]
    elif do == "add":
        sheet.rows.append(Row())
    found = sheet.check()
    if request.headers.get("HX-Request"):
        return render(request, "sites/calibration_verdict.html", {"sheet": sheet})
    if do != "save":
        return _page(request, page, sheet)
    if found is None or (sheet.doubts and not sheet.accepted):
        return _page(request, page, sheet, status=422)
    return _save(request, page, sheet, found)


def _save(request: HttpRequest, page: contexts.CalibrationPage, sheet: Sheet, found: Any) -> HttpResponse:
    properties = {name: value for name, value in page.feature["properties"].items() if name != "calibration"}
    if found is not None:
        properties["calibration"] = found
    try:
        acts.change_place(asker(request), site=page.site, feature={**page.feature, "properties": properties})
    except BadInput as error:
        sheet.faults += [said(fault) if "calibration" in fault.where else str(fault) for fault in error.faults]
        return _page(request, page, sheet, status=422)
    return redirect("sites:site", page.site)


def _page(request: HttpRequest, page: contexts.CalibrationPage, sheet: Sheet, status: int = 200) -> HttpResponse:
    context = {"page": page, "sheet": sheet, "map_style": node.current().settings["map_style"]}
    return render(request, "sites/calibration.html", context, status=status)
