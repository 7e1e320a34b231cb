"""REST: what gateways tell of messages, and what people reply by them. A callback is signed (callbacks.py)."""

from __future__ import annotations

from typing import Annotated, Literal

from django.http import HttpRequest
from ninja import Router
from ninja.errors import HttpError
from ninja.params.functions import Header
from pydantic import BaseModel, Field

from safeconduct import node
from safeconduct.people.channels import acts
from safeconduct.people.channels.callbacks import channel_of
from safeconduct.people.channels.ladder import Channel
from safeconduct.people.headcounts import replies as reply_words
from safeconduct.rest import Input, JsonObject, Text

MOST = 1000

channels = Router(tags=["channels"])
Timestamp = Annotated[str, Header(alias="X-Timestamp", description="Seconds since 1970, within five minutes of now.")]
Signature = Annotated[
    str,
    Header(
        alias="X-Signature",
        description="`sha256=` and the hex HMAC-SHA-256, with the channel's secret, of timestamp, full stop and body.",
    ),
]


class Receipt(Input):
    """What became of a message."""

    id: Text = Field(max_length=64, description="The id that the node gave the message.")
    state: Literal["sent", "delivered", "read", "failed"]
    error: Text = Field(default="", max_length=32, description="Why it failed, in a word.")


class ReceiptsIn(Input):
    receipts: list[Receipt] = Field(max_length=MOST)


class Reply(Input):
    """What someone wrote back: `1` safe, `2` I need help, `3` not in the area, or a word for it."""

    sender: Text = Field(alias="from", max_length=200, description="The address that it came from.")
    text: Text = Field(max_length=2000)
    id: Text = Field(default="", max_length=64, description="The message that it answers, where the gateway knows.")


class RepliesIn(Input):
    replies: list[Reply] = Field(max_length=MOST)


class Taken(BaseModel):
    """How many were taken; the others were unclear, of nobody who is asked, or of a telephone that several share."""

    taken: int
    unclear: int = 0
    unknown: int = 0
    shared: int = 0


def _its(request: HttpRequest, name: str, timestamp: str, signature: str) -> Channel:
    channel = channel_of(name, timestamp, signature, request.body)
    if channel is None:
        raise HttpError(401, "a callback signed with the secret of the channel is wanted")
    return channel


@channels.post("/{name}/receipts", response=Taken, auth=None, operation_id="tellReceipts")
def tell_receipts(
    request: HttpRequest, name: str, body: ReceiptsIn, timestamp: Timestamp = "", signature: Signature = ""
) -> JsonObject:
    """Act `message.note` by the node: what a gateway tells of the messages that it took. Repeat it freely."""
    channel = _its(request, name, timestamp, signature)
    outcomes = [one.model_dump() for one in body.receipts]
    acts.note(node.current().system("node.clock"), outcomes, channel=channel.name)
    return {"taken": len(outcomes)}


@channels.post("/{name}/replies", response=Taken, auth=None, operation_id="tellReplies")
def tell_replies(
    request: HttpRequest, name: str, body: RepliesIn, timestamp: Timestamp = "", signature: Signature = ""
) -> JsonObject:
    """Act `headcount.answer` by each person who replied."""
    channel = _its(request, name, timestamp, signature)
    found = reply_words.take(
        channel.name, [{"from": one.sender, "text": one.text, "id": one.id} for one in body.replies]
    )
    return {why: found[why] for why in ("taken", "unclear", "unknown", "shared")}
