"""The web process: `uvicorn safeconduct.web.asgi:application`."""

from __future__ import annotations

from django.core.asgi import get_asgi_application

from safeconduct.node import open_node

open_node()
application = get_asgi_application()
