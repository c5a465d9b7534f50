"""Tables that fit the width of GitHub's pages, and whose headings come again where they are long.

A browser can make a column as narrow as its longest word. Where all columns together are wider than WIDTH even so, the table is cut into
several that repeat its first columns. The widths are estimates, a little too large rather than too small; a test measures them.
"""

from collections.abc import Sequence

from matrix.report.blocks import Break, Cite, Code, Folder, Inline, Link, Mark, Own, Strong, Table

WIDTH = 1012.0  # pixels of text on github.com
PADDING = 27.0  # of a cell, with its border
LETTER, BOLD, MONO, CODE = 8.2, 9.0, 8.3, 12.0  # a small letter of text, of a heading, any sign of code; and the padding of code
CAPITAL = 1.35  # a capital letter of text, beside a small one
LONG = 25  # rows after which the heading comes again


def fitted(table: Table) -> list[Table]:
    """The same table as one or several that are narrow and short enough."""
    return [part for narrow in by_width(table) for part in by_length(narrow)]


def by_length(table: Table) -> list[Table]:
    """Tables of at most LONG rows, and none with a handful at the end."""
    number = len(table.rows)
    pieces = max(1, -(-number // LONG)) if number > LONG + LONG // 2 else 1
    size = -(-number // pieces) if number else 0
    return [Table(table.header, table.rows[start : start + size], table.keys) for start in range(0, number, size)] if size else [table]


def by_width(table: Table) -> list[Table]:
    """Tables that are no wider than WIDTH, each with the first columns of the whole."""
    columns = range(len(table.header))
    widths = [max([longest(table.header[n], BOLD), *(longest(row[n], LETTER) for row in table.rows)]) + PADDING for n in columns]
    keys = table.keys
    if sum(widths) <= WIDTH or len(widths) <= keys + 1:
        return [table]
    room = WIDTH - sum(widths[:keys])
    groups: list[list[int]] = [[]]
    for column in columns[keys:]:
        if groups[-1] and sum(widths[n] for n in groups[-1]) + widths[column] > room:
            groups.append([])
        groups[-1].append(column)
    return [picked(table, [*range(keys), *group]) for group in groups]


def picked(table: Table, columns: Sequence[int]) -> Table:
    """Some columns of a table."""
    return Table(tuple(table.header[n] for n in columns), tuple(tuple(row[n] for n in columns) for row in table.rows), table.keys)


def longest(content: Inline, letter: float) -> float:
    """The width in pixels of the widest piece that no line can be broken in: lines end at blanks, and behind a hyphen before a letter."""
    widest = current = 0.0
    hyphen = False
    for text, width, padding in pieces(content, letter):
        current += padding
        for sign in text:
            if sign.isspace() or (hyphen and sign.isalpha()):
                widest, current = max(widest, current), padding / 2
            if not sign.isspace():
                current += width * (CAPITAL if sign.isupper() and width != MONO else 1)
            hyphen = sign == "-"
    return max(widest, current)


def pieces(content: Inline, letter: float) -> list[tuple[str, float, float]]:
    """(text, width of a letter, padding) of each part."""
    match content:
        case str():
            return [(content, letter, 0.0)]
        case Own(text=text) | Mark(symbol=text):
            return [(text, letter, 0.0)]
        case Code(text=text):
            return [(text, MONO, CODE)]
        case Cite(source=source, section=section):
            return [(section or source, letter, 0.0)]
        case Strong(content=inside):
            return pieces(inside, BOLD)
        case Link(content=inside) | Folder(content=inside):
            return pieces(inside, letter)
        case Break():
            return [(" ", letter, 0.0)]
        case tuple():
            return [piece for each in content for piece in pieces(each, letter)]
