"""`find`: the inverse of `explain`. An option that is not named may be any: which options let both live, what refuses, and where."""

import argparse

from matrix.commands.command import Command
from matrix.commands.questions import answer, question_arguments


def run(arguments: argparse.Namespace) -> int:
    """Answer the question."""
    return answer(arguments, inverse=True)


COMMAND = Command(help="which options, pairs or states answer so: 'share udp', 'exclusive', '0.0.0.0 127.0.0.1 refused', 'EACCES'",
                  options=question_arguments, run=run)  # fmt: skip
