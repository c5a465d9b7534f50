"""`report`: merge runs, judge the documents, write the report."""

import argparse
from pathlib import Path

from matrix.commands.command import Command
from matrix.commands.loading import faults_of, loaded, results_argument
from matrix.commands.streams import complain, say
from matrix.verdicts import Verdict


def options(parser: argparse.ArgumentParser) -> None:
    """Its arguments."""
    results_argument(parser)
    parser.add_argument(
        "--output", type=Path, required=True, metavar="DIR", help="folder for REPORT.md, index.html, verdicts.csv, report.json"
    )
    parser.add_argument("--legs", type=Path, metavar="FILE", help="the result of each leg, as `merge` wrote it")
    parser.add_argument("--fail-on", choices=[str(verdict) for verdict in Verdict], action="append", default=[],
                        metavar="VERDICT", help="exit with 1 if Windows or an imitation gets this verdict anywhere")  # fmt: skip


def run(arguments: argparse.Namespace) -> int:
    """Write the report; faulty runs are named in it and on the terminal, and left out."""
    from matrix.data.legs import load_legs
    from matrix.errors import OutputError
    from matrix.report.chapters import compose
    from matrix.site.files import rendered

    view = loaded(arguments.results, load_legs(arguments.legs) if arguments.legs else ())
    output: Path = arguments.output
    report = compose(view)
    try:
        output.mkdir(parents=True, exist_ok=True)
        files = rendered(report)
        for name, text in files.items():  # all of them, before any takes an older one's place
            (output / f"{name}.part").write_text(text, "utf-8", newline="\n")
        for name in files:
            (output / f"{name}.part").replace(output / name)
    except OSError as refused:
        raise OutputError(f"cannot write the report to {output}: {refused.strerror}; free the space or name another --output") from refused
    faults = complain(faults_of(view))
    counts: dict[str, int] = {}
    for each in report.findings["verdicts"].counts:
        for verdict, count in each.verdicts.items():
            counts[verdict] = counts.get(verdict, 0) + count
    judged = ", ".join(f"{counts[verdict]:,} {verdict}" for verdict in Verdict if counts.get(verdict))
    rows = sum(len(each.lines) for each in view.runs.good)
    say(f"{len(view.targets)} platforms, {rows:,} observations; claims on Windows and its imitations: {judged or 'none judged'}")
    say(f"report: {output / 'REPORT.md'}")
    found = sorted(set(arguments.fail_on) & {verdict for verdict, count in counts.items() if count})
    if found:
        complain([f"found {', '.join(found)}, as --fail-on asks"])
    return 1 if found or faults else 0


COMMAND = Command(help="merge runs, judge the documents, write the report", options=options, run=run)
