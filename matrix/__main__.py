"""The command line: finds the commands, runs one, and turns errors into exit statuses.

Exit status: 0 done, 1 the data has faults or something failed, 2 wrong usage, 130 interrupted. What was found in the
data changes the status only where it is asked for (`report --fail-on`, `diff --exit-code`).
"""

import argparse
import errno
import os
import sys
from collections.abc import Mapping, Sequence

from matrix import commands
from matrix.commands.command import Command
from matrix.commands.parsing import parser
from matrix.commands.streams import complain
from matrix.errors import MatrixError

os.environ.setdefault(
    "OPENBLAS_NUM_THREADS", "1"
)  # nothing here is linear algebra, and starting its threads takes as long as half of NumPy


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
            complain([f"{refused.filename or 'the system'}: {refused.strerror or refused}"])
            return 1
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1


def reader_is_gone(refused: OSError) -> bool:
    """Whether the reader of our output closed it. Windows says EINVAL, as of a bad file name, but names no file (cpython issue 79935)."""
    return refused.errno == errno.EPIPE or (sys.platform == "win32" and refused.errno == errno.EINVAL and refused.filename is None)


if __name__ == "__main__":
    sys.exit(main())
