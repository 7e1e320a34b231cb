"""The picture and the list of alerts."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render


def picture(request: HttpRequest) -> HttpResponse:
    return render(request, "watch/picture.html")


def alerts(request: HttpRequest) -> HttpResponse:
    return render(request, "watch/alerts.html")
