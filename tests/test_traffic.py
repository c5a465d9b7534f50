"""Whose traffic may be taken, as the report says it."""

from matrix.claims import load_claims
from matrix.report.hijack import hijacks
from matrix.report.view import View
from matrix.runs import find_runs, load_runs
from tests.conftest import ROOT


def test_a_mapped_wildcard_that_loses_its_traffic_is_told() -> None:
    """On Linux 6.1, even to another account's socket without options; 6.18 protects it."""
    view = View(claims=load_claims(), runs=load_runs(find_runs([ROOT / "results"])))
    lines = [line for line in hijacks(view).splitlines() if line.startswith("| TCP | `default` | other account |")]
    assert [line for line in lines if "`uml-6.1.176`" in line] == [
        "| TCP | `default` | other account | nothing | `default`, `SO_REUSEADDR`, `SO_REUSEPORT`, `SO_REUSEADDR+SO_REUSEPORT` "
        "(mapped-wildcard by mapped-specific) | `uml-6.1.176` |"
    ]
    assert next(line for line in lines if "`linux-6.18.44`" in line).startswith("| TCP | `default` | other account | nothing | | ")
