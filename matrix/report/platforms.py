"""Legs, platforms, and what was left out."""

from matrix.findings.platforms import LeftOut, Legs, Platform, Platforms
from matrix.findings.titles import release, system
from matrix.report.blocks import Block, Bullets, Code, Folder, Heading, Inline, Own, Strong, joined, paragraph, prose, table
from matrix.vocabulary import SAME_KERNEL

COMMON = 3  # the first of the columns that are said once where they are the same for all
LEG_WORDS: dict[str, Inline] = {
    "fresh": Own("measured now"),
    "kept": Strong(Own("missing, the last good run is shown")),
    "missing": Strong(Own("missing, never measured")),
}


def legs(found: Legs) -> list[Block]:
    """The result of each leg: an expected platform that is absent is shown as missing, an old run with its day."""
    rows = [
        (Code(leg.target), (LEG_WORDS[leg.state], *((Own(" (may fail)"),) if leg.may_fail else ())), leg.shown or Own("—"), leg.reason)
        for leg in found.legs
    ]
    return [
        Heading(2, "Legs"),
        paragraph("{} of {} expected platforms sent no new run.", str(found.absent), str(len(rows))),
        *table(["platform", "state", "shown as of", "why"], rows),
    ]


def platforms(found: Platforms) -> list[Block]:
    """What was measured, and what was not yet."""
    header = ["platform", "what it is", "version and kernel", "machine and Python", "account", "measured", "rows"]
    rows = [platform(each) for each in found.measured]
    common = [number for number in range(COMMON, len(header) - 1) if len(rows) > 1 and len({row[number] for row in rows}) == 1]
    of_all = joined((prose("{} {}", header[number], rows[0][number]) for number in common), "; ")
    kept = [number for number in range(len(header)) if number not in common]
    blocks: list[Block] = [
        Heading(2, "Platforms"),
        *([paragraph("Of all of them: {}.", of_all)] if common else []),
        *table([header[number] for number in kept], [[row[number] for number in kept] for row in rows], limit=1000),
    ]
    if found.accepts_unknown_options:
        words = "{} lets an option be set that nobody ever defined, so there `setsockopt`'s success says nothing."
        blocks.append(Bullets((prose(words, found.accepts_unknown_options),)))
    if found.documented:
        guide = [(*each.cells, each.runs or Strong(Own("no run yet"))) for each in found.documented]
        blocks.append(paragraph("The guide's own list of platforms, with what it says of each, and the run that would show it:"))
        blocks += table(["platform of the guide", "SO_REUSEADDR", "SO_EXCLUSIVEADDRUSE", "enhanced socket security", "run"], guide)
    return blocks


def platform(each: Platform) -> tuple[Inline, ...]:
    """One line of the platforms' table."""
    host = each.host
    what: list[Inline] = [system(host.system)]
    if host.imitates:
        what += [Own(f", {promise(host.system)} "), release(host.imitates.system, host.imitates.version)]
    if host.container:
        what += [Own(", in "), host.container]
    for name, value in sorted(host.stated.items()):
        what += [Own(", "), f"{name} {value}"]
    rows: list[Inline] = [f"{each.rows:,}"]
    if host.selection:
        rows += [Own(" (only "), Code(host.selection), Own(")")]
    if host.no_wildcard:
        rows.append(Own(" (no wildcard)"))
    if each.older:
        rows.append(Own(f" (asked with the older vocabulary {host.vocabulary})"))
    kernel = (Own(", kernel "), host.kernel) if host.kernel != host.version else ()
    return (run(each), tuple(what), (host.version or Own("not known"), kernel), (host.machine, Own(", "), host.python), host.account,
            host.measured, tuple(rows))  # fmt: skip


def promise(system_id: str) -> str:
    """What a system is to the one whose behaviour it promises."""
    return "runs the kernel of" if system_id in SAME_KERNEL else "imitates"


def run(each: Platform) -> Inline:
    """A run's name, which leads to its files where it is known how they lie to the report."""
    return Folder(Code(each.host.target), each.folder) if each.folder else Code(each.host.target)


def left_out(found: LeftOut) -> list[Block]:
    """Runs that could not be reported, and faults in the claims."""
    items: list[Inline] = []
    for folder, faults, more in found.runs:
        items.append((Strong(folder), Own(": "), joined(faults, "; "), *((Own(f"; and {more} more"),) if more else ())))
    return [
        Heading(2, "Left out"),
        paragraph("These are not in the report, because they can't be believed:"),
        Bullets((*items, *found.claims)),
    ]
