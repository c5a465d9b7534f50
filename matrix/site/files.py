"""The published files: one entry a format, and the pictures. To add a format, add its line to FORMATS."""

from collections.abc import Callable, Iterable, Mapping

from matrix.report.blocks import Block, Picture
from matrix.report.chapters import Report
from matrix.report.markdown import document
from matrix.report.merged import merged_csv
from matrix.report.tabular import report_json, verdicts_csv
from matrix.site.html import page

FORMATS: Mapping[str, Callable[[Report], str]] = {
    "REPORT.md": lambda report: document(report.blocks),
    "index.html": lambda report: page(report.blocks),
    "verdicts.csv": lambda report: verdicts_csv(report.view),
    "merged.csv": lambda report: merged_csv(report.view),
    "report.json": lambda report: report_json(report.view, report.findings),
}


def rendered(report: Report, formats: Mapping[str, Callable[[Report], str]] = FORMATS) -> dict[str, str]:
    """The published files by name."""
    return {name: write(report) for name, write in formats.items()} | drawn(report.blocks)


def drawn(blocks: Iterable[Block]) -> dict[str, str]:
    """The pictures of a report by name, each for light and for dark."""
    found: dict[str, str] = {}
    for block in blocks:
        if isinstance(block, Picture):
            found |= {f"{block.name}-light.svg": block.light, f"{block.name}-dark.svg": block.dark}
    return found
