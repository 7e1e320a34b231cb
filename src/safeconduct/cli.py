"""The command line: `safeconduct <room> <verb>`. Exit 0 yes · 1 no · 2 usage · 3 could not tell."""

from __future__ import annotations

import argparse
import sys
from importlib import import_module

from safeconduct import __version__
from safeconduct.terms.decision import Refused
from safeconduct.terms.errors import BadInput, NotFound, SafeconductError

ROOMS = ("node", "accord", "record", "watch", "watch.feeds", "people.channels", "people", "web", "demo")
"""Packages that bring a `commands.py`, in the order of the help."""


def parser() -> argparse.ArgumentParser:
    """The whole command line; documentation and tests walk it."""
    top = argparse.ArgumentParser(prog="safeconduct", description=__doc__)
    top.add_argument("--version", action="version", version=f"safeconduct {__version__}")
    rooms = top.add_subparsers(metavar="ROOM", required=True)
    for room in ROOMS:
        import_module(f"safeconduct.{room}.commands").register(rooms)
    return top


def main(argv: list[str] | None = None) -> int:
    """Run one command and return its exit code."""
    args = parser().parse_args(argv)
    try:
        return args.run(args)
    except (Refused, NotFound) as no:
        print(no, file=sys.stderr)
        return 1
    except BadInput as bad:
        print(f"{bad.subject}:", file=sys.stderr)
        for fault in bad.faults:
            print(f"  {fault}", file=sys.stderr)
        return 1
    except SafeconductError as unclear:
        print(unclear, file=sys.stderr)
        return 3
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:
        return 0
    except OSError as error:
        print(f"{error.filename or 'system'}: {error.strerror or error}", file=sys.stderr)
        return 3
    except Exception as error:
        if not _is_of_database(error):
            raise
        print(f"database: {error}", file=sys.stderr)
        return 3


def _is_of_database(error: Exception) -> bool:
    """Whether the database is away, damaged or full. Django is loaded by then, or it is no error of it."""
    if "django.db" not in sys.modules:
        return False
    from django.db import Error

    return isinstance(error, Error)


if __name__ == "__main__":
    sys.exit(main())
