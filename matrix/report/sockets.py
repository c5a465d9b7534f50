"""Moving a program from Windows, all platforms, and what `listen` adds."""

from collections.abc import Iterable

from matrix.findings.sockets import Across, Listen, Listening, Pair, PairTable, Porting, is_just
from matrix.report.blocks import Block, Code, Fold, Heading, Inline, Own, Strong, joined, paragraph, prose, table
from matrix.report.words import NOTHING, heads, omitted, parts, spec

MAX_PAIRS = 50  # rows of one table of pairs


def porting(found: Porting) -> list[Block]:
    """What changes for a program that relies on Windows' documented answers and is moved elsewhere."""
    rows = [
        (spec(*each.first), spec(*each.second), each.expected,
         *(parts(answer) if is_just(answer, each.expected) else Strong(parts(answer)) for answer in each.answers))
        for each in found.moves
    ]  # fmt: skip
    return [
        Heading(2, "Moving a program from Windows"),
        paragraph(
            "These systems promise nothing about Windows, so they are not judged. What the guide documents for Windows Server 2003 and "
            "later, same account, beside what they do; **bold** where it is not the same. {} of {} cells change somewhere. "
            "`SO_EXCLUSIVEADDRUSE` does not exist on them, so its cells have no counterpart here.", str(found.changed), str(len(rows))
        ),
        *table(["first socket", "second socket", "Windows, documented", *heads(found.columns)], rows, keys=3),
        *omitted(found.columns),
    ]  # fmt: skip


def across(found: Across) -> list[Block]:
    """Every pair of specs on every platform; pairs that answer equally everywhere are gathered in lines."""
    return [
        Heading(2, "All platforms"),
        paragraph(
            "The second socket's `bind` after a first socket of the same family. A blank cell: this platform does "
            "not have the option, or the address."
        ),
        *pair_table(found.plain),
        *common_pairs(found.plain),
        Fold(
            prose("**Two families, or IPv4-mapped addresses**: the pairs on which platforms differ, and how many answer the same"),
            (
                *pair_table(found.mixed),
                paragraph(
                    "{} further pairs answer the same on every platform that has them.", f"{sum(len(p) for _, p in found.mixed.common):,}"
                ),
            ),
        ),
    ]


def pair_table(found: PairTable) -> list[Block]:
    """The pairs on which platforms differ."""
    rows = [
        (
            spec(*pair.first[1:], pair.first[0]),
            spec(*pair.second[1:], pair.second[0]),
            *(parts(answer) if answer else "" for answer in pair.answers),
        )
        for pair in found.differing
    ]
    return (
        [*table(["first socket", "second socket", *heads(found.columns)], rows, MAX_PAIRS, keys=2), *omitted(found.columns)] if rows else []
    )


def common_pairs(found: PairTable) -> Iterable[Block]:
    """Pairs that answer the same everywhere, by their answer."""
    for answer, pairs in found.common:
        headline = prose("**{}** on every platform that has them: {} pairs", parts(answer), str(len(pairs)))
        yield Fold(headline, (paragraph("{}", joined(map(arrow, pairs), "; ")),))


def arrow(pair: Pair) -> Inline:
    """`first → second`."""
    return (spec(*pair.first[1:]), Own(" → "), spec(*pair.second[1:]))


def listening(found: Listening) -> list[Block]:
    """What happens after a bind that was let through: listen, and who is left without it."""
    blocks: list[Block] = [
        Heading(2, "A bind that succeeds is not yet a port"),
        paragraph("A TCP socket that was let through at `bind` can still be refused at `listen`."),
    ]
    for answers, asks in (
        (found.second, "**The second socket's `listen`, after its bind succeeded.**"),
        (found.first, "**The first socket's `listen`, once the second one listens: two servers that start together.**"),
    ):
        if answers:
            rows = [(each.platforms, f"{each.asked:,}", f"{each.refused:,}", option_pairs(each)) for each in answers]
            blocks += [paragraph(asks), *table(["platform", "asked", "refused", "refused for"], rows)]
    return blocks


def option_pairs(each: Listen) -> Inline:
    """The options of first and second socket for which listen was refused."""
    if not each.pairs:
        return NOTHING
    named = joined((Code(first), Own(" then "), Code(second)) for first, second in each.pairs)
    return (named, Own(f", and {each.more} more")) if each.more else named
