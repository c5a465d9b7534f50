"""From version to version of one system; and the blocks about changes that commands and job summaries show."""

from matrix.findings.changes import Comparison, Differences, Drift, Way
from matrix.findings.links import commit_url
from matrix.findings.lookup import host_words
from matrix.findings.titles import system
from matrix.findings.versions import Changed, Line, Release
from matrix.records import Host, Note
from matrix.report.blocks import Block, Break, Bullets, Code, Fold, Heading, Inline, Link, Own, counted, joined, paragraph, prose, table
from matrix.report.phrases import MAX_LISTED, between, listed, shift_sentence
from matrix.report.words import percent

MAX_WAYS = 60  # lines of one table of departures
MAX_STEPS = 8  # of one system, the newest
MAX_SENTENCES = 50  # about changes from version to version, dealt out evenly
MIN_SENTENCES = 2  # of one step
MAX_NAMED = 3  # of sockets, options or accounts in one cell; more are counted
MAX_CHANGES = 200  # lines of one run's drift in a summary


def versions(found: tuple[Line, ...]) -> list[Block]:
    """The chapter; without two versions of any system there is none."""
    if not found:
        return []
    steps = sum(min(len(each.steps), MAX_STEPS) for each in found)
    limit = max(MIN_SENTENCES, MAX_SENTENCES // max(steps, 1))
    blocks: list[Block] = [
        Heading(2, "From version to version"),
        paragraph("What the next version that was measured answers otherwise, by what the questions have in common."),
    ]
    for each in found:
        blocks += version_line(each, limit)
    return blocks


def line_answer(found: Line) -> Inline:
    """How much changed in one system."""
    first, last = found.releases[0].version, found.releases[-1].version
    changing = [step for step in found.steps if step.changed]
    whole = prose("From {} {} to {}", system(found.system), first, last)
    if not changing:
        return prose("{} **nothing** changed.", whole)
    if len(changing) > MAX_LISTED:
        questions = between(step.changed for step in changing)
        return prose("{} the answers to {} questions changed with each of {} versions.", whole, questions, str(len(changing)))
    where = listed(
        prose("to {} with {}" if number else "to {} changed with {}", f"{step.changed:,}" if number else counted(step.changed, "question"),
              step.after.version) for number, step in enumerate(changing)
    )  # fmt: skip
    return prose("{} the answers {}.", whole, where)


def version_line(found: Line, limit: int) -> list[Block]:
    """The steps of one system."""
    name = system(found.system)
    blocks: list[Block] = [
        Heading(3, Own(f"{name} {found.releases[0].version} to {found.releases[-1].version}")),
        paragraph("Measured: {}.", joined(map(release, found.releases))),
    ]
    if len(found.steps) > MAX_STEPS:
        blocks.append(
            paragraph("The last {} steps; {} before them are in `report.json`.", str(MAX_STEPS), str(len(found.steps) - MAX_STEPS))
        )
    for step in found.steps[-MAX_STEPS:]:
        headline = prose("**{} to {}**: ", step.before.version, step.after.version)
        if not step.changes:
            blocks.append(paragraph("{}nothing changed in {} questions.", headline, f"{step.questions:,}"))
            continue
        blocks.append(paragraph("{}{} of {} questions are answered otherwise.", headline, f"{step.changed:,}", f"{step.questions:,}"))
        more = len(step.changes) - limit
        items = [change(each) for each in step.changes[:limit]]
        if more > 0:
            left = sum(each.shift.questions for each in step.changes[limit:])
            items.append(prose("and {}, of {}: `report.json` has them.", counted(more, "smaller change"), counted(left, "question")))
        blocks.append(Bullets(tuple(items)))
    return blocks


def release(found: Release) -> Inline:
    """A run by its id, with its version where the id doesn't say it."""
    return Code(found.target) if found.names_version else (Own(f"{found.version} as "), Code(found.target))


def change(found: Changed) -> Inline:
    """One change, whether it was so before, and the commits that speak of it."""
    back = (prose(" As in {}.", found.as_in),) if found.as_in else ()
    return (shift_sentence(found.shift), *back, *map(note, found.notes))


def note(found: Note) -> Inline:
    """A commit: its title as a link, and what it does."""
    url = commit_url(found.repository, found.revision)
    return prose(" Probably behind it: “{}”. {}", Link(found.title, url), found.text)


def ways(found: tuple[Way, ...], before: str, after: str, limit: int = MAX_WAYS) -> list[Block]:
    """A line for each way, with the sockets, options and accounts of its cases."""
    rows = [
        (f"{each.protocol.upper()} {each.state}".strip(), each.measure, each.before, each.after, few(each.addresses), few(each.options),
         few(each.accounts), f"{each.questions:,}")
        for each in found
    ]  # fmt: skip
    return table(["first socket", "measure", before, after, "addresses", "options", "account", "questions"], rows, limit)


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
        (each.name, f"{each.questions:,}", f"{each.equal:,}", f"{each.questions - each.equal:,}",
         percent(each.equal, each.questions))
        for each in found.meetings
    ]  # fmt: skip
    blocks: list[Block] = [
        title,
        paragraph("Nearest is {}, which answers the same in {} of the {} questions that both were asked.", near.name,
                  f"{near.equal:,}", f"{near.questions:,}"),
        about,
        *table(["platform", "measured on both", "the same", "otherwise", "the same, of both"], rows),
    ]  # fmt: skip
    if not found.ways:
        return [*blocks, paragraph("Nothing is answered otherwise than by {}.", near.name)]
    return [
        *blocks,
        paragraph("What it answers otherwise than {}:", near.name),
        *ways(found.ways, near.name, "here"),
        paragraph("`bind-matrix diff` shows each case."),
    ]


def host_line(host: Host, rows: int) -> Block:
    """What a run is, in a sentence."""
    return paragraph(
        "{}, {}, {}, {}, measured {}: {} observations.",
        system(host.system),
        host.name,
        host.kernel,
        host.python,
        host.measured,
        f"{rows:,}",
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
        Bullets(tuple(map(shift_sentence, found.shifts[:MAX_WAYS]))),
        *([paragraph("and {}.", counted(len(found.shifts) - MAX_WAYS, "smaller change"))] if len(found.shifts) > MAX_WAYS else []),
        paragraph("`--all` shows each case."),
    ]


def drift_lines(found: Drift) -> list[Inline]:
    """A line for each change: facts of the host first, then what the cases have in common, then case by case."""
    lines: list[Inline] = [
        (found.old.target, Own(f" ({found.old.measured}) → "), found.new.target, Own(f" ({found.new.measured})")),
        *((Own("host: "), name, Own(": "), before, Own(" → "), after) for name, before, after in found.facts),
        *(() if found.facts else (Own("host: no change"),)),
        *map(shift_sentence, found.shifts),
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
