"""`advise`: which options a server needs for what it wants, asked in words or by --goal, --protocol and --platform."""

import argparse
from typing import TYPE_CHECKING

from matrix.commands.command import Command
from matrix.commands.loading import first_faults, format_argument, loaded, show
from matrix.commands.questions import divided
from matrix.commands.streams import complain, width
from matrix.errors import UsageError

if TYPE_CHECKING:
    from matrix.findings.named import Chosen
    from matrix.findings.view import View
    from matrix.questions.reader import Meaning
    from matrix.report.blocks import Block

GOALS = ("protect", "restart", "share", "dual-stack")
PROTOCOLS = ("tcp", "udp")
EXAMPLES = ("restart tcp on linux", "protect udp windows", "share a port with another process", "dual stack")


def options(parser: argparse.ArgumentParser) -> None:
    """Its arguments."""
    parser.add_argument("words", nargs="*", metavar="QUESTION",
                        help="what the server wants, in your own words, e.g. 'restart tcp on linux'; "
                             "runs, or folders of runs, may follow")  # fmt: skip
    parser.add_argument("--goal", action="append", choices=GOALS, default=[], metavar="GOAL",
                        help=f"what the server wants: {', '.join(GOALS)}; several are combined; without it, a line for each")  # fmt: skip
    parser.add_argument("--protocol", action="append", choices=PROTOCOLS, default=[], metavar="PROTOCOL", help="tcp or udp (both)")
    parser.add_argument("--platform", action="append", default=[], metavar="PLATFORM",
                        help="a system, one of its versions, or a run: linux, 'linux 6.1', wine-8.0 (all)")  # fmt: skip
    parser.add_argument(
        "--runtimes",
        action="store_true",
        help="what asyncio, Node.js, Go and others set by default, judged in the same way; or name them in the question",
    )
    parser.add_argument("--all", action="store_true", dest="everything", help="with goals: every option and the cases, however long")
    format_argument(parser)


def run(arguments: argparse.Namespace) -> int:
    """Show the smallest set of options that meets the goals, with its evidence; for a system without a run, what others know."""
    from matrix.findings.goals import OVERVIEW, advise, in_short, overview
    from matrix.findings.unmeasured import elsewhere
    from matrix.questions.reader import read
    from matrix.report import goals as shown
    from matrix.report.blocks import Own, Paragraph
    from matrix.report.question import unclear
    from matrix.report.screen import fits

    text, folders = divided(arguments.words)
    meaning = read(text)
    refuse(meaning)
    view = loaded(folders, cached=True)
    chosen = platforms(view, arguments.platform, meaning)
    absent = chosen.absent if arguments.platform or meaning.platforms else () if view.windows else ("windows",)
    goals = tuple(dict.fromkeys((*arguments.goal, *meaning.goals)))
    typed = () if "protocol" in meaning.assumed else meaning.protocols
    protocols = arguments.protocol or typed or PROTOCOLS
    answer: dict[str, object] = {}
    notes: list[Block] = [Paragraph(Own(each)) for each in unclear(meaning)]
    blocks: list[Block] = []
    if arguments.runtimes or meaning.runtimes:
        from matrix.data.recipes import load_recipes
        from matrix.findings.recipes import judged

        wanted = [each for each in load_recipes() if each.runtime in meaning.runtimes or not meaning.runtimes]
        answer["runtimes"] = recipes = judged(view, wanted, protocols, chosen.targets)
        blocks += shown.recipes(recipes)
        if meaning.runtimes and not arguments.everything and arguments.format == "table" and not fits([*notes, *blocks], width()):
            blocks[-1] = Paragraph(Own("Where that was read: by --all."))
    elif not goals:
        answer["overview"] = lines = overview(view, protocols, chosen.targets) if chosen.targets else ()
        answer["second_hand"] = heard = [
            each for system in absent for protocol in protocols for each in elsewhere(view, system, protocol, *OVERVIEW)
        ]  # fmt: skip
        blocks += shown.overview(lines, heard)
    else:
        answer["advice"] = found = [advise(view, goals, protocol, chosen.targets) for protocol in protocols if chosen.targets]
        answer["second_hand"] = others = [
            each for system in absent for protocol in protocols for each in elsewhere(view, system, protocol, goals)
        ]  # fmt: skip
        blocks += [block for each in found for block in shown.advice(each)]
        blocks += [block for each in others for block in shown.second_hand(each)]
        if not arguments.everything and arguments.format == "table" and not fits([*notes, *blocks], width()):
            blocks = shown.brief(goals, found, [line for each in found for line in in_short(view, each)], others)
    show(arguments.format, [*notes, *blocks], answer)
    return 1 if complain(first_faults(view)) else 0


def platforms(view: "View", names: list[str], meaning: "Meaning") -> "Chosen":
    """The runs, and the systems without one, that --platform and the question name; all runs where neither names any."""
    from matrix.findings.named import platforms_named

    return platforms_named(view, [*names, *(" ".join(each).strip() for each in meaning.platforms)])


def refuse(meaning: "Meaning") -> None:
    """Raise UsageError for words of which none was understood."""
    if meaning.kind == "unknown":
        words = ", ".join(repr(word) for word in meaning.unknown)
        raise UsageError("\n".join([f"nothing of this was understood: {words}", "ask, for example,",
                                    *(f'  bind-matrix advise "{each}"' for each in EXAMPLES)]))  # fmt: skip


COMMAND = Command(
    help="which options a server needs: to keep its traffic, start again at once, share its port, serve IPv4 and IPv6",
    options=options,
    run=run,
    examples=(
        "bind-matrix advise",
        *(f'bind-matrix advise "{each}"' for each in EXAMPLES[:2]),
        "bind-matrix advise --goal restart --goal protect --platform linux",
        "bind-matrix advise asyncio",
        "bind-matrix advise --runtimes --format markdown",
    ),
)
