"""The opening, what the documents come to in short, and who can join a listener."""

from collections.abc import Sequence

from matrix.findings.summary import Conflict, InShort, Opening, Protection
from matrix.report.blocks import Block, Bullets, Code, Heading, Inline, Own, codes, joined, paragraph, prose, table

TITLE = "What `bind` does when the port is taken"


def opening(found: Opening) -> list[Block]:
    """The first line says whether any Windows was measured at all."""
    if found.windows:
        first = paragraph("**Measured on {} Windows:** {}.", str(len(found.windows)), joined(map(Code, found.windows)))
    else:
        first = paragraph(
            "**No Windows has been measured yet.** What this report says about Windows is what its documents say; "
            "Wine imitates Windows and is not Windows."
        )
    return [
        first,
        Heading(1, prose(TITLE)),
        paragraph(
            "A first socket holds a port; a second one, in another process, wants it. Each outcome below was measured by "
            "one probe on a real network stack, several times and on ports of its own, and is held against what Microsoft documents. "
            "`SUCCESS` means that the second socket's call succeeded, `INUSE` is EADDRINUSE (WSAEADDRINUSE 10048), "
            "`ACCESS` is EACCES (WSAEACCES 10013)."
        ),
    ]


def in_short(found: InShort) -> list[Block]:
    """What the documents say of each other, and how far an imitation goes."""
    lines: list[Inline] = list(map(conflict, found.conflicts))
    for each in found.fidelity:
        departures = joined(((situation, Own(f": {bad:,} of {of:,}")) for situation, bad, of in each.departures), "; ")
        lines.append(
            prose(
                "**{}** ({}) does what the guide says for the same account in all situations in {} of {} cells, in some situations "
                "in {}, in none in {}. Departures by situation: {}.",
                each.platforms, each.what, str(each.whole), str(each.cells), str(each.partly),
                str(each.cells - each.whole - each.partly), departures,
            )
        )  # fmt: skip
    return [Bullets(tuple(lines))] if lines else []


def who_can_join(found: Sequence[Protection]) -> list[Block]:
    """With which options a second TCP listener joins a first one."""
    rows = [
        (Code(each.option), codes(each.same, "nothing"), codes(each.overlapping, "nothing"), each.platforms) for each in found
    ]  # fmt: skip
    return [
        Heading(2, "Who can listen where a TCP listener already listens"),
        paragraph(
            "Over IPv4, by the same account; one other socket, because only pairs were measured. Overlapping: the "
            "wildcard over a specific address, or a specific address under the wildcard. "
            "Who then receives what, “Who receives” shows."
        ),
        *table(
            ["the first listener's option", "joined on the same address with", "joined on an overlapping address with", "platforms"], rows
        ),
    ]


def conflict(each: Conflict) -> Inline:
    """A document that contradicts the guide's current table, and why where its own cells show it."""
    differs = prose("differs from the guide's table for Windows Server 2003 and later, same account, in {} of {} cells.",
                    str(each.cells), str(each.of))  # fmt: skip
    if not each.outdated:
        return prose("**The documents contradict each other.** “{}” {}", each.title, differs)
    return prose(
        "**The documents contradict each other.** “{}” repeats the guide's table “{}” in all {} cells of it, and names no last version: it "
        "was not brought up to date with the guide. For that reason it {}", each.title, each.outdated, str(each.repeated), differs
    )  # fmt: skip
