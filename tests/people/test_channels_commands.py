"""Promises of `safeconduct channels`: no secret is an argument or an answer, and no test reaches anyone on the list."""

from __future__ import annotations

import io
import json

import pytest
from tests.people import heads
from tests.people.gateways import gateway

from safeconduct import node
from safeconduct.cli import main
from safeconduct.people.channels.channel_file import file_of, read_channels
from safeconduct.terms.errors import BadInput

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _none_left():
    yield
    heads.no_channels()


@pytest.fixture
def run(monkeypatch, capsys, node_path):
    def do(*arguments: str, typed: str = "") -> tuple[int, str, str]:
        monkeypatch.setattr("sys.stdin", io.StringIO(typed))
        code = main(["channels", arguments[0], "--node", str(node_path), *arguments[1:]])
        return code, *capsys.readouterr()

    return do


def test_a_channel_is_added_listed_and_removed_without_showing_its_secrets(run):
    code, out, _ = run(
        "add", "gateway", "--kind", "sms", "--callback", typed="json://me:hunter2@127.0.0.1/{to}?:id={id}\n"
    )
    assert code == 0
    secret = out.split("secret ")[1].strip()
    assert len(secret) > 30
    for arguments in (("list",), ("list", "--json")):
        code, out, err = run(*arguments)
        assert code == 0 and "gateway" in out and "json" in out
        assert "hunter2" not in out + err and secret not in out + err
    assert run("remove", "gateway")[0] == 0
    assert json.loads(run("list", "--json")[1])["channels"] == []
    assert run("remove", "gateway")[0] == 1


def test_only_its_owner_reads_the_file_and_another_mode_is_refused(run):
    run("add", "gateway", "--kind", "sms", typed="json://127.0.0.1/{to}\n")
    path = file_of(node.current().path)
    assert path.stat().st_mode & 0o777 == 0o600
    path.chmod(0o640)
    with pytest.raises(BadInput):
        read_channels(node.current().path)


@pytest.mark.parametrize(
    ("kind", "url"),
    [
        ("pigeon", "json://host/{to}"),
        ("sms", "json://me:hunter2@host/no-place"),
        ("sms", "nosuch://me:hunter2@host/{to}"),
        ("sms", ""),
    ],
)
def test_a_channel_that_cannot_work_is_refused_without_quoting_its_url(run, kind, url):
    code, out, err = run("add", "gateway", "--kind", kind, typed=url + "\n")
    assert code == 1 and "hunter2" not in out + err
    assert read_channels(node.current().path).channels == ()


def test_a_test_goes_to_the_test_address_and_to_nobody_on_the_list(run):
    heads.people(1)
    with gateway() as it:
        run("add", "gateway", "--kind", "sms", "--test-to", "+999555", typed=it.url + "\n")
        assert run("test", "gateway")[0] == 0
        assert [one["to"] for one in it.taken.values()] == ["+999555"]
        for address in (heads.phone(1)[0]["address"], "0099900000001"):
            assert run("test", "gateway", "--to", address)[0] == 1
        assert len(it.taken) == 1
        it.refuse = lambda _: True
        assert run("test", "gateway")[0] == 1
    run("add", "other", "--kind", "sms", typed="json://127.0.0.1:9/{to}\n")
    assert run("test", "other")[0] == 1
    assert run("test", "nosuch", "--to", "+1")[0] == 1


def test_links_begin_with_the_url_that_was_set(run):
    assert run("reach", "https://node.example")[0] == 0
    assert read_channels(node.current().path).public_url == "https://node.example"
    assert run("reach", "node.example")[0] == 1


@pytest.mark.parametrize(
    "content", ["", "[]", '{"channels": [{"name": 1}]}', '{"channels": [{"nosuch": "x"}]}', "\x00"]
)
def test_a_damaged_file_is_refused_without_quoting_it(content):
    heads.channels_are(heads.SMS)
    file_of(node.current().path).write_text(content or "hunter2")
    with pytest.raises(BadInput) as refused:
        read_channels(node.current().path)
    assert "hunter2" not in str(refused.value)
