"""What `explain` and `advise` show."""

from collections.abc import Iterable

from matrix.findings.hijack import Keeps
from matrix.findings.lookup import Case, Statement
from matrix.report.blocks import Block, Bullets, Code, Inline, Own, Paragraph, joined, prose, table
from matrix.report.words import heads, marked

NOTES = (
    "As measured on these platforms, over IPv4, IPv6 and dual stack; it is no promise of theirs.",
    "Keeps its traffic: no second socket received anything that was sent to an address of the first.",
    "*: but not between IPv4 addresses written as IPv6 (::ffff:0.0.0.0, ::ffff:127.0.0.1).",
    "Starts again at once: binds on its own port in TIME_WAIT and beside a connection that its listener had accepted.",
)


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


def advice(found: Iterable[Keeps]) -> list[Block]:
    """With which options a socket keeps its traffic, by platform and protocol."""
    header = ["platform", "", "keeps its traffic from the same account", "from another account", "starts again at once"]
    rows = [
        (each.target, each.protocol.upper(), options(each.same), Own("not measured") if each.others is None else options(each.others),
         Own("-") if each.restarts is None else joined(each.restarts) if each.restarts else Own("none"))
        for each in found
    ]  # fmt: skip
    return [*table(header, rows, limit=1000), Bullets(tuple(map(Own, NOTES)))]


def options(kept: tuple[tuple[str, bool], ...]) -> Inline:
    """Options with commas, or `none`; marked where mapped addresses are an exception."""
    return joined((option, Own("*")) if marked_so else option for option, marked_so in kept) if kept else Own("none")
