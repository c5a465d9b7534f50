"""`diff`: what changed between two runs."""

import argparse
from pathlib import Path

from matrix.commands.command import Command
from matrix.commands.loading import good_run
from matrix.commands.streams import say


def options(parser: argparse.ArgumentParser) -> None:
    """Its arguments."""
    parser.add_argument("old", type=Path, metavar="RUN")
    parser.add_argument("new", type=Path, metavar="RUN")


def run(arguments: argparse.Namespace) -> int:
    """Show what changed; that something did is no failure."""
    from matrix.data.runs import Loader
    from matrix.findings.changes import drift
    from matrix.report.terminal import line
    from matrix.report.versions import drift_lines

    loader = Loader()
    old, new = (good_run(folder, loader) for folder in (arguments.old, arguments.new))
    for each in drift_lines(drift(old, new, loader.catalogue)):
        say(line(each))
    return 0


COMMAND = Command(help="what changed between two runs: the host, then case by case", options=options, run=run)
