"""`safeconduct feeds`: opened as a named person, secrets kept aside, a trial that keeps and takes nothing."""

from __future__ import annotations

import io
import json
import threading

import orjson
import pytest
from tests.watch.test_mqtt import broker, needs_mosquitto, publisher, row  # noqa: F401 (fixtures)

from safeconduct import node
from safeconduct.cli import main
from safeconduct.demo.world import places
from safeconduct.sites.places import Places
from safeconduct.terms.errors import BadInput
from safeconduct.watch import queries
from safeconduct.watch.acts import open_feed, refresh_picture
from safeconduct.watch.feed_acts import change_feed
from safeconduct.watch.feeds.probing import whereabouts
from safeconduct.watch.feeds.secrets import keep_secrets, read_secrets, secrets_of

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def run(capsys, monkeypatch):
    """Runs a command on the session's node with lines of standard input; its exit code, output and errors."""
    monkeypatch.setattr("safeconduct.node.making.prepare_database", lambda: None)
    path = node.current().path

    def command(*words: str, lines: str = ""):
        monkeypatch.setattr("sys.stdin", io.StringIO(lines))
        code = main(["feeds", *words, "--node", str(path)])
        told = capsys.readouterr()
        return code, told.out, told.err

    return command


@pytest.fixture
def commander(login, as_role):
    login("host.commander")
    return as_role("host.commander")


@pytest.fixture(autouse=True)
def _no_secrets_left():
    yield
    (node.current().path / "keys" / "feeds.json").unlink(missing_ok=True)


def feed_named(name: str):
    return next(one for one in queries.feeds(node.current().system("node.watch")) if one["name"] == name)


def password(principal) -> str:
    from safeconduct.people.models import User

    user = User.objects.get(username=principal.name)
    user.set_password("made up for tests")
    user.save()
    return "made up for tests\n"


def test_an_http_feed_is_opened_with_its_token_and_url(run, commander):
    code, out, _ = run("add", "gate", "--user", commander.name, lines=password(commander))
    assert code == 0
    url, token = out.splitlines()
    assert url.endswith("/observations") and token.startswith("token sc_feed_")
    assert feed_named("gate")["kind"] == "http"


def test_a_feed_that_connects_is_opened_with_its_secret_outside_of_the_database(run, commander):
    words = ("add", "yard", "--user", commander.name, "--kind", "mqtt", "--set", "host=broker.example")
    words += ("--set", "topic=obs/#", "--set", "port=8883", "--set", "tls=true", "--secret", "password")
    code, out, _ = run(*words, lines=password(commander) + "made-up-secret\n")
    assert (code, out) == (0, "")
    feed = feed_named("yard")
    assert feed["settings"]["port"] == 8883 and feed["settings"]["tls"] is True
    assert feed["settings"]["session_s"] == 3600
    assert "made-up-secret" not in str(dict(feed))
    path = node.current().path
    assert read_secrets(path)["yard"]["password"] == "made-up-secret"
    assert (path / "keys" / "feeds.json").stat().st_mode & 0o777 == 0o600


def test_a_feed_that_goes_elsewhere_is_given_its_secret_anew(run, commander):
    words = ("add", "yard", "--user", commander.name, "--kind", "mqtt", "--set", "host=broker.example")
    run(*words, "--set", "topic=obs/#", "--secret", "password", lines=password(commander) + "made-up-secret\n")
    feed, path = feed_named("yard"), node.current().path
    change_feed(commander, feed.id, settings={"host": "other.example", "topic": "obs/#"})
    turned = feed_named("yard")["settings"]
    assert secrets_of(read_secrets(path), "yard", turned) == {}
    assert run("secrets", "yard", "--secret", "password", lines="another\n")[0] == 0
    assert secrets_of(read_secrets(path), "yard", turned) == {"password": "another"}
    assert run("secrets", "nowhere", "--secret", "password", lines="another\n")[0] == 1


def test_a_wrong_password_or_setting_opens_nothing(run, commander):
    right = password(commander)
    assert run("add", "gate", "--user", commander.name, lines="wrong\n")[0] == 1
    for words, fault in (
        (("--kind", "mqtt", "--set", "topic=obs"), "settings.host"),
        (("--kind", "mqtt", "--set", "topic=obs", "--set", "host=b", "--set", "port=many"), "settings.port"),
        (("--kind", "mqtt", "--set", "topic=obs", "--set", "host=b", "--set", "password=x"), "settings.password"),
        (("--kind", "mqtt", "--set", "nonsense"), "--set"),
        (("--kind", "mqtt", "--set", "topic=o", "--set", "host=b", "--secret", "pin"), "--secret"),
        (("--kind", "telex"), "kind"),
    ):
        code, _, err = run("add", "gate", "--user", commander.name, *words, lines=right)
        assert code == 1 and fault in err
    assert not queries.feeds(commander)


def test_feeds_are_listed_with_what_was_refused(run, commander):
    open_feed(commander, name="gate")
    found = {"rows": 12, "refused": {"future": 3}, "state": "clock_off"}
    refresh_picture(node.current().system("node.watch"), site="", positions={}, feeds={"gate": found})
    code, out, _ = run("list")
    assert code == 0 and "gate  http  clock_off" in out and "12 rows  refused 3 future" in out
    (told,) = json.loads(run("list", "--json")[1])
    assert told["refused"] == {"future": 3}
    assert "mqtt:" in run("list", "--kinds")[1]


def test_a_user_sees_the_feeds_that_are_released_to_them_alone(run, commander, login, as_role):
    open_feed(commander, name="gate")
    login("partner.liaison_officer")
    liaison = as_role("partner.liaison_officer")
    assert "gate" not in run("list", "--user", liaison.name, lines=password(liaison))[1]
    assert "gate" in run("list", "--user", commander.name, lines=password(commander))[1]


@needs_mosquitto
def test_a_trial_tells_what_comes_and_where_it_lies_and_leaves_it_to_the_feed(run, broker, publisher):  # noqa: F811
    stopped = threading.Event()

    def publish():
        while not stopped.wait(0.1):
            publisher.send("obs/a", orjson.dumps([row(1), row(2, kind="person")]))

    sender = threading.Thread(target=publish)
    sender.start()
    try:
        words = ("test", "--kind", "mqtt", "--set", "host=127.0.0.1", "--set", f"port={broker.port}")
        code, out, _ = run(*words, "--set", "topic=$share/watches/obs/#", "--seconds", "1.5", "--json")
    finally:
        stopped.set()
        sender.join()
    told = json.loads(out)
    assert code == 0 and told["rows"] > 0 and told["refused"]["refused_kind"] > 0
    assert told["faults"] and told["first"][0]["lies"]


@needs_mosquitto
def test_a_trial_without_a_row_could_not_tell(run, broker):  # noqa: F811
    words = ("test", "--kind", "mqtt", "--set", "host=127.0.0.1", "--set", f"port={broker.port}", "--set", "topic=obs")
    assert run(*words, "--seconds", "0.5")[0] == 3


def test_a_trial_of_a_peer_that_is_not_there_says_so(run):
    words = ("test", "--kind", "mqtt", "--set", "host=127.0.0.1", "--set", "port=1", "--set", "topic=obs")
    code, _, err = run(*words, "--seconds", "2")
    assert code == 1 and "unreachable" in err


def test_a_trial_of_a_feed_that_is_posted_to_tells_where(run, commander):
    open_feed(commander, name="gate")
    code, _, err = run("test", "gate")
    assert code == 3 and "/observations" in err
    assert run("test", "no such feed")[0] == 1


def test_the_file_of_secrets_is_refused_where_others_may_read_it(tmp_path):
    (tmp_path / "keys").mkdir()
    keep_secrets(tmp_path, "gate", {"password": "x"})
    keep_secrets(tmp_path, "yard", {"password": "y"})
    keep_secrets(tmp_path, "gate", {})
    assert read_secrets(tmp_path) == {"yard": {"password": "y"}}
    file = tmp_path / "keys" / "feeds.json"
    file.chmod(0o644)
    with pytest.raises(BadInput, match="0o600"):
        read_secrets(tmp_path)
    file.chmod(0o600)
    for damaged in (b"", b"[]", b"[" * 100_000, b'{"gate": {"password": 1}}'):
        file.write_bytes(damaged)
        with pytest.raises(BadInput):
            read_secrets(tmp_path)


def test_a_place_lies_inside_of_the_innermost_ring_or_so_far_outside():
    site = places()
    inner = max(site.rings, key=lambda ring: ring.level.depth).polygon.representative_point()
    assert "inner ring" in whereabouts(site, inner.x, inner.y)
    west = min(ring.polygon.bounds[0] for ring in site.rings)
    middle = site.rings[0].polygon.centroid
    told = whereabouts(site, west - 0.01, middle.y)
    metres = float(told.partition(" m ")[0].replace(",", ""))
    assert metres == pytest.approx(0.01 * 111_319 * 0.996, rel=0.1)
    assert whereabouts(Places(), 0, 0) == "no ring is drawn"


def test_a_password_does_not_go_where_a_feed_is_turned(tmp_path):
    """Who may change a feed may not read its password, nor have it sent to a broker of their own, or in clear."""
    (tmp_path / "keys").mkdir()
    settings = {"host": "broker.example", "port": 8883, "tls": True, "user": "watch", "topic": "obs/#"}
    keep_secrets(tmp_path, "yard", {"password": "made-up"}, settings)
    every = read_secrets(tmp_path)
    assert secrets_of(every, "yard", settings | {"topic": "other/#"}) == {"password": "made-up"}
    for turned in ({"host": "elsewhere.example"}, {"port": 1883}, {"tls": False}):
        assert secrets_of(every, "yard", settings | turned) == {}
    assert secrets_of(every, "gate", settings) == {}
