"""What should I set: the smallest set of options for what a server wants, and which second socket gets in, at a glance."""

from collections.abc import Sequence

from matrix.findings.glance import Glance
from matrix.findings.goals import Line
from matrix.report.blocks import Block, Heading, Inline, paragraph, table
from matrix.report.goals import GOALS, ONE_OTHER, short
from matrix.report.pictures import sharing
from matrix.report.words import omitted

PROTOCOLS = ("tcp", "udp")


def what_to_set(found: Sequence[Line]) -> list[Block]:
    """A table a protocol: what a server does, what it needs for it, and where."""
    blocks: list[Block] = [paragraph(f"{ONE_OTHER} `bind-matrix advise --goal` shows the evidence and the lines of code.")]
    for protocol in PROTOCOLS:
        mine = [each for each in found if each.protocol == protocol]
        if mine:
            header: list[Inline] = [f"a {protocol.upper()} server that", "needs before bind", "on"]
            blocks += [Heading(3, f"{protocol.upper()} servers"), *table(header, rows_of(mine))]
    return blocks


def rows_of(lines: Sequence[Line]) -> list[tuple[Inline, ...]]:
    """A row for each line; what the server does stands in the first of its rows."""
    rows: list[tuple[Inline, ...]] = []
    for number, each in enumerate(lines):
        again = number and lines[number - 1].goals == each.goals
        rows.append(("" if again else " and ".join(GOALS[goal] for goal in each.goals), short(each), each.platforms))
    return rows


def at_a_glance(found: Glance) -> list[Block]:
    """The picture."""
    return [sharing(found), *omitted(found.columns)]
