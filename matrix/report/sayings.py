"""What others say of a system without a run, a line for each saying; and the words for outcomes that every answer shares."""

from collections.abc import Iterable, Mapping, Sequence

from matrix.findings.rungs import Rung
from matrix.findings.sayings import Part, Saying, Sentence, Unmeasured
from matrix.findings.titles import alternatives, range_words, spaced, version_words
from matrix.probe.vocabulary import DESTINATIONS
from matrix.report.blocks import Block, Bullets, Inline, Link, Own, Paragraph, counted
from matrix.report.question import receiver
from matrix.vocabulary import MEANINGS, WINSOCK

DELIVERS = {f"deliver-{each.name}": each.literal or "the other IPv4 address" for each in DESTINATIONS}
INHERITS = {f"inherit-{each.name}": each.literal or "the other IPv4 address" for each in DESTINATIONS}
GROUPS = {
    "multicast-first": "a group that only the first joined", "multicast-both": "a group that both joined",
    "multicast-second": "a group that only the second joined",
}  # fmt: skip
CLOSED = "once the first has closed, "
RUNGS = {
    Rung.ASSERTED: "asserted by a test", Rung.REPORTED: "reported", Rung.DOCUMENTED: "documented", Rung.MEASURED: "measured",
}  # fmt: skip
CALLS = {
    "bind": "the second bind", "listen": "the second listen", "first-listen": "the first one's listen",
    "freed": "the second bind, once what was left on the port has ended,",
}  # fmt: skip
OUTCOMES = {
    "UNSTABLE": "differs from attempt to attempt", "UNSUPPORTED": "no such socket here", "NOT_RUN": "not measured",
}  # fmt: skip
LATE = {
    "counts": "an option set after bind counts", "ignored": "an option set after bind does not count",
    "indistinct": "the same with the option and without", "neither": "neither as with the option nor as without",
    "refused": "the option can't be set after bind",
}  # fmt: skip
ERRORS = {"INUSE": "EADDRINUSE", "ACCESS": "EACCES", "REFUSED": ""}  # of refusals, where the error is known
# How a system is reached whose run is still to come.
REACHES = {
    "hosted": "a GitHub runner", "vm": "a virtual machine on a GitHub runner", "wsl": "WSL on a GitHub runner",
    "stack": "a runner on which it is installed", "container": "a container on a Windows runner",
    "manual": "a virtual machine that somebody starts by hand",
}  # fmt: skip
ALL_GROUPS = "a group, whichever of the two joined it"


def refused_with(words: Sequence[str], name: str) -> str:
    """`refused`, with the errors that it may come with, as a system names them."""
    prefix = "WSA" if name in WINSOCK else ""
    errors = [f"{prefix}{ERRORS.get(word, word)}" for word in words if ERRORS.get(word, word)]
    return f"refused with {' or '.join(errors)}" if errors else "refused"


def call_words(outcome: str, name: str = "") -> str:
    """The outcome of a call: `succeeds`, `is refused with EADDRINUSE or EACCES`, `may succeed or be refused`."""
    words = tuple(dict.fromkeys(alternatives(outcome)))
    if "LEFT_OPEN" in words:
        return "may succeed or fail"
    refusals = [word for word in words if word != "SUCCESS" and word not in OUTCOMES]
    parts = [*(["succeeds"] if "SUCCESS" in words else []), *([f"is {refused_with(refusals, name)}"] if refusals else []),
             *(OUTCOMES[word] for word in words if word in OUTCOMES)]  # fmt: skip
    return " or ".join(parts)


def part_words(part: Part, name: str) -> str:
    """One thing that is said, as a clause."""
    measure = part.measures[0]
    if measure in CALLS:
        return f"{CALLS[measure]} {call_words(part.outcome, name)}"
    for start, names in ((CLOSED, INHERITS), ("", DELIVERS), ("", GROUPS)):
        if measure in names:
            to = places_of(part.measures, names)
            if part.outcome == "LEFT_OPEN":
                return f"{start}who receives what is sent to {' or '.join(to)} is not defined"
            return start + " or ".join(receiver(who, to) for who in alternatives(part.outcome))
    return answer_words(measure, part.outcome)


def places_of(measures: Sequence[str], names: Mapping[str, str]) -> list[str]:
    """The destinations of measures in words."""
    return [ALL_GROUPS] if set(measures) == set(GROUPS) else [names[each] for each in measures]


def answer_words(measure: str, outcome: str) -> str:
    """What a measure that is no call of the second socket and no traffic answers, as a clause."""
    if measure == "late-option":
        return LATE.get(outcome, outcome)
    if measure == "notice":
        return "the first has no error to report" if outcome == "silent" else f"the first reports {outcome}"
    if measure in CALLS:
        return f"{CALLS[measure]} {call_words(outcome)}"
    return f"{MEANINGS.get(measure, measure)}: {outcome}"


def unmeasured(each: Unmeasured, records: int, labels: Sequence[str], *, everything: bool) -> list[Block]:
    """A system without a run: that there is none and why, what others know, and what its own documents say near by."""
    name = version_words(each.system, each.version)
    head = f"{name}: not measured by us{f' yet: it takes {REACHES[each.reaches[0]]}, and none has reported' if each.reaches else ''}."
    sayings = each.sayings or each.near
    if not sayings and not each.sentences:
        return [Paragraph(Own(f"{head} No test, report or document that we know speaks of this."))]
    if not records and not everything:
        about = "it" if each.sayings else f"the same on {each.near_address}, not of this case"
        known = f"Others know {counted(len(sayings), 'thing')} about {about}" if sayings else "Its documents speak of other cases only"
        return [Paragraph(Own(f"{head} {known}: --all shows them."))]
    items: list[Inline] = []
    if everything:
        items += [record for saying in sayings for record in in_full(saying, each.system, labels)]
    else:
        shown = foremost(sayings, records)
        items += [saying_line(saying, each.system, labels) for saying in shown]
        more = len(sayings) - len(shown)
        items += [Own(f"{more} more, by --all")] if more else []
    if each.sayings:
        says = "Others know:"
    elif each.near:
        says = f"Others know of the same on {each.near_address}, not of this case:"
    else:
        says = "Its documents say, but not of this case:"
        items += map(sentence, each.sentences if everything else each.sentences[:records])
    return [Paragraph(Own(f"{head} {says}")), Bullets(tuple(items))]


def foremost(sayings: Sequence[Saying], records: int) -> list[Saying]:
    """As many sayings as there is room for: those about the bind first, in the order of the rungs."""
    ranked = sorted(sayings, key=lambda each: not any(part.measures[0] == "bind" for part in each.parts))[:records]
    return [each for each in sayings if each in ranked]


def saying_line(each: Saying, name: str, labels: Sequence[str]) -> Inline:
    """`documented: the second bind succeeds (Windows Server 2003 and later) — Microsoft: …; and 3 more`."""
    clauses, about = "; ".join(part_words(part, name) for part in each.parts), of_cases(each.parts, labels)
    record = each.records[0]
    parts = [*about]
    parts += [range_words(name, since, until) for since, until in each.ranges] or (
        [record.date] if record.date else ["no version named"] if each.rung == Rung.DOCUMENTED else ["version not stated"])  # fmt: skip
    parts += [f"{record.sure} confidence"] if record.sure and len(each.records) == 1 else []
    more = f"; and {counted(len(each.sources) - 1, 'more source')}" if len(each.sources) > 1 else ""
    return (Own(f"{RUNGS[Rung(each.rung)]}: {clauses} ({'; '.join(parts)}) — "), each.sources[0], Own(more))


def of_cases(parts: Sequence[Part], labels: Sequence[str]) -> list[str]:
    """The cases that something is said of, where it is not said of all."""
    places = dict.fromkeys(place for part in parts for place in part.cases)
    return [", ".join(labels[place] for place in places)] if len(places) < len(labels) else []


def in_full(each: Saying, name: str, labels: Sequence[str]) -> Iterable[Inline]:
    """A line for every record of a saying."""
    clauses, about = "; ".join(part_words(part, name) for part in each.parts), of_cases(each.parts, labels)
    for record in each.records:
        notes = [*about, record.versions, *([record.date] if record.date else []), *([f"{record.sure} confidence"] if record.sure else []),
                 *([f"leaves open: {', '.join(map(spaced, record.unstated))}"] if record.unstated else [])]  # fmt: skip
        source = f"{record.source}, {record.section}"
        link: Inline = Link(source, record.link) if record.link else source
        yield (Own(f"{RUNGS[record.rung]}: {clauses} ("), "; ".join(notes), Own(") — "), link,
               *((Own(": "), record.statement) if record.statement else ()))  # fmt: skip


def sentence(each: Sentence) -> Inline:
    """A sentence of a system's own document."""
    remark = (Own(" ("), each.remark, Own(")")) if each.remark else ()
    return (each.source, Own(", "), each.section, Own(": "), each.sentence, *remark)
