"""The accord: loaded whole or refused whole, signed by every party, then in force."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from safeconduct.accord import directory as files
from safeconduct.accord import guardrails, signatures
from safeconduct.accord.agreement import Accord
from safeconduct.accord.articles import Article, Policy, Source, read_article
from safeconduct.accord.cedar import Engine, parsed_schema
from safeconduct.accord.court import Court
from safeconduct.accord.directory import prepare
from safeconduct.accord.policies import read_policies
from safeconduct.accord.schedule import Schedule
from safeconduct.accord.schedule_file import read_schedule, readable
from safeconduct.accord.signatures import check_in_force
from safeconduct.terms.errors import BadInput, Fault, shown

__all__ = ["Accord", "check_in_force", "load_accord", "prepare", "sign"]


def load_accord(directory: Path) -> Accord:
    """The accord in `directory`, checked whole. Raises BadInput that lists everything wrong with it.

    Its signatures are not looked at: a draft can be loaded and compared. `check_in_force` looks at them.
    """
    content = files.read_content(directory)
    digest = files.digest(content)
    subject = f"accord {directory.name}"
    schedule, faults = read_schedule(content.pop(files.TERMS))
    faults = readable(faults, files.TERMS)
    sources = _read_articles(content, faults)
    schema = parsed_schema()
    articles: dict[str, Article] = {}
    for source in sources:
        article = source.article(read_policies(source, schedule, schema))
        faults += source.faults
        if article.number in articles:
            faults.append(Fault(source.file, f"article {article.number} again", "each article once"))
        articles[article.number] = article
    policies = [policy for article in articles.values() for policy in article.policies]
    faults += [*signatures.key_faults(schedule.parties), *_whole_faults(schedule, articles, policies)]
    if faults:
        raise BadInput(subject, faults)
    engine = Engine(schedule, policies)
    court = Court(schedule, policies, engine)
    if faults := guardrails.breaches(court):
        raise BadInput(subject, faults)
    return Accord(schedule, MappingProxyType(articles), digest, engine, court)


def _read_articles(content: Mapping[str, bytes], faults: list[Fault]) -> list[Source]:
    sources: list[Source] = []
    for file, data in content.items():
        try:
            sources.append(read_article(file, data))
        except BadInput as error:
            faults += error.faults
    return sources


def _whole_faults(schedule: Schedule, articles: Mapping[str, Article], policies: list[Policy]) -> list[Fault]:
    """Faults between the parts: ids twice, and references to clauses that are not there."""
    ids = [policy.id for policy in policies if policy.id]
    faults = [
        Fault(f"policy {one}", "the id twice", "each id once")
        for one in sorted({one for one in ids if ids.count(one) > 1})
    ]
    known = {number for article in articles.values() for number in (article.number, *article.clauses)}
    cited = {"accord.toml: default_article": schedule.default_article}
    cited |= {f"accord.toml: obligation {one.id}: article": one.article for one in schedule.obligations}
    cited |= {f"accord.toml: gate {one.condition}: article": one.article for one in schedule.gate}
    cited["accord.toml: driving: article"] = schedule.driving.article
    cited |= {f"accord.toml: disclosure of {one.info_class}: article": one.article for one in schedule.disclosures}
    cited |= {
        f"accord.toml: reading limit {one.rule} of {one.of}: article": one.article for one in schedule.reading_limits
    }
    if schedule.conflicts:
        cited["accord.toml: conflicts: article"] = schedule.conflicts.article
    faults += [
        Fault(where, shown(number), "a clause of this accord") for where, number in cited.items() if number not in known
    ]
    return faults


def sign(directory: Path, party: str, private_key: Ed25519PrivateKey) -> Path:
    """Sign the accord in `directory` for `party`, by a key that the accord lists as that party's. Raises BadInput.

    An accord that does not load cannot be signed.
    """
    path = signatures.signature_path(directory, party)
    note = signatures.signed_note(load_accord(directory), party, private_key)
    path.parent.mkdir(exist_ok=True)
    path.write_text(note, encoding="utf-8")
    return path
