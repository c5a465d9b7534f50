"""pandas keeps text otherwise where pyarrow is installed; the report must not show it."""

import importlib.util
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import ROOT

REPORT = """
import hashlib, sys
from pathlib import Path
if sys.argv[2] == "without":
    sys.modules["pyarrow"] = None  # an import of it fails, as where it isn't installed
from matrix.data.claims import load_claims
from matrix.data.runs import find_runs, load_runs
from matrix.findings.view import View
from matrix.report.chapters import compose
from matrix.site.files import rendered
files = rendered(compose(View(claims=load_claims(), runs=load_runs(find_runs([Path(sys.argv[1])])))))
import pandas
print(pandas.Series(["text"]).dtype.storage)
for name, text in files.items():
    print(name, hashlib.sha256(text.encode()).hexdigest())
"""


def report(results: Path, how: str) -> list[str]:
    """How pandas keeps text in that process, then each file of the report by its hash."""
    command = [sys.executable, "-c", REPORT, str(results), how]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout.splitlines()


@pytest.mark.long
def test_pyarrow_beside_it_changes_no_byte(results: Path) -> None:
    """Every file is the same with it and without. `nox -s tests` installs it, so that only other environments skip this."""
    if importlib.util.find_spec("pyarrow") is None:
        if os.environ.get("CI"):
            pytest.fail("pyarrow is not installed, and in CI it must be: it is in the group `tests` of pyproject.toml")
        pytest.skip("pyarrow is not installed; it is in the group `tests` of pyproject.toml")
    beside, alone = report(results, "with"), report(results, "without")
    assert (beside[0], alone[0]) == ("pyarrow", "python")
    assert len(beside) > 5
    assert beside[1:] == alone[1:]
