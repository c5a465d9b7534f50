"""The answers that stand on a README's first screen, as the report has them."""

from matrix.report.blocks import Bullets
from matrix.report.chapters import PARTS, Report
from matrix.report.markdown import markdown

FIRST = ("What should I set?", "What Windows does", "Where the documents are wrong", "Who receives", "How systems differ, and since when")


def first_answers(report: Report) -> str:
    """The first answers of a report as Markdown, a bullet each."""
    answers = {part.title: part.answer(report.findings) for part in PARTS}
    return markdown([Bullets(tuple(answers[title] for title in FIRST if answers[title]))])
