"""Replies by text message: what they say, and whose they are."""

from __future__ import annotations

import re
import unicodedata
import uuid
from collections import Counter
from collections.abc import Iterable, Mapping

from safeconduct.acts import together
from safeconduct.people.headcounts import tally
from safeconduct.people.headcounts.asked import Asked, by_address, by_messages

NUMBERS = {1: tally.SAFE, 2: tally.NEED_HELP, 3: tally.NOT_IN_AREA}
WORDS = {
    "safe": tally.SAFE,
    "ok": tally.SAFE,
    "安全": tally.SAFE,
    "محفوظ": tally.SAFE,
    "help": tally.NEED_HELP,
    "sos": tally.NEED_HELP,
    "救命": tally.NEED_HELP,
    "帮助": tally.NEED_HELP,
    "求助": tally.NEED_HELP,
    "مدد": tally.NEED_HELP,
}
TAKEN, UNCLEAR, UNKNOWN, SHARED = "taken", "unclear", "unknown", "shared"


def said(text: str) -> str | None:
    """What a reply says, by its first number or word in any script; None where that is not clear.

    A reply with a word for help says so, whatever else it says.
    """
    plain = unicodedata.normalize("NFKC", text).casefold().strip()
    words = re.findall(r"\w+", plain)
    if any(WORDS.get(word) == tally.NEED_HELP for word in words) or "救命" in plain or "帮助" in plain:
        return tally.NEED_HELP
    if not words:
        return None
    first = words[0]
    if first.isdecimal():
        return NUMBERS.get(int(first))
    return WORDS.get(first)


def take(channel: str, replies: Iterable[Mapping[str, str]]) -> Counter[str]:
    """Answer for those who replied by a channel: [{"from", "text", "id"}]; how many were taken, and why others not."""
    counts: Counter[str] = Counter()
    given = list(replies)
    with together():
        known = by_messages(channel, [one["id"] for one in given if one.get("id")])
        spoken: set[uuid.UUID] = set()
        for one in given:
            by_id = known.get(one.get("id") or "")
            # Who spoke before in these replies does not stand where they stood: they are read again.
            if by_id and by_id.answer in spoken:
                by_id = by_messages(channel, [one["id"]]).get(one["id"])
            spoken |= {by_id.answer} if by_id else set()
            counts[_take(channel, one, by_id)] += 1
    return counts


def _take(channel: str, reply: Mapping[str, str], by_id: Asked | None) -> str:
    says = said(reply["text"])
    if says is None:
        return UNCLEAR
    found: list[Asked] = [by_id] if by_id else by_address(channel, reply["from"])
    if not found:
        return UNKNOWN
    # A telephone that several share speaks for none of them, but whoever calls for help with it is heard.
    if len(found) > 1 and says != tally.NEED_HELP:
        return SHARED
    return TAKEN if sum([one.say(says, "sms") for one in found]) else UNKNOWN
