"""From version to version of one system; and the blocks about changes that commands and job summaries show."""

from matrix.findings.changes import Comparison, Differences, Drift, Step, Way
from matrix.findings.lookup import host_words
from matrix.records import Host
from matrix.report.blocks import Block, Break, Bullets, Code, Fold, Heading, Inline, Own, counted, joined, paragraph, prose, table

MAX_WAYS = 60  # lines of one table of departures
MAX_STEP_WAYS = 8  # the same of one step between versions
MAX_STEPS = 16
MAX_NAMED = 3  # of sockets, options or accounts in one cell; more are counted
MAX_CHANGES = 200  # lines of one run's drift in a summary


def versions(found: tuple[Step, ...]) -> list[Block]:
    """The chapter; without two versions of any system there is none."""
    if not found:
        return []
    blocks: list[Block] = [
        Heading(2, "From version to version"),
        paragraph("What a system answers otherwise than in the version before it that was measured, by what the cases have in common."),
    ]
    for step in found[:MAX_STEPS]:
        if not step.ways:
            blocks.append(
                paragraph("**{} to {}**: nothing changed in {} questions.", Code(step.before), Code(step.after), f"{step.questions:,}")
            )
            continue
        headline = prose(
            "**{} to {}**: {} of {} questions are answered otherwise", step.before, step.after, f"{step.changed:,}", f"{step.questions:,}"
        )
        blocks.append(Fold(headline, tuple(ways(step.ways, step.before, step.after, MAX_STEP_WAYS))))
    if len(found) > MAX_STEPS:
        blocks.append(paragraph("{} more steps are in `report.json`.", str(len(found) - MAX_STEPS)))
    return blocks


def ways(found: tuple[Way, ...], before: str, after: str, limit: int = MAX_WAYS) -> list[Block]:
    """A line for each way, with the sockets, options and accounts of its cases."""
    rows = [
        (f"{each.protocol.upper()} {each.state}".strip(), each.measure, each.before, each.after, few(each.addresses), few(each.options),
         few(each.accounts), f"{each.questions:,}")
        for each in found
    ]  # fmt: skip
    return table(["first socket", "measure", Code(before), Code(after), "addresses", "options", "account", "questions"], rows, limit)


def few(words: tuple[str, ...]) -> Inline:
    """The different words, or how many there are where nobody would read them all."""
    return joined(words, Break()) if len(words) <= MAX_NAMED else Own(f"{len(words)} of them")


def comparison(found: Comparison) -> list[Block]:
    """A run beside the published ones. The second block is the answer in one line."""
    title = Heading(2, prose("{} beside the published platforms", Code(found.host.target)))
    about = host_line(found.host, found.rows)
    if not found.meetings:
        return [title, paragraph("There is no other published platform."), about]
    near = found.meetings[0]
    rows = [
        (Code(each.target), f"{each.questions:,}", f"{each.equal:,}", f"{each.questions - each.equal:,}",
         f"{100 * each.equal / max(each.questions, 1):.1f} %")
        for each in found.meetings
    ]  # fmt: skip
    blocks: list[Block] = [
        title,
        paragraph("Nearest is {}, which answers the same in {} of the {} questions that both were asked.", Code(near.target),
                  f"{near.equal:,}", f"{near.questions:,}"),
        about,
        *table(["platform", "measured on both", "the same", "otherwise", "the same, of both"], rows),
    ]  # fmt: skip
    if not found.ways:
        return [*blocks, paragraph("Nothing is answered otherwise than by {}.", Code(near.target))]
    return [
        *blocks,
        paragraph("What it answers otherwise than {}:", Code(near.target)),
        *ways(found.ways, near.target, "here"),
        paragraph("`bind-matrix diff` shows each case."),
    ]


def host_line(host: Host, rows: int) -> Block:
    """What a run is, in a sentence."""
    return paragraph(
        "{}, {}, {}, {}, measured {}: {} observations.", host.system, host.name, host.kernel, host.python, host.measured, f"{rows:,}"
    )


def differences(found: Differences) -> list[Block]:
    """What changed from one run to another: the host, then the cases by what they have in common."""
    old, new = found.old, found.new
    title = (old.target, Own(f" ({old.measured}) → "), new.target, Own(f" ({new.measured})"))
    facts = [(Own("host, "), name, Own(": "), before, Own(" → "), after) for name, before, after in found.facts]
    blocks: list[Block] = [Heading(2, title), Bullets(tuple(facts) or (Own("host: no change"),))]
    alone = [
        f"{counted(number, 'question')} only in {host.target}" for number, host in ((found.only_old, old), (found.only_new, new)) if number
    ]
    others = Own("; " + ", ".join(alone)) if alone else Own("")
    if not found.changed:
        return [*blocks, paragraph("observations: no change in {} that both measured{}.", counted(found.questions, "question"), others)]
    return [
        *blocks,
        paragraph(
            "{} of {} that both measured are answered otherwise{}:", f"{found.changed:,}", counted(found.questions, "question"), others
        ),
        *ways(found.ways, old.target, new.target),
        paragraph("`--all` shows each case."),
    ]


def drift_lines(found: Drift) -> list[Inline]:
    """A line for each change: facts of the host first, then case by case."""
    lines: list[Inline] = [
        (found.old.target, Own(f" ({found.old.measured}) → "), found.new.target, Own(f" ({found.new.measured})")),
        *((Own("host: "), name, Own(": "), before, Own(" → "), after) for name, before, after in found.facts),
        *(() if found.facts else (Own("host: no change"),)),
        *((host_words(each.question), Own(": "), each.before, Own(" → "), each.after) for each in found.changes),
    ]
    return lines if found.changes else [*lines, Own(f"observations: no change in {found.rows:,} rows")]


def drift_fold(found: Drift) -> Block:
    """The same, folded, for a summary."""
    lines = drift_lines(found)
    more = len(lines) - MAX_CHANGES
    items = (*lines[:MAX_CHANGES], prose("and {} more; `bind-matrix diff` shows them all", f"{more:,}")) if more > 0 else tuple(lines)
    return Fold(prose("**{}**: since {}", found.new.target, found.old.measured), (Bullets(items),))


def too_many(left: int) -> Block:
    """What a summary says of changes for which it has no room."""
    return paragraph("The changes of {} are too many to be shown here.", counted(left, "more platform"))
