"""The manners of the command line: help, version, completion, colour and width."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from matrix import commands
from matrix.__main__ import main
from matrix.commands import streams
from matrix.commands.command import Command
from matrix.commands.parsing import EXAMPLES, parser
from matrix.report.blocks import Bullets, Paragraph, table
from matrix.report.terminal import bold, terminal
from tests.reporter.conftest import Typed


def test_help_has_two_groups_examples_and_the_exit_statuses(typed: Typed) -> None:
    """And every example is one of a command that there is."""
    status, out, _ = typed("--help")
    assert (status, "for people:" in out, "for workflows:" in out, "exit status: 0 done; 1 " in out) == (0, True, True, True)
    known = commands.every_command()
    examples = [*EXAMPLES, *(line for command in known.values() for line in command.examples)]
    assert {line.split("bind-matrix ")[1].split()[0] for line in examples} <= set(known)
    assert "bind-matrix advise --runtimes --format markdown" in typed("advise", "--help")[1]


@pytest.mark.parametrize("line", [line for command in commands.every_command().values() for line in command.examples])
def test_the_examples_of_help_are_right_usage(line: str) -> None:
    """The parser takes them."""
    words = re.findall(r'"[^"]*"|[^\s()>]+', line.split("bind-matrix ", 1)[1].split(" > ")[0])
    assert parser(commands.every_command()).parse_args([word.strip('"') for word in words]).command == words[0]


def test_the_version_is_shown(typed: Typed) -> None:
    """Of the installed package, or of the checkout."""
    status, out, _ = typed("--version")
    assert (status, bool(re.fullmatch(r"bind-matrix \d+\.\d+\.\d+\S*( \(checkout\))?\n", out))) == (0, True)


@pytest.mark.parametrize(
    ("typed_so_far", "offered"),
    [
        (["bind-matrix", "adv"], ["advise"]),
        (["bind-matrix", "advise", "--goal", ""], ["protect", "restart", "share", "dual-stack"]),
        (["bind-matrix", "advise", "--goal", "s"], ["share"]),
        (["bind-matrix", "diff", "--ex"], ["--exit-code"]),
        (["bind-matrix", "report", "--fail-on", "we"], ["weaker"]),
    ],
)
def test_bash_completes_commands_options_and_their_words(
    typed: Typed,
    tmp_path: Path,
    typed_so_far: list[str],
    offered: list[str],
) -> None:
    """By the script that is printed, in a bash of its own."""
    bash = shutil.which("bash")
    if bash is None:
        pytest.skip("bash is not installed")
    script = tmp_path / "completion"
    script.write_text(typed("completion", "bash")[1], "utf-8")
    words = " ".join(f"'{word}'" for word in typed_so_far)
    asked = (f"source '{script}'; COMP_WORDS=({words}); COMP_CWORD={len(typed_so_far) - 1}; _bind_matrix; "
             "printf '%s\\n' \"${COMPREPLY[@]}\"")  # fmt: skip
    (tmp_path / "empty").mkdir()
    done = subprocess.run([bash, "-c", asked], capture_output=True, text=True, check=True, cwd=tmp_path / "empty")
    assert [line for line in done.stdout.splitlines() if line] == offered


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_the_script_of_each_shell_has_every_command(typed: Typed, tmp_path: Path, shell: str) -> None:
    """And where the shell is installed, it finds no fault in it."""
    status, out, _ = typed("completion", shell)
    assert status == 0
    assert all(re.search(rf"(?<![\w-]){name}(?![\w-])", out) for name in commands.every_command())
    path = shutil.which(shell)
    if path is not None:
        (tmp_path / "script").write_text(out, "utf-8")
        subprocess.run([path, "-n", str(tmp_path / "script")], check=True)


def test_an_unforeseen_refusal_of_the_system_is_one_line(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """And no traceback."""

    def refused(arguments: object) -> int:
        raise PermissionError(13, "Permission denied", "/somewhere")

    for stream in (sys.stdout, sys.stderr):
        monkeypatch.setattr(stream, "reconfigure", lambda **_: None, raising=False)
    assert main(["sing"], {"sing": Command(help="sing", options=lambda parser: None, run=refused)}) == 1
    assert capsys.readouterr().err == "bind-matrix: /somewhere: Permission denied\n"


@pytest.mark.parametrize(
    ("environment", "on_terminal", "wanted"),
    [({}, True, True), ({"NO_COLOR": "1"}, True, False), ({"TERM": "dumb"}, True, False), ({}, False, False)],
)
def test_colour_is_for_terminals_that_want_it(
    monkeypatch: pytest.MonkeyPatch, environment: dict[str, str], on_terminal: bool, wanted: bool
) -> None:
    """NO_COLOR, a dumb terminal, or none: plain text. A file has one width everywhere."""
    for name in ("NO_COLOR", "TERM"):
        monkeypatch.delenv(name, raising=False)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(sys.stdout, "isatty", lambda: on_terminal, raising=False)
    monkeypatch.setenv("COLUMNS", "90")
    assert (streams.coloured(), streams.width()) == (wanted, 90 if on_terminal else streams.WIDE)


def test_a_narrow_terminal_gets_narrow_lines_and_bold_says_nothing_new() -> None:
    """Text, lists and tables; what is bold reads the same without."""
    blocks = [Paragraph("word " * 60), Bullets(("word " * 60,)), *table(["a", "b"], [("word " * 30, "word " * 30)])]
    assert max(map(len, terminal(blocks, 60).splitlines())) <= 60
    assert terminal(blocks, 60, bold).replace("\x1b[1m", "").replace("\x1b[0m", "") == terminal(blocks, 60)


def test_long_work_shows_on_a_terminal_that_it_lives(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """One line, in place of the last, on the error stream; nothing of it in a log."""
    streams.progress("chapter 1 of 2")
    assert capsys.readouterr().err == ""
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True, raising=False)
    streams.progress("chapter 1 of 2")
    streams.progress("")
    assert capsys.readouterr().err == "\r\x1b[Kchapter 1 of 2\r\x1b[K"
