"""What a report is made of, whatever its format: headings, paragraphs, lists, tables, folds, and the inline text in them.

Chapters build blocks from findings; a format (`markdown`, `terminal`, `site.html`) writes them. Text is text: whatever it
says, the format shows it as itself. Only `prose` knows markup, and only in our own sentences, never in a value.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TypeAlias
from urllib.parse import quote

MAX_ROWS = 200  # of one table; more are counted, and are in report.json


@dataclass(frozen=True, slots=True)
class Code:
    """A name in monospace."""

    text: str


@dataclass(frozen=True, slots=True)
class Strong:
    """Emphasis."""

    content: "Inline"


@dataclass(frozen=True, slots=True)
class Own:
    """Words of this program in one of its own sentences; they hold nothing that a format could mistake for markup."""

    text: str


@dataclass(frozen=True, slots=True)
class Break:
    """A new line within a cell."""


@dataclass(frozen=True, slots=True)
class Mark:
    """A symbol of the table of verdicts, with the class of its colour; the word for it is beside it or in the legend."""

    symbol: str
    colour: str


@dataclass(frozen=True, slots=True)
class Link:
    """A text that leads to an address of the web: another page, never a place in this one.

    Raises ValueError for an address that is neither http nor https, so that nobody is led to a script or a file.
    """

    content: "Inline"
    url: str

    def __post_init__(self) -> None:
        """Refuse what leads elsewhere."""
        if not self.url.startswith(("https://", "http://")):
            raise ValueError(f"{self.url!r} is no address of the web")

    @property
    def address(self) -> str:
        """The address with everything escaped that could end it in Markdown or HTML."""
        return quote(self.url, safe=":/?#@!$&*+,;=%~")


@dataclass(frozen=True, slots=True)
class Folder:
    """A text that leads to a folder on the disk of whoever reads the report, or beside it in a repository."""

    content: "Inline"
    path: str  # relative to the report, with / between

    @property
    def address(self) -> str:
        """The path with everything escaped that could end it in Markdown or HTML, and nothing that could be a scheme."""
        return quote(self.path, safe="/.-_~")


@dataclass(frozen=True, slots=True)
class Cite:
    """A source of the claims by its id, at the place that a section names. The report makes it a link (`citing`).

    Its words are the section, or without one the source's title.
    """

    source: str
    section: str = ""


Inline: TypeAlias = "str | Code | Strong | Own | Break | Mark | Link | Folder | Cite | tuple[Inline, ...]"


@dataclass(frozen=True, slots=True)
class Heading:
    """A heading: level 1 is the title."""

    level: int
    text: Inline


@dataclass(frozen=True, slots=True)
class Paragraph:
    """A paragraph."""

    text: Inline


@dataclass(frozen=True, slots=True)
class Bullets:
    """A list."""

    items: tuple[Inline, ...]


@dataclass(frozen=True, slots=True)
class Table:
    """A table; without rows, a sentence instead."""

    header: tuple[Inline, ...]
    rows: tuple[tuple[Inline, ...], ...]
    keys: int = 1  # first columns that say what a row is about


@dataclass(frozen=True, slots=True)
class Fold:
    """Detail that is folded away until somebody wants it."""

    title: Inline
    blocks: "tuple[Block, ...]"


@dataclass(frozen=True, slots=True)
class Contents:
    """Links to the headings of the second level."""

    headings: tuple[Inline, ...]


@dataclass(frozen=True, slots=True)
class Picture:
    """A drawing, in a file beside the report for light and one for dark; `alt` says the same in words."""

    name: str  # of the files, without what tells them apart: letters, digits and -
    alt: str
    light: str  # SVG
    dark: str


Block: TypeAlias = Heading | Paragraph | Bullets | Table | Fold | Contents | Picture

MARKUP = re.compile(r"`([^`]+)`|\*\*(.+?)\*\*|(\{\})")


def prose(template: str, *values: Inline) -> Inline:
    """One of our own sentences: `code`, **strong**, and {} where a value goes in. Values are never read for markup."""
    found, left = _prose(template, list(values))
    if left:
        raise ValueError(f"{template!r} has too few places")
    return found


def _prose(template: str, values: list[Inline]) -> tuple[Inline, list[Inline]]:
    parts: list[Inline] = []
    end = 0
    for match in MARKUP.finditer(template):
        if match.start() > end:
            parts.append(Own(template[end : match.start()]))
        code, strong, place = match.groups()
        if place:
            parts.append(values.pop(0))
        elif code:
            parts.append(Code(code))
        else:
            inside, values = _prose(strong, values)
            parts.append(Strong(inside))
        end = match.end()
    if end < len(template):
        parts.append(Own(template[end:]))
    return tuple(parts), values


def joined(parts: Iterable[Inline], between: str | Break = ", ") -> Inline:
    """Parts with something of ours between them."""
    found: list[Inline] = []
    for part in parts:
        if found:
            found.append(between if isinstance(between, Break) else Own(between))
        found.append(part)
    return tuple(found)


def codes(names: Iterable[str], nothing: str) -> Inline:
    """Names in monospace, each once, or the word for none of them."""
    found = [Code(name) for name in dict.fromkeys(names)]
    return joined(found) if found else Own(nothing)


def table(header: Iterable[Inline], rows: Iterable[Iterable[Inline]], limit: int = MAX_ROWS, keys: int = 1) -> list[Block]:
    """A table, and a sentence about the rows that are too many for it. `keys`: first columns that say what a row is about."""
    every = tuple(tuple(row) for row in rows)
    found: list[Block] = [Table(tuple(header), every[:limit], keys)]
    if len(every) > limit:
        found.append(Paragraph(prose("{} in `report.json`.", counted(len(every) - limit, "more row"))))
    return found


def paragraph(template: str, *values: Inline) -> Paragraph:
    """A paragraph of ours."""
    return Paragraph(prose(template, *values))


def plain_text(inline: Inline) -> str:
    """The words of an inline text alone."""
    match inline:
        case str():
            return inline
        case Code(text=text) | Own(text=text) | Mark(symbol=text):
            return text
        case Cite(source=source, section=section):
            return section or source
        case Strong(content=content) | Link(content=content) | Folder(content=content):
            return plain_text(content)
        case Break():
            return " "
        case tuple():
            return "".join(map(plain_text, inline))


def anchor(heading: Inline) -> str:
    """The name by which GitHub links to a heading; the page uses the same."""
    return re.sub(r"[^\w\- ]", "", plain_text(heading).strip().lower()).replace(" ", "-")


def counted(number: int, noun: str) -> str:
    """`1 cell`, `2 cells`."""
    return f"{number:,} {noun}" + ("" if number == 1 else "s")
