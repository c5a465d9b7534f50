"""The programs as Windows programs, under Wine: they print what the probe measured there. Wine is not Windows."""

import json
import os
import shutil
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from matrix.platforms.stacks import Stack
from matrix.platforms.stacks.wine import Wine, windows_path
from tests.conftest import CACHE, PROBE, ROOT
from tests.programs.running import AT_ONCE, FreePorts, Question, difference, drawn, ended, questions, text_of

COMPILER = "x86_64-w64-mingw32-gcc"
SEED = 13
# Starts one program after the other, so that Wine need not be started for each, and writes what came of them. "" is this Python.
DRIVER = """
import json, subprocess, sys
with open(sys.argv[1]) as asked:
    commands = json.load(asked)
ended = []
for words in commands:
    words = [word or sys.executable for word in words]
    done = subprocess.run(words, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=60)
    ended.append([done.returncode, done.stdout.decode(), done.stderr.decode()])
with open(sys.argv[2], "w") as told:
    json.dump(ended, told)
"""


@pytest.fixture
def wine(need_stack: Callable[[str], Stack]) -> Wine:
    """This machine's own."""
    stack = need_stack("wine")
    assert isinstance(stack, Wine)
    return stack


@pytest.fixture
def measured_there(wine: Wine, tmp_path: Path) -> list[Question]:
    """What was measured of this Wine: its published run, or where its version has none, sockets over IPv4 now."""
    run = ROOT / "results" / wine.target(CACHE)
    if not run.exists():
        run = tmp_path / "run"
        wine.measure(CACHE, PROBE, run, ["--repeat", "1", "--only", "ipv4 ipv4 same"])
    return questions(run)


def differences(wine: Wine, asked: Sequence[Question], commands: Sequence[Sequence[str]], folder: Path) -> list[str]:
    """Run a program for each question under Wine."""
    driver, given, told = (folder / name for name in ("driver.py", "commands.json", "ended.json"))
    driver.write_text(DRIVER, "utf-8")
    tried = [(question, words) for question, words in zip(asked, commands, strict=True) for _ in range(question.tries)]
    given.write_text(json.dumps([words for _, words in tried]), "utf-8")
    try:
        wine.run(CACHE, ["wine", str(wine.interpreter(CACHE)), "-I", *map(windows_path, (driver, given, told))], folder)
    finally:
        wine.settle(CACHE)
    found: dict[tuple[str, ...], list[str]] = {}
    for (question, _), done in zip(tried, json.loads(told.read_text("utf-8")), strict=True):
        found.setdefault((question.name, *question.case), []).append(difference(question, tuple(done)))
    return [different[0] for different in found.values() if all(different)]


def test_c_programs_print_what_was_measured(wine: Wine, measured_there: list[Question], ports: FreePorts, tmp_path: Path) -> None:
    """30 of them, compiled by Debian's mingw-w64 without a warning."""
    if not shutil.which(COMPILER):
        assert not os.environ.get("CI"), f"CI needs {COMPILER}: nox -s tools installs it"
        pytest.skip(f"no {COMPILER} here: nox -s tools installs it")
    asked = drawn(measured_there, 30, SEED)
    sources = [tmp_path / f"{number}.c" for number in range(len(asked))]
    for source, question in zip(sources, asked, strict=True):
        source.write_text(text_of(question, "c", ports.take()), "utf-8")

    def compile_one(source: Path) -> None:
        words = [COMPILER, "-Wall", "-Wextra", "-Werror", "-o", str(source.with_suffix(".exe")), str(source), "-lws2_32"]
        status, _, err = ended(words)
        assert status == 0, err

    with ThreadPoolExecutor(AT_ONCE) as pool:
        list(pool.map(compile_one, sources))
    assert differences(wine, asked, [[windows_path(source.with_suffix(".exe"))] for source in sources], tmp_path) == []


def test_python_programs_print_what_was_measured(wine: Wine, measured_there: list[Question], ports: FreePorts, tmp_path: Path) -> None:
    """15 of them, by a CPython for Windows."""
    asked = drawn(measured_there, 15, SEED)
    sources = [tmp_path / f"{number}.py" for number in range(len(asked))]
    for source, question in zip(sources, asked, strict=True):
        source.write_text(text_of(question, "python", ports.take()), "utf-8")
    assert differences(wine, asked, [["", "-I", windows_path(source)] for source in sources], tmp_path) == []
