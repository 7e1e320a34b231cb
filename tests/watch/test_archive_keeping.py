"""Merging and retention: nothing is lost or doubled, and what is deleted leaves one entry, wherever a kill falls."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pyarrow as pa
import pytest
from tests.worlds import Clock, mark, principal

from safeconduct.record import queries as record
from safeconduct.store import labels
from safeconduct.terms import instant
from safeconduct.terms.marking import Tlp
from safeconduct.watch import archive
from safeconduct.watch.keeping import merging, queries, retention
from safeconduct.watch.keeping.acts import hold_evidence, lift_evidence

pytestmark = pytest.mark.django_db

DAY = datetime(2026, 1, 20, tzinfo=UTC)
TODAY = date(2026, 3, 2)


@pytest.fixture
def clock(monkeypatch):
    clock = Clock()
    monkeypatch.setattr(instant, "now", clock)
    labels.forget()
    return clock


def wrote(directory: Path, number: int, day: datetime = DAY, site: str = "marjan", rows: int = 50) -> Path:
    table = pa.Table.from_pylist(
        [
            {
                "time": day + timedelta(seconds=number * 100 + second),
                "sensor": "cam-1",
                "track": f"{number}-{second}",
                "lon": 75.0 + second / 1e5,
                "lat": -5.0,
                "kind": "car",
                "state": "seen",
            }
            for second in range(rows)
        ],
        archive.STORED,
    )
    name = Path(day.date().isoformat()) / archive.directory_of(site) / f"{number:012d}.parquet"
    archive.write_file(directory, name, site, archive.in_order(table))
    return directory / name


def tracks(directory: Path, day: datetime = DAY) -> list[str]:
    held = archive.Holdings(list(archive.files_of_span(directory, day, day)), archive.NOTHING)
    with archive.asking(held, day, day + timedelta(days=1)) as (connection, query, parameters):
        return sorted(
            connection.sql(f"SELECT track FROM ({query})", params=parameters).to_arrow_table()["track"].to_pylist()
        )


def entries(act: str) -> int:
    return sum(one.act == act for one in record.entries(0, record.size()))


# Merging


def test_merging_keeps_every_row_once_at_every_stage(tmp_path, watch, clock):
    for number in range(1, 9):
        wrote(tmp_path, number)
    before = tracks(tmp_path)
    assert merging.merge(tmp_path, TODAY, []) == 1
    assert tracks(tmp_path) == before, "beside its sources the merged file counts"
    (one,) = merging.merged(tmp_path)
    assert merging.sweep(tmp_path, one) == 0, "questions under way may still read the sources"
    os.utime(tmp_path / one.sealed.name, (0, 0))
    one.sources[0].unlink()  # killed after the first
    assert tracks(tmp_path) == before
    (one,) = merging.merged(tmp_path)
    assert merging.sweep(tmp_path, one) == 7
    assert tracks(tmp_path) == before
    assert list(merging.merged(tmp_path)) == []
    assert merging.merge(tmp_path, TODAY, []) == 0


def test_a_merged_file_is_entered_once(tmp_path, watch, clock):
    wrote(tmp_path, 1), wrote(tmp_path, 2)
    merging.merge(tmp_path, TODAY, [])
    (one,) = merging.merged(tmp_path)
    was = entries("archive.seal")
    merging.enter_merged(watch, one)
    merging.enter_merged(watch, one)
    assert entries("archive.seal") == was + 1


def test_what_is_still_in_a_segment_is_not_merged(tmp_path, clock):
    for number in range(1, 4):
        wrote(tmp_path, number)
    assert merging.merge(tmp_path, TODAY, [2]) == 0
    assert merging.merge(tmp_path, TODAY, [3]) == 1


def test_a_day_that_goes_on_is_merged_only_when_files_are_many(tmp_path, clock):
    for number in range(1, 8):
        wrote(tmp_path, number, DAY)
    assert merging.merge(tmp_path, DAY.date(), []) == 0
    wrote(tmp_path, 8, DAY)
    assert merging.merge(tmp_path, DAY.date(), []) == 1


def test_a_later_file_of_a_merged_day_counts_beside_it(tmp_path, clock):
    wrote(tmp_path, 1), wrote(tmp_path, 2)
    merging.merge(tmp_path, TODAY, [])
    wrote(tmp_path, 3)
    assert len(tracks(tmp_path)) == 150
    merging.merge(tmp_path, TODAY, [])
    assert len(tracks(tmp_path)) == 150


# Retention


def test_what_is_over_its_retention_goes_and_leaves_one_entry(tmp_path, watch, clock):
    wrote(tmp_path, 1), wrote(tmp_path, 2), wrote(tmp_path, 3, DAY + timedelta(days=30))
    was = entries("archive.expire")
    assert retention.retire(watch, tmp_path, date(2026, 1, 31)) == 2
    assert tracks(tmp_path) == [] and len(tracks(tmp_path, DAY + timedelta(days=30))) == 50
    assert not any((tmp_path / retention.EXPIRED).rglob("*.parquet"))
    assert entries("archive.expire") == was + 1
    (told,) = queries.expiries(principal("liaison")).rows
    assert (told["day"], told["site"], told["files"], told["rows"]) == ("2026-01-20", "marjan", 2, 100)
    assert retention.retire(watch, tmp_path, date(2026, 1, 31)) == 0
    assert entries("archive.expire") == was + 1


def test_the_digest_is_that_of_the_files_as_sha256sum_prints_them(tmp_path, watch, clock):
    path = wrote(tmp_path, 1)
    listed = subprocess.run(["sha256sum", path.name], cwd=path.parent, capture_output=True, check=True).stdout
    wanted = subprocess.run(["sha256sum"], input=listed, capture_output=True, check=True).stdout.split()[0].decode()
    retention.retire(watch, tmp_path, TODAY)
    (told,) = queries.expiries(principal("duty")).rows
    assert told["sha256"] == wanted


def test_the_accord_says_for_how_long(watch, clock):
    assert retention.first_kept(clock.at) == date(2026, 1, 31)
    assert retention.oldest_told(clock.at) == clock.at - timedelta(days=30)


def test_what_is_held_stays_until_the_hold_is_lifted_or_over(tmp_path, watch, clock):
    wrote(tmp_path, 1), wrote(tmp_path, 2, site="harbour"), wrote(tmp_path, 3, DAY + timedelta(days=1))
    until = clock.at + timedelta(days=10)
    span = {"begin": DAY, "end": DAY + timedelta(hours=1), "until": until}
    held = hold_evidence(principal("liaison"), site="marjan", reason="A search.", **span)
    assert retention.retire(watch, tmp_path, TODAY) == 2, "the other site's day and the next day's"
    assert len(tracks(tmp_path)) == 50
    lift_evidence(principal("head"), held.pk)
    assert retention.retire(watch, tmp_path, TODAY) == 1
    wrote(tmp_path, 4)
    hold_evidence(principal("duty"), site="marjan", reason="A search.", **span)
    assert retention.retire(watch, tmp_path, TODAY) == 0
    clock.at = until
    assert retention.retire(watch, tmp_path, TODAY) == 1


def test_a_kill_before_the_entry_and_one_after_it_leave_the_same(tmp_path, watch, clock, monkeypatch):
    wrote(tmp_path, 1)
    was = entries("archive.expire")

    def killed(*_, **__):
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(retention, "expire", killed)
        with pytest.raises(KeyboardInterrupt):
            retention.retire(watch, tmp_path, TODAY)
    assert tracks(tmp_path) == []
    assert entries("archive.expire") == was
    with monkeypatch.context() as patch:
        patch.setattr(retention.shutil, "rmtree", killed)
        with pytest.raises(KeyboardInterrupt):
            retention.retire(watch, tmp_path, TODAY)
    assert entries("archive.expire") == was + 1
    assert retention.retire(watch, tmp_path, TODAY) == 1
    assert entries("archive.expire") == was + 1
    assert not any(tmp_path.rglob("*.parquet"))


def test_older_files_go_when_their_newest_row_is_over(tmp_path, watch, clock):
    old = wrote(tmp_path, 1)
    target = tmp_path / archive.OLDER / "marjan"
    target.mkdir(parents=True)
    old.rename(target / old.name)
    assert retention.retire(watch, tmp_path, DAY.date()) == 0
    assert retention.retire(watch, tmp_path, DAY.date() + timedelta(days=1)) == 1


KILLED = """
import sys
from pathlib import Path
from safeconduct.watch.keeping import merging
from datetime import date
print("ready", flush=True)
while True:
    merging.merge(Path(sys.argv[1]), date(2026, 3, 2), [])
    for one in merging.merged(Path(sys.argv[1])):
        for path in one.sources:
            path.unlink()
    break
"""


@pytest.mark.slow
def test_sigkill_at_any_moment_of_a_merge_loses_no_row(tmp_path, clock, node_path):
    for number in range(1, 30):
        wrote(tmp_path, number, rows=200)
    before = tracks(tmp_path)
    environment = {
        **os.environ,
        "SAFECONDUCT_NODE": str(node_path),
        "DJANGO_SETTINGS_MODULE": "safeconduct.web.settings",
    }
    for attempt in range(8):
        process = subprocess.Popen(
            [sys.executable, "-c", "import django; django.setup()" + KILLED, str(tmp_path)],
            env=environment,
            stdout=subprocess.PIPE,
        )
        process.stdout.readline()
        time.sleep(attempt * 0.02)
        process.send_signal(signal.SIGKILL)
        process.wait()
        assert tracks(tmp_path) == before
    merging.merge(tmp_path, TODAY, [])
    assert tracks(tmp_path) == before


def test_the_archiver_deletes_at_its_start_and_merges_and_enters_what_it_merged(tmp_path, watch, clock):
    from safeconduct.watch.archiver import Archiver
    from safeconduct.watch.segment import Segment

    recent = DAY + timedelta(days=30)
    wrote(tmp_path, 1), wrote(tmp_path, 2, recent), wrote(tmp_path, 3, recent)
    segment = Segment(tmp_path / "segments")
    segment.begin_at(100)
    archiver = Archiver(segment, tmp_path, None, watch)
    assert archiver.retire() == 1
    assert archiver.retire() == 0, "once a day"
    was = entries("archive.seal")
    assert archiver.merge() == 1
    assert archiver.merge() == 0, "once a minute"
    assert entries("archive.seal") == was + 1
    assert len(tracks(tmp_path, recent)) == 100
    segment.close()


def test_a_hold_that_comes_while_a_day_is_being_deleted_keeps_it(tmp_path, watch, clock, monkeypatch):
    """The day is moved out already when the hold is entered, before the deletion is."""
    path = wrote(tmp_path, 1)
    move = retention._move_out

    def held_meanwhile(directory: Path, place: Path) -> None:
        move(directory, place)
        span = {"begin": DAY, "end": DAY + timedelta(hours=1), "until": clock.at + timedelta(days=1)}
        hold_evidence(principal("duty"), site="marjan", reason="A search.", **span)

    was = entries("archive.expire")
    with monkeypatch.context() as patch:
        patch.setattr(retention, "_move_out", held_meanwhile)
        assert retention.retire(watch, tmp_path, TODAY) == 0
    assert path.exists()
    assert len(tracks(tmp_path)) == 50
    assert entries("archive.expire") == was
    assert not any((tmp_path / retention.EXPIRED).rglob("*.parquet"))
    clock.at += timedelta(days=1)
    assert retention.retire(watch, tmp_path, TODAY) == 1


def test_what_is_put_back_writes_over_no_file(tmp_path, watch, clock, monkeypatch):
    wrote(tmp_path, 1)
    place = tmp_path / DAY.date().isoformat() / "marjan"
    retention._move_out(tmp_path, place)
    late = wrote(tmp_path, 1, rows=7)
    retention._put_back(tmp_path, tmp_path / retention.EXPIRED / DAY.date().isoformat() / "marjan")
    assert archive.pq.read_metadata(late).num_rows == 7
    assert len(list((tmp_path / retention.EXPIRED).rglob("*.parquet"))) == 1


@pytest.mark.parametrize("tlp", [Tlp.AMBER_STRICT, Tlp.RED])
def test_a_hold_of_which_the_watch_may_not_know_keeps_the_evidence_all_the_same(tmp_path, watch, clock, tlp):
    path = wrote(tmp_path, 1)
    until = clock.at + timedelta(days=10)
    hold = hold_evidence(
        principal("head"), site="marjan", reason="Ours.", begin=DAY, end=DAY + timedelta(hours=1), until=until
    )
    mark(hold, tlp)
    assert retention.retire(watch, tmp_path, TODAY) == 0
    assert path.exists()
    clock.at = until
    assert retention.retire(watch, tmp_path, TODAY) == 1
