"""`stacks`: measure the network stacks that this machine can host."""

import argparse
from pathlib import Path

from matrix.commands.command import WORKFLOWS, Command
from matrix.commands.loading import PROBE
from matrix.commands.streams import complain, say


def options(parser: argparse.ArgumentParser) -> None:
    """Its arguments."""
    parser.add_argument("names", nargs="*", metavar="STACK", help="which, or a group of them (this machine's own); another word shows all")
    parser.add_argument("--output", type=Path, required=True, metavar="DIR", help="folder that gets a run for each target")
    parser.add_argument("--cache", type=Path, default=Path("build/stacks"), metavar="DIR", help="where stacks are unpacked (build/stacks)")
    parser.add_argument("--install", action="store_true", help="install what is missing; may need root")
    parser.add_argument("--remove", action="store_true", help="take it out of the cache again, each once it is measured")


def run(arguments: argparse.Namespace) -> int:
    """Measure stacks one after the other; what happens goes to the terminal as it happens."""
    from matrix.platforms.stacks import named
    from matrix.platforms.stacks.survey import survey

    failed = 0
    for step in survey(named(arguments.names), cache=arguments.cache.resolve(), probe=PROBE, output=arguments.output,
                       install=arguments.install, remove=arguments.remove):  # fmt: skip
        words = f"{step.stack}: {step.message}"
        if step.failed:
            failed += complain([words])
        else:
            say(words)
    return 1 if failed else 0


COMMAND = Command(help="measure the network stacks that this machine can host", options=options, run=run, group=WORKFLOWS)
