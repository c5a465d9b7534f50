"""The report as a page: the same Markdown, rendered by markdown-it, in a page without scripts or requests."""

from html import escape
from importlib.resources import files

from markdown_it import MarkdownIt


def page(markdown: str) -> str:
    """A whole HTML page. The Markdown is ours: foreign text in it was escaped when it was written."""
    renderer = MarkdownIt("commonmark", {"html": True}).enable("table")
    body = renderer.render(markdown).replace("<table>", '<div class="wide"><table>').replace("</table>", "</table></div>")
    title = next((line[2:] for line in markdown.splitlines() if line.startswith("# ")), "bind-matrix")
    template = files("matrix.report").joinpath("page.html").read_text("utf-8")
    return template.replace("{{title}}", escape(title.replace("`", ""))).replace("{{body}}", body)
