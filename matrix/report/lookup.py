"""What `explain --all` shows of a case: every measure, and every document."""

from collections.abc import Iterable

from matrix.findings.lookup import Case, Statement
from matrix.report.blocks import Block, Bullets, Code, Inline, Own, Paragraph, joined, prose, table
from matrix.report.words import marked
from matrix.vocabulary import Relation

# What a document is to a platform that is held against it.
RELATIONS = {Relation.SUBJECT: "", Relation.IMITATION: " (runs or imitates that system)",
             Relation.COMPARISON: " (another system)"}  # fmt: skip


def cases(found: Iterable[Case]) -> list[Block]:
    """Each case: what every class of platforms answers, and what each document says."""
    blocks: list[Block] = []
    for case in found:
        blocks.append(Paragraph(Code(case.id)))
        blocks += table(
            ["", *case.columns.names],
            [(each.measure, *(answer or Own("-") for answer in each.answers)) for each in case.measures],
        )
        if case.documents:
            blocks.append(Bullets(tuple(map(statement, case.documents))))
    return blocks


def statement(each: Statement) -> Inline:
    """What a document says, and what that comes to."""
    verdicts = joined(
        (platforms, Own(" "), marked(verdict), Own(RELATIONS[Relation(relation)])) for platforms, verdict, relation in each.verdicts
    )
    return prose("{}, {}: {} — {}", each.title, each.section, each.expected, verdicts)
