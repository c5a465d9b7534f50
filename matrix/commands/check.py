"""`check`: validate runs and claims."""

import argparse

from matrix.commands.command import Command
from matrix.commands.loading import PROBE, RESULTS, faults_of, loaded, results_argument
from matrix.commands.streams import complain, say


def run(arguments: argparse.Namespace) -> int:
    """Name what each run is, and every fault of claims and runs; a run that comes in is looked at by this before it is merged."""
    import hashlib

    from matrix.errors import UsageError
    from matrix.probe.product import archive_of
    from matrix.records import plain
    from matrix.vocabulary import VOCABULARY

    view = loaded(arguments.results)
    if not view.runs.good and not view.runs.faulty:
        raise UsageError(f"there is no run in {', '.join(map(plain, arguments.results or [RESULTS]))}; name a run, or a folder of runs")
    faults = complain(faults_of(view))
    ours = hashlib.sha256(archive_of(str(PROBE))).hexdigest()
    for each in view.runs.good:
        host = each.host
        by = "this probe" if host.probe_sha256 == ours else f"another probe, {host.probe_sha256}"
        older = f", asked with the older vocabulary {host.vocabulary}" if host.vocabulary < VOCABULARY else ""
        say(f"{host.target}: {host.system}, {host.name}, {len(each.lines):,} rows, measured {host.measured} by {by}{older}")
        if each.folder.resolve().name != host.target:
            faults += complain([f"{plain(each.folder)}: the folder of {host.target}; give it that name"])
    written = f"{len(view.claims.claims)} claims, {len(view.evidence.rows)} rows of evidence"
    say(f"{written}, {len(view.runs.good)} good runs, {len(view.runs.faulty)} faulty, {faults} faults")
    return 1 if faults else 0


COMMAND = Command(help="validate runs and claims; every fault, then exit 1", options=results_argument, run=run)
