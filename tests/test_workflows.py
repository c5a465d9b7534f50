"""The workflows hold together with the data they are made from, and with what is known of GitHub."""

import os
import re
import shutil
import subprocess
import sys
from datetime import date
from pathlib import Path

import pytest

from matrix.platforms import guests
from matrix.platforms.targets import SCHEDULED, load_targets
from tests.conftest import ROOT, run_probe
from tests.facts import DAYS, NAMES, Fact, load_facts, to_read_again

GITHUB = ROOT / ".github"
FILES = {path.relative_to(GITHUB).as_posix(): path.read_text("utf-8") for path in sorted(GITHUB.rglob("*.yml"))}
MATRIX = FILES["workflows/matrix.yml"]
TARGETS = load_targets()
FACTS = load_facts()

needs_sh = pytest.mark.skipif(sys.platform == "win32", reason="its sh comes with Git and is not on the path of every Windows")


def known(kind: str) -> set[str]:
    return {fact.name for fact in FACTS if fact.kind == kind}


def test_every_action_is_pinned_to_what_is_known_of_it() -> None:
    """Commit and tag as in facts.toml; nothing is known that isn't used."""
    used = {use for text in FILES.values() for use in re.findall(r"uses: ([\w.-]+/[\w.-]+@[0-9a-f]{40} # \S+)", text)}
    pins = {fact.name: fact.text.split() for fact in FACTS if fact.kind == "action"}
    assert used == {f"{name}@{commit} # {tag}" for name, (tag, commit) in pins.items()}
    loose = {use for text in FILES.values() for use in re.findall(r"uses: (.+)", text)} - used
    assert loose == {"$/.github/actions/probe"}


def test_every_runner_is_a_known_one() -> None:
    """Those of the targets, and those that jobs name themselves."""
    labels = {target.runner for target in TARGETS.values() if target.runner}
    labels |= {label for text in FILES.values() for label in re.findall(r"runs-on: ([\w.-]+)\n", text)}
    labels |= {label for line in re.findall(r"runner: \[(.+)\]", FILES["workflows/ci.yml"]) for label in line.split(", ")}
    assert labels == known("runner")


def test_every_image_is_a_known_one() -> None:
    """Of containers, of stacks, of WSL, and the one that installs an old Windows."""
    images = {target.image for target in TARGETS.values() if target.reach in ("stack", "container", "wsl")}
    images |= {guests.FACTS["image"], *re.findall(r"image: (docker\.io\S+)", FILES["workflows/ci.yml"])}
    assert images == known("image")


def test_every_fact_has_a_source_and_a_day() -> None:
    """Nothing is taken for granted without either."""
    assert [fact for fact in FACTS if not fact.source.strip() or type(fact.day) is not date or fact.kind not in NAMES] == []


def test_facts_that_nobody_has_read_for_long_are_named_oldest_first() -> None:
    """With where to read again."""
    facts = [Fact(kind="runner", name=f"r{day}", text="", source="s", day=date(2026, 1, day)) for day in (3, 2, 1)]
    lines = to_read_again(facts, date.fromordinal(date(2026, 1, 2).toordinal() + DAYS + 1))
    assert [line.split(" runner ")[1] for line in lines] == ["r1; read again: s", "r2; read again: s"]


def job(name: str) -> str:
    """The text of one job of matrix.yml."""
    found = re.search(rf"^  {name}:\n(.+?)(?=^  \w+:\n|\Z)", MATRIX, re.M | re.S)
    assert found, name
    return found.group(1)


@pytest.mark.parametrize("reach", SCHEDULED)
def test_each_way_to_reach_a_platform_is_a_job_whose_legs_are_data(reach: str) -> None:
    """Skipped where nothing is to be reached so: GitHub refuses a matrix without a value."""
    text = job(reach)
    assert f"include: ${{{{ fromJSON(needs.plan.outputs.legs).{reach} }}}}" in text
    assert f"if: ${{{{ fromJSON(needs.plan.outputs.legs).{reach}[0] != null }}}}" in text
    assert "fail-fast: false" in text
    assert "          name: run-${{ matrix.id }}\n          path: |\n            run\n            log\n" in text


@pytest.mark.parametrize("reach", SCHEDULED)
def test_a_leg_that_hangs_still_sends_its_log(reach: str) -> None:
    """What measures has less time than its job: a job that runs out of time is cancelled, and uploads nothing."""
    text = job(reach)
    (whole,) = map(int, re.findall(r"^    timeout-minutes: (\d+)", text, re.M))
    parts = [int(minutes) for minutes in re.findall(r"^(?:      - |        )timeout-minutes: (\d+)", text, re.M)]
    assert parts
    assert max(parts) + 5 <= whole
    assert text.count("leg.sh") + text.count("Tee-Object") == 1  # one step, or one for each machine with the same words


def test_the_report_waits_for_every_job_that_measures() -> None:
    """And for the plan."""
    (needs,) = re.findall(r"needs: \[(.+)\]", job("report"))
    assert set(needs.split(", ")) == {"plan", *SCHEDULED}


def test_each_virtual_machine_has_one_step_and_its_words_in_the_data() -> None:
    """`uses:` can't be an expression: the step is all that a new machine adds to the workflow."""
    steps = re.findall(r"- if: \$\{\{ matrix\.id == '([\w.-]+)' \}\}\n        uses: vmactions/([\w.-]+)-vm@", job("vm"))
    assert [name for name, _ in steps] == [target.id for target in TARGETS.values() if target.reach == "vm"]
    assert all(name == action for name, action in steps)
    assert all(target.prepare for target in TARGETS.values() if target.reach == "vm")


def test_a_machine_gets_its_python_by_what_its_image_has() -> None:
    """`prepare` runs under set -eu: pkg5 answers 4 where nothing is to be done, and NetBSD's image has no pkgin."""
    prepare = {target.id: target.prepare for target in TARGETS.values()}
    assert prepare["omnios"].endswith("|| test $? -eq 4")
    assert "pkgin" not in " ".join(prepare.values())
    assert all(word.startswith("/usr/sbin/") for word in prepare["netbsd"].split() if "pkg_add" in word)


def test_a_version_is_promised_only_where_the_name_promises_one() -> None:
    """Kernels of runners move on with their images; builds of Windows are what those targets are about."""
    assert {target.system for target in TARGETS.values() if target.version} == {"windows"}
    moving = [target for target in TARGETS.values() if target.reach == "hosted" and target.system != "windows"]
    assert [target.id for target in moving if not target.image] == ["ubuntu-24.04-arm"]


@pytest.mark.parametrize("name", sorted(FILES))
def test_the_project_is_never_looked_for_in_the_current_folder(name: str) -> None:
    """`python -m matrix` takes a folder `matrix` of the caller's; -P does not."""
    assert re.findall(r"python\"? -m matrix", FILES[name]) == []


@pytest.mark.parametrize("name", sorted(FILES))
def test_a_privileged_container_can_run_user_mode_linux(name: str) -> None:
    """Docker's own /dev/shm is noexec and small, and given twice it is refused as a duplicate."""
    for line in FILES[name].splitlines():
        if "--privileged" in line:
            assert "--tmpfs /dev/shm:rw,nosuid,nodev,exec,size=1g" in line
    assert "--shm-size" not in FILES[name]


@pytest.mark.parametrize("name", sorted(FILES))
def test_the_folder_of_artifacts_is_there_whatever_was_sent(name: str) -> None:
    """download-artifact makes none where nothing matches its pattern."""
    text = FILES[name]
    for found in re.finditer(r"pattern: \S+\n +path: (\S+)\n", text):
        assert f"mkdir -p {found.group(1)}" in text[: found.start()].rpartition("runs-on:")[2]


def test_a_start_by_hand_measures_one_windows_unless_more_is_asked_for() -> None:
    """The first push is one cheap run."""
    (default,) = re.findall(r"inputs:\n      targets:\n(?:        .+\n)*?        default: (\S+)\n", MATRIX)
    assert (TARGETS[default].reach, TARGETS[default].system) == ("hosted", "windows")


def sh(*words: object, cwd: Path, **settings: str) -> subprocess.CompletedProcess[str]:
    env = {**os.environ, **settings}
    return subprocess.run(["sh", *map(str, words)], cwd=cwd, env=env, capture_output=True, text=True, timeout=60, check=False)


@needs_sh
@pytest.mark.parametrize(("script", "status"), [("echo out; echo err >&2", 0), ("exit 3", 3), ("kill -KILL $$", 137)])
def test_a_leg_keeps_what_was_printed_and_how_it_ended(tmp_path: Path, script: str, status: int) -> None:
    """Its own exit status is the command's, whatever that was."""
    done = sh(GITHUB / "leg.sh", "log", "sh", "-c", script, cwd=tmp_path)
    assert done.returncode == status
    log = (tmp_path / "log" / "leg.txt").read_text("utf-8")
    assert f"exit status: {status}" in log
    assert log.startswith("machine: ")
    assert (tmp_path / "log" / "console.txt").read_text("utf-8") == done.stdout
    assert sorted(path.name for path in (tmp_path / "log").iterdir()) == ["console.txt", "leg.txt"]


@needs_sh
def test_a_leg_names_the_python_that_it_ran(tmp_path: Path) -> None:
    """A version is the first thing that one wants to know."""
    sh(GITHUB / "leg.sh", "log", sys.executable, "-c", "", cwd=tmp_path)
    assert f"python: Python {'.'.join(map(str, sys.version_info[:3]))}" in (tmp_path / "log" / "leg.txt").read_text("utf-8")


@needs_sh
def test_a_python_is_found_under_the_name_that_a_system_gives_it(tmp_path: Path) -> None:
    """NetBSD's packages have none without a version in it; one that is too old is passed over."""
    for name, line in (
        ("python3", "exit 1"),
        ("python3.14", 'if [ "$1" = -c ]; then exit 0; fi; echo "ran $*"'),
        ("sh", 'exec /bin/sh "$@"'),
    ):
        (tmp_path / name).write_text(f"#!/bin/sh\n{line}\n", "utf-8")
        (tmp_path / name).chmod(0o755)
    done = sh(GITHUB / "python.sh", "-I", "probe", cwd=tmp_path, PATH=str(tmp_path))
    assert done.stdout.splitlines()[-1] == "ran -I probe"
    text = (GITHUB / "python.sh").read_text("utf-8").replace("/usr/local/bin:/usr/pkg/bin:/opt/local/bin", str(tmp_path))
    (tmp_path / "python3.14").unlink()
    (tmp_path / "script").write_text(text, "utf-8")
    assert "install one" in sh(tmp_path / "script", cwd=tmp_path, PATH=str(tmp_path)).stderr


REPORTS = FILES["actions/probe/action.yml"].rpartition("      run: |\n")[2]  # the action's last step


@pytest.fixture
def caller(measured_part: Path, tmp_path: Path) -> dict[str, str]:
    """What the action's last step is given: a run, this project with one published run, and a caller who has a folder `matrix` too."""
    shutil.copytree(measured_part, tmp_path / "their-run")
    shutil.copytree(measured_part, tmp_path / "project" / "results" / "this-machine")
    (tmp_path / "matrix").mkdir()
    (tmp_path / "matrix" / "__init__.py").write_text("raise SystemExit('this is the caller\\'s')", "utf-8")
    (tmp_path / "step").write_text("set -euo pipefail\n" + "\n".join(line[8:] for line in REPORTS.splitlines()), "utf-8")
    return {
        "OUTPUT": "their-run", "REPORT": "their-report", "PROJECT": str(tmp_path / "project"), "PYTHONPATH": str(ROOT),
        "GITHUB_STEP_SUMMARY": str(tmp_path / "summary"), "PATH": f"{tmp_path}{os.pathsep}{os.environ['PATH']}",
    }  # fmt: skip


def a_python(folder: Path, name: str, *, old: bool) -> None:
    """A Python under that name, with nothing to be installed by pip, or one that is too old."""
    line = "exit 1" if old else f'case "$*" in "-m pip"*) ;; *) exec "{sys.executable}" "$@" ;; esac'
    (folder / name).write_text(f"#!/bin/sh\n{line}\n", "utf-8")
    (folder / name).chmod(0o755)


@needs_sh
@pytest.mark.skipif(shutil.which("bash") is None, reason="the action is for bash")
def test_the_action_takes_its_own_matrix_and_not_the_callers(caller: dict[str, str], tmp_path: Path) -> None:
    """By the first Python that is new enough; the caller gets a comparison and a report."""
    a_python(tmp_path, "python", old=True)
    a_python(tmp_path, "python3", old=False)
    done = subprocess.run(["bash", "step"], cwd=tmp_path, env={**os.environ, **caller}, capture_output=True, text=True, check=False)
    assert "the caller's" not in done.stdout + done.stderr
    assert "this-machine" in (tmp_path / "summary").read_text("utf-8"), done.stderr
    assert (tmp_path / "their-report" / "REPORT.md").exists()


@needs_sh
@pytest.mark.skipif(shutil.which("bash") is None, reason="the action is for bash")
def test_the_action_says_so_where_no_python_is_new_enough_for_the_report(caller: dict[str, str], tmp_path: Path) -> None:
    """The run is there, so it is no failure."""
    a_python(tmp_path, "python", old=True)
    a_python(tmp_path, "python3", old=True)
    done = subprocess.run(["bash", "step"], cwd=tmp_path, env={**os.environ, **caller}, capture_output=True, text=True, check=False)
    assert (done.returncode, "::warning" in done.stdout, "Python 3.11 or newer with pip" in done.stdout) == (0, True, True)
    assert not (tmp_path / "their-report").exists()


@needs_sh
@pytest.mark.skipif(shutil.which("git") is None, reason="git is not installed")
def test_a_run_that_is_sent_in_is_shown_beside_those_before_it(tmp_path: Path) -> None:
    """And a broken one makes the check fail, with its faults."""
    (tmp_path / "python").write_text(f'#!/bin/sh\nexec "{sys.executable}" "$@"\n', "utf-8")
    (tmp_path / "python").chmod(0o755)
    settings = {"PATH": f"{tmp_path}{os.pathsep}{os.environ['PATH']}", "PYTHONPATH": str(ROOT)}
    project = tmp_path / "project"

    def committed(target: str) -> None:
        done = run_probe(project / "results" / target, "--target", target, "--only", "tcp ipv4 bound ipv4 same")
        assert done.returncode == 0, done.stderr
        for words in (["add", "-A"], ["-c", "user.name=x", "-c", "user.email=x@localhost", "commit", "-qm", target]):
            subprocess.run(["git", *words], cwd=project, check=True)

    project.mkdir()
    subprocess.run(["git", "init", "-q"], cwd=project, check=True)
    committed("linux-before")
    committed("linux-added")
    done = sh(GITHUB / "added_runs.sh", "HEAD^1", cwd=project, **settings)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "linux-added: " in done.stdout
    assert "linux-before" in done.stdout.partition("linux-added: ")[2]
    assert "linux-before: " not in done.stdout
    with (project / "results" / "linux-added" / "observations.csv").open("a", encoding="utf-8") as out:
        out.write("spoiled\n")
    subprocess.run(["git", "-c", "user.name=x", "-c", "user.email=x@localhost", "commit", "-qam", "spoiled"], cwd=project, check=True)
    done = sh(GITHUB / "added_runs.sh", "HEAD^1", cwd=project, **settings)
    assert done.returncode == 1
    assert "sha256" in done.stdout
