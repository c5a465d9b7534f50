"""The weekly workflow, rehearsed on this machine by act, as it is."""

import json
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from matrix.runs import Run, load_run
from matrix.stacks import Stack
from tests.conftest import CACHE
from tests.rehearse import act, rehearse


@pytest.fixture
def need_act() -> None:
    """act; without it the test fails in CI, and is skipped with the reason elsewhere."""
    if act() is None and os.environ.get("CI"):
        pytest.fail("act is not installed, and in CI the rehearsal must run")
    if act() is None:
        pytest.skip("act is not installed; the dependency group `tests` brings it")


def twice_the_same_name(copy: Path) -> None:
    """Two legs that write one artifact: the second upload must fail, and the first stays."""
    path = copy / ".github" / "workflows" / "matrix.yml"
    text = path.read_text("utf-8")
    assert text.count("name: run-${{ matrix.id }}") == 3
    path.write_text(text.replace("name: run-${{ matrix.id }}", "name: run-wine-rehearsal", 1), "utf-8")


def test_the_workflow_ends_with_the_merged_report_of_its_legs(need_act: None, need_stack: Callable[[str], Stack], tmp_path: Path) -> None:
    """A Linux leg, one on a Windows label under Wine, one that fails, and one whose last good run is shown."""
    need_stack("wine")
    done = rehearse(tmp_path, CACHE.resolve())
    merged = tmp_path / "artifacts" / "report" / "merged"
    assert merged.is_dir(), done.stdout[-3000:]
    legs = {leg["target"]: leg["state"] for leg in json.loads((merged / "legs.json").read_text("utf-8"))}
    assert legs == {"linux-rehearsal": "fresh", "wine-rehearsal": "fresh", "freebsd": "missing", "uml": "kept"}
    systems = [run.host.system for run in map(load_run, (merged / "linux-rehearsal", merged / "wine-rehearsal")) if isinstance(run, Run)]
    assert systems == ["linux", "wine"]
    report = (tmp_path / "artifacts" / "report" / "site" / "REPORT.md").read_text("utf-8")
    assert "| `freebsd` | **missing, never measured** |" in report
    assert "| `uml` | **missing, the last good run is shown** | 2026-" in report
    assert (tmp_path / "pages" / "index.html").stat().st_size > 100_000
    assert "Job 'freebsd' failed" in done.stdout


def test_two_legs_that_write_one_name_are_found_out(need_act: None, need_stack: Callable[[str], Stack], tmp_path: Path) -> None:
    """Nothing is published under a name that two legs wrote."""
    need_stack("wine")
    done = rehearse(tmp_path, CACHE.resolve(), twice_the_same_name)
    assert done.returncode != 0
    legs = {
        leg["target"]: leg["state"] for leg in json.loads((tmp_path / "artifacts" / "report" / "merged" / "legs.json").read_text("utf-8"))
    }
    assert legs["linux-rehearsal"] == "missing"
