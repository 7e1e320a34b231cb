"""Logs say what went wrong and where, and nothing of whom or of what it was about."""

from __future__ import annotations

import json
import logging
import sys

from safeconduct.web.logs import formatter

NAME = "Amina of gate 4"


def line_of(error: BaseException) -> str:
    try:
        raise error
    except type(error):
        record = logging.LogRecord("django.request", logging.ERROR, "x", 1, "Fault: %s", ("/x/",), sys.exc_info())
    return formatter().format(record)


def test_a_faults_message_is_not_logged_and_its_place_is():
    line = line_of(ValueError(f"Key (name)=({NAME}) already exists."))
    told = json.loads(line)
    assert NAME not in line
    assert told["exception"][0].startswith("builtins.ValueError < ")
    assert "test_logs.py" in told["exception"][0]


def test_what_led_to_a_fault_is_told_without_its_message_too():
    def led() -> None:
        try:
            raise KeyError(NAME)
        except KeyError as error:
            raise RuntimeError(f"no {NAME}") from error

    try:
        led()
    except RuntimeError as error:
        line = line_of(error)
    assert NAME not in line
    assert [one.split(" < ")[0] for one in json.loads(line)["exception"]] == [
        "builtins.RuntimeError",
        "builtins.KeyError",
    ]


def test_a_line_stays_one_line():
    record = logging.LogRecord("x", logging.WARNING, "x", 1, "a\nb %s", ('"}\n{"event": "forged"}',), None)
    line = formatter().format(record)
    assert "\n" not in line and json.loads(line)["event"].startswith("a\nb")
