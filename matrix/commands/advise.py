"""`advise`: which options a server needs for what it wants."""

import argparse

from matrix.commands.command import Command
from matrix.commands.loading import faults_of, format_argument, loaded, results_argument, show
from matrix.commands.streams import complain

GOALS = ("protect", "restart", "share", "dual-stack")
PROTOCOLS = ("tcp", "udp")


def options(parser: argparse.ArgumentParser) -> None:
    """Its arguments."""
    parser.add_argument("--goal", action="append", choices=GOALS, default=[], metavar="GOAL",
                        help=f"what the server wants: {', '.join(GOALS)}; several are combined; without it, a line for each")  # fmt: skip
    parser.add_argument("--protocol", action="append", choices=PROTOCOLS, default=[], metavar="PROTOCOL", help="tcp or udp (both)")
    parser.add_argument("--platform", action="append", default=[], metavar="PLATFORM",
                        help="a system, one of its versions, or a run: linux, 'linux 6.1', wine-8.0 (all)")  # fmt: skip
    format_argument(parser)
    results_argument(parser)


def run(arguments: argparse.Namespace) -> int:
    """Show the smallest set of options that meets the goals, with its evidence."""
    from matrix.findings.goals import advise, overview
    from matrix.findings.named import platforms_named
    from matrix.report import goals as shown

    view = loaded(arguments.results, cached=True)
    targets = platforms_named(view, arguments.platform).targets
    protocols = arguments.protocol or PROTOCOLS
    if arguments.goal:
        found = [advise(view, arguments.goal, protocol, targets) for protocol in protocols]
        blocks = [block for each in found for block in shown.advice(each)]
        answer: dict[str, object] = {"advice": found}
    else:
        lines = overview(view, protocols, targets)
        blocks, answer = shown.overview(lines), {"overview": lines}
    show(arguments.format, blocks, answer)
    return 1 if complain(faults_of(view)) else 0


COMMAND = Command(help="which options a server needs: to keep its traffic, start again at once, share its port, serve IPv4 and IPv6",
                  options=options, run=run)  # fmt: skip
