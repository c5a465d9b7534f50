"""Drawings of findings as SVG, once for light and once for dark. Pure functions: records in, text out.

Rules. Everything that colour says a word and a shape say too. A drawing is at most WIDTH pixels wide, has a title and a description for
who doesn't see it, and asks for nothing: no font, no script, no other file. Every text is escaped.
"""

import textwrap
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

from matrix.findings.glance import SERVERS, Entry, Glance, case_of
from matrix.findings.titles import system as system_name
from matrix.report.blocks import Picture

WIDTH = 1000
FONT = "system-ui, -apple-system, 'Segoe UI', Roboto, 'DejaVu Sans', sans-serif"
MONO = "ui-monospace, SFMono-Regular, Menlo, Consolas, 'DejaVu Sans Mono', monospace"
ADDRESSES = {("specific", "specific"): "both on 127.0.0.1", ("wildcard", "specific"): "first 0.0.0.0, then 127.0.0.1"}
UNKNOWN_PART = -1.0  # of a disc: not said
HEADINGS = ("TCP: the second one listens, too", "UDP")
# How each entry is shown: the word, the tone, and how much of the disc is filled.
ENTRIES = {
    Entry.REFUSED: ("refused", "quiet", 0.0),
    Entry.KEPT: ("kept", "good", 0.0),
    Entry.SHARED: ("shared", "warn", 0.5),
    Entry.BOTH: ("both get it", "warn", 0.5),
    Entry.TAKEN: ("taken", "bad", 1.0),
    Entry.NOBODY: ("lost", "bad", 1.0),
    Entry.UNSTABLE: ("unstable", "warn", 0.5),
    Entry.SUCCEEDS: ("succeeds", "minor", UNKNOWN_PART),
    Entry.UNKNOWN: ("–", "none", 0.0),
}


@dataclass(frozen=True, slots=True)
class Palette:
    """Colours: text and back by pairs that have a contrast of 4.5 at least."""

    text: str
    soft: str
    line: str
    tones: dict[str, tuple[str, str]]  # tone → text, back


LIGHT = Palette(
    text="#1f2328", soft="#59636e", line="#d1d9e0",
    tones={
        "quiet": ("#59636e", "#f6f8fa"), "good": ("#0b5c33", "#dff5e6"), "warn": ("#6b4400", "#fff1cf"), "bad": ("#8f1420", "#ffe3e3"),
        "minor": ("#4a3a87", "#ece8ff"), "none": ("#59636e", "none"),
    },
)  # fmt: skip
DARK = Palette(
    text="#f0f6fc", soft="#9198a1", line="#3d444d",
    tones={
        "quiet": ("#9198a1", "#151b23"), "good": ("#7fd6a2", "#10301f"), "warn": ("#f0c36b", "#37290c"), "bad": ("#ffa8ad", "#431a1e"),
        "minor": ("#c5b8ff", "#2a2347"), "none": ("#9198a1", "none"),
    },
)  # fmt: skip
PALETTES = {"light": LIGHT, "dark": DARK}


def text(
    x: float, y: float, words: str, colour: str, *, size: int = 13, bold: bool = False, mono: bool = False, anchor: str = "start"
) -> str:
    """A line of text."""
    weight = ' font-weight="600"' if bold else ""
    family = f' font-family="{MONO}"' if mono else ""
    place = f' text-anchor="{anchor}"' if anchor != "start" else ""
    return f'<text x="{x:g}" y="{y:g}" fill="{colour}" font-size="{size}"{weight}{family}{place}>{escape(words)}</text>'


def disc(x: float, y: float, colour: str, filled: float) -> str:
    """A disc of which a part is filled: how much of the traffic is lost."""
    ring = f'<circle cx="{x:g}" cy="{y:g}" r="5" fill="{colour if filled == 1 else "none"}" stroke="{colour}" stroke-width="1.5"/>'
    inside = {
        0.5: f'<path d="M{x:g} {y - 5:g}a5 5 0 0 1 0 10z" fill="{colour}"/>',
        UNKNOWN_PART: f'<circle cx="{x:g}" cy="{y:g}" r="1.7" fill="{colour}"/>',
    }
    return ring + inside.get(filled, "")


def chip(x: float, y: float, width: float, shown: tuple[str, str, float], palette: Palette, height: float = 22) -> str:
    """A cell: tone, disc and word."""
    words, tone, filled = shown
    colour, back = palette.tones[tone]
    box = "" if back == "none" else f'<rect x="{x:g}" y="{y:g}" width="{width:g}" height="{height:g}" rx="4" fill="{back}"/>'
    mark = "" if tone == "none" else disc(x + 12, y + height / 2, colour, filled)
    return box + mark + text(x + (10 if tone == "none" else 22), y + height / 2 + 4, words, colour, size=12)


def drawing(parts: Sequence[str], height: float, title: str, description: str) -> str:
    """A whole SVG."""
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{height:g}" viewBox="0 0 {WIDTH} {height:g}" role="img" '
        f'font-family="{FONT}"><title>{escape(title)}</title><desc>{escape(description)}</desc>\n' + "\n".join(parts) + "\n</svg>\n"
    )


TITLE = "Which second socket gets in, and who then receives"


def sharing(found: Glance) -> Picture:
    """The table at a glance, for the report."""
    alt = f"{TITLE}: a table of {len(found.rows)} pairs of sockets on {len(found.columns.shown)} classes of platforms. {described(found)}"
    drawn = {name: sharing_svg(found, palette, alt) for name, palette in PALETTES.items()}
    return Picture(name="second-socket", alt=alt, light=drawn["light"], dark=drawn["dark"])


def described(found: Glance) -> str:
    """The drawing in words: how often each answer comes, by column."""
    lines = []
    for server, protocol in enumerate(("TCP", "UDP")):
        for number, lines_of in enumerate((*map(heading, found.labels), GUIDE)):
            words = [ENTRIES[row.entries[server][number]][0] for row in found.rows if row.entries[server][number]]
            lines.append(f"{protocol}, {' '.join(lines_of)}: " + ", ".join(f"{words.count(word)} {word}" for word in dict.fromkeys(words)))
    return "; ".join(lines) + "."


def heading(label: tuple[tuple[str, str], ...]) -> tuple[str, ...]:
    """A column's name, a line a system."""
    return tuple(members or system_name(system) for system, members in label)


def sharing_svg(found: Glance, palette: Palette, alt: str) -> str:
    """The same for one palette."""
    heads = [*map(heading, found.labels), GUIDE]
    step = (WIDTH - LABELS - GAP) / (len(heads) * len(HEADINGS))
    starts = [LABELS + server * (GAP + step * len(heads)) for server in range(len(HEADINGS))]
    depth = max(len(fitting(lines, step)) for lines in heads)
    parts = [text(start, 16, words, palette.text, size=14, bold=True) for start, words in zip(starts, HEADINGS, strict=True)]
    parts += [text(start + number * step, 36 + 14 * turn, words, palette.soft, size=11, bold=True)
              for start in starts for number, lines in enumerate(heads) for turn, words in enumerate(fitting(lines, step))]  # fmt: skip
    y, place = 24.0 + 14 * depth, ""
    for row in found.rows:
        if ADDRESSES[row.addresses] != place:
            place = ADDRESSES[row.addresses]
            parts.append(f'<path d="M0 {y + 8:g}H{WIDTH}" stroke="{palette.line}"/>')
            parts.append(text(0, y + 28, place, palette.text, bold=True))
            y += 38
        words = " → ".join("none" if option == "default" else option for option in row.options)
        parts.append(text(0, y + 15, words, palette.text, size=11, mono=True))
        for start, server, entries in zip(starts, SERVERS, row.entries, strict=True):
            parts += [
                of_case(case_of(server, row), ", ".join(heads[number]), chip(start + number * step, y, step - 4, ENTRIES[entry], palette))
                for number, entry in enumerate(entries)
            ]
        y += 25
    parts += [text(0, y + 20 + 16 * turn, words, palette.soft, size=12) for turn, words in enumerate(LEGEND)]
    return drawing(parts, y + 28 + 16 * (len(LEGEND) - 1), TITLE, alt)


def of_case(case: str, column: str, drawn: str) -> str:
    """A cell with the id of its case and the name of its column, from which the page makes a link."""
    return f'<g data-case="{escape(case)}" data-on="{escape(column)}">{drawn}</g>'


GUIDE = ("Windows as", "documented")
MAX_LINES = 4  # of a column's name
LABELS, GAP = 252.0, 16.0
LEGEND = (
    "Options: first socket → second socket; both of one account, over IPv4. refused: the second one's bind or listen fails. "
    "taken, shared, kept: it",
    "gets in, and receives all, a part or nothing of what is sent to 127.0.0.1. succeeds: its bind does, as documented. –: no such option.",
)


def fitting(names: Sequence[str], width: float) -> list[str]:
    """Lines that fit into a column: about 6.4 pixels a letter."""
    lines = list(names) if names == GUIDE else textwrap.wrap(", ".join(names), int(width / 6.4))
    return lines if len(lines) <= MAX_LINES else [*lines[: MAX_LINES - 1], "…"]
