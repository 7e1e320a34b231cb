"""Sending by Apprise: one message to one address. Its URL holds secrets: nothing here logs or quotes it.

Apprise says only whether a service took a message. A gateway that is to send receipts gets the message's own id, as
`{id}` in the URL, and tells it back.
Source: https://github.com/caronc/apprise (BSD-2-Clause).
"""

from __future__ import annotations

import logging
import re
from urllib.parse import quote

import apprise

from safeconduct.people.channels.ladder import Channel
from safeconduct.terms.errors import BadInput, Fault

CONNECT_S = 5.0
READ_S = 15.0
SENT, RETRY, FAILED = "sent", "retry", "failed"

# Its lines quote addresses and, when told to be verbose, whole URLs with their passwords.
logging.getLogger("apprise").setLevel(logging.CRITICAL)
_PLACE = re.compile(r"\{(to|id|text)\}")
_ASSET = apprise.AppriseAsset(app_id="safeconduct", app_desc="", app_url="", storage_mode="memory")


def url_of(channel: Channel, to: str, message_id: str, text: str = "") -> str:
    """The channel's URL for one message, each value escaped whole: no address reaches out of its place."""
    values = {"to": to, "id": message_id, "text": text}
    return _PLACE.sub(lambda match: quote(values[match[1]], safe=""), channel.url)


def check(channel: Channel) -> None:
    """Raises BadInput for a URL that Apprise cannot use. The URL is not quoted."""
    if _service(channel, "1234567", "0") is None:
        raise BadInput("channel", [Fault("url", "one that Apprise does not take", "the URL of one of its services")])


def send(channel: Channel, to: str, message_id: str, text: str) -> tuple[str, str]:
    """Send `text` and answer (sent, "") or (retry, why in a word). Never raises: a service may do anything."""
    try:
        service = _service(channel, to, message_id)
        if service is None:
            return FAILED, "bad_url"
        taken = service.notify(body=text)
    except Exception as error:
        return RETRY, type(error).__name__[:32]
    return (SENT, "") if taken else (RETRY, "not_taken")


def _service(channel: Channel, to: str, message_id: str) -> apprise.NotifyBase | None:
    service = apprise.Apprise.instantiate(url_of(channel, to, message_id), asset=_ASSET, suppress_exceptions=True)
    if service is None:
        return None
    # The rate is the channel's own, kept by the sender; Apprise would sleep between messages of one object only.
    service.request_rate_per_sec = 0
    service.socket_connect_timeout, service.socket_read_timeout = CONNECT_S, READ_S
    # A redirect would take what the URL holds elsewhere.
    service.redirects = False
    return service
