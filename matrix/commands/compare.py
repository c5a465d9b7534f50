"""`compare`: a run beside the published platforms."""

import argparse
from pathlib import Path

from matrix.commands.command import Command
from matrix.commands.loading import append_argument, good_run, results_argument, runs_of
from matrix.commands.streams import append_to, complain, say


def options(parser: argparse.ArgumentParser) -> None:
    """Its arguments."""
    parser.add_argument("folder", type=Path, metavar="RUN")
    results_argument(parser)
    append_argument(parser)


def run(arguments: argparse.Namespace) -> int:
    """Show which published run is nearest; that it departs is no failure, a published run that is faulty is one."""
    from matrix.data.runs import Loader
    from matrix.findings.changes import beside
    from matrix.report.markdown import markdown
    from matrix.report.terminal import terminal
    from matrix.report.versions import comparison

    published = runs_of(arguments.results)
    mine = good_run(arguments.folder, Loader(catalogue=published.catalogue))
    blocks = comparison(beside(mine, published.good, published.catalogue))
    if arguments.append:
        append_to(markdown(blocks), arguments.append)
        blocks = blocks[1:2]  # the answer in one line
    say(terminal(blocks).rstrip("\n"))
    return 1 if complain(fault for each in published.faulty for fault in each.faults) else 0


COMMAND = Command(help="a run beside the published platforms, and how it departs from the nearest", options=options, run=run)
