"""`explain`: one case on every platform, and what the documents say of it."""

import argparse

from matrix.commands.command import Command
from matrix.commands.loading import first_faults, loaded, results_argument
from matrix.commands.streams import complain, say


def options(parser: argparse.ArgumentParser) -> None:
    """Its arguments."""
    words = "words of its id in their order, globs allowed: 'tcp ipv4 default@wildcard SO_REUSEADDR@specific'"
    parser.add_argument("case", metavar="CASE", help=words)
    results_argument(parser)


def run(arguments: argparse.Namespace) -> int:
    """Show the cases that the words match."""
    from matrix.findings.lookup import explain
    from matrix.report.lookup import cases
    from matrix.report.terminal import terminal

    view = loaded(arguments.results, cached=True)
    say(terminal(cases(explain(view, arguments.case))).rstrip("\n"))
    return 1 if complain(first_faults(view)) else 0


COMMAND = Command(help="one case on every platform, and what the documents say of it", options=options, run=run)
