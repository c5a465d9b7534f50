"""`advise`: with which options a socket keeps its traffic."""

import argparse

from matrix.commands.command import Command
from matrix.commands.loading import faults_of, loaded, results_argument
from matrix.commands.streams import complain, say


def run(arguments: argparse.Namespace) -> int:
    """Show what keeps a socket's traffic."""
    from matrix.findings.hijack import keeps
    from matrix.report.lookup import advice
    from matrix.report.terminal import terminal

    view = loaded(arguments.results, cached=True)
    say(terminal(advice(keeps(view))).rstrip("\n"))
    return 1 if complain(faults_of(view)) else 0


COMMAND = Command(
    help="with which options a socket keeps its traffic on each platform, by what was measured", options=results_argument, run=run
)
