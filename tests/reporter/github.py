"""Markdown as GitHub shows it, near enough to measure: the widths, paddings and fonts of its style sheet, for light and dark."""

import re

from markdown_it import MarkdownIt

PICTURES = [f"{name}-{scheme}.svg" for name in ("second-socket", "guide-table") for scheme in ("light", "dark")]
WIDTH = 1012  # pixels of the text on github.com
STYLE = """
:root { color-scheme: light dark; }
body { margin: 0 auto; font: 16px/1.5 -apple-system, "Segoe UI", "Noto Sans", Helvetica, Arial, sans-serif; }
code { padding: .2em .4em; font-size: 85%; font-family: ui-monospace, "Liberation Mono", Menlo, monospace; white-space: break-spaces;
       background: #818b981f; border-radius: 6px; }
table { display: block; width: max-content; max-width: 100%; overflow: auto; border-spacing: 0; border-collapse: collapse; margin: 0 0 16px; }
th, td { padding: 6px 13px; border: 1px solid #8886; }
th { font-weight: 600; }
img { max-width: 100%; }
summary { cursor: pointer; }
"""
RENDER = MarkdownIt("commonmark", {"html": True}).enable("table")


def page(markdown: str) -> str:
    """A whole page, every fold open."""
    body = RENDER.render(markdown).replace("<details>", "<details open>")
    head = f'<!doctype html><meta charset="utf-8"><title>report</title><style>{STYLE}</style>'
    return f'{head}<body style="width: {WIDTH}px">{body}</body>'


def spelled_out(markdown: str) -> str:
    """The same with every address where its link is, and not at the end."""
    addresses = dict(re.findall(r"(?m)^\[(\d+)\]: (\S+)$", markdown))
    return re.sub(r"(?<=\])\[(\d+)\]", lambda found: f"({addresses[found[1]]})", markdown)
