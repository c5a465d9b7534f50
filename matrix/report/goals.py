"""What `advise` shows: for each class of platforms the options that reach the goals, with the evidence and the lines of code."""

from collections.abc import Iterable, Sequence

from matrix.findings.criteria import Check
from matrix.findings.goals import Advice, Answer, Candidate, Line
from matrix.findings.recipes import SHOWN, Judged
from matrix.findings.titles import system
from matrix.findings.unmeasured import Elsewhere, Heard
from matrix.report.blocks import Block, Bullets, Code, Fold, Heading, Inline, Own, Paragraph, joined, paragraph, prose, table
from matrix.report.words import setting
from matrix.vocabulary import Option

# What a server does that reaches a goal.
GOALS = {
    "protect": "keeps its traffic from any one other socket",
    "restart": "starts again at once",
    "share": "shares its port with a second one of its own account, and with nobody else's",
    "dual-stack": "serves IPv4 and IPv6 on one port",
}
# The head of each criterion's column, what is missing where it is not met, and what it means.
CRITERIA = {
    "keeps-own": (
        "kept from own account",
        "another socket of its own account can take traffic",
        "no second socket of its own account received anything that was sent to it, or made it lose any",
    ),
    "keeps-other": (
        "kept from other accounts",
        "another account's socket can take traffic",
        "the same for a second socket of another account, whatever option that one sets",
    ),
    "restarts": (
        "starts again at once",
        "it can't start again at once",
        "a listener with the same option binds and listens again, whatever the connections of the one before it have left there: "
        "TIME_WAIT, and connections that are still open; asked over IPv4",
    ),
    "shares": (
        "shared",
        "two of them can't share all their traffic",
        "two such sockets live on one address, and what is sent there reaches now one and now the other",
    ),
    "one-socket": (
        "one socket serves both",
        "one socket does not serve both",
        "a socket on :: with V6ONLY off can be had, and nothing that was sent to it over IPv4 or IPv6 was lost",
    ),
    "two-sockets": (
        "two sockets serve both",
        "two sockets do not serve both",
        "one on 0.0.0.0 and one on :: with V6ONLY on live side by side, whichever is first, and each receives its own",
    ),
}
MAPPED = "* but not between IPv4 addresses written as IPv6 (::ffff:0.0.0.0, ::ffff:127.0.0.1)"
BY_OTHERS = "not measured: by documents, tests and reports"
SECOND_HAND = "Second-hand: nothing of it was measured by us."
ONE_OTHER = "As measured with one other socket at a time; it is no promise of the systems."


def headline(goals: Sequence[str], protocol: str) -> str:
    """What was asked, as a description of a server."""
    return f"A {protocol.upper()} server that {' and '.join(GOALS[goal] for goal in goals)}"


def advice(found: Advice) -> list[Block]:
    """The whole answer to some goals."""
    blocks: list[Block] = [Paragraph((Own(headline(found.goals, found.protocol)), Own(":")))]
    for each in found.answers:
        blocks += of_platforms(each)
    return [*blocks, Bullets(notes(found.answers))]


def brief(goals: Sequence[str], found: Sequence[Advice], lines: Sequence[Line], heard: Sequence[Elsewhere]) -> list[Block]:
    """The answer to some goals on one screen: what each class of platforms needs, and the lines of code; no evidence."""
    protocols = dict.fromkeys((*(each.protocol for each in found), *(each.protocol for each in heard)))
    several = len(protocols) > 1
    rows: list[tuple[Inline, ...]] = [(each.protocol.upper(), each.platforms, short(each)) for each in lines]
    rows += [(each.protocol.upper(), f"{system(each.system)}, {BY_OTHERS}", known_options(each.meeting)) for each in heard]
    head: list[Inline] = ["", "platforms", "needs before bind"]
    names = " and ".join(protocol.upper() for protocol in protocols)
    chosen = {(each.way, each.option): each for advice in found for one in advice.answers if one.complete for each in one.chosen}
    code = [line for candidate in chosen.values() for line in code_lines(candidate, bool(candidate.way))]
    return [
        Paragraph(Own(f"A {names} server that {' and '.join(GOALS[goal] for goal in goals)}:")),
        *table(head if several else head[1:], [row if several else row[1:] for row in rows], limit=1000),
        Bullets((*code, Own(ONE_OTHER if found else SECOND_HAND), Own("The cases that speak for and against: --all."))),
    ]


def known_options(meeting: tuple[str, ...] | None) -> Inline:
    """The smallest option that does by what others say, in short; any one of them where that is not the default."""
    if meeting is None:
        return Own("not known")
    if Option.DEFAULT in meeting:
        return setting(Option.DEFAULT)
    return joined(map(setting, meeting), " or ") if meeting else Own("none is known")


def of_platforms(each: Answer) -> list[Block]:
    """The answer for some platforms: in a sentence, as a table of all options, and as code."""
    if not each.candidates:
        return [Heading(3, each.platforms), paragraph("Nothing of this was measured here.")]
    ways = len({candidate.way for candidate in each.candidates}) > 1
    criteria = list(dict.fromkeys(check.criterion for candidate in each.candidates for check in candidate.checks))
    head: list[Inline] = ["option", *(["sockets"] if ways else []), *(Own(CRITERIA[name][0]) for name in criteria)]
    rows = [
        (setting(candidate.option), *([candidate.way] if ways else []), *(cell(candidate, name) for name in criteria))
        for candidate in each.candidates
    ]  # fmt: skip
    code = [line for candidate in each.chosen for line in code_lines(candidate, each.complete and ways)] if each.complete else []
    return [Heading(3, each.platforms), Paragraph(sentence(each)), *table(head, rows), *([Bullets(tuple(code))] if code else [])]


def sentence(each: Answer) -> Inline:
    """What is enough, or what is missing."""
    if each.complete:
        return (joined((enough(candidate) for candidate in each.chosen), ", or "), Own("."))
    lacking = joined(
        (prose("{} ({})", setting(candidate.option), joined(map(lack, missing(candidate)), "; ")) for candidate in each.chosen), ", "
    )
    known = any(check.met is False for candidate in each.chosen for check in missing(candidate))
    first = "Nothing does all of this. Nearest: {}." if known else "Not known in full: {}."
    return prose(first, lacking)


def enough(candidate: Candidate) -> Inline:
    """The smallest set."""
    does = prose("{} does", Code(candidate.option)) if candidate.settings else Own("no option is needed")
    return (Own(f"{candidate.way}: "), does) if candidate.way else does


def missing(candidate: Candidate) -> list[Check]:
    """The required criteria that a candidate doesn't meet."""
    return [check for check in candidate.checks if check.required and not check.met]


def lack(check: Check) -> Inline:
    """A criterion that is not met, with the first case that shows it."""
    head, missing, _ = CRITERIA[check.criterion]
    if check.met is None:
        return Own(f"{head}: not measured")
    example = (Own(", as "), Code(check.examples[0])) if check.examples else ()
    return (Own(f"{missing}: {check.against:,} of {check.cases:,} cases"), *example)


def cell(candidate: Candidate, criterion: str) -> Inline:
    """How a criterion came out: a word, and by how many cases."""
    check = next((check for check in candidate.checks if check.criterion == criterion), None)
    if check is None:
        return Own("-")
    if check.met is None:
        return Own("not measured")
    if check.met:
        star = " *" if check.aside else ""
        return Own(f"yes, {check.cases:,} cases{star}" if check.cases else "yes")
    return Own(f"no: {check.against:,} of {check.cases:,}")


def code_lines(candidate: Candidate, with_way: bool) -> list[Inline]:
    """The lines before bind, in Python and in C."""
    of = f" ({candidate.way})" if with_way else ""
    return [(Own(f"{name}{of}: "), Code(" ".join(lines))) for name, lines in (("C", candidate.c), ("Python", candidate.python)) if lines]


def notes(answers: Iterable[Answer]) -> tuple[Inline, ...]:
    """What the columns mean, and how far the answer reaches."""
    checks = [check for each in answers for candidate in each.candidates for check in candidate.checks]
    shown = dict.fromkeys(check.criterion for check in checks)
    words: list[Inline] = [Own(f"{CRITERIA[name][0]}: {CRITERIA[name][2]}") for name in shown]
    return (*words, *([Own(MAPPED)] if any(check.aside and check.met for check in checks) else []), Own(ONE_OTHER))


def overview(found: Sequence[Line], heard: Sequence[Elsewhere]) -> list[Block]:
    """A line for each goal and the platforms with one answer, without the evidence; then what others say of systems without a run."""
    lines: list[tuple[Sequence[str], str, str, Inline]] = [
        (each.goals, each.protocol, each.platforms, short(each)) for each in found
    ]  # fmt: skip
    lines += [
        (each.goals, each.protocol, f"{system(each.system)} *", known_options(each.meeting)) for each in heard if each.meeting is not None
    ]
    rows = gathered(lines)
    star = (
        [Own("* not measured: by what documents, published tests and reports say")]
        if any(each.meeting is not None for each in heard)
        else []
    )
    kept = [0, *([1] if len({each[1] for each in lines}) > 1 else []), 2, 3]
    head: list[Inline] = ["a server that", "", "platforms", "needs before bind"]
    blocks = table([head[place] for place in kept], [[row[place] for place in kept] for row in rows], limit=1000) if rows else []
    return [*blocks, Bullets((*star, Own(ONE_OTHER), Own("A goal, as `restart`, shows the evidence and the lines of code.")))]


def gathered(lines: Sequence[tuple[Sequence[str], str, str, Inline]]) -> list[tuple[Inline, ...]]:
    """Rows of goals, protocols, platforms and needs: protocols with the same needs together, and each set of goals named once."""
    rows: list[tuple[Inline, ...]] = []
    for wanted in dict.fromkeys(tuple(goals) for goals, *_ in lines):
        protocols: dict[tuple[str, Inline], list[str]] = {}
        for goals, protocol, platforms, needs in lines:
            if tuple(goals) == wanted:
                protocols.setdefault((platforms, needs), []).append(protocol.upper())
        server = " and ".join(GOALS[goal] for goal in wanted)
        rows += [
            ("" if number else server, ", ".join(names), platforms, needs)
            for number, ((platforms, needs), names) in enumerate(protocols.items())
        ]
    return rows


def short(each: Line) -> Inline:
    """The options alone, or why there are none."""
    if each.complete:
        return joined(((Own(f"{way}: ") if way else Own(""), setting(option)) for way, option in each.options), "; or ")
    if each.known:
        return Own("no option does")
    return Own("not measured: " + ", ".join(CRITERIA[name][0] for name in each.missing))


def recipes(found: Iterable[Judged]) -> list[Block]:
    """What runtimes set by default, and what that comes to where it was measured."""
    shown = [each for each in found if each.targets]
    rows = [
        (each.recipe.runtime, each.recipe.call, each.recipe.protocol.upper(), setting(each.recipe.option), each.platforms,
         *map(yes, each.checks))
        for each in shown
    ]  # fmt: skip
    head = ["runtime", "call", "", "sets by default", "platforms", *(CRITERIA[name][0] for name in SHOWN)]
    sources = dict.fromkeys((each.recipe.runtime, each.recipe.protocol, each.recipe.systems, each.link, each.recipe.note) for each in found)
    items = [
        (runtime, Own(", "), protocol.upper(), Own(", "), systems, Own(": "), link, *((Own(" ("), note, Own(")")) if note else ()))
        for runtime, protocol, systems, link, note in sources
    ]  # fmt: skip
    return [*table(head, rows, limit=1000), Bullets((Own(ONE_OTHER),)), Fold(Own("Where that was read"), (Bullets(tuple(items)),))]


def yes(check: Check) -> Inline:
    """A criterion in one word."""
    return Own({True: "yes", False: "no", None: "not measured"}[check.met])


def second_hand(each: Elsewhere) -> list[Block]:
    """What others say of a system without a run."""
    found = each.options
    heading = Heading(3, (system(each.system), Own(f", {each.protocol.upper()}: not measured")))
    if not found:
        return [heading, paragraph("No run of it is published yet, and nobody else's evidence speaks of this.")]
    criteria = [each.criterion for each in found[0].heard]
    rows = [(setting(option.option), *map(heard_cell, option.heard)) for option in found]
    examples = [
        prose("{}, {}: {} — {}, {}", setting(option.option), Own(CRITERIA[heard.criterion][1]), Code(example.case), Own(example.rung),
              example.link or example.source)
        for option in found for heard in option.heard for example in heard.examples[:1]
    ]  # fmt: skip
    return [
        heading,
        paragraph("No run of it is published yet. What documents, published tests and reports say of two sockets over IPv4, on 0.0.0.0 "
                  "and on loopback; second-hand, and never counted as measured:"),
        *([] if each.meeting is None else [doing(each.meeting)]),
        *table(["option", *(CRITERIA[name][0] for name in criteria)], rows),
        *([Bullets(tuple(examples))] if examples else []),
    ]  # fmt: skip


def doing(options: tuple[str, ...]) -> Block:
    """The options that do, by what is said of them."""
    if not options:
        return paragraph("By these, no option is known that does.")
    return paragraph("By these, {} does: nothing that is known speaks against it.", joined(map(setting, options), " or "))


def heard_cell(heard: Heard) -> Inline:
    """What is known of a criterion, and by whom."""
    if not heard.known:
        return Own("nothing known")
    who = ", ".join(f"{count} {rung}" for rung, count in heard.rungs)
    return Own(f"{f'no: {heard.against} of {heard.known} cases' if heard.against else f'yes, {heard.known} cases'} ({who})")
