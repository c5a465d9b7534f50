"""Printing: what was asked for on standard output, faults on standard error, Markdown at the end of a file."""

import sys
from collections.abc import Iterable
from pathlib import Path

from matrix.errors import OutputError
from matrix.records import plain


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
