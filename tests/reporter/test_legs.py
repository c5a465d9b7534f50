"""The matrix of platforms: every expected leg ends as one line, and nothing is published under a wrong name."""

import json
import re
import shutil
import sys
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from matrix.data.legs import last_report, load_legs
from matrix.data.runs import Loader, Run
from matrix.errors import MatrixError, UsageError
from matrix.findings.changes import drift
from matrix.findings.platforms import Legs
from matrix.platforms.legs import belongs, merge, save_legs
from matrix.platforms.targets import REACHES, SCHEDULED, Target, chosen, is_not, load_targets, plan
from matrix.records import LEG_STATES, Leg
from matrix.report import summary
from matrix.report.summary import job_summary
from tests.made_runs import MadeRun, everything_succeeds
from tests.reporter.conftest import PART
from tests.reporter.test_foreign_text import HOSTILE, RENDER
from tests.reporter.test_judge import host

EXPECTED = {
    "wine": Target(id="wine", reach="stack", system="wine", why="x"),
    "windows-2025": Target(id="windows-2025", reach="hosted", system="windows", version="10.0.26100", why="x"),
    "gvisor": Target(id="gvisor", reach="stack", system="gvisor", why="x"),
}
TODAY = date(2026, 12, 31)


def wine(folder: Path, day: str = "2026-11-24") -> Path:
    return MadeRun(target="wine-8.0", system="wine", version="8.0", options=("default",), selection=PART, changed={"measured": day}).write(
        folder
    )


@pytest.fixture
def artifacts(tmp_path: Path) -> Path:
    """One leg's artifact as a runner downloads it: a folder `run-wine`, the run in a folder of its own."""
    wine(tmp_path / "artifacts" / "run-wine", "2026-12-01")
    return tmp_path / "artifacts"


@pytest.fixture
def published(tmp_path: Path) -> Path:
    """The last good runs."""
    MadeRun(target="gvisor-1", system="gvisor", version="", options=("default",), selection=PART).write(tmp_path / "published")
    wine(tmp_path / "published")
    return tmp_path / "published"


def states(artifacts: Path, published: Path, output: Path) -> tuple[dict[str, tuple[str, str]], list[str]]:
    legs, faults = merge(artifacts, [published], EXPECTED, output, TODAY)
    return {leg.target: (leg.state, leg.shown) for leg in legs}, faults


def test_the_targets_that_ship_are_valid_and_planned() -> None:
    """Every platform is reached in one way."""
    targets = load_targets()
    weekly, by_hand = plan(targets), plan(targets, by_hand=True)
    legs = [leg for each in (weekly, by_hand) for legs in each.values() for leg in legs]
    assert sorted(str(leg["id"]) for leg in legs) == sorted(targets)
    assert (tuple(weekly), tuple(by_hand)) == (SCHEDULED, ("manual",))
    assert all(leg["runner"] for legs in weekly.values() for leg in legs)
    assert all(leg["python"] and leg["image"] for leg in by_hand["manual"])
    assert {target.reach for target in targets.values()} <= set(REACHES)


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("[x]\nreach = 'bus'\nsystem = 'linux'\nwhy = 'y'", "x: unknown reach: 'bus'"),
        ("[x]\nreach = 'vm'\nsystem = 'plan9'\nwhy = 'y'", "x: unknown system: 'plan9'"),
        ("[x]\nreach = 'vm'\nsystem = 'linux'", "x: why is missing"),
        ("[x]\nreach = 'vm'\nsystem = 'linux'\nwhy = 'y'\ncolour = 'red'", "x: unknown field: 'colour'"),
        ("[x]\nreach = 'vm'\nsystem = 'linux'\nwhy = 'y'\nid = 'z'", "x: unknown field: 'id'"),
        ("[x]\nreach = 'vm'\nsystem = 'linux'\nwhy = 'y'\nmay_fail = 'yes'", "x: may_fail is of another type: 'yes'"),
        ("[x]\nreach = 'vm'\nsystem = 'linux'\nwhy = 'y'\nversion = 6.1", "x: version is of another type: '6.1'"),
        ("[X]\nreach = 'vm'\nsystem = 'linux'\nwhy = 'y'", "not a target's name: 'X'"),
        ("x = 1", "x is no table: '1'"),
        ("[", "not valid TOML"),
    ],
)
def test_a_spoiled_table_of_targets_is_named(tmp_path: Path, text: str, problem: str) -> None:
    """With the target and what is wrong, all of it at once."""
    (tmp_path / "targets.toml").write_text(text + "\n[y]\nreach = 'vm'", "utf-8")
    with pytest.raises(MatrixError) as raised:
        load_targets(tmp_path / "targets.toml")
    assert problem in str(raised.value)
    assert "y: system is missing" in str(raised.value) or "TOML" in problem


@pytest.mark.parametrize("words", [[","], ["wine,moon"], []])
def test_a_choice_of_nothing_or_of_the_unknown_is_wrong_usage(words: list[str]) -> None:
    """With the names that there are."""
    with pytest.raises(UsageError, match="choose from all, wine, windows-2025, gvisor"):
        chosen(EXPECTED, words)


def test_only_a_stack_names_its_version_itself() -> None:
    """A run that is called like a longer name belongs to no other target."""
    assert belongs("wine-8.0", EXPECTED["wine"])
    assert belongs("windows-2025", EXPECTED["windows-2025"])
    assert not belongs("windows-2025-x86", EXPECTED["windows-2025"])
    assert not belongs("winery", EXPECTED["wine"])


def test_targets_are_chosen_by_name_in_their_own_order() -> None:
    """Several with commas between, or all."""
    assert list(chosen(EXPECTED, ["gvisor,wine"])) == ["wine", "gvisor"]
    assert list(chosen(EXPECTED, ["all"])) == list(EXPECTED)


@pytest.mark.parametrize(
    ("system", "version", "problem"),
    [("windows", "10.0.26100", ""), ("windows", "10.0.26100.1", ""), ("windows", "10.0.20348", "10.0.26100 was asked for"), ("wine", "8.0", "it is wine"),
     ("windows", "10.0.261001", "was asked for"), ("windows", "", "(version unknown)")],
)  # fmt: skip
def test_a_host_that_is_something_else_is_no_run_of_the_target(system: str, version: str, problem: str) -> None:
    """A container of one Windows on the kernel of another measures that kernel."""
    words = is_not(host(system, version), EXPECTED["windows-2025"])
    assert (problem in words, bool(words)) == (True, bool(problem))
    assert is_not(host(system, version), replace(EXPECTED["windows-2025"], version="", system=system)) == ""


def test_a_good_leg_is_fresh_and_an_absent_one_keeps_its_last_run_or_is_missing(artifacts: Path, published: Path, tmp_path: Path) -> None:
    """And the report says since when the shown data is."""
    found, faults = states(artifacts, published, tmp_path / "out")
    assert (found, faults) == ({"wine": ("fresh", "2026-12-01"), "windows-2025": ("missing", ""), "gvisor": ("kept", "2026-11-24")}, [])
    legs, _ = merge(artifacts, [published], EXPECTED, tmp_path / "out", TODAY)
    save_legs(legs, tmp_path / "legs.json")
    assert load_legs(tmp_path / "legs.json") == tuple(legs)
    text = job_summary(Legs(legs=tuple(legs), absent=2), [])
    assert "2 of 3 expected platforms sent no new run" in text
    assert "| `gvisor` | **missing, the last good run is shown** | 2026-11-24 | it sent nothing |" in text
    assert "| `windows-2025` | **missing, never measured** | — |" in text


def test_a_csv_that_is_cut_off_costs_its_own_leg_alone(artifacts: Path, published: Path, tmp_path: Path) -> None:
    """The published run stays, with the reason."""
    path = artifacts / "run-wine" / "wine-8.0" / "observations.csv"
    path.write_bytes(path.read_bytes()[:500])
    found, faults = states(artifacts, published, tmp_path / "out")
    assert found["wine"] == ("kept", "2026-11-24")
    assert any("sha256 is not that of observations.csv" in fault for fault in faults)
    assert isinstance(Loader().load(tmp_path / "out" / "wine-8.0"), Run)


def test_two_legs_of_one_name_are_both_left_out(artifacts: Path, published: Path, tmp_path: Path) -> None:
    """Nobody knows which is the leg's."""
    wine(artifacts / "run-wine" / "again")
    found, faults = states(artifacts, published, tmp_path / "out")
    assert found["wine"][0] == "kept"
    assert "a second run of wine" in faults[0]


def test_a_run_under_a_wrong_name_is_never_taken(artifacts: Path, published: Path, tmp_path: Path) -> None:
    """Wine in Windows' artifact, and a leg that nobody asked for."""
    (artifacts / "run-wine").rename(artifacts / "run-windows-2025")
    MadeRun(target="surprise", system="linux", selection=PART).write(artifacts / "run-surprise")
    found, faults = states(artifacts, published, tmp_path / "out")
    assert found["windows-2025"] == ("missing", "")
    assert any("the artifact is named windows-2025, and the run says wine-8.0" in fault for fault in faults)
    assert any("nobody asked for surprise; add it to targets.toml" in fault for fault in faults)
    assert not (tmp_path / "out" / "windows-2025").exists()


def test_a_run_that_is_something_else_than_its_target_is_named_for_what_it_is(artifacts: Path, published: Path, tmp_path: Path) -> None:
    """In the leg's line."""
    MadeRun(target="windows-2025", system="windows", version="6.1", options=("default",), selection=PART).write(
        artifacts / "run-windows-2025"
    )
    legs, faults = merge(artifacts, [published], EXPECTED, tmp_path / "out", TODAY)
    reason = next(leg.reason for leg in legs if leg.target == "windows-2025")
    assert "not windows-2025: it is windows 6.1, and 10.0.26100 was asked for" in reason
    assert faults == [reason]


def test_the_newest_good_run_is_kept_and_a_broken_one_never(tmp_path: Path) -> None:
    """What the last report showed counts as well as what is committed; a folder that isn't there holds nothing; tomorrow's is none."""
    old, new, never = (tmp_path / name for name in ("old", "new", "never"))
    wine(old, "2026-01-01")
    wine(new, "2026-06-01")
    wine(never, "2099-12-31")
    (tmp_path / "none").mkdir()
    legs, faults = merge(tmp_path / "none", [old, new, never, tmp_path / "nowhere"], EXPECTED, tmp_path / "a" / "out", TODAY)
    assert [(leg.state, leg.shown) for leg in legs if leg.target == "wine"] == [("kept", "2026-06-01")]
    assert [fault for fault in faults if "measured is after today" in fault] == faults
    (new / "wine-8.0" / "observations.csv").write_bytes(b"")
    legs, faults = merge(tmp_path / "none", [new, old], EXPECTED, tmp_path / "again", TODAY)
    assert [(leg.state, leg.shown) for leg in legs if leg.target == "wine"] == [("kept", "2026-01-01")]
    assert faults


def test_what_else_an_artifact_holds_is_not_taken_along(artifacts: Path, published: Path, tmp_path: Path) -> None:
    """Three files a run, and no path leads elsewhere."""
    (artifacts / "run-wine" / "wine-8.0" / ("::error::x" if sys.platform != "win32" else "%0Aerror x")).write_text("<script>", "utf-8")
    states(artifacts, published, tmp_path / "out")
    assert sorted(path.name for path in (tmp_path / "out" / "wine-8.0").iterdir()) == ["counts.csv", "host.json", "observations.csv"]


def test_no_artifacts_at_all_is_an_error(published: Path, tmp_path: Path) -> None:
    """With what to do."""
    with pytest.raises(MatrixError, match="no such folder of artifacts"):
        merge(tmp_path / "nowhere", [published], EXPECTED, tmp_path / "out", TODAY)


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no line ends and colons in names")
def test_a_hostile_name_in_an_artifact_is_one_line_of_a_log(artifacts: Path, published: Path, tmp_path: Path) -> None:
    """Folders may be named anything."""
    (artifacts / "run-wine").rename(artifacts / "run-x\n::error::x ##[add-path]x")
    _, faults = states(artifacts, published, tmp_path / "out")
    assert len(faults) == 1
    assert "\n" not in faults[0]
    assert "##[" not in faults[0]


GOOD = {"target": "wine", "state": "kept", "shown": "2026-01-01", "reason": "x", "may_fail": False}


@pytest.mark.parametrize(
    "value",
    [{}, [[]], [{}], ["x"], [None], [GOOD | {"more": 1}], [GOOD | {"state": "great"}], [GOOD | {"target": "<b>"}], [GOOD | {"shown": "yesterday"}], [GOOD | {"reason": 1}],
     [GOOD | {"reason": "\x1b"}], [GOOD | {"reason": "x" * 2001}], [GOOD | {"may_fail": 1}], [GOOD | {"target": ["x"]}], [GOOD] * 1001],
)  # fmt: skip
def test_a_file_of_legs_is_read_as_strictly_as_a_run(tmp_path: Path, value: Any) -> None:
    """Each field of its own kind, or an error that names the file."""
    path = tmp_path / "legs.json"
    path.write_text(json.dumps(value), "utf-8")
    with pytest.raises(MatrixError, match=r"legs\.json: (not a list of legs|leg 1 is none)"):
        load_legs(path)


@pytest.mark.parametrize("text", ["", "[" * 100_000, '[{"target": 1e999}]', "null", "\xff", '[{"a": 1, "a": 2}]'])
def test_a_file_of_legs_that_is_no_json_is_named(tmp_path: Path, text: str) -> None:
    """And never a traceback."""
    path = tmp_path / "legs.json"
    path.write_text(text, "latin-1")
    with pytest.raises(MatrixError, match=r"legs\.json"):
        load_legs(path)


def test_a_good_file_of_legs_is_read(tmp_path: Path) -> None:
    """With and without what may be left out."""
    path = tmp_path / "legs.json"
    path.write_text(json.dumps([GOOD, {name: GOOD[name] for name in GOOD if name != "may_fail"}]), "utf-8")
    assert load_legs(path) == (Leg(**GOOD), Leg(**GOOD))  # type: ignore[arg-type]  # a table of keywords
    assert GOOD["state"] in LEG_STATES


def listed(number: Any, made: Any, branch: str = "main", name: str = "report", expired: Any = False) -> dict[str, Any]:
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


@pytest.mark.parametrize(
    "text",
    ["", "[]", '{"message": "Not Found"}', '{"artifacts": {}}', '{"artifacts": [1]}', '{"artifacts": [{"name": "report"}]}', json.dumps({"artifacts": [listed({}, "x")]}), json.dumps({"artifacts": [listed(True, "x")]}),
     json.dumps({"artifacts": [listed(1, ["x"])]}), json.dumps({"artifacts": [listed(1, "x", expired="no")]}), "[" * 100_000, '{"artifacts": [1e999]}'],
)  # fmt: skip
def test_an_answer_that_is_no_list_of_artifacts_is_named(tmp_path: Path, text: str) -> None:
    """With the file, and never taken for an empty list."""
    (tmp_path / "list.json").write_text(text, "utf-8")
    with pytest.raises(MatrixError, match=r"list\.json: not (a list of artifacts|valid JSON)"):
        last_report(tmp_path / "list.json", "main", "report")


def test_the_summary_shows_what_changed_and_stays_small(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Case by case, below the size at which a summary is dropped whole."""
    loader = Loader()
    old, new = (
        loader.load(MadeRun(target="linux-x", version=version, selection="tcp ipv4 same", rule=rule).write(tmp_path / version))
        for version, rule in (("6.1", everything_succeeds), ("6.2", MadeRun().rule))
    )
    assert isinstance(old, Run)
    assert isinstance(new, Run)
    found = drift(old, new, loader.catalogue)
    text = job_summary(None, [found])
    assert "6.1 → 6.2" in text
    assert "more; `bind-matrix diff` shows them all" in text
    monkeypatch.setattr(summary, "MAX_BYTES", 4 * len(text.encode()))
    text = job_summary(None, [found] * 20)
    assert len(text.encode()) < summary.MAX_BYTES + 200
    count = text.count("<details>")
    assert text.endswith(f"The changes of {20 - count} more platforms are too many to be shown here.\n")
    assert 1 < count < 20


@pytest.mark.parametrize("reason", HOSTILE)
def test_a_reason_breaks_out_of_no_cell_of_a_summary(reason: str) -> None:
    """Whatever a leg was left out for."""
    text = job_summary(Legs(legs=(Leg(target="a", state="kept", shown="2026-01-01", reason=reason),), absent=1), [])
    assert text.count("\n|") == 3  # header, ruler and one line
    assert "<script" not in text
    assert not re.search(r"<(?:script|img|a) ", RENDER.render(text))


def test_a_published_run_may_be_copied_over_itself(published: Path, tmp_path: Path) -> None:
    """Merging into a folder that has runs already replaces them."""
    (tmp_path / "none").mkdir()
    shutil.copytree(published, tmp_path / "out")
    found, faults = states(tmp_path / "none", published, tmp_path / "out")
    assert (found["wine"], faults) == (("kept", "2026-11-24"), [])
