"""Translations: the catalogues are text (`locale/*/LC_MESSAGES/django.po`), and are compiled where they are used.

`python -m safeconduct.web.catalogues` compiles them at once; the settings do so for every process that finds one stale.
Only finding new words needs GNU gettext: `python -m safeconduct.web.catalogues --gather`.
"""

from __future__ import annotations

import os
import sys
import tempfile
from pathlib import Path
from typing import Any

DESCRIBED = ("Kind:2", "Setting:3", "Secret:2")
"""Constructors of feeds/kinds.py, each with the place of the text that is translated."""
FOLDER = Path(__file__).resolve().parent.parent / "locale"


def compiled(fallback: Path, folder: Path = FOLDER) -> Path:
    """The folder with every catalogue of `folder` compiled: itself, or `fallback` where it cannot be written to."""
    for source in sorted(folder.glob("*/LC_MESSAGES/*.po")):
        target = source.with_suffix(".mo")
        if _is_fresh(target, source):
            continue
        if not os.access(source.parent, os.W_OK):
            return _compiled_elsewhere(folder, fallback)
        _compile(source, target)
    return folder


def _compiled_elsewhere(folder: Path, fallback: Path) -> Path:
    for source in folder.glob("*/LC_MESSAGES/*.po"):
        target = fallback / source.relative_to(folder).with_suffix(".mo")
        if not _is_fresh(target, source):
            target.parent.mkdir(parents=True, exist_ok=True)
            _compile(source, target)
    return fallback


def _is_fresh(target: Path, source: Path) -> bool:
    return target.is_file() and target.stat().st_mtime >= source.stat().st_mtime


def _compile(source: Path, target: Path) -> None:
    """Write `target` whole or not at all: other processes may be reading it, or compiling it too."""
    from babel.messages.mofile import write_mo
    from babel.messages.pofile import read_po

    with source.open("rb") as file:
        catalogue = read_po(file)
    with tempfile.NamedTemporaryFile(dir=target.parent, delete=False) as file:
        write_mo(file, catalogue, use_fuzzy=False)
    Path(file.name).chmod(0o644)
    Path(file.name).replace(target)


def gather() -> None:
    """Bring the catalogues up to date with the words in code and templates. Needs GNU gettext."""
    import django
    from django.conf import settings
    from django.core.management import call_command
    from django.core.management.commands import makemessages

    command: Any = makemessages.Command
    # The kinds of feeds tell what they take without Django; pages translate it.
    command.xgettext_options = [*command.xgettext_options, *(f"--keyword={one}" for one in DESCRIBED)]
    os.chdir(FOLDER.parent)
    settings.configure(USE_I18N=True, LOCALE_PATHS=[FOLDER])
    django.setup()
    options = {
        "locale": ["zh_Hans", "ur"],
        "extensions": ["html", "txt", "py"],
        "no_wrap": True,
        "add_location": "file",
    }
    call_command("makemessages", ignore_patterns=["static/*"], no_obsolete=True, **options)


if __name__ == "__main__":
    if "--gather" in sys.argv:
        gather()
    compiled(FOLDER)
