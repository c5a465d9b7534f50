"""What close does while it lingers is asked in a thread: nothing else of the probe may change the answer."""

import subprocess
import sys
import time
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from matrix.probe import command, facts, run
from matrix.probe.afterclose import fill_up
from matrix.probe.sockets import close_by_reset, connected_pair, fill, set_linger


def test_no_process_is_started_while_close_is_measured(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """One that is on its way, between fork and exec, holds a copy of every socket: close would return at once."""
    events: list[str] = []
    popen: Any = subprocess.Popen.__init__
    start: Any = facts.Lingering.start

    def started(process: Any, *words: Any, **options: Any) -> None:
        events.append("process")
        popen(process, *words, **options)

    def lingering(thread: Any) -> None:
        events.append("close is measured")
        start(thread)

    monkeypatch.setattr(subprocess.Popen, "__init__", started)
    monkeypatch.setattr(facts.Lingering, "start", lingering)
    monkeypatch.setattr(run.Run, "measure_accounts", lambda measured, whole: None)
    whole = run.Run(command.parser().parse_args(["--output", str(tmp_path / "run")]), run.Progress(None))
    try:
        whole.choose()
        whole.measure()
    finally:
        whole.close()
    assert events.count("process") >= 2
    assert events[-1] == "close is measured"


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="knows that close blocks on Linux")
@pytest.mark.parametrize(("copied", "blocks"), [(False, True), (True, False)], ids=["alone", "beside a copy"])
def test_a_copy_of_the_socket_would_change_the_answer(copied: bool, blocks: bool) -> None:
    """The reason for the order above."""
    peer, ours = connected_pair()
    fill(ours)
    ours.setblocking(True)
    set_linger(ours, 3)
    copies = [ours.dup()] if copied else []
    began = time.monotonic()
    ours.close()
    assert (time.monotonic() - began > 2) is blocks
    for each in (peer, *copies):
        close_by_reset(each)


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="knows that close blocks on Linux")
def test_a_monotonic_clock_that_stands_still_changes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """Under Wine that of CPython before 3.13 does, for as long as wineserver waits in close."""
    stopped = SimpleNamespace(monotonic=lambda: 0.0, perf_counter=time.perf_counter, sleep=time.sleep)
    monkeypatch.setattr(facts, "time", stopped)
    assert facts.close_that_lingers().outcome == "blocks"


class AConnectionThatTakes:
    """A stand-in whose sends come to these: True is taken, None is not now, an error is an error; the last for ever."""

    def __init__(self, *answers: Any) -> None:
        self.answers, self.sent = list(answers), 0

    def setblocking(self, blocking: bool) -> None:
        assert not blocking

    def send(self, data: bytes) -> int:
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if answer is None:
            raise BlockingIOError
        if isinstance(answer, OSError):
            raise answer
        self.sent += 1
        return len(data)


def test_a_connection_is_full_when_not_even_one_byte_is_taken() -> None:
    """What there is room for again in the meantime is filled, too."""
    connected = AConnectionThatTakes(True, None, True, True, None, None)
    fill_up(connected)
    assert (connected.sent, connected.answers) == (3, [None])


@pytest.mark.parametrize(("answers", "error"), [((True, OSError(105, "x")), "x"), ((True,), "no end")], ids=["another error", "no end"])
def test_a_connection_that_cannot_be_filled_is_no_full_one(answers: tuple[Any, ...], error: str) -> None:
    """Close would return at once, and nothing would be learned by it."""
    with pytest.raises(OSError, match=error):
        fill_up(AConnectionThatTakes(*answers))
