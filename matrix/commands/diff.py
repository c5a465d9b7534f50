"""`diff`: what changed between two runs."""

import argparse

from matrix.commands.command import Command
from matrix.commands.loading import format_argument, published_runs, run_named, show
from matrix.commands.streams import say


def options(parser: argparse.ArgumentParser) -> None:
    """Its arguments."""
    parser.add_argument("old", metavar="RUN", help="a run's folder, or a published run's name: wine-8.0, uml-6.1")
    parser.add_argument("new", metavar="RUN")
    parser.add_argument("--all", action="store_true", help="case by case, instead of by what the cases have in common")
    parser.add_argument("--exit-code", action="store_true", help="exit with 1 if any observation changed")
    format_argument(parser)


def run(arguments: argparse.Namespace) -> int:
    """Show what changed; that something did changes the status only with --exit-code."""
    from pathlib import Path

    from matrix.data.runs import Loader
    from matrix.findings.changes import differences, drift
    from matrix.report.terminal import line
    from matrix.report.versions import differences as shown
    from matrix.report.versions import drift_lines

    words = (arguments.old, arguments.new)
    published = None if all(Path(word).is_dir() for word in words) else published_runs()
    loader = Loader(catalogue=published.catalogue) if published else Loader()
    old, new = (run_named(word, loader, published) for word in words)
    found = differences(old, new, loader.catalogue)
    if arguments.all and arguments.format == "table":
        for each in drift_lines(drift(old, new, loader.catalogue)):
            say(line(each))
    else:
        show(arguments.format, shown(found), {"differences": found})
    return 1 if arguments.exit_code and (found.changed or found.only_old or found.only_new) else 0


COMMAND = Command(
    help="what changed between two runs: the host, then by what the cases have in common",
    options=options,
    run=run,
    examples=(
        "bind-matrix diff wine-8.0 wine-10.0",
        "bind-matrix diff uml-6.1 uml-6.12 --all",
        "bind-matrix diff old-run new-run --exit-code",
    ),
)
