"""The workflows, rehearsed on this machine by act, as they are."""

import os
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from matrix.runs import Run, load_run
from matrix.platforms.stacks import Stack
from tests.conftest import CACHE
from tests.rehearse import LEGS, act, rehearse, shortcomings


@pytest.fixture
def need_act() -> None:
    """act; without it the test fails in CI, and is skipped with the reason elsewhere."""
    if not sys.platform.startswith("linux"):
        pytest.skip("the workflows are rehearsed on Linux only")
    if act() is None and os.environ.get("CI"):
        pytest.fail("act is not installed, and in CI the rehearsal must run")
    if act() is None:
        pytest.skip("act is not installed; the dependency group `tests` brings it")


def spoiled(copy: Path, old: str, new: str, times: int, workflow: str = "matrix.yml") -> None:
    """The workflow with one thing in it changed, once; `times` is how often it stands there."""
    path = copy / ".github" / "workflows" / workflow
    text = path.read_text("utf-8")
    assert text.count(old) == times
    path.write_text(text.replace(old, new, 1), "utf-8")


def an_artifact_is_missing(copy: Path) -> None:
    """The hosted legs measure, and what they upload isn't there."""
    spoiled(copy, "          path: run\n", "          path: nowhere\n", 9)


def a_csv_is_cut_off(copy: Path) -> None:
    """The hosted legs' files end in the middle."""
    measured = '--output run --target "$TARGET" --stated "image=${ImageOS-} ${ImageVersion-}"\n'
    spoiled(copy, measured, measured[:-1] + " && truncate -s 5000 run/observations.csv\n", 1)


def two_legs_write_one_name(copy: Path) -> None:
    """The second upload must fail, and the first stays."""
    spoiled(copy, "name: run-${{ matrix.id }}", "name: run-wine-rehearsal", 3)


def checked_out_first(copy: Path) -> None:
    """act does not know `$/`, GitHub's way to name the workflow's own repository: the same action from a checkout."""
    text = (copy / ".github" / "workflows" / "matrix.yml").read_text("utf-8")
    checkout = next(line for line in text.splitlines() if "uses: actions/checkout@" in line)
    spoiled(copy, "      - uses: $/", f"{checkout}\n      - uses: ./", 1, "probe.yml")


def test_the_workflow_ends_with_the_merged_report_of_its_legs(need_act: None, need_stack: Callable[[str], Stack], tmp_path: Path) -> None:
    """A Linux leg, one on a Windows label under Wine, one that fails, and two whose last good runs are shown with their day."""
    need_stack("wine")
    done = rehearse(tmp_path, CACHE.resolve())
    assert shortcomings(tmp_path) == [], done.stdout[-3000:]
    report = (tmp_path / "artifacts" / "report" / "site" / "REPORT.md").read_text("utf-8")
    assert "3 of 5 expected platforms sent no new run." in report
    assert "| `freebsd` | **missing, never measured** | — |" in report
    for kept in ("uml", "gvisor"):
        assert f"| `{kept}` | **missing, the last good run is shown** | 2026-" in report
    assert (tmp_path / "pages" / "index.html").stat().st_size > 100_000


@pytest.mark.parametrize(
    ("spoil", "told"),
    [
        (an_artifact_is_missing, ["linux-rehearsal: missing, should be fresh (nothing came of it)", "wine-rehearsal: missing, should be fresh"]),
        (a_csv_is_cut_off, ["linux-rehearsal: missing, should be fresh", "sha256 is not that of observations.csv", "wine-rehearsal: missing, should be fresh"]),
        (two_legs_write_one_name, ["linux-rehearsal: missing, should be fresh"]),
    ],
)  # fmt: skip
def test_a_rehearsal_that_goes_wrong_is_found_out(
    need_act: None, need_stack: Callable[[str], Stack], tmp_path: Path, spoil: Callable[[Path], None], told: list[str]
) -> None:
    """Whatever goes wrong with a leg, the report is there and says so, and the rehearsal has not passed."""
    need_stack("wine")
    done = rehearse(tmp_path, CACHE.resolve(), spoil)
    assert done.returncode != 0
    found = "\n".join(shortcomings(tmp_path))
    assert [each for each in told if each not in found] == []
    report = (tmp_path / "artifacts" / "report" / "site" / "REPORT.md").read_text("utf-8")
    assert [target for target in LEGS if f"| `{target}` | " not in report] == []
    assert "| `linux-rehearsal` | **missing, never measured** | — |" in report


def test_another_project_gets_its_run_a_report_and_a_comparison(need_act: None, need_stack: Callable[[str], Stack], tmp_path: Path) -> None:
    """The reusable workflow and the action in it, called as another project would."""
    need_stack("wine")
    done = rehearse(tmp_path, CACHE.resolve(), checked_out_first, "caller.yml")
    assert done.returncode == 0, done.stdout[-3000:]
    run = load_run(tmp_path / "artifacts" / "run-linux-theirs" / "run")
    assert isinstance(run, Run)
    assert (run.host.target, run.host.system) == ("linux-theirs", "linux")
    assert "`linux-theirs`" in (tmp_path / "artifacts" / "run-linux-theirs" / "report" / "REPORT.md").read_text("utf-8")
    assert "Nearest is `linux-" in done.stdout
