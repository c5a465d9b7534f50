"""The probe as a person meets it: what it is given, what it prints and where, and what a run of this machine holds."""

import contextlib
import hashlib
import io
import json
import os
import random
import re
import shlex
import shutil
import socket
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

from matrix.data.runs import Run, load_run
from matrix.probe import command
from matrix.probe.cases import case_id
from matrix.probe.command import ending, target_name
from matrix.probe.product import VERSION, sha256
from matrix.probe.run import Progress, duration_text
from tests.conftest import PROBE, different, rows, run_probe
from tests.probe.started import SHORT_RUN

ONE = "tcp ipv4 default@wildcard listening ipv4 default@wildcard"
OTHER = "tcp ipv4 default@wildcard listening ipv4 SO_REUSEADDR@wildcard"
UNIX = pytest.mark.skipif(sys.platform == "win32", reason="asks for Unix' terminals, accounts or descriptors")
BY_HAND = [sys.executable, "-I", str(PROBE)]


def shell(line: str, folder: Path) -> subprocess.CompletedProcess[str]:
    """A run as a shell starts it; `$probe` is the probe, and writes into a folder."""
    script = f'probe="{" ".join(BY_HAND)} --output {folder}"; {line}'
    return subprocess.run(["sh", "-c", script], capture_output=True, text=True, check=False, timeout=60)


# --- usage


@pytest.mark.parametrize(
    ("words", "status", "message"),
    [
        (["--repeat", "0"], 2, "not a number from 1 to 99"),
        (["--repeat", "2\n"], 2, "not a number from 1 to 99"),
        (["--target", "../x"], 2, "use a-z"),
        (["--target", "x\n"], 2, "use a-z"),
        (["--stated", "x"], 2, "NAME=VALUE"),
        (["--stated", "Name=x"], 2, "NAME=VALUE"),
        (["--only", "no such case"], 1, "no case on this system matches 'no such case'; --list shows them all"),
        (["--only", "tcp", "--only", "no such case"], 1, "no case on this system matches 'no such case'; --list shows them all"),
        (["--only", "tcp, none"], 1, "no case on this system matches 'none'; --list shows them all"),
        (["--only", ","], 1, "no case on this system matches ','; --list shows them all"),
    ],
    ids=lambda value: repr(value),
)
def test_wrong_usage_is_a_sentence(tmp_path: Path, words: list[str], status: int, message: str) -> None:
    """What is wrong, and what would be right; nothing is opened for it."""
    done = run_probe(tmp_path / "x", *words)
    assert done.returncode == status
    assert message in done.stderr
    assert not (tmp_path / "x").exists()


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has the option")
@pytest.mark.parametrize("words", [[], ["--list"]], ids=["measured", "listed"])
def test_an_option_that_this_system_lacks_is_named(tmp_path: Path, words: list[str]) -> None:
    """Whoever asks for it learns why there is no such case."""
    done = run_probe(tmp_path / "x", "--only", "SO_EXCLUSIVEADDRUSE@wildcard", *words)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == ("probe: no case on this system matches 'SO_EXCLUSIVEADDRUSE@wildcard': it defines no SO_EXCLUSIVEADDRUSE; "
                           "--list shows them all\n")  # fmt: skip


def test_a_folder_must_be_named() -> None:
    """There is no folder that it would write to unasked."""
    done = subprocess.run(BY_HAND, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (2, "")
    assert "--output DIR is needed" in done.stderr


def test_the_version_names_the_hash_that_a_run_names() -> None:
    """One line, from which a run's host.json can be compared."""
    done = subprocess.run([*BY_HAND, "--version"], capture_output=True, text=True, check=True)
    assert (done.stdout, done.stderr) == (f"bind-matrix probe {VERSION}, SHA-256 {sha256()}\n", "")


@pytest.mark.parametrize("name", ["x\n", "", ".x", "X", "x" * 65, "x y", "é"])
def test_a_target_is_a_plain_name(name: str) -> None:
    """It becomes the name of a folder."""
    with pytest.raises(Exception, match="use a-z"):
        target_name(name)


# --- output that is closed, full, or read by nobody


@UNIX
@pytest.mark.parametrize(
    "line", ["$probe >&-", "$probe >/dev/full", "$probe 2>&-", "$probe >&- 2>&- <&-", "$probe | true", "$probe 2>/dev/full"]
)
def test_output_that_nobody_reads_spoils_no_run(tmp_path: Path, line: str) -> None:
    """It is whole, with status 0 and no traceback."""
    if "/dev/full" in line and not Path("/dev/full").exists():
        pytest.skip("this system has no /dev/full")
    words = " ".join(map(shlex.quote, SHORT_RUN))
    done = shell(line.replace("$probe", f"$probe {words}"), tmp_path / "run")
    assert (done.returncode, done.stderr) == (0, "")
    facts = json.loads((tmp_path / "run" / "host.json").read_text("utf-8"))
    assert facts["rows"] == len(rows(tmp_path / "run")) > 0


@UNIX
@pytest.mark.parametrize("line", ["$probe --repeat 0 2>&-", "$probe --repeat 0 2>/dev/full"])
def test_errors_that_nobody_reads_leave_the_status(tmp_path: Path, line: str) -> None:
    """2 for wrong usage, whoever hears of it."""
    assert shell(line, tmp_path / "run").returncode == 2


def test_a_reader_that_has_seen_enough_of_the_list_is_no_error() -> None:
    """As in `--list | head`: nothing on the error stream."""
    with subprocess.Popen([*BY_HAND, "--list"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as started:
        assert started.stdout is not None
        assert started.stderr is not None
        assert started.stdout.readline() == "tcp ipv4 default@wildcard bound ipv4 default@wildcard same\n"
        started.stdout.close()
        assert started.stderr.read() == ""
    assert started.returncode == 0


def test_a_name_that_the_terminal_cannot_show_is_shown_in_signs_that_it_can(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is lost of what a person is shown after a run."""
    raw = io.BytesIO()
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(raw, "ascii"))
    command.show("The run lies in /tmp/é\udce9.\n")
    assert raw.getvalue().replace(b"\r\n", b"\n") == b"The run lies in /tmp/\\xe9\\udce9.\n"


# --- what a person is shown


def test_the_end_names_what_was_not_measured_and_where_the_run_lies() -> None:
    """How much, why, the most frequent reason first, and what comes next."""
    text = ending({"target": "plan9"}, 33276, {"we are not root": 1200, "left out": 34567}, "9 s", "/tmp/run")
    assert text.splitlines()[:3] == [
        "plan9: 33,276 observations in 9 s, 35,767 of them not measured:",
        "   34,567  left out",
        "    1,200  we are not root",
    ]
    assert "The run lies in /tmp/run. `bind-matrix compare`" in text
    assert "not measured" not in ending({"target": "plan9"}, 5, {}, "9 s", "/tmp/run")


def test_many_reasons_are_not_all_listed() -> None:
    """Eight, and how many there are besides."""
    text = ending({"target": "plan9"}, 100, {f"reason {n}": n for n in range(1, 12)}, "9 s", "/tmp/run")
    assert text.count("  reason ") == 8
    assert "and 3 more reasons" in text


class AClock:
    """Gives the time that it is set to."""

    now = 0.0

    def __call__(self) -> float:
        return self.now


class ATerminal(io.StringIO):
    """A terminal that keeps what is written."""

    def isatty(self) -> bool:
        return True

    def shown(self) -> str:
        """What its line shows in the end: a return goes back to its begin."""
        line = ""
        for part in self.getvalue().split("\r"):
            line = part + line[len(part) :]
        return line


def test_progress_is_in_numbers_that_a_person_reads() -> None:
    """Thousands have commas, and the time that is left is in seconds or minutes."""
    clock, terminal = AClock(), ATerminal()
    progress = Progress(terminal, clock)
    progress.begin(120000)
    clock.now = 10.0
    progress(30000)
    assert terminal.shown() == "measuring: 30,000 of 120,000 attempts, about 30 s left"
    clock.now = 400.0
    progress(10000)
    assert terminal.shown().rstrip() == "measuring: 40,000 of 120,000 attempts, about 13 min left"
    clock.now = 500.0
    progress(100000)
    assert terminal.shown().rstrip() == "measuring: 120,000 of 120,000 attempts, about 0 s left"
    progress.end()
    assert terminal.shown().strip() == ""
    assert terminal.getvalue().endswith("\r")


@pytest.mark.parametrize(("seconds", "text"), [(0.4, "0 s"), (89.9, "89 s"), (90, "2 min"), (3600, "60 min")])
def test_a_duration_is_in_seconds_or_minutes(seconds: float, text: str) -> None:
    """As a person says it."""
    assert duration_text(seconds) == text


def test_progress_fits_into_a_narrow_terminal() -> None:
    """A line that wraps could not be wiped out again."""
    clock, terminal = AClock(), ATerminal()
    progress = Progress(terminal, clock)
    progress.room = 20
    progress.begin(1000)
    clock.now = 5.0
    progress(500)
    assert terminal.shown() == "measuring: 500 of 1,"


def test_a_terminal_that_is_gone_stops_no_run() -> None:
    """Nothing more is written there."""

    class AGoneTerminal(ATerminal):
        def write(self, text: str) -> int:
            raise OSError(5, "Input/output error")

    clock = AClock()
    progress = Progress(AGoneTerminal(), clock)
    progress.begin(10)
    clock.now = 5.0
    progress(5)
    progress.end()
    assert progress.shown is False


@pytest.mark.skipif(sys.platform == "win32", reason="has no pseudo-terminal")
def test_at_a_terminal_the_progress_leaves_no_rest(tmp_path: Path) -> None:
    """What is shown in the end begins at the first column of an empty line."""
    import pty  # no module of Windows'

    pid, terminal = pty.fork()
    if pid == 0:
        os.execv(
            sys.executable,
            [*BY_HAND, "--output", str(tmp_path / "run"), "--target", "here", "--only", "ipv4 default@* same", "--repeat", "9"],
        )
    text = b""
    with contextlib.suppress(OSError):  # Linux' EIO: the last process is gone
        while part := os.read(terminal, 65536):
            text += part
    os.close(terminal)
    assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 0
    progress, shown = text.decode("utf-8").replace("\r\n", "\n").split("here: ", 1)
    assert re.search(r"\rmeasuring: [\d,]+ of [\d,]+ attempts", progress)
    assert re.search(r"\r *\r\Z", progress)
    assert "\n" not in progress
    assert re.match(r"[\d,]+ observations in \d+ s", shown)


def test_in_a_pipe_there_is_no_progress(tmp_path: Path) -> None:
    """The error stream of a good run is empty."""
    done = run_probe(tmp_path / "run", *SHORT_RUN)
    assert (done.returncode, done.stderr) == (0, "")
    assert re.match(r"[a-z0-9.-]+: [\d,]+ observations in \d+ s\n", done.stdout)


@pytest.mark.skipif(sys.platform == "win32" or os.geteuid() != 0, reason="only root can be another account")
def test_an_account_without_privileges_measures_its_own_cases(tmp_path: Path) -> None:
    """It gets the same rows; what it can't measure is counted, with the reason, on the terminal too."""
    free, theirs = tmp_path / "root", Path("/tmp") / f"bind-matrix-test-{os.getpid()}"
    theirs.mkdir()
    theirs.chmod(0o777)
    try:
        shutil.copytree(PROBE, theirs / "probe", ignore=shutil.ignore_patterns("__pycache__"))
        words = ["/usr/bin/python3", "-I", str(theirs / "probe"), "--output", str(theirs / "run"), "--target", "here", "--only"]
        done = subprocess.run([*words, "tcp ipv4 bound ipv4"], user=65534, group=65534, extra_groups=[], env={"PATH": "/bin"},
                              capture_output=True, text=True, check=False)  # fmt: skip
        assert (done.returncode, done.stderr) == (0, "")
        assert json.loads((theirs / "run" / "host.json").read_text("utf-8"))["account"] == "standard"
        assert run_probe(free, "--target", "here", "--only", "tcp ipv4 bound ipv4 same").returncode == 0
        measured = [row for row in rows(theirs / "run") if row["account"] == "same"]
        assert measured == rows(free)
        left_out = [row for row in rows(theirs / "run") if row["account"] != "same"]
        assert {row["outcome"] for row in left_out} == {"NOT_RUN"}
        assert re.match(rf"here: [\d,]+ observations in \d+ s, {len(left_out):,} of them not measured:\n", done.stdout)
        assert f"\n{len(left_out):>9,}  we are not root, and `sudo -n` lets us run no Python as another account\n" in done.stdout
        assert f"\nThe run lies in {theirs / 'run'}. " in done.stdout
    finally:
        shutil.rmtree(theirs)


# --- what a run of this machine holds


def test_only_measures_what_it_names_and_notes_that(tmp_path: Path) -> None:
    """A part of the cases is a part in host.json as well."""
    assert run_probe(tmp_path, "--only", ONE + " same", "--repeat", "5").returncode == 0
    found = [(row["outcome"], row["error"].removeprefix("WSA"), row["agreed"], row["attempts"]) for row in rows(tmp_path)]
    assert found == [("INUSE", "EADDRINUSE", "5", "5")]
    assert json.loads((tmp_path / "host.json").read_text("utf-8"))["selection"] == ONE + " same"


@pytest.mark.parametrize("words", [["--only", f"{ONE} same, {OTHER} same"], ["--only", f"{ONE} same", "--only", f"{OTHER} same"]])
def test_several_patterns_name_the_cases_of_all(tmp_path: Path, words: list[str]) -> None:
    """With commas between them or given again; the run says so, and a reader finds it whole."""
    assert run_probe(tmp_path / "here", "--target", "here", *words).returncode == 0
    assert {row["second_option"] for row in rows(tmp_path / "here")} == {"default", "SO_REUSEADDR"}
    run = load_run(tmp_path / "here")
    assert isinstance(run, Run)
    assert run.host.selection == f"{ONE} same, {OTHER} same"


def test_a_run_is_whole(measured: Path) -> None:
    """host.json gives the number of rows and the hash of each CSV; the rows are sorted, and none is there twice."""
    facts = json.loads((measured / "host.json").read_text("utf-8"))
    for name, given in (("observations.csv", facts), ("counts.csv", facts["counts"])):
        data = (measured / name).read_bytes()
        assert (given["rows"], given["sha256"]) == (data.count(b"\n") - 1, hashlib.sha256(data).hexdigest())
    keys = [tuple(row.values())[:10] for row in rows(measured)]
    assert len(keys) > 1000
    assert keys == sorted(set(keys))
    assert all(control["expected"] == control["observed"] for control in facts["controls"])


def test_every_case_has_its_bind(measured: Path) -> None:
    """The CSV holds each case of the host exactly once as `bind`."""
    listed = subprocess.run([*BY_HAND, "--list"], capture_output=True, text=True, check=True).stdout.splitlines()
    bound = [case_id(tuple(row.values())[:9]) for row in rows(measured) if row["measure"] == "bind"]
    assert sorted(bound) == sorted(listed)


def test_a_run_can_be_published_as_it_is(measured: Path) -> None:
    """No host name, user, home folder or outside address in any file."""
    text = "".join((measured / name).read_text("utf-8") for name in ("host.json", "observations.csv", "counts.csv"))
    secrets = {str(Path.home()), str(measured.parent), str(Path(sys.executable).parent)}
    written = {form for secret in secrets if len(secret) > 1 for form in (secret, json.dumps(secret)[1:-1])}
    assert not [secret for secret in written if secret in text]
    assert f'"{socket.gethostname()}"' not in text


def test_a_port_that_somebody_else_holds_is_never_believed(tmp_path: Path) -> None:
    """With hundreds of ports in foreign hands the outcomes stay the same."""
    run_probe(tmp_path / "free", "--only", "tcp ipv4 bound ipv4 same")
    held = []
    for port in random.Random(1).sample(range(10000, 32000), 400):
        foreign = socket.socket()
        try:
            foreign.bind(("127.0.0.1", port))
            foreign.listen(1)
        except OSError:
            foreign.close()
            continue
        held.append(foreign)
    try:
        assert run_probe(tmp_path / "crowded", "--only", "tcp ipv4 bound ipv4 same").returncode == 0
    finally:
        for foreign in held:
            foreign.close()
    assert different(tmp_path / "free", tmp_path / "crowded") == []


@pytest.mark.long
def test_two_runs_are_identical(measured: Path, tmp_path: Path) -> None:
    """Nothing in the CSV is left to chance."""
    assert run_probe(tmp_path / "again", "--target", "this-machine").returncode == 0
    assert different(tmp_path / "again", measured) == []


@pytest.mark.long
def test_runs_at_the_same_time_under_load_are_identical(measured: Path, tmp_path: Path) -> None:
    """Two probes never meet on a port, and a busy machine changes no outcome."""
    loads = [subprocess.Popen([sys.executable, "-c", "while True: pass"]) for _ in range(4)]
    try:
        words = [*BY_HAND, "--target", "this-machine", "--output"]
        probes = [subprocess.Popen([*words, str(tmp_path / str(n))], stdout=subprocess.DEVNULL) for n in range(3)]
        assert [each.wait(240) for each in probes] == [0, 0, 0]
    finally:
        for load in loads:
            load.kill()
            load.wait()
    for n in range(3):
        assert different(tmp_path / str(n), measured) == []


def test_what_the_system_refuses_on_the_way_is_a_sentence(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """As with no memory or no file left to open in the middle of a run: status 1, no traceback."""

    def refuses(arguments: SimpleNamespace) -> int:
        raise OSError(23, "Too many open files in system")

    monkeypatch.setattr(command, "measure", refuses)
    assert command.main(["--output", "nowhere"]) == 1
    assert capsys.readouterr().err == "probe: the system refused what can't be done without: ENFILE; nothing of this run was kept\n"
