"""The guide's statements: each is judged by something, or has the reason why not."""

from pathlib import Path

import pytest

from matrix.data.claims import CLAIMS, load_claims
from matrix.data.statements import load_statements


def test_each_of_the_guides_39_statements_has_what_judges_it_or_a_reason() -> None:
    """And what it names exists."""
    found = load_statements(load_claims())
    assert found.faults == ()
    assert len(found.rows) == 39
    assert all(each.judged or each.reason for each in found.rows)


@pytest.mark.parametrize(
    ("row", "expected"),
    [
        ("It fails.,microsoft-guide/says/nothing,", "row 2: no sentence or table of the claims: 'microsoft-guide/says/nothing'"),
        ("It fails.,,", "row 2: nothing judges the statement, without a reason: 'It fails.'"),
        (",microsoft-guide/xp,", "row 2: nothing judges the statement"),
        ("It fails.,microsoft-guide/xp", "row 2: 2 cells where 3 belong"),
    ],
)
def test_a_spoiled_statement_is_named(tmp_path: Path, row: str, expected: str) -> None:
    """And left out."""
    path = tmp_path / "statements.csv"
    path.write_text(f"statement,judged,reason\n{row}\nIt works.,microsoft-guide/xp,\n", "utf-8", newline="\n")
    found = load_statements(load_claims(), path)
    assert expected in str(found.faults[0])
    assert [each.text for each in found.rows] == ["It works."]


def test_a_folder_of_claims_may_be_without_the_list(tmp_path: Path) -> None:
    """It is the guide's alone."""
    assert load_statements(load_claims(), tmp_path / "none.csv").rows == ()
    assert (CLAIMS / "statements.csv").is_file()
