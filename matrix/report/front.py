"""The answers that stand on a README's first screen, as the report has them."""

from matrix.report import chapters
from matrix.report.blocks import Bullets
from matrix.report.markdown import markdown


def first_answers(report: chapters.Report) -> str:
    """The first answers of a report as Markdown, a bullet each."""
    return markdown([Bullets(chapters.first_answers(report.findings))])
