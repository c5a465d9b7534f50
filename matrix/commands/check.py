"""`check`: validate runs and claims."""

import argparse
from typing import TYPE_CHECKING

from matrix.commands.command import Command
from matrix.commands.loading import PROBE, faults_of, format_argument, loaded, results_argument, show
from matrix.commands.streams import complain, say

if TYPE_CHECKING:
    from matrix.findings.checked import Checked
    from matrix.report.blocks import Block


def options(parser: argparse.ArgumentParser) -> None:
    """Its arguments."""
    format_argument(parser)
    results_argument(parser)


def run(arguments: argparse.Namespace) -> int:
    """Name what each run is, and every fault of claims and runs; a run that comes in is looked at by this before it is merged."""
    import hashlib

    from matrix.findings.checked import checked
    from matrix.probe.product import archive_of
    from matrix.records import Fault, plain
    from matrix.vocabulary import VOCABULARY

    view = loaded(arguments.results)
    misnamed = [
        Fault(file=str(each.folder), row=None, problem=f"the folder of {each.host.target}", value="", remedy="give it that name")
        for each in view.runs.good if each.folder.resolve().name != each.host.target
    ]  # fmt: skip
    found = checked(view, (*faults_of(view), *misnamed), hashlib.sha256(archive_of(str(PROBE))).hexdigest())
    complain(found.faults)
    if arguments.format != "table":
        show(arguments.format, shown(found), {"check": found})
        return 1 if found.faults else 0
    for each in found.runs:
        by = "this probe" if each.this_probe else f"another probe, {each.probe_sha256}"
        older = f", asked with the older vocabulary {each.vocabulary}" if each.vocabulary < VOCABULARY else ""
        say(plain(f"{each.target}: {each.system}, {each.name}, {each.rows:,} rows, measured {each.measured} by {by}{older}"))
    written = f"{found.claims} claims, {found.evidence} rows of evidence"
    say(f"{written}, {len(found.runs)} good runs, {len(found.faulty)} faulty, {len(found.faults)} faults")
    return 1 if found.faults else 0


def shown(found: "Checked") -> "list[Block]":
    """The same as blocks."""
    from matrix.report.blocks import Bullets, table

    rows = [(each.target, each.system, each.name, f"{each.rows:,}", each.measured) for each in found.runs]
    faults = tuple(map(str, found.faults))
    return [*table(["run", "system", "name", "rows", "measured"], rows, limit=1000), *([Bullets(faults)] if faults else [])]


COMMAND = Command(
    help="validate runs and claims; every fault, then exit 1",
    options=options,
    run=run,
    examples=(
        "bind-matrix check",
        "bind-matrix check my-run --format json",
    ),
)
