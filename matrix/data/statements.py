"""Loads and validates `claims/statements.csv`: every statement of Microsoft's guide, and what judges it.

A row has the statement in our words, the sentences and tables of claims that judge it (ids without what tells their claims
apart, `|` between them), and the reason why none can, or none can of a part. One of the two is never blank.
"""

from dataclasses import dataclass
from pathlib import Path

from matrix.data.claims import CLAIMS, Claims, optional_table, sentence_of
from matrix.data.strict import Faults
from matrix.records import Fault, Statement

STATEMENTS = CLAIMS / "statements.csv"
COLUMNS = ("statement", "judged", "reason")


@dataclass(frozen=True, slots=True, kw_only=True)
class Statements:
    """All statements, in the page's order."""

    rows: tuple[Statement, ...] = ()
    faults: tuple[Fault, ...] = ()


NO_STATEMENTS = Statements()


def load_statements(claims: Claims, path: Path = STATEMENTS) -> Statements:
    """Read the list. Rows with a fault are left out and named in `faults`; without a file there is no statement."""
    faults = Faults(path)
    tables = {"/".join(claim.id.split("/")[:2]) for claim in claims.claims}
    known = tables | {sentence_of(claim.id) for claim in claims.claims}
    rows = []
    for line, (statement, judged, reason) in optional_table(path, COLUMNS, faults):
        before = faults.count()
        names = judged.split("|") if judged else []
        for name in names:
            if name not in known:
                faults.add(line, "no sentence or table of the claims", name, "write the id of its claims without what tells them apart")
        if not statement or not (judged or reason):
            faults.add(line, "nothing judges the statement, without a reason", statement, "name its claims, or say why there are none")
        if faults.count() == before:
            rows.append(Statement(text=statement, judged=tuple(names), reason=reason))
    return Statements(rows=tuple(rows), faults=faults.all())
