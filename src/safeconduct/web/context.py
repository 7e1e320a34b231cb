"""What every page's frame needs."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest

from safeconduct.node import current


def frame(request: HttpRequest) -> dict[str, Any]:
    """`node_name`, `exercise` and `principal` for the base template."""
    settings = current().settings
    return {
        "node_name": settings["name"],
        "exercise": settings["exercise"],
        "principal": getattr(request, "principal", None),
    }
