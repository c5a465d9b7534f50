"""The documented tables: verdicts by table, where tables contradict each other, and every cell with what was observed."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from matrix.findings.classes import MAX_TABLES, Columns, Departure, columns_by, named
from matrix.findings.places import Part, Situation, judged_parts, where_each
from matrix.findings.summary import table_pairs
from matrix.findings.view import COLUMN, View, situation_of
from matrix.judge import Judged
from matrix.records import Claim
from matrix.verdicts import CONTRADICTIONS, Verdict

Spec = tuple[str, str]  # option, address


@dataclass(frozen=True, slots=True, kw_only=True)
class Counts:
    """How the observations of some platforms agree with one table."""

    platforms: str
    source: str
    section: str
    verdicts: dict[str, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdicts:
    """The chapter's findings."""

    counts: tuple[Counts, ...]
    undocumented: tuple[tuple[str, int], ...]  # (platforms, observations of each that no document speaks of)


@dataclass(frozen=True, slots=True, kw_only=True)
class Conflict:
    """A cell that two tables answer differently, and which of them each platform confirms."""

    first: Spec
    second: Spec
    a: str  # what table A expects
    b: str
    sides: tuple[tuple[Part, ...], ...]  # of each column: A, B or neither, and where; empty where nothing was measured


@dataclass(frozen=True, slots=True, kw_only=True)
class TablePair:
    """Two tables that contradict each other."""

    a: tuple[str, str]  # source, section
    b: tuple[str, str]
    conflicts: tuple[Conflict, ...]
    columns: Columns


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """A cell of a documented table: what it expects, and what was observed by verdict and place."""

    expected: str
    parts: tuple[Part, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """A documented table against one class of platforms."""

    source: str
    section: str
    platforms: str  # blank where nothing that the table speaks of was measured
    firsts: tuple[Spec, ...]
    seconds: tuple[Spec, ...]
    cells: tuple[tuple[Cell | None, ...], ...]  # by first, then by second socket; None where the document has none
    applies: bool  # whether the table speaks of these platforms
    agreed: int  # cells that agree wherever they were measured
    measured: int
    reasons: tuple[str, ...]  # why nothing was measured


@dataclass(frozen=True, slots=True, kw_only=True)
class Tables:
    """The chapter's findings."""

    tables: tuple[Table, ...]
    omitted: tuple[tuple[str, Departure], ...]  # (source and section, platforms without a table of their own)


@dataclass(frozen=True, slots=True, kw_only=True)
class Contradicted:
    """A way in which a platform departs from a cell."""

    first: Spec
    second: Spec
    expected: str
    part: Part


@dataclass(frozen=True, slots=True, kw_only=True)
class Departures:
    """Every cell of one table that some platforms contradict."""

    platforms: str
    source: str
    section: str
    cells: int
    ways: tuple[Contradicted, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Contradictions:
    """The chapter's findings."""

    departures: tuple[Departures, ...]
    omitted: tuple[tuple[str, Departure], ...]  # (source and section, platforms that are not shown for it)


def specs(claim: Claim) -> tuple[Spec, Spec]:
    """The two sockets of a documented cell."""
    words = claim.pattern
    return (
        (words[COLUMN["first_option"]], words[COLUMN["first_address"]]),
        (words[COLUMN["second_option"]], words[COLUMN["second_address"]]),
    )


def by_situation(judged: Iterable[Judged]) -> dict[Situation, tuple[str, str]]:
    """situation → (verdict, outcome)."""
    return {situation_of(each.question): (str(each.verdict), each.observed) for each in judged}


def verdicts(view: View) -> Verdicts:
    """How many observations agree with each table, on Windows and its imitations."""
    gathered: dict[tuple[str, str, tuple[tuple[str, int], ...]], list[str]] = {}
    for target in view.held:
        for (source, section), cells in view.tables.items():
            counts: Counter[str] = Counter()
            for claim in cells:
                if view.judgement.relation(claim, target):
                    judged = view.judged(claim, target)
                    counts.update(str(each.verdict) for each in judged)
                    counts[str(Verdict.UNOBSERVED)] += not judged
            if counts:
                gathered.setdefault((source, section, tuple(sorted(counts.items()))), []).append(target)
    silent: dict[int, list[str]] = {}
    for target, count in view.judgement.undocumented().items():
        silent.setdefault(count, []).append(target)
    return Verdicts(
        counts=tuple(Counts(platforms=named(targets, view.hosts), source=source, section=section, verdicts=dict(counts))
                     for (source, section, counts), targets in gathered.items()),
        undocumented=tuple((named(targets, view.hosts), count) for count, targets in silent.items()),
    )  # fmt: skip


def documents_against_each_other(view: View) -> tuple[TablePair, ...]:
    """Cells for which two documents expect different outcomes, and whose side each platform takes."""
    claims = {claim.id: claim for claim in view.cells}
    expected = {(pair.a.id, pair.b.id): (pair.expected_a, pair.expected_b) for pair in reversed(view.contradictions)}
    found = []
    for (a, b), ids in table_pairs(view).items():
        sides = {target: tuple(side(view, target, claims[one], claims[other]) for one, other in ids) for target in view.held}
        columns = columns_by(sides, view.hosts)
        conflicts = tuple(
            Conflict(first=specs(claims[pair[0]])[0], second=specs(claims[pair[0]])[1], a=expected[pair][0], b=expected[pair][1],
                     sides=tuple(sides[column.target][number] for column in columns.shown))
            for number, pair in enumerate(ids)
        )  # fmt: skip
        found.append(TablePair(a=a, b=b, conflicts=conflicts, columns=columns))
    return tuple(found)


def side(view: View, target: str, claim_a: Claim, claim_b: Claim) -> tuple[Part, ...]:
    """Which of two claims a target's observations confirm, and where if they don't all confirm the same."""
    agrees: list[dict[Situation, bool]] = []
    for claim in (claim_a, claim_b):
        measured = [each for each in view.judged(claim, target) if each.verdict != Verdict.UNOBSERVED]
        agrees.append({situation_of(each.question): each.verdict == Verdict.AGREES for each in measured})
    shared = {
        situation: "A" if agreed else "B" if agrees[1][situation] else "neither"
        for situation, agreed in agrees[0].items() if situation in agrees[1]
    }  # fmt: skip
    return tuple(Part(name, place) for name, place in where_each(shared))


def documented_tables(view: View) -> Tables:
    """Each documented table in its own layout, once for each class of platforms that it is held against."""
    found, omitted = [], []
    for (source, section), claims in view.tables.items():
        keys = {target: tuple(view.judged(claim, target) for claim in claims) for target in view.held}
        columns = columns_by(keys, view.hosts, MAX_TABLES)
        found += [documented_table(view, claims, column.target, column.name) for column in columns.shown]
        if not columns.shown:
            found.append(documented_table(view, claims, "", ""))
        omitted += [(f"{source}, {section}", departure) for departure in columns.omitted]
    return Tables(tables=tuple(found), omitted=tuple(omitted))


def documented_table(view: View, claims: Sequence[Claim], target: str, name: str) -> Table:
    """One table against one class of platforms."""
    placed = {specs(claim): claim for claim in claims}
    firsts, seconds = (tuple(dict.fromkeys(pair[which] for pair in placed)) for which in (0, 1))
    judged = {claim.id: view.judged(claim, target) for claim in claims} if target else {}
    rows = tuple(
        tuple(
            Cell(expected=placed[first, second].expected, parts=judged_parts(by_situation(judged.get(placed[first, second].id, ()))))
            if (first, second) in placed
            else None
            for second in seconds
        )
        for first in firsts
    )
    measured = [{each.verdict for each in cell} - {Verdict.UNOBSERVED} for cell in judged.values()]
    applies = any(view.judgement.relation(claim, target) for claim in claims) if target else False
    reasons = {reason for claim in claims for reason in unobserved_reasons(view, claim, target)} if applies and not any(measured) else set()
    return Table(source=claims[0].source, section=claims[0].section, platforms=name, firsts=firsts, seconds=seconds, cells=rows,
                 applies=applies, agreed=sum(each == {Verdict.AGREES} for each in measured), measured=sum(map(bool, measured)),
                 reasons=tuple(sorted(reasons)))  # fmt: skip


def unobserved_reasons(view: View, claim: Claim, target: str) -> set[str]:
    """Why nothing was measured of a claim on a target that it speaks of."""
    judged = view.judged(claim, target)
    return {each.reason for each in judged} if judged else {view.judgement.reason_unmet(claim, target)}


def every_contradiction(view: View) -> Contradictions:
    """Every cell that a platform contradicts, by document and class of platforms."""
    found, omitted = [], []
    for (source, section), claims in view.tables.items():
        ordered = sorted(claims, key=lambda claim: claim.id)
        ways = {target: tuple(departures(view, claim, target) for claim in ordered) for target in view.held}
        columns = columns_by({target: each for target, each in ways.items() if any(each)}, view.hosts, MAX_TABLES)
        for column in columns.shown:
            by_cell = ways[column.target]
            found.append(Departures(platforms=column.name, source=source, section=section, cells=sum(map(bool, by_cell)),
                                    ways=tuple(way for cell in by_cell for way in cell)))  # fmt: skip
        omitted += [(f"{source}, {section}", departure) for departure in columns.omitted]
    return Contradictions(departures=tuple(found), omitted=tuple(omitted))


def departures(view: View, claim: Claim, target: str) -> tuple[Contradicted, ...]:
    """The ways in which a target contradicts one cell."""
    judged = view.judged(claim, target)
    expected = {(str(each.verdict), each.observed): each.expected for each in reversed(judged)}
    first, second = specs(claim)
    return tuple(
        Contradicted(first=first, second=second, expected=expected[part.verdict, part.outcome], part=part)
        for part in judged_parts(by_situation(judged)) if part.verdict in CONTRADICTIONS
    )  # fmt: skip
