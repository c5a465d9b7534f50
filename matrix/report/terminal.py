"""Blocks as text for a terminal or a log. Every text goes through `plain`: none becomes a command or an escape sequence."""

import textwrap
from collections.abc import Iterable

from tabulate import tabulate

from matrix.records import plain
from matrix.report.blocks import (
    Block,
    Bullets,
    Contents,
    Fold,
    Folder,
    Heading,
    Inline,
    Link,
    Paragraph,
    Picture,
    Strong,
    Table,
    plain_text,
)

WIDTH = 140
MAX_CELL = 34  # of a table that is wider than WIDTH


def line(content: Inline) -> str:
    """Inline text in one line."""
    return plain(plain_text(content))


def with_addresses(content: Inline) -> Inline:
    """The same with each link's address behind its text: a terminal can't hide one. Not for tables, which would be too wide."""
    match content:
        case Link(content=inside, url=url):
            return (inside, f" <{url}>")
        case Folder(content=inside):
            return inside
        case Strong(content=inside):
            return with_addresses(inside)
        case tuple():
            return tuple(map(with_addresses, content))
        case _:
            return content


def block(content: Block) -> str:
    """One block."""
    match content:
        case Heading(text=text):
            return line(text)
        case Paragraph(text=text):
            return textwrap.fill(line(with_addresses(text)), WIDTH, break_long_words=False, break_on_hyphens=False)
        case Bullets(items=items):
            return "\n".join(f"- {line(with_addresses(item))}" for item in items)
        case Table(rows=()):
            return "Nothing to show."
        case Table(header=header, rows=rows):
            return grid([line(cell) for cell in header], [[line(cell) for cell in row] for row in rows])
        case Fold(title=title, blocks=blocks):
            return "\n\n".join([line(title), *map(block, blocks)])
        case Picture(alt=alt):
            return textwrap.fill(line(alt), WIDTH, break_long_words=False, break_on_hyphens=False)
        case Contents():
            return ""


def grid(header: list[str], rows: list[list[str]]) -> str:
    """A table; numbers are left alone (3.10 would become 3.1), and cells are wrapped where all together are too wide."""
    widths = [max(len(cells[column]) for cells in (header, *rows)) for column in range(len(header))]
    wide = sum(widths) + 2 * len(widths) > WIDTH
    limits = [MAX_CELL if wide and width > MAX_CELL else None for width in widths]
    return tabulate(rows, header, tablefmt="simple", disable_numparse=True, maxcolwidths=limits)


def terminal(blocks: Iterable[Block]) -> str:
    """Blocks, with a blank line between them and a line end at the end."""
    return "\n\n".join(filter(None, map(block, blocks))) + "\n"
