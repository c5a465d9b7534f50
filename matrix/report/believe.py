"""What to believe: a line for each sentence of Microsoft's pages."""

from matrix.findings.sentences import BELIEVED, PARTLY, REFUTED, UNKNOWN, Beliefs
from matrix.report.blocks import Block, Heading, Inline, Mark, Own, paragraph, table
from matrix.report.words import heads, omitted
from matrix.verdicts import STYLES, Verdict

MARKS = {
    BELIEVED: Mark(STYLES[Verdict.AGREES].symbol, STYLES[Verdict.AGREES].colour),
    REFUTED: Mark(STYLES[Verdict.DIFFERS].symbol, STYLES[Verdict.DIFFERS].colour),
    PARTLY: Mark("◐", STYLES[Verdict.STRICTER].colour),
    UNKNOWN: Mark(STYLES[Verdict.UNOBSERVED].symbol, STYLES[Verdict.UNOBSERVED].colour),
}


def what_to_believe(found: Beliefs) -> list[Block]:
    """The chapter."""
    windows = (
        ""
        if found.windows_measured
        else "No Windows has been measured yet: **what Windows itself does stays open for each of them**, and Wine is only its imitation. "
    )
    return [
        Heading(2, "What to believe"),
        paragraph(
            f"Every sentence of Microsoft's pages that can be measured, and what was. {windows}✓ confirmed; ✗ not; ◐ in part; · not "
            "measured, for a reason given below. In brackets: a system that promises nothing about Windows, as a program moved there "
            "would meet it."
        ),
        *table(["the sentence", *heads(found.columns)], [(each.statement, *map(symbol, each.words)) for each in found.beliefs]),
        *omitted(found.columns),
    ]


def symbol(word: tuple[str, bool]) -> Inline:
    """The symbol of a belief, in brackets where the platform is only compared."""
    belief, compared = word
    return (Own("("), MARKS[belief], Own(")")) if compared else MARKS[belief]
