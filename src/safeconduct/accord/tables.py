"""Reading a TOML table key by key: what is wrong is collected as faults, a stand-in value lets the reading go on."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from datetime import timedelta
from typing import cast

from safeconduct.accord.durations import parse_duration
from safeconduct.accord.vocabulary import LANGUAGES
from safeconduct.terms.errors import Fault, shown

Names = Mapping[str, str]
"""Language to text."""


class Table:
    """One table of an `accord.toml`. `path` is where it stands; each fault goes to `faults`."""

    def __init__(self, path: str, content: object, faults: list[Fault]):
        self.path = path
        self.faults = faults
        self._content: dict[str, object] = {}
        self._read: set[str] = set()
        if isinstance(content, dict):
            self._content = cast("dict[str, object]", content)
        else:
            self.fault("", content, "a table")

    def at(self, key: str) -> str:
        if not key:
            return self.path
        return f"{self.path}.{key}" if self.path else key

    def fault(self, key: str, found: object, wanted: str) -> None:
        self.faults.append(Fault(self.at(key) or "accord.toml", "nothing" if found is None else shown(found), wanted))

    def value(self, key: str) -> object:
        self._read.add(key)
        return self._content.get(key)

    def text(self, key: str, wanted: str = "a text", *, default: str | None = None) -> str:
        value = self.value(key)
        if value is None and default is not None:
            return default
        if isinstance(value, str) and (value.strip() or default == ""):
            return value
        self.fault(key, value, wanted)
        return default or ""

    def one_of(self, key: str, allowed: Collection[str], *, default: str | None = None) -> str:
        """A text from `allowed`; a fault lists them all."""
        wanted = "one of " + ", ".join(allowed)
        value = self.text(key, wanted, default=default)
        if value and value not in allowed and value != default:
            self.fault(key, value, wanted)
        return value

    def whole(self, key: str, at_least: int = 0, at_most: int = 1_000_000) -> int:
        value = self.value(key)
        if isinstance(value, int) and not isinstance(value, bool) and at_least <= value <= at_most:
            return value
        self.fault(key, value, f"a whole number from {at_least} to {at_most}")
        return at_least

    def share(self, key: str) -> float:
        """A number over 0 up to 1."""
        value = self.value(key)
        if isinstance(value, int | float) and not isinstance(value, bool) and 0 < value <= 1:
            return float(value)
        self.fault(key, value, "a number over 0, up to 1")
        return 1.0

    def flag(self, key: str, default: bool = False) -> bool:
        value = self.value(key)
        if value is None:
            return default
        if isinstance(value, bool):
            return value
        self.fault(key, value, "true or false")
        return default

    def duration(self, key: str) -> timedelta:
        value = self.value(key)
        length = parse_duration(value) if isinstance(value, str) else None
        if length is None:
            self.fault(key, value, "an ISO 8601 duration such as PT30M or P7D")
        return length or timedelta(seconds=1)

    def names(self, key: str) -> Names:
        """The same text in every language of `LANGUAGES`."""
        table = self.table(key)
        found = {language: table.text(language, f"the text in {language}") for language in LANGUAGES}
        table.close()
        return found

    def texts(
        self, key: str, allowed: Collection[str] | None = None, *, default: tuple[str, ...] | None = None
    ) -> tuple[str, ...]:
        """A list of texts, each of `allowed` where that is given."""
        value = self.value(key)
        if value is None and default is not None:
            return default
        if not isinstance(value, list):
            self.fault(key, value, "a list of texts")
            return ()
        found: list[str] = []
        for index, item in enumerate(cast("list[object]", value)):
            if not isinstance(item, str) or (allowed is not None and item not in allowed):
                wanted = "a text" if allowed is None else "one of " + ", ".join(allowed)
                self.fault(f"{key}[{index}]", item, wanted)
            elif item in found:
                self.fault(f"{key}[{index}]", item, "each text once")
            else:
                found.append(item)
        return tuple(found)

    def table(self, key: str) -> Table:
        return Table(self.at(key), self.value(key), self.faults)

    def tables(self, key: str) -> list[Table]:
        """A list of tables."""
        value = self.value(key)
        if not isinstance(value, list):
            self.fault(key, value, "a list of tables")
            return []
        return [Table(self.at(f"{key}[{i}]"), item, self.faults) for i, item in enumerate(cast("list[object]", value))]

    def named_tables(self, key: str) -> Iterator[tuple[str, Table]]:
        """Each table below `key` with its name, at least one."""
        below = self.table(key)
        if not below._content:
            below.fault("", {}, "at least one entry")
        for name in below._content:
            yield name, below.table(name)

    def has(self, key: str) -> bool:
        return key in self._content

    def close(self) -> None:
        """Reports every key that nobody asked for: a misspelt key must not fall silent."""
        for key in self._content:
            if key not in self._read:
                wanted = "one of " + ", ".join(sorted(self._read)) if self._read else "no key here"
                self.faults.append(Fault(self.at(key), "an unknown key", wanted))
