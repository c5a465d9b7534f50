"""`advise`: which options a server needs for what it wants."""

import argparse

from matrix.commands.command import Command
from matrix.commands.loading import first_faults, format_argument, loaded, results_argument, show
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
    parser.add_argument(
        "--runtimes", action="store_true", help="what asyncio, Node.js, Go and others set by default, judged in the same way"
    )
    format_argument(parser)
    results_argument(parser)


def run(arguments: argparse.Namespace) -> int:
    """Show the smallest set of options that meets the goals, with its evidence; for a system without a run, what others know."""
    from matrix.findings.goals import OVERVIEW, advise, overview
    from matrix.findings.named import platforms_named
    from matrix.findings.unmeasured import elsewhere
    from matrix.report import goals as shown
    from matrix.report.blocks import Block

    view = loaded(arguments.results, cached=True)
    chosen = platforms_named(view, arguments.platform)
    absent = chosen.absent if arguments.platform else () if view.windows else ("windows",)
    protocols = arguments.protocol or PROTOCOLS
    answer: dict[str, object] = {}
    blocks: list[Block] = []
    if arguments.runtimes:
        from matrix.data.recipes import load_recipes
        from matrix.findings.recipes import judged

        answer["runtimes"] = recipes = judged(view, load_recipes(), protocols, chosen.targets)
        blocks += shown.recipes(recipes)
    elif not arguments.goal:
        answer["overview"] = lines = overview(view, protocols, chosen.targets) if chosen.targets else ()
        answer["second_hand"] = heard = [
            each for system in absent for protocol in protocols for each in elsewhere(view, system, protocol, *OVERVIEW)
        ]  # fmt: skip
        blocks += shown.overview(lines, heard)
    else:
        answer["advice"] = found = [advise(view, arguments.goal, protocol, chosen.targets) for protocol in protocols if chosen.targets]
        blocks += [block for each in found for block in shown.advice(each)]
    if arguments.goal:
        answer["second_hand"] = others = [
            each for system in absent for protocol in protocols for each in elsewhere(view, system, protocol, arguments.goal)
        ]  # fmt: skip
        blocks += [block for each in others for block in shown.second_hand(each)]
    show(arguments.format, blocks, answer)
    return 1 if complain(first_faults(view)) else 0


COMMAND = Command(
    help="which options a server needs: to keep its traffic, start again at once, share its port, serve IPv4 and IPv6",
    options=options,
    run=run,
    examples=(
        "bind-matrix advise",
        "bind-matrix advise --goal restart --goal protect --platform linux",
        "bind-matrix advise --goal protect --platform windows --protocol udp",
        "bind-matrix advise --runtimes --format markdown",
    ),
)
