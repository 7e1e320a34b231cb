"""What the watch remembers is bounded: by time where that says what counts, by number where it does not."""

from __future__ import annotations

import resource
from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path

import orjson
import pytest
from tests.watch.scenes import ring, stands

from safeconduct import node
from safeconduct.release import events_after
from safeconduct.store.outbox import KEPT, Outbox
from safeconduct.watch import circling as circlers
from safeconduct.watch import columns
from safeconduct.watch import engine as engine_module
from safeconduct.watch import told as told_module
from safeconduct.watch.acts import open_feed, refresh_picture
from safeconduct.watch.columns import HASHES_KEPT, TextHashes
from safeconduct.watch.engine import Engine
from safeconduct.watch.journal import Batches, digest_of, packed
from safeconduct.watch.observations import decode_rows
from safeconduct.watch.rows import checked, table_of
from safeconduct.watch.settings import Settings
from safeconduct.watch.told import Told

BEGIN = datetime(2026, 3, 2, 15, tzinfo=UTC)


def test_an_answer_is_remembered_for_the_newest_batches_only():
    batches = Batches(limit=100)
    for number in range(1000):
        batches.remember("gate", str(number), {"accepted": number, "refused": {}, "digest": "d"})
    assert batches.answer("gate", "899") is None
    assert batches.answer("gate", "900") == {"accepted": 900, "refused": {}, "digest": "d"}
    assert len(batches._answers) == 100


def test_remembering_batches_takes_no_memory_beyond_what_is_taken_at_the_start():
    batches, answer = Batches(), {"accepted": 50, "refused": {}, "late": 0, "digest": "0" * 32}
    before_kb = held_kb()
    for number in range(60_000):
        batches.remember("gate", f"body:{number:032x}", answer)
    assert held_kb() - before_kb < 20_000


def held_kb() -> int:
    """What this process holds of the machine's memory: also what its allocator and native libraries do."""
    if not Path("/proc/self/statm").exists():
        pytest.skip("needs /proc")
    return int(Path("/proc/self/statm").read_text().split()[1]) * resource.getpagesize() // 1024


def test_what_was_remembered_of_batches_and_messages_outlives_a_restart_in_its_order():
    before, after = Batches(limit=3), Batches(limit=3)
    for number in range(5):
        before.remember("gate", str(number), {"accepted": number, "refused": {"future": 1}, "digest": "d"})
    before.remember_messages("gate", packed([digest_of(b"one")]))
    after.load(orjson.loads(orjson.dumps(before.dump())))
    after.remember("gate", "5", {"accepted": 5})
    assert [after.answer("gate", str(number)) is not None for number in range(6)] == [False] * 3 + [True] * 3
    assert after.answer("gate", "4") == before.answer("gate", "4")
    assert after.known("gate", digest_of(b"one"))


def test_batches_in_a_snapshot_of_an_earlier_version_are_known():
    batches = Batches()
    batches.load([["gate", "body:1", {"accepted": 3}]])
    assert batches.answer("gate", "body:1") == {"accepted": 3}


def test_hashes_of_texts_are_let_go_of_before_they_are_too_many():
    hashes = TextHashes()
    for begin in range(0, 4 * HASHES_KEPT, 10_000):
        hashes.of([str(number) for number in range(begin, begin + 10_000)])
        assert len(hashes._known) + len(hashes._before) <= 2 * (HASHES_KEPT + 10_000)


def test_texts_that_come_again_and_again_are_hashed_once_among_many_that_do_not(monkeypatch):
    hashes, made = TextHashes(), Counter[str]()
    monkeypatch.setattr(columns, "text_hash", lambda text: made.update([text]) or len(text))
    for begin in range(0, 4 * HASHES_KEPT, HASHES_KEPT // 2):
        hashes.of(["again", *(str(number) for number in range(begin, begin + HASHES_KEPT // 2))])
    assert made["again"] == 1
    assert hashes.of(["again"]).tolist() == [5]


def test_made_up_names_of_sensors_share_a_number_once_there_are_too_many(monkeypatch):
    monkeypatch.setattr(engine_module, "SENSORS_KEPT", 10)
    monkeypatch.setattr(told_module, "SENSORS_KEPT", 10)
    told = Told.nothing(Settings(hold_s=0))
    for number in range(30):
        sighting = {"time": BEGIN.isoformat(), "sensor": f"cam-{number}", "track": "1", "lon": 75.0, "lat": -5.0}
        meta = {"kind": "observations", "feed": "gate", "received_ms": 1, "refused": {}}
        told.take(number + 1, meta, b"", checked(table_of([sighting]), None, str).table)
    assert told.failed == 0
    assert list(told.engine.sensors) == [*(f"cam-{number}" for number in range(10)), "other sensors"]
    assert list(told.sensors) == [f"cam-{number}" for number in range(10)]


def test_entries_of_an_hour_ago_are_forgotten():
    engine = Engine(ring(), Settings(hold_s=0))
    circling = engine.circling
    window_ms = int(engine.settings.circling_window_s * 1000)
    circling.entries = {("marjan", number): [number] for number in range(1000)}
    circling._forget(500)
    assert list(circling.entries) == [("marjan", number) for number in range(500, 1000)]
    circling._forget(window_ms)
    assert circling.entries == {}


def test_entries_within_the_hour_are_forgotten_when_they_are_too_many(monkeypatch):
    monkeypatch.setattr(circlers, "KEPT", 10)
    circling = Engine(ring(), Settings()).circling
    circling.entries = {("marjan", number): [5] for number in range(12)}
    circling._forget(0)
    assert list(circling.entries) == [("marjan", number) for number in range(2, 12)]


def test_what_is_known_of_presences_goes_with_them():
    engine = Engine(ring(), Settings(hold_s=0))
    for visit in range(30):
        rows = stands(visit * 1200, visit * 1200 + 200, track=str(visit))
        engine.feed(decode_rows(rows).batch)
    alarms = engine.alarms
    opened = int(engine.counts()["presences"])
    assert opened <= 2
    assert len(alarms.notes) <= opened and len(alarms.alerts) <= opened and len(alarms.excused) <= opened
    assert len(engine.snapshot()) < 200_000


@pytest.mark.django_db(transaction=True)
def test_the_outbox_forgets_old_pictures_and_nothing_else(as_role, clock_at):
    watch = node.current().system("node.watch")
    clock_at(BEGIN)
    open_feed(as_role("host.commander"), name="gate")
    for _ in range(3):
        refresh_picture(watch, site="marjan", positions={})
    others = kinds()["feed"]
    assert others
    clock_at(BEGIN + KEPT)
    outbox = Outbox(frozenset(("position",)))
    refresh_picture(watch, site="marjan", positions={}, outbox=outbox)
    assert kinds() == {"position": 4, "feed": others}, "an hour old, and not older"
    clock_at(BEGIN + KEPT + timedelta(seconds=1))
    refresh_picture(watch, site="marjan", positions={}, outbox=outbox)
    assert kinds() == {"position": 2, "feed": others}


def kinds() -> Counter[str]:
    return Counter(event.kind for event in events_after(0) if event.kind in ("position", "feed"))
