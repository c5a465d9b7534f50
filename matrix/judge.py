"""The join: claims against observations, over distinct questions and outcomes.

Theory of operation. A claim is a pattern over questions, blank meaning "any". Claims are first spelled out
(`spelled_out`): alternatives `a|b`, `same` family, `other` accounts and CHECK become patterns of their own. Patterns that name
the same columns are joined with the questions on exactly those columns, as one number each (`meetings`). So one relational
join judges table cells and sentences, and it is made once, whatever the number of runs: which line answers a question on
which run is a matrix (`Observed`), and the verdict on it is looked up in `VERDICTS` by (expected, answer).

A claim that meets no observation on a run is `unobserved` there, with the reason.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from itertools import product
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from matrix.data.catalogue import MEASURES, Catalogue
from matrix.data.runs import Run, Runs
from matrix.records import Claim
from matrix.verdicts import Verdict, verdict_of
from matrix.vocabulary import (
    CHECK_BY_ACCOUNT,
    DIFFERENT_ACCOUNTS,
    HOST_MEASURES,
    KEYS,
    LIVE_NAMES,
    NO_EVIDENCE,
    SAME_FAMILY,
    WORDS,
    Account,
    Expected,
    Outcome,
    Relation,
)  # fmt: skip

Numbers = npt.NDArray[np.int32]
Codes = npt.NDArray[np.int64]
VERDICT_NUMBERS = {verdict: number for number, verdict in enumerate(Verdict)}
VERDICT_LIST = tuple(Verdict)
BASE = 1 + max(map(len, WORDS.values()))  # codes of one column, blank among them
FIRST_FAMILY, SECOND_FAMILY, STATE, ACCOUNT, MEASURE = (
    KEYS.index(column) for column in ("first_family", "second_family", "first_state", "account", "measure")
)


class Pattern(NamedTuple):
    """A claim without alternatives: the words of KEYS, blank for any, and what is expected."""

    claim: int
    words: tuple[str, ...]
    expected: str


class Judged(NamedTuple):
    """One observation that a claim speaks of, on one run or on several that answered with the same line."""

    question: tuple[str, ...]  # cells of KEYS
    expected: str
    observed: str
    error: str
    verdict: Verdict
    reason: str  # why it was not measured, or is no evidence; blank where it is


class Observed:
    """Which line answers which question on which run."""

    def __init__(self, runs: Runs) -> None:
        self.catalogue: Catalogue = runs.catalogue
        self.runs: tuple[Run, ...] = runs.good
        lines = [run.lines for run in self.runs]
        catalogue = self.catalogue
        used = np.zeros(len(catalogue.cases) * MEASURES, np.bool_)
        for of_run in lines:
            used[catalogue.question_of[of_run]] = True
        self.questions: Numbers = np.flatnonzero(used).astype(np.int32)
        self.line: Numbers = np.full((len(self.questions), len(lines)), -1, np.int32)  # [question, run]
        place = np.searchsorted(self.questions, catalogue.question_of).astype(np.int32)
        for number, of_run in enumerate(lines):
            self.line[place[of_run], number] = of_run
        codes = np.empty((len(self.questions), len(KEYS)), np.int8)
        codes[:, :MEASURE] = catalogue.cases.codes[self.questions // MEASURES]
        codes[:, MEASURE] = self.questions % MEASURES
        self.codes = codes  # of KEYS, by WORDS

    @cached_property
    def answer(self) -> Numbers:
        """[question, run] → the number of its answer, -1 for none."""
        return np.where(self.line >= 0, self.catalogue.answer_of[self.line], -1).astype(np.int32)

    @cached_property
    def outcome_words(self) -> list[str]:
        """The outcome of each answer, and a blank for none at the end, where -1 finds it."""
        return [answer.outcome for answer in self.catalogue.answers] + [""]


def spelled_out(claims: Sequence[Claim]) -> list[Pattern]:
    """Claims without alternatives, `same` and CHECK, with live states and accounts named."""
    return [Pattern(number, words, expected) for number, claim in enumerate(claims) for words, expected in patterns_of(claim)]


def patterns_of(claim: Claim) -> tuple[tuple[tuple[str, ...], str], ...]:
    """The patterns of one claim, with what is expected of each."""
    return _patterns_of(claim.pattern, claim.expected)


@cache
def _patterns_of(pattern: tuple[str, ...], expected_of_all: str) -> tuple[tuple[tuple[str, ...], str], ...]:
    found = []
    for words in product(*(cell.split("|") for cell in pattern)):
        about_host = words[MEASURE] in HOST_MEASURES
        for state in [words[STATE]] if words[STATE] or about_host else LIVE_NAMES:
            for first, second in families(words[FIRST_FAMILY], words[SECOND_FAMILY]):
                for account, expected in decided(words[ACCOUNT], expected_of_all):
                    for each in DIFFERENT_ACCOUNTS if account == Account.OTHER and not about_host else [account]:
                        changed = list(words)
                        changed[STATE], changed[FIRST_FAMILY], changed[SECOND_FAMILY], changed[ACCOUNT] = state, first, second, each
                        found.append((tuple(changed), expected))
    return tuple(found)


def families(first: str, second: str) -> list[tuple[str, str]]:
    """The pairs of families that `same` stands for."""
    if second != SAME_FAMILY:
        return [(first, second)]
    return [(first, first)] if first else [(family, family) for family in WORDS["first_family"]]


def decided(account: str, expected: str) -> list[tuple[str, str]]:
    """The accounts that a claim speaks of with what it expects of each: CHECK depends on the account."""
    if expected != Expected.CHECK:
        return [(account, expected)]
    return [(str(who), str(outcome)) for who, outcome in CHECK_BY_ACCOUNT.items() if account in ("", who)]


def reason_of(verdict: Verdict, outcome: str, detail: str) -> str:
    """Why an answer is unobserved: what the probe wrote beside it, or that it is no evidence either way. Blank where it counts."""
    return NO_EVIDENCE.get(outcome, detail) if verdict == Verdict.UNOBSERVED else ""


def digits(codes: npt.NDArray[np.int8]) -> Codes:
    """[column, row] of KEYS: what each code adds to the number that stands for several columns of its row; nothing for a blank."""
    found = codes.T.astype(np.int64, order="C")
    found += 1
    found *= BASE ** np.arange(len(found), dtype=np.int64)[:, None]
    return found


def numbered(of_columns: Codes, columns: Sequence[int]) -> Codes:
    """One number for some columns of each row, by their `digits`."""
    found: Codes = np.zeros(of_columns.shape[1], np.int64)
    for column in columns:
        found += of_columns[column]
    return found


def meetings(patterns: Sequence[Pattern], codes: npt.NDArray[np.int8]) -> tuple[Numbers, Numbers]:
    """(pattern, question) for each pair that meets, ordered by pattern, then by question."""
    wanted = np.empty((len(patterns), len(KEYS)), np.int8)
    cells = zip(*(pattern.words for pattern in patterns), strict=True)
    for place, (column, words) in enumerate(zip(KEYS, cells, strict=False)):  # without patterns there are no cells
        known = {"": -1, **{word: number for number, word in enumerate(WORDS[column])}}
        wanted[:, place] = list(map(known.__getitem__, words))
    named = (wanted >= 0) @ (1 << np.arange(len(KEYS)))  # a bit for each column that a pattern names
    found_patterns, found_questions = [], []
    by_measure = [np.flatnonzero(codes[:, MEASURE] == number).astype(np.int32) for number in range(MEASURES)]
    of_codes, of_wanted = digits(codes), digits(wanted)
    for bits in np.unique(named).tolist():
        columns, members = [place for place in range(len(KEYS)) if bits >> place & 1], np.flatnonzero(named == bits).astype(np.int32)
        of_patterns = numbered(of_wanted, columns)[members]
        ordered = members[np.argsort(of_patterns, kind="stable")]
        numbers, sizes = np.unique(of_patterns, return_counts=True)
        questions = np.concatenate([by_measure[each] for each in np.unique(wanted[members, MEASURE]).tolist()])
        of_questions = numbered(of_codes, columns)[questions]
        place = np.minimum(np.searchsorted(numbers, of_questions), len(numbers) - 1)
        at = np.flatnonzero(numbers[place] == of_questions)
        counts, starts = sizes[place[at]], (np.cumsum(sizes) - sizes)[place[at]]
        within = np.arange(counts.sum()) - np.repeat(np.cumsum(counts) - counts, counts)
        found_patterns.append(ordered[np.repeat(starts, counts) + within])
        found_questions.append(questions[np.repeat(at, counts)])
    if not found_patterns:
        return np.empty(0, np.int32), np.empty(0, np.int32)
    patterns_met, questions_met = np.concatenate(found_patterns), np.concatenate(found_questions)
    order = np.lexsort((questions_met, patterns_met))
    return patterns_met[order], questions_met[order]


@dataclass(frozen=True, eq=False)
class Judgement:
    """Every claim against every run. What a claim and a run come to is looked up, and computed once for runs that answer equally."""

    claims: tuple[Claim, ...]
    runs: Runs

    @cached_property
    def observed(self) -> Observed:
        """All observations."""
        return Observed(self.runs)

    @cached_property
    def patterns(self) -> list[Pattern]:
        """The claims, spelled out."""
        return spelled_out(self.claims)

    @cached_property
    def pairs(self) -> tuple[Numbers, Numbers]:
        """(pattern, question) of each pair that meets on some run."""
        return meetings(self.patterns, self.observed.codes)

    @cached_property
    def slices(self) -> Numbers:
        """Where each claim's pairs begin and end in `pairs`: claim number n has [n] to [n + 1]."""
        claim_of = np.array([pattern.claim for pattern in self.patterns], np.int32)
        return np.searchsorted(claim_of[self.pairs[0]], np.arange(len(self.claims) + 1)).astype(np.int32)

    @cached_property
    def verdict(self) -> npt.NDArray[np.int8]:
        """[pair, run] → the number of the verdict, -1 where the run doesn't have the question."""
        met, questions = self.pairs
        expected = list(dict.fromkeys(pattern.expected for pattern in self.patterns))
        code_of = {word: number for number, word in enumerate(expected)}
        of_pattern = np.array([code_of[pattern.expected] for pattern in self.patterns], np.int32)
        outcomes = self.observed.outcome_words[:-1]
        table = np.array(
            [[VERDICT_NUMBERS[verdict_of(word, outcome)] for outcome in outcomes] + [-1] for word in expected] or [[-1]], np.int8
        )
        found: npt.NDArray[np.int8] = table[of_pattern[met][:, None], self.observed.answer[questions]]
        return found

    @cached_property
    def number_of(self) -> dict[str, int]:
        """Claims by id."""
        return {claim.id: number for number, claim in enumerate(self.claims)}

    @cached_property
    def run_number(self) -> dict[str, int]:
        """Runs by target."""
        return {run.host.target: number for number, run in enumerate(self.runs.good)}

    @cached_property
    def _relations(self) -> dict[tuple[str, str, str, str], Relation | None]:
        spoken_of = {(claim.system, claim.since, claim.until) for claim in self.claims}
        return {(*about, target): host.relation(*about) for about in spoken_of for target, host in self.runs.hosts.items()}

    def relation(self, claim: Claim, target: str) -> Relation | None:
        """What a run is to a claim; None where the claim says nothing about it."""
        return self._relations[claim.system, claim.since, claim.until, target]

    def fair_relation(self, claim: Claim, target: str) -> Relation | None:
        """The same, of the claim read fairly: with the versions of the table around its sentence, where it has two readings."""
        return self.runs.hosts[target].relation(claim.system, claim.since, claim.last)

    @cached_property
    def _judged(self) -> dict[tuple[int, bytes], tuple[Judged, ...]]:
        return {}

    def judged(self, claim: Claim, target: str) -> tuple[Judged, ...]:
        """The observations of a run that a claim speaks of, in the vocabulary's order; empty where it meets none.

        Two runs that answer equally get the same tuple. Says nothing of whether the claim speaks of this system: see `relation`.
        """
        number, run = self.number_of[claim.id], self.run_number[target]
        low, high = int(self.slices[number]), int(self.slices[number + 1])
        met, questions = self.pairs[0][low:high], self.pairs[1][low:high]
        lines = self.observed.line[questions, run]
        key = (number, lines.tobytes())
        if key not in self._judged:
            catalogue = self.observed.catalogue
            found = []
            for pattern, question, line, verdict in zip(met.tolist(), self.observed.questions[questions].tolist(), lines.tolist(),
                                                        self.verdict[low:high, run].tolist(), strict=True):  # fmt: skip
                if line >= 0:
                    answer = catalogue.answers[catalogue.answer_of[line]]
                    word = VERDICT_LIST[verdict]
                    found.append(Judged(catalogue.question(question), self.patterns[pattern].expected, answer.outcome, answer.error, word,
                                        reason_of(word, answer.outcome, answer.detail)))  # fmt: skip
            self._judged[key] = tuple(sorted(found))
        return self._judged[key]

    def reason_unmet(self, claim: Claim, target: str) -> str:
        """Why a run has no observation that a claim speaks of."""
        patterns = patterns_of(claim)
        words = dict(zip(KEYS, patterns[0][0] if patterns else claim.pattern, strict=True))
        reasons, seen = self._absent_accounts[target], self._words[target]
        if words["account"] in reasons:
            return reasons[words["account"]]
        for column in ("first_option", "second_option"):
            if words[column] and words[column] not in seen["second_option"]:
                return f"this run has no {words[column]}"
        for column in ("account", "measure", "first_state", "second_address"):
            if words[column] and words[column] not in seen[column]:
                return f"{column.replace('_', ' ')} {words[column]} was not measured"
        return "no case of this run fits"

    @cached_property
    def _words(self) -> dict[str, dict[str, frozenset[str]]]:
        """The words that occur in each run's columns."""
        codes = self.observed.codes
        found = {}
        for target, run in self.run_number.items():
            here = codes[self.observed.line[:, run] >= 0]
            found[target] = {
                column: frozenset(WORDS[column][code] for code in np.unique(here[:, place]).tolist() if code >= 0)
                for place, column in enumerate(KEYS)
            }
        return found

    @cached_property
    def _absent_accounts(self) -> dict[str, dict[str, str]]:
        """The accounts of a run of which nothing was measured, and the reason that its first row gives."""
        catalogue = self.observed.catalogue
        not_run = np.array([answer.outcome == Outcome.NOT_RUN for answer in catalogue.answers] + [True])
        found = {}
        for target, run in self.run_number.items():
            lines = self.runs.good[run].lines
            accounts = catalogue.cases.codes[catalogue.question_of[lines] // MEASURES, ACCOUNT]
            absent = {}
            for code in np.unique(accounts[accounts >= 0]).tolist():
                here = lines[accounts == code]
                if not_run[catalogue.answer_of[here]].all():
                    absent[WORDS["account"][code]] = catalogue.answers[catalogue.answer_of[here[0]]].detail
            found[target] = absent
        return found

    def undocumented(self) -> dict[str, int]:
        """How many observations of each run no claim speaks of."""
        claim_of = np.array([pattern.claim for pattern in self.patterns], np.int32)[self.pairs[0]]
        found = {}
        for target, run in self.run_number.items():
            speaks = np.array([self.relation(claim, target) is not None for claim in self.claims], np.bool_)
            spoken = np.zeros(len(self.observed.questions), np.bool_)
            spoken[self.pairs[1][speaks[claim_of]]] = True
            found[target] = int(((self.observed.line[:, run] >= 0) & ~spoken).sum())
        return found
