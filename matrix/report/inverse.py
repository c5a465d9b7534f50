"""What `find` shows: which pairs of sockets live beside each other, and which are refused, by platform; and since which version."""

from collections.abc import Sequence

from matrix.findings.inverse import BOUND_ONLY, LIVE, Change, Found, Kind, Side
from matrix.findings.rungs import Rung
from matrix.findings.titles import alternatives, system, version_words
from matrix.questions.reader import Meaning
from matrix.questions.settled import ANY
from matrix.report.asked import behind, elsewhere, expected, imitations, steady, understood
from matrix.report.blocks import Block, Bullets, Inline, Own, Paragraph, counted, table
from matrix.report.question import SHORT_STATES, receiver
from matrix.report.sayings import CALLS, DELIVERS, GROUPS, INHERITS, LATE, RUNGS, call_words, places_of, sentence
from matrix.report.screen import Detail
from matrix.vocabulary import LIVE_NAMES, WORDS

DESTINATIONS = {**DELIVERS, **INHERITS, **GROUPS}


def found(answer: Found, detail: Detail) -> list[Block]:
    """The answer to an inverse question."""
    blocks = understood(answer.meaning)
    measured = [side for side in answer.sides if side.targets]
    changed = since(answer, detail)
    blocks += changed if answer.meaning.versions else []
    if any(side.kinds for side in measured):
        blocks += sides(measured, answer.meaning, detail)
    elif measured:
        blocks.append(Paragraph(Own("None of the platforms that were measured answers so.")))
    blocks += [] if answer.meaning.versions else changed
    for one in answer.unmeasured:
        others = [(side, kind) for side in answer.sides if not side.targets and side.name == one.system for kind in side.kinds]
        items = [second_hand(side, kind, answer.meaning) for side, kind in others]
        shown: list[Inline] = list(items if detail.everything else items[: detail.records])
        shown += [Own(f"{len(items) - len(shown)} more, by --all")] if shown and len(items) > len(shown) else []
        near = [] if items and not detail.everything else list(map(sentence, one.sentences if detail.everything else one.sentences[:1]))
        title = version_words(one.system, one.version)
        also = " Others know of the second socket's bind:" if shown else " Its documents say, of other cases:" if near else ""
        also = f" Others know of such pairs ({counted(len(items), 'line')}, by --all)." if items and not shown else also
        blocks.append(Paragraph(Own(f"{title}: not measured by us.{also}")))
        blocks += [Bullets((*shown, *near))] if shown or near else []
    return [*blocks, *elsewhere(answer.absent, answer.spoken_of)]


def sides(measured: Sequence[Side], meaning: Meaning, detail: Detail) -> list[Block]:
    """The platforms by class: results, and the options that come to them."""
    rows: list[tuple[Inline, ...]] = []
    cut = 0
    for side in measured:
        shown = side.kinds[: detail.rows]
        cut += len(side.kinds) - len(shown)
        name = side.name
        for number, kind in enumerate(shown):
            rows.append((name if not number else "", result(kind, meaning), *pair(kind, meaning)))
        if not shown:
            rows.append(
                (name, f"has no {' and no '.join(side.lacks)}" if side.lacks else "nothing of the kind", *[""] * len(heads(meaning)))
            )
    if not detail.rows:
        return [Paragraph(Own(f"{counted(cut, 'row')} of pairs, by --all."))]
    notes = imitations(each for side in measured for each in side.imitates)
    notes += [f"{counted(cut, 'more row')}, by --all."] if cut else []
    below = [Paragraph(Own(" ".join(notes)))] if notes else []
    return [*table(["measured on", "", *heads(meaning)], rows, limit=1000), *below]


def since(answer: Found, detail: Detail) -> list[Block]:
    """What changed from version to version of each system; that nothing did, if it was asked."""
    asked = answer.meaning.versions
    blocks: list[Block] = []
    for each in answer.versions:
        if not each.changes:
            continue
        shown = each.changes[: max(detail.records, 2) if asked else detail.records]
        more = [Own(f"{counted(len(each.changes) - len(shown), 'more change')}, by --all")] if len(each.changes) > len(shown) else []
        names = f"{system(each.system)} changed between versions that were measured ({', '.join(each.versions)})"
        if shown:
            blocks += [Paragraph(Own(f"{names}:")), Bullets((*(change(one, answer.meaning) for one in shown), *more))]
        else:
            blocks.append(Paragraph(Own(f"{names}: {counted(len(each.changes), 'change')}, by --all.")))
    same = [(each.system, each.versions) for each in answer.versions if not each.changes]
    return [*blocks, *(steady(same) if asked and (same or not blocks) else [])]


def change(each: Change, meaning: Meaning) -> Inline:
    """`first none; second SO_REUSEADDR: refused, EADDRINUSE up to 5.10.46; both listen since 6.1.176`."""
    named = (("first", each.now.firsts), ("second", each.now.seconds))
    options = "; ".join(f"{name} {listed(of)}" for name, of in named)
    before = Kind(protocol=each.now.protocol, states=each.now.states, measures=each.now.measures, result=each.was,
                  firsts=each.now.firsts, seconds=each.now.seconds)  # fmt: skip
    where = f" ({state_words(each.now)})" if len(meaning.states) > 1 else ""
    return Own(f"{options}{where}: {words(before)} up to {each.before}; {words(each.now)} since {each.after}.{behind(each.notes)}")


def heads(meaning: Meaning) -> list[str]:
    """Columns for what may be any; a socket whose option was given needs none."""
    first, second = meaning.first, meaning.second
    if not first or not second:
        return []
    return [name for name, socket in (("first socket", first), ("second socket", second)) if socket.option == ANY]


def pair(kind: Kind, meaning: Meaning) -> list[Inline]:
    """The options of a row, for the columns that there are."""
    columns = {"first socket": kind.firsts, "second socket": kind.seconds}
    return [listed(columns[name]) for name in heads(meaning)]


def listed(options: Sequence[str]) -> str:
    """Options in the vocabulary's order; the one without any is `none`."""
    return ", ".join("none" if option == "default" else option for option in sorted(options, key=WORDS["first_option"].index))


def result(kind: Kind, meaning: Meaning) -> str:
    """What it comes to."""
    states = f"{state_words(kind)}: " if len(meaning.states) > 1 else ""
    protocol = f"{kind.protocol.upper()}: " if len(meaning.protocols) > 1 else ""
    return f"{protocol}{states}{words(kind)}"


def state_words(kind: Kind) -> str:
    """The states of the first socket, short."""
    return ", ".join(SHORT_STATES.get(state, state) for state in kind.states)


def words(kind: Kind) -> str:
    """The result of the calls, or of measures."""
    if kind.measures:
        return measure_words(kind)
    if kind.result == LIVE:
        live = set(kind.states) <= set(LIVE_NAMES)
        return "both are bound" if kind.protocol == "udp" else "both listen" if live else "binds and listens"
    if kind.result == BOUND_ONLY:
        return "binds, and one listen is refused"
    return f"refused, {kind.result}"


def measure_words(kind: Kind) -> str:
    """What measures answer, those that differ in the destination alone together."""
    first = kind.measures[0]
    if first == "late-option":
        return LATE.get(kind.result, kind.result)
    if first in DESTINATIONS:
        after = "once the first has closed, " if first in INHERITS else ""
        to = places_of(kind.measures, DESTINATIONS)
        return after + " or ".join(receiver(who, to) for who in alternatives(kind.result))
    if first in CALLS:
        return f"{CALLS[first]} {call_words(kind.result)}"
    return expected(kind.result)


def second_hand(side: Side, kind: Kind, meaning: Meaning) -> Inline:
    """One line of what others know."""
    options = "; ".join(f"{name} {listed(of)}" for name, of in (("first", kind.firsts), ("second", kind.seconds)))
    states = f" ({state_words(kind)})" if len(meaning.states) > 1 else ""
    return Own(f"{RUNGS[Rung(side.rung)]}: it {call_words(kind.result, side.name)}{states} — {options}")
