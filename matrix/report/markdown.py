"""Blocks as Markdown, the way GitHub renders it. Every text that is not our own sentence goes through `safe`."""

import html
import re
from collections import Counter
from collections.abc import Iterable, Iterator

from matrix.report.blocks import (
    Block,
    Break,
    Bullets,
    Cite,
    Code,
    Contents,
    Fold,
    Folder,
    Heading,
    Inline,
    Link,
    Mark,
    Own,
    Paragraph,
    Picture,
    Strong,
    Table,
    anchor,
    joined,
)
from matrix.report.narrow import fitted

# What would be markup anywhere: emphasis, code, links, mentions, references, tables, strikethrough, emoji and bare addresses.
MARKUP = re.compile(r"([\\`*\[\]#|~@:]|(?<![^\W_])_|_(?![^\W_])|(?<=www)\.)", re.IGNORECASE)
FIRST = re.compile(r"^(\s*\d*)([-+=.)])(?=\s|$|=|-)")  # what would be markup at the beginning of a line


def safe(text: object) -> str:
    """Foreign text as itself: no markup, no HTML, one line."""
    printable = "".join(char if char.isprintable() else " " for char in str(text))
    escaped = FIRST.sub(r"\1\\\2", MARKUP.sub(r"\\\1", printable))
    return html.escape(escaped, quote=False)


def code(text: str) -> str:
    """A name in monospace, whatever it holds."""
    printable = "".join(char if char.isprintable() else " " for char in text)
    longest = max((len(run) for run in re.findall("`+", printable)), default=0)
    fence = "`" * (longest + 1)
    space = " " if printable.startswith("`") or printable.endswith("`") or not printable.strip() else ""
    return f"{fence}{space}{printable}{space}{fence}"


def inline(content: Inline) -> str:
    """Inline text."""
    match content:
        case str():
            return safe(content)
        case Own(text=text):
            return text
        case Mark(symbol=symbol):
            return symbol
        case Code(text=text):
            return code(text)
        case Strong(content=inside):
            return f"**{inline(inside)}**"
        case Cite(source=source, section=section):
            return safe(section or source)
        case Link(content=inside) | Folder(content=inside):
            return f"[{inline(inside)}]({content.address})"
        case Break():
            return "<br>"
        case tuple():
            return "".join(map(inline, content))


def cell(content: Inline) -> str:
    """A table cell. A `|` would end it: text has it escaped already, and code that holds one is written as HTML."""
    match content:
        case Code(text=text) if "|" in text:
            return f"<code>{safe(text)}</code>"
        case Strong(content=inside):
            return f"**{cell(inside)}**"
        case Link(content=inside) | Folder(content=inside):
            return f"[{cell(inside)}]({content.address})"
        case tuple():
            return "".join(map(cell, content))
        case _:
            return inline(content)


def row(cells: Iterable[str]) -> str:
    """A line of a table. Columns are not padded: readers see it rendered, and padding is half the size of a wide table."""
    return "| " + " | ".join(cells) + " |"


def title(content: Inline) -> str:
    """The headline of a fold, which is HTML to Markdown's readers."""
    match content:
        case str():
            return html.escape("".join(char if char.isprintable() else " " for char in content))
        case Own(text=text) | Mark(symbol=text):
            return html.escape(text)
        case Code(text=text):
            return f"<code>{html.escape(text)}</code>"
        case Strong(content=inside):
            return f"<b>{title(inside)}</b>"
        case Cite(source=source, section=section):
            return html.escape(section or source)
        case Link(content=inside) | Folder(content=inside):
            return title(inside)
        case Break():
            return "<br>"
        case tuple():
            return "".join(map(title, content))


def links(content: Inline) -> Iterator[Link]:
    """The links of an inline text."""
    match content:
        case Link():
            yield content
        case Strong(content=inside):
            yield from links(inside)
        case tuple():
            for each in content:
                yield from links(each)


def one_table(content: Table) -> str:
    """A table that fits."""
    rule = "|" + "---|" * len(content.header)
    return "\n".join([row(map(cell, content.header)), rule, *(row(map(cell, each)) for each in content.rows)])


def block(content: Block) -> str:
    """One block."""
    match content:
        case Heading(level=level, text=text):
            return f"{'#' * level} {inline(text)}"
        case Paragraph(text=text):
            return inline(text)
        case Bullets(items=items):
            return "\n".join(f"- {inline(item)}" for item in items)
        case Table(rows=()):
            return "Nothing to show."
        case Table():
            return "\n\n".join(map(one_table, fitted(content)))
        case Fold(title=headline, blocks=blocks):
            led = tuple(dict.fromkeys(links(headline)))  # a link of the headline stands below it, where a number can stand for its address
            inside = [Paragraph(joined(led, " · ")), *blocks] if led else blocks
            return f"<details>\n<summary>{title(headline)}</summary>\n\n{markdown(inside)}\n</details>"
        case Picture(name=name, alt=alt):
            dark = f'<source media="(prefers-color-scheme: dark)" srcset="{name}-dark.svg">'
            return f'<picture>{dark}<img alt="{html.escape(alt)}" src="{name}-light.svg"></picture>'
        case Contents(headings=headings):
            return "**Contents:** " + " · ".join(f"[{inline(heading)}](#{anchor(heading)})" for heading in headings)


def markdown(blocks: Iterable[Block]) -> str:
    """Blocks, with a blank line between them and a line end at the end."""
    return "\n\n".join(map(block, blocks)) + "\n"


ADDRESS = re.compile(r"(?<=\])\((https://[^()\s]+)\)")


def document(blocks: Iterable[Block]) -> str:
    """A whole document: an address to which several links lead stands once, at its end."""
    text = markdown(blocks)
    often = [address for address, count in Counter(ADDRESS.findall(text)).items() if count > 1]
    number = {address: place for place, address in enumerate(often, start=1)}
    short = ADDRESS.sub(lambda found: f"[{number[found[1]]}]" if found[1] in number else found[0], text)
    return short + "".join(f"\n[{place}]: {address}" for address, place in number.items()) + ("\n" if number else "")
