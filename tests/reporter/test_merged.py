"""The merged table holds what the runs hold, neither more nor less, as pandas reads it back."""

import csv
import io

import pandas as pd

from matrix.findings.merged import merged
from matrix.findings.view import View
from matrix.report.merged import merged_csv
from matrix.vocabulary import KEYS


def test_every_observation_of_every_run_is_in_the_table_once(view: View) -> None:
    """Read without the reporter: by the csv module, from the files of the runs."""
    expected = {}
    for run in view.runs.good:
        with (run.folder / "observations.csv").open(newline="", encoding="utf-8") as source:
            for row in csv.DictReader(source):
                expected[(*(row[name] for name in KEYS), run.host.target)] = row["outcome"]
    table = pd.read_csv(io.StringIO(merged_csv(view)), dtype=str, keep_default_na=False)
    found = {
        (*(row[name] for name in KEYS), target): row[target] for row in table.to_dict("records") for target in view.targets if row[target]
    }
    assert found == expected
    assert list(table.columns) == [*KEYS, *view.targets]


def test_the_table_is_in_the_vocabularys_order_and_no_question_twice(view: View) -> None:
    """So that two of them can be compared with diff."""
    table = merged(view)
    assert not table.duplicated(list(KEYS)).any()
    pd.testing.assert_frame_equal(table, table.sort_values(list(KEYS), ignore_index=True, kind="stable"))
