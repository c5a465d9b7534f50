"""Markdown as GitHub renders it: tables by tabulate, folds, and escaping.

tabulate is told to leave numbers alone (it would print 3.10 as 3.1) and doesn't escape `|`; `cell` does.
Text that came from a file goes through `safe`, whatever it says.
"""

import html
import re
from collections.abc import Iterable, Sequence

from tabulate import tabulate

MARKUP = re.compile(r"([\\`*_{}\[\]()#+!|~:@-])")


def safe(text: object) -> str:
    """Foreign text as itself: no markup, no HTML, one line."""
    printable = "".join(char if char.isprintable() else " " for char in str(text))
    return html.escape(MARKUP.sub(r"\\\1", printable), quote=False)


def code(text: object) -> str:
    """A name of ours in monospace. Only for text without a backquote."""
    return f"`{text}`"


def codes(names: Iterable[object], nothing: str) -> str:
    """Names of ours, each once, or the word for none of them."""
    return ", ".join(map(code, dict.fromkeys(names))) or nothing


def cell(text: object) -> str:
    """A table cell: a bare `|` would end it."""
    return re.sub(r"(?<!\\)\|", r"\\|", str(text)).replace("\n", "<br>")


def table(header: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """A pipe table; no rows give a sentence instead."""
    cells = [[cell(value) for value in row] for row in rows]
    if not cells:
        return "Nothing to show."
    # Columns are not padded: readers see it rendered, and padding is half the size of a wide table.
    lines = tabulate(cells, [cell(name) for name in header], tablefmt="pipe", disable_numparse=True).splitlines()
    return "\n".join(re.sub(r" {2,}", " ", re.sub(r"-{4,}", "---", line)) for line in lines)


def fold(summary: str, body: str) -> str:
    """Detail that is folded away until somebody wants it."""
    return f"<details>\n<summary>{summary}</summary>\n\n{body}\n\n</details>"


def bullets(lines: Iterable[str]) -> str:
    """A list."""
    return "\n".join(f"- {line}" for line in lines)


def anchor(heading: str) -> str:
    """The name by which GitHub links to a heading; the page uses the same."""
    return re.sub(r"[^\w\- ]", "", heading.replace("`", "").strip().lower()).replace(" ", "-")


def contents(sections: Iterable[str]) -> str:
    """Links to the sections that begin with a heading of the second level."""
    headings = [line[3:] for text in sections for line in text.splitlines()[:1] if line.startswith("## ")]
    return "**Contents:** " + " · ".join(f"[{heading}](#{anchor(heading)})" for heading in headings)


def counted(number: int, noun: str) -> str:
    """`1 cell`, `2 cells`."""
    return f"{number:,} {noun}" + ("" if number == 1 else "s")
