"""What Windows does, as far as anybody has shown: the guide's table cell by cell, and what it comes to for somebody who asks.

What contradicts the table, another document or a record of a higher rung, stands beside it with its source; so does what a run
shows to have been wrong.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from matrix.findings.answers import Answers, answers
from matrix.findings.cells import SITUATIONS, Spec, Table, table
from matrix.findings.rungs import Known, against
from matrix.findings.secondhand import Page, Refuted, pages, refuted
from matrix.findings.view import CURRENT, WINDOWS, View
from matrix.records import Statement
from matrix.verdicts import CONTRADICTIONS


@dataclass(frozen=True, slots=True, kw_only=True)
class Disagreement:
    """A cell of which the guide says one thing, and somebody else another."""

    first: Spec
    second: Spec
    guide: Known
    other: Known
    situations: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Windows:
    """The chapter's findings."""

    measured: tuple[str, ...]  # targets that are Windows
    answers: Answers
    tables: tuple[Table, ...]
    disagreements: tuple[Disagreement, ...]
    refuted: tuple[Refuted, ...]  # evidence that a run shows to be wrong
    pages: tuple[Page, ...]  # evidence that is in no cell of the tables


def windows(view: View) -> Windows | None:
    """The chapter's findings; None where the claims have no such table."""
    claims = view.tables.get(CURRENT, [])
    if not claims:
        return None
    tables = tuple(table(view, claims, *situation) for situation in SITUATIONS)
    shown = {record.id for each in tables for cell in each.cells for record in cell.records}
    return Windows(
        measured=view.windows,
        answers=answers(view, tables),
        tables=tables,
        disagreements=disagreements(tables),
        refuted=refuted(view, WINDOWS),
        pages=pages(view, WINDOWS, shown),
    )


def disagreements(tables: Sequence[Table]) -> tuple[Disagreement, ...]:
    """Every record that says otherwise than the guide, with the situations in which it does."""
    found: dict[tuple[Spec, Spec, Known, Known], list[str]] = {}
    for each in tables:
        for cell in each.cells:
            others = [record for record in cell.records if against(cell.documented, record.outcome) in CONTRADICTIONS]
            for other in dict.fromkeys([*others, *cell.contradicting]):
                found.setdefault((cell.first, cell.second, cell.guide, other), []).append(each.situation)
    return tuple(Disagreement(first=first, second=second, guide=guide, other=other, situations=tuple(situations))
                 for (first, second, guide, other), situations in found.items())  # fmt: skip


def statements(view: View) -> tuple[Statement, ...] | None:
    """Every statement of the guide with what judges it; None without the list."""
    return view.statements.rows or None
