"""How many files may be open: known before anything is, and few of them are no reason for other answers."""

import os
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from matrix.probe import limits
from matrix.probe.client import Client
from matrix.probe.errors import ProbeError
from tests.conftest import different, run_probe

if sys.platform == "win32":
    pytest.skip("Windows limits the number of a process's sockets by memory alone", allow_module_level=True)

import resource

PART = ("--target", "this-machine", "--only", "default@* default@* same")  # every state and measure of a case


def limited(soft: int, hard: int) -> Callable[[], None]:
    """What lowers a new process's limit."""
    return lambda: resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


@pytest.fixture
def limit(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """A limit that stands in for ours: [soft, hard, files that are open beside the standard ones]."""
    state = [1024, 1024, 0]

    def raised(which: int, pair: tuple[int, int]) -> None:
        assert pair[1] == state[1]
        assert resource.RLIM_INFINITY in pair or pair[0] <= pair[1]
        state[0] = pair[0]

    monkeypatch.setattr(resource, "getrlimit", lambda which: (state[0], state[1]))
    monkeypatch.setattr(resource, "setrlimit", raised)
    monkeypatch.setattr(limits, "inherited", lambda limit: state[2])
    return state


@pytest.mark.parametrize(
    ("soft", "hard", "inherited", "left", "batch"),
    [
        (1024, 1024, 0, 1024, 400),
        (256, 10240, 0, 464, 400),
        (256, 256, 0, 256, 224),
        (64, 64, 0, 64, 32),
        (56, 56, 0, 56, 24),
        (256, 10240, 200, 464, 400),
        (256, 256, 200, 56, 24),
        (resource.RLIM_INFINITY, resource.RLIM_INFINITY, 0, None, 400),
        (256, resource.RLIM_INFINITY, 0, 464, 400),
    ],
)
def test_a_limit_is_raised_as_far_as_it_goes(limit: list[int], soft: int, hard: int, inherited: int, left: int | None, batch: int) -> None:
    """macOS begins with 256; what a parent has left open is not to be had."""
    limit[:] = [soft, hard, inherited]
    before, after, size = limits.prepared()
    assert before == (None if soft == resource.RLIM_INFINITY else soft)
    assert (after, size) == (left, batch)


@pytest.mark.parametrize(
    ("soft", "inherited", "words"), [(55, 0, "may have 55 open files, and"), (100, 60, "100 open files of which 60 were in use")]
)
def test_too_few_files_are_a_sentence(limit: list[int], soft: int, inherited: int, words: str) -> None:
    """How many there are, how many are needed, and what to do."""
    limit[:] = [soft, soft, inherited]
    with pytest.raises(ProbeError, match=rf"{words}.* the probe needs 56; raise the limit \(`ulimit -n 256`\)"):
        limits.prepared()


@pytest.mark.parametrize("left", [56, 64, 100, 256, 464, 100000, None])
def test_the_asker_keeps_files_for_what_is_no_connection(left: int | None) -> None:
    """Its connections and its share of files fit together, and there are always enough for one wave."""
    slots = Client("127.0.0.2", left).slots
    assert 4 <= slots <= 464
    assert left is None or slots + 40 <= left


def test_inherited_files_are_counted() -> None:
    """Those that are open beside input, output and errors, and no others."""
    before = limits.inherited(1024)
    opened = [os.open(os.devnull, os.O_RDONLY) for _ in range(7)]
    try:
        assert limits.inherited(1024) == before + 7
    finally:
        for each in opened:
            os.close(each)
    assert limits.inherited(None) == 0


def test_too_low_a_limit_is_a_sentence_before_anything_is_opened(tmp_path: Path) -> None:
    """No folder, no helper, no traceback."""
    done = run_probe(tmp_path / "run", preexec_fn=limited(40, 40))
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == ("probe: this account may have 40 open files, and the probe needs 56; raise the limit (`ulimit -n 256`) "
                           "and start again\n")  # fmt: skip
    assert not (tmp_path / "run").exists()


@pytest.fixture(scope="module")
def unlimited(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What a run observes that may open as many files as it likes."""
    folder = tmp_path_factory.mktemp("unlimited")
    assert run_probe(folder, *PART).returncode == 0
    return folder


@pytest.mark.parametrize("number", [56, 64, 100, 256])
def test_few_open_files_change_no_answer(tmp_path: Path, unlimited: Path, number: int) -> None:
    """With a hard limit that nobody can raise."""
    done = run_probe(tmp_path, *PART, preexec_fn=limited(number, number))
    assert (done.returncode, done.stderr) == (0, "")
    assert different(tmp_path, unlimited) == []


def test_files_that_a_parent_left_open_change_no_answer(tmp_path: Path, unlimited: Path) -> None:
    """They count against the limit of the asker, and not of its helpers."""
    opened = [os.open(os.devnull, os.O_RDONLY) for _ in range(190)]
    try:
        top = max(opened) + 1
        done = run_probe(tmp_path, *PART, preexec_fn=limited(256, 256), pass_fds=opened)
    finally:
        for each in opened:
            os.close(each)
    assert top < 256
    assert (done.returncode, done.stderr) == (0, "")
    assert different(tmp_path, unlimited) == []


@pytest.mark.long
@pytest.mark.parametrize("number", [56, 64, 100, 256])
def test_few_open_files_change_no_answer_of_a_whole_run(measured: Path, tmp_path: Path, number: int) -> None:
    """Other accounts' and the host's included."""
    done = run_probe(tmp_path, "--target", "this-machine", preexec_fn=limited(number, number))
    assert (done.returncode, done.stderr) == (0, "")
    assert different(tmp_path, measured) == []
