"""An answer that fits one screen: built with as much detail as there is room for, and less where it would be longer."""

from collections.abc import Callable
from dataclasses import dataclass

from matrix.report.blocks import Block
from matrix.report.terminal import terminal

LINES = 30  # of a screen


@dataclass(frozen=True, slots=True, kw_only=True)
class Detail:
    """How much an answer shows; what it leaves out it counts."""

    rows: int  # of each class of platforms
    cases: int  # named beside one result
    records: int  # of what others say of one system
    statements: int  # of documents about systems that were measured
    everything: bool = False


EVERYTHING = Detail(rows=1000, cases=1000, records=1000, statements=1000, everything=True)
LEVELS = tuple(
    Detail(rows=rows, cases=cases, records=records, statements=statements)
    for rows, cases, records, statements in (
        (14, 12, 5, 3), (14, 12, 4, 2), (12, 12, 3, 1), (10, 12, 2, 0), (8, 12, 1, 0), (7, 12, 0, 0), (5, 8, 0, 0), (4, 6, 0, 0),
        (3, 3, 0, 0), (2, 2, 0, 0), (1, 1, 0, 0), (0, 1, 0, 0),
    )
)  # fmt: skip


def fitted(made: Callable[[Detail], list[Block]], width: int) -> list[Block]:
    """The most detailed of an answer's forms that fits a screen of a width; the shortest where none does."""
    forms = (made(level) for level in LEVELS)
    blocks: list[Block] = []
    for blocks in forms:
        if fits(blocks, width):
            break
    return blocks


def fits(blocks: list[Block], width: int) -> bool:
    """Whether blocks are no longer than a screen of a width."""
    return terminal(blocks, width).count("\n") <= LINES
