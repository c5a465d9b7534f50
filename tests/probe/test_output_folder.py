"""The folder of a run: one probe at a time, whole files only, and nothing that stays of a run that wasn't finished."""

import errno
import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from matrix.probe.errors import ProbeError
from matrix.probe.output import Output
from tests.conftest import ROOT, run_probe
from tests.probe.started import LONG_RUN, SHORT_RUN, Started

UNIX = pytest.mark.skipif(sys.platform == "win32", reason="asks for Unix' signals, mounts or locks")
WHOLE = ["counts.csv", "host.json", "observations.csv"]


def names(folder: Path) -> list[str]:
    return sorted(each.name for each in folder.iterdir())


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="finds the helpers by Linux' /proc")
def test_a_second_probe_into_one_folder_is_refused(tmp_path: Path) -> None:
    """With a sentence, at once, and without touching the first one's run."""
    with Started(tmp_path / "run", *LONG_RUN) as first:
        first.wait_until_it_measures()
        done = run_probe(tmp_path / "run", *SHORT_RUN)
        assert (done.returncode, done.stdout) == (1, "")
        assert done.stderr == f"probe: another probe is writing to {tmp_path / 'run'}; wait for it, or name another folder with --output\n"
        assert names(tmp_path / "run") == ["observations.csv", "probe.lock"]
        first.send(signal.SIGTERM)
        assert first.end()[0] == 143
    assert run_probe(tmp_path / "run", *SHORT_RUN).returncode == 0
    assert names(tmp_path / "run") == WHOLE


def test_a_refused_probe_spoils_no_older_run(tmp_path: Path) -> None:
    """It hasn't got the folder, so it removes nothing there."""
    (tmp_path / "host.json").write_text("an older run's", "utf-8")
    first, second = Output(str(tmp_path)), Output(str(tmp_path))
    first.take()
    with pytest.raises(ProbeError, match="another probe is writing"):
        second.begin()
    second.release()
    assert names(tmp_path) == ["host.json", "probe.lock"]
    first.release()
    assert names(tmp_path) == ["host.json"]


HOLD = """
import sys
sys.path.insert(0, %r)
from matrix.probe.output import Output
folder = Output(sys.argv[1])
sys.stdin.readline()
try:
    folder.begin()
except Exception as refused:
    print("refused" if "another probe" in str(refused) else refused, flush=True)
else:
    print("taken", flush=True)
sys.stdin.readline()
"""


@UNIX
def test_of_many_that_start_at_once_exactly_one_gets_the_folder(tmp_path: Path) -> None:
    """Each in a process of its own; when all of them are killed, the folder is free at once."""
    for _ in range(2):
        words = [sys.executable, "-I", "-c", HOLD % str(ROOT), str(tmp_path / "run")]
        starters = [subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) for _ in range(8)]
        try:
            for each in starters:
                assert each.stdin is not None
                each.stdin.write("\n")
            for each in starters:
                assert each.stdin is not None
                each.stdin.flush()
            found = [each.stdout.readline().strip() for each in starters if each.stdout is not None]
        finally:
            for each in starters:
                each.kill()
                each.communicate()
        assert sorted(found) == ["refused"] * 7 + ["taken"]
    again = Output(str(tmp_path / "run"))
    again.begin()
    again.release()
    assert names(tmp_path / "run") == ["observations.csv"]


def test_the_lock_never_has_two_owners(tmp_path: Path) -> None:
    """Not even while it is given up and taken again, when its file goes and comes."""
    owners: list[int] = []
    wrong: list[str] = []
    taken = [0]

    def take_often() -> None:
        for _ in range(150):
            mine = Output(str(tmp_path))
            try:
                mine.take()
            except ProbeError:
                continue
            owners.append(1)
            if len(owners) > 1:
                wrong.append("two owners")
            taken[0] += 1
            owners.pop()
            mine.release()

    threads = [threading.Thread(target=take_often) for _ in range(6)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    assert wrong == []
    assert taken[0] > 6
    assert names(tmp_path) == []


@UNIX
def test_a_file_system_without_locks_keeps_nobody_from_measuring(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It can't keep two probes apart, and that is no reason to refuse the first."""
    import fcntl

    def refuses(descriptor: int, operation: int) -> None:
        raise OSError(errno.ENOLCK, "No locks available")

    monkeypatch.setattr(fcntl, "flock", refuses)
    folder = Output(str(tmp_path))
    folder.begin()
    folder.release()
    assert names(tmp_path) == ["observations.csv"]


def test_only_a_finished_run_has_a_footer(tmp_path: Path) -> None:
    """host.json comes last, names what the others hold, and what was there before is gone with the begin."""
    (tmp_path / "host.json").write_text("an older run's", "utf-8")
    folder = Output(str(tmp_path))
    assert folder.state() == "nothing was measured"
    folder.begin()
    assert names(tmp_path) == ["observations.csv", "probe.lock"]
    assert folder.state() == f"the run in {tmp_path} is incomplete"
    folder.finish([], [], {})
    assert folder.state() == f"the run in {tmp_path} is whole all the same"
    folder.release()
    folder.release()
    assert names(tmp_path) == WHOLE
    assert json.loads((tmp_path / "host.json").read_text("utf-8"))["rows"] == 0


@pytest.mark.parametrize("file", ["observations.csv", "counts.csv", "host.json"])
def test_a_disk_that_is_full_is_a_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, file: str) -> None:
    """At whichever file it fills: the sentence names it and what to do, and no part of it stays."""

    def no_space(descriptor: int) -> None:
        if (tmp_path / (file + ".part")).exists():
            raise OSError(errno.ENOSPC, "No space left on device")

    folder = Output(str(tmp_path))
    folder.begin()
    monkeypatch.setattr(os, "fsync", no_space)
    with pytest.raises(ProbeError, match=rf"cannot write .*{file}: No space left on device.*--output"):
        folder.finish([], [], {})
    folder.release()
    assert "host.json" not in names(tmp_path)
    assert not [name for name in names(tmp_path) if not name.endswith((".csv", ".json"))]


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 32 KiB: enough to begin, and too little to finish."""
    disk = tmp_path / "disk"
    disk.mkdir()
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=32k", "tmpfs", str(disk)], capture_output=True, text=True, check=False)
    if mounted.returncode:
        pytest.skip(f"no file system can be mounted here: {mounted.stderr.strip()}")
    yield disk
    subprocess.run(["umount", str(disk)], check=True)


@pytest.mark.skipif(not sys.platform.startswith("linux") or os.geteuid() != 0, reason="only root mounts a small disk, and Linux has tmpfs")
def test_a_run_that_fills_the_disk_is_thrown_away_as_a_whole(small_disk: Path) -> None:
    """Status 1, a sentence, no footer, no part of a file, no lock."""
    done = run_probe(small_disk / "run", "--only", "tcp ipv4 bound ipv4 same")
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith(f"probe: cannot write {small_disk / 'run' / 'observations.csv'}: No space left on device")
    assert names(small_disk / "run") == ["observations.csv"]
    assert run_probe(small_disk / "run", *SHORT_RUN).returncode == 0


def test_an_output_that_cannot_be_a_folder_is_a_sentence(tmp_path: Path) -> None:
    """A file in the way."""
    (tmp_path / "file").write_bytes(b"")
    done = run_probe(tmp_path / "file")
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith(f"probe: cannot use the folder {tmp_path / 'file'}: ")
