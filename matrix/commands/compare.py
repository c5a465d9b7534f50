"""`compare`: a run beside the published platforms."""

import argparse

from matrix.commands.command import Command
from matrix.commands.loading import RESULTS, append_argument, format_argument, good_run, results_argument, run_folder, show
from matrix.commands.streams import append_to, complain


def options(parser: argparse.ArgumentParser) -> None:
    """Its arguments."""
    parser.add_argument("folder", metavar="RUN", help="a run's folder, or a published run's name: wine-8.0, uml-6.1")
    format_argument(parser)
    results_argument(parser)
    append_argument(parser)


def run(arguments: argparse.Namespace) -> int:
    """Show which published run is nearest; that it departs is no failure, a published run that is faulty is one."""
    from matrix.data.runs import Loader, Run, find_runs
    from matrix.findings.changes import beside
    from matrix.report.markdown import markdown
    from matrix.report.versions import comparison

    loader = Loader()
    mine = good_run(run_folder(arguments.folder), loader)
    others = [loader.load(folder) for folder in find_runs(arguments.results or [RESULTS])]
    found = beside(mine, [each for each in others if isinstance(each, Run)], loader.catalogue)
    blocks = comparison(found)
    if arguments.append:
        append_to(markdown(blocks), arguments.append)
        blocks = blocks[1:2]  # the answer in one line
    show(arguments.format, blocks, {"comparison": found})
    return 1 if complain(each.faults[0] for each in others if not isinstance(each, Run)) else 0


COMMAND = Command(help="a run beside the published platforms, and how it departs from the nearest", options=options, run=run)
