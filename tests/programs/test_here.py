"""The programs, run on this machine: they print what the probe measured on it."""

import os
import shutil
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.programs.running import AT_ONCE, FreePorts, Question, as_root, differences, drawn, ports, questions, text_of  # noqa: F401  # a fixture

SEED = 13


@pytest.fixture(scope="module")
def asked(measured: Path) -> list[Question]:
    """250 questions of all that was measured here, other accounts among it where there are some."""
    if sys.platform != "linux":
        pytest.skip("the programs are held against Linux, where 127.0.0.2 is an address and root may be anybody")
    found = drawn(questions(measured), 250, SEED)
    assert len(found) == 250
    return found


def command(question: Question, *words: str) -> list[str]:
    """How its program is started."""
    return [*(as_root() if question.case[8] != "same" else ()), *words]


def test_python_programs_print_what_was_measured(asked: list[Question], ports: FreePorts, tmp_path: Path) -> None:  # noqa: F811
    """Of calls, of who receives, of multicast, of what becomes free and of late options; of one account and of several."""
    commands = []
    for number, question in enumerate(asked):
        path = tmp_path / f"{number}.py"
        path.write_text(text_of(question, "python", ports.take()), "utf-8")
        commands.append(command(question, sys.executable, "-I", str(path)))
    assert differences(asked, commands) == []


def test_c_programs_print_what_was_measured(asked: list[Question], ports: FreePorts, tmp_path: Path) -> None:  # noqa: F811
    """The same in C, compiled without a warning."""
    compiler = shutil.which("gcc")
    if not compiler:
        assert not os.environ.get("CI"), "CI needs gcc: nox -s tools installs it"
        pytest.skip("no gcc here: nox -s tools installs it")
    commands = []
    for number, question in enumerate(asked):
        path = tmp_path / f"{number}.c"
        path.write_text(text_of(question, "c", ports.take()), "utf-8")
        commands.append(command(question, str(path.with_suffix(""))))

    def compiled(number: int) -> None:
        path = tmp_path / f"{number}.c"
        words = [
            compiler,
            "-std=c99",
            "-D_DEFAULT_SOURCE",
            "-Wall",
            "-Wextra",
            "-Werror",
            "-pedantic",
            "-o",
            str(path.with_suffix("")),
            str(path),
        ]
        done = subprocess.run(words, capture_output=True, text=True, timeout=120, check=False)
        assert done.returncode == 0, done.stderr

    with ThreadPoolExecutor(AT_ONCE) as pool:
        list(pool.map(compiled, range(len(asked))))
    assert differences(asked, commands) == []
