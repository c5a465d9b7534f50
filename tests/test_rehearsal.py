"""The workflows, rehearsed on this machine by act, as they are."""

import os
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from matrix.data.runs import Run, load_run
from matrix.platforms.stacks import Stack
from tests.conftest import CACHE
from tests.rehearse import LEGS, act, rehearse, shortcomings

pytestmark = pytest.mark.long


@pytest.fixture
def need_act() -> None:
    """act; without it the test fails in CI, and is skipped with the reason elsewhere."""
    if not sys.platform.startswith("linux"):
        pytest.skip("the workflows are rehearsed on Linux only")
    if act() is None and os.environ.get("CI"):
        pytest.fail("act is not installed, and in CI the rehearsal must run")
    if act() is None:
        pytest.skip("act is not installed; the dependency group `tests` brings it")


@pytest.fixture(scope="module")
def venv_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where all rehearsals install the project, each its own copy of it; made by the first of them."""
    return tmp_path_factory.mktemp("rehearsals") / "venv"


UPLOADED = "          path: |\n            run\n            log\n"  # once for each kind of leg, the hosted ones first
KINDS = 5


def spoiled(copy: Path, old: str, new: str, times: int, file: str = ".github/workflows/matrix.yml", *, all_of_them: bool = False) -> None:
    """A file with one thing in it changed, once or everywhere; `times` is how often it is there."""
    path = copy / file
    text = path.read_text("utf-8")
    assert text.count(old) == times
    path.write_text(text.replace(old, new, -1 if all_of_them else 1), "utf-8")


def no_container_starts(copy: Path) -> None:
    """There is no image for the leg in a container, so that the rehearsal takes less time."""
    spoiled(copy, 'image = "here"', 'image = "nowhere"', 1, "matrix/platforms/targets.toml")


def an_artifact_is_missing(copy: Path) -> None:
    """The hosted legs measure, and what they upload isn't there."""
    no_container_starts(copy)
    spoiled(copy, UPLOADED, "          path: nowhere\n", KINDS)


def a_csv_is_cut_off(copy: Path) -> None:
    """The hosted legs' files end in the middle."""
    no_container_starts(copy)
    measured = '--output run --target "$TARGET" --stated "image=${ImageOS-} ${ImageVersion-}"\n'
    spoiled(copy, measured, measured[:-1] + " && truncate -s 5000 run/observations.csv\n", 1)


def two_legs_write_one_name(copy: Path) -> None:
    """The second upload must fail, and the first stays."""
    no_container_starts(copy)
    spoiled(copy, "name: run-${{ matrix.id }}", "name: run-wine-rehearsal", KINDS)


def no_leg_sends_anything(copy: Path) -> None:
    """And nobody has enabled Pages."""
    no_container_starts(copy)
    spoiled(copy, UPLOADED, "          path: nowhere\n", KINDS, all_of_them=True)
    (copy.parent / "no-pages").touch()


def a_container_keeps_dockers_own_memory(copy: Path) -> None:
    """/dev/shm is noexec there."""
    spoiled(copy, "--tmpfs /dev/shm:rw,nosuid,nodev,exec,size=1g ", "", 1)


def checked_out_first(copy: Path) -> None:
    """act does not know `$/`, GitHub's way to name the workflow's own repository: the same action from a checkout."""
    text = (copy / ".github" / "workflows" / "matrix.yml").read_text("utf-8")
    checkout = next(line for line in text.splitlines() if "uses: actions/checkout@" in line)
    spoiled(copy, "      - uses: $/", f"{checkout}\n      - uses: ./", 1, ".github/workflows/probe.yml")


def test_the_workflow_ends_with_the_merged_report_of_its_legs(
    need_act: None, need_stack: Callable[[str], Stack], venv_folder: Path, tmp_path: Path
) -> None:
    """A Linux leg, one with OpenBSD's ports, one on a Windows label under Wine, one in a container, one that fails, and two whose last
    good runs are shown with their day."""
    need_stack("wine")
    need_stack("uml")
    done = rehearse(tmp_path, CACHE.resolve(), venv_folder)
    assert shortcomings(tmp_path) == [], done.stdout[-3000:]
    report = (tmp_path / "artifacts" / "report" / "site" / "REPORT.md").read_text("utf-8")
    assert "3 of 7 expected platforms sent no new run." in report
    assert "| `freebsd` | **missing, never measured** | — |" in report
    for kept in ("wine", "gvisor"):
        assert f"| `{kept}` | **missing, the last good run is shown** | 2026-" in report
    assert (tmp_path / "pages" / "index.html").stat().st_size > 100_000


def test_a_leg_without_a_run_sends_what_went_wrong(
    need_act: None, need_stack: Callable[[str], Stack], venv_folder: Path, tmp_path: Path
) -> None:
    """A container with Docker's own /dev/shm can't run user-mode Linux: the leg's artifact says why, and what to do."""
    need_stack("wine")
    need_stack("uml")
    rehearse(tmp_path, CACHE.resolve(), venv_folder, a_container_keeps_dockers_own_memory)
    assert any(each.startswith("uml: kept, should be fresh") for each in shortcomings(tmp_path))
    log = tmp_path / "artifacts" / "run-uml" / "log"
    assert "/dev/shm is mounted noexec" in (log / "console.txt").read_text("utf-8")
    assert "exit status: 1" in (log / "leg.txt").read_text("utf-8")


def test_a_week_without_any_run_still_ends_with_a_report(
    need_act: None, need_stack: Callable[[str], Stack], venv_folder: Path, tmp_path: Path
) -> None:
    """Every leg is missing and says so; where Pages isn't enabled, the job says what to do and is no failure."""
    need_stack("wine")
    done = rehearse(tmp_path, CACHE.resolve(), venv_folder, no_leg_sends_anything)
    assert "7 of 7 expected platforms sent no new run." in (tmp_path / "artifacts" / "report" / "site" / "REPORT.md").read_text("utf-8")
    assert "Pages is not enabled" in done.stdout
    assert "Settings, Pages, Source: GitHub Actions" in done.stdout
    assert [line for line in done.stdout.splitlines() if "Failure" in line and "[matrix/Pages" in line] == []


@pytest.mark.parametrize(
    ("spoil", "expected"),
    [
        (an_artifact_is_missing, ["linux-rehearsal: missing, should be fresh (it sent nothing)", "wine-rehearsal: missing, should be fresh"]),
        (a_csv_is_cut_off, ["linux-rehearsal: missing, should be fresh", "sha256 is not that of observations.csv", "wine-rehearsal: missing, should be fresh"]),
        (two_legs_write_one_name, ["linux-rehearsal: missing, should be fresh"]),
    ],
)  # fmt: skip
def test_a_rehearsal_that_goes_wrong_is_found_out(
    need_act: None,
    need_stack: Callable[[str], Stack],
    venv_folder: Path,
    tmp_path: Path,
    spoil: Callable[[Path], None],
    expected: list[str],
) -> None:
    """Whatever goes wrong with a leg, the report is there and says so, and the rehearsal has not passed."""
    need_stack("wine")
    done = rehearse(tmp_path, CACHE.resolve(), venv_folder, spoil)
    assert done.returncode != 0
    found = "\n".join(shortcomings(tmp_path))
    assert [each for each in expected if each not in found] == []
    report = (tmp_path / "artifacts" / "report" / "site" / "REPORT.md").read_text("utf-8")
    assert [target for target in LEGS if f"| `{target}` | " not in report] == []
    assert "| `linux-rehearsal` | **missing, never measured** | — |" in report


def test_another_project_gets_its_run_a_report_and_a_comparison(
    need_act: None, need_stack: Callable[[str], Stack], venv_folder: Path, tmp_path: Path
) -> None:
    """The reusable workflow and the action in it, called as another project would."""
    need_stack("wine")
    done = rehearse(tmp_path, CACHE.resolve(), venv_folder, checked_out_first, "caller.yml")
    assert done.returncode == 0, done.stdout[-3000:]
    run = load_run(tmp_path / "artifacts" / "run-linux-theirs" / "run")
    assert isinstance(run, Run)
    assert (run.host.target, run.host.system) == ("linux-theirs", "linux")
    assert "`linux-theirs`" in (tmp_path / "artifacts" / "run-linux-theirs" / "report" / "REPORT.md").read_text("utf-8")
    assert "Nearest is Linux " in done.stdout
