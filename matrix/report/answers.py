"""The answer with which each part of the report begins: one sentence, computed from the findings of its chapters.

A function takes the findings by chapter and gives the sentence, empty where nothing of it was measured.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from matrix.findings.glance import PLACES, SERVERS, Entry, Glance
from matrix.findings.goals import Line
from matrix.report.blocks import Code, Inline, Own, counted, joined, prose
from matrix.report.goals import GOALS, short
from matrix.report.phrases import listed
from matrix.report.pictures import heading
from matrix.report.versions import line_answer

Findings = Mapping[str, Any]
BOTH_REUSE = (("SO_REUSEADDR", "SO_REUSEADDR"), ("SO_REUSEPORT", "SO_REUSEPORT"))
RECEIVED = {
    Entry.REFUSED: "is refused", Entry.KEPT: "receives nothing", Entry.SHARED: "receives a part", Entry.BOTH: "receives everything as well",
    Entry.TAKEN: "receives everything", Entry.NOBODY: "makes everything be lost",
}  # fmt: skip


def none(found: Findings) -> Inline:
    """No sentence."""
    return ()


def needs(lines: Iterable[Line]) -> Inline:
    """`SO_REUSEADDR` on these platforms, no option on those."""
    ordered = sorted(lines, key=lambda each: (not each.complete, not each.known))
    return joined((prose("{} ({})", short(each), each.platforms) for each in ordered), "; ")


def settings(found: Findings) -> Inline:
    """What a TCP server needs that starts again at once and keeps its port."""
    lines: Sequence[Line] = found["advice"] or ()
    asked = [each for each in lines if each.goals == ("restart", "protect") and each.protocol == "tcp"]
    what = " and ".join(GOALS[goal] for goal in ("restart", "protect"))
    return prose("**A TCP server that {} needs before bind:** {}.", Own(what), needs(asked)) if asked else ()


def windows(found: Findings) -> Inline:
    """How often a second socket binds, by the strongest that is known, and on how much that rests."""
    if not found["windows"]:
        return ()
    tables = found["windows"].tables
    ways = (
        prose("{} of {} cells ({})", str(sum(cell.gets_in for cell in each.cells)), str(len(each.cells)), each.situation) for each in tables
    )
    cells, alone = sum(len(each.cells) for each in tables), sum(each.alone for each in tables)
    words = (
        "**On Windows, by the strongest that anybody has shown, a second socket of the same account binds in** {}; {} of {} rest on "
        "nothing but the document."
    )
    return prose(words, listed(ways), str(alone), str(cells))


def documents(found: Findings) -> Inline:
    """Which page contradicts the guide's own table, and in how many cells."""
    each = [
        prose("“{}” in {} of {} cells", conflict.title, str(conflict.cells), str(conflict.of)) for conflict in found["in_short"].conflicts
    ]
    return (
        prose("**Microsoft's pages contradict the guide's table for Windows Server 2003 and later:** {}.", joined(each, ", "))
        if each
        else ()
    )


def differences(found: Findings) -> Inline:
    """On how many pairs of sockets the platforms differ, and what changed from version to version."""
    across = found["across"]
    pairs = [sum(len(each) for _, each in table.common) for table in (across.plain, across.mixed)] if across else []
    differing = sum(len(table.differing) for table in (across.plain, across.mixed)) if across else 0
    whole = prose("**Platforms differ on {} of {} pairs of sockets.** ", f"{differing:,}", f"{differing + sum(pairs):,}") if across else ()
    return (whole, joined(map(line_answer, found["versions"]), " "))


def receivers(found: Findings) -> Inline:
    """What the second of two UDP sockets on one address receives, by what both have set."""
    glance: Glance | None = found["glance"]
    if glance is None:
        return ()
    udp = next(number for number, (protocol, _) in enumerate(SERVERS) if protocol == "udp")
    answers_of = []
    for row in glance.rows:
        if row.addresses == PLACES[0] and row.options in BOTH_REUSE:
            groups: dict[Entry, list[str]] = {}
            for label, entry in zip(glance.labels, row.entries[udp], strict=False):
                groups.setdefault(entry, []).extend(heading(label))
            ways = (prose("{} on {}", RECEIVED[entry], listed(names)) for entry, names in groups.items() if entry in RECEIVED)
            answers_of.append(prose("with {} on both it {}", Code(row.options[0]), joined(ways, ", ")))
    return (
        prose("**Of two UDP sockets on one address the second one takes or shares what is sent there:** {}.", joined(answers_of, "; "))
        if answers_of
        else ()
    )


def accounts(found: Findings) -> Inline:
    """Where it matters to whom a socket belongs."""
    effects = [each for each in found["accounts"].effects if each.cases] if found["accounts"] else []
    if not effects:
        return Own("No platform was measured with two accounts.")
    ways = [
        prose("in {} of {} cases on {}", f"{each.changed:,}", f"{each.cases:,}", each.platforms) if each.changed
        else prose("nowhere on {}", each.platforms) for each in sorted(effects, key=lambda each: -each.changed)
    ]  # fmt: skip
    return prose("**Whose the two sockets are changes the answer** {}.", joined(ways, "; "))


def closed(found: Findings) -> Inline:
    """What a listener needs to be started again."""
    lines: Sequence[Line] = found["advice"] or ()
    asked = [each for each in lines if each.goals == ("restart",) and each.protocol == "tcp"]
    return (
        prose("**To bind and listen again at once, whatever its connections left, a TCP server needs** {}.", needs(asked)) if asked else ()
    )


def measured(found: Findings) -> Inline:
    """How many runs there are, and whether any is Windows."""
    platforms = found["platforms"].measured
    days = sorted({each.host.measured for each in platforms})
    when = f", measured {days[0]}" + (f" to {days[-1]}" if len(days) > 1 else "") if days else ""
    probes = len({each.host.probe_sha256 for each in platforms})
    return prose("**{}{}, by {}; {} of them Windows.**", counted(len(platforms), "run"), when,
                 counted(probes, "version") + " of the probe", str(len(found["opening"].windows)))  # fmt: skip


def verdicts(found: Findings) -> Inline:
    """How far each platform does what the current table says."""
    found_so = found["in_short"].fidelity
    answers_of = joined((prose("{} of {} on {}", str(each.whole), str(each.cells), each.platforms) for each in found_so), "; ")
    return (
        prose("**Cells of the guide's table for Windows Server 2003 and later that hold in every situation:** {}.", answers_of)
        if found_so
        else ()
    )


def tests(found: Findings) -> Inline:
    """How many assertions there are, and how many suites are refuted by a run."""
    if not found["published_tests"]:
        return ()
    suites = found["published_tests"].suites
    refuted = [each for each in suites if each.refuted]
    return prose("**{} of {} are held against documents and runs;** a run departs from an assertion of {}.",
                 counted(sum(each.assertions for each in suites), "assertion"), counted(len(suites), "suite"),
                 listed((Own(f"{len(each.refuted)} of "), each.publisher) for each in refuted) if refuted else Own("none"))  # fmt: skip


def sources(found: Findings) -> Inline:
    """How many sources there are."""
    every = found["sources"].sources
    return prose("**{} and {}, each at the revision that was read.**", counted(sum(each.kind == "document" for each in every), "document"),
                 counted(sum(each.kind == "test" for each in every), "published test"))  # fmt: skip
