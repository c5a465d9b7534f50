"""What `find` shows: which pairs of sockets live beside each other, and which are refused, by platform."""

from collections.abc import Sequence

from matrix.findings.inverse import BOUND_ONLY, LIVE, Found, Kind, Side
from matrix.findings.titles import system
from matrix.questions.reader import ANY, Meaning
from matrix.report.asked import LATE, OUTCOMES, RUNGS, elsewhere, outcome_words, subject, understood
from matrix.report.blocks import Block, Bullets, Inline, Own, Paragraph, table
from matrix.report.question import SHORT_STATES
from matrix.vocabulary import WORDS

MAX_KINDS = 14  # rows of one class, unless everything is wanted


def found(answer: Found, *, everything: bool) -> list[Block]:
    """The answer to an inverse question."""
    blocks = understood(answer.meaning)
    measured = [side for side in answer.sides if side.targets]
    if any(side.kinds for side in measured):
        blocks += sides(measured, answer.meaning, everything)
    elif measured:
        blocks.append(Paragraph(Own("None of the platforms that were measured answers so.")))
    for name, version in answer.unmeasured:
        others = [side for side in answer.sides if not side.targets and side.name == name]
        known = any(side.kinds for side in others)
        title = " ".join((system(name), version)).strip()
        also = " Others know of the second one's bind:" if known else ""
        blocks.append(Paragraph(Own(f"{title}: not measured by us.{also}")))
        if known:
            blocks.append(Bullets(tuple(second_hand(side, kind, answer.meaning) for side in others for kind in side.kinds)))
    return [*blocks, *elsewhere(answer.absent)]


def sides(measured: Sequence[Side], meaning: Meaning, everything: bool) -> list[Block]:
    """The platforms by class: results, and the options that come to them."""
    rows: list[tuple[Inline, ...]] = []
    cut = 0
    for side in measured:
        shown = side.kinds if everything else side.kinds[:MAX_KINDS]
        cut += len(side.kinds) - len(shown)
        name = side.name + (f" (imitates {system(side.imitates)}; is not {system(side.imitates)})" if side.imitates else "")
        for number, kind in enumerate(shown):
            rows.append((name if not number else "", result(kind, meaning), *pair(kind, meaning)))
        if not shown:
            rows.append((name, "nothing of the kind", *[""] * len(heads(meaning))))
    more = [Paragraph(Own(f"{cut:,} more rows, by --all."))] if cut else []
    return [*table(["measured on", "", *heads(meaning)], rows, limit=1000), *more]


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
    states = f"{SHORT_STATES.get(kind.state, kind.state)}: " if len(meaning.states) > 1 else ""
    protocol = f"{kind.protocol.upper()}: " if len(meaning.protocols) > 1 else ""
    about = f"{subject(kind.measure)}: " if kind.measure and kind.measure not in ("late-option", "bind") else ""
    return f"{protocol}{states}{about}{words(kind)}"


def words(kind: Kind) -> str:
    """The result of the calls, or of a measure."""
    if kind.measure == "late-option":
        return LATE.get(kind.result, kind.result)
    if kind.measure:
        return outcome_words(kind.result)
    if kind.result == LIVE:
        return {"udp": "both are bound"}.get(
            kind.protocol, "both listen" if kind.state in ("bound", "listening") else "let in, and listens"
        )
    if kind.result == BOUND_ONLY:
        return "bind succeeds, one listen is refused"
    return OUTCOMES.get(kind.result, f"refused, {kind.result}")


def second_hand(side: Side, kind: Kind, meaning: Meaning) -> Inline:
    """One line of what others know."""
    options = "; ".join(f"{name} {listed(of)}" for name, of in (("first", kind.firsts), ("second", kind.seconds)))
    states = f" ({SHORT_STATES.get(kind.state, kind.state)})" if len(meaning.states) > 1 else ""
    return Own(f"{RUNGS[side.rung]}: {outcome_words(kind.result)}{states} — {options}")  # type: ignore[index]
