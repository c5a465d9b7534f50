"""Every way in which a run can be ended from outside: soon, cleaned up, and with a sentence at the most."""

import contextlib
import os
import random
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conftest import PROBE, ROOT
from tests.probe.started import LONG_RUN, SHORT_RUN, STATUS, WITHIN, Started, children_of, is_helper, our_traceback, wait_until

if sys.platform == "win32":
    pytest.skip("sends Unix' signals, as a terminal does", allow_module_level=True)

import pty

LINUX = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="finds the helpers by Linux' /proc")
AS_ROOT = pytest.mark.skipif(os.geteuid() != 0, reason="only root can be another account")
NOBODY = 65534
pytestmark = LINUX


def incomplete(folder: Path) -> str:
    return f"probe: interrupted; the run in {folder} is incomplete\n"


def ignores(pid: int, number: int) -> bool:
    """Whether a process ignores a signal, by Linux' /proc; true of one that is gone."""
    try:
        mask = re.search(r"(?m)^SigIgn:\s*(\w+)", Path(f"/proc/{pid}/status").read_text("ascii"))
    except OSError:
        return True
    return mask is None or bool(int(mask.group(1), 16) >> (number - 1) & 1)


@pytest.mark.parametrize("to_group", [False, True], ids=["to the asker", "to its group"])
@pytest.mark.parametrize("number", list(STATUS), ids=lambda number: number.name)
def test_a_signal_ends_a_run_once_and_cleans_up(tmp_path: Path, number: signal.Signals, to_group: bool) -> None:
    """Ctrl-C, an end that is asked for, and a lost terminal: one sentence, its own status, and nothing of the run stays."""
    with Started(tmp_path / "run", *LONG_RUN) as probe:
        probe.wait_until_it_measures()
        probe.send(number, to_group)
        status, took = probe.end()
        assert (status, probe.errors_text()) == (STATUS[number], incomplete(tmp_path / "run"))
        assert took < WITHIN
        assert probe.remains() == []
        assert not (tmp_path / "run" / "host.json").exists()


@pytest.mark.parametrize("number", list(STATUS), ids=lambda number: number.name)
def test_helpers_that_hang_hold_up_no_end(tmp_path: Path, number: signal.Signals) -> None:
    """Stopped ones of every account are ended by force."""
    accounts = 4 if os.geteuid() == 0 else 2
    with Started(tmp_path / "run", *LONG_RUN) as probe:
        for helper in probe.wait_for_helpers(accounts):
            os.kill(helper, signal.SIGSTOP)
        probe.send(number)
        status, took = probe.end()
        assert status == STATUS[number]
        assert took < WITHIN
        assert probe.remains() == []


def test_a_second_signal_changes_nothing(tmp_path: Path) -> None:
    """Whoever presses Ctrl-C again while everything is cleaned up gets the same end, cleaned up all the same."""
    with Started(tmp_path / "run", *LONG_RUN) as probe:
        for helper in probe.wait_for_helpers():
            os.kill(helper, signal.SIGSTOP)
        probe.send(signal.SIGINT)
        wait_until(lambda: ignores(probe.pid, signal.SIGINT), "the first signal's effect")
        deadline = time.monotonic() + WITHIN
        while probe.process.poll() is None and time.monotonic() < deadline:
            for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
                probe.send(number)
            time.sleep(0.01)
        status, _ = probe.end()
        assert (status, probe.errors_text()) == (130, incomplete(tmp_path / "run"))
        assert probe.remains() == []


def test_a_signal_that_was_ignored_from_the_start_stays_ignored(tmp_path: Path) -> None:
    """As under nohup: the run goes on to its end when the terminal is lost."""
    words = [sys.executable, "-I", str(PROBE), "--output", str(tmp_path / "run"), *SHORT_RUN]
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        started = subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    finally:
        signal.signal(signal.SIGHUP, before)
    wait_until(lambda: any(is_helper(each) for each in children_of(started.pid)), "a helper")
    os.kill(started.pid, signal.SIGHUP)
    _, errors = started.communicate(timeout=60)
    assert (started.returncode, errors) == (0, b"")


def test_a_killed_helper_ends_the_run_with_a_reason(tmp_path: Path) -> None:
    """No half-measured run is passed off as a whole one."""
    with Started(tmp_path / "run", *LONG_RUN) as probe:
        probe.wait_until_it_measures()
        os.kill(probe.helpers[1], signal.SIGKILL)
        status, took = probe.end()
        assert status == 1
        assert took < WITHIN
        assert re.fullmatch(
            r"probe: a helper process \(second\) ended in the middle of the run; .*start the probe again\n", probe.errors_text()
        )
        assert probe.remains() == []
        assert not (tmp_path / "run" / "host.json").exists()


@pytest.mark.parametrize("begun", [False, True], ids=["before it measures", "while it measures"])
def test_a_killed_run_has_no_footer_and_leaves_the_folder_free(tmp_path: Path, begun: bool) -> None:
    """Even over an older run: without host.json it is no run, its helpers end, and the next one uses the folder at once."""
    folder = tmp_path / "run"
    folder.mkdir()
    (folder / "host.json").write_text("an older run's", "utf-8")
    with Started(folder, *LONG_RUN) as probe:
        wait_until(lambda: not (folder / "host.json").exists(), "the end of the older run")
        if begun:
            probe.wait_until_it_measures()
        probe.process.kill()
        probe.process.wait()
        probe.remains()
        assert not (folder / "host.json").exists()
        assert probe.errors_text() == ""
    with Started(folder, *SHORT_RUN) as again:
        assert (again.end()[0], again.errors_text()) == (0, "")
        assert sorted(each.name for each in folder.iterdir()) == ["counts.csv", "host.json", "observations.csv"]


# --- at a terminal


class Terminal:
    """A probe at a terminal of its own, and what is written there."""

    def __init__(self, folder: Path, *words: str) -> None:
        self.text = b""
        self.pid, self.terminal = pty.fork()
        if self.pid == 0:
            os.execv(sys.executable, [sys.executable, "-I", str(PROBE), "--output", str(folder), *words])

    def read_until(self, wanted: bytes) -> None:
        wait_until(lambda: self.read() and wanted in self.text, f"{wanted!r} at the terminal")

    def read(self) -> bool:
        """Whether the terminal is still there; what has come is in `text`."""
        try:
            part = os.read(self.terminal, 65536)
        except OSError:  # Linux' EIO: the last process is gone
            return False
        self.text += part
        return bool(part)

    def end(self) -> int:
        while self.read():
            pass
        os.close(self.terminal)
        return os.waitstatus_to_exitcode(os.waitpid(self.pid, 0)[1])


def test_ctrl_c_at_a_terminal_begins_a_line_of_its_own(tmp_path: Path) -> None:
    """What is written after it doesn't begin behind ^C or the progress."""
    probe = Terminal(tmp_path / "run", *LONG_RUN)
    probe.read_until(b"attempts")
    os.write(probe.terminal, b"\x03")
    assert probe.end() == 130
    lines = probe.text.replace(b"\r\n", b"\n").split(b"\n")
    assert lines[-2:] == [incomplete(tmp_path / "run").strip().encode(), b""]
    assert not [each for each in (tmp_path / "run").iterdir() if each.suffix != ".csv"]


def test_a_lost_terminal_ends_the_run(tmp_path: Path) -> None:
    """Its helpers go too, and the folder is free."""
    probe = Terminal(tmp_path / "run", *LONG_RUN)
    probe.read_until(b"attempts")
    helpers = [each for each in children_of(probe.pid) if is_helper(each)]
    os.close(probe.terminal)
    assert os.waitstatus_to_exitcode(os.waitpid(probe.pid, 0)[1]) == 129
    wait_until(lambda: not any(is_helper(each) for each in helpers), "the end of the helpers")
    assert not [each for each in (tmp_path / "run").iterdir() if each.suffix != ".csv"]


# --- other accounts


@pytest.fixture
def theirs() -> Iterator[Path]:
    """A folder of another account's, with the probe in it, where that account can read it."""
    folder = Path("/tmp") / f"bind-matrix-test-{os.getpid()}"
    shutil.copytree(PROBE, folder / "probe", ignore=shutil.ignore_patterns("__pycache__"))
    folder.chmod(0o755)
    (folder / "out").mkdir()
    os.chown(folder / "out", NOBODY, NOBODY)
    yield folder
    shutil.rmtree(folder)


@AS_ROOT
@pytest.mark.parametrize("number", list(STATUS), ids=lambda number: number.name)
def test_the_copy_for_another_account_goes_with_the_run(theirs: Path, number: signal.Signals) -> None:
    """Even while sudo is waited for, which takes as long as it likes."""
    sudo = theirs / "bin" / "sudo"
    sudo.parent.mkdir()
    sudo.write_text("#!/bin/sh\nexec sleep 60\n", "utf-8")
    sudo.chmod(0o755)
    errors = theirs / "out" / "errors"

    def copies() -> set[Path]:
        return {each for each in Path("/tmp").glob("bind-matrix-" + "?" * 16) if each.stat().st_uid == NOBODY}

    before = copies()  # of a run that was killed, which nobody removes for a day
    with errors.open("wb") as out:
        started = subprocess.Popen(
            ["/usr/bin/python3", "-I", str(theirs / "probe"), "--output", str(theirs / "out" / "run"), *LONG_RUN],
            user=NOBODY, group=NOBODY, extra_groups=[], start_new_session=True, stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL, stderr=out, env={"PATH": f"{sudo.parent}:/usr/bin:/bin"},
        )  # fmt: skip
    try:
        wait_until(lambda: copies() - before, "the copy for another account")
        os.kill(started.pid, number)
        began = time.monotonic()
        assert started.wait(60) == STATUS[number]
        assert time.monotonic() - began < WITHIN
        assert copies() == before
        assert errors.read_text("utf-8") == incomplete(theirs / "out" / "run")
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(started.pid, signal.SIGKILL)  # the stand-in for sudo, which no unprivileged asker could end


# --- what holds a signal off, and what doesn't

SCRIPT = """
import os, signal, sys, time
sys.path.insert(0, %r)
from matrix.probe.ending import uninterrupted
def show(text):
    os.write(1, text.encode() + b"\\n")
%s
"""


@pytest.mark.parametrize(
    ("code", "shown"),
    [
        ("uninterrupted.begin((lambda: show('cleaned up'),), lambda: 'nothing')\n"
         "with uninterrupted:\n    with uninterrupted:\n        os.kill(os.getpid(), 15)\n    show('went on')\nshow('never')",
         "went on\ncleaned up\n"),
        ("uninterrupted.begin((lambda: show('cleaned up'),), lambda: 'nothing')\n"
         "class Dying(object):\n    def __del__(self):\n        os.kill(os.getpid(), 15)\n        show('never')\nDying()\nshow('never')",
         "cleaned up\n"),
        ("uninterrupted.begin((lambda: 1 / 0, lambda: show('cleaned up')), lambda: 'nothing')\nos.kill(os.getpid(), 15)\nshow('never')",
         "cleaned up\n"),
        ("uninterrupted.begin((lambda: show('began'), lambda: time.sleep(60)), lambda: 'nothing')\nos.kill(os.getpid(), 15)\nshow('never')",
         "began\n"),
    ],
    ids=["what may not be cut in two", "a destructor", "a step that fails", "a step that hangs"],
)  # fmt: skip
def test_a_signal_ends_the_process_and_raises_nothing(code: str, shown: str) -> None:
    """Wherever it comes: after what may not be cut in two, and soon even where cleaning up fails or hangs."""
    began = time.monotonic()
    done = subprocess.run([sys.executable, "-I", "-c", SCRIPT % (str(ROOT), code)], capture_output=True, text=True, check=False, timeout=60)
    assert (done.returncode, done.stdout) == (143, shown)
    assert done.stderr in ("probe: interrupted; nothing\n", "")
    assert time.monotonic() - began < WITHIN + 1  # with Python's own start


# --- at random moments


def death(folder: Path, chance: random.Random, longest: float, python: str = sys.executable) -> str:
    """One run that is ended at a random moment: blank, or what was wrong with its end."""
    number, to_group, delay = chance.choice(list(STATUS)), chance.random() < 0.5, chance.uniform(0, longest)
    words = ("--only", "tcp ipv4 default@* bound ipv4 *")
    with Started(folder, *words, python=python) as probe:
        try:
            probe.process.wait(delay)
        except subprocess.TimeoutExpired:
            probe.helpers = [each for each in children_of(probe.pid) if is_helper(each)]
            probe.send(number, to_group)
        status, took = probe.end()
        errors = probe.errors_text()
        faults = []
        if our_traceback(errors):
            faults.append(errors)
        whole = (folder / "host.json").exists()
        by_python = status in (-number, 1) and not whole and "interrupted" not in errors  # before our first line
        if status != STATUS[number] and not (status == 0 and whole) and not by_python:
            faults.append(f"status {status}: {errors}")
        if took >= WITHIN:
            faults.append(f"took {took:.1f} s")
        faults += probe.remains()
    shutil.rmtree(folder, ignore_errors=True)
    return f"{number.name} {'to the group' if to_group else 'to the asker'} after {delay:.3f} s: {', '.join(faults)}" if faults else ""


def test_no_moment_of_its_first_second_is_a_bad_one_to_end_a_run(tmp_path: Path) -> None:
    """No traceback of ours, nothing that stays, and no end that takes long; a sample, of which the long test has more."""
    chance = random.Random(20)
    assert [fault for n in range(12) if (fault := death(tmp_path / str(n), chance, 0.8))] == []


@pytest.mark.long
@pytest.mark.parametrize("longest", [0.5, 4.0], ids=["in the first half second", "to the end of a run"])
def test_no_moment_is_a_bad_one_to_end_a_run(tmp_path: Path, longest: float) -> None:
    """The same of 80 deaths each."""
    chance = random.Random(int(longest * 10))
    assert [fault for n in range(80) if (fault := death(tmp_path / str(n), chance, longest))] == []
