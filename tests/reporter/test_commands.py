"""The commands as a person types them."""

import json
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from matrix import commands
from matrix.__main__ import main
from matrix.commands.command import PEOPLE, WORKFLOWS, Command
from matrix.errors import MatrixError
from matrix.site.files import FORMATS
from tests.conftest import ROOT
from tests.made_runs import MadeRun, everything_succeeds
from tests.reporter.conftest import PART, Typed
from tests.reporter.github import PICTURES

CASE = "tcp ipv4 default@wildcard listening ipv4 SO_REUSEADDR@specific same"


def program(*words: object, cwd: Path = ROOT) -> subprocess.CompletedProcess[str]:
    """The same as a program of its own."""
    command = [sys.executable, "-m", "matrix", *map(str, words)]
    return subprocess.run(command, cwd=cwd, capture_output=True, text=True, encoding="utf-8", timeout=300, check=False)


def test_report_writes_its_files_and_says_where(typed: Typed, results: Path, tmp_path: Path) -> None:
    """Exit 0 means done, whatever was found; findings change the status only where asked."""
    status, out, err = typed("report", results, "--output", tmp_path / "out")
    assert (status, err) == (0, "")
    assert out.splitlines()[-1] == f"report: {tmp_path / 'out' / 'REPORT.md'}"
    assert re.match(r"4 platforms, [\d,]+ observations; claims on Windows and its imitations: [\d,]+ agrees, ", out)
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == sorted([*FORMATS, *PICTURES, "badges", "schemas"])
    small = MadeRun(target="wine-8.0", system="wine", version="8.0", selection=PART).write(tmp_path / "small")
    status, _, err = typed("report", small, "--output", tmp_path / "out", "--fail-on", "stricter")
    assert (status, "found stricter, as --fail-on asks" in err) == (1, True)
    assert typed("report", small, "--output", tmp_path / "out", "--fail-on", "unstable")[0] == 0


def test_a_report_with_ones_own_run_ends_with_what_it_comes_to(typed: Typed, results: Path, tmp_path: Path) -> None:
    """What the machine is, whether it answers like a published platform, what its servers should know, then the files."""
    mine = MadeRun(target="this-machine").write(tmp_path / "mine")
    status, out, err = typed("report", results, "--mine", mine, "--output", tmp_path / "out")
    text = " ".join(out.split())
    assert (status, err) == (0, "")
    assert text.startswith("This machine: Linux 6.1 (no container), 8,626 observations, everything measured.")
    assert re.search(r"It answers like the published Linux 6\.1 \(and 2 others\) in all [\d,]+ observations that both have\.", text)
    assert "- A TCP listener without options keeps its traffic from any one other socket, of its own and of another account." in text
    assert "- A UDP socket with SO_REUSEADDR can lose its traffic to another socket, another account's too, with SO_REUSEADDR." in text
    assert "- A TCP server starts again at once with SO_REUSEADDR if the one before it had that, too; its traffic stays its own." in text
    assert out.splitlines()[-2:] == [f"Page: {tmp_path / 'out' / 'index.html'}", f"Report: {tmp_path / 'out' / 'REPORT.md'}"]


def test_a_machine_that_departs_is_said_to_and_where(typed: Typed, tmp_path: Path) -> None:
    """The largest differences first; what was not measured has its reason."""
    part: dict[str, Any] = {"selection": "ipv4 * ipv4"}
    published = MadeRun(**part).write(tmp_path / "published").parent
    mine = MadeRun(target="mine", rule=everything_succeeds, absent=("other", "other-first", "others"), **part).write(tmp_path / "mine")
    text = " ".join(typed("report", published, "--mine", mine, "--output", tmp_path / "out")[1].split())
    assert re.search(r"[\d,]+ of them not measured, because no other account could be had, it says\.", text)
    assert re.search(
        r"Nearest of the published platforms is \w+ [\d.]+: the same in [\d,]+ of the [\d,]+ observations that both have\.", text
    )
    assert re.search(r"- TCP listening, bind: INUSE there, SUCCESS here \(\d+ observations\)", text)
    assert "- A TCP listener without options can lose its traffic to another socket of its own account with no option" in text


def test_check_passes_good_runs_and_says_what_each_is(typed: Typed, results: Path) -> None:
    """And which probe measured it."""
    status, out, err = typed("check", results)
    *runs, last = out.splitlines()
    assert (status, err) == (0, "")
    assert re.fullmatch(r"\d+ claims, \d+ rows of evidence, 4 good runs, 0 faulty, 0 faults", last)
    assert [line.split(":")[0] for line in runs] == ["gvisor-1", "linux-6.1", "linux-6.2", "wine-8.0"]
    assert all(re.fullmatch(r".*, [\d,]+ rows, measured 2026-11-24 by another probe, 0{64}", line) for line in runs)


def test_check_knows_a_run_of_this_probe(typed: Typed, tmp_path: Path) -> None:
    """By the hash of its one file."""
    import hashlib

    from matrix.commands.loading import PROBE
    from matrix.probe.product import archive_of

    digest = hashlib.sha256(archive_of(str(PROBE))).hexdigest()
    MadeRun(target="linux-part", selection=PART, changed={"probe": {"version": "1", "sha256": digest}}).write(tmp_path)
    assert "measured 2026-11-24 by this probe\n" in typed("check", tmp_path)[1]


def test_check_of_nothing_is_no_success(typed: Typed, tmp_path: Path) -> None:
    """A check that looked at no run has not passed."""
    status, _, err = typed("check", tmp_path)
    assert (status, "there is no run in" in err) == (2, True)


def test_check_wants_a_run_in_a_folder_of_its_own_name(typed: Typed, tmp_path: Path) -> None:
    """So that two people's runs never meet in one folder."""
    MadeRun(target="linux-part", selection=PART).write(tmp_path, "linux-other")
    status, out, err = typed("check", tmp_path)
    assert status == 1
    assert "linux-other: the folder of linux-part — give it that name" in err
    assert out.splitlines()[-1].endswith("1 good runs, 0 faulty, 1 faults")


def test_check_and_report_are_given_today(typed: Typed, tmp_path: Path) -> None:
    """A run of the day after tomorrow would be the newest for ever."""
    MadeRun(target="linux-part", selection=PART, changed={"measured": "2099-12-31"}).write(tmp_path)
    for words in (("check", tmp_path), ("report", tmp_path, "--output", tmp_path / "out")):
        status, _, err = typed(*words)
        assert (status, "measured is after today" in err) == (1, True)


def test_every_fault_is_named_and_the_report_written_all_the_same(typed: Typed, tmp_path: Path) -> None:
    """All of them at once."""
    MadeRun(target="linux-part", selection=PART).write(tmp_path)
    (MadeRun(target="linux-bad", selection=PART).write(tmp_path) / "host.json").unlink()
    status, out, err = typed("check", tmp_path)
    assert (status, "host.json: missing" in err, "1 good runs, 1 faulty" in out) == (1, True, True)
    assert typed("report", tmp_path, "--output", tmp_path / "out")[0] == 1
    assert "## Left out" in (tmp_path / "out" / "REPORT.md").read_text("utf-8")


@pytest.mark.parametrize(
    ("words", "status", "problem"),
    [
        ((), 2, "required: COMMAND"),
        (("reprot",), 2, "invalid choice: 'reprot'"),
        (("report", "nowhere", "--output", "x"), 2, "nowhere: no such folder"),
        (("report", "--output", "a file/x"), 1, "cannot make the folder"),
        (("stacks", "vms", "--output", "x", "--cache", "x"), 2, "no stack is named 'vms'"),
        (("guest", "windows-95", "--output", "x"), 2, "no target is named 'windows-95'"),
        (("plan", "--only", "windows-95"), 2, "windows-95 can't be chosen here; choose from all, windows-2022"),
        (("plan", "--only", ","), 2, "no target is named; choose from all"),
        (("plan", "--by-hand", "--only", "wine"), 2, "wine can't be chosen here"),
        (("compare", "x", "--append", "a file/x"), 2, "x: no such folder; name a run"),
    ],
)
def test_wrong_usage_says_what_is_wrong_and_what_there_is(
    typed: Typed, words: tuple[str, ...], status: int, problem: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And makes nothing."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "a file").write_bytes(b"")
    MadeRun(target="linux-part", selection=PART).write(tmp_path / "results")
    found = typed(*words)
    assert (found[0], problem in found[2], "Traceback" in found[2]) == (status, True, False)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a file", "results"]


def test_explain_shows_one_case_on_every_platform_beside_the_documents(typed: Typed, results: Path) -> None:
    """Outcomes by class, and each document's word with its verdict; the same from the cache."""
    first = typed("explain", CASE, results)
    status, out, err = first
    assert (status, err) == (0, "")
    text = " ".join(out.split())
    assert text.startswith("TCP over IPv4, same account: a first socket")
    assert "refused, EADDRINUSE" in text
    assert "documented: the second bind succeeds (every Windows) — Microsoft: Using SO_REUSEADDR" in text
    assert "Windows: not measured by us yet: it takes a GitHub runner, and none has reported." in text
    assert "▲ stricter on Linux 6.1 and 6.2" in " ".join(typed("explain", CASE, results, "--all")[1].split())
    assert typed("explain", CASE, results) == first


def test_explain_says_when_it_cannot(typed: Typed, results: Path) -> None:
    """Nothing understood, or no id fits a pattern."""
    status, _, err = typed("explain", "frobnicate", results)
    assert (status, err.splitlines()[0]) == (2, "bind-matrix: nothing of this was understood: 'frobnicate'")
    assert typed("explain", "tcp none@* *@never", results)[0] == 2


@pytest.mark.parametrize("words", [("check", "{}"), ("report", "{}", "--output", "out"), ("explain", CASE, "./{}"), ("advise", "./{}"),
                                   ("compare", "{}"), ("diff", "{}", "{}")], ids=lambda words: words[0])  # fmt: skip
@pytest.mark.parametrize(
    ("folder", "problem"),
    [("nowhere", "nowhere: no such folder; name a run, or a"), ("empty", "there is no run in empty; name a run, or a folder")],
)
def test_the_same_fault_has_the_same_words_and_status_everywhere(
    typed: Typed, words: tuple[str, ...], folder: str, problem: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A folder that isn't there, and one without a run: one line, and 2."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "empty").mkdir()
    status, out, err = typed(*(word.format(folder) for word in words))
    assert (status, out, err.count("\n")) == (2, "", 1)
    assert problem in err


def test_a_folder_that_cannot_be_read_is_one_line(typed: Typed, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """And no traceback."""

    def refused(self: Path) -> None:
        raise PermissionError(13, "Permission denied", str(self))

    monkeypatch.setattr(Path, "iterdir", refused)
    status, out, err = typed("check", tmp_path)
    assert (status, out) == (2, "")
    assert err == f"bind-matrix: {tmp_path}: cannot be read (Permission denied); name a run, or a folder of runs\n"


def test_the_first_cause_is_named_and_not_what_follows_from_it(typed: Typed, results: Path, tmp_path: Path) -> None:
    """A table that was changed: its checksum; `check` names every row."""
    shutil.copytree(results / "linux-6.1", tmp_path / "linux-6.1")
    table = tmp_path / "linux-6.1" / "observations.csv"
    table.write_bytes(table.read_bytes().replace(b"INUSE", b"IN_USE"))
    status, _, err = typed("explain", CASE, tmp_path)
    assert (status, err.count("\n")) == (1, 1)
    assert re.search(r"\(and \d+ more, which `bind-matrix check` names\)", err)
    assert typed("check", tmp_path)[2].count("\n") > 1


def test_advise_names_the_smallest_set_of_options(typed: Typed, results: Path, tmp_path: Path) -> None:
    """With its evidence and its lines of code for a goal; without one in short, by platforms with one answer."""
    status, out, err = typed("advise", results, "--goal", "restart", "--goal", "protect", "--platform", "Linux", "--protocol", "tcp")
    assert (status, err) == (0, "")
    assert out.startswith("A TCP server that starts again at once and keeps its traffic from any one other socket:\n\nLinux 6.1 and 6.2\n")
    assert "SO_REUSEADDR does." in out
    assert "- Python: s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)" in out
    status, out, err = typed("advise", "--protocol", "udp", "--", results)
    lines = [re.split(r"  +", line.strip()) for line in out.splitlines()]
    assert (status, ["starts again at once", "gVisor (gvisor-1), Linux 6.1 and 6.2, Wine", "no option"] in lines) == (0, True)
    assert typed("advise", "--goal", "fast", results)[0] == 2


def test_advise_is_json_and_markdown_too(typed: Typed, results: Path) -> None:
    """With the same findings."""
    words = ("advise", results, "--goal", "restart", "--platform", "linux-6.1", "--protocol", "tcp", "--format")
    status, out, _ = typed(*words, "json")
    answer = json.loads(out)["advice"][0]["answers"][0]
    assert (status, answer["targets"], [each["option"] for each in answer["chosen"]]) == (0, ["linux-6.1"], ["SO_REUSEADDR"])
    assert "| `SO_REUSEADDR` | yes, 12 cases |" in typed(*words, "markdown")[1]


def test_plan_is_one_line_of_json(typed: Typed) -> None:
    """As a workflow's output wants it; ids with commas between, in the order of targets.toml."""
    status, out, _ = typed("plan", "--by-hand", "--only", "windows-7, windows-xp")
    assert (status, out.count("\n")) == (0, 1)
    assert [leg["id"] for leg in json.loads(out)["manual"]] == ["windows-xp", "windows-7"]


def test_the_installed_probe_is_run_with_all_words_and_its_status_is_ours(tmp_path: Path) -> None:
    """Options too, and wrong usage of the probe's own."""
    listed = program("probe", "--list", "--only", "tcp ipv4 default@wildcard bound ipv4 default@wildcard same")
    assert (listed.returncode, listed.stdout.strip()) == (0, "tcp ipv4 default@wildcard bound ipv4 default@wildcard same")
    assert "--output" in program("probe", "--help").stdout
    wrong = program("probe", "--no-such-option", cwd=tmp_path) if (tmp_path / "matrix").exists() else program("probe", "--no-such-option")
    assert wrong.returncode == 2


def test_an_interrupt_ends_with_a_line_of_its_own_and_130(typed: Typed) -> None:
    """Whatever was running."""

    def interrupted(_: object) -> int:
        raise KeyboardInterrupt

    known = {"wait": Command(help="waits", options=lambda parser: None, run=interrupted)}
    assert main(["wait"], known) == 130


def test_every_line_of_an_error_is_harmless(typed: Typed, capsys: pytest.CaptureFixture[str]) -> None:
    """A file's name may be a workflow's command."""

    def failing(_: object) -> int:
        raise MatrixError("one ##[x]\n::error::two\x1b[31m")

    assert main(["fail"], {"fail": Command(help="fails", options=lambda parser: None, run=failing)}) == 1
    lines = capsys.readouterr().err.splitlines()
    assert lines == ["bind-matrix: one #\\x23[x]", "bind-matrix: \\x3a:error::two\\x1b[31m"]


@pytest.mark.parametrize(
    ("words", "status"), [(["--help"], 0), (["reprot"], 2), (["report"], 2)], ids=["help", "wrong command", "wrong usage"]
)
def test_help_and_wrong_usage_import_nothing_that_a_command_runs(words: list[str], status: int) -> None:
    """Each command imports what it runs when it runs: numpy, pandas and the reporter's rooms cost half a second."""
    heavy = "('numpy', 'pandas', 'tabulate', 'matrix.data', 'matrix.judge', 'matrix.findings', 'matrix.report', 'matrix.site', 'matrix.platforms')"
    code = (
        "import sys\nfrom matrix.__main__ import main\ntry:\n    main(sys.argv[1:])\nexcept SystemExit as ended:\n    status = ended.code\n"
        f"print(status, [name for name in {heavy} if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code, *words], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == f"{status} []"


def test_help_lists_the_commands_in_two_groups() -> None:
    """For people, and for workflows."""
    listed = program("--help").stdout.split("for workflows:")
    assert [len(re.findall(rf"(?m)^  {name} ", part)) for part, name in zip(listed, ("explain", "merge"), strict=True)] == [1, 1]


def test_a_new_command_takes_one_place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """Its module: it is listed in its group, has its options, and runs."""
    folder = tmp_path / "more_commands"
    folder.mkdir()
    (folder / "__init__.py").write_text("", "utf-8")
    (folder / "sing_loud.py").write_text(
        "from matrix.commands.command import Command\n"
        "COMMAND = Command(help='sing', options=lambda parser: parser.add_argument('song'), run=lambda arguments: print(arguments.song) or 0)\n", "utf-8")  # fmt: skip
    monkeypatch.syspath_prepend(str(tmp_path))
    found = commands.every_command([str(folder)], "more_commands")
    assert main(["sing-loud", "la"], found) == 0
    assert capsys.readouterr().out == "la\n"
    with pytest.raises(SystemExit):
        main(["--help"], found)
    assert "  sing-loud  sing" in capsys.readouterr().out


def test_every_command_has_a_group_a_help_and_a_line_in_the_readme() -> None:
    """Those of people are few enough to be read."""
    found = commands.every_command()
    assert {command.group for command in found.values()} == {PEOPLE, WORKFLOWS}
    readme = (ROOT / "README.md").read_text("utf-8")
    assert [name for name in found if f"`{name}" not in readme] == []
    assert all(command.help and not command.help.endswith(".") for command in found.values())


def test_the_readme_commands_are_the_real_ones() -> None:
    """The README's two commands name sessions that exist."""
    text, sessions = ((ROOT / name).read_text("utf-8") for name in ("README.md", "noxfile.py"))
    for name in ("matrix", "tests"):
        assert f"python3 -m venv .venv && .venv/bin/pip install nox && .venv/bin/nox -s {name}\n" in text
        assert f"def {name}(session" in sessions


def test_a_copy_of_the_cache_is_used_only_for_the_very_same_bytes(typed: Typed, results: Path, tmp_path: Path) -> None:
    """A changed run is read again, and its fault named."""
    copy = Path(shutil.copytree(results, tmp_path / "results"))
    assert typed("explain", CASE, copy)[0] == 0
    path = copy / "linux-6.1" / "observations.csv"
    path.write_bytes(path.read_bytes().replace(b",INUSE,", b",ACCESS,", 1))
    status, _, err = typed("explain", CASE, copy)
    assert (status, "sha256 is not that of observations.csv" in err) == (1, True)
