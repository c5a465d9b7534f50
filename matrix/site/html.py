"""Blocks as HTML. Every text is escaped; nothing that a file said becomes markup."""

from collections.abc import Iterable
from html import escape
from importlib.resources import files

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
    plain_text,
)  # fmt: skip


def text(content: str) -> str:
    """Text as itself."""
    return escape("".join(char if char.isprintable() else " " for char in content))


def inline(content: Inline) -> str:
    """Inline text."""
    match content:
        case str():
            return text(content)
        case Own(text=words):
            return text(words)
        case Code(text=words):
            return f"<code>{text(words)}</code>"
        case Mark(symbol=symbol, colour=colour):
            return f'<span class="{text(colour)}">{text(symbol)}</span>'
        case Strong(content=inside):
            return f"<b>{inline(inside)}</b>"
        case Cite(source=source, section=section):
            return text(section or source)
        case Link(content=inside) | Folder(content=inside):
            return f'<a href="{text(content.address)}">{inline(inside)}</a>'
        case Break():
            return "<br>"
        case tuple():
            return "".join(map(inline, content))


def block(content: Block) -> str:
    """One block."""
    match content:
        case Heading(level=level, text=words):
            return f'<h{level} id="{text(anchor(words))}">{inline(words)}</h{level}>'
        case Paragraph(text=words):
            return f"<p>{inline(words)}</p>"
        case Bullets(items=items):
            return "<ul>\n" + "\n".join(f"<li>{inline(item)}</li>" for item in items) + "\n</ul>"
        case Table(rows=()):
            return "<p>Nothing to show.</p>"
        case Table(header=header, rows=rows):
            head = "".join(f"<th>{inline(cell)}</th>" for cell in header)
            body = "\n".join("<tr>" + "".join(f"<td>{inline(cell)}</td>" for cell in row) + "</tr>" for row in rows)
            return f'<div class="wide"><table>\n<thead><tr>{head}</tr></thead>\n<tbody>\n{body}\n</tbody>\n</table></div>'
        case Fold(title=title, blocks=blocks):
            return f"<details>\n<summary>{inline(title)}</summary>\n{html(blocks)}\n</details>"
        case Picture(alt=alt):
            return f"<p>{text(alt)}</p>"
        case Contents(headings=headings):
            links = " · ".join(f'<a href="#{text(anchor(heading))}">{inline(heading)}</a>' for heading in headings)
            return f"<p><b>Contents:</b> {links}</p>"


def html(blocks: Iterable[Block]) -> str:
    """Blocks, a line each at least."""
    return "\n".join(map(block, blocks))


def page(blocks: tuple[Block, ...]) -> str:
    """A whole page."""
    title = next((plain_text(each.text) for each in blocks if isinstance(each, Heading) and each.level == 1), "bind-matrix")
    folder = files("matrix.site")
    template, style = (folder.joinpath(name).read_text("utf-8") for name in ("page.html", "style.css"))
    # Each place is filled once, in one pass, so that nothing in the report can be taken for a place.
    parts = {"title": text(title), "style": style, "body": html(blocks)}
    before, *others = template.split("{{")
    return before + "".join(parts[other.split("}}", 1)[0]] + other.split("}}", 1)[1] for other in others)
