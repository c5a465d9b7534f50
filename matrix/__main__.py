"""The command line: finds the commands, runs one, and turns errors into exit statuses.

Exit status: 0 done, 1 the data has faults or something failed, 2 wrong usage, 130 interrupted. What was found in the
data changes the status only where it is asked for (`report --fail-on`).
"""

import argparse
import errno
import os
import sys
from collections.abc import Mapping, Sequence

from matrix import commands
from matrix.commands.command import PEOPLE, WORKFLOWS, Command
from matrix.commands.streams import complain
from matrix.errors import MatrixError

DESCRIPTION = "What bind does when the port is taken: measured, and held against the documents."


def main(words: Sequence[str] | None = None, known: Mapping[str, Command] | None = None) -> int:
    """Run one command; the exit status."""
    for stream in (sys.stdout, sys.stderr):
        stream.reconfigure(encoding="utf-8", errors="replace")  # type: ignore[union-attr]
    found = commands.every_command() if known is None else known
    given = list(sys.argv[1:] if words is None else words)
    try:
        if given and given[0] in found and found[given[0]].passes_through:
            return found[given[0]].run(argparse.Namespace(words=given[1:]))
        arguments = parser(found).parse_args(given)
        return found[arguments.command].run(arguments)
    except MatrixError as trouble:
        complain(str(trouble).split("\n"))
        return trouble.exit_code
    except KeyboardInterrupt:
        print(file=sys.stderr)
        complain(["interrupted"])
        return 130
    except OSError as refused:
        if not reader_is_gone(refused):
            raise
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1


def reader_is_gone(refused: OSError) -> bool:
    """Whether the reader of our output closed it. Windows says EINVAL, as of a bad file name, but names no file (cpython issue 79935)."""
    return refused.errno == errno.EPIPE or (sys.platform == "win32" and refused.errno == errno.EINVAL and refused.filename is None)


def parser(found: Mapping[str, Command]) -> argparse.ArgumentParser:
    """All commands and their options."""
    made = argparse.ArgumentParser(prog="bind-matrix", description=DESCRIPTION, epilog=listing(found),
                                   formatter_class=argparse.RawDescriptionHelpFormatter)  # fmt: skip
    subparsers = made.add_subparsers(dest="command", required=True, metavar="COMMAND")
    for name, command in found.items():
        command.options(subparsers.add_parser(name, description=command.help[0].upper() + command.help[1:] + "."))
    return made


def listing(found: Mapping[str, Command]) -> str:
    """The commands by group, a line each."""
    width = max(map(len, found), default=0)
    parts = []
    for group in (PEOPLE, WORKFLOWS):
        lines = [f"  {name:<{width}}  {command.help}" for name, command in found.items() if command.group == group]
        parts.append("\n".join([f"{group}:", *lines]))
    return "\n\n".join(parts)


if __name__ == "__main__":
    sys.exit(main())
