"""The page of one alert and its replay: each reader gets what the accord releases, and is offered what it allows."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from tests.movements.case import ALERT_NEAR, place_site, raise_alert

from safeconduct.terms import instant
from safeconduct.terms.ids import new_id
from safeconduct.watch import acts, queries
from safeconduct.watch.archive import STORED
from safeconduct.watch.positions import columns

pytestmark = pytest.mark.django_db

HTML = {"HTTP_ACCEPT": "text/html"}
PART = {"HTTP_ACCEPT": "*/*", "HTTP_HX_REQUEST": "true"}

BEGIN = instant.now() - timedelta(minutes=13)


def at(minutes: float) -> str:
    return instant.iso(BEGIN + timedelta(minutes=minutes))


EXPLAINED: dict[str, Any] = {
    "place": {"site": "marjan", "name": "eastern approach", "level": "outer"},
    "rule": {"severity": "critical", "after_s": 600.0},
    "joined": [
        {"track": "cam-02/17", "at": at(0), "why": "first_seen"},
        {"track": "cam-02/31", "at": at(4), "why": "took_over", "unseen_s": 38.0},
    ],
    "unseen": [{"from": at(3.4), "to": at(4)}],
    "moves": [{"at": at(6), "metres": 12.4}],
    "prior_s": 0,
    "exempt": None,
    "baseline": {"longer_than": 0.9958, "stays": 241},
    "ended": None,
    "sentence": "A car has stayed 13 min in eastern approach.",
}


@pytest.fixture
def alert(as_role, watch):
    place_site(as_role)
    steps = [{"severity": "notice", "at": at(3)}, {"severity": "critical", "at": at(10)}]
    details = {"severity": "critical", "started": at(0), "raised": at(3), "steps": steps, "explanation": EXPLAINED}
    return raise_alert(watch, **ALERT_NEAR, **details)


@pytest.fixture
def show(login, alert):
    """`show("host.duty_officer")`: the alert's page as that role gets it."""

    def shown(role: str) -> str:
        answer = login(role).get(f"/alerts/{alert}/", **HTML)
        assert answer.status_code == 200
        return answer.content.decode()

    return shown


def post(login: Any, role: str, ref: Any, verb: str, **data: str) -> Any:
    return login(role).post(f"/alerts/{ref}/{verb}", data, **HTML)


def offered(page: str, ref: Any) -> set[str]:
    return {verb for verb in ("acknowledge", "assess", "escalate", "close") if f'action="/alerts/{ref}/{verb}"' in page}


@pytest.mark.parametrize(
    ("role", "offers"),
    [
        ("host.duty_officer", {"acknowledge", "assess", "escalate", "close"}),
        ("host.commander", {"acknowledge", "assess", "escalate", "close"}),
        ("host.gate_post", set()),
        ("partner.liaison_officer", {"escalate"}),
        ("partner.project_manager", set()),
    ],
)
def test_each_role_is_offered_what_the_accord_gives_it(show, alert, role, offers):
    assert offered(show(role), alert) == offers


@pytest.mark.parametrize("role", ["auditor", "dpo"])
@pytest.mark.parametrize("path", ["/alerts/{}/", "/alerts/{}/replay.json"])
def test_who_may_not_read_alerts_finds_nothing(login, alert, role, path):
    assert login(role).get(path.format(alert), **HTML).status_code == 404


def test_nobody_sees_anything_without_a_login(client, alert):
    for path in (f"/alerts/{alert}/", f"/alerts/{alert}/replay.json"):
        assert client.get(path, **HTML).status_code == 302


def test_the_host_reads_why_it_was_raised(show):
    page = show("host.duty_officer")
    for said in (
        "eastern approach",
        "The cameras gave it 2 ids",
        "out of sight once",
        "It crept 12 m",
        "Longer than 99.5 % of the 241 stays",
        "found again at the same spot under a new id",
        "cam-02/31",
    ):
        assert said in page, said


@pytest.mark.parametrize("role", ["partner.liaison_officer", "partner.project_manager"])
def test_the_partner_reads_nothing_of_how_it_was_seen(show, role):
    page = show(role)
    assert not [word for word in ("cam-02", "eastern approach", "out of sight", "crept", "stays seen") if word in page]


def test_who_is_not_told_the_place_gets_no_map_and_no_clock(show):
    page = show("partner.project_manager")
    assert "75.01038" not in page and 'id="inset"' not in page and "data-since" not in page
    assert "75.0103817" in show("partner.liaison_officer")


def test_the_clock_runs_from_the_arrival_while_it_stands_and_stops_when_it_ended(show, login, alert, as_role):
    assert f'data-since="{at(0)}"' in show("host.duty_officer")
    acts.close_presence(as_role("host.duty_officer"), alert, reason="the patrol saw it leave")
    assert "data-since" not in show("host.duty_officer")


def test_the_stretch_out_of_sight_is_drawn_apart(show):
    page = show("host.duty_officer")
    assert '<rect class="unseen" x="204"' in page
    assert '<rect class="unseen"' not in show("partner.liaison_officer")


def _stand(watch: Any, state: str, seen: float, track: str = "31") -> None:
    where = {"lon": ALERT_NEAR["lon"], "lat": ALERT_NEAR["lat"], "kind": "car", "ring": "outer"}
    row = {**where, "state": state, "seen_at": BEGIN + timedelta(minutes=seen), "sensor": "cam-02", "track": track}
    acts.refresh_picture(watch, site="marjan", positions=columns([row]))


class TestSight:
    """Whether a sensor shows it now, from the live picture."""

    def test_of_its_own_track_says_that_it_is_in_sight(self, show, watch):
        _stand(watch, "idle", 13)
        assert "in sight" in show("host.duty_officer")

    def test_that_was_lost_is_drawn_unseen_to_this_moment(self, show, watch):
        _stand(watch, "unseen", 10)
        page = show("host.duty_officer")
        assert '<rect class="unseen" x="600"' in page and "in sight" not in page

    def test_of_another_track_says_nothing_of_it(self, show, watch):
        _stand(watch, "idle", 13, track="99")
        assert "Last seen" not in show("host.duty_officer")

    def test_is_not_told_to_who_is_not_told_the_tracks(self, show, watch):
        _stand(watch, "idle", 13)
        assert "Last seen" not in show("partner.liaison_officer")


class TestPosts:
    def test_walk_from_open_to_assessed(self, login, alert, as_role):
        for verb, data in (("acknowledge", {}), ("escalate", {}), ("assess", {"disposition": "hostile"})):
            assert post(login, "host.duty_officer", alert, verb, **data).headers["Location"] == f"/alerts/{alert}/"
        found = queries.alert(as_role("host.duty_officer"), alert)
        assert (found["state"], found["disposition"]) == ("assessed", "hostile")

    @pytest.mark.parametrize("verb", ["acknowledge", "assess", "close"])
    def test_of_the_partner_are_refused_with_the_article(self, login, alert, verb):
        answer = post(login, "partner.liaison_officer", alert, verb, disposition="benign", reason="trust us")
        assert (answer.status_code, "11.5" in answer.content.decode()) == (403, True)

    def test_that_come_second_say_who_was_faster(self, login, alert):
        post(login, "host.commander", alert, "acknowledge")
        answer = post(login, "host.duty_officer", alert, "acknowledge")
        assert (answer.status_code, "Someone was faster" in answer.content.decode()) == (422, True)

    def test_that_lack_something_keep_what_was_typed(self, login, alert):
        typed = {"disposition": "", "assessment": "a white van with a ladder"}
        answer = post(login, "host.duty_officer", alert, "assess", **typed)
        assert answer.status_code == 422
        assert "a white van with a ladder" in answer.content.decode()

    def test_by_get_change_nothing(self, login, alert, as_role):
        assert login("host.duty_officer").get(f"/alerts/{alert}/acknowledge", **HTML).status_code == 405
        assert queries.alert(as_role("host.duty_officer"), alert)["state"] == "open"


def test_the_live_part_comes_without_the_frame(login, alert):
    answer = login("host.duty_officer").get(f"/alerts/{alert}/", **PART).content.decode()
    assert "<html" not in answer and "Why it was raised" in answer


class TestReplay:
    @pytest.fixture
    def archived(self, node_path, alert):
        """Sightings of the alert's own tracks, of a stranger beside it, and one from long before under the same id."""
        rows = [_row(60 * minute, "cam-02", "17") for minute in range(-1, 4)]
        rows += [_row(240, "cam-02", "31"), _row(120, "cam-02", "99"), _row(120, "cam-09", "17")]
        rows.append(_row(-3600, "cam-02", "17"))
        path = node_path / "archive" / BEGIN.date().isoformat() / "marjan" / "000000009999.parquet"
        path.parent.mkdir(parents=True, exist_ok=True)
        pq.write_table(pa.Table.from_pylist(rows, schema=STORED), path)
        yield
        path.unlink()

    def test_holds_the_alerts_own_tracks_while_it_stood(self, login, alert, archived):
        told = login("host.duty_officer").get(f"/alerts/{alert}/replay.json").json()
        points = {one["track"]: [point[0] for point in one["points"]] for one in told["tracks"]}
        assert points == {"cam-02/17": [60.0, 120.0, 180.0, 240.0, 300.0], "cam-02/31": [360.0]}
        assert (told["started"], told["spot"]) == (at(0), [ALERT_NEAR["lon"], ALERT_NEAR["lat"]])

    @pytest.mark.parametrize("role", ["partner.liaison_officer", "partner.project_manager", "auditor"])
    def test_is_not_there_for_who_is_not_told_the_tracks(self, login, alert, archived, role):
        assert login(role).get(f"/alerts/{alert}/replay.json").status_code == 404

    def test_is_not_there_when_the_archive_has_nothing(self, login, alert):
        officer = login("host.duty_officer")
        assert officer.get(f"/alerts/{alert}/replay.json").status_code == 404
        assert officer.get(f"/alerts/{new_id()}/replay.json").status_code == 404


def _row(after_s: float, sensor: str, track: str) -> dict[str, Any]:
    seen = BEGIN + timedelta(seconds=after_s)
    where = {"lon": ALERT_NEAR["lon"], "lat": ALERT_NEAR["lat"], "kind": "car", "state": "seen"}
    rest = {name: None for name in STORED.names if name not in {"time", "sensor", "track", *where}}
    return {"time": seen, "sensor": sensor, "track": track, **where, **rest, "feed": "city", "received": seen}
