"""The commands as a person types them."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import ROOT


def typed(*words: str, cwd: Path = ROOT) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, "-m", "matrix", *words], cwd=cwd, capture_output=True, text=True, timeout=120, check=False)


def test_report_writes_four_files_and_tells_where(tmp_path: Path, measured: Path) -> None:
    """With this machine's run beside the published ones."""
    done = typed("report", "results", str(measured), "--output", str(tmp_path / "out"))
    assert (done.returncode, done.stderr) == (0, "")
    assert f"report: {tmp_path / 'out' / 'REPORT.md'}" in done.stdout
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == ["REPORT.md", "index.html", "report.json", "verdicts.csv"]
    assert "`this-machine`" in (tmp_path / "out" / "REPORT.md").read_text("utf-8")


def test_findings_change_the_status_only_where_asked(tmp_path: Path) -> None:
    """Exit 0 means done, whatever was found."""
    assert typed("report", "--output", str(tmp_path)).returncode == 0
    done = typed("report", "--output", str(tmp_path), "--fail-on", "weaker")
    assert (done.returncode, "found weaker" in done.stderr) == (1, True)


def test_check_passes_what_is_published() -> None:
    """The project's own data is good."""
    done = typed("check")
    assert (done.returncode, done.stdout) == (0, "189 claims, 4 good runs, 0 faulty, 0 faults\n")


def test_check_names_every_fault(tmp_path: Path, run_copy: Path) -> None:
    """All of them at once, and the report is written all the same."""
    (run_copy / "host.json").unlink()
    shutil.copytree(ROOT / "results" / "wine-8.0", tmp_path / "wine-8.0")
    done = typed("check", str(tmp_path))
    assert done.returncode == 1
    assert "host.json: missing" in done.stderr
    assert "1 good runs, 1 faulty" in done.stdout
    report = typed("report", str(tmp_path), "--output", str(tmp_path / "out"))
    assert report.returncode == 1
    assert "## Left out" in (tmp_path / "out" / "REPORT.md").read_text("utf-8")


@pytest.mark.parametrize(
    ("words", "status", "told"),
    [
        ((), 2, "required: COMMAND"),
        (("report", "nowhere", "--output", "x"), 2, "nowhere: no such folder"),
        (("stacks", "vms", "--output", "x"), 2, "no stack is named 'vms'"),
        (("report", "--output", "/dev/null/x"), 1, "cannot write the report"),
    ],
)
def test_wrong_usage_is_told(words: tuple[str, ...], status: int, told: str, tmp_path: Path) -> None:
    """What is wrong and what there is."""
    words = tuple(str(tmp_path / "x") if word == "x" else word for word in words)
    done = typed(*words)
    assert done.returncode == status
    assert told in done.stderr
    assert "Traceback" not in done.stderr


def test_the_readme_commands_are_the_real_ones() -> None:
    """The README's two commands name sessions that exist."""
    text = (ROOT / "README.md").read_text("utf-8")
    sessions = (ROOT / "noxfile.py").read_text("utf-8")
    for name in ("matrix", "tests"):
        assert f"python3 -m venv .venv && .venv/bin/pip install nox && .venv/bin/nox -s {name}\n" in text
        assert f"def {name}(session" in sessions
