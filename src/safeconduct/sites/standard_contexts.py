"""What the pages of minimum standards show: scores, gaps, controls and sets."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta

from django.utils.translation import get_language

from safeconduct import node
from safeconduct.release import Projection
from safeconduct.sites import control_acts, queries
from safeconduct.sites import standard_queries as reads
from safeconduct.sites.controls import COMPLIANCE, ControlTerms, Standing, risk_of
from safeconduct.sites.score import Judged, Score, gaps, score, weights_of
from safeconduct.sites.standards import terms_of
from safeconduct.terms import instant
from safeconduct.terms.decision import Decision
from safeconduct.terms.errors import NotFound
from safeconduct.terms.party import ANYWHERE, Principal

PAGE = 50
FIRST_GAPS = 15

_BAR = ((Standing.MET, "met"), (Standing.PARTIAL, "partial"), (Standing.UNMET, "unmet"), (Standing.UNKNOWN, "untested"))


@dataclass(frozen=True)
class Shown:
    """A score to be drawn. `bars` are (standing, begin, length) in thousandths, `counts` (standing, number)."""

    score: Score
    bars: Sequence[tuple[str, int, int]]
    counts: Sequence[tuple[str, int]]


@dataclass(frozen=True)
class Line:
    """One control: its words in the reader's language, how it stands and why, and the level of its risk."""

    control: Projection
    statement: str
    standing: str
    risk: str
    risk_tone: str
    weight: int
    is_waived: bool


@dataclass(frozen=True)
class SiteScore:
    site: str
    shown: Shown


@dataclass(frozen=True)
class CompliancePage:
    """All sites with controls that this reader sees, the least met first; the gravest gaps; how it is computed."""

    whole: Shown
    sites: Sequence[SiteScore]
    gaps: Sequence[Line]
    gap_count: int
    weights: Sequence[tuple[str, int]]


@dataclass(frozen=True)
class GapsPage:
    """Gaps by risk, one page of them."""

    lines: Sequence[Line]
    count: int
    site: str
    sites: Sequence[str]
    number: int
    previous: int
    next: int


@dataclass(frozen=True)
class ControlsPage:
    """The controls of one site."""

    site: str
    shown: Shown
    lines: Sequence[Line]
    gap_count: int
    standards: Sequence[str]
    weights: Sequence[tuple[str, int]]
    inspections: Sequence[Projection]
    removing: Decision


@dataclass(frozen=True)
class ControlPage:
    """One control, what was found of it so far, and what this reader may do to it."""

    line: Line
    likelihood: str
    impact: str
    findings: Sequence[Projection]
    testing: Decision
    waiving: Decision
    ending: Decision
    results: Sequence[str]
    latest_waiver: str


@dataclass(frozen=True)
class StandardsPage:
    """The sets of controls, and whether this reader may bring in another."""

    standards: Sequence[Projection]
    importing: Decision


@dataclass(frozen=True)
class TermsLine:
    terms: ControlTerms
    statement: str
    risk: str
    risk_tone: str


@dataclass(frozen=True)
class StandardPage:
    """One set, and the sites to which this reader may apply it."""

    standard: Projection
    lines: Sequence[TermsLine]
    sites: Sequence[str]
    applying: Decision


def worded(texts: Mapping[str, str]) -> str:
    """A statement in the reader's language, else in the first language that it has."""
    return texts.get(get_language() or "en") or texts.get("en") or next(iter(texts.values()), "")


def level_name(level: str) -> tuple[str, str]:
    """What the accord calls a level of risk, and its tone."""
    levels = node.current().accord.risk_matrix.levels
    tones = ("good", "notice", "alert", "critical", "critical")
    return worded(levels[level]), tones[min(list(levels).index(level), len(tones) - 1)]


def axis_name(names: Mapping[str, Mapping[str, str]], code: str) -> str:
    return worded(names[code]) if code in names else code


def weights() -> list[tuple[str, int]]:
    """Each level of risk by its name, with its weight."""
    found = weights_of(node.current().accord.risk_matrix)
    return [(level_name(level)[0], weight) for level, weight in found.items()]


def shown(judged: Iterable[Judged]) -> Shown:
    found = score(judged)
    bars: list[tuple[str, int, int]] = []
    begin = 0
    for standing, name in _BAR:
        length = 1000 * found.weights.get(standing, 0) // (found.whole or 1)
        if length:
            bars.append((name, begin, length))
        begin += length
    counts = [(name, found.counts.get(standing, 0)) for standing, name in (*_BAR, (Standing.OUT, "out"))]
    return Shown(found, bars, [(name, count) for name, count in counts if count])


def line(judged: Judged) -> Line:
    control = judged.control
    standing = str(judged.standing)
    if judged.standing is Standing.UNKNOWN:
        standing = "overdue" if control["compliance"] else "untested"
    risk, tone = level_name(judged.risk)
    return Line(control, worded(control["statement"]), standing, risk, tone, judged.weight, judged.is_waived)


def compliance_page(principal: Principal) -> CompliancePage:
    judged = reads.judged(reads.controls(principal))
    by_site: dict[str, list[Judged]] = {}
    for one in judged:
        by_site.setdefault(one.control["site"], []).append(one)
    sites = [SiteScore(site, shown(found)) for site, found in by_site.items()]
    sites.sort(key=lambda one: (-1 if one.shown.score.met_percent is None else one.shown.score.met_percent, one.site))
    found = gaps(judged)
    return CompliancePage(shown(judged), sites, [line(one) for one in found[:FIRST_GAPS]], len(found), weights())


def gaps_page(principal: Principal, site: str, number: int) -> GapsPage:
    """Page `number`, from 1, of the gaps of `site`, or of all sites where it is empty."""
    judged = reads.judged(reads.controls(principal))
    found = gaps(one for one in judged if site in ("", one.control["site"]))
    last = max(1, -(-len(found) // PAGE))
    number = min(max(number, 1), last)
    lines = [line(one) for one in found[(number - 1) * PAGE : number * PAGE]]
    sites = sorted({one.control["site"] for one in judged})
    return GapsPage(lines, len(found), site, sites, number, number - 1, number + 1 if number < last else 0)


def require_site(principal: Principal, site: str) -> list[Judged]:
    """The controls of `site`. Raises NotFound where this reader sees neither the site nor a control of it."""
    judged = [] if "\0" in site else reads.judged(reads.controls(principal, site))
    if not judged and site not in queries.sites(principal):
        raise NotFound("site", site)
    return judged


def controls_page(principal: Principal, site: str) -> ControlsPage:
    """Raises NotFound, like `require_site`."""
    judged = require_site(principal, site)
    mine = sorted({one.control["standard"] for one in judged if one.control.marking.originator == principal.party})
    return ControlsPage(
        site=site,
        shown=shown(judged),
        lines=[line(one) for one in judged],
        gap_count=len(gaps(judged)),
        standards=mine,
        weights=weights(),
        inspections=reads.inspections(principal, site)[:5],
        removing=control_acts.remove_controls.decision(
            principal, control_acts.remove_controls.marking_for_new(principal, site)
        ),
    )


def control_page(principal: Principal, ref: uuid.UUID | str) -> ControlPage:
    """Raises NotFound."""
    row = reads.control(principal, ref)
    matrix = node.current().accord.risk_matrix
    return ControlPage(
        line=line(reads.judged([row])[0]),
        likelihood=axis_name(matrix.likelihoods, row["likelihood"]),
        impact=axis_name(matrix.impacts, row["impact"]),
        findings=reads.findings_of(principal, row.id),
        testing=control_acts.enter_test.decision(principal, row.marking),
        waiving=control_acts.waive.decision(principal, row.marking),
        ending=control_acts.unwaive.decision(principal, row.marking),
        results=COMPLIANCE,
        latest_waiver=(instant.now() + control_acts.LONGEST_WAIVER - timedelta(days=1)).date().isoformat(),
    )


def standards_page(principal: Principal) -> StandardsPage:
    marking = control_acts.import_standard.marking_for_new(principal, ANYWHERE)
    return StandardsPage(reads.standards(principal), control_acts.import_standard.decision(principal, marking))


def standard_page(principal: Principal, ref: uuid.UUID | str) -> StandardPage:
    """Raises NotFound."""
    row = reads.standard(principal, ref)
    lines = terms_lines(terms_of(row["controls"]))
    act, sites = control_acts.apply_standard, queries.sites(principal)
    asked = [(site, act.decision(principal, act.marking_for_new(principal, site))) for site in sites or [ANYWHERE]]
    allowed = [site for site, decision in asked if decision.allowed and site]
    return StandardPage(row, lines, allowed, next((one for _, one in asked if one.allowed), asked[0][1]))


def terms_lines(terms: Sequence[ControlTerms]) -> list[TermsLine]:
    matrix = node.current().accord.risk_matrix
    return [TermsLine(one, worded(one.statement), *level_name(risk_of(matrix, one.plain))) for one in terms]
