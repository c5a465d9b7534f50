"""What several tests need: the probe as a module, a measured run, the stacks."""

import csv
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

import matrix.probe
from matrix.platforms.stacks import STACKS, Stack, wine

ROOT = Path(__file__).parent.parent
PROBE = ROOT / "matrix" / "probe"
CACHE = ROOT / "build" / "stacks"
# Seconds for a whole run with every account. A refused connection to loopback alone takes 2 s on Windows, and nobody knows what a
# small runner for macOS needs.
MAX_RUN = 300 if sys.platform == "linux" else 1200


def run_probe(
    output: Path, *words: str, python: str = sys.executable, within: Sequence[str] = (), **options: Any
) -> subprocess.CompletedProcess[str]:
    """Run the probe as a person would, after such words as `tests.networks` gives, and give back what it said."""
    command = [*within, python, "-I", str(PROBE), "--output", str(output), *words]
    return subprocess.run(command, capture_output=True, text=True, timeout=MAX_RUN, check=False, **options)


def answers(folder: Path) -> list[str]:
    """A run's rows without how many attempts agreed, by which two runs may differ where a machine is busy."""
    return [",".join((*row[:-3], row[-1])) for row in (list(each.values()) for each in rows(folder))]


def different(folder: Path, other: Path) -> list[str]:
    """The first rows in which two runs answer otherwise; none where they answer alike."""
    ours, theirs = answers(folder), answers(other)
    alike = set(ours) & set(theirs)
    return [row for row in (*ours, *theirs) if row not in alike][:10] if ours != theirs else []


def rows(folder: Path) -> list[dict[str, str]]:
    """The observations of a run, without the loader."""
    with (folder / "observations.csv").open(newline="", encoding="utf-8") as source:
        return list(csv.DictReader(source))


def pytest_configure() -> None:
    """What was started by nohup ignores SIGHUP, and so would all that the tests start."""
    if hasattr(signal, "SIGHUP"):
        signal.signal(signal.SIGHUP, signal.SIG_DFL)


@pytest.fixture(scope="session")
def probe() -> ModuleType:
    """The probe as a module, for its plain functions."""
    return matrix.probe


@pytest.fixture(scope="session")
def measured(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One whole run of this machine, measured once for all tests. Copy it before you change it."""
    folder = tmp_path_factory.mktemp("measured") / "this-machine"
    done = run_probe(folder, "--target", "this-machine")
    assert done.returncode == 0, done.stderr
    return folder


@pytest.fixture
def run_copy(measured: Path, tmp_path: Path) -> Path:
    """A copy of the measured run, to be spoiled."""
    return Path(shutil.copytree(measured, tmp_path / "this-machine"))


@pytest.fixture(scope="session")
def measured_part(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small run of cases only, no facts of the host: every row of it is a case's."""
    folder = tmp_path_factory.mktemp("part") / "this-machine"
    done = run_probe(folder, "--target", "this-machine", "--only", "tcp ipv4 bound ipv4 same")
    assert done.returncode == 0, done.stderr
    return folder


@pytest.fixture
def part_copy(measured_part: Path, tmp_path: Path) -> Path:
    """A copy of the small run, to be spoiled."""
    return Path(shutil.copytree(measured_part, tmp_path / "this-machine"))


@pytest.fixture(scope="session")
def own_prefix() -> Iterator[None]:
    """Where several processes run the tests, each has its own copy of Wine's prefix: a test waits for the end of all that use one."""
    worker = os.environ.get("PYTEST_XDIST_WORKER")
    if worker is None:
        yield
        return
    made, wine.PREFIX = CACHE / wine.PREFIX, f"{wine.PREFIX}-{worker}"
    copy = CACHE / wine.PREFIX
    shutil.rmtree(copy, ignore_errors=True)
    shutil.copytree(made, copy, symlinks=True)
    yield
    shutil.rmtree(copy, ignore_errors=True)


@pytest.fixture
def need_stack(request: pytest.FixtureRequest) -> Callable[[str], Stack]:
    """A stack by name; without it the test fails in CI, and is skipped with the reason elsewhere."""

    def needed(name: str) -> Stack:
        never = STACKS[name].impossible()
        if never:
            pytest.skip(f"{name}: {never}")
        reason = STACKS[name].missing(CACHE)
        if reason and os.environ.get("CI"):
            pytest.fail(f"{name}: {reason}, and in CI every stack must be there: run nox -s stacks first")
        if reason:
            pytest.skip(f"{name}: {reason}; nox -s stacks installs it")
        if isinstance(STACKS[name], wine.Wine):
            request.getfixturevalue("own_prefix")
        return STACKS[name]

    return needed
