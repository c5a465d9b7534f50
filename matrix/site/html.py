"""Blocks as HTML. Every text is escaped; nothing that a file said becomes markup."""

import json
import re
from base64 import b64encode
from collections.abc import Iterable
from hashlib import sha256
from html import escape
from importlib.metadata import PackageNotFoundError, version
from importlib.resources import files
from typing import Any

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
    counted,
    joined,
    plain_text,
)  # fmt: skip
from matrix.report.chapters import Report
from matrix.site.data import site_data


def version_of_project() -> str:
    """The version that is installed; run from its source, the project has none."""
    try:
        return version("bind-matrix")
    except PackageNotFoundError:
        return "from its source"


VERSION = version_of_project()
LONG = 12  # rows; a table of more scrolls below its head, which stays in sight
COLOURED = re.compile(r'(fill|stroke)="(#[0-9a-f]{6})"')  # an attribute of a drawing; in a text the quotes are escaped


def text(content: str) -> str:
    """Text as itself."""
    return escape("".join(char if char.isprintable() else " " for char in content))


def breakable(content: str) -> str:
    """Text whose lines may also end between two options of a sum."""
    return text(content).replace("+SO_", "+<wbr>SO_")


def inline(content: Inline) -> str:
    """Inline text."""
    match content:
        case str():
            return breakable(content)
        case Own(text=words):
            return breakable(words)
        case Code(text=words):
            return f"<code>{breakable(words)}</code>"
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


def unlinked(content: Inline) -> Inline:
    """A text without its links: within what opens a fold nothing else can be chosen."""
    match content:
        case Link(content=inside) | Folder(content=inside):
            return unlinked(inside)
        case Strong(content=inside):
            return Strong(unlinked(inside))
        case tuple():
            return tuple(map(unlinked, content))
        case _:
            return content


def links_of(content: Inline) -> tuple[Link | Folder, ...]:
    """The links of a text, each once."""
    match content:
        case Link() | Folder():
            return (content,)
        case Strong(content=inside):
            return links_of(inside)
        case tuple():
            return tuple(dict.fromkeys(link for each in content for link in links_of(each)))
        case _:
            return ()


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
            head = "".join(f'<th scope="col">{inline(cell)}</th>' if plain_text(cell).strip() else "<td></td>" for cell in header)
            body = "\n".join("<tr>" + "".join(f"<td>{inline(cell)}</td>" for cell in row) + "</tr>" for row in rows)
            shape = "wide tall" if len(rows) > LONG else "wide"
            label = f"Table: {', '.join(filter(None, (plain_text(cell).strip() for cell in header)))}"
            opens = f'<div class="{shape}" tabindex="0" role="group" aria-label="{text(label)}"><table>'
            return f"{opens}\n<thead><tr>{head}</tr></thead>\n<tbody>\n{body}\n</tbody>\n</table></div>"
        case Fold(title=title, blocks=blocks):
            cited = [Paragraph((Own("See "), joined(found)))] if (found := links_of(title)) else []
            return f"<details>\n<summary>{inline(unlinked(title))}</summary>\n{html([*cited, *blocks])}\n</details>"
        case Picture():
            return picture(content)
        case Contents(headings=headings):
            links = " · ".join(f'<a href="#{text(anchor(heading))}">{inline(heading)}</a>' for heading in headings)
            return f"<p><b>Contents:</b> {links}</p>"


def picture(drawn: Picture) -> str:
    """A drawing as part of the page: the one for light, where each colour has that of the one for dark beside it.

    Raises ValueError where the two are not the same drawing.
    """
    dark = COLOURED.findall(drawn.dark)
    if COLOURED.sub("", drawn.light) != COLOURED.sub("", drawn.dark):
        raise ValueError(f"{drawn.name}: light and dark show different things")
    others = iter(dark)
    both = COLOURED.sub(lambda light: f'{light[1]}="light-dark({light[2]},{next(others)[1]})"', drawn.light.strip())
    return f'<div class="wide picture" id="picture-{text(drawn.name)}" tabindex="0" role="group" aria-label="Picture">{both}</div>'


def html(blocks: Iterable[Block]) -> str:
    """Blocks, a line each at least."""
    return "\n".join(map(block, blocks))


def page(report: Report) -> str:
    """The whole page: the interactive part for those with a script, the report for everybody.

    Style and script may be those of this page and no others: the policy names their hashes.
    """
    blocks = report.blocks
    title = next((plain_text(each.text) for each in blocks if isinstance(each, Heading) and each.level == 1), "bind-matrix")
    folder = files("matrix.site")
    template, style, script = (folder.joinpath(name).read_text("utf-8") for name in ("page.html", "style.css", "page.js"))
    # Each place is filled once, in one pass, so that nothing in the report can be taken for a place.
    parts = {
        "title": text(title), "body": html(blocks), "about": text(about_runs(report)), "data": script_json(site_data(report)),
        "style": style, "style_hash": policy_hash(style), "script": script, "script_hash": policy_hash(script),
    }  # fmt: skip
    before, *others = template.split("{{")
    return before + "".join(parts[other.split("}}", 1)[0]] + other.split("}}", 1)[1] for other in others)


def script_json(data: dict[str, Any]) -> str:
    """JSON that can stand in a script element: nothing in it ends the element or begins a comment there."""
    text = json.dumps(data, ensure_ascii=False, separators=(",", ":"))
    for char in "<>&\u2028\u2029":
        text = text.replace(char, f"\\u{ord(char):04x}")
    return text


def policy_hash(content: str) -> str:
    """The hash by which a Content-Security-Policy allows an element with just this content."""
    return f"sha256-{b64encode(sha256(content.encode()).digest()).decode()}"


def about_runs(report: Report) -> str:
    """Which runs stand on the page, of which days, and which probes and which version of the project made it."""
    hosts = report.view.hosts.values()
    days = sorted({host.measured for host in hosts})
    span = " to ".join(dict.fromkeys([days[0], days[-1]])) if days else "no day"
    probes = ", ".join(sorted({f"{host.probe_version} (sha256 {host.probe_sha256})" for host in hosts}))
    return f"bind-matrix {VERSION}: {counted(len(hosts), 'run')} of {span}, measured by the probe {probes or 'of nobody'}."
