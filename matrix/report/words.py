"""The words that chapters share: verdicts, specs, parts of an answer, columns."""

from collections.abc import Iterable, Sequence

from matrix.findings.classes import Columns
from matrix.findings.places import Part
from matrix.report.blocks import Block, Break, Bullets, Code, Inline, Mark, Own, joined, paragraph, prose
from matrix.verdicts import STYLES, Verdict
from matrix.vocabulary import Relation

NOTHING = Own("—")
MAX_OMITTED = 12  # classes of platforms that are named below a table
# What is shown instead of a verdict where a system promises nothing about the one that the claim speaks of: it can't fail, it differs.
DIFFERS_FROM = Mark("⇄", "minor")
NEUTRAL = {Verdict.AGREES: "the same", Verdict.LEFT_OPEN: "left open", Verdict.UNOBSERVED: "unobserved"}


def mark(verdict: str) -> Mark:
    """The symbol of a verdict."""
    style = STYLES[Verdict(verdict)]
    return Mark(style.symbol, style.colour)


def marked(verdict: str) -> Inline:
    """Symbol and word."""
    return (mark(verdict), Own(f" {Verdict(verdict)}"))


def verdict_counts(counts: Iterable[tuple[str, int]], relation: str = Relation.SUBJECT) -> Inline:
    """`✓ 3 agrees, ▼ 1 weaker`; of a system that is only compared `(✓ 3 the same, ⇄ 1 different)`."""
    if relation != Relation.COMPARISON:
        return joined((mark(verdict), Own(f" {count:,} {Verdict(verdict)}")) for verdict, count in counts)
    found: dict[str, int] = {}
    symbols: dict[str, Mark] = {}
    for verdict, count in counts:
        word = NEUTRAL.get(Verdict(verdict), "different")
        symbols[word] = mark(verdict) if Verdict(verdict) in NEUTRAL else DIFFERS_FROM
        found[word] = found.get(word, 0) + count
    return (Own("("), joined((symbols[word], Own(f" {count:,} {word}")) for word, count in found.items()), Own(")"))


def related(verdict: str, relation: str) -> Inline:
    """The symbol of a verdict: in brackets, and never a failing one, where the system is only compared."""
    if relation != Relation.COMPARISON:
        return mark(verdict)
    return (Own("("), mark(verdict) if Verdict(verdict) in NEUTRAL else DIFFERS_FROM, Own(")"))


def spec(option: str, address: str, family: str = "") -> Inline:
    """A socket as the report writes it."""
    return (*((family, Own(" ")) if family else ()), Code(option), Own(" "), address)


def parts(answer: Sequence[Part]) -> Inline:
    """What was observed, and where if it differs: `INUSE`, or `SUCCESS; INUSE for UDP`. A dash for nothing."""
    if not answer:
        return NOTHING
    if len(answer) <= 2:
        first, *rest = answer
        return joined([first.outcome, *((each.outcome, Own(" for "), each.place) for each in rest)], "; ")
    return joined(((each.outcome, Own(" for "), each.place) for each in answer), "; ")


def judged(answer: Sequence[Part]) -> Inline:
    """A documented cell against its observations: symbols, and where each departure was seen."""
    found: list[Inline] = []
    for part in answer:
        if part.verdict == Verdict.AGREES:
            found.append((mark(part.verdict), *((Own(" "), part.place, Own(" only")) if part.place else ())))
        elif part.verdict == Verdict.UNOBSERVED:
            found.append(mark(part.verdict))
        else:
            found.append((mark(part.verdict), Own(" "), part.outcome, *((Own(" for "), part.place) if part.place else ())))
    return joined(found, Break())


def counts(answers: Iterable[tuple[str, int]]) -> Inline:
    """`silent 12`, or several with their numbers."""
    return joined((answer, Own(f" {count:,}")) for answer, count in answers)


def heads(columns: Columns) -> list[Inline]:
    """The columns' names."""
    return list(columns.names)


def omitted(columns: Columns) -> list[Block]:
    """What stands below a table about the classes that have no column."""
    if not columns.omitted:
        return []
    shown = columns.omitted[:MAX_OMITTED]
    by_nearest: dict[str, list[Inline]] = {}
    for each in shown:
        by_nearest.setdefault(each.nearest, []).append((each.name, Own(f" in {each.differences:,}")))
    items = tuple(prose("{}: otherwise {}.", nearest, joined(others, "; ")) for nearest, others in by_nearest.items())
    more = len(columns.omitted) - len(shown)
    return [
        paragraph("Without a column of their own, by the nearest that has one, and in how many of {} answers they are otherwise:",
                  f"{shown[0].questions:,}"),
        Bullets((*items, prose("and {} more classes of platforms.", str(more))) if more > 0 else items),
    ]  # fmt: skip


def percent(part: int, whole: int) -> str:
    """A part in percent; less than all of it is never 100.0, and more than nothing never 0.0."""
    shown = f"{100 * part / max(whole, 1):.1f} %"
    if shown == "100.0 %" and part < whole:
        return "over 99.9 %"
    return "under 0.1 %" if shown == "0.0 %" and part else shown


def setting(option: str) -> Inline:
    """An option, or the word for none."""
    return Own("no option") if option == "default" else Code(option)
