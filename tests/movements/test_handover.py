"""From post to post: at every instant from departure exactly one is responsible, whatever is offered and answered."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st

from safeconduct.movements.progress.handover import begun, handed, reminders_due, responsible

T = datetime(2026, 3, 2, 15, 0, tzinfo=UTC)


@settings(derandomize=True, max_examples=200)
@given(
    st.lists(st.tuples(st.integers(-600, 3600), st.sampled_from(["North", "South", "East"])), max_size=12),
    st.integers(0, 40_000),
)
def test_exactly_one_post_is_responsible_at_every_instant(turns, asked_s):
    posts, at = begun("Compound", "marjan", T, "gatepost"), T
    for after_s, post in turns:
        at += timedelta(seconds=after_s)  # a clock may be set back between two acts
        posts = handed(posts, post, "marjan", at, "other")
    moment = T + timedelta(seconds=asked_s)
    spans = [(one["from"], after["from"]) for one, after in pairwise(posts)]
    assert all(begin <= end for begin, end in spans), "no post takes over before the one before it"
    assert responsible(posts, moment) in posts
    assert responsible(posts, T - timedelta(seconds=1)) is None
    assert responsible(posts, T + timedelta(days=2)) == posts[-1]


def test_an_offer_is_called_to_mind_before_the_border_and_on_it_once_each():
    given_so_far = [reminders_due(0, seconds) for seconds in (700.0, 600.0, 400.0, 300.0, 10.0, 0.0, -50.0)]
    assert given_so_far == [0, 1, 1, 2, 2, 3, 3]
    assert reminders_due(2, 900.0) == 2, "what was called to mind is not taken back where a movement slows down"
    assert reminders_due(1, None) == 1
