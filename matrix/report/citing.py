"""Sources as links: every `Cite` of a report becomes a link to its source, at its line where the section names one."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace

from matrix.findings.links import link_to
from matrix.records import Source
from matrix.report.blocks import (
    Block,
    Bullets,
    Cite,
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
)

Change = Callable[[Inline], Inline]


def cited(blocks: Iterable[Block], sources: Mapping[str, Source]) -> tuple[Block, ...]:
    """The same blocks with links for what they cite; a source without an address keeps its words."""

    def change(content: Inline) -> Inline:
        match content:
            case Cite(source=name, section=section):
                source = sources.get(name)
                words = section or (source.title if source else name)
                address = link_to(source, section) if source else ""
                return Link(words, address) if address else words
            case Strong(content=inside):
                return Strong(change(inside))
            case Link(content=inside) | Folder(content=inside):
                return replace(content, content=change(inside))
            case tuple():
                return tuple(map(change, content))
            case _:
                return content

    return tuple(changed(block, change) for block in blocks)


def changed(block: Block, change: Change) -> Block:
    """A block with every inline text of it changed."""
    match block:
        case Heading(text=text) | Paragraph(text=text):
            return replace(block, text=change(text))
        case Bullets(items=items):
            return Bullets(tuple(map(change, items)))
        case Table(header=header, rows=rows):
            return replace(block, header=tuple(map(change, header)), rows=tuple(tuple(map(change, row)) for row in rows))
        case Fold(title=title, blocks=blocks):
            return Fold(change(title), tuple(changed(each, change) for each in blocks))
        case Contents(headings=headings):
            return Contents(tuple(map(change, headings)))
        case Picture():
            return block
