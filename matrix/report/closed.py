"""Ports after a close, and the facts of each host."""

from matrix.findings.closed import Able, AfterClose, HostFact, HostFacts
from matrix.report import definitions
from matrix.report.blocks import Block, Code, Fold, Heading, Inline, Own, Paragraph, codes, joined, paragraph, prose, table
from matrix.report.words import counts, heads, omitted
from matrix.vocabulary import Measure


def after_close(found: AfterClose) -> list[Block]:
    """Which second sockets can have a port after a close, by state and the first one's option."""
    rows = [(each.state, codes(each.options, ""), *map(able, each.able)) for each in found.states]
    ends = [(each.state, *map(counts, each.answers)) for each in found.freed]
    return [
        Heading(2, "Ports after a close"),
        paragraph(
            "The second sockets that can bind a TCP port (IPv4) which a connection of the first one's still uses in this state, by their "
            "option: “all” means whatever the option, “some” that the address decides."
        ),
        definitions.after_close(),
        *table(["state", "the first one's option", *heads(found.columns)], rows, keys=2),
        paragraph("Where it was refused, the state was ended and the bind asked again; a state that can't be ended is not waited for:"),
        *table(["state", *heads(found.columns)], ends),
        *omitted(found.columns),
    ]


def able(each: Able) -> Inline:
    """The second options that can bind."""
    if not each.measured:
        return ""
    if each.every:
        return Own("all")
    named: list[Inline] = [*map(Code, each.always), *((Own("some "), Code(option)) for option in each.sometimes)]
    return joined(named) if named else Own("none")


def host_facts(found: HostFacts) -> list[Block]:
    """Options and their defaults, what can't be set together, late options, the range of port 0, linger."""
    rows = [fact(each) for each in found.facts]
    return [
        Heading(2, "Facts of each host"),
        paragraph(
            "`available`: can the option be set; `default`: is it on unasked; `together`: can the second be set "
            "after the first on one socket; `ephemeral`: the range that port 0 draws from; `linger-close`: does close block over "
            "unsent data; `linger-loss`: what the peer can still read, of what it had received and not read, after a close with linger "
            "0; `late-option`: does an option that is set after `bind` count for the next socket."
        ),
        Paragraph(definitions.late_option()),
        Fold(
            prose("**{} facts**", str(len(rows))),
            (*table(["what", "of", "account", *heads(found.columns)], rows, keys=3), *omitted(found.columns)),
        ),
    ]


def fact(each: HostFact) -> tuple[Inline, ...]:
    """One line; what is asked once has no number."""
    once = each.measure != Measure.LATE_OPTION
    answers = [(answer[0][0] if once and len(answer) == 1 else counts(answer)) if answer else "" for answer in each.answers]
    return (
        each.measure,
        " ".join((each.protocol.upper(), *each.options)).strip(),
        "another account" if each.other_account else "",
        *answers,
    )
