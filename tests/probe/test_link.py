"""The asker's end of a helper: never a wait without an end, and no answer that is none."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from matrix.probe import facts, link
from matrix.probe.command import parser
from matrix.probe.errors import ProbeError
from matrix.probe.link import HelperLost, Link, own_command
from matrix.probe.output import Output
from matrix.probe.run import Progress, Run
from tests.conftest import rows
from tests.probe.started import is_alive

SIGNALS = pytest.mark.skipif(sys.platform == "win32", reason="Windows stops no process by a signal")
ROOT = pytest.mark.skipif(sys.platform == "win32" or os.geteuid() != 0, reason="only root starts helpers of other accounts without sudo")
ONE_A_ACCOUNT = "tcp ipv4 default@specific bound ipv4 default@specific"


@pytest.fixture
def helper() -> Iterator[Link]:
    """A real helper, which is ended afterwards whatever became of it."""
    made = Link("first")
    yield made
    made.process.kill()
    made.process.wait()
    if not made.process.stdin.closed:
        made.process.stdin.close()


def stand_in(code: str) -> Link:
    """A link to a process that isn't the probe."""
    return Link("second", link.start_process([sys.executable, "-I", "-c", code]))


@SIGNALS
def test_a_helper_that_hangs_is_lost_in_time(helper: Link) -> None:
    """A stopped process never answers, and the asker says so instead of waiting on."""
    helper.ask("pid")
    os.kill(helper.process.pid, signal.SIGSTOP)
    with pytest.raises(HelperLost, match=r"a helper process \(first\) did not answer within 0\.2 seconds"):
        helper.ask("pid", timeout=0.2)


@SIGNALS
def test_a_request_that_the_pipe_cannot_take_is_not_waited_for(helper: Link) -> None:
    """However long it is: what a stopped helper doesn't read, another thread waits to write."""
    helper.ask("pid")
    os.kill(helper.process.pid, signal.SIGSTOP)
    helper.send("specs", ["x" * 60] * 20000)
    with pytest.raises(HelperLost, match="did not answer"):
        helper.receive(timeout=0.2)


@SIGNALS
def test_the_request_after_one_that_nobody_reads_is_refused(helper: Link, monkeypatch: pytest.MonkeyPatch) -> None:
    """Two requests never mix in the pipe."""
    monkeypatch.setattr(link, "REPLY_TIMEOUT", 0.2)
    os.kill(helper.process.pid, signal.SIGSTOP)
    helper.send("specs", ["x" * 60] * 20000)
    with pytest.raises(HelperLost, match="did not read within"):
        helper.send("pid")


def test_a_request_of_any_length_arrives_whole(helper: Link) -> None:
    """Longer than any pipe, and what follows it is answered too."""
    assert helper.ask("specs", [["x" * 60]] * 20000) == 20000
    assert helper.ask("pid") == helper.process.pid


@SIGNALS
def test_a_stopped_helper_is_ended_by_force(helper: Link) -> None:
    """Soon, and for good."""
    helper.ask("pid")
    os.kill(helper.process.pid, signal.SIGSTOP)
    began = time.monotonic()
    helper.stop()
    assert time.monotonic() - began < 20  # its patience is one second; a machine may be busy
    assert helper.process.returncode == -signal.SIGKILL


def test_a_helper_goes_when_its_input_closes(helper: Link) -> None:
    """By itself and with status 0; stopping it again changes nothing."""
    helper.ask("pid")
    helper.let_go()
    assert helper.process.wait(30) == 0
    helper.stop()
    assert helper.exit_status() == "0"


@SIGNALS
def test_helpers_leave_signals_to_their_asker(helper: Link) -> None:
    """A terminal's, a service manager's and a lost line's: from its very start a helper ends by its input alone."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        os.kill(helper.process.pid, number)
    assert helper.ask("pid") == helper.process.pid
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        os.kill(helper.process.pid, number)
    assert helper.ask("pid") == helper.process.pid


@pytest.mark.parametrize(
    ("code", "reason"),
    [
        ("pass", "ended in the middle of the run"),
        ("import os; os.write(1, b'[0')", "ended in the middle of the run"),
        ("import os; os.write(1, b'12')", "ended in the middle of the run"),
        ("print('certainly')", "answered what is no JSON"),
        ('print(\'{"failure": "open: EMFILE"}\')', "failed: open: EMFILE"),
    ],
    ids=["nothing", "half a list", "half a number", "no JSON", "a failure"],
)
def test_what_is_no_whole_answer_is_none(code: str, reason: str) -> None:
    """Neither half a line of a helper that dies, nor another program's words, nor what the helper itself calls a failure."""
    answering = stand_in(code)
    try:
        with pytest.raises(HelperLost) as lost:
            answering.ask("pid", timeout=30)
        assert str(lost.value) == f"a helper process (second) {reason}"
    finally:
        answering.stop()


@pytest.mark.parametrize(
    ("said", "reason"),
    [
        (['{"failure": "open: EMFILE"}'], "failed: open: EMFILE"),
        (["[0]", "[0]", '{"failure": "open: EMFILE"}'], "failed: open: EMFILE"),
        (["[0]"], "ended in the middle of the run"),
    ],
)
def test_the_last_words_of_a_helper_that_reads_no_more_are_heard(said: list[str], reason: str) -> None:
    """Even where the request itself can't be written any more."""
    answering = stand_in(f"print({chr(10).join(said)!r})")
    try:
        answering.process.wait(30)
        with pytest.raises(HelperLost) as lost:
            answering.ask("pid", timeout=30)
        assert str(lost.value) == f"a helper process (second) {reason}"
    finally:
        answering.stop()


@pytest.mark.parametrize("request_part", [b'["pi', b'["pid"]'], ids=["half a word", "all but the end of the line"])
def test_half_a_request_of_a_dying_asker_is_none(request_part: bytes) -> None:
    """The helper goes, without an answer and without a word."""
    done = subprocess.run(own_command("--helper"), input=request_part, capture_output=True, check=False, timeout=60)
    assert (done.returncode, done.stdout, done.stderr) == (0, b"", b"")


def test_a_helper_goes_without_a_word_when_nobody_reads_its_answers() -> None:
    """As after the asker was killed: no traceback of a broken pipe."""
    with subprocess.Popen(own_command("--helper"), stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as started:
        assert started.stdin is not None
        assert started.stdout is not None
        assert started.stderr is not None
        started.stdout.close()
        started.stdin.write(b'["pid"]\n' * 1000)
        started.stdin.close()
        assert started.stderr.read() == b""
    assert started.returncode == 0


def test_helpers_can_be_started_by_an_old_python_on_windows(monkeypatch: pytest.MonkeyPatch) -> None:
    """CPython 3.4 to 3.6 raise ValueError there when close_fds is asked for beside pipes; left alone, it is right everywhere."""
    asked: list[dict[str, object]] = []
    monkeypatch.setattr(subprocess, "Popen", lambda words, **options: asked.append(options))
    monkeypatch.setattr(link, "STARTED", [])
    link.start_process(["helper"])
    link.start_process(["sudo"], own_group=False)
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
    own_group = {"creationflags": 0x200} if sys.platform == "win32" else {"start_new_session": True}
    assert asked == [{**pipes, **own_group}, pipes]


def test_a_helper_that_cannot_be_started_is_a_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    """As where the system allows no more processes."""

    def refuses(words: list[str]) -> None:
        raise BlockingIOError(11, "Resource temporarily unavailable")

    monkeypatch.setattr(link, "start_process", refuses)
    with pytest.raises(ProbeError, match="no helper process could be started: EAGAIN"):
        Link("first")


class AProgressThatInterferes:
    """Shows nothing, and does something to the run at its first step."""

    def __init__(self, action: Callable[[], None]) -> None:
        self.actions = [action]

    def begin(self, total: int) -> None:
        """Nobody is shown how many."""

    def __call__(self, step: int) -> None:
        while self.actions:
            self.actions.pop()()

    def end(self) -> None:
        """Nothing was shown."""


def run_with(folder: Path, monkeypatch: pytest.MonkeyPatch, role: str, number: int, only: str = ONE_A_ACCOUNT) -> Run:
    """A run into a folder, during which a helper gets a signal and all have to be quick from then on. Raises HelperLost."""

    def interfere() -> None:
        monkeypatch.setattr(link, "REPLY_TIMEOUT", 0.5)
        os.kill(run.links[role].process.pid, number)

    run = Run(parser().parse_args(["--output", str(folder), "--only", only]), AProgressThatInterferes(interfere))
    output = Output(str(folder))
    try:
        run.choose()
        output.begin()
        try:
            run.measure()
        finally:
            run.close()
        output.finish(run.rows, run.counts, run.facts_at_end())
    finally:
        output.release()
    return run


@SIGNALS
@pytest.mark.parametrize("role", ["first", "second"])
@pytest.mark.parametrize(
    ("number", "reason"),
    [(signal.SIGKILL, "ended in the middle of the run"), (signal.SIGSTOP, "did not answer within 0.5 seconds")] if sys.platform != "win32" else [],
    ids=["killed", "stopped"],
)  # fmt: skip
def test_without_a_helper_of_our_own_there_is_no_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, role: str, number: int, reason: str
) -> None:
    """Killed or hung: the run ends with a sentence that names the helper, and without a footer."""
    with pytest.raises(HelperLost) as lost:
        run_with(tmp_path, monkeypatch, role, number, "tcp ipv4 default@* bound ipv4 default@* same")
    assert str(lost.value) == f"a helper process ({role}) {reason}"
    assert [each.name for each in tmp_path.iterdir()] == ["observations.csv"]


@ROOT
@pytest.mark.parametrize(
    ("role", "lost_accounts"),
    [("other", {"other", "other-first", "others"}), ("third", {"others"})],
)
@pytest.mark.parametrize(
    ("number", "reason"),
    [(signal.SIGKILL, "ended in the middle of the run"), (signal.SIGSTOP, "did not answer within 0.5 seconds")] if sys.platform != "win32" else [],
    ids=["killed", "stopped"],
)  # fmt: skip
def test_a_lost_helper_of_another_account_costs_its_own_cases_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, role: str, lost_accounts: set[str], number: int, reason: str
) -> None:
    """They are NOT_RUN with the reason, in the CSV and in host.json; everything else is kept, and the run is whole."""
    run = run_with(tmp_path, monkeypatch, role, number)
    sentence = f"a helper process ({role}) {reason}"
    found = {row["account"]: (row["outcome"], row["detail"]) for row in rows(tmp_path) if row["measure"] == "bind"}
    assert found == {name: ("NOT_RUN", sentence) if name in lost_accounts else ("INUSE", "") for name in found}
    assert set(found) == {"same", "other", "other-first", "others"}
    assert run.facts_at_end()["accounts"][role]["reason"] == sentence
    assert not is_alive(run.links[role].process.pid) if role in run.links else True
    assert (tmp_path / "host.json").exists()


@ROOT
def test_two_lost_helpers_of_other_accounts_are_two_reasons(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What has been kept with one isn't lost with the other."""
    arguments = parser().parse_args(["--output", str(tmp_path), "--only", ONE_A_ACCOUNT])

    def stop_both() -> None:
        monkeypatch.setattr(link, "REPLY_TIMEOUT", 0.5)
        for role in ("other", "third"):
            os.kill(run.links[role].process.pid, signal.SIGSTOP)

    run = Run(arguments, AProgressThatInterferes(stop_both))
    try:
        run.choose()
        run.measure()
    finally:
        run.close()
    assert {row[8]: row[10] for row in run.rows if row[9] == "bind"} == {
        "same": "INUSE", "other": "NOT_RUN", "other-first": "NOT_RUN", "others": "NOT_RUN"}  # fmt: skip
    assert run.accounts is not None
    assert all(f"({role})" in reason for role, reason in run.accounts.reasons.items())
    assert {"other"} <= set(run.accounts.reasons) <= {"other", "third"}


@ROOT
def test_facts_of_the_host_go_on_without_another_accounts_helper(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """They are asked of our own account again, and the run isn't given up."""

    def facts_of(helpers: list[tuple[str, Link]], lingering: object, at_once: int) -> list[tuple[object, ...]]:
        asked.append([name for name, _ in helpers])
        if len(helpers) > 1:
            raise HelperLost("other", "ended in the middle of the run")
        return []

    asked: list[list[str]] = []
    monkeypatch.setattr(facts, "rows_of_host", facts_of)
    arguments = parser().parse_args(["--output", str(tmp_path), "--only", ONE_A_ACCOUNT])
    run = Run(arguments, Progress(None))
    original: Any = run.measure_accounts
    monkeypatch.setattr(run, "measure_accounts", lambda whole: original(True))
    try:
        run.choose()
        run.measure()
    finally:
        run.close()
    assert asked == [["same", "other"], ["same"]]
    expected = {"same": "INUSE", "other": "NOT_RUN", "other-first": "NOT_RUN", "others": "NOT_RUN"}
    assert {row[8]: row[10] for row in run.rows if row[9] == "bind"} == expected


@SIGNALS
@pytest.mark.long
def test_a_helper_that_hangs_ends_a_real_run_within_thirty_seconds(tmp_path: Path) -> None:
    """Status 1, a sentence and no footer."""
    from tests.probe.started import LONG_RUN, Started

    with Started(tmp_path / "run", *LONG_RUN, "--repeat", "99") as probe:
        probe.wait_until_it_measures()
        os.kill(probe.helpers[1], signal.SIGSTOP)
        status, took = probe.end()
        assert status == 1
        assert took < link.REPLY_TIMEOUT + 2
        assert "a helper process (second) did not answer within 30 seconds" in probe.errors_text()
        assert probe.remains() == []
        assert not (tmp_path / "run" / "host.json").exists()
