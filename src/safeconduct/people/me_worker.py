"""What makes the page installable: its manifest, and the service worker that keeps it for when there is no network."""

from __future__ import annotations

from functools import cache

import orjson
from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.templatetags.static import static
from django.utils.translation import get_language, get_language_bidi
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

MODULES = ("me", "queue", "keep", "send", "seal")
FONT = "vendor/noto-naskh-arabic/400.woff2"


@cache
def BUILD() -> str:
    """What the static files are named by: another one, another worker."""
    return settings.STATIC_URL.strip("/").rsplit("/", 1)[-1]


@require_GET
def worker(request: HttpRequest) -> HttpResponse:  # noqa: ARG001 -- Django's signature
    """The service worker: two lines that name this build's files, and import what does the work."""
    files = [static(f"safeconduct/me/{one}.js") for one in MODULES]
    files += [static("safeconduct/css/tokens.css"), static("safeconduct/css/me.css"), static("safeconduct/mark.svg")]
    files += [static(FONT)] if get_language() == "ur" else []
    told = orjson.dumps({"build": BUILD(), "files": files}).decode()
    script = f'import {{ work }} from "{static("safeconduct/me/worker.js")}";\nwork({told});\n'
    response = HttpResponse(script, content_type="text/javascript; charset=utf-8")
    response["Cache-Control"] = "no-cache"
    return response


@require_GET
def manifest(request: HttpRequest) -> HttpResponse:  # noqa: ARG001 -- Django's signature
    """The web app's manifest. Its name tells whoever holds the phone little. Source: W3C Web Application Manifest."""
    document = {
        "id": "/me/",
        "name": _("Check-in"),
        "short_name": _("Check-in"),
        "lang": get_language() or "en",
        "dir": "rtl" if get_language_bidi() else "ltr",
        "start_url": "/me/",
        "scope": "/me/",
        "display": "standalone",
        "background_color": "#eef0f2",
        "theme_color": "#14466b",
        "icons": [
            {"src": static("safeconduct/me/icon.svg"), "sizes": "any", "type": "image/svg+xml", "purpose": "any"},
            {
                "src": static("safeconduct/me/icon-192.png"),
                "sizes": "192x192",
                "type": "image/png",
                "purpose": "any maskable",
            },
            {
                "src": static("safeconduct/me/icon-512.png"),
                "sizes": "512x512",
                "type": "image/png",
                "purpose": "any maskable",
            },
        ],
    }
    response = JsonResponse(document, content_type="application/manifest+json")
    response["Cache-Control"] = "no-cache"
    return response


for _view in (worker, manifest):  # the browser asks for both without a login
    _view.login_required = False  # pyright: ignore[reportFunctionMemberAccess]  # the wall's mark (web/wall.py)
