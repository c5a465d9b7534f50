"""The report's chapters, in its order. To add a chapter, add its line to CHAPTERS."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from matrix.findings import accounts as find_accounts
from matrix.findings import closed as find_closed
from matrix.findings import documents as find_documents
from matrix.findings import platforms as find_platforms
from matrix.findings import sentences as find_sentences
from matrix.findings import sockets as find_sockets
from matrix.findings import summary as find_summary
from matrix.findings import traffic as find_traffic
from matrix.findings import versions as find_versions
from matrix.findings.view import View
from matrix.report import accounts, believe, closed, documents, method, platforms, sentences, short, sockets, traffic, versions
from matrix.report.blocks import Block, Contents, Heading


@dataclass(frozen=True, slots=True)
class Chapter:
    """A chapter: what it is called in report.json, where its findings come from (None for none), and how they become blocks."""

    name: str
    find: Callable[[View], Any]
    show: Callable[[Any], list[Block]]


CHAPTERS: tuple[Chapter, ...] = (
    Chapter("opening", find_summary.opening, short.opening),
    Chapter("in_short", find_summary.in_short, short.in_short),
    Chapter("beliefs", find_sentences.beliefs, believe.what_to_believe),
    Chapter("legs", find_platforms.legs, platforms.legs),
    Chapter("platforms", find_platforms.platforms, platforms.platforms),
    Chapter("verdicts", find_documents.verdicts, documents.verdicts),
    Chapter("documents", find_documents.documents_against_each_other, documents.documents_against_each_other),
    Chapter("tables", find_documents.documented_tables, documents.documented_tables),
    Chapter("contradictions", find_documents.every_contradiction, documents.every_contradiction),
    Chapter("porting", find_sockets.porting, sockets.porting),
    Chapter("across", find_sockets.across, sockets.across),
    Chapter("listening", find_sockets.listening, sockets.listening),
    Chapter("accounts", find_accounts.two_accounts, accounts.two_accounts),
    Chapter("traffic", find_traffic.traffic, traffic.traffic),
    Chapter("multicast", find_traffic.multicast, traffic.multicast),
    Chapter("after_close", find_closed.after_close, closed.after_close),
    Chapter("host_facts", find_closed.host_facts, closed.host_facts),
    Chapter("versions", find_versions.versions, versions.versions),
    Chapter("sentences", find_sentences.sentence_by_sentence, sentences.sentence_by_sentence),
    Chapter("existence", find_sentences.existence, sentences.existence),
    Chapter("other_documents", find_sentences.other_documents, sentences.other_documents),
    Chapter("published_tests", find_sentences.published_tests, sentences.published_tests),
    Chapter("left_out", find_platforms.left_out, platforms.left_out),
    Chapter("sources", find_platforms.sources, method.sources),
)


@dataclass(frozen=True, kw_only=True, eq=False)
class Report:
    """A report before it has a format."""

    view: View
    findings: dict[str, Any]  # by chapter
    blocks: tuple[Block, ...]


def compose(view: View, chapters: tuple[Chapter, ...] = CHAPTERS) -> Report:
    """Find what every chapter shows, and build its blocks; the contents stand behind the opening."""
    findings = {chapter.name: chapter.find(view) for chapter in chapters}
    shown = [chapter.show(findings[chapter.name]) for chapter in chapters if findings[chapter.name] is not None]
    opening, *others = shown or [[]]
    headings = tuple(block.text for blocks in others for block in blocks if isinstance(block, Heading) and block.level == 2)
    blocks = (*opening, *([Contents(headings)] if headings else []), *(block for blocks in others for block in blocks))
    return Report(view=view, findings=findings, blocks=blocks)
