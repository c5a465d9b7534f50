"""The commands as a person types them."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from matrix.claims import load_claims
from tests.conftest import ROOT


def typed(*words: str, cwd: Path = ROOT) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "matrix", *words]
    return subprocess.run(command, cwd=cwd, capture_output=True, text=True, encoding="utf-8", timeout=300, check=False)


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
    """The project's own data is good, and each run says what it is and which probe measured it."""
    done = typed("check")
    targets = sorted(path.parent.name for path in (ROOT / "results").glob("*/host.json"))
    *runs, last = done.stdout.splitlines()
    assert (done.returncode, done.stderr) == (0, "")
    assert last == f"{len(load_claims().frame)} claims, {len(targets)} good runs, 0 faulty, 0 faults"
    assert [line.split(":")[0] for line in runs] == targets
    assert all(
        re.fullmatch(r".*, [\d,]+ rows, measured \d{4}-\d\d-\d\d by (this probe|another probe, [0-9a-f]{64})", line) for line in runs
    )


def test_check_of_nothing_is_no_success(tmp_path: Path) -> None:
    """A check that looked at no run has not passed."""
    done = typed("check", str(tmp_path))
    assert (done.returncode, "there is no run in" in done.stderr) == (2, True)


def test_a_stack_that_nobody_knows_leaves_nothing_behind(tmp_path: Path) -> None:
    """Names are looked at before a folder is made."""
    done = typed("stacks", "vms", "--output", str(tmp_path / "x"), "--cache", str(tmp_path / "cache"))
    assert (done.returncode, list(tmp_path.iterdir())) == (2, [])


def test_check_wants_a_run_in_a_folder_of_its_own_name(tmp_path: Path) -> None:
    """So that two people's runs never meet in one folder."""
    shutil.copytree(ROOT / "results" / "wine-8.0", tmp_path / "windows-11")
    done = typed("check", str(tmp_path))
    assert done.returncode == 1
    assert "windows-11: the folder of wine-8.0; give it that name" in done.stderr
    assert done.stdout.splitlines()[-1].endswith("1 good runs, 0 faulty, 1 faults")


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
        (("report", "--output", "a file/x"), 1, "cannot write the report"),
    ],
)
def test_wrong_usage_is_told(words: tuple[str, ...], status: int, told: str, tmp_path: Path) -> None:
    """What is wrong and what there is."""
    (tmp_path / "a file").write_bytes(b"")
    words = tuple(str(tmp_path / word) if word.endswith("x") else word for word in words)
    done = typed(*words)
    assert done.returncode == status
    assert told in done.stderr
    assert "Traceback" not in done.stderr


def test_explain_shows_one_case_on_every_platform_beside_the_documents() -> None:
    """Outcomes, and each document's word on it with its verdict."""
    done = typed("explain", "tcp ipv4 default@wildcard listening ipv4 SO_REUSEADDR@specific same")
    assert (done.returncode, done.stderr) == (0, "")
    case, header, bind, *said = done.stdout.splitlines()
    assert case == "tcp ipv4 default@wildcard listening ipv4 SO_REUSEADDR@specific same"
    answers = dict(zip(header.split(), bind.split()[1:], strict=True))
    expected = {"gvisor-20240729.0": "INUSE", "linux-6.18.44": "INUSE", "uml-6.1.176": "INUSE", "wine-8.0": "ACCESS"}
    assert {target: answers[target] for target in expected} == expected
    guide = next(line for line in said if "2003 and later, same account" in line)
    assert ": SUCCESS — " in guide
    assert "wine-8.0 ▲ stricter (imitation)" in guide
    assert "linux-6.18.44 ▲ stricter (comparison)" in guide


@pytest.mark.parametrize(("words", "told"), [("no such case", "no case matches"), ("tcp", "add words")])
def test_explain_tells_when_it_cannot(words: str, told: str) -> None:
    """Nothing found, or too much."""
    done = typed("explain", words)
    assert (done.returncode, told in done.stderr) == (2, True)


def test_diff_of_a_run_with_itself_is_no_change() -> None:
    """Said in words, with the number of rows."""
    run = "results/linux-6.18.44"
    rows = len((ROOT / run / "observations.csv").read_bytes().splitlines()) - 1
    assert typed("diff", run, run).stdout.splitlines()[1:] == ["host: no change", f"observations: no change in {rows:,} rows"]


def test_diff_names_every_case_and_what_changed_in_the_host() -> None:
    """Linux 6.1 lets a mapped address be taken that 6.18 protects."""
    done = typed("diff", "results/uml-6.1.176", "results/linux-6.18.44")
    assert "host: version: 6.1.176 → 6.18.44" in done.stdout
    case = "tcp dual default@mapped-wildcard listening dual default@mapped-specific same"
    assert f"{case} bind: SUCCESS → INUSE\n" in done.stdout
    assert f"{case} listen: SUCCESS → absent\n" in done.stdout


def test_diff_of_a_faulty_run_names_the_fault(run_copy: Path) -> None:
    """And shows no difference that can't be believed."""
    (run_copy / "host.json").unlink()
    done = typed("diff", "results/linux-6.18.44", str(run_copy))
    assert (done.returncode, "the run was cut off" in done.stderr, done.stdout) == (1, True, "")


def test_compare_finds_the_nearest_platform_and_where_it_is_otherwise(tmp_path: Path) -> None:
    """Linux 6.1 is nearest to Linux 6.18, and departs from it on mapped addresses and in one state of a port left behind."""
    done = typed("compare", "results/uml-6.1.176", "--append", str(tmp_path / "summary.md"))
    assert (done.returncode, done.stderr) == (0, "")
    assert re.fullmatch(
        r"Nearest is `linux-6\.18\.44`: it answers alike in [\d,]+ of the [\d,]+ questions that both were asked\.\n", done.stdout
    )
    text = (tmp_path / "summary.md").read_text("utf-8")
    assert done.stdout in text
    assert "| TCP bound | bind | INUSE | SUCCESS | dual mapped-wildcard → dual mapped-specific | " in text
    assert typed("compare", "results/uml-6.1.176").stdout == text


def test_compare_of_an_only_run_says_that_there_is_nothing_beside_it() -> None:
    """A platform is never compared with itself."""
    done = typed("compare", "results/uml-6.1.176", "results/uml-6.1.176")
    assert "There is no other published platform." in done.stdout


def test_advise_tells_what_keeps_a_sockets_traffic() -> None:
    """A Linux listener with SO_REUSEADDR keeps it and can be started again; on Linux 6.1 not between mapped addresses; Wine had one account."""
    done = typed("advise")
    assert (done.returncode, done.stderr) == (0, "")
    lines = {" ".join(line.split()[:2]): re.split(r"  +", line) for line in done.stdout.splitlines() if " TCP " in line or " UDP " in line}
    assert lines["linux-6.18.44 TCP"][2:4] == ["default, SO_REUSEADDR", "default, SO_REUSEADDR,"]
    assert lines["linux-6.18.44 TCP"][4].startswith("SO_REUSEADDR, ")
    assert lines["uml-6.1.176 TCP"][2] == "default*, SO_REUSEADDR*"
    assert lines["gvisor-20240729.0 TCP"][2:4] == ["default", "default"]
    assert lines["wine-8.0 TCP"][3] == "not measured"


def test_compare_names_the_published_run_of_the_same_name_and_faulty_ones(tmp_path: Path) -> None:
    """A run that was measured again stands beside the published one; what can't be compared with is told."""
    shutil.copytree(ROOT / "results" / "wine-8.0", tmp_path / "wine-8.0")
    shutil.copytree(ROOT / "results" / "wine-8.0", tmp_path / "results" / "wine-8.0")
    done = typed("compare", str(tmp_path / "wine-8.0"), str(tmp_path / "results"))
    assert (done.returncode, "Nearest is `wine-8.0`" in done.stdout, "Nothing is answered otherwise" in done.stdout) == (0, True, True)
    (tmp_path / "results" / "wine-8.0" / "host.json").unlink()
    done = typed("compare", str(tmp_path / "wine-8.0"), str(tmp_path / "results"))
    assert (done.returncode, "host.json: missing" in done.stderr) == (1, True)


def test_advise_without_a_run_says_nothing_and_does_not_fail(tmp_path: Path) -> None:
    """An empty folder holds no run."""
    done = typed("advise", str(tmp_path))
    assert (done.returncode, done.stderr) == (0, "")


def test_the_readme_commands_are_the_real_ones() -> None:
    """The README's two commands name sessions that exist."""
    text = (ROOT / "README.md").read_text("utf-8")
    sessions = (ROOT / "noxfile.py").read_text("utf-8")
    for name in ("matrix", "tests"):
        assert f"python3 -m venv .venv && .venv/bin/pip install nox && .venv/bin/nox -s {name}\n" in text
        assert f"def {name}(session" in sessions
