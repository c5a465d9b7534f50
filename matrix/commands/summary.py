"""`summary`: what a job's summary shows."""

import argparse
from pathlib import Path

from matrix.commands.command import WORKFLOWS, Command
from matrix.commands.loading import RESULTS, append_argument, loaded
from matrix.commands.streams import append_to, say


def options(parser: argparse.ArgumentParser) -> None:
    """Its arguments."""
    parser.add_argument("merged", type=Path, metavar="MERGED", help="folder that `merge` wrote")
    parser.add_argument("--published", type=Path, default=RESULTS, metavar="DIR", help="the last good runs (results)")
    append_argument(parser)


def run(arguments: argparse.Namespace) -> int:
    """Write the summary; that something changed is no failure."""
    from matrix.data.legs import load_legs
    from matrix.data.runs import Loader, Run, find_runs
    from matrix.findings.changes import drift
    from matrix.findings.platforms import legs
    from matrix.report.summary import job_summary

    view = loaded([arguments.merged], load_legs(arguments.merged / "legs.json"))
    loader = Loader(catalogue=view.runs.catalogue)
    published = [loader.load(folder) for folder in find_runs([arguments.published])] if arguments.published.is_dir() else []
    before = {each.host.target: each for each in published if isinstance(each, Run)}
    drifts = [drift(before[each.host.target], each, loader.catalogue) for each in view.runs.good if each.host.target in before]
    text = job_summary(legs(view), [each for each in drifts if each.facts or each.changes])
    if arguments.append:
        append_to(text, arguments.append)
    else:
        say(text.rstrip("\n"))
    return 0


COMMAND = Command(help="what a job's summary shows: the legs, and what changed since the published runs", options=options, run=run,
                  group=WORKFLOWS)  # fmt: skip
