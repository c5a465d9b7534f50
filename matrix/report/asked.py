"""What `explain` shows of a question: what was understood, what happens, who receives, since which version, what is known elsewhere, the
documents; and errors, facts, and what cannot be asked."""

from collections.abc import Callable, Iterable, Sequence

from matrix.findings.asked import Answer, Case, OfClass, Reply, Result
from matrix.findings.facts import Fact
from matrix.findings.lookup import Statement
from matrix.findings.since import Line, Step
from matrix.findings.titles import system
from matrix.questions.grammar import SocketError, Topic
from matrix.questions.reader import Meaning
from matrix.records import Note
from matrix.report.blocks import Block, Bullets, Inline, Own, Paragraph, counted, joined, table
from matrix.report.blocks import Link as WebLink
from matrix.report.question import SHORT_STATES, assumed, better, sentence, unclear
from matrix.report.sayings import CLOSED, DELIVERS, GROUPS, INHERITS, OUTCOMES, answer_words, call_words, places_of, unmeasured
from matrix.report.screen import Detail
from matrix.report.words import marked
from matrix.vocabulary import MEANINGS, Relation

RECEIVERS = {
    "first": "the first", "second": "the second", "split": "both share it", "both": "a copy to each", "none": "nobody",
    "refused": "refused",
}  # fmt: skip
ASIDE = ("notice", "freed", "late-option")  # measures that are neither a call of the second socket nor about who receives


def answered(found: Answer, detail: Detail) -> list[Block]:
    """The answer to a question about two sockets."""
    names = labels(found.cases)
    blocks = understood(found.meaning) if found.meaning.first else matching(found)
    changed = since(found.versions, names, detail, asked=found.meaning.versions)
    shown = measured(found, names, detail)
    blocks += [*changed, *shown] if found.meaning.versions else [*shown, *changed]
    for each in found.unmeasured:
        blocks += unmeasured(each, detail.records, names, everything=detail.everything)
    return [*blocks, *documents(found.documents, detail), *elsewhere(found.absent, found.spoken_of)]


def understood(meaning: Meaning) -> list[Block]:
    """The question in a sentence, what was assumed, and what was not understood."""
    text = sentence(meaning)
    given = assumed(meaning)
    lines = [Paragraph(Own(f"{text}  (assumed: {given})" if given else text))]
    return [*lines, *unclear_words(meaning)]


def unclear_words(meaning: Meaning) -> list[Block]:
    """What was read otherwise than typed, and what was left out."""
    return [Paragraph(each) for each in unclear(meaning)]


def better_asked(meaning: Meaning, newest: Callable[[str], str]) -> list[Block]:
    """The commands that answer better. `newest`: the run of a system's newest version."""
    return [Paragraph(Own(each)) for each in better(meaning, newest)]


def matching(found: Answer) -> list[Block]:
    """What a pattern of ids stands for."""
    cases = found.cases
    return [Paragraph((found.meaning.text, Own(f" matches {cases[0].id if len(cases) == 1 else counted(len(cases), 'case')}.")))]


def labels(cases: Sequence[Case]) -> list[str]:
    """What tells the cases of a question apart: the state, the protocol, or the whole id. Of one case nothing."""
    if len(cases) < 2:
        return [""] * len(cases)
    varying = {place for place in range(len(cases[0].words)) if len({case.words[place] for case in cases}) > 1}
    if varying <= {0, 4}:
        if 0 in varying:
            return [f"{case.words[0].upper()}, {case.words[4]}" for case in cases]
        return [SHORT_STATES.get(case.words[4], case.words[4]) for case in cases]
    if varying <= {2, 3, 6, 7}:
        sockets = [(name, at) for name, at in (("first", 2), ("second", 6)) if varying & {at, at + 1}]
        return [", ".join(f"{name} {case.words[at]}@{case.words[at + 1]}" for name, at in sockets) for case in cases]
    return [case.id for case in cases]


def measured(found: Answer, names: Sequence[str], detail: Detail) -> list[Block]:
    """The platforms by class: what the second socket comes to, in which cases, and who receives."""
    several = len(found.cases) > 1
    rows: list[tuple[Inline, ...]] = []
    cut = 0
    for each in found.classes:
        name = each.name
        shown = each.results[: detail.rows]
        cut += len(each.results) - len(shown)
        for number, result in enumerate(shown):
            rows.append((name if not number else "", happens(result.replies), case_words(result, names, detail) if several else "",
                         attempts(each, result), receives(result.replies)))  # fmt: skip
        if each.lacks or not each.results:
            rows.append((name if not shown else "", lacking(each), "", "", ""))
    if not any(each.results for each in found.classes):
        each_lacks = "; ".join(f"{each.name}: {lacking(each)}" for each in found.classes)
        return [Paragraph(Own(f"No run has this: {each_lacks}."))] if found.classes else []
    header = ("measured on", "the second socket", "where the first is" if set(names) & set(SHORT_STATES.values()) else "case",
              "attempts", "who receives")  # fmt: skip
    kept = [place for place in range(len(header)) if any(row[place] for row in rows)]
    notes = imitations(one for each in found.classes for one in each.imitates)
    notes += [f"{counted(cut, 'more row')}, by --all."] if cut else []
    below = [Paragraph(Own(" ".join(notes)))] if notes else []
    return [*table([header[place] for place in kept], [[row[place] for place in kept] for row in rows], limit=1000), *below]


def lacking(each: OfClass) -> str:
    """Why platforms lack some of the cases, or all."""
    if each.lacks == ("account",):
        return "no second account could be had"
    return f"has no {' and no '.join(each.lacks)}" if each.lacks else "has no such address, or was not asked"


def case_words(result: Result, names: Sequence[str], detail: Detail) -> str:
    """The cases of a result, as far as there is room."""
    shown = result.cases[: detail.cases]
    more = f" and {len(result.cases) - len(shown)} more" if len(result.cases) > len(shown) else ""
    return ", ".join(names[place] for place in shown) + more


def happens(replies: Sequence[Reply]) -> str:
    """What the calls came to, in words."""
    calls = {each.measure: each for each in replies}
    bind = calls.get("bind")
    if bind is None:
        return "not asked there"
    if bind.outcome in OUTCOMES:
        return f"{OUTCOMES[bind.outcome]}: {bind.detail}" if bind.detail else OUTCOMES[bind.outcome]
    listen, first = calls.get("listen"), calls.get("first-listen")
    words = f"refused, {bind.error}" if bind.error else "binds" + (" and listens" if listen and listen.outcome == "SUCCESS" else "")
    found = [words]
    found += [f"its listen is refused, {listen.error}"] if listen and listen.error else []
    found += [f"the first one's listen is refused, {first.error}" if first.error else "the first can listen, too"] if first else []
    return "; ".join([*found, *(other(each) for each in replies if each.measure in ASIDE)])


def other(each: Reply) -> str:
    """A measure that is neither a call of the second socket nor about who receives."""
    result = each.error or each.outcome
    return f"once that has ended, it {call_words(result)}" if each.measure == "freed" else answer_words(each.measure, result)


def receives(replies: Iterable[Reply]) -> str:
    """Who receives what is sent to the addresses that either socket serves, and to groups."""
    found: dict[tuple[str, str], list[str]] = {}
    for each in replies:
        for kind, names in (("", DELIVERS), (CLOSED, INHERITS), ("", GROUPS)):
            if each.measure in names:
                found.setdefault((kind, each.outcome), []).append(each.measure)
    names = {**DELIVERS, **INHERITS, **GROUPS}
    return "; ".join(
        f"{kind}at {' and '.join(places_of(measures, names))}: {RECEIVERS.get(who, who)}" for (kind, who), measures in found.items()
    )


def attempts(each: OfClass, result: Result) -> str:
    """How many attempts gave this answer where the fewest did, and on how many runs."""
    given = [reply for reply in result.replies if reply.attempts]
    if not given:
        return ""
    least = min(given, key=lambda reply: (reply.agreed - reply.attempts, reply.attempts))
    runs = f", {len(each.targets)} runs" if len(each.targets) > 1 else ""
    return f"{least.agreed} of {least.attempts}{runs}"


def imitations(found: Iterable[tuple[str, str]]) -> list[str]:
    """What imitations are not. `found`: a system, and the system that it imitates."""
    pairs = list(dict.fromkeys(found))
    if len(pairs) < 2:
        return [f"{system(name)} imitates {system(imitated)} and is not {system(imitated)}." for name, imitated in pairs]
    return [f"Imitations, not the systems themselves: {', '.join(f'{system(name)} (of {system(imitated)})' for name, imitated in pairs)}."]


def since(found: Sequence[Line[tuple[Reply, ...]]], names: Sequence[str], detail: Detail, *, asked: bool) -> list[Block]:
    """Since which version a system answers as it does; where nothing changed only if that was asked."""
    changing = [line for line in found if line.steps]
    every = [step_words(line.system, step, names, detail) for line in changing for step in line.steps]
    items = every[: max(detail.records, 2)]
    items += [Own(f"{counted(len(every) - len(items), 'more change')} between versions, by --all")] if len(every) > len(items) else []
    lines: list[Block] = [Paragraph(items[0])] if len(items) == 1 else [Bullets(tuple(items))] if items else []
    same = [(line.system, line.versions) for line in found if not line.steps]
    return [*lines, *(steady(same) if asked and (same or not lines) else [])]


def step_words(name: str, step: Step[tuple[Reply, ...]], names: Sequence[str], detail: Detail) -> Inline:
    """`Wine: refused, WSAEADDRINUSE up to 5.0.3; binds and listens since 8.0 (measured at these two, not between them).`"""
    was, now = outcome(step.was, step.now), outcome(step.now, step.was)
    which = f", {case_words(Result(cases=step.about, replies=()), names, detail)}" if len(names) > 1 else ""
    return Own(f"{system(name)}{which}: {was} up to {step.before}; {now} since {step.after} (measured at these two, not between them)."
               f"{behind(step.notes)}")  # fmt: skip


def behind(notes: Sequence[Note]) -> str:
    """The commits that may be behind a change: their titles, and where they are."""
    return "".join(f" Probably behind it: “{each.title}”, {each.repository} {each.revision[:12]}." for each in notes)


def outcome(replies: Sequence[Reply], beside: Sequence[Reply]) -> str:
    """What changed in words: the calls, or who receives where the calls came to the same."""
    calls = happens(replies)
    return calls if calls != happens(beside) else receives(replies) or calls


def steady(found: Sequence[tuple[str, Sequence[str]]]) -> list[Block]:
    """That nothing changed among the versions that were measured. `found`: systems, each with its versions."""
    if not found:
        return [Paragraph(Own("No system was measured in two versions that have this."))]
    names = ", ".join(f"{system(name)} ({', '.join(versions)})" for name, versions in found)
    return [Paragraph(Own(f"The same at every version that was measured: {names}. Of earlier ones, and between them, nothing is known."))]


def documents(found: Sequence[Statement], detail: Detail) -> list[Block]:
    """What documents and tests say of the systems that were measured, and whether it holds there."""
    lines: list[Inline] = []
    for each in found:
        held = [(platforms, verdict) for platforms, verdict, relation in each.verdicts
                if detail.everything or relation == Relation.SUBJECT]  # fmt: skip
        if held:
            verdicts = joined((marked(verdict), Own(" on "), platforms) for platforms, verdict in held)
            lines.append((each.title, Own(", "), each.section, Own(f": {expected(each.expected)} — "), verdicts))
    if not lines:
        return []
    shown = lines if detail.everything else lines[: detail.statements]
    rest = len(lines) - len(shown)
    if not shown:
        return [Paragraph(Own(f"Documents and published tests of these systems: {counted(rest, 'statement')}, by --all."))]
    more = [Own(f"{rest} more, by --all")] if rest else []
    return [Paragraph(Own("What documents and published tests say of these systems:")), Bullets((*shown, *more))]


def expected(words: str) -> str:
    """What a document or a test expects of a measure."""
    if words in ("first", "second", "split", "both", "none", "silent"):
        return {"first": "the first receives", "second": "the second receives", "split": "both share", "both": "each gets a copy",
                "none": "nobody receives", "silent": "no error"}[words]  # fmt: skip
    return call_words(words)


def elsewhere(absent: Sequence[str], spoken_of: Sequence[str]) -> list[Block]:
    """Systems that are expected and that no run is of; of which of them something is known."""
    if not absent:
        return []
    names = ", ".join(map(system, spoken_of))
    known = f" Second-hand something is known of {names}: add a name to see it." if spoken_of else ""
    return [Paragraph(Own(f"Not measured by us yet: {', '.join(map(system, absent))}.{known}"))]


def error(found: SocketError, detail: Detail) -> list[Block]:
    """What an error means, and when it comes."""
    names = f"{found.name} ({found.windows} on Windows)" if found.windows else found.name
    when = [*(f"Where a socket has the port: {each}" for each in found.when), *(f"Where nobody has it: {each}" for each in found.free)]
    return [
        Paragraph(Own(f"{names}: {found.numbers}. {found.means}")),
        *([Bullets(tuple(map(Own, when)))] if detail.everything or detail.rows > 1 else []),
        Paragraph((Own("Documented: "), WebLink(found.source, found.source))),
    ]


def topic(found: Topic) -> list[Block]:
    """What is missing, and what is near."""
    words = Own(f"{'Answered in part' if found.partly else 'No answer yet'}: {found.missing}")
    if found.partly:
        return [Paragraph(words)]
    return [Paragraph(words), Paragraph(Own(f'Nearest that is known: bind-matrix explain "{found.near}"'))]


def privileged(port: int) -> Block:
    """What may refuse a port below 1024 though nobody holds it."""
    return Paragraph(Own(f"Port {port} is below 1024: most Unixes let only root bind it, and answer EACCES although nobody holds it. "
                         "What is measured here is a port that anybody may bind."))  # fmt: skip


def more(text: str, page: str, *, everything: bool, code: bool) -> list[Block]:
    """What else can be had: a program, where there is one; the detail that was not asked for; the page, where one was written."""
    parts = [f'Try it: bind-matrix explain "{text}" --code python'] if code else []
    parts += [] if everything else ["Everything: --all"]
    lines = [Paragraph(Own("   ".join(parts)))] if parts else []
    return [*lines, *([Paragraph(Own(f"On the page: {page}"))] if page else [])]


def facts(found: Sequence[Fact], detail: Detail) -> list[Block]:
    """Facts of each host: for each class of platforms, what has one answer together."""
    if not found:
        return [Paragraph(Own("No run has this fact."))]
    rows: dict[tuple[str, str, str], list[str]] = {}
    for each in found:
        answer = f"refused, {each.error}" if each.error else fact_words(each.outcome)
        rows.setdefault((each.measure, each.name, answer), []).append(each.about)
    shown = [(MEANINGS[measure], ", ".join(filter(None, about)), name, answer) for (measure, name, answer), about in rows.items()]
    kept = shown if detail.everything else shown[: detail.rows]
    more = [Paragraph(Own(f"{len(shown) - len(kept)} more, by --all."))] if len(shown) > len(kept) else []
    alone = [Paragraph(Own(f"{kept[0][0][:1].upper()}{kept[0][0][1:]}:"))] if len({row[0] for row in kept}) == 1 else []
    head = ["asked of each system", "of", "measured on", "answer"]
    places = [place for place in range(4) if (place or not alone) and any(row[place] for row in kept)]
    return [*alone, *table([head[place] for place in places], [[row[place] for place in places] for row in kept], limit=1000), *more]


def fact_words(outcome: str) -> str:
    """The answer to a fact of the host."""
    known = {"SUCCESS": "yes", "NOT_RUN": "not measured", "UNSUPPORTED": "no such option", "above-49151": "49152 and above",
             "below-49152": "below 49152", "both-sides": "on both sides of 49152", "all": "all of it", "some": "a part of it"}  # fmt: skip
    return known.get(outcome, outcome)
