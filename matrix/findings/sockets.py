"""Pairs of sockets on all platforms: moving a program from Windows, every pair of specs, and what `listen` adds."""

from collections.abc import Sequence
from dataclasses import dataclass

from matrix.findings.classes import Columns, columns_of, named
from matrix.findings.documents import Spec, by_situation, specs
from matrix.findings.places import Part, parts_of
from matrix.findings.view import CURRENT, WINDOWS, Numbers, View
from matrix.vocabulary import Option, Outcome, Relation

PLAIN = ("wildcard", "specific", "other-specific")
PAIR = ("first_option", "first_address", "second_option", "second_address")
FAMILY_PAIR = ("first_family", "first_option", "first_address", "second_family", "second_option", "second_address")
MAX_LISTEN_PAIRS = 8  # of options, named in one cell


@dataclass(frozen=True, slots=True, kw_only=True)
class Move:
    """A cell of the current table beside what other systems do."""

    first: Spec
    second: Spec
    expected: str
    answers: tuple[tuple[Part, ...], ...]  # of each column; empty where it has no such case


@dataclass(frozen=True, slots=True, kw_only=True)
class Porting:
    """The chapter's findings."""

    columns: Columns
    moves: tuple[Move, ...]
    changed: int  # cells that are otherwise somewhere


@dataclass(frozen=True, slots=True, kw_only=True)
class Pair:
    """Two specs, and what each column answers."""

    first: tuple[str, str, str]  # family (blank where any), option, address
    second: tuple[str, str, str]
    answers: tuple[tuple[Part, ...], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class PairTable:
    """The pairs on which platforms differ, and those on which none does, by their common answer."""

    columns: Columns
    differing: tuple[Pair, ...]
    common: tuple[tuple[tuple[Part, ...], tuple[Pair, ...]], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Across:
    """The chapter's findings."""

    plain: PairTable
    mixed: PairTable


@dataclass(frozen=True, slots=True, kw_only=True)
class Listen:
    """What some platforms answer to `listen`."""

    platforms: str
    asked: int
    refused: int
    pairs: tuple[tuple[str, str], ...]  # options of first and second socket for which it was refused
    more: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Listening:
    """The chapter's findings, by measure."""

    second: tuple[Listen, ...]
    first: tuple[Listen, ...]


def porting(view: View) -> Porting | None:
    """What changes for a program that relies on Windows' documented answers and is moved elsewhere."""
    targets = [
        target for target, host in view.hosts.items() if host.system != WINDOWS and (not host.imitates or host.imitates.system != WINDOWS)
    ]
    if not targets:
        return None
    columns = columns_of(view.outcome[view.live("bind")][:, view.numbers(targets)], targets, view.hosts)
    moves = []
    for claim in view.tables.get(CURRENT, ()):
        first, second = specs(claim)
        if Option.EXCLUSIVEADDRUSE in (first[0], second[0]):
            continue
        answers = []
        for column in columns.shown:
            compared = view.judgement.relation(claim, column.target) == Relation.COMPARISON
            judged = by_situation(view.judged(claim, column.target)) if compared else {}
            answers.append(parts_of({situation: outcome for situation, (_, outcome) in judged.items()}))
        moves.append(Move(first=first, second=second, expected=claim.expected, answers=tuple(answers)))
    changed = sum(any(not is_just(answer, move.expected) for answer in move.answers) for move in moves)
    return Porting(columns=columns, moves=tuple(moves), changed=changed)


def is_just(parts: Sequence[Part], outcome: str) -> bool:
    """Whether an answer is this outcome everywhere."""
    return len(parts) == 1 and parts[0].outcome == outcome


def across(view: View) -> Across | None:
    """Every pair of specs on every platform; pairs that answer equally everywhere are gathered."""
    binds = view.live("bind")
    if not len(binds):
        return None
    columns = columns_of(view.outcome[binds], view.targets, view.hosts)
    same = view.holds(binds, "first_address", PLAIN) & view.holds(binds, "second_address", PLAIN)
    same &= view.equal(binds, "first_family", "second_family")
    return Across(plain=pair_table(view, binds[same], columns, PAIR), mixed=pair_table(view, binds[~same], columns, FAMILY_PAIR))


def pair_table(view: View, questions: Numbers, columns: Columns, keys: Sequence[str]) -> PairTable:
    """One record a pair on which platforms differ; the others are gathered by their common answer."""
    differing: list[Pair] = []
    common: dict[tuple[Part, ...], list[Pair]] = {}
    for words, members in view.grouped(questions, keys):
        answers = tuple(cell(view, members, column.target) for column in columns.shown)
        half = len(words) // 2
        first, second = (("", *each) if len(each) == 2 else each for each in (words[:half], words[half:]))
        pair = Pair(first=first, second=second, answers=answers)  # type: ignore[arg-type]  # three words each
        different = {answer for answer in answers if answer}
        if len(different) == 1:
            common.setdefault(different.pop(), []).append(pair)
        elif different:
            differing.append(pair)
    ordered = sorted(common.items(), key=lambda item: -len(item[1]))
    return PairTable(columns=columns, differing=tuple(differing), common=tuple((answer, tuple(pairs)) for answer, pairs in ordered))


def cell(view: View, questions: Numbers, target: str) -> tuple[Part, ...]:
    """What a platform answers to a pair of specs; empty where it has no such case."""
    answers = view.situations(questions, target)
    return parts_of({situation: "not supported" if answer == Outcome.UNSUPPORTED else answer for situation, answer in answers.items()})


def listening(view: View) -> Listening | None:
    """What happens after a bind that was let through: listen, and who is left without it."""
    found = Listening(second=listens(view, "listen"), first=listens(view, "first-listen"))
    return found if found.second or found.first else None


def listens(view: View, measure: str) -> tuple[Listen, ...]:
    """The answers to one measure, platforms with the same ones together."""
    questions = view.live(measure)
    if not len(questions):
        return ()
    gathered: dict[tuple[int, int, tuple[tuple[str, str], ...]], list[str]] = {}
    for target in view.targets:
        asked = view.outcome[questions, view.number(target)] >= 0
        refused = questions[asked & ~view.is_outcome(questions, target, ["SUCCESS"])]
        pairs = dict.fromkeys(zip(view.column(refused, "first_option"), view.column(refused, "second_option"), strict=True))
        gathered.setdefault((int(asked.sum()), len(refused), tuple(pairs)), []).append(target)
    return tuple(
        Listen(platforms=named(targets, view.hosts), asked=asked, refused=refused, pairs=pairs[:MAX_LISTEN_PAIRS],
               more=max(len(pairs) - MAX_LISTEN_PAIRS, 0))
        for (asked, refused, pairs), targets in gathered.items()
    )  # fmt: skip
