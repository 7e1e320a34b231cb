"""Script in every text that a person or a feed can put on the node: nothing that a page shows holds it as markup."""

from __future__ import annotations

import json
import re
from datetime import timedelta

import pytest
from django.db import transaction
from django.test import Client
from tests.movements import case
from tests.urls import every_url
from tests.worlds import Clock, World, build, principal

from safeconduct.movements import acts as movements
from safeconduct.people.models import User
from safeconduct.store.guard import passage
from safeconduct.store.models import Marked
from safeconduct.strategy.acts import order_measure, request_measure
from safeconduct.terms import instant
from safeconduct.watch import acts as watch
from safeconduct.watch.models import Position
from safeconduct.watch.positions import FIELDS

pytestmark = [pytest.mark.django_db, pytest.mark.slow]

SCRIPT = "</script><script>alert(1)</script><img src=x onerror=alert(2)>\"'{{ 7|add:7 }}&lt;"
MARKUP = re.compile(r"<script>alert|<img src=x|onerror=alert\(2\)>[\"']|javascript:alert")
TEXTS = ("CharField", "TextField")
CODES = {"state", "role", "kind", "severity", "ring", "vehicle", "disposition", "site", "route", "health", "purpose"}
CODES |= {"driver"}
"""Columns of codes and of ids: no act takes anything else."""


def spoiled(world: World) -> None:
    """Script in all that is free text, by the acts, and where no act leads there, in the rows themselves."""
    movements.hold(principal("liaison"), world.refs["movement"], reason=SCRIPT)
    movements.assign_escort(principal("commander"), world.refs["movement"], escort=SCRIPT)
    movements.void_sweep(principal("gatepost"), world.refs["sweep"], reason=SCRIPT)
    movements.plan(
        principal("manager"),
        site=case.SITE,
        name=SCRIPT,
        route=case.ROUTE,
        depart_at=instant.now() + timedelta(hours=1),
        vehicles=1,
        people=1,
        purpose=SCRIPT,
    )
    watch.assess(principal("duty"), world.refs["alert"], disposition="benign", assessment=SCRIPT)
    request_measure(principal("liaison"), site=case.SITE, kind="look", text=SCRIPT)
    order_measure(principal("commander"), site=case.SITE, kind="look", text=SCRIPT, unit=SCRIPT)
    with passage("act"):
        for model in Marked.__subclasses__():
            for table in [one for one in (model, *model.__subclasses__()) if not one._meta.abstract]:
                spoil(table)


def spoil(table: type[Marked]) -> None:
    columns = [
        one
        for one in table._meta.get_fields()
        if one.get_internal_type() in TEXTS and one.name not in CODES and not getattr(one, "unique", False)
    ]
    for number, row in enumerate(table.objects.all()):  # pyright: ignore[reportAttributeAccessIssue]  # Django's manager
        for column in columns:
            if column.name not in ("user_name", "digest", "party", "area"):
                most = column.max_length or 1000
                setattr(row, column.name, (f"{number} {SCRIPT}")[:most])
        if isinstance(row, Position):
            before = table.objects.get(pk=row.pk)  # pyright: ignore[reportAttributeAccessIssue]  # Django's manager
            for name in FIELDS:
                setattr(row, name, spoiled_column(name, getattr(before, name)))
        if hasattr(row, "tracks"):
            row.tracks, row.sensors = [f"{SCRIPT}/{SCRIPT}"], [SCRIPT]
            row.explanation = {"sentence": SCRIPT, "place": {"name": SCRIPT}}
        with transaction.atomic():
            row.save()


def spoiled_column(name: str, text: str) -> str:
    """Of the live picture: a JSON array with a place for each vehicle (watch/positions.py)."""
    return json.dumps([SCRIPT] * len(json.loads(text))) if text and name in ("sensor", "track") else text


@pytest.mark.parametrize("actor", ["commander", "liaison", "gatepost"])
def test_script_in_a_text_is_never_markup(actor, monkeypatch):
    monkeypatch.setattr(instant, "now", Clock())
    world = build()
    spoiled(world)
    User.objects.filter(pk=world.users[actor].pk).update(first_name=SCRIPT, last_name=SCRIPT)
    client = Client()
    client.force_login(world.users[actor], backend="django.contrib.auth.backends.ModelBackend")
    told = 0
    for url in every_url():
        if url.name == "live_stream" or url.pattern.startswith("account/"):
            continue
        for headers in ({}, {"HX-Request": "true"}):
            answer = client.get(url.path(world), headers=headers)
            assert answer.status_code < 500, url.pattern
            text = answer.content.decode() if not answer.streaming else ""
            told += "alert(1)" in text
            if answer["Content-Type"].startswith("text/html"):
                assert not MARKUP.search(text), url.pattern
                assert "14&amp;lt;" not in text and "14&lt;" not in text, url.pattern
            else:
                assert answer["X-Content-Type-Options"] == "nosniff"
                if "json" in answer["Content-Type"]:
                    json.loads(text)
    assert told >= 10, "the texts were shown"
