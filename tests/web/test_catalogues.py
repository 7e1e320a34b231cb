"""Translations: nothing is missing, nothing is fuzzy, and placeholders come through."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog
from babel.messages.pofile import read_po
from django.utils.translation import gettext, ngettext, override

import safeconduct
from safeconduct.web.catalogues import FOLDER, compiled

LANGUAGES = {"zh_Hans": 1, "ur": 2}
PLACEHOLDER = re.compile(r"%\(\w+\)[sd]|\{\w*\}|%s|%d")


def catalogue(language: str) -> Catalog:
    with (FOLDER / language / "LC_MESSAGES" / "django.po").open("rb") as file:
        return read_po(file, locale=language)


def forms(value: str | tuple[str, ...] | list[str]) -> list[str]:
    return [value] if isinstance(value, str) else list(value)


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_word_is_translated_and_none_is_fuzzy(language):
    messages = [one for one in catalogue(language) if one.id]
    assert len(messages) > 300
    missing = [one.id for one in messages if not all(forms(one.string))]
    assert missing == []
    assert [one.id for one in messages if one.fuzzy] == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_plural_form_is_there(language):
    plurals = [one for one in catalogue(language) if one.pluralizable]
    assert plurals
    for one in plurals:
        assert len(forms(one.string)) == LANGUAGES[language], one.id


@pytest.mark.parametrize("language", LANGUAGES)
def test_placeholders_come_through(language):
    for one in catalogue(language):
        if one.id:
            allowed = set(PLACEHOLDER.findall(forms(one.id)[-1]))
            needed = set(PLACEHOLDER.findall(forms(one.id)[0]))  # a singular may spell its number out
            for form in forms(one.string):
                assert needed <= set(PLACEHOLDER.findall(form)) <= allowed, one.id
            assert set(PLACEHOLDER.findall(forms(one.string)[-1])) == allowed, one.id


def test_no_word_in_code_or_templates_is_missing_from_the_catalogues(tmp_path):
    if shutil.which("xgettext") is None:
        pytest.skip("Debian's gettext is not installed")
    package = tmp_path / "safeconduct"
    shutil.copytree(
        Path(safeconduct.__file__).parent, package, ignore=shutil.ignore_patterns("static", "__pycache__", "*.mo")
    )
    script = (
        "import os, django; from django.conf import settings; from django.core.management import call_command\n"
        f"os.chdir({str(package)!r}); settings.configure(USE_I18N=True, LOCALE_PATHS=[{str(package / 'locale')!r}])\n"
        "django.setup()\n"
        "call_command('makemessages', locale=['ur'], extensions=['html', 'txt', 'py'], no_obsolete=True)\n"
    )
    subprocess.run([sys.executable, "-c", script], check=True, capture_output=True)
    with (package / "locale/ur/LC_MESSAGES/django.po").open("rb") as file:
        found = {(forms(one.id)[0], one.context) for one in read_po(file) if one.id}
    known = {(forms(one.id)[0], one.context) for one in catalogue("ur") if one.id}
    assert found - known == set()


def test_compiled_catalogues_speak(tmp_path):
    elsewhere = tmp_path / "elsewhere"
    assert compiled(elsewhere) == FOLDER
    with override("zh-hans"):
        assert gettext("Movements") == "出行"
        assert (
            ngettext("%(count)s stands within %(reach)s m.", "%(count)s stand within %(reach)s m.", 2).count("%") == 2
        )
    with override("ur"):
        assert gettext("Movements") != "Movements"


def test_a_folder_that_cannot_be_written_to_is_compiled_elsewhere(tmp_path, monkeypatch):
    source = tmp_path / "locale/ur/LC_MESSAGES/django.po"
    source.parent.mkdir(parents=True)
    source.write_text('msgid ""\nmsgstr ""\n"Content-Type: text/plain; charset=UTF-8\\n"\n\nmsgid "a"\nmsgstr "b"\n')
    monkeypatch.setattr("safeconduct.web.catalogues.os.access", lambda *_: False)
    assert compiled(tmp_path / "elsewhere", tmp_path / "locale") == tmp_path / "elsewhere"
    assert (tmp_path / "elsewhere/ur/LC_MESSAGES/django.mo").read_bytes()
    assert not source.with_suffix(".mo").exists()
