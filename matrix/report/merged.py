"""merged.csv: all runs in one table, a row a question and a column a platform."""

from matrix.findings.merged import merged
from matrix.findings.view import View
from matrix.report.tabular import guarded
from matrix.vocabulary import KEYS


def merged_csv(view: View) -> str:
    """The table as CSV; no cell of it is a spreadsheet's formula."""
    table = merged(view)
    safe = table.rename(columns=guarded)
    for target in safe.columns[len(KEYS) :]:
        safe[target] = safe[target].cat.rename_categories(guarded)
    text: str = safe.to_csv(index=False, lineterminator="\n")
    return text
