"""What should I set: the smallest set of options for what a server wants, and which second socket gets in, at a glance."""

from collections.abc import Sequence

from matrix.findings.glance import Glance
from matrix.findings.goals import Line
from matrix.findings.summary import HeardLine, ToSet
from matrix.findings.titles import system
from matrix.report.blocks import Block, Heading, Inline, Own, paragraph, prose, table
from matrix.report.goals import BY_OTHERS, GOALS, ONE_OTHER, known_options, short
from matrix.report.pictures import sharing
from matrix.report.words import omitted

PROTOCOLS = ("tcp", "udp")


def what_to_set(found: ToSet) -> list[Block]:
    """A table a protocol: what a server does, what it needs for it, and where."""
    blocks: list[Block] = [paragraph(f"{ONE_OTHER} `bind-matrix advise --goal` shows the evidence and the lines of code.")]
    for protocol in PROTOCOLS:
        mine = [each for each in found.lines if each.protocol == protocol]
        if mine:
            header: list[Inline] = [f"a {protocol.upper()} server that", "needs before bind", "on"]
            blocks += [
                Heading(3, f"{protocol.upper()} servers"),
                *table(header, rows_of(mine, [each for each in found.heard if each.protocol == protocol])),
            ]
    return blocks


def rows_of(lines: Sequence[Line], heard: Sequence[HeardLine]) -> list[tuple[Inline, ...]]:
    """A row for each line, goal by goal; what the server does stands in the first of its rows."""
    rows: list[tuple[Inline, ...]] = []
    for goals in dict.fromkeys([*(each.goals for each in lines), *(each.goals for each in heard)]):
        mine: list[tuple[Inline, Inline]] = [(short(each), each.platforms) for each in lines if each.goals == goals]
        mine += [
            (known_options(each.options), prose("{}, {}", system(each.system), Own(BY_OTHERS))) for each in heard if each.goals == goals
        ]
        server = " and ".join(GOALS[goal] for goal in goals)
        rows += [("" if number else server, *row) for number, row in enumerate(mine)]
    return rows


def at_a_glance(found: Glance) -> list[Block]:
    """The picture."""
    return [sharing(found), *omitted(found.columns)]
