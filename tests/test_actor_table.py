"""The actor table: every URL, asked by everyone. `actor_table.txt` says what each gets; it is read and reviewed.

ok · login (log in first) · no (refused, with the article) · none (nothing there that is theirs) · bad (input) · closed
(wrong state) · method (the URL has no such method). A URL that is not in the table fails the test, and so does a row
without a URL.
Write it anew with `python -m pytest tests/test_actor_table.py --write-actor-table`, then read the difference.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import quote

import orjson
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import transaction
from django.test import Client
from tests import incidents_world, phones_world, standards_world
from tests.urls import Url, every_url
from tests.worlds import ACTORS, ALERT_IDS, ROUTE, SITE, Clock, World, build

from safeconduct.demo.world import places
from safeconduct.sites.geojson import feature_of, to_geojson
from safeconduct.store import labels
from safeconduct.terms import instant

pytestmark = [pytest.mark.django_db, pytest.mark.slow]

TABLE = Path(__file__).with_name("actor_table.txt")
COLUMNS = ("anonymous", *ACTORS)

COLLECTION = to_geojson(places())
CAMERA = next(place.name for place in places().sensors if place.coverage)
GATE = next(feature_of(place) for place in places().gates)
LATER = "2026-03-02T16:00:00Z"
SHELF = {"site": SITE, "ring": "outer", "kind": "dwell", "reason": "Road works."}


def forms(world: World) -> dict[str, dict[str, Any]]:
    """What is posted to a page, by pattern: input that is right, so that only the actor decides."""
    file = SimpleUploadedFile("places.geojson", orjson.dumps(COLLECTION), "application/geo+json")
    movement = str(world.refs["movement"])
    return (
        standards_world.forms(world.refs)
        | phones_world.FORMS
        | incidents_world.forms()
        | {
            "alerts/<uuid:ref>/assess": {"disposition": "benign", "assessment": "A delivery."},
            "alerts/<uuid:ref>/close": {"reason": "The post saw it leave."},
            "picture/acknowledge/": {"alert": [str(world.refs["alert"]), str(world.refs["alert_2"])]},
            "alerts/shelves/": SHELF | {"minutes": "60"},
            "movements/plan/": {
                "do": "plan",
                "name": "Convoy Ibis",
                "legs": "0",
                "legs-0-place": f"{SITE}/{ROUTE}",
                "legs-0-begin_at": "2026-03-02T16:00",
                "vehicles": "2",
                "people": "3",
                "purpose": "Shift.",
            },
            "movements/<uuid:ref>/amend": {
                "do": "plan",
                "name": "Convoy Ibis",
                "legs": "0",
                "legs-0-place": f"{SITE}/{ROUTE}",
                "legs-0-begin_at": "2026-03-02T16:00",
                "vehicles": "2",
                "people": "3",
            },
            "movements/<uuid:ref>/review": {"outcome": "cleared"},
            "movements/<uuid:ref>/meet": {"number": "1"},
            "movements/<uuid:ref>/template": {"name": "Evening shift"},
            "movements/templates/<uuid:ref>/repeat": {
                "weekdays": ["0"],
                "time": "07:30",
                "spread_min": "20",
                "begin": "2026-03-09",
                "ahead_days": "7",
            },
            "movements/rules/": {"condition": "closed", "text": "Nobody passes.", "until": "2026-03-09T00:00"},
            "movements/calendars/": {"name": "phone"},
            "people/reading/alarms/<uuid:ref>/answer": {"answer": "An audit."},
            "people/reading/decoys/": {"of_class": "movement", "of": movement, "note": "Nobody."},
            "movements/<uuid:ref>/hold": {"reason": "An alarm."},
            "movements/<uuid:ref>/lift": {"reason": "It was nothing."},
            "movements/<uuid:ref>/cancel": {"reason": "Not needed."},
            "movements/<uuid:ref>/live/report": {"checkpoint": "halfway", "word": "seven egrets"},
            "movements/<uuid:ref>/live/sighted": {"where": "On the bend"},
            "movements/<uuid:ref>/live/explain": {"minutes": "40", "reason": "A puncture.", "word": "seven egrets"},
            "movements/<uuid:ref>/live/offer": {"post": f"{SITE}/gate North"},
            "movements/<uuid:ref>/live/count": {"people": "2", "where": "gate East"},
            "movements/<uuid:ref>/live/words": {"well": "Six egrets", "duress": "Two egrets"},
            "movements/handovers/<uuid:ref>/refuse": {"reason": "Our gate is shut."},
            "movements/handovers/<uuid:ref>/report": {"checkpoint": "halfway", "word": "seven egrets"},
            "movements/handovers/<uuid:ref>/sighted": {"where": "On the bend"},
            "movements/overdue/<uuid:ref>/answer": {"number": "0", "text": "Called."},
            "movements/duress/<uuid:ref>/answer": {"number": "3", "text": "Called."},
            "movements/duress/<uuid:ref>/relieve": {"reason": "Freed."},
            "movements/drive/": {"movement": str(world.refs["progress"]), "checkpoint": "halfway"},
            "movements/<uuid:ref>/escort": {"escort": "Troop 1"},
            "sweeps/": {
                "movement": movement,
                "way": "1",
                "site": SITE,
                "route": ROUTE,
                "begin_m": "0",
                "end_m": "100",
                "minutes": "60",
                "unit": "Team 1",
            },
            "sweeps/<uuid:ref>/void": {"movement": movement, "reason": "A car stopped there."},
            "obligations/<uuid:ref>/waive": {"reason": "By telephone."},
            "obligations/<uuid:ref>/table": {"meeting": "Joint council, April"},
            "measures/": {
                "verb": "order",
                "site": SITE,
                "kind": "look",
                "text": "Look.",
                "unit": "Patrol",
                "minutes": "60",
            },
            "sites/check": {"site": SITE, "file": file},
            "sites/import": {"site": SITE, "file": file},
            "sites/<str:site>/place": place_form(),
            "sites/<str:site>/remove": {"name": "taxi rank"},
            "sites/<str:site>/calibration": calibration_form(),
            "expected/": {
                "name": "van",
                "count": "1",
                "place": "0",
                "radius_m": "30",
                "begin": "2026-03-02T15:00",
                "end": "2026-03-02T16:00",
            },
            "feeds/open/": {"kind": "gps", "name": "trackers", "set_devices": "7 = patrol 7", "set_speed": "kn"},
            "feeds/<uuid:ref>/change": {"sensor": "cam-01"},
            "language/": {"language": "ur"},
            "appearance/": {"theme": "dark"},
            "people/appointments/": {"user": "duty", "role": "host.gate_post"},
            "people/tokens/": {"name": "script", "purpose": "api"},
            "people/persons/find": {"text": "aldar"},
            "people/persons/register": PERSON,
            "people/persons/<uuid:ref>/change": PERSON | {"reference": "L-0002", "name": "Person Aldar"},
            "people/persons/<uuid:ref>/vet": {"vetting": "refused"},
            "people/persons/<uuid:ref>/choose": {"seen_as": "off", "note": "Asked by telephone."},
            "people/zones/": {"site": SITE, "name": "South", "warden": "L-0001"},
            "people/zones/<uuid:ref>/change": {"name": "North", "warden": "L-0001", "alternates": "L-0002"},
            "people/rosters/check": {"site": SITE, "file": roster_file()},
            "people/rosters/import": {"site": SITE, "file": roster_file()},
            "people/rosters/export": {"fields_": ["reference"], "reason": "The insurer asks."},
            "headcounts/start/": {"site": SITE, "kind": "drill", "reason": "Monthly.", "visitors": "on"},
            "headcounts/<uuid:ref>/answer": {"answers": [str(world.refs["answer"])], "says": "safe"},
            "headcounts/<uuid:ref>/close": {"reason": "Over."},
            "archive/": {
                "place": "0",
                "radius_m": "200",
                "begin": "2026-03-02T14:00",
                "end": "2026-03-02T15:00",
                "minutes": "3",
                "reason": "A search.",
            },
            "archive/evidence/": {
                "site": SITE,
                "begin": "2026-03-02T14:00",
                "end": "2026-03-02T15:00",
                "days": "30",
                "reason": "A search.",
            },
        }
    )


PERSON = {"reference": "L-0042", "name": "Mina Aldar", "kind": "protected", "site": SITE}
ROSTER = b"reference,name,kind\nL-0043,Timo Beren,guard\n"


def roster_file() -> SimpleUploadedFile:
    return SimpleUploadedFile("roster.csv", ROSTER, "text/csv")


def place_form() -> dict[str, Any]:
    return {"role": "gate", "name": "gate Extra", "geometry": orjson.dumps(GATE["geometry"]).decode()}


def calibration_form() -> dict[str, Any]:
    """Of a camera that looks north."""
    pairs = ((100, 700, 0.0, 0.0), (1180, 700, 0.0001, 0.0), (300, 200, 0.0, 0.0004), (900, 200, 0.00011, 0.0004))
    columns = zip(
        *((str(x), str(y), f"{75 + east:.6f}", f"{-5 + north:.6f}") for x, y, east, north in pairs), strict=True
    )
    form = dict(zip(("x", "y", "lon", "lat"), map(list, columns), strict=True))
    return {"name": CAMERA, "width": "1280", "height": "720", "do": "save", **form}


BODIES: dict[str, dict[str, Any]] = {
    **standards_world.BODIES,
    **phones_world.BODIES,
    **incidents_world.BODIES,
    "api/accord/decide": {},
    "api/alerts/<ref>/assess": {"disposition": "benign", "assessment": "A delivery."},
    "api/alerts/<ref>/close": {"reason": "The post saw it leave."},
    "api/alerts/acknowledge": {"alerts": [str(uuid.UUID(int=ALERT_IDS + number)) for number in range(2)]},
    "api/shelves": SHELF | {"until": LATER},
    "api/expected": {
        "site": SITE,
        "name": "van",
        "place": {
            "type": "Polygon",
            "coordinates": [[[75.0, -5.0], [75.001, -5.0], [75.001, -4.999], [75.0, -5.0]]],
        },
        "begin": "2026-03-02T15:00:00Z",
        "end": LATER,
    },
    "api/feeds": {"name": "gate cameras"},
    "api/feeds/<ref>/change": {"sensor": "cam-01"},
    "api/movements": {
        "site": SITE,
        "name": "Convoy Ibis",
        "route": ROUTE,
        "depart_at": LATER,
        "vehicles": 2,
        "people": 3,
    },
    "api/movements/<ref>": {
        "name": "Convoy Ibis",
        "legs": [{"site": SITE, "route": ROUTE, "begin_at": LATER}],
        "vehicles": 2,
        "people": 3,
    },
    "api/movements/<ref>/review": {"outcome": "cleared"},
    "api/movements/<ref>/meet": {"number": 1},
    "api/templates": {"site": SITE, "movement": "01a20c24-e6b1-7000-8000-00000000ffff", "name": "Evening shift"},
    "api/templates/<ref>/pattern": {"pattern": {}},
    "api/council-rules": {"condition": "closed", "text": "Nobody passes.", "until": "2026-03-09T00:00:00Z"},
    "api/reading-alarms/<ref>/answer": {"answer": "An audit."},
    "api/decoys": {"of_class": "movement", "of": str(uuid.UUID(int=0))},
    "api/movements/<ref>/hold": {"reason": "An alarm."},
    "api/movements/<ref>/lift": {"reason": "It was nothing."},
    "api/movements/<ref>/cancel": {"reason": "Not needed."},
    "api/progress/<ref>/report": {"checkpoint": "halfway", "word": "seven egrets"},
    "api/progress/<ref>/sighted": {"where": "On the bend"},
    "api/progress/<ref>/explain": {"eta": LATER, "reason": "A puncture.", "word": "seven egrets"},
    "api/progress/<ref>/words": {"well": "Six egrets", "duress": "Two egrets"},
    "api/progress/<ref>/offer": {"to_site": SITE, "to_post": "gate North"},
    "api/progress/<ref>/count": {"people": 2, "where": "gate East"},
    "api/progress/<ref>/account": {"statuses": {}},
    "api/overdue/<ref>/answer": {"number": 0, "text": "Called."},
    "api/duress/<ref>/answer": {"number": 3, "text": "Called."},
    "api/duress/<ref>/relieve": {"reason": "Freed."},
    "api/handovers/<ref>/refuse": {"reason": "Our gate is shut."},
    "api/handovers/<ref>/report": {"checkpoint": "halfway", "word": "seven egrets"},
    "api/handovers/<ref>/sighted": {"where": "On the bend"},
    "api/movements/<ref>/escort": {"escort": "Troop 1"},
    "api/sweeps": {
        "site": SITE,
        "route": ROUTE,
        "begin_m": 0,
        "end_m": 100,
        "valid_until": LATER,
        "unit": "Team 1",
    },
    "api/sweeps/<ref>/void": {"reason": "A car stopped there."},
    "api/obligations/<ref>/waive": {"reason": "By telephone."},
    "api/obligations/<ref>/table": {"meeting": "Joint council, April"},
    "api/measures/request": {"site": SITE, "kind": "look", "text": "Please look."},
    "api/measures/order": {"site": SITE, "kind": "look", "text": "Look.", "unit": "Patrol"},
    "api/places/<site>": {"PUT": COLLECTION, "POST": GATE, "PATCH": GATE},
    "api/places/<site>/check": COLLECTION,
    "api/appointments": {"user": "duty", "role": "host.gate_post", "begin": "2026-03-02T15:10:00Z"},
    "api/council/suspensions": {"reason": "A review."},
    "api/council/widen/<ref>": {"kind": "measure", "to": "partner"},
    "api/council/erasures": {"index": 1, "reason": "A name stood in it."},
    "api/tokens": {"name": "script", "purpose": "api"},
    "api/persons": PERSON,
    "api/persons/find": {"text": "aldar"},
    "api/persons/export": {"fields": ["reference"], "reason": "The insurer asks."},
    "api/persons/<ref>/change": {"company": "Works"},
    "api/persons/<ref>/vet": {"vetting": "refused"},
    "api/persons/<ref>/choose": {"seen_as": "off", "note": "Asked by telephone."},
    "api/zones": {"site": SITE, "name": "South"},
    "api/zones/<ref>/change": {"name": "North"},
    "api/headcounts": {"sites": [SITE], "reason": "Smoke."},
    "api/headcounts/<ref>/close": {"reason": "Over."},
    "api/headcounts/<ref>/answers": {"answers": ["01a20c24-e6b1-7000-8000-00000000ffff"], "says": "safe"},
    "api/headcounts/<ref>/answer": {"says": "safe"},
    "api/channels/<name>/receipts": {"receipts": []},
    "api/channels/<name>/replies": {"replies": []},
    "api/archive/questions": {
        "site": SITE,
        "place": GATE["properties"]["name"],
        "begin": "2026-03-02T14:00:00Z",
        "end": "2026-03-02T15:00:00Z",
        "reason": "A search.",
    },
    "api/archive/evidence": {
        "site": SITE,
        "begin": "2026-03-02T14:00:00Z",
        "end": "2026-03-02T15:00:00Z",
        "until": "2026-04-02T15:00:00Z",
        "reason": "A search.",
    },
}

RAW = {**standards_world.RAW, "api/persons/check": ROSTER, "api/persons/import": ROSTER}
"""Bodies that are no JSON."""

QUERIES = {
    **standards_world.QUERIES,
    "api/persons/check": f"?site={SITE}",
    "api/persons/import": f"?site={SITE}",
    "GET feeds/open/": "?kind=mqtt",
    "GET sites/<str:site>/calibration": f"?name={quote(CAMERA)}",
    "api/accord/decide": "?act=movement.hold&class=movement",
    "api/record/consistency": "?old=1&new=2",
    "DELETE api/places/<site>": "?name=taxi+rank",
}

NOT_ASKED = {
    "live/stream": "endless; tests/web/test_stream.py has its own actors",
    "account/": "Django's and allauth's, before any role; tests/web/test_login.py",
}

METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")


def rows() -> Iterator[tuple[str, Url]]:
    for url in every_url():
        if not any(url.pattern.startswith(left_out) for left_out in NOT_ASKED):
            for method in METHODS if url.pattern.startswith("api/") else METHODS[:2]:
                yield method, url


def answer_of(client: Client, method: str, url: Url, world: World) -> str:
    path = url.path(world) + (QUERIES.get(f"{method} {url.pattern}") or QUERIES.get(url.pattern, ""))
    with phones_world.as_before(client), transaction.atomic():
        if method == "GET":
            answer = client.get(path)
        elif url.pattern.startswith("api/"):
            body = BODIES.get(url.pattern, {})
            sent = RAW.get(url.pattern) or orjson.dumps(body.get(method, body))
            answer = client.generic(method, path, sent, "application/json")
        else:
            answer = client.post(path, forms(world).get(url.pattern, {}))
        transaction.set_rollback(True)
    return word_of(answer)


def word_of(answer: Any) -> str:
    if answer.status_code == 302 and any(one in answer["Location"] for one in ("/account/login/", "/me/join/")):
        return "login"
    words = {401: "login", 403: "no", 404: "none", 405: "method", 409: "closed", 422: "bad"}
    return words.get(answer.status_code) or ("ok" if answer.status_code < 400 else str(answer.status_code))


def asked(monkeypatch, wanted: Sequence[tuple[str, Url]]) -> dict[tuple[str, str], str]:
    """The lines of the table for `wanted`, by method and pattern, from the node as it is."""
    monkeypatch.setattr(instant, "now", Clock())
    labels.forget()
    world = build()
    clients = {"anonymous": Client()}
    for actor, user in world.users.items():
        clients[actor] = Client()
        clients[actor].force_login(user, backend="django.contrib.auth.backends.ModelBackend")
        phones_world.opened(clients[actor], actor)
    lines: dict[tuple[str, str], str] = {}
    for method, url in wanted:
        words = [answer_of(clients[column], method, url, world) for column in COLUMNS]
        if set(words) - {"method", "login"} or words.count("login") == len(words):
            line = f"{method:6} {'/' + url.pattern:52}" + "".join(f"{word:>11}" for word in words)
            lines[method, f"/{url.pattern}"] = line.rstrip()
    return lines


HEAD = f"{'':6} {'':52}" + "".join(f"{column[:10]:>11}" for column in COLUMNS)
PARTS = 8
"""The table is asked for in so many parts, each of them everywhere in it: several processes share the work."""


def kept() -> dict[tuple[str, str], str]:
    lines = TABLE.read_text(encoding="utf-8").splitlines()
    assert lines[0] == HEAD.rstrip()
    return {(line[:6].strip(), line[7:].split()[0]): line for line in lines[1:]}


@pytest.mark.parametrize("part", range(PARTS))
def test_everyone_gets_what_the_actor_table_says(monkeypatch, request, part):
    if request.config.getoption("--write-actor-table"):
        if part == 0:
            text = "\n".join([HEAD.rstrip(), *asked(monkeypatch, list(rows())).values()])
            TABLE.write_text(text + "\n", encoding="utf-8")
        return
    mine = list(rows())[part::PARTS]
    names = {(method, f"/{url.pattern}") for method, url in mine}
    assert asked(monkeypatch, mine) == {name: line for name, line in kept().items() if name in names}


def test_the_actor_table_has_no_row_too_many_and_a_word_for_every_answer():
    lines = kept()
    assert set(lines) <= {(method, f"/{url.pattern}") for method, url in rows()}
    assert not any(word.isdigit() for line in lines.values() for word in line.split()[2:]), "an answer without a word"
