"""Sentence by sentence, what exists where, other systems' documents, published tests."""

from matrix.findings.sentences import Against, Answer, Elsewhere, Existence, Held, Suite, Tests
from matrix.findings.titles import range_words, systems
from matrix.findings.view import WINDOWS
from matrix.records import Unmeasured
from matrix.report.blocks import (
    Block,
    Break,
    Cite,
    Code,
    Fold,
    Heading,
    Inline,
    Own,
    Paragraph,
    codes,
    counted,
    joined,
    paragraph,
    prose,
    table,
)
from matrix.report.words import heads, mark, marked, omitted, related, verdict_counts
from matrix.verdicts import Verdict
from matrix.vocabulary import Expected

MAX_ANSWERS = 3  # lines of one sentence; more are counted


def sentence_by_sentence(found: tuple[Held, ...]) -> list[Block]:
    """A section a sentence: its place, what was measured where, the verdict, and the tables that contradict it."""
    if not found:
        return []
    blocks: list[Block] = [Heading(2, "Sentence by sentence")]
    source = ""
    for each in found:
        document = prose(" of {}", Cite(each.source)) if each.source != source else Own("")  # named with its first sentence
        asked = prose("“{}”{}; asked as {} of {}.", Cite(each.source, each.section), document, counted(each.patterns, "pattern"),
                      codes(each.measures, ""))  # fmt: skip
        blocks += [Heading(3, prose("{}, {}", each.name, each.source)), paragraph("{}", each.statement), Paragraph(asked)]
        source = each.source
        if each.fair:
            blocks += [
                paragraph(
                    "**Read as a sentence on {}**, by which it counts. {}",
                    range_words(WINDOWS, "", each.fair.reading.until),
                    each.fair.reading.reason,
                ),
                *answered(each.fair.answers),
                *contradicted(each.fair.against),
                paragraph("**Read by its words alone**, without a version:"),
            ]
        blocks += [*answered(each.answers), *contradicted(each.against)]
    return blocks


def answered(found: tuple[Answer, ...]) -> list[Block]:
    """One reading of a sentence on every platform; where all come to the same, in a sentence that names none."""
    texts = dict.fromkeys((verdict(answer), observed(answer)) for answer in found)
    if len(texts) == 1:
        return [paragraph("On every platform: {}, {}.", *next(iter(texts)))]
    rows = [(answer.platforms, answer.relation or Own("—"), verdict(answer), observed(answer)) for answer in found]
    return table(["platform", "relation", "verdict", "observed"], rows, MAX_ANSWERS)


def contradicted(found: tuple[Against, ...]) -> list[Block]:
    """The tables that contradict one reading of a sentence."""
    if not found:
        return []
    tables = joined(((Own(f"{counted(against.cells, 'cell')} of "), against.table) for against in found), "; ")
    return [paragraph("**The documents contradict it themselves:** {}.", tables)]


def unmeasured(found: tuple[Unmeasured, ...]) -> list[Block]:
    """The sentences that are not judged, with the reason."""
    rows = [(Code(each.source), each.section, each.sentence, each.reason) for each in found]
    return [
        Heading(2, "Sentences that no row can judge"),
        paragraph("They stand in the same sources, in our words, and each has the reason why it is not judged."),
        Fold(prose("**{}**", counted(len(rows), "sentence")), tuple(table(["source", "where", "what it says", "why not"], rows))),
    ]


def verdict(answer: Answer) -> Inline:
    """The verdicts of a sentence on some platforms."""
    return verdict_counts(answer.verdicts, answer.relation) if answer.verdicts else marked(Verdict.UNOBSERVED)


def observed(answer: Answer) -> Inline:
    """What was observed, or why nothing was."""
    if answer.speaks_of:
        return prose("it speaks of {}, and no such run is there", speaks_of(answer))
    if answer.reasons:
        return joined(answer.reasons, "; ")
    by_measure: dict[str, list[Inline]] = {}
    for seen in answer.seen:
        by_measure.setdefault(seen.measure, []).append((seen.observed, Own(f" {seen.count:,}"), expectation(seen.expected, seen.observed)))
    found: list[Inline] = [(measure, Own(": "), joined(outcomes)) for measure, outcomes in by_measure.items()]
    if answer.missing:
        found.append(Own(f"{counted(answer.missing, 'pattern')} of it not measured here"))
    return joined(found, "; ")


def expectation(expected: str, observed: str) -> Inline:
    """What was expected, where something else was seen."""
    return (Own(" (expected "), expected, Own(")")) if expected not in (observed, Expected.LEFT_OPEN) else ""


def speaks_of(answer: Answer) -> Inline:
    """`Windows XP and earlier`."""
    return joined((spoken_of(*each) for each in answer.speaks_of), " and ")


def spoken_of(names: str, since: str, until: str) -> str:
    """Systems and versions, for a reader; only a claim on one system has versions."""
    return range_words(names, since, until) if since or until else systems(names)


def existence(found: Existence) -> list[Block]:
    """The guide's table of platforms: each cell, and what each measured platform shows of it."""
    rows = [
        (
            each.platform,
            Code(each.option) if each.option else Own("enhanced socket security"),
            each.expected if each.option else (Own("("), each.expected, Own(")")),
            *(shown(answer, each.platform) for answer in each.answers),
        )
        for each in found.cells
    ]
    return [
        Heading(2, "What exists where"),
        paragraph(
            "The guide's table of platforms, cell by cell: `SUCCESS` where it says that the option can be "
            "set, `REFUSED` where not. For enhanced socket security it says only whether there is any: in brackets what the guide's tables "
            "then have for another account's `SO_REUSEADDR` on the wildcard of a socket without options. What is observed is set in "
            "brackets where the platform promises nothing about Windows."
        ),
        Fold(
            prose("**{} cells**", str(len(rows))),
            (*table(["platform of the guide", "what", "documented", *heads(found.columns)], rows, keys=3), *omitted(found.columns)),
        ),
    ]


def shown(answer: Answer, platform: str) -> Inline:
    """What one platform shows of one cell of the guide's own platform, or why it shows nothing."""
    unobserved = (mark(Verdict.UNOBSERVED), Own(" "))
    if answer.speaks_of:
        return (*unobserved, Own("it speaks of "), platform)
    if answer.reasons:
        return (*unobserved, joined(answer.reasons, "; "))
    return (
        joined((related(each, answer.relation) for each, _ in answer.verdicts), " "),
        Own(" "),
        joined(dict.fromkeys(seen.observed for seen in answer.seen), "; "),
    )


def other_documents(found: tuple[Elsewhere, ...]) -> list[Block]:
    """What the other systems' own documents say, judged on those systems and their imitations, or why not."""
    if not found:
        return []
    rows = [(Cite(each.source), Cite(each.source, each.section), each.statement, answers(each)) for each in found]
    return [
        Heading(2, "What the other systems' own documents say"),
        paragraph("Each is judged on its own system, and on those that run its kernel or imitate it."),
        *table(["document", "section", "what it says", "verdict"], rows, limit=200),
    ]


def answers(each: Elsewhere) -> Inline:
    """The verdicts by platform, and what was observed where it departs."""
    if not each.answers:
        return (mark(Verdict.UNOBSERVED), Own(f" unobserved: no run of {systems(each.system)} yet"))
    lines: list[Inline] = []
    for answer in each.answers[:MAX_ANSWERS]:
        agreed = [name for name, _ in answer.verdicts] == [Verdict.AGREES]
        lines.append((answer.platforms, Own(" "), verdict(answer), *(() if agreed else (Own(": "), observed(answer)))))
    more = len(each.answers) - MAX_ANSWERS
    return joined([*lines, Own(f"and {more} more")] if more > 0 else lines, Break())


def published_tests(found: Tests) -> list[Block]:
    """Published tests, apart from documents: what they assert, against the documents and against the runs."""
    rows = [
        (Cite(each.source), each.publisher, str(each.assertions), verdict_counts(each.verdicts) if each.verdicts else Own("—"))
        for each in found.suites
    ]
    blocks: list[Block] = [
        Heading(2, "Published tests"),
        paragraph(
            "Projects assert outcomes of `bind` in suites that are written to run on the real systems. They are no documents and no "
            "measurements of this project, and no result of such a run is cited here; still they are evidence. Verdicts are those of the "
            "systems that they speak of and of their imitations."
        ),
        *table(["tests", "project", "assertions", "confirmed by the runs"], rows),
        *(refuted(each) for each in found.suites if each.refuted),
    ]
    if found.against:
        pairs = [
            (Cite(page.source, page.section), page.statement, expected, Cite(test.source), Cite(test.source, test.section), asserted)
            for page, expected, test, asserted in found.against
        ]
        blocks += [
            paragraph(
                "Where what a test asserts of a system and what a document says of it, read fairly, can't both hold, before anything is "
                "measured:"
            ),
            Fold(
                prose("**{}**", counted(len(pairs), "pair")),
                tuple(table(["document", "statement", "says", "test", "file and line", "asserts"], pairs, keys=2)),
            ),
        ]
    return blocks


def refuted(each: Suite) -> Block:
    """The assertions of one suite that some run does not confirm."""
    rows = [
        (way.platforms, way.assertion, Cite(each.source, way.section), way.expected, ", ".join(way.observed), str(way.cases))
        for way in each.refuted
    ]  # fmt: skip
    headline = prose("**{}**: {} that a run does not confirm", Cite(each.source), counted(len(rows), "assertion"))
    return Fold(headline, tuple(table(["platform", "assertion", "file and line", "asserted", "observed", "cases"], rows)))
