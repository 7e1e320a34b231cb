"""The picture and the map's data: to each reader what it may have, and acknowledging in place."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from tests.people.phones import LIAISON, SITE, person, phone, stands

from safeconduct import release
from safeconduct.acts import together
from safeconduct.demo.world import places, position
from safeconduct.movements.acts import certify_sweep, void_sweep
from safeconduct.people import sos_acts
from safeconduct.people.sos_acts import Call, Spot
from safeconduct.record.queries import entries, size
from safeconduct.sites.acts import import_places
from safeconduct.sites.geojson import to_geojson
from safeconduct.terms import instant
from safeconduct.terms.ids import new_id
from safeconduct.watch import acts as watch_acts
from safeconduct.watch import queries as watch_queries
from safeconduct.watch.acts import shelve
from safeconduct.watch.models import Alert
from safeconduct.watch.positions import columns

pytestmark = pytest.mark.django_db

ROUTE = "compound to terminal"


@pytest.fixture
def site(as_role):
    import_places(as_role("host.commander"), site="marjan", features=to_geojson(places())["features"])


@pytest.fixture
def raised(watch):
    """`raised("critical")`: an alert 20 m inside the outer ring, raised now or some minutes ago."""

    def raise_one(severity: str = "critical", ago_min: float = 0.0, **more) -> Alert:
        at = instant.now() - timedelta(minutes=ago_min)
        lon, lat = position(880, 6)
        found = {
            "kind": "dwell", "ring": "outer", "severity": severity, "lon": lon, "lat": lat,
            "started": instant.iso(at - timedelta(minutes=10)), "raised": instant.iso(at), "updated": instant.iso(at),
            "ended": None, "dwell_s": 600.0, "unseen_s": 0.0, "steps": [], "tracks": ["cam-02:7"],
            "sensors": ["cam-02"], "vehicle": "car", "explanation": {},
        } | more  # fmt: skip
        return watch_acts.raise_alert(watch, site="marjan", alert_id=new_id(), found=found)

    return raise_one


@pytest.fixture
def positions(watch):
    lon, lat = position(757, -120)
    one = {
        "kind": "car", "lon": lon, "lat": lat, "state": "unseen", "seen_at": instant.now(), "sensor": "cam-02",
        "track": "secret-track", "ring": "outer",
    }  # fmt: skip
    watch_acts.refresh_picture(watch, site="marjan", positions=columns([one]))


def section(text: str, title: str) -> str:
    return text.split(title, 1)[1] if title in text else ""


def test_alarms_come_first_and_notices_apart(login, raised):
    alarm, notice = raised("alert"), raised("notice")
    text = login("host.duty_officer").get("/picture/queue/").content.decode()
    before, notices = text.split('id="notices"')
    assert str(alarm.pk) in before
    assert str(notice.pk) in notices
    assert str(notice.pk) not in before


def test_the_gravest_stands_on_top_and_then_the_newest(login, raised):
    older, grave, newer = raised("alert", 3), raised("critical", 2), raised("alert", 1)
    text = login("host.duty_officer").get("/picture/queue/").content.decode()
    assert re.findall(r'<li class="\w+" id="alert-([0-9a-f-]+)"', text) == [
        str(one.pk) for one in (grave, newer, older)
    ]


def test_an_alarm_that_tells_of_a_queue_says_how_many_stand_in_it(login, raised):
    raised("alert", 5)
    tells = raised("alert", 4, explanation={"queue": {"vehicles": 12, "since": "2026-03-02T14:00:00Z"}})
    text = login("host.duty_officer").get("/picture/queue/").content.decode()
    assert text.count("Queue of 12 vehicles") == 1
    assert text.index(f'id="alert-{tells.pk}"') < text.index("Queue of 12 vehicles")


def test_what_is_usual_at_its_place_and_hour_stands_after_its_like_and_the_unusual_says_so(login, raised):
    def learnt(longer_than):
        rank = {"longer_than": longer_than, "stays": 240, "days": 30, "when": "weekday_evening"}
        return {"explanation": {"baseline": rank}}

    unusual, unknown = raised("alert", 4, **learnt(0.9964)), raised("alert", 3, **learnt(None))
    usual, grave = raised("alert", 1, **learnt(0.45)), raised("critical", 5, **learnt(0.5))
    text = login("host.duty_officer").get("/picture/queue/").content.decode()
    assert re.findall(r'<li class="\w+" id="alert-([0-9a-f-]+)"', text) == [
        str(one.pk) for one in (grave, unknown, unusual, usual)
    ]
    assert text.count("% of stays here") == 1
    assert "longer than 99.6 % of stays here" in text


def test_the_duty_officer_acknowledges_in_place(login, raised):
    alarm = raised()
    duty = login("host.duty_officer")
    assert f"take-{alarm.pk}" in duty.get("/picture/queue/").content.decode()
    part = duty.post(f"/picture/acknowledge/{alarm.pk}/", headers={"HX-Request": "true"})
    assert part.status_code == 200
    assert f"take-{alarm.pk}" not in part.content.decode()
    assert str(alarm.pk) in section(part.content.decode(), "Taken on, not yet assessed")


def test_the_clock_of_an_alert_counts_stays_that_add_up_and_stops_at_its_end(login, raised):
    at = instant.now()
    standing = raised(dwell_s=1500.0)
    ended = raised(dwell_s=700.0, ended=instant.iso(at))
    text = login("host.duty_officer").get("/picture/queue/").content.decode()

    def clock(alert: Alert) -> str:
        return text.split(f'id="alert-{alert.pk}"')[1].split('class="dwell figure">')[1].split("</div>")[0]

    assert re.search(r'data-since="[^"]+">25:0\d<', clock(standing))
    assert clock(ended) == "11:40"


def test_whoever_may_not_acknowledge_gets_no_button_and_the_article_for_trying(login, raised):
    alarm = raised()
    liaison = login("partner.liaison_officer")
    assert f"take-{alarm.pk}" not in liaison.get("/picture/queue/").content.decode()
    answer = liaison.post(f"/picture/acknowledge/{alarm.pk}/", headers={"HX-Request": "true"})
    assert answer.status_code == 403
    assert re.search(r"/accord/#article-\d+\.\d+", answer.content.decode())
    assert "The accord refuses this" in answer.content.decode()


def test_more_than_ten_alarms_in_ten_minutes_is_called_a_flood(login, raised):
    for _ in range(10):
        raised()
    raised(ago_min=11)
    duty = login("host.duty_officer")
    assert "Flood" not in duty.get("/picture/queue/").content.decode()
    raised()
    assert "Flood" in duty.get("/picture/queue/").content.decode()


def test_the_map_gives_each_reader_its_fields(login, site, raised, positions):
    raised()
    duty = login("host.duty_officer").get("/live/picture.json").json()
    liaison = login("partner.liaison_officer").get("/live/picture.json")
    manager = login("partner.project_manager").get("/live/picture.json").json()
    assert [len(duty[name]["features"]) for name in ("positions", "alerts")] == [1, 1]
    assert [len(liaison.json()[name]["features"]) for name in ("positions", "alerts")] == [1, 1]
    assert b"secret-track" not in liaison.content
    assert [len(manager[name]["features"]) for name in ("positions", "alerts")] == [0, 0]


def calls_of(reader) -> list[dict]:
    return reader.get("/live/picture.json").json()["calls"]["features"]


def test_a_call_for_help_is_on_the_map_where_the_phone_is_until_it_has_ended(login):
    caller = person("L-0042", name="Iris Aldar")
    principal = stands(phone(caller))
    at = instant.now()
    call = sos_acts.call(principal, Call(new_id(), at, False, Spot(75.001, -5.002, 12.0, at)), site=SITE)
    readers = [login(role) for role in ("host.duty_officer", "partner.liaison_officer")]
    for reader in readers:
        (one,) = calls_of(reader)
        assert one["geometry"]["coordinates"] == [75.001, -5.002]
        assert one["properties"]["state"] == "open"
        assert "Call for help · Open" in one["properties"]["said"]
        assert "± 12 m" in one["properties"]["said"]
        assert "SOS" in reader.get("/picture/table/").content.decode()
    everything = readers[0].get("/live/picture.json").content + readers[0].get("/picture/table/").content
    assert not any(word in everything for word in (b"L-0042", b"Iris", str(caller.pk).encode()))
    sos_acts.move(principal, call.pk, Spot(75.002, -5.002, None, instant.now()))
    assert calls_of(readers[0])[0]["geometry"]["coordinates"] == [75.002, -5.002]
    sos_acts.answer(LIAISON, call.pk)
    assert calls_of(readers[0])[0]["properties"]["state"] == "answered", (
        "another shape, not gone: they are not safe yet"
    )
    sos_acts.end(LIAISON, call.pk, reason="Found well.")
    assert [calls_of(reader) for reader in readers] == [[], []]


@pytest.mark.parametrize("role", ["host.analyst", "auditor"])
def test_whoever_is_told_of_no_call_has_none_on_the_map(login, role):
    at = instant.now()
    sos_acts.call(stands(phone(person())), Call(new_id(), at, True, Spot(75.0, -5.0, 5.0, at)), site=SITE)
    reader = login(role)
    answer = reader.get("/live/picture.json")
    assert answer.status_code == 403 or answer.json()["calls"]["features"] == []


def test_a_silent_call_and_one_under_duress_say_so_to_officers(login):
    at = instant.now()
    made = Call(new_id(), at, True, Spot(75.0, -5.0, 5.0, at), sos_acts.DURESS)
    sos_acts.call(stands(phone(person())), made, site=SITE)
    said = calls_of(login("host.duty_officer"))[0]["properties"]["said"]
    assert "no calls to the person" in said


def test_a_call_without_a_place_is_nowhere_on_the_map(login):
    sos_acts.call(stands(phone(person())), Call(new_id(), instant.now(), False), site=SITE)
    assert calls_of(login("host.duty_officer")) == []


def test_the_partners_map_has_no_posts_and_no_sensor_positions(login, site):
    def roles(role: str) -> set[str]:
        features = login(role).get("/live/places.json").json()["places"]["features"]
        return {one["properties"]["role"] for one in features}

    assert {"post", "sensor", "ring"} <= roles("host.duty_officer")
    assert roles("partner.liaison_officer") == {"ring", "exempt", "gate", "route"}
    assert roles("auditor") == set()


def test_what_is_not_seen_is_drawn_as_not_seen(login, site, positions):
    (one,) = login("host.duty_officer").get("/live/picture.json").json()["positions"]["features"]
    assert one["properties"]["state"] == "unseen"
    assert "Not seen now" in one["properties"]["said"]


def test_a_swept_stretch_lies_on_its_route_and_a_void_one_says_so(login, site, as_role):
    until = instant.now() + timedelta(hours=1)
    sweep = certify_sweep(
        as_role("host.gate_post"), site="marjan", route=ROUTE, begin_m=100, end_m=600, valid_until=until, unit="Team 2"
    )
    reader = login("host.duty_officer")
    (drawn,) = reader.get("/live/places.json").json()["sweeps"]["features"]
    assert drawn["properties"]["state"] == "valid"
    assert drawn["geometry"]["type"] == "LineString"
    void_sweep(as_role("host.duty_officer"), sweep.pk, reason="A car stopped there.")
    (drawn,) = reader.get("/live/places.json").json()["sweeps"]["features"]
    assert drawn["properties"]["state"] == "void"


def test_the_table_says_in_words_what_the_map_draws(login, site, raised, positions):
    raised()
    reader = login("host.duty_officer")
    text = reader.get("/picture/table/").content.decode()
    drawn = [reader.get(path).json() for path in ("/live/picture.json", "/live/places.json")]
    features = [one for part in drawn for name in part if name != "at" for one in part[name]["features"]]
    assert len(features) > 20
    assert text.count("<tr>") - 1 == len(features)


def test_the_map_shows_the_nodes_own_roads_and_no_borders(login, node_path):
    reader = login("partner.project_manager")
    assert reader.get("/live/borders.json").json()["features"] == []
    assert reader.get("/live/roads.json").json()["features"] == []
    roads = node_path / "basemap" / "roads.geojson"
    roads.write_text('{"type": "FeatureCollection", "features": [{"type": "Feature"}]}')
    try:
        assert len(reader.get("/live/roads.json").json()["features"]) == 1
    finally:
        roads.unlink()


def test_the_list_of_alerts_goes_on_where_a_page_ended(login, raised, monkeypatch):
    monkeypatch.setattr("safeconduct.watch.queries.alerts.__defaults__", (None, 2))
    made = [raised(ago_min=minutes) for minutes in range(5)]
    reader = login("host.duty_officer")
    seen: list[str] = []
    path: str | None = "/alerts/"
    while path:
        text = reader.get(path).content.decode()
        seen += re.findall(r'<td data-label="What"><div><a href="/alerts/([0-9a-f-]+)/">', text)
        link = re.search(r'href="(/alerts/\?after=[^"]+)"', text)
        path = link[1] if link else None
    assert seen == [str(one.pk) for one in made]
    assert release.count(Alert, _principal(reader)) == 5


def _principal(reader):
    from safeconduct.people.models import User
    from safeconduct.people.standing import principal_of

    return principal_of(User.objects.get(pk=reader.session["_auth_user_id"]))


def test_no_flood_of_notices_crowds_an_old_alarm_off_the_queue(login, as_role, raised, monkeypatch):
    monkeypatch.setattr(watch_queries, "QUEUE", 5)
    old = raised("critical", ago_min=600)
    for number in range(20):
        raised("notice", ago_min=number / 3)
        raised("alert", ago_min=number / 3)
    told = [alert.id for alert in watch_queries.queue(as_role("host.duty_officer"))]
    assert old.pk in told
    assert len(told) == 1 + 5 + 5
    page = login("host.duty_officer").get("/picture/queue/").content.decode()
    assert str(old.pk) in page.split("<details")[0], "a grave alarm is never folded away"
    assert re.search(r'class="figure">21</span>', page)
    assert "10 more in the list of alerts" in page


@pytest.fixture
def flood(raised):
    """Twelve alarms in ten minutes, of two causes, the newest of them critical; ids by cause."""
    return {
        "dwell": [raised("alert", 5 - number / 4).pk for number in range(8)] + [raised("critical").pk],
        "circling": [raised("alert", 6, kind="circling").pk for _ in range(3)],
    }


def opened(text: str, alert: object) -> bool:
    """Whether a row stands outside every fold."""
    before = text[: text.index(f'id="alert-{alert}"')]
    return before.count("<details") == before.count("</details>")


def test_in_a_flood_alarms_of_one_place_and_cause_stand_together_and_none_is_dropped(login, flood):
    text = login("host.duty_officer").get("/picture/queue/").content.decode()
    assert re.search(r"Flood since \d\d:\d\d: 12 alarms", text)
    heads = re.findall(r'<span class="figure">(\d+)</span> × ([^<]+)</span>', text)
    assert heads == [("9", "Waiting too long"), ("3", "Circling")]
    for ref in (*flood["dwell"], *flood["circling"]):
        assert f'id="take-{ref}"' in text, "each can still be acknowledged by itself"
    *lesser, grave = flood["dwell"]
    assert opened(text, grave)
    assert not any(opened(text, one) for one in lesser)


def acknowledged(before: int) -> int:
    """How many alerts were acknowledged since; beside that only what was owed was settled."""
    acts = [one.act for one in entries(before, size())]
    assert set(acts) == {"alert.acknowledge", "obligation.settle"}
    return acts.count("alert.acknowledge")


def test_acknowledging_a_group_is_an_act_on_each_that_was_shown_and_no_other(login, flood, raised):
    duty = login("host.duty_officer")
    duty.get("/picture/queue/")
    later = raised("alert")
    before = size()
    part = duty.post(
        "/picture/acknowledge/", {"alert": [str(ref) for ref in flood["dwell"]]}, headers={"HX-Request": "true"}
    )
    assert part.status_code == 200
    assert acknowledged(before) == 9
    text = duty.get("/picture/queue/").content.decode()
    assert f'id="take-{later.pk}"' in text
    assert f'id="take-{flood["dwell"][0]}"' not in text


def test_a_group_is_acknowledged_whole_or_not_at_all(login, flood):
    duty, liaison = login("host.duty_officer"), login("partner.liaison_officer")
    refs = [str(ref) for ref in flood["circling"]]
    before = size()
    assert duty.post("/picture/acknowledge/", {"alert": [*refs, str(new_id())]}).status_code == 404
    assert liaison.post("/picture/acknowledge/", {"alert": refs}).status_code == 403
    assert duty.post("/picture/acknowledge/", {}).status_code == 422
    assert size() == before
    duty.post(f"/picture/acknowledge/{refs[0]}/")
    assert duty.post("/picture/acknowledge/", {"alert": refs}).status_code == 302, "without scripts: back to the page"
    assert acknowledged(before) == 3, "one that another took on is no reason to leave the rest"


def test_whoever_may_not_acknowledge_gets_groups_without_a_button(login, flood):
    text = login("partner.liaison_officer").get("/picture/queue/").content.decode()
    assert "9</span> × Waiting too long" in text
    assert "take-" not in text


def test_the_flood_ends_below_five_in_ten_minutes(login, raised, monkeypatch):
    at = instant.now()
    for number in range(12):
        raised(ago_min=number / 10)
    duty = login("host.duty_officer")
    assert 'id="flood"' in duty.get("/picture/queue/").content.decode()
    for minutes, floods in ((8.9, True), (9.5, True), (9.7, False)):
        monkeypatch.setattr(instant, "now", lambda minutes=minutes: at + timedelta(minutes=minutes))
        assert ('id="flood"' in duty.get("/picture/queue/").content.decode()) is floods


def test_what_is_shelved_stands_apart_with_its_time_left_and_does_not_head_the_queue(login, as_role, raised):
    shelved, other = raised("alert"), raised("alert", kind="circling")
    until = instant.now() + timedelta(hours=1)
    shelve(
        as_role("host.duty_officer"), site="marjan", ring="outer", kind="dwell", until=until, reason="Road works.",
    )  # fmt: skip
    text = login("host.duty_officer").get("/picture/queue/").content.decode()
    queue, apart = text.split('id="shelved"')
    assert str(other.pk) in queue
    assert str(shelved.pk) not in queue
    assert str(shelved.pk) in apart
    assert 'data-severity="shelved"' in apart, "it makes no sound"
    assert re.search(r'data-until="[^"]+">(1:00:00|59:\d\d)<', apart)
    assert re.search(r'class="figure">1</span>', queue), "the number on top leaves it out"
    manager = login("partner.project_manager").get("/picture/queue/").content.decode()
    assert str(shelved.pk) in manager.split('id="shelved"')[0], "who is not told of the shelf has it on the queue"
    raised("critical")
    assert 'class="figure">2</span>' in login("host.duty_officer").get("/picture/queue/").content.decode()


def test_with_hundreds_of_open_alarms_the_queue_stays_short(login, raised):
    with together():
        for number in range(300):
            raised("alert", ago_min=number / 10)
    text = login("host.duty_officer").get("/picture/queue/").content.decode()
    assert text.count("data-alert=") == 10
    assert "290 more in the list of alerts" in text
