"""`guest`: install an old Windows in a virtual machine, and measure it."""

import argparse
from pathlib import Path

from matrix.commands.command import WORKFLOWS, Command
from matrix.commands.streams import say

MINUTES = 300  # dockur/windows allows its own installation tests 150, downloads included


def options(parser: argparse.ArgumentParser) -> None:
    """Its arguments."""
    parser.add_argument("target", metavar="TARGET", help="one of `plan --by-hand`; you need a licence for that Windows")
    parser.add_argument("--output", type=Path, required=True, metavar="DIR", help="folder that gets the run")
    parser.add_argument(
        "--installer", type=Path, metavar="FILE", help="Python's installer, checked like the one that is downloaded without"
    )
    parser.add_argument("--minutes", type=float, default=MINUTES, metavar="N", help=f"how long all of it may take ({MINUTES})")


def run(arguments: argparse.Namespace) -> int:
    """Measure one old Windows; what the machine says meanwhile goes to the terminal as it comes."""
    from matrix.errors import UsageError
    from matrix.platforms import guests
    from matrix.platforms.targets import load_targets
    from matrix.probe.product import archive

    target = load_targets().get(arguments.target)
    if target is None:
        raise UsageError(f"no target is named {arguments.target!r}; `plan --by-hand` shows those that are started so")
    guests.measure(target, archive(), arguments.output, given=arguments.installer, seconds=60 * arguments.minutes)
    say(f"{target.id}: {arguments.output}")
    return 0


COMMAND = Command(help="install an old Windows in a virtual machine by docker and KVM, and measure it", options=options, run=run,
                  group=WORKFLOWS)  # fmt: skip
