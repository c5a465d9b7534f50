"""Second-hand evidence in the report: its sources as links, what a page says, and where a run shows that it was wrong."""

from collections.abc import Sequence

from matrix.findings.rungs import Known
from matrix.findings.secondhand import Elsewhere, Page, Refuted
from matrix.findings.titles import system
from matrix.report.blocks import (
    Block,
    Break,
    Code,
    Fold,
    Heading,
    Inline,
    Link,
    Own,
    Paragraph,
    counted,
    joined,
    paragraph,
    prose,
    table,
)

UNSTATED = {
    "protocol": "protocol", "first_family": "family", "second_family": "family", "first_option": "option", "second_option": "option",
    "first_address": "address", "second_address": "address", "first_state": "state", "account": "account", "measure": "destination",
}  # fmt: skip


def qualified(record: Known) -> str:
    """How sure it is, its version where one is named, and what the source leaves open; why it is so sure stands in report.json."""
    parts = [*([record.sure] if record.sure else []), *([record.versions] if record.names_version else []), *unstated(record)]
    return f" ({'; '.join(parts)})" if parts else ""


def unstated(record: Known) -> list[str]:
    """What the source leaves open."""
    open_words = dict.fromkeys(UNSTATED[column] for column in record.unstated)
    return [f"not stated: {', '.join(open_words)}"] if open_words else []


def origin(record: Known) -> Inline:
    """Where a record comes from, as a link to the line or the place."""
    if record.platforms:
        return record.name
    return Link(Code(record.source), record.link) if record.link else Code(record.source)


def wrong_evidence(found: Sequence[Refuted]) -> list[Block]:
    """Evidence that a run of its own system and version shows to be wrong."""
    if not found:
        return []
    rows = [
        ((origin(each.record), Own(f", {each.record.rung}")), each.record.statement, each.record.outcome,
         joined(((outcome, Own(" on "), platforms) for outcome, platforms in each.measured), "; "))
        for each in found
    ]  # fmt: skip
    return [
        Heading(3, "Where the evidence was wrong"),
        paragraph("What was asserted, reported or documented of a case, and what this probe then measured of it."),
        *table(["source", "what it says", "its outcome", "measured"], rows),
    ]


def page_table(found: Sequence[Page]) -> list[Block]:
    """Pages with what each of them says."""
    rows = [(dated(each.records[0]), statements_of(each), versions(each), sureness(each)) for each in found]
    return table(["source", "what it says", "version", "sure"], rows, len(rows))


def dated(record: Known) -> Inline:
    """A source, its rung and its day."""
    return (origin(record), Own(f", {record.rung}"), *((Own(" "), record.date) if record.date else ()))


def versions(each: Page) -> Inline:
    """The versions that a page speaks of."""
    return joined(dict.fromkeys(record.versions for record in each.records), "; ")


def statements_of(each: Page) -> Inline:
    """The statements of a page, each once, with their outcomes."""
    found: dict[str, dict[str, None]] = {}
    for record in each.records:
        found.setdefault(record.statement, {})[record.outcome] = None
    return joined(((statement, Own(" → "), joined(outcomes, ", ")) for statement, outcomes in found.items()), Break())


def sureness(each: Page) -> Inline:
    """How sure the page's records are; why stands in report.json."""
    return joined(dict.fromkeys(record.sure for record in each.records))


def elsewhere(found: Sequence[Elsewhere]) -> list[Block]:
    """What others report of the other systems, system by system."""
    if not found:
        return []
    folds: list[Block] = []
    for each in found:
        records = counted(sum(len(page.records) for page in each.pages), "record")
        wrong = prose("; {} refuted by a run", str(len(each.refuted))) if each.refuted else Own("")
        headline = prose("**{}**: {}{}", system(each.system), records, wrong)
        folds.append(Fold(headline, (*page_table(each.pages), *wrong_evidence(each.refuted))))
    return [
        Heading(2, "What others report of other systems"),
        Paragraph(
            prose(
                "Second-hand as well: asserted by tests, or reported by people who measured it. It is never counted as measured, and fills "
                "no cell of a run."
            )
        ),
        *folds,
    ]
