"""Cases by a pattern, as the probe's `--only` has it; one case with everything that was asked of it; what documents say of questions."""

import fnmatch
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from matrix.errors import UsageError
from matrix.findings.classes import Columns, columns_of, named
from matrix.findings.view import COLUMN, Numbers, View
from matrix.judge import meetings
from matrix.probe.cases import case_id
from matrix.verdicts import Verdict, verdict_of
from matrix.vocabulary import CASE_COLUMNS, KEYS, WORDS, Relation

MAX_CASES = 60
# The words of a case's id, each by its columns.
ID_WORDS = (("protocol",), ("first_family",), ("first_option", "first_address"), ("first_state",), ("second_family",),
            ("second_option", "second_address"), ("account",))  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """One measure of a case, and what each column answers."""

    measure: str
    answers: tuple[str, ...]  # blank where it doesn't have it


@dataclass(frozen=True, slots=True, kw_only=True)
class Statement:
    """What one document says of a case, and what that comes to on platforms."""

    source: str
    title: str  # of the source
    section: str
    expected: str
    verdicts: tuple[tuple[str, str, str], ...]  # (platforms, verdict, relation)


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """A case on every platform, beside the documents."""

    id: str
    columns: Columns
    measures: tuple[Asked, ...]
    documents: tuple[Statement, ...]


def matched(view: View, pattern: str) -> tuple[tuple[str, ...], ...]:
    """The cells of CASE_COLUMNS of every case of the runs that a pattern matches.

    Raises UsageError when no case of a run matches, or so many that nobody would read them.
    """
    questions = matching(view.codes, pattern)
    cases = list(view.grouped(questions, CASE_COLUMNS))
    if not cases:
        raise UsageError(f"no case matches {pattern!r}; `bind-matrix probe --list` shows those of this machine")
    if len(cases) > MAX_CASES:
        raise UsageError(f"{len(cases):,} cases match {pattern!r}, more than {MAX_CASES}; add words, as {case_id(cases[0][0])!r}")
    return tuple(words for words, _ in cases)


def every_measure(view: View, words: tuple[str, ...]) -> tuple[Case, ...]:
    """One case with everything that was asked of it; empty where no run has it. `words`: the cells of CASE_COLUMNS."""
    questions = view.where(**dict(zip(CASE_COLUMNS, words, strict=True)))
    return (one_case(view, words, questions),) if len(questions) else ()


def matching(codes: npt.NDArray[np.int8], pattern: str) -> Numbers:
    """The questions about a case whose id the pattern's words match, in their order, each a shell glob."""
    wanted = pattern.split()
    of_cases = np.flatnonzero((codes[:, : len(CASE_COLUMNS)] >= 0).all(axis=1))
    matched = np.zeros(len(of_cases), np.intp)  # how many of the pattern's words
    for columns in ID_WORDS:
        words = [""]
        number = np.zeros(len(of_cases), np.intp)
        for column in columns:
            words = [f"{word}@{name}" if word else name for word in words for name in WORDS[column]]
            number = number * len(WORDS[column]) + codes[of_cases, COLUMN[column]]
        fits = np.array([[fnmatch.fnmatchcase(word, each) for each in wanted] + [False] for word in words], np.bool_)
        matched += fits[number, matched]
    found: Numbers = of_cases[matched == len(wanted)]
    return found


def one_case(view: View, words: tuple[str, ...], questions: Numbers) -> Case:
    """One case: platforms with the same answers share a column, however many there are."""
    ordered = questions[np.argsort(view.codes[questions, COLUMN["measure"]], kind="stable")]
    columns = columns_of(view.outcome[ordered], view.targets, view.hosts, limit=len(view.targets))
    answers = [view.answers(ordered, column.target) for column in columns.shown]
    measures = tuple(
        Asked(measure=measure, answers=tuple(each[number] for each in answers))
        for number, measure in enumerate(view.column(ordered, "measure"))
    )
    return Case(id=case_id(words), columns=columns, measures=measures, documents=documents(view, ordered))


def documents(view: View, questions: Numbers, targets: Sequence[str] = ()) -> tuple[Statement, ...]:
    """What each document says of these questions, and how each of the platforms answers that it is held against; without targets all."""
    judgement = view.judgement
    met, places = meetings(judgement.patterns, view.codes[questions])
    gathered: dict[tuple[str, str, str], dict[tuple[Verdict, Relation], list[str]]] = {}
    chosen = tuple(targets) or view.targets
    answers = {target: view.answers(questions, target) for target in chosen}
    for number, place in zip(met.tolist(), places.tolist(), strict=True):
        pattern = judgement.patterns[number]
        claim = judgement.claims[pattern.claim]
        for target in chosen:
            relation, answer = judgement.relation(claim, target), answers[target][place]
            if relation and answer:
                found = gathered.setdefault((claim.source, claim.section, pattern.expected), {})
                members = found.setdefault((verdict_of(pattern.expected, answer), relation), [])
                if target not in members:
                    members.append(target)
    return tuple(
        Statement(source=source, title=view.claims.sources[source].title, section=section, expected=expected,
             verdicts=tuple((named(targets, view.hosts), str(verdict), str(relation)) for (verdict, relation), targets in found.items()))
        for (source, section, expected), found in sorted(gathered.items())
    )  # fmt: skip


def host_words(cells: tuple[str, ...]) -> str:
    """A question as a reader would name it: a case's id and the measure; for a fact of the host, the words that there are."""
    words = dict(zip(KEYS, cells, strict=True))
    known = [word.strip("@") for word in case_id(cells[:-1]).split() if word != "@"]
    return " ".join([*known, words["measure"]])
