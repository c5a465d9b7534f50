"""`compare`: a run beside the published platforms."""

import argparse

from matrix.commands.command import Command
from matrix.commands.loading import append_argument, format_argument, results_argument, run_named, runs_of, show
from matrix.commands.streams import append_to, complain


def options(parser: argparse.ArgumentParser) -> None:
    """Its arguments."""
    parser.add_argument("folder", metavar="RUN", help="a run's folder, or a published run's name: wine-8.0, uml-6.1")
    format_argument(parser)
    results_argument(parser)
    append_argument(parser)


def run(arguments: argparse.Namespace) -> int:
    """Show which published run is nearest; that it departs is no failure, a published run that is faulty is one."""
    from matrix.data.runs import Loader
    from matrix.findings.changes import beside
    from matrix.report.markdown import markdown
    from matrix.report.versions import comparison

    published = runs_of(arguments.results)
    mine = run_named(arguments.folder, Loader(catalogue=published.catalogue), published)
    found = beside(mine, published.good, published.catalogue)
    blocks = comparison(found)
    if arguments.append:
        append_to(markdown(blocks), arguments.append)
        blocks = blocks[1:2]  # the answer in one line
    show(arguments.format, blocks, {"comparison": found})
    return 1 if complain(each.faults[0] for each in published.faulty) else 0


COMMAND = Command(
    help="a run beside the published platforms, and how it departs from the nearest",
    options=options,
    run=run,
    examples=(
        "bind-matrix compare my-run",
        "bind-matrix compare wine-10.0 --format json",
    ),
)
