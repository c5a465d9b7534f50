"""The programs, run on this machine: they print what the probe measured on it."""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.networks import own_network
from tests.programs.running import AT_ONCE, FreePorts, Question, as_root, difference, differences, drawn, ended, questions, text_of

SEED = 13
on_linux = pytest.mark.skipif(sys.platform != "linux", reason="what is expected was measured on Linux")


@pytest.fixture(scope="module")
def asked(measured: Path) -> list[Question]:
    """250 questions of all that was measured here, other accounts among it where there are some."""
    if sys.platform != "linux":
        pytest.skip("the programs are held against Linux, where 127.0.0.2 is an address and root may be anybody")
    found = drawn(questions(measured), 250, SEED)
    assert len(found) == 250
    return found


@pytest.fixture(scope="module")
def compiler() -> str:
    """The system's, of C."""
    found = shutil.which("gcc")
    if not found:
        assert not os.environ.get("CI"), "CI needs gcc: nox -s tools installs it"
        pytest.skip("no gcc here: nox -s tools installs it")
    return found


def compile_with(compiler: str, source: Path) -> Path:
    """The program of a source, that is compiled without a warning."""
    program = source.with_suffix("")
    words = [compiler, "-std=c99", "-D_DEFAULT_SOURCE", "-Wall", "-Wextra", "-Werror", "-pedantic", "-o", str(program), str(source)]
    status, _, err = ended(words)
    assert status == 0, err
    return program


@pytest.fixture(scope="module")
def quiet() -> Iterator[list[str]]:
    """What starts a program in a network where nobody else's connection takes the port that the system gave to its own."""
    with own_network() as words:
        yield words


def command(question: Question, quiet: Sequence[str], *words: str) -> list[str]:
    """How its program is started."""
    return [*(quiet if question.name == "outgoing" else ()), *(as_root() if question.case[8] != "same" else ()), *words]


def test_python_programs_print_what_was_measured(asked: list[Question], ports: FreePorts, quiet: list[str], tmp_path: Path) -> None:
    """Of calls, of who receives, of multicast, of what becomes free and of late options; of one account and of several."""
    commands = []
    for number, question in enumerate(asked):
        path = tmp_path / f"{number}.py"
        path.write_text(text_of(question, "python", ports.take()), "utf-8")
        commands.append(command(question, quiet, sys.executable, "-I", str(path)))
    assert differences(asked, commands) == []


def test_c_programs_print_what_was_measured(
    asked: list[Question], compiler: str, ports: FreePorts, quiet: list[str], tmp_path: Path
) -> None:
    """The same in C."""
    sources = [tmp_path / f"{number}.c" for number in range(len(asked))]
    for source, question in zip(sources, asked, strict=True):
        source.write_text(text_of(question, "c", ports.take()), "utf-8")
    with ThreadPoolExecutor(AT_ONCE) as pool:
        programs = list(pool.map(lambda source: compile_with(compiler, source), sources))
    commands = [command(question, quiet, str(program)) for question, program in zip(asked, programs, strict=True)]
    assert differences(asked, commands) == []


@on_linux
@pytest.mark.parametrize("language", ["python", "c"])
@pytest.mark.parametrize("state", ["listening", "client-ephemeral"])
def test_a_program_of_other_accounts_has_two_parts(
    language: str,
    state: str,
    request: pytest.FixtureRequest,
    ports: FreePorts,
    tmp_path: Path,
) -> None:
    """As Windows needs them, and whoever is not root: the first part holds the port, and the second is refused meanwhile."""
    case = ("tcp", "ipv4", "default", "specific", state, "ipv4", "default", "specific", "other")
    question = Question(case=case, name="live" if state == "listening" else "outgoing", measured={"bind": "INUSE"})
    source = tmp_path / ("program.c" if language == "c" else "program.py")
    source.write_text(text_of(question, language, ports.take()), "utf-8")
    of_c = language == "c"
    words = [str(compile_with(request.getfixturevalue("compiler"), source))] if of_c else [sys.executable, "-I", str(source)]
    with subprocess.Popen([*words, "first"], stdout=subprocess.PIPE, text=True) as first:
        try:
            assert first.stdout is not None
            second = ["second"]
            for line in first.stdout:
                if line.startswith("start: "):
                    second = line.split()[1:]
                if line.startswith("the first socket is there"):
                    break
            assert (len(second) == 2) == (state == "client-ephemeral")
            assert difference(question, ended([*words, *second])) == ""
        finally:
            first.kill()
