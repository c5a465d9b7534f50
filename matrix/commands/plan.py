"""`plan`: the legs of the CI matrix."""

import argparse

from matrix.commands.command import WORKFLOWS, Command
from matrix.commands.streams import say


def options(parser: argparse.ArgumentParser) -> None:
    """Its arguments."""
    parser.add_argument("--by-hand", action="store_true", help="those that are started by hand, instead of the weekly ones")
    parser.add_argument("--only", action="append", metavar="TARGETS", help="these alone, with commas between; all (all)")


def run(arguments: argparse.Namespace) -> int:
    """Print the legs in one line, as a workflow's output wants it."""
    import json

    from matrix.platforms.targets import chosen, load_targets, plan

    reachable = {name: each for name, each in load_targets().items() if (each.reach == "manual") == arguments.by_hand}
    say(json.dumps(plan(chosen(reachable, arguments.only or ["all"]), by_hand=arguments.by_hand), separators=(",", ":")))
    return 0


COMMAND = Command(help="the legs of the CI matrix, as JSON", options=options, run=run, group=WORKFLOWS)
