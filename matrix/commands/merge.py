"""`merge`: bring the runs of all legs together with the published ones."""

import argparse
from pathlib import Path

from matrix.commands.command import WORKFLOWS, Command
from matrix.commands.loading import RESULTS
from matrix.commands.streams import complain, say


def options(parser: argparse.ArgumentParser) -> None:
    """Its arguments."""
    parser.add_argument("artifacts", type=Path, metavar="ARTIFACTS", help="folder of downloaded artifacts, each named run-TARGET")
    parser.add_argument(
        "--published", type=Path, action="append", metavar="DIR", help="last good runs; may be given again, the newer run counts (results)"
    )
    parser.add_argument("--only", action="append", metavar="TARGETS", help="expect these legs alone, with commas between (all weekly legs)")
    parser.add_argument("--output", type=Path, required=True, metavar="DIR", help="folder for the runs to be reported, and legs.json")


def run(arguments: argparse.Namespace) -> int:
    """Merge; a leg that is missing is no fault of the data, a run that can't be used is one."""
    from datetime import date

    from matrix.platforms.legs import merge, save_legs
    from matrix.platforms.targets import SCHEDULED, chosen, load_targets

    targets = load_targets()
    weekly = {name: each for name, each in targets.items() if each.reach in SCHEDULED}
    expected = chosen(targets, arguments.only) if arguments.only else weekly
    legs, faults = merge(arguments.artifacts, arguments.published or [RESULTS], expected, arguments.output, date.today())
    save_legs(legs, arguments.output / "legs.json")
    complain(faults)
    for leg in legs:
        say(f"{leg.target}: {leg.state}" + (f", shown as of {leg.shown}" if leg.state == "kept" else ""))
    return 1 if faults else 0


COMMAND = Command(help="bring the runs of all legs together with the published ones", options=options, run=run, group=WORKFLOWS)
