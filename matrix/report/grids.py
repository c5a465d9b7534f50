"""The guide's table as small pictures side by side: what is documented, and by which rung more is known."""

from collections.abc import Sequence

from matrix.findings.cells import Cell, Table
from matrix.findings.rungs import Rung
from matrix.report.blocks import Picture
from matrix.report.pictures import PALETTES, WIDTH, Palette, disc, drawing, text
from matrix.verdicts import CONTRADICTIONS
from matrix.vocabulary import Address, Option, Outcome

NAME = "guide-table"
TITLE = "The guide's table for Windows Server 2003 and later, same account"
OPTIONS = {str(Option.DEFAULT): "none", str(Option.REUSEADDR): "reuse", str(Option.EXCLUSIVEADDRUSE): "exclusive"}
PLACES = {str(Address.WILDCARD): "0.0.0.0", str(Address.SPECIFIC): "127.0.0.1"}
SHORT = 5  # letters of an option above a column
LABELS, GAP, HEIGHT, TOP = 132.0, 18.0, 34.0, 60.0  # pixels
FILLED = {Rung.MEASURED: 1.0, Rung.ASSERTED: 0.5, Rung.REPORTED: 0.5}  # of the disc
LEGEND = (
    "Rows: the first socket; columns: the second one, whose bind the word is about, as documented. Disc: full, measured by this "
    "probe; half, asserted",
    "by a test or reported by somebody; none, documented and nothing else. Thick frame and ≠: what is known, or another document, "
    "says otherwise.",
)


def guide_grids(tables: Sequence[Table]) -> Picture:
    """The tables of all situations, for the report."""
    alt = f"{TITLE}, in three situations. " + " ".join(map(described, tables))
    drawn = {name: grids_svg(tables, palette, alt) for name, palette in PALETTES.items()}
    return Picture(name=NAME, alt=alt, light=drawn["light"], dark=drawn["dark"])


def disputed(cell: Cell) -> bool:
    """Whether a higher rung or another document says otherwise."""
    return bool(cell.contradicting) or any(held.verdict in CONTRADICTIONS for held in cell.rungs)


def described(table: Table) -> str:
    """One table in words."""
    binds = sum(cell.documented == Outcome.SUCCESS for cell in table.cells)
    return (
        f"{table.situation}: {binds} of {len(table.cells)} cells documented to succeed, {table.alone} with nothing but the document, "
        f"{sum(map(disputed, table.cells))} disputed."
    )


def grids_svg(tables: Sequence[Table], palette: Palette, alt: str) -> str:
    """The same for one palette."""
    specs = tables[0].specs if tables else ()
    width = (WIDTH - LABELS - GAP * (len(tables) - 1)) / max(len(tables) * len(specs), 1)
    parts = [
        text(0, TOP + HEIGHT * turn + 21, f"{OPTIONS.get(option, option)} {PLACES.get(address, address)}", palette.text, size=12)
        for turn, (option, address) in enumerate(specs)
    ]
    for number, table in enumerate(tables):
        start = LABELS + number * (width * len(specs) + GAP)
        parts.append(text(start, 16, table.situation, palette.text, size=14, bold=True))
        for turn, (option, address) in enumerate(specs):
            x = start + turn * width + width / 2
            parts.append(text(x, 38, OPTIONS.get(option, option)[:SHORT], palette.soft, size=10, anchor="middle"))
            parts.append(text(x, 51, PLACES.get(address, address), palette.soft, size=9, anchor="middle"))
        for place, cell in enumerate(table.cells):
            row, column = divmod(place, len(specs))
            parts.append(one_cell(start + column * width, TOP + row * HEIGHT, width, cell, palette))
    bottom = TOP + HEIGHT * len(specs)
    parts += [text(0, bottom + 22 + 16 * turn, words, palette.soft, size=12) for turn, words in enumerate(LEGEND)]
    return drawing(parts, bottom + 30 + 16 * (len(LEGEND) - 1), TITLE, alt)


def one_cell(x: float, y: float, width: float, cell: Cell, palette: Palette) -> str:
    """A cell: the documented word, the strongest rung, and a frame where it is disputed."""
    succeeds = cell.documented == Outcome.SUCCESS
    colour, back = palette.tones["warn" if succeeds else "quiet"]
    frame = f' stroke="{palette.text}" stroke-width="2"' if disputed(cell) else ""
    box = f'<rect x="{x + 2:g}" y="{y + 2:g}" width="{width - 4:g}" height="{HEIGHT - 4:g}" rx="3" fill="{back}"{frame}/>'
    mark = disc(x + width / 2, y + 11, colour, FILLED[cell.strongest]) if cell.strongest in FILLED else ""
    word = text(x + width / 2, y + 27, "binds" if succeeds else cell.documented, colour, size=9, anchor="middle")
    differs = text(x + width - 5, y + 13, "≠", palette.text, size=11, bold=True, anchor="end") if disputed(cell) else ""
    return box + mark + word + differs
