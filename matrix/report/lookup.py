"""What `explain` shows."""

from collections.abc import Iterable

from matrix.findings.lookup import Case, Statement
from matrix.report.blocks import Block, Bullets, Code, Inline, Own, Paragraph, joined, prose, table
from matrix.report.words import heads, marked


def cases(found: Iterable[Case]) -> list[Block]:
    """Each case: what every class of platforms answers, and what each document says."""
    blocks: list[Block] = []
    for case in found:
        blocks.append(Paragraph(Code(case.id)))
        blocks += table(
            ["", *heads(case.columns)], [(each.measure, *(answer or Own("-") for answer in each.answers)) for each in case.measures]
        )
        if case.documents:
            blocks.append(Bullets(tuple(map(statement, case.documents))))
    return blocks


def statement(each: Statement) -> Inline:
    """What a document says, and what that comes to."""
    verdicts = joined((platforms, Own(" "), marked(verdict), Own(f" ({relation})")) for platforms, verdict, relation in each.verdicts)
    return prose("{}, {}: {} — {}", each.source, each.section, each.expected, verdicts)
