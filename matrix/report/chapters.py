"""The report's parts and chapters, in the order in which a reader asks. To add a chapter, add its line to a part.

A part is a question: its heading, its answer in a sentence, then its chapters. A chapter whose own heading is the part's has none.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from matrix.data.garbage import collector_paused
from matrix.findings import accounts as find_accounts
from matrix.findings import beliefs as find_beliefs
from matrix.findings import closed as find_closed
from matrix.findings import documents as find_documents
from matrix.findings import glance as find_glance
from matrix.findings import platforms as find_platforms
from matrix.findings import secondhand as find_secondhand
from matrix.findings import sentences as find_sentences
from matrix.findings import sockets as find_sockets
from matrix.findings import summary as find_summary
from matrix.findings import traffic as find_traffic
from matrix.findings import versions as find_versions
from matrix.findings import windows as find_windows
from matrix.findings.view import View
from matrix.report import (
    accounts,
    advice,
    answers,
    believe,
    closed,
    documents,
    evidence,
    method,
    platforms,
    sentences,
    short,
    sockets,
    traffic,
    versions,
    windows,
)
from matrix.report.blocks import Block, Bullets, Contents, Heading, Inline, Paragraph, plain_text
from matrix.report.citing import cited

Findings = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Chapter:
    """A chapter: what it is called in report.json, where its findings come from (None for none), and how they become blocks."""

    name: str
    find: Callable[[View], Any]
    show: Callable[[Any], list[Block]]


@dataclass(frozen=True, slots=True)
class Part:
    """A question of readers, and what answers it. A blank title: what stands before the contents."""

    title: str
    answer: Callable[[Findings], Inline]  # one sentence, computed; empty for none
    chapters: tuple[Chapter, ...]


PARTS: tuple[Part, ...] = (
    Part("", answers.none, (Chapter("opening", find_summary.opening, short.opening),)),
    Part("What should I set?", answers.settings, (
        Chapter("glance", find_glance.glance, advice.at_a_glance),
        Chapter("advice", find_summary.what_to_set, advice.what_to_set),
    )),
    Part("What Windows does", answers.windows, (Chapter("windows", find_windows.windows, windows.windows),)),
    Part("Where the documents are wrong", answers.documents, (
        Chapter("in_short", find_summary.in_short, short.in_short),
        Chapter("beliefs", find_beliefs.beliefs, believe.what_to_believe),
        Chapter("documents", find_documents.documents_against_each_other, documents.documents_against_each_other),
    )),
    Part("How systems differ, and since when", answers.differences, (
        Chapter("protection", find_summary.who_can_join, short.who_can_join),
        Chapter("versions", find_versions.versions, versions.versions),
        Chapter("porting", find_sockets.porting, sockets.porting),
        Chapter("listening", find_sockets.listening, sockets.listening),
        Chapter("across", find_sockets.across, sockets.across),
    )),
    Part("Who receives", answers.receivers, (
        Chapter("traffic", find_traffic.traffic, traffic.traffic),
        Chapter("multicast", find_traffic.multicast, traffic.multicast),
    )),
    Part("Two accounts", answers.accounts, (Chapter("accounts", find_accounts.two_accounts, accounts.two_accounts),)),
    Part("After a close", answers.closed, (
        Chapter("after_close", find_closed.after_close, closed.after_close),
        Chapter("host_facts", find_closed.host_facts, closed.host_facts),
    )),
    Part("What was measured", answers.measured, (
        Chapter("legs", find_platforms.legs, platforms.legs),
        Chapter("platforms", find_platforms.platforms, platforms.platforms),
        Chapter("left_out", find_platforms.left_out, platforms.left_out),
    )),
    Part("Verdicts on the documented tables", answers.verdicts, (
        Chapter("verdicts", find_documents.verdicts, documents.verdicts),
        Chapter("tables", find_documents.documented_tables, documents.documented_tables),
        Chapter("contradictions", find_documents.every_contradiction, documents.every_contradiction),
    )),
    Part("Sentences and published tests", answers.tests, (
        Chapter("sentences", find_sentences.sentence_by_sentence, sentences.sentence_by_sentence),
        Chapter("statements", find_windows.statements, windows.statements),
        Chapter("unmeasured", find_sentences.unmeasured, sentences.unmeasured),
        Chapter("existence", find_sentences.existence, sentences.existence),
        Chapter("other_documents", find_sentences.other_documents, sentences.other_documents),
        Chapter("published_tests", find_sentences.published_tests, sentences.published_tests),
        Chapter("elsewhere", find_secondhand.elsewhere, evidence.elsewhere),
    )),
    Part("Sources and method", answers.sources, (Chapter("sources", find_platforms.sources, method.sources),)),
)  # fmt: skip
# What stands before everything else: the questions that people ask first.
FIRST = (
    answers.windows, answers.settings, answers.under_the_wildcard, answers.documents, answers.verdicts, answers.porting, answers.receivers,
    answers.differences,
)  # fmt: skip
CHAPTERS: tuple[Chapter, ...] = tuple(chapter for part in PARTS for chapter in part.chapters)


@dataclass(frozen=True, kw_only=True, eq=False)
class Report:
    """A report before it has a format."""

    view: View
    findings: dict[str, Any]  # by chapter
    blocks: tuple[Block, ...]


@collector_paused()
def compose(view: View, parts: tuple[Part, ...] = PARTS) -> Report:
    """Find what every chapter shows, and build its blocks; the contents stand behind the opening."""
    findings = {chapter.name: chapter.find(view) for part in parts for chapter in part.chapters}
    shown = {part.title: blocks for part in parts if (blocks := part_blocks(part, findings))}
    opening = shown.pop("", [])
    headings: tuple[Inline, ...] = tuple(shown)
    contents = [Contents(headings)] if headings else []
    first = first_answers(findings) if {part.title for part in PARTS} <= {part.title for part in parts} else ()
    whole = (*opening, *([Bullets(first)] if first else []), *contents, *(block for blocks in shown.values() for block in blocks))
    return Report(view=view, findings=findings, blocks=cited(whole, view.claims.sources))


def first_answers(findings: Findings) -> tuple[Inline, ...]:
    """The answers that stand before everything else, here and on a README's first screen."""
    return tuple(sentence for answer in FIRST if (sentence := answer(findings)))


def part_blocks(part: Part, findings: Findings) -> list[Block]:
    """The heading, the answer and the chapters of a part; nothing where no chapter found anything."""
    chapters = [chapter.show(findings[chapter.name]) for chapter in part.chapters if findings[chapter.name] is not None]
    if not part.title or not any(chapters):
        return [block for blocks in chapters for block in blocks]
    answer = part.answer(findings)
    inside = (block for blocks in chapters for block in below(blocks, part.title))
    return [Heading(2, part.title), *([Paragraph(answer)] if answer else []), *inside]


def below(blocks: Sequence[Block], title: str) -> Sequence[Block]:
    """The blocks of a chapter: without its heading where that is the part's, else with all headings a level deeper."""
    match blocks:
        case [Heading(level=2, text=text), *_] if plain_text(text) == title:
            return blocks[1:]
        case [Heading(level=2), *_]:
            return tuple(replace(block, level=block.level + 1) if isinstance(block, Heading) else block for block in blocks)
        case _:
            return blocks
