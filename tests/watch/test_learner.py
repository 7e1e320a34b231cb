"""The node learns each day of its archive, and a restart goes on with what it was told."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from tests.watch.live_node import FEATURES, RING, archived

from safeconduct import node
from safeconduct.sites.acts import import_places
from safeconduct.terms import instant
from safeconduct.watch.baseline_file import load_baseline
from safeconduct.watch.journal import Entry
from safeconduct.watch.learner import Learner, learn, newest_whole_day
from safeconduct.watch.learning import Shelf
from safeconduct.watch.settings import Settings
from safeconduct.watch.snapshot import good_ones, save
from safeconduct.watch.told import Told

pytestmark = pytest.mark.django_db(transaction=True)

NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
DAYS = 4


def _stay(begin: datetime, seconds: int, number: int) -> list[dict]:
    """A car that stands, then drives off."""
    return [
        {
            "time": instant.iso(begin + timedelta(seconds=second)),
            "sensor": "cam-01",
            "track": f"{begin:%d%H%M}-{number}",
            "lon": RING[0] + (0.0001 * max(0, second - seconds)),
            "lat": RING[1],
            "kind": "car",
        }
        for second in range(seconds + 20)
    ]


@pytest.fixture
def opened(tmp_path, as_role, clock_at):
    """A node with an archive of DAYS days, whose clock stands at noon of the day after the last."""
    import_places(as_role("host.commander"), site="marjan", features=FEATURES)
    begins = [(NOON - timedelta(days=back, minutes=-2 * at), at) for back in range(DAYS, 0, -1) for at in range(10)]
    archived(tmp_path, [_stay(begin, 40, number) for begin, number in begins])
    clock_at(NOON)
    return node.Node(tmp_path, dict(node.current().settings))


def learnt(opened, watch) -> bytes:
    learn(opened, watch)
    return Shelf(opened.path / "watch").baseline.read_bytes()


def test_the_whole_days_of_the_archive_are_learnt_once(opened, watch):
    told: list = []
    learn(opened, watch, progress=lambda day, stays: told.append((day, stays)))
    assert [stays for _, stays in told if stays] == [10] * DAYS
    assert max(day for day, _ in told) == (NOON - timedelta(days=1)).date()
    told.clear()
    learn(opened, watch, progress=lambda day, stays: told.append((day, stays)))
    assert not [stays for _, stays in told if stays]
    found = load_baseline(Shelf(opened.path / "watch").baseline)
    rank = found.rank(*RING, "car", False, instant.epoch_ms(NOON - timedelta(days=4)), 300)
    assert rank.stays >= 10, "a Thursday; three of the days are of the weekend and a Monday's hours"


def test_learning_anew_gives_the_same_bytes(opened, watch):
    first = learnt(opened, watch)
    for file in (opened.path / "watch" / "baseline").iterdir():
        file.unlink()
    assert learnt(opened, watch) == first


def test_a_day_is_whole_only_when_its_last_stays_have_ended(opened, clock_at):
    from safeconduct.watch.learner import calendar_of

    calendar = calendar_of(opened)
    assert newest_whole_day(calendar) == (NOON - timedelta(days=1)).date()
    clock_at(NOON.replace(hour=1))
    assert newest_whole_day(calendar) == (NOON - timedelta(days=2)).date()


class _Journal:
    def __init__(self) -> None:
        self.entries: list[Entry] = []

    def submit(self, entry: Entry) -> None:
        self.entries.append(entry)


def test_the_live_watch_is_told_of_a_baseline_once_by_a_frame_and_keeps_it_over_a_restart(opened, watch, tmp_path):
    data = learnt(opened, watch)
    told, journal = Told.nothing(Settings()), _Journal()
    learner = Learner(opened, journal, told)
    assert learner.tell() and not learner.tell()
    (entry,) = journal.entries
    told.take(1, entry.meta, entry.payload)
    assert told.baseline == data and told.failed == 0
    save(tmp_path / "watch", told.snapshot([]))
    restored = Told.restored(next(iter(good_ones(tmp_path / "watch"))), Settings())
    assert restored.baseline == data and restored.engine.alarms.baseline is not None
    assert not Learner(opened, journal, restored).tell(), "it was told before"


def test_a_frame_that_is_no_baseline_does_not_end_the_watch():
    told = Told.nothing(Settings())
    told.take(1, {"kind": "baseline"}, b"nothing of the kind")
    assert told.failed == 1 and told.engine.alarms.baseline is None
