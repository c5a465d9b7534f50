"""pandas keeps text otherwise where pyarrow is installed; the report must not show it."""

import importlib.util
import os
from pathlib import Path

import pandas as pd
import pytest

from tests.reporter.conftest import hashes, report_elsewhere


@pytest.mark.long
def test_pyarrow_beside_it_changes_no_byte(results: Path, files: dict[str, str]) -> None:
    """Every file is the same with it and without. `nox -s tests` installs it, so that only other environments skip this."""
    if importlib.util.find_spec("pyarrow") is None:
        if os.environ.get("CI"):
            pytest.fail("pyarrow is not installed, and in CI it must be: it is in the group `tests` of pyproject.toml")
        pytest.skip("pyarrow is not installed; it is in the group `tests` of pyproject.toml")
    storage, alone = report_elsewhere(results, "without")
    assert (pd.Series(["text"]).dtype.storage, storage) == ("pyarrow", "python")
    assert len(alone) > 5
    assert alone == hashes(files)
