"""`last-report`: the workflow run that holds the newest report."""

import argparse
from pathlib import Path

from matrix.commands.command import WORKFLOWS, Command
from matrix.commands.streams import say


def options(parser: argparse.ArgumentParser) -> None:
    """Its arguments."""
    parser.add_argument("listing", type=Path, metavar="FILE", help="what GitHub's API answered to `list artifacts for a repository`")
    parser.add_argument("--branch", required=True, metavar="NAME")
    parser.add_argument("--artifact", default="report", metavar="NAME", help="the artifact's name (report)")


def run(arguments: argparse.Namespace) -> int:
    """Print the number of the workflow run, as a workflow's output wants it."""
    from matrix.data.legs import last_report

    say(last_report(arguments.listing, arguments.branch, arguments.artifact))
    return 0


COMMAND = Command(help="the workflow run that holds the newest report of a branch, if any", options=options, run=run, group=WORKFLOWS)
