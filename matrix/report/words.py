"""The words that chapters share: verdicts, specs, parts of an answer, columns."""

from collections.abc import Iterable, Sequence

from matrix.findings.classes import Columns
from matrix.findings.places import Part
from matrix.report.blocks import Block, Break, Bullets, Code, Inline, Mark, Own, joined, prose
from matrix.verdicts import STYLES, Verdict

NOTHING = Own("—")


def mark(verdict: str) -> Mark:
    """The symbol of a verdict."""
    style = STYLES[Verdict(verdict)]
    return Mark(style.symbol, style.colour)


def marked(verdict: str) -> Inline:
    """Symbol and word."""
    return (mark(verdict), Own(f" {Verdict(verdict)}"))


def verdict_counts(counts: Iterable[tuple[str, int]]) -> Inline:
    """`✓ 3 agrees, ▼ 1 weaker`."""
    return joined((mark(verdict), Own(f" {count:,} {Verdict(verdict)}")) for verdict, count in counts)


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
    return [Code(name) for name in columns.names]


def omitted(columns: Columns) -> list[Block]:
    """What stands below a table about the classes that have no column."""
    if not columns.omitted:
        return []
    items = tuple(
        prose("{} has no column of its own: otherwise than {} in {} of {}.", Code(each.name), Code(each.nearest), f"{each.differences:,}",
              f"{each.questions:,}")
        for each in columns.omitted[:MAX_OMITTED]
    )  # fmt: skip
    more = len(columns.omitted) - MAX_OMITTED
    return [Bullets((*items, prose("and {} more classes of platforms.", str(more))) if more > 0 else items)]


MAX_OMITTED = 12
