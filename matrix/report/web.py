"""The report as a page: the same Markdown, rendered by markdown-it, in a page without scripts or requests. Its headings
have the names that GitHub gives them, so that a link to a sentence works in both."""

from html import escape
from importlib.resources import files
from itertools import pairwise

from markdown_it import MarkdownIt

from matrix.report.markdown import anchor


def page(markdown: str) -> str:
    """A whole HTML page. The Markdown is ours: foreign text in it was escaped when it was written."""
    renderer = MarkdownIt("commonmark", {"html": True}).enable("table")
    tokens = renderer.parse(markdown)
    for opening, text in pairwise(tokens):
        if opening.type == "heading_open":
            opening.attrSet("id", anchor(text.content))
    body = (
        renderer.renderer.render(tokens, renderer.options, {})
        .replace("<table>", '<div class="wide"><table>')
        .replace("</table>", "</table></div>")
    )
    title = next((line[2:] for line in markdown.splitlines() if line.startswith("# ")), "bind-matrix")
    template = files("matrix.report").joinpath("page.html").read_text("utf-8")
    return template.replace("{{title}}", escape(title.replace("`", ""))).replace("{{body}}", body)
