"""The answer with which each part of the report begins: one sentence, computed from the findings of its chapters.

A function takes the findings by chapter and gives the sentence, empty where nothing of it was measured.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from matrix.findings.glance import PLACES, SERVERS, Entry, Glance
from matrix.findings.goals import Line
from matrix.findings.sockets import Porting, is_just
from matrix.findings.summary import Fidelity, HeardLine, InShort, ToSet
from matrix.findings.titles import system
from matrix.report.blocks import Code, Inline, Own, counted, joined, prose
from matrix.report.goals import CRITERIA, known_options, short
from matrix.report.phrases import MAX_LISTED, between, listed
from matrix.report.pictures import heading
from matrix.report.versions import line_answer
from matrix.report.windows import gets_in
from matrix.report.words import heads
from matrix.vocabulary import Option, Outcome

Findings = Mapping[str, Any]
DEFAULT_THEN_REUSE = ("default", "SO_REUSEADDR")
BOTH_REUSE = (("SO_REUSEADDR", "SO_REUSEADDR"), ("SO_REUSEPORT", "SO_REUSEPORT"))
RECEIVED = {
    Entry.REFUSED: "is refused", Entry.KEPT: "receives nothing", Entry.SHARED: "receives a part", Entry.BOTH: "receives everything as well",
    Entry.TAKEN: "receives everything", Entry.NOBODY: "makes everything be lost",
}  # fmt: skip
WRITTEN = {Entry.SUCCEEDS: "on Windows it is documented to succeed", Entry.REFUSED: "on Windows it is documented to be refused"}


def none(found: Findings) -> Inline:
    """No sentence."""
    return ()


def needs(lines: Iterable[Line], heard: Iterable[HeardLine]) -> list[Inline]:
    """A sentence for each thing that platforms need: what is enough first, then what isn't, then what isn't known."""
    ordered = sorted(lines, key=lambda each: (not each.complete, not each.known))
    return [*map(need, ordered), *map(heard_need, heard)]


def need(each: Line) -> Inline:
    """What some platforms need."""
    if each.complete and all(option == Option.DEFAULT and not way for way, option in each.options):
        return prose("on {} none is needed", each.platforms)
    if each.complete:
        return prose("{} on {}", short(each), each.platforms)
    if each.known:
        return prose("on {} none does", each.platforms)
    unknown = joined((Own(CRITERIA[name][1]) for name in each.missing), ", or ")
    return prose("on {} that is not known, because it was not measured there whether {}", each.platforms, unknown)


def heard_need(each: HeardLine) -> Inline:
    """What others say of a system without a run."""
    where = prose("on {}, by documents, tests and reports,", system(each.system))
    if each.options is None:
        return prose("{} nothing is known", where)
    if not each.options:
        return prose("{} none is known", where)
    if Option.DEFAULT in each.options:
        return prose("{} none is needed", where)
    return prose("{} {}", where, known_options(each.options))


def needed(found: Findings, goals: tuple[str, ...]) -> list[Inline]:
    """What a TCP server needs for some goals."""
    advice: ToSet | None = found["advice"]
    if advice is None:
        return []
    lines = [each for each in advice.lines if each.goals == goals and each.protocol == "tcp"]
    heard = [each for each in advice.heard if each.goals == goals and each.protocol == "tcp"]
    return needs(lines, heard) if lines else []


def settings(found: Findings) -> Inline:
    """What a TCP server needs that starts again at once and keeps its port."""
    answers_of = needed(found, ("restart", "protect"))
    return prose("**Which option lets a TCP server start again at once, and keeps its traffic from any one other socket?** {}.",
                 joined(answers_of, "; ")) if answers_of else ()  # fmt: skip


def windows(found: Findings) -> Inline:
    """Who can take a port on Windows, by the strongest that is known."""
    if not found["windows"]:
        return ()
    by = (
        "By the strongest that is known"
        if found["windows"].measured
        else "No Windows has been measured yet; by tests, reports and documents"
    )
    takings = found["windows"].answers.takings
    ways = (
        prose("{}{}", Own("") if len(takings) == 1 else prose("{}: ", joined(each.situations, "; ")), gets_in(each)) for each in takings
    )
    return prose("**Can another process take my port on Windows?** {}, one of the same account {}.", Own(by), joined(ways, "; "))


def received(glance: Glance, entries: Iterable[Entry]) -> list[Inline]:
    """`receives everything on Linux and Wine`, for each thing that becomes of the second socket, without what documents say."""
    groups: dict[Entry, list[str]] = {}
    for label, entry in zip(glance.labels, entries, strict=False):
        groups.setdefault(entry, []).extend(heading(label))
    return [prose("{} on {}", RECEIVED[entry], listed(names)) for entry, names in groups.items() if entry in RECEIVED]


def under_the_wildcard(found: Findings) -> Inline:
    """The pair that people try first: a server without options on the wildcard, and SO_REUSEADDR on loopback."""
    glance: Glance | None = found["glance"]
    rows = [each for each in glance.rows if (each.addresses, each.options) == (PLACES[1], DEFAULT_THEN_REUSE)] if glance else []
    if glance is None or not rows:
        return ()
    answers_of: dict[Inline, list[str]] = {}
    for (protocol, _), entries in zip(SERVERS, rows[0].entries, strict=True):
        ways = [prose("it {}", way) for way in received(glance, entries)]
        ways += [Own(WRITTEN[entry]) for entry in entries[len(glance.labels) :] if entry in WRITTEN]
        if ways:
            answers_of.setdefault(joined(ways, "; "), []).append(protocol.upper())
    return prose("**A server without options has 0.0.0.0: may another socket bind 127.0.0.1 with `SO_REUSEADDR`?** {}.",
                 joined((prose("Over {}: {}", " and ".join(names), words) for words, names in answers_of.items()), ". "),
                 ) if answers_of else ()  # fmt: skip


def porting(found: Findings) -> Inline:
    """What a program meets that relies on Windows' documented answers and is moved."""
    moving: Porting | None = found["porting"]
    if moving is None or not moving.moves:
        return ()
    lets_in = [move for move in moving.moves if move.expected == Outcome.SUCCESS]
    refused = [sum(not is_just(move.answers[number], Outcome.SUCCESS) for move in lets_in) for number in range(len(moving.columns.shown))]
    if len(refused) > MAX_LISTED:
        where = prose("in {} of them, by platform", between(refused))
    else:
        where = listed(prose("in {} on {}", str(count), name) for count, name in zip(refused, heads(moving.columns), strict=True))
    return prose("**What changes for a program that is moved from Windows?** Of {} pairs of sockets without `SO_EXCLUSIVEADDRUSE` {} are "
                 "answered otherwise somewhere. Of the {} in which Windows is documented to let the second one in, it is refused, in some "
                 "situation at least: {}.", str(len(moving.moves)), str(moving.changed), str(len(lets_in)), where)  # fmt: skip


def documents(found: Findings) -> Inline:
    """Which page contradicts the guide's own table, and in how many cells."""
    short_of: InShort = found["in_short"]
    each = [prose("“{}” in {}", conflict.title, str(conflict.cells)) for conflict in short_of.conflicts]
    return (
        prose(
            "**Do Microsoft's pages agree with each other?** No. The guide, “{}”, has a table of {} pairs of sockets for Windows Server "
            "2003 and later. Other pages contradict it: {}.",
            short_of.guide, str(short_of.conflicts[0].of), listed(each),
        )
        if each
        else ()
    )  # fmt: skip


def differences(found: Findings) -> Inline:
    """On how many pairs of sockets the platforms differ, and what changed from version to version."""
    across = found["across"]
    pairs = [sum(len(each) for _, each in table.common) for table in (across.plain, across.mixed)] if across else []
    differing = sum(len(table.differing) for table in (across.plain, across.mixed)) if across else 0
    whole = (
        prose(
            "**How much do systems differ, and since when?** On {} of {} pairs of sockets. ",
            f"{differing:,}",
            f"{differing + sum(pairs):,}",
        )
        if across
        else ()
    )
    return (whole, joined(map(line_answer, found["versions"]), " "))


def receivers(found: Findings) -> Inline:
    """What the second of two UDP sockets on one address receives, by what both have set."""
    glance: Glance | None = found["glance"]
    if glance is None:
        return ()
    udp = next(number for number, (protocol, _) in enumerate(SERVERS) if protocol == "udp")
    answers_of: list[Inline] = []
    for row in glance.rows:
        if row.addresses == PLACES[0] and row.options in BOTH_REUSE:
            ways = joined(received(glance, row.entries[udp]))
            answers_of.append(prose("With {} on both it {}" if not answers_of else "with {} on both it {}", Code(row.options[0]), ways))
    return prose("**What does the second of two UDP sockets on one address receive?** {}.", joined(answers_of, "; ")) if answers_of else ()


def accounts(found: Findings) -> Inline:
    """Where it matters to whom a socket belongs."""
    effects = [each for each in found["accounts"].effects if each.cases] if found["accounts"] else []
    if not effects:
        return Own("No platform was measured with two accounts.")
    if len(effects) > MAX_LISTED:
        by_size: dict[int, list[int]] = {}
        for each in effects:
            by_size.setdefault(each.cases, []).append(each.changed)
        ways = [prose("in {} of {} cases, by platform", between(changed), f"{cases:,}") for cases, changed in by_size.items()]
    else:
        ways = [
            prose("in {} of {} cases on {}", f"{each.changed:,}", f"{each.cases:,}", each.platforms) if each.changed
            else prose("nowhere on {}", each.platforms) for each in sorted(effects, key=lambda each: -each.changed)
        ]  # fmt: skip
    return prose("**Whose the two sockets are changes the answer** {}.", joined(ways, "; "))


def closed(found: Findings) -> Inline:
    """What a listener needs to be started again."""
    answers_of = needed(found, ("restart",))
    return prose("**Which option lets a TCP server bind and listen again at once, whatever its connections left?** {}.",
                 joined(answers_of, "; ")) if answers_of else ()  # fmt: skip


def measured(found: Findings) -> Inline:
    """How many runs there are, and whether any is Windows."""
    platforms = found["platforms"].measured
    days = sorted({each.host.measured for each in platforms})
    when = f", measured {days[0]}" + (f" to {days[-1]}" if len(days) > 1 else "") if days else ""
    probes = len({each.host.probe_sha256 for each in platforms})
    return prose("**{}{}, by {}; {} of them Windows.**", counted(len(platforms), "run"), when,
                 counted(probes, "version") + " of the probe", str(len(found["opening"].windows)))  # fmt: skip


def verdicts(found: Findings) -> Inline:
    """How far each platform does what the current table says, and on which side it errs."""
    short_of: InShort = found["in_short"]
    if not short_of.fidelity:
        return ()
    asked = "**Does an imitation of Windows do what Windows is documented to?** {}"
    if len(short_of.fidelity) > MAX_LISTED:
        hold = between(each.whole for each in short_of.fidelity)
        cells = str(short_of.fidelity[0].cells)
        return prose(asked, prose("By platform, {} of the {} cells of the guide's table hold in every situation.", hold, cells))
    return prose(asked, joined(map(faithful, short_of.fidelity), " "))


def faithful(each: Fidelity) -> Inline:
    """One platform, or some of which the same is to be said."""
    ways = [
        prose(words, str(number))
        for words, number in (
            ("in {} the second socket is refused, in some situation at least, and the table lets it in", each.stricter),
            ("in {} it gets in and the table refuses it", each.weaker),
            ("in {} it is refused with another error", each.wrong_error),
        ) if number
    ]  # fmt: skip
    whole = prose(
        "On {}, {} of the {} cells of the guide's table hold in every situation", each.platforms, str(each.whole), str(each.cells)
    )
    return prose("{}; {}.", whole, joined(ways, "; ")) if ways else prose("{}.", whole)


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
