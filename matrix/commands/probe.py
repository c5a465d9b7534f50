"""`probe`: run the installed probe. All words are the probe's own; its exit status is this command's."""

import argparse
import subprocess
import sys

from matrix.commands.command import Command
from matrix.commands.loading import PROBE


def options(parser: argparse.ArgumentParser) -> None:
    """Its arguments."""
    parser.add_argument("words", nargs=argparse.REMAINDER, metavar="WORDS", help="the probe's own; --help shows them")


def run(arguments: argparse.Namespace) -> int:
    """Run it as a program of its own, isolated as the README has it. Ctrl-C is the probe's affair: its end is waited for."""
    started = subprocess.Popen([sys.executable, "-I", str(PROBE), *arguments.words])
    while True:
        try:
            return started.wait()
        except KeyboardInterrupt:
            continue


COMMAND = Command(help="measure this machine: run the installed probe with these words", options=options, run=run, passes_through=True)
