"""The web process: `uvicorn safeconduct.web.asgi:application`."""

from __future__ import annotations

from django.conf import settings
from django.core.asgi import get_asgi_application

from safeconduct.node import open_node
from safeconduct.web.assets import Assets
from safeconduct.web.limits import BodyLimit

open_node()
application = Assets(BodyLimit(get_asgi_application()), settings.STATIC_URL)
