"""An article's file: its number, its text in each language in numbered clauses, its policies in fenced blocks.

# 4
## en Command
4.1 The host commands.
## zh-hans 指挥
4.1 东道方负责指挥。
## ur کمان
4.1 کمان میزبان کے پاس ہے۔
```cedar
@id("4.1-command") @article("4.1") @reason("The host commands.")
permit (principal, action == Action::"measure.order", resource) when { principal.role == "host.commander" };
```
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from safeconduct.accord.tables import Names
from safeconduct.accord.vocabulary import LANGUAGES
from safeconduct.terms.errors import BadInput, Fault, shown

FILE_NAME = re.compile(r"(?P<number>[0-9]{2})-[a-z0-9-]+\.md", re.ASCII)

_TITLE = re.compile(r"# (?P<number>[1-9][0-9]?)", re.ASCII)
_LANGUAGE = re.compile(r"## (?P<language>[a-z-]+) (?P<title>\S.*)")
_CLAUSE = re.compile(r"(?P<number>[1-9][0-9]?\.[1-9][0-9]?)\s+(?P<text>\S.*)", re.ASCII)


@dataclass(frozen=True)
class Policy:
    """One Cedar policy. `article` is the clause that it belongs to, `actions` what its scope names (empty: all).

    `attributes` are all that its conditions look at, `classes` the information classes that they name.
    """

    id: str
    article: str
    reason: str
    effect: str
    actions: frozenset[str]
    attributes: frozenset[str]
    classes: frozenset[str]
    json: Mapping[str, object] = field(repr=False, compare=False, hash=False)

    @property
    def permits(self) -> bool:
        return self.effect == "permit"


@dataclass(frozen=True)
class Article:
    """A numbered article. `clauses` gives each numbered clause (`4.2`) in each language; `text` is all of them."""

    number: str
    title: Names
    text: Names
    clauses: Mapping[str, Names]
    policies: tuple[Policy, ...] = ()


@dataclass
class Source:
    """An article as it stands in its file, with its Cedar blocks unread."""

    file: str
    number: str = ""
    title: dict[str, str] = field(default_factory=dict[str, str])
    clauses: dict[str, dict[str, str]] = field(default_factory=dict[str, dict[str, str]])
    blocks: list[tuple[int, str]] = field(default_factory=list[tuple[int, str]])
    faults: list[Fault] = field(default_factory=list[Fault])

    def fault(self, line: int, found: str, wanted: str) -> None:
        self.faults.append(Fault(f"{self.file} line {line}", found, wanted))

    def article(self, policies: tuple[Policy, ...]) -> Article:
        """The article with its `policies`, once they are read."""
        numbers = list(self.clauses.get(LANGUAGES[0], {}))
        text = {
            language: "\n\n".join(f"{number} {clause}" for number, clause in clauses.items())
            for language, clauses in self.clauses.items()
        }
        clauses = {
            number: {
                language: self.clauses[language][number]
                for language in self.clauses
                if number in self.clauses[language]
            }
            for number in numbers
        }
        return Article(self.number, self.title, text, clauses, policies)


def read_article(file: str, content: bytes) -> Source:
    """The article in `content`. Raises BadInput only where it is not UTF-8; other faults are in the answer."""
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError as error:
        found = f"byte {content[error.start]:#04x} at {error.start}"
        raise BadInput(file, [Fault(file, found, "UTF-8 text")]) from None
    source = Source(file)
    _read_lines(source, text.replace("\r\n", "\n").split("\n"))
    _check_number(source)
    _check_languages(source)
    return source


def _read_lines(source: Source, lines: list[str]) -> None:
    language = clause = ""
    block: list[str] | None = None
    begin = 0
    for line_number, line in enumerate(lines, 1):
        if block is not None:
            if line.strip() == "```":
                source.blocks.append((begin, "\n".join(block)))
                block = None
            else:
                block.append(line)
        elif line.startswith("```"):
            if line.strip() != "```cedar":
                source.fault(line_number, shown(line), "```cedar, the only kind of block")
            block, begin, clause = [], line_number, ""
        elif not line.strip():
            continue
        elif line.startswith("#"):
            language, clause = _read_heading(source, line_number, line, language), ""
        else:
            clause = _read_clause(source, line_number, line.strip(), language, clause)
    if block is not None:
        source.fault(begin, "a block without an end", "``` below it")


def _read_heading(source: Source, line_number: int, line: str, language: str) -> str:
    """The language that the lines below are in."""
    if title := _TITLE.fullmatch(line.rstrip()):
        if source.number:
            source.fault(line_number, shown(line), "one `# number` a file")
        source.number = source.number or title["number"]
        return language
    heading = _LANGUAGE.fullmatch(line.rstrip())
    if heading is None or heading["language"] not in LANGUAGES:
        source.fault(
            line_number, shown(line), "`# number` or `## language title`, language one of " + ", ".join(LANGUAGES)
        )
        return ""
    if heading["language"] in source.title:
        source.fault(line_number, shown(line), "each language once")
    source.title[heading["language"]] = heading["title"]
    source.clauses.setdefault(heading["language"], {})
    return heading["language"]


def _read_clause(source: Source, line_number: int, line: str, language: str, clause: str) -> str:
    """The number of the clause that `line` opened or went on with."""
    if not language:
        source.fault(line_number, shown(line), "text below a language heading such as `## en Command`")
        return ""
    clauses = source.clauses[language]
    opening = _CLAUSE.fullmatch(line)
    if opening is None:
        if clause:
            clauses[clause] += "\n" + line
        else:
            source.fault(line_number, shown(line), "a clause that begins with its number, like 4.2")
        return clause
    number = opening["number"]
    if number in clauses:
        source.fault(line_number, number, "each clause once in a language")
    if source.number and number.split(".")[0] != source.number:
        source.fault(line_number, number, f"a clause of article {source.number}")
    clauses[number] = opening["text"]
    return number


def _check_number(source: Source) -> None:
    name = FILE_NAME.fullmatch(source.file.rsplit("/", 1)[-1])
    if not source.number:
        source.fault(1, "no number", "a first line `# number`")
    elif name is not None and int(name["number"]) != int(source.number):
        source.fault(1, f"number {source.number}", f"the number in the file's name, {int(name['number'])}")


def _check_languages(source: Source) -> None:
    """Every language says the same clauses: no party signs a text that the other cannot read."""
    every = dict.fromkeys(number for clauses in source.clauses.values() for number in clauses)
    for language in LANGUAGES:
        if language not in source.title:
            source.faults.append(
                Fault(source.file, f"no {language} text", f"a heading `## {language} title` with the text")
            )
            continue
        missing = [number for number in every if number not in source.clauses[language]]
        if missing:
            found = f"no clause {', '.join(missing)} in {language}"
            source.faults.append(Fault(source.file, found, "every clause in every language"))
    if not every:
        source.faults.append(Fault(source.file, "no clause", "at least one numbered clause"))
