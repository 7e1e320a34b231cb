"""Writes docs/reference/{settings,command-line,acts}.md from the code; tests/test_docs.py compares."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from pathlib import Path

from safeconduct.accord.accord import load_accord
from safeconduct.accord.vocabulary import ACTS, CLASSES
from safeconduct.cli import parser
from safeconduct.node import SETTINGS
from safeconduct.node.making import sample

DOCS = Path(__file__).parent.parent / "docs" / "reference"


def settings() -> str:
    rows = "\n".join(
        f"| `{key}` | {kind.__name__} | `{default!r}` | {meaning} |"
        for key, (kind, default, meaning) in SETTINGS.items()
    )
    return (
        "# Settings\n\nKeys of `safeconduct.toml` in a node's directory. An unknown key or a wrong type stops the node "
        f"with a message that names it.\n\n| key | type | default | meaning |\n|---|---|---|---|\n{rows}\n"
    )


def command_line() -> str:
    sections = "\n".join(_section(name, command) for name, command in _commands("safeconduct", parser()))
    return (
        "# Command line\n\nResults go to standard output, talk and progress to standard error. Exit 0 is yes, 1 is no "
        f"(refused, not verified), 2 is wrong usage, 3 is could not tell.\n\n{sections}"
    )


def _commands(name: str, command: argparse.ArgumentParser) -> Iterator[tuple[str, argparse.ArgumentParser]]:
    nested = [action for action in command._actions if isinstance(action, argparse._SubParsersAction)]
    if not nested:
        yield name, command
    for action in nested:
        for verb, child in action.choices.items():
            yield from _commands(f"{name} {verb}", child)


def _section(name: str, command: argparse.ArgumentParser) -> str:
    lines = [f"## `{name}`"]
    for action in command._actions:
        if not isinstance(action, argparse._HelpAction):
            called = ", ".join(action.option_strings) or (action.metavar or action.dest)
            lines.append(f"- `{called}`: {action.help or action.dest.replace('_', ' ')}")
    return "\n".join(lines) + "\n"


def acts() -> str:
    accord = load_accord(sample("joint-security"))
    rows = []
    for name, terms in ACTS.items():
        articles = sorted(
            {
                one.article
                for of in accord.articles.values()
                for one in of.policies
                if name in one.actions and one.permits
            }
        )
        notes = [f"grants `{terms.asks}`"] if terms.asks else []
        notes += ["orders a host unit"] if terms.orders_host_unit else []
        notes += [] if terms.performer == "person" else [f"done by: {terms.performer}"]
        rows.append(f"| `{name}` | `{terms.on}` | {', '.join(articles)} | {'; '.join(notes)} |")
    classes = "\n".join(f"| `{name}` | {', '.join(fields)} |" for name, fields in CLASSES.items())
    return (
        "# Acts and information classes\n\nEvery state change is one of these acts. The articles are those of the "
        "sample accord `joint-security` that permit it; `safeconduct accord matrix` says who may under yours.\n\n"
        "| act | on | articles | |\n|---|---|---|---|\n" + "\n".join(rows) + "\n\n"
        f"| class | fields |\n|---|---|\n{classes}\n"
    )


def reference() -> dict[Path, str]:
    """Each file with what it must say."""
    return {DOCS / "settings.md": settings(), DOCS / "command-line.md": command_line(), DOCS / "acts.md": acts()}


if __name__ == "__main__":
    for path, text in reference().items():
        path.write_text(text, encoding="utf-8")
