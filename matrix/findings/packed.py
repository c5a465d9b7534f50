"""All observations and claims with nothing twice, for a program that answers single questions: the page's script.

Forty platforms answer a few hundred vectors of answers between them, so that a case is a number here:

    answers   the distinct answers: outcome, error, agreed, attempts, detail
    rows      all that one platform answers to one case: `measure answer …`, as numbers
    vectors   the numbers of rows of one case, one for each platform
    cases     the number of the vector of each case that the vocabulary can make, in the order of `cases.cases_of`, as runs of
              equal ones: `12*3` is `12 12 12`; 0 where no platform has it

Claims are spelled out, with the relation of each to each platform and the table of verdicts, so that whoever reads them
decides nothing: what the judge says is written down here.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import groupby

import numpy as np
import numpy.typing as npt

from matrix.data.catalogue import MEASURE_NAMES, MEASURES, Catalogue
from matrix.data.runs import Run
from matrix.findings.changes import answers_by_question
from matrix.findings.rungs import Known, as_claim, as_known, is_placed
from matrix.findings.view import View
from matrix.judge import patterns_of
from matrix.probe.vocabulary import NAMED_OUTCOMES, NOT_MEASURED, RECEIVERS, UNSTABLE
from matrix.records import Claim
from matrix.verdicts import verdict_of
from matrix.vocabulary import KEYS, WORDS

DIGITS = "-0123456789abcdefghijklmnopqrstuvwxyz"  # of a code: its place less one, so that `-` is any word
CODES = {column: {"": DIGITS[0], **{word: DIGITS[place + 1] for place, word in enumerate(each)}} for column, each in WORDS.items()}
NONE = 0  # the row of a platform that has nothing of a case, and the vector of a case that nobody has
Table = npt.NDArray[np.int32]


@dataclass(frozen=True, slots=True, kw_only=True)
class Observations:
    """What every platform answered; see this module's opening. The order of platforms is that of the runs."""

    answers: tuple[tuple[str, ...], ...]
    rows: tuple[str, ...]
    vectors: tuple[str, ...]  # numbers of rows, blanks between them
    cases: str
    facts: tuple[tuple[tuple[str, int], ...], ...]  # of each platform: (cells of KEYS with `-` for blank, number of the answer)
    splits: tuple[str, ...]  # of each platform: `case measure first second`, `;` between them; see `splits`


@dataclass(frozen=True, slots=True, kw_only=True)
class PackedClaim:
    """A claim, and the questions that it speaks of."""

    claim: Claim
    scope: int  # its place in Claims.scopes
    patterns: dict[str, str]  # what is expected → the codes of patterns, a digit for each of KEYS, one pattern behind the other


@dataclass(frozen=True, slots=True, kw_only=True)
class PackedEvidence:
    """A row of evidence as the ladder has it, and the questions that it may be about; none where it can't be placed."""

    known: Known
    patterns: dict[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Claims:
    """Every claim, and what the judge would say."""

    claims: tuple[PackedClaim, ...]
    scopes: tuple[tuple[str, str, str, str], ...]  # (system, since, until, the relation to each platform by its first letter or `-`)
    verdicts: dict[str, dict[str, str]]  # what is expected → what was observed → the verdict


def observations(view: View) -> Observations:
    """Every answer of every run, by case."""
    catalogue, runs = view.runs.catalogue, view.runs.good
    used = sorted({int(number) for run in runs for number in np.unique(catalogue.answer_of[run.lines])})
    place_of = {answer: place for place, answer in enumerate(used)}
    possible = catalogue.cases.possible
    of_runs = [answers_by_question(run, catalogue).reshape(-1, MEASURES) for run in runs]
    rows: dict[bytes, int] = {np.full(MEASURES, -1, np.int32).tobytes(): NONE}
    numbers = np.array([row_numbers(answers[:possible], rows) for answers in of_runs], np.int32).reshape(len(runs), possible)
    vectors, which = distinct(numbers.T)
    return Observations(
        answers=tuple(tuple(catalogue.answers[number]) for number in used),
        rows=tuple(row_text(row, place_of) for row in rows),
        vectors=tuple(" ".join(map(str, vector)) for vector in vectors),
        cases=run_lengths(which),
        facts=tuple(facts(catalogue, answers, place_of) for answers in of_runs),
        splits=tuple(splits(run, catalogue) for run in runs),
    )


def row_numbers(answers: Table, rows: dict[bytes, int]) -> Table:
    """The number of each case's row of answers, NONE where it has none; new ones are added."""
    found = np.full(len(answers), NONE, np.int32)
    answered = (answers >= 0).any(axis=1)
    found[answered] = [rows.setdefault(row.tobytes(), len(rows)) for row in answers[answered]]
    return found


def distinct(numbers: Table) -> tuple[list[tuple[int, ...]], list[int]]:
    """The distinct rows of a table, the row of nothing but NONE first, and the number of each row's."""
    found: dict[tuple[int, ...], int] = {(NONE,) * numbers.shape[1]: 0}
    which = [found.setdefault(tuple(row), len(found)) for row in numbers.tolist()]
    return list(found), which


def row_text(row: bytes, place_of: dict[int, int]) -> str:
    """`measure answer measure answer`, as numbers."""
    answers = np.frombuffer(row, np.int32)
    return " ".join(f"{measure} {place_of[int(answers[measure])]}" for measure in np.flatnonzero(answers >= 0).tolist())


def run_lengths(numbers: Iterable[int]) -> str:
    """Numbers with equal neighbours counted."""
    found = []
    for number, group in groupby(numbers):
        count = sum(1 for _ in group)
        found.append(f"{number}*{count}" if count > 1 else str(number))
    return " ".join(found)


def facts(catalogue: Catalogue, answers: Table, place_of: dict[int, int]) -> tuple[tuple[str, int], ...]:
    """What one run says of its host, and cases of an older vocabulary."""
    possible = catalogue.cases.possible
    found = []
    for case, measure in np.argwhere(answers[possible:] >= 0).tolist():
        question = catalogue.question((possible + case) * MEASURES + measure)
        found.append((" ".join(word or "-" for word in question), place_of[int(answers[possible + case, measure])]))
    return tuple(found)


def splits(run: Run, catalogue: Catalogue) -> str:
    """How traffic was split: `case measure first second` for each row of counts.csv, as numbers, `;` between them.

    A case's number is less the one before it, so that most are small.
    """
    measure_of = {name: number for number, name in enumerate(MEASURE_NAMES)}
    cases = catalogue.cases.numbered([",".join(row[:-4]) for row in run.counts]).tolist()
    rows = sorted((case, measure_of[row[-4]], row[-2], row[-1]) for case, row in zip(cases, run.counts, strict=True))
    found, before = [], 0
    for case, measure, first, second in rows:
        found.append(f"{case - before} {measure} {first} {second}")
        before = case
    return ";".join(found)


def packed_patterns(patterns: Iterable[tuple[tuple[str, ...], str]]) -> dict[str, str]:
    """What is expected → the codes of all patterns that expect it, one pattern behind the other."""
    found: dict[str, str] = {}
    for words, expected in patterns:
        found[expected] = found.get(expected, "") + "".join(CODES[column][word] for column, word in zip(KEYS, words, strict=True))
    return found


def evidence(view: View) -> tuple[PackedEvidence, ...]:
    """Every row of evidence, placed or not."""
    return tuple(
        PackedEvidence(known=as_known(view, row), patterns=packed_patterns(patterns_of(as_claim(row))) if is_placed(row) else {})
        for row in view.evidence.rows
    )


def claims(view: View) -> Claims:
    """Claims with their patterns, what each is to each platform, and the verdict on each outcome that there is."""
    judgement = view.judgement
    examples = {(claim.system, claim.since, claim.until): claim for claim in judgement.claims}
    scope_of = {scope: number for number, scope in enumerate(examples)}
    # A reader's own run may have outcomes that no run here has.
    outcomes = dict.fromkeys([*filter(None, view.outcomes), *NAMED_OUTCOMES, *RECEIVERS, *NOT_MEASURED, UNSTABLE])
    return Claims(
        claims=tuple(
            PackedClaim(
                claim=claim, scope=scope_of[claim.system, claim.since, claim.until], patterns=packed_patterns(patterns_of(claim))
            )
            for claim in judgement.claims
        ),
        scopes=tuple((*scope, relations(view, claim)) for scope, claim in examples.items()),
        verdicts={word: {outcome: str(verdict_of(word, outcome)) for outcome in outcomes}
                  for word in dict.fromkeys(pattern.expected for pattern in judgement.patterns)},
    )  # fmt: skip


def relations(view: View, claim: Claim) -> str:
    """What a claim is to each platform, by the first letter of the relation; `-` where it says nothing about it."""
    return "".join(str(view.judgement.relation(claim, target) or "-")[0] for target in view.targets)
