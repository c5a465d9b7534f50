"""Blocks as text for a terminal or a log. Every text goes through `plain`: none becomes a command or an escape sequence."""

import re
import textwrap
from collections.abc import Callable, Iterable

from tabulate import MIN_PADDING, tabulate

from matrix.records import plain
from matrix.report.blocks import (
    Block,
    Break,
    Bullets,
    Contents,
    Fold,
    Folder,
    Heading,
    Inline,
    Link,
    Own,
    Paragraph,
    Picture,
    Strong,
    Table,
    plain_text,
)

WIDTH = 140
WORD = re.compile(r"\S+")
BETWEEN = 2  # blanks between two columns
Style = Callable[[str], str]


def plainly(text: str) -> str:
    """As it is."""
    return text


def bold(text: str) -> str:
    """For a terminal that knows it; the words say the same without."""
    return f"\x1b[1m{text}\x1b[0m"


def line(content: Inline) -> str:
    """Inline text in one line."""
    return plain(plain_text(content))


def with_addresses(content: Inline) -> Inline:
    """The same with each link's address behind its text: a terminal can't hide one. Not for tables, which would be too wide."""
    match content:
        case Link(content=inside, url=url):
            return inside if plain_text(inside) == url else (inside, f" <{url}>")
        case Folder(content=inside):
            return inside
        case Strong(content=inside):
            return with_addresses(inside)
        case tuple():
            return tuple(map(with_addresses, content))
        case _:
            return content


def in_one_line(content: Inline) -> Inline:
    """A cell's lines with semicolons between them."""
    match content:
        case Break():
            return Own("; ")
        case tuple():
            return tuple(map(in_one_line, content))
        case _:
            return content


def block(content: Block, width: int = WIDTH, style: Style = plainly) -> str:
    """One block. `style` marks headings, where the terminal can."""
    match content:
        case Heading(text=text):
            return style(line(text))
        case Paragraph(text=text):
            return filled(line(with_addresses(text)), width)
        case Bullets(items=items):
            return "\n".join(filled(f"- {line(with_addresses(item))}", width, indent="  ") for item in items)
        case Table(rows=()):
            return "Nothing to show."
        case Table(header=header, rows=rows):
            return grid([line(cell) for cell in header], [[line(in_one_line(cell)) for cell in row] for row in rows], width)
        case Fold(title=title, blocks=blocks):
            return "\n\n".join([style(line(title)), *(block(each, width, style) for each in blocks)])
        case Picture(alt=alt):
            return textwrap.fill(line(alt), width, break_long_words=False, break_on_hyphens=False)
        case Contents():
            return ""


def filled(text: str, width: int, indent: str = "") -> str:
    """Text in lines of at most that width, as far as its words allow; lines after the first are indented."""
    return textwrap.fill(text, width, break_long_words=False, break_on_hyphens=False, subsequent_indent=indent)


def grid(header: list[str], rows: list[list[str]], width: int = WIDTH) -> str:
    """A table; numbers are left alone (3.10 would become 3.1). Where it is too wide the widest columns are wrapped, between words."""
    columns = [[head + " " * MIN_PADDING, *cells] for head, *cells in zip(header, *rows, strict=True)]
    widths = [max(map(len, cells)) for cells in columns]
    least = [max(MIN_PADDING + 1, *(len(word) + MIN_PADDING * (not row) for row, cell in enumerate(cells) for word in WORD.findall(cell)))
             for cells in columns]  # fmt: skip
    while sum(widths) + BETWEEN * (len(widths) - 1) > width:
        wrappable = [column for column in range(len(widths)) if widths[column] > least[column]]
        if not wrappable:
            break
        widths[max(wrappable, key=lambda column: widths[column])] -= 1
    head = [wrapped(cell, limit - MIN_PADDING) for cell, limit in zip(header, widths, strict=True)]
    body = [[wrapped(cell, limit) for cell, limit in zip(row, widths, strict=True)] for row in rows]
    return tabulate(body, head, tablefmt="simple", disable_numparse=True)


def wrapped(cell: str, limit: int) -> str:
    """A cell in lines of at most that width, as far as its words allow."""
    return "\n".join(textwrap.wrap(cell, max(limit, 1), break_long_words=False, break_on_hyphens=False))


def terminal(blocks: Iterable[Block], width: int = WIDTH, style: Style = plainly) -> str:
    """Blocks, with a blank line between them and a line end at the end."""
    return "\n\n".join(filter(None, (block(each, width, style) for each in blocks))) + "\n"
