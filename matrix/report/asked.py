"""What `explain` shows of a question: what was understood, what happens, who receives, what is known elsewhere, the documents."""

from collections.abc import Iterable, Sequence

from matrix.findings.asked import Answer, CaseAnswer, OfClass, Reply, Unmeasured
from matrix.findings.facts import Fact
from matrix.findings.rungs import Known, Rung
from matrix.findings.titles import alternatives, spaced, system
from matrix.probe.vocabulary import DESTINATIONS
from matrix.questions.grammar import SocketError, Topic
from matrix.questions.reader import Meaning
from matrix.report.blocks import Block, Bullets, Inline, Link, Own, Paragraph, joined, table
from matrix.report.question import SHORT_STATES, assumed, receiver, sentence, unclear
from matrix.report.words import marked
from matrix.vocabulary import MEANINGS, Relation

MAX_RECORDS = 3  # of one rung, unless everything is wanted
MAX_DOCUMENTS = 4
RECEIVERS = {
    "split": "shared between both", "both": "each gets a copy", "first": "goes to the first", "second": "goes to the second",
    "none": "nobody receives it",
}  # fmt: skip
DELIVERS = {f"deliver-{each.name}": each.literal or "the other IPv4 address" for each in DESTINATIONS}
INHERITS = {f"inherit-{each.name}": each.literal or "the other IPv4 address" for each in DESTINATIONS}
DESTINATION_OF = {f"{kind}{each.name}": each.name for kind in ("deliver-", "inherit-") for each in DESTINATIONS}
GROUPS = {
    "multicast-first": "a group that only the first joined", "multicast-both": "a group that both joined",
    "multicast-second": "a group that only the second joined",
}  # fmt: skip
CALLS = {"bind": "bind", "listen": "listen", "first-listen": "the first one's listen", "freed": "bind once that has ended"}
LATE = {
    "counts": "an option set after bind counts", "ignored": "an option set after bind does not count",
    "indistinct": "no difference: the answer is the same with and without the option", "neither": "an answer of its own",
    "refused": "an option can't be set after bind",
}  # fmt: skip
RUNGS = {
    Rung.ASSERTED: "asserted by a test", Rung.REPORTED: "reported by others", Rung.DOCUMENTED: "documented", Rung.MEASURED: "measured",
}  # fmt: skip
OUTCOMES = {
    "SUCCESS": "succeeds", "INUSE": "refused, EADDRINUSE", "ACCESS": "refused, EACCES", "REFUSED": "refused",
    "UNSTABLE": "differs from attempt to attempt", "UNSUPPORTED": "no such socket here", "NOT_RUN": "not measured",
    "LEFT_OPEN": "left open",
}  # fmt: skip

REFUSALS = {"INUSE": "EADDRINUSE", "ACCESS": "EACCES", "REFUSED": ""}  # with the error, where it is known


def answered(found: Answer, *, everything: bool) -> list[Block]:
    """The answer to a question about two sockets."""
    blocks = understood(found.meaning)
    several = len(found.cases) > 1
    for case in found.cases:
        blocks += of_case(case, several, everything)
    return [*blocks, *elsewhere(found.absent)]


def understood(meaning: Meaning) -> list[Block]:
    """The question in a sentence, what was assumed, and what was not understood."""
    text = sentence(meaning)
    given = assumed(meaning)
    lines = [Paragraph(Own(f"{text}  (assumed: {given})" if given else text))]
    return [*lines, *(Paragraph(each) for each in unclear(meaning))]


def of_case(case: CaseAnswer, several: bool, everything: bool) -> list[Block]:
    """One case: measured by class, then what others know, then the documents."""
    head = SHORT_STATES.get(case.words[4], f"{case.words[0].upper()}, {case.words[4]}") if several else "measured on"
    rows = [(each.name, happens(each.replies), attempts(each), receives(case, each.replies), remark(each)) for each in case.classes]
    blocks: list[Block] = []
    if any(each.replies for each in case.classes):
        columns = ("", "the second socket", "in", "who receives", "")
        kept = [0, 1, 2, *(place for place in (3, 4) if any(row[place] for row in rows))]
        header = [head if place == 0 else columns[place] for place in kept]
        blocks += table(header, [[row[place] for place in kept] for row in rows])
    elif case.classes:
        blocks.append(Paragraph(Own(f"No run has this case ({case.id}): these systems don't have the option, or the address.")))
    for each in case.unmeasured:
        blocks += second_hand(each, case.served, everything)
    return blocks + documents(case, everything)


def happens(replies: Sequence[Reply]) -> str:
    """What the calls came to, in words."""
    calls = {each.measure: each for each in replies}
    bind = calls.get("bind")
    if bind is None:
        return "does not have this case"
    if bind.outcome in ("UNSTABLE", "NOT_RUN", "UNSUPPORTED"):
        return f"{OUTCOMES[bind.outcome]}: {bind.detail}"
    found = [f"refused, {bind.error}" if bind.error else "binds"]
    for measure, words in (("listen", "listens"), ("first-listen", "the first can listen")):
        each = calls.get(measure)
        if each and each.outcome == "SUCCESS":
            found.append(words)
        elif each and each.error:
            found.append(f"{CALLS[measure]} refused, {each.error}")
    for each in replies:
        if each.measure in ("notice", "freed", "late-option"):
            found.append(other(each))
    return "; ".join(found)


def other(each: Reply) -> str:
    """Measures that are neither a call of the second socket nor about who receives."""
    if each.measure == "late-option":
        return LATE.get(each.outcome, each.outcome)
    if each.measure == "notice":
        return "the first has no error to report" if each.outcome == "silent" else f"the first reports {each.outcome}"
    return f"{CALLS['freed']}: {OUTCOMES.get(each.outcome, each.outcome)}"


def receives(case: CaseAnswer, replies: Iterable[Reply]) -> str:
    """Who receives what is sent to the addresses that either socket serves, and to groups."""
    found: dict[tuple[str, str], list[str]] = {}
    for each in replies:
        for kind, names in (("", DELIVERS), ("once the first has closed, ", INHERITS), ("", GROUPS)):
            if each.measure in names and (names is GROUPS or DESTINATION_OF[each.measure] in case.served):
                found.setdefault((kind, each.outcome), []).append(names[each.measure])
    return "; ".join(f"{kind}{receiver(who, places)}" for (kind, who), places in found.items())


def attempts(each: OfClass) -> str:
    """How many attempts gave this answer, and on how many runs."""
    measured = [reply for reply in each.replies if reply.attempts]
    if not measured:
        return ""
    least = min(measured, key=lambda reply: (reply.agreed - reply.attempts, reply.attempts))
    runs = f", {len(each.targets)} runs" if len(each.targets) > 1 else ""
    return f"{least.agreed} of {least.attempts}{runs}"


def remark(each: OfClass) -> str:
    """What an imitation is not."""
    return f"imitates {system(each.imitates)}; is not {system(each.imitates)}" if each.imitates else ""


def second_hand(each: Unmeasured, served: Sequence[str], everything: bool) -> list[Block]:
    """A system without a run: that there is none, and what others know, by rung."""
    name = " ".join((system(each.system), each.version)).strip()
    records = [(measure, known) for measure, known in each.records if DESTINATION_OF.get(measure, served[0]) in served]
    if not records:
        return [Paragraph(Own(f"{name}: not measured by us, and we know of no test, report or document about it."))]
    items: list[Inline] = []
    for rung in Rung:
        of_rung = [(measure, known) for measure, known in records if known.rung == rung]
        shown = of_rung if everything else first_of(of_rung)
        items += [record(measure, known, everything) for measure, known in shown]
        if len(of_rung) > len(shown):
            items.append(Own(f"{RUNGS[rung]}: {len(of_rung) - len(shown)} more, by --all"))
    return [Paragraph(Own(f"{name}: not measured by us. Others know:")), Bullets(tuple(items))]


def first_of(records: Sequence[tuple[str, Known]]) -> list[tuple[str, Known]]:
    """The strongest records of each outcome, so that a disagreement shows."""
    by_outcome: dict[tuple[str, str], tuple[str, Known]] = {}
    for measure, known in records:
        by_outcome.setdefault((measure, known.outcome), (measure, known))
    return list(by_outcome.values())[:MAX_RECORDS]


def record(measure: str, known: Known, everything: bool) -> Inline:
    """One line of what others know."""
    source = Link(f"{known.source}, {known.section}", known.link) if known.link and everything else f"{known.source}, {known.section}"
    about = "" if measure == "bind" else f"{subject(measure)}: "
    extra = "".join((f"; {known.date}" if known.date else "", f"; {known.sure} confidence" if known.sure else ""))
    left = f"; leaves open: {', '.join(map(spaced, known.unstated))}" if known.unstated and everything else ""
    words = (Own(f"{RUNGS[known.rung]}: {about}{outcome_words(known.outcome)} ("), f"{known.versions}{extra}", Own(f"{left}) — "), source)
    return (*words, Own(": "), known.statement) if everything and known.statement else words


def subject(measure: str) -> str:
    """What a measure is about, short."""
    names = {**CALLS, **{name: f"what is sent to {to}" for name, to in DELIVERS.items()},
             **{name: f"what is sent to {to} once the first has closed" for name, to in INHERITS.items()}, **GROUPS}  # fmt: skip
    return names.get(measure, MEANINGS.get(measure, measure))


def outcome_words(outcome: str) -> str:
    """An outcome as a reader takes it; several refusals are one, with the errors that it may come with."""
    given = dict.fromkeys(alternatives(outcome))
    refusals = [each for each in given if each in REFUSALS]
    if len(refusals) > 1:
        errors = " or ".join(REFUSALS[each] for each in refusals if REFUSALS[each])
        given = {f"refused, {errors}": None, **{each: None for each in given if each not in REFUSALS}}
    return " or ".join(OUTCOMES.get(each, RECEIVERS.get(each, each)) for each in given)


def documents(case: CaseAnswer, everything: bool) -> list[Block]:
    """What documents and tests say of the systems that were measured, and whether it holds there."""
    lines: list[Inline] = []
    for each in case.documents:
        held = [(platforms, verdict) for platforms, verdict, relation in each.verdicts
                if everything or relation == Relation.SUBJECT]  # fmt: skip
        if held:
            verdicts = joined((marked(verdict), Own(" on "), platforms) for platforms, verdict in held)
            lines.append((each.source, Own(", "), each.section, Own(f": {outcome_words(each.expected)} — "), verdicts))
    if not lines:
        return []
    shown = lines if everything else lines[:MAX_DOCUMENTS]
    more = [Own(f"{len(lines) - len(shown)} more statements, by --all")] if len(lines) > len(shown) else []
    return [Paragraph(Own("What documents and published tests say of these systems:")), Bullets((*shown, *more))]


def elsewhere(absent: Sequence[str]) -> list[Block]:
    """Systems that are expected and that no run is of."""
    return [Paragraph(Own(f"{', '.join(map(system, absent))}: not measured by us yet."))] if absent else []


def error(found: SocketError) -> list[Block]:
    """What an error means, and when it comes."""
    names = f"{found.name} ({found.windows} on Windows)" if found.windows else found.name
    return [
        Paragraph(Own(f"{names}: {found.numbers}. {found.means}")),
        Bullets(tuple(Own(f"with another socket: {each}") for each in found.when)),
        Bullets(tuple(Own(f"without any: {each}") for each in found.free)),
        Paragraph((Own("Documented: "), Link(found.source, found.source))),
    ]


def topic(found: Topic) -> list[Block]:
    """What is missing, and what is near."""
    words = Own(f"{'In part only' if found.partly else 'Not asked yet'}: {found.missing}")
    if found.partly:
        return [Paragraph(words)]
    return [Paragraph(words), Paragraph(Own(f'Nearest that is known: bind-matrix explain "{found.near}"'))]


def privileged(port: int) -> Block:
    """What may refuse a port below 1024 though nobody holds it."""
    return Paragraph(Own(f"Port {port} is below 1024: most Unixes let only root bind it, and answer EACCES although nobody holds it. "
                         "What is measured here is a port that anybody may bind."))  # fmt: skip


def more(text: str, everything: bool, *, code: bool) -> list[Block]:
    """What else can be had: a program, where there is one, and the detail that was not asked for."""
    parts = [f'Try it: bind-matrix explain "{text}" --code python'] if code else []
    parts += [] if everything else ["Everything: --all"]
    return [Paragraph(Own("   ".join(parts)))] if parts else []


def no_windows() -> Block:
    """No imitation takes the place of Windows."""
    return Paragraph(Own("No Windows was measured by us yet; what imitates it is not Windows."))


def facts(found: Sequence[Fact]) -> list[Block]:
    """Facts of each host."""
    if not found:
        return [Paragraph(Own("No run has this fact."))]
    rows = [(MEANINGS[each.measure], each.about, each.name, ", ".join(filter(None, (outcome_words(each.outcome), each.error))))
            for each in found]  # fmt: skip
    return [*table(["asked of each system", "", "measured on", "answer"], rows, limit=1000)]
