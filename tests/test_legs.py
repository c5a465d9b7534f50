"""The matrix of platforms: every expected leg ends as one line, and nothing is published under a wrong name."""

import hashlib
import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from matrix.errors import MatrixError
from matrix.legs import last_report, load_legs, merge, save_legs
from matrix.model import Host
from matrix.report import sections
from matrix.report.compare import job_summary
from matrix.runs import Run, load_run
from matrix.targets import SCHEDULED, Target, is_not, load_targets, plan
from tests.conftest import ROOT
from tests.test_command_line import typed

WINE = ROOT / "results" / "wine-8.0"
EXPECTED = {
    "wine": Target(id="wine", reach="stack", system="wine", why="x"),
    "windows-2025": Target(id="windows-2025", reach="hosted", system="windows", version="10.0.26100", why="x"),
    "gvisor": Target(id="gvisor", reach="stack", system="gvisor", why="x"),
}


@pytest.fixture
def artifacts(tmp_path: Path) -> Path:
    """One leg's artifact as a runner downloads it: a folder `run-wine`, the run in a folder of its own."""
    shutil.copytree(WINE, tmp_path / "artifacts" / "run-wine" / "wine-8.0")
    return tmp_path / "artifacts"


def states(artifacts: Path, output: Path) -> tuple[dict[str, str], list[str]]:
    legs, faults = merge(artifacts, [ROOT / "results"], EXPECTED, output)
    return {leg.target: leg.state for leg in legs}, faults


def test_the_targets_that_ship_are_valid_and_planned() -> None:
    """Every platform that the project is there for, each reached in one way."""
    targets = load_targets()
    weekly, by_hand = plan(targets), plan(targets, by_hand=True)
    assert sum(map(len, weekly.values())) + sum(map(len, by_hand.values())) == len(targets) == 35
    assert [len(weekly[reach]) for reach in SCHEDULED] == [12, 6, 2, 3, 2]
    assert all(leg["runner"] for legs in weekly.values() for leg in legs)
    assert all(leg["python"] in ("3.4", "3.8", "3.13") for leg in by_hand["manual"])


def test_the_plan_is_one_line_of_json() -> None:
    """As a workflow's output wants it."""
    done = subprocess.run([sys.executable, "-m", "matrix", "plan"], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.count("\n") == 1
    assert json.loads(done.stdout)["hosted"][0]["id"] == "windows-2022"


@pytest.mark.parametrize(
    ("words", "names"),
    [
        (["windows-xp"], ["windows-xp"]),
        (["windows-7, windows-xp"], ["windows-xp", "windows-7"]),
        (["all"], [target.id for target in load_targets().values() if target.reach == "manual"]),
    ],
)
def test_a_plan_holds_what_is_named(words: list[str], names: list[str]) -> None:
    """Ids with commas between, or all of them; in the order of targets.toml."""
    done = typed("plan", "--by-hand", "--only", *words)
    assert [leg["id"] for leg in json.loads(done.stdout)["manual"]] == names


@pytest.mark.parametrize(
    ("word", "told"),
    [("windows-95", "windows-95 can't be chosen here"), ("wine", "wine can't be chosen here"), (",", "no target is named")],
)
def test_a_plan_of_something_else_is_wrong_usage(word: str, told: str) -> None:
    """With the names that there are."""
    done = typed("plan", "--by-hand", "--only", word)
    assert (done.returncode, told in done.stderr, "windows-xp, windows-2003" in done.stderr) == (2, True, True)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("[x]\nreach = 'bus'\nsystem = 'linux'\nwhy = 'y'", "reach is 'bus'"),
        ("[x]\nreach = 'vm'\nsystem = 'plan9'\nwhy = 'y'", "system is 'plan9'"),
        ("[x]\nreach = 'vm'\nsystem = 'linux'", "why is missing"),
        ("[x]\nreach = 'vm'\nsystem = 'linux'\nwhy = 'y'\ncolour = 'red'", "unknown field 'colour'"),
        ("[X]\nreach = 'vm'\nsystem = 'linux'\nwhy = 'y'", "X: not a name"),
        ("[", "can't be read"),
    ],
)
def test_a_spoiled_table_of_targets_is_named(tmp_path: Path, text: str, told: str) -> None:
    """With the target and what is wrong."""
    (tmp_path / "targets.toml").write_text(text, "utf-8")
    with pytest.raises(MatrixError, match=told):
        load_targets(tmp_path / "targets.toml")


@pytest.mark.parametrize(
    ("system", "version", "told"),
    [("windows", "10.0.26100", ""), ("windows", "10.0.20348", "10.0.26100 was asked for"), ("wine", "8.0", "it is wine"),
     ("windows", "10.0.261001", "was asked for")],
)  # fmt: skip
def test_a_host_that_is_something_else_is_no_run_of_the_target(system: str, version: str, told: str) -> None:
    """A container of one Windows on the kernel of another measures that kernel."""
    result = load_run(WINE)
    assert isinstance(result, Run)
    facts = {name: getattr(result.host, name) for name in Host.__slots__}
    words = is_not(Host(**{**facts, "system": system, "version": version}), EXPECTED["windows-2025"])
    assert (told in words, bool(words)) == (True, bool(told))


def test_a_good_leg_is_fresh_and_an_absent_one_keeps_its_last_run_or_is_missing(artifacts: Path, tmp_path: Path) -> None:
    """And the report says since when the shown data is."""
    assert states(artifacts, tmp_path / "out") == ({"wine": "fresh", "windows-2025": "missing", "gvisor": "kept"}, [])
    legs, _ = merge(artifacts, [ROOT / "results"], EXPECTED, tmp_path / "out")
    save_legs(legs, tmp_path / "legs.json")
    assert load_legs(tmp_path / "legs.json") == tuple(legs)
    text = sections.legs(type("AView", (), {"legs": tuple(legs)})())
    assert "2 of 3 expected platforms sent no new run" in text
    assert "| `gvisor` | **missing, the last good run is shown** | 2026-" in text
    assert "| `windows-2025` | **missing, never measured** | — |" in text


def test_a_csv_that_is_cut_off_costs_its_own_leg_alone(artifacts: Path, tmp_path: Path) -> None:
    """The published run stays, with the reason."""
    path = artifacts / "run-wine" / "wine-8.0" / "observations.csv"
    path.write_bytes(path.read_bytes()[:5000])
    found, faults = states(artifacts, tmp_path / "out")
    assert found["wine"] == "kept"
    assert "sha256 is not that of observations.csv" in faults[0]
    assert isinstance(load_run(tmp_path / "out" / "wine-8.0"), Run)


def test_two_legs_of_one_name_are_both_left_out(artifacts: Path, tmp_path: Path) -> None:
    """Nobody knows which is the leg's."""
    shutil.copytree(WINE, artifacts / "run-wine" / "again" / "wine-8.0")
    found, faults = states(artifacts, tmp_path / "out")
    assert found["wine"] == "kept"
    assert "a second run of wine" in faults[0]


def test_a_run_under_a_wrong_name_is_never_taken(artifacts: Path, tmp_path: Path) -> None:
    """Wine in Windows' artifact, and a leg that nobody asked for."""
    (artifacts / "run-wine").rename(artifacts / "run-windows-2025")
    shutil.copytree(WINE, artifacts / "run-surprise")
    found, faults = states(artifacts, tmp_path / "out")
    assert found["windows-2025"] == "missing"
    assert any("the artifact is named windows-2025, and the run says wine-8.0" in fault for fault in faults)
    assert not (tmp_path / "out" / "windows-2025").exists()


def dated(folder: Path, day: str) -> Path:
    """A copy of Wine's published run that says it was measured on another day."""
    copy = Path(shutil.copytree(WINE, folder / "wine-8.0"))
    facts = json.loads((copy / "host.json").read_text("utf-8"))
    (copy / "host.json").write_text(json.dumps({**facts, "measured": day}), "utf-8")
    return folder


def test_the_newest_good_run_is_kept_and_a_broken_one_never(tmp_path: Path) -> None:
    """What the last report showed counts as well as what is committed; a folder that isn't there holds nothing."""
    old, new = dated(tmp_path / "old", "2020-01-01"), dated(tmp_path / "new", "2030-01-01")
    (tmp_path / "none").mkdir()
    legs, faults = merge(tmp_path / "none", [old, new, tmp_path / "nowhere"], EXPECTED, tmp_path / "out")
    assert [(leg.state, leg.shown) for leg in legs if leg.target == "wine"] == [("kept", "2030-01-01")]
    assert faults == []
    (new / "wine-8.0" / "observations.csv").write_bytes(b"")
    legs, faults = merge(tmp_path / "none", [new, old], EXPECTED, tmp_path / "again")
    assert [(leg.state, leg.shown) for leg in legs if leg.target == "wine"] == [("kept", "2020-01-01")]
    assert any("sha256 is not that of observations.csv" in fault for fault in faults)


def listed(number: int, made: str, branch: str = "main", name: str = "report", expired: bool = False) -> dict[str, object]:
    return {"name": name, "expired": expired, "created_at": made, "workflow_run": {"id": number, "head_branch": branch}}


@pytest.mark.parametrize(
    ("artifacts", "found"),
    [
        ([], ""),
        ([listed(1, "2026-01-01"), listed(2, "2026-01-08")], "2"),
        ([listed(1, "2026-01-01"), listed(2, "2026-01-08", branch="try"), listed(3, "2026-01-09", expired=True), listed(4, "2026-01-10", name="run-x")], "1"),
    ],
)  # fmt: skip
def test_the_last_report_is_the_newest_of_its_branch_that_is_still_there(tmp_path: Path, artifacts: list[object], found: str) -> None:
    """As GitHub lists artifacts."""
    (tmp_path / "list.json").write_text(json.dumps({"artifacts": artifacts}), "utf-8")
    assert last_report(tmp_path / "list.json", "main", "report") == found


@pytest.mark.parametrize("text", ["", "[]", '{"message": "Not Found"}', '{"artifacts": [{"name": "report"}]}'])
def test_an_answer_that_is_no_list_of_artifacts_is_told(tmp_path: Path, text: str) -> None:
    """With the file, and never taken for an empty list."""
    (tmp_path / "list.json").write_text(text, "utf-8")
    with pytest.raises(MatrixError, match=r"list\.json: not a list of artifacts"):
        last_report(tmp_path / "list.json", "main", "report")


HOSTILE = "::error::x ##[add-path]/x <script>alert(1)</script> |x| [x](javascript:x) =cmd()"


def rewritten(run: Path, change: tuple[str, str], target: str | None = None) -> None:
    """A run whose first fitting row was changed, with checksums that match: an enemy can count."""
    text = (run / "observations.csv").read_text("utf-8").replace(*change, 1)
    (run / "observations.csv").write_text(text, "utf-8", newline="\n")
    facts = json.loads((run / "host.json").read_text("utf-8"))
    facts.update(sha256=hashlib.sha256(text.encode()).hexdigest(), **({"target": target} if target else {}))
    (run / "host.json").write_text(json.dumps(facts), "utf-8")


@pytest.mark.parametrize(
    "change",
    [("it is the same account as ours", HOSTILE), (",SUCCESS,,", f",{HOSTILE},,"), ("default", HOSTILE)],
    ids=["detail", "outcome", "option"],
)
def test_a_hostile_csv_changes_nothing_but_its_own_leg(artifacts: Path, tmp_path: Path, change: tuple[str, str]) -> None:
    """Its run is left out with the reason; neither log nor summary nor report takes what it says for markup or a command."""
    rewritten(artifacts / "run-wine" / "wine-8.0", change)
    shutil.copytree(ROOT / "results" / "gvisor-20240729.0", artifacts / "run-gvisor" / "gvisor-20240729.0")
    words = [
        sys.executable,
        "-m",
        "matrix",
        "merge",
        str(artifacts),
        "--only",
        "wine",
        "--only",
        "gvisor",
        "--output",
        str(tmp_path / "out"),
    ]
    done = subprocess.run(words, cwd=ROOT, capture_output=True, text=True, encoding="utf-8", check=False)
    assert done.returncode == 1
    assert done.stdout.splitlines() == [
        "wine: kept, shown as of " + json.loads((WINE / "host.json").read_text("utf-8"))["measured"],
        "gvisor: fresh",
    ]
    legs = load_legs(tmp_path / "out" / "legs.json")
    summary = job_summary(sections.legs(type("AView", (), {"legs": legs})()), [])
    for log in (done.stdout, done.stderr):
        assert "##[" not in log
        assert not any(line.lstrip().startswith("::") for line in log.splitlines())
    assert "<script>" not in summary
    assert "](javascript" not in summary
    assert summary.count("\n|") == 4  # header, ruler and a line for each leg: no cell broke out


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no line ends and colons in names")
def test_a_hostile_name_in_an_artifact_is_one_line_of_a_log(artifacts: Path, tmp_path: Path) -> None:
    """Folders may be named anything."""
    (artifacts / "run-wine").rename(artifacts / "run-x\n::error::x ##[add-path]x")
    _, faults = states(artifacts, tmp_path / "out")
    assert len(faults) == 1
    assert "\n" not in faults[0]
    assert "##[" not in faults[0]


def test_what_else_an_artifact_holds_is_not_taken_along(artifacts: Path, tmp_path: Path) -> None:
    """Three files a run, and no path leads elsewhere."""
    hostile = "::error::x" if sys.platform != "win32" else "%0Aerror x"  # Windows has no colon in names
    (artifacts / "run-wine" / "wine-8.0" / hostile).write_text("<script>", "utf-8")
    states(artifacts, tmp_path / "out")
    assert sorted(path.name for path in (tmp_path / "out" / "wine-8.0").iterdir()) == ["counts.csv", "host.json", "observations.csv"]


def test_no_artifacts_at_all_is_told(tmp_path: Path) -> None:
    """With what to do."""
    with pytest.raises(MatrixError, match="no such folder of artifacts"):
        merge(tmp_path / "nowhere", [ROOT / "results"], EXPECTED, tmp_path / "out")


def test_the_summary_shows_what_changed_and_stays_small() -> None:
    """Case by case, below the size at which a summary is dropped whole."""
    old, new = load_run(ROOT / "results" / "uml-6.1.176"), load_run(ROOT / "results" / "linux-6.18.44")
    assert isinstance(old, Run)
    assert isinstance(new, Run)
    text = job_summary("## Legs\n\nnone", [(old, new)])
    assert "6.1.176 → 6.18.44" in text
    assert "more; `python -m matrix diff` shows them all" in text
    text = job_summary("## Legs\n\nnone", [(old, new)] * 200)
    assert len(text.encode()) < 1_000_000
    shown = text.count("<details>")
    assert text.endswith(f"The changes of {200 - shown} more platforms are too many to be shown here.\n")
    assert shown > 1
