"""What to believe: a line for each reading of a sentence of Microsoft's pages."""

from matrix.findings.beliefs import BELIEVED, OPEN, OVER, PARTLY, REFUTED, SO_FAR, UNKNOWN, Belief, Beliefs, Word
from matrix.findings.titles import range_words
from matrix.findings.view import WINDOWS
from matrix.report.blocks import Block, Bullets, Code, Heading, Inline, Mark, Own, joined, paragraph, prose, table
from matrix.report.words import DIFFERS_FROM, heads, omitted
from matrix.verdicts import STYLES, Verdict

MARKS = {
    BELIEVED: Mark(STYLES[Verdict.AGREES].symbol, STYLES[Verdict.AGREES].colour),
    SO_FAR: Mark("◔", STYLES[Verdict.AGREES].colour),
    PARTLY: Mark("◐", STYLES[Verdict.STRICTER].colour),
    OVER: Mark(STYLES[Verdict.STRICTER].symbol, STYLES[Verdict.STRICTER].colour),
    REFUTED: Mark(STYLES[Verdict.DIFFERS].symbol, STYLES[Verdict.DIFFERS].colour),
    OPEN: Mark(STYLES[Verdict.LEFT_OPEN].symbol, STYLES[Verdict.LEFT_OPEN].colour),
    UNKNOWN: Mark(STYLES[Verdict.UNOBSERVED].symbol, STYLES[Verdict.UNOBSERVED].colour),
}
# A system that promises nothing fails at nothing: it differs.
COMPARED = {**MARKS, PARTLY: Mark("◐", DIFFERS_FROM.colour), OVER: Mark(MARKS[OVER].symbol, DIFFERS_FROM.colour), REFUTED: DIFFERS_FROM}
INTERFACES = {
    "loopback": "the loopback interface like the first",
    "interface": "an interface of its own",
    "none": "none, it was not to be had",
}
WORDS = {
    BELIEVED: "confirmed", SO_FAR: "confirmed as far as it was measured", PARTLY: "confirmed in part",
    OVER: "refused where the sentence lets in", REFUTED: "not confirmed", OPEN: "left open by the document", UNKNOWN: "not measured",
}  # fmt: skip


def what_to_believe(found: Beliefs) -> list[Block]:
    """The chapter."""
    windows = (
        ""
        if found.windows_measured
        else "No Windows has been measured yet: **what Windows itself does stays open for each of them**, and Wine is only its imitation. "
    )
    rows = [(Code(each.source), words(each), *map(symbol, each.words)) for each in found.beliefs]
    return [
        Heading(2, "What to believe"),
        paragraph(
            "Every sentence of Microsoft's pages that a measurement can judge, and what was measured; “Sentences that no row can judge” "
            f"has the others. {windows}A sentence is judged by all its parts: {STYLES[Verdict.AGREES].symbol} all were measured and agree; "
            "◔ all agree that were measured, and a part was not; ◐ some agree; ▲ it is refused where the sentence lets in; ✗ none agrees; "
            "○ the document leaves it open, with what was measured; · not measured, for a reason given below. In brackets: a system that "
            f"promises nothing about Windows, as a program moved there would meet it; it does not fail, it differs ({DIFFERS_FROM.symbol})."
        ),
        *table(["document", "the sentence", *heads(found.columns)], rows),
        *omitted(found.columns),
        paragraph(
            "Where a sentence speaks of two interfaces, two specific addresses were asked. The second of them is on: {}.",
            joined(((Own(f"{INTERFACES.get(role, role)} for "), platforms) for role, platforms in found.interfaces), "; "),
        ),
        *counted(found),
    ]


def words(each: Belief) -> Inline:
    """A sentence, and which of its readings this is where it has two."""
    if each.until:
        return prose("{} Read as a sentence on {}, whose table it belongs to; it counts by this reading.", each.statement,
                     range_words(WINDOWS, "", each.until))  # fmt: skip
    return each.statement if each.fair else prose("{} The same by its words alone, without a version.", each.statement)


def symbol(word: Word) -> Inline:
    """The symbol of a belief, in brackets where the platform is only compared."""
    shown: Inline = (COMPARED if word.compared else MARKS)[word.word]
    if word.observed:
        shown = (shown, Own(" "), joined(word.observed, " or "))
    return (Own("("), shown, Own(")")) if word.compared else shown


def counted(found: Beliefs) -> list[Block]:
    """How many sentences came to what, on the platforms that are judged."""
    lines = tuple((name, Own(": "), joined(Own(f"{number} {WORDS[word]}") for word, number in counts)) for name, counts in found.counts)
    return [paragraph("Sentences by what they come to, each by its fair reading:"), Bullets(lines)] if lines else []
