"""Printing: what was asked for on standard output, faults on standard error, Markdown at the end of a file."""

import os
import shutil
import sys
from collections.abc import Iterable
from pathlib import Path

from matrix.errors import OutputError
from matrix.records import plain

NARROW, WIDE = 60, 140  # columns


def width() -> int:
    """The width of the terminal that is printed to; a fixed one where it is none, so that a file is the same everywhere."""
    return min(max(shutil.get_terminal_size().columns, NARROW), WIDE) if sys.stdout.isatty() else WIDE


def coloured() -> bool:
    """Whether the output may hold escape sequences: a terminal that knows them, and nobody said NO_COLOR (no-color.org)."""
    return sys.stdout.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"


def say(text: str) -> None:
    """Print a line, or several that were made plain already."""
    print(text)


def progress(what: str) -> None:
    """Show what is being done in one line of a terminal's error stream, in place of the last; a blank removes it."""
    if sys.stderr.isatty():
        print(f"\r\x1b[K{plain(what)}" if what else "\r\x1b[K", end="", file=sys.stderr, flush=True)


def append_to(text: str, path: Path) -> None:
    """Write a text at the end of a file. Raises OutputError."""
    try:
        with path.open("a", encoding="utf-8", newline="\n") as out:
            out.write(text)
    except OSError as refused:
        raise OutputError(f"cannot write to {path}: {refused.strerror}; name another file with --append") from refused


def complain(problems: Iterable[object]) -> int:
    """Print problems on the error stream, a line each; how many there were."""
    count = 0
    for count, problem in enumerate(problems, start=1):  # noqa: B007  # the last number is the result
        print(f"bind-matrix: {plain(problem)}", file=sys.stderr)
    return count
