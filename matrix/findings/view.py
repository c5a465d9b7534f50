"""What the findings ask of the data, in one place. Each question is answered once, when it is first asked."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt

from matrix.contradictions import Contradiction, contradictions
from matrix.data.claims import Claims
from matrix.data.evidence import EMPTY_BOOK, EvidenceBook
from matrix.data.runs import Runs
from matrix.data.sources import TEST
from matrix.data.statements import NO_STATEMENTS, Statements
from matrix.findings.places import Situation
from matrix.judge import Judged, Judgement
from matrix.records import Claim, Evidence, Host, Leg
from matrix.vocabulary import KEYS, LIVE_NAMES, NOT_MEASURED, WORDS, Account, ClaimKind, Relation

Numbers = npt.NDArray[np.intp]
ABSENT = frozenset(("", *NOT_MEASURED))  # of an outcome: nothing was observed
COLUMN = {name: place for place, name in enumerate(KEYS)}
# The tables that describe every Windows in use, for one account and for two: (source, section).
CURRENT = ("microsoft-guide", "Windows Server 2003 and later, same account")
DIFFERENT = ("microsoft-guide", "Windows Server 2003 and later, different accounts")
WINDOWS = "windows"


@dataclass(frozen=True, kw_only=True, eq=False)
class View:
    """Claims, runs and second-hand evidence, and what follows from them."""

    claims: Claims
    runs: Runs
    legs: tuple[Leg, ...] = ()
    folders: Mapping[str, str] = field(default_factory=dict)  # target → where its files lie, as seen from the report
    evidence: EvidenceBook = EMPTY_BOOK
    statements: Statements = NO_STATEMENTS

    @cached_property
    def judgement(self) -> Judgement:
        """Every claim against every run."""
        return Judgement(self.claims.claims, self.runs)

    @cached_property
    def contradictions(self) -> list[Contradiction]:
        """Claims against claims."""
        return contradictions(self.claims.claims)

    @cached_property
    def kept(self) -> dict[Any, Any]:
        """What several findings ask of this view and one has computed, by keys of their own."""
        return {}

    @property
    def hosts(self) -> dict[str, Host]:
        """The hosts by target."""
        return self.runs.hosts

    @cached_property
    def targets(self) -> tuple[str, ...]:
        """The targets, in the order of the runs."""
        return tuple(self.runs.hosts)

    @cached_property
    def windows(self) -> tuple[str, ...]:
        """The targets that really are Windows."""
        return tuple(target for target, host in self.hosts.items() if host.system == WINDOWS)

    @cached_property
    def held(self) -> tuple[str, ...]:
        """Targets that Microsoft's tables are held against: Windows itself first, then its imitations."""
        cells = self.cells
        imitations = {target for target in self.targets if target not in self.windows and any(
            self.judgement.relation(claim, target) == Relation.IMITATION for claim in cells)}  # fmt: skip
        judged = {target for target in self.windows if any(self.judgement.relation(claim, target) for claim in cells)}
        return tuple(target for target in self.windows if target in judged) + tuple(sorted(imitations))

    # Claims

    def of_kind(self, kind: ClaimKind) -> tuple[Claim, ...]:
        """The claims of one kind, in the order of their files."""
        return tuple(claim for claim in self.claims.claims if claim.kind == kind)

    @cached_property
    def cells(self) -> tuple[Claim, ...]:
        """The cells of documented tables of outcomes."""
        return self.of_kind(ClaimKind.CELL)

    @cached_property
    def tables(self) -> dict[tuple[str, str], list[Claim]]:
        """The documented tables: (source, section) → cells."""
        found: dict[tuple[str, str], list[Claim]] = {}
        for claim in self.cells:
            found.setdefault((claim.source, claim.section), []).append(claim)
        return found

    @cached_property
    def claims_by_id(self) -> dict[str, Claim]:
        """Every claim by its id."""
        return {claim.id: claim for claim in self.claims.claims}

    @cached_property
    def evidence_by_id(self) -> dict[str, Evidence]:
        """Every row of evidence by its id."""
        return {row.id: row for row in self.evidence.rows}

    def is_test(self, source: str) -> bool:
        """Whether a source is a published test, kept apart from documents everywhere."""
        return self.claims.sources[source].kind == TEST

    def judged(self, claim: Claim, target: str) -> tuple[Judged, ...]:
        """The observations of a target that a claim speaks of; empty where it meets none, or doesn't speak of it."""
        return self.judgement.judged(claim, target) if self.judgement.relation(claim, target) else ()

    # Observations

    @cached_property
    def outcomes(self) -> list[str]:
        """The different outcomes, and a blank at the end, where -1 finds it."""
        answers = self.judgement.observed.outcome_words[:-1]
        return [*dict.fromkeys(answers), ""]

    @cached_property
    def outcome(self) -> npt.NDArray[np.int16]:
        """[question, target] → the number of the outcome, -1 where the target doesn't have the question."""
        number = {word: place for place, word in enumerate(self.outcomes[:-1])}
        of_answer = np.array([number[word] for word in self.judgement.observed.outcome_words[:-1]] + [-1], np.int16)
        found: npt.NDArray[np.int16] = of_answer[self.judgement.observed.answer]
        return found

    @property
    def codes(self) -> npt.NDArray[np.int8]:
        """[question, column of KEYS] → the code of its word, by WORDS."""
        return self.judgement.observed.codes

    def where(self, **wanted: str | Iterable[str]) -> Numbers:
        """The questions whose columns hold these words, in the vocabulary's order; not to be written to. Columns are named as in KEYS."""
        key = tuple(sorted((column, (words,) if isinstance(words, str) else tuple(words)) for column, words in wanted.items()))
        if key not in self._asked:
            chosen = np.ones(len(self.codes), np.bool_)
            for column, words in key:
                allowed = np.zeros(len(WORDS[column]) + 2, np.bool_)  # codes -1 and -2 are found at the end
                allowed[[WORDS[column].index(word) for word in words]] = True
                chosen &= allowed[self.codes[:, COLUMN[column]]]
            found = np.flatnonzero(chosen)
            self._asked[key] = found[np.lexsort(self.codes[found].T[::-1])]
            self._asked[key].flags.writeable = False
        return self._asked[key]

    @cached_property
    def _asked(self) -> dict[tuple[tuple[str, tuple[str, ...]], ...], Numbers]:
        """What `where` has found, by what was wanted."""
        return {}

    def live(self, measure: str) -> Numbers:
        """The questions of one measure about sockets that live and belong to the same account."""
        return self.where(measure=measure, account=Account.SAME, first_state=LIVE_NAMES)

    def word(self, question: int, column: str) -> str:
        """The word of a question in a column; blank for a fact of the host that has none."""
        code = int(self.codes[question, COLUMN[column]])
        return WORDS[column][code] if code >= 0 else ""

    def column(self, questions: Numbers, column: str) -> list[str]:
        """The words of questions in a column."""
        words = [*WORDS[column], ""]
        return [words[code] for code in self.codes[questions, COLUMN[column]].tolist()]

    def equal(self, questions: Numbers, one: str, other: str) -> npt.NDArray[np.bool_]:
        """Whether two columns hold the same word, for each question."""
        found: npt.NDArray[np.bool_] = self.codes[questions, COLUMN[one]] == self.codes[questions, COLUMN[other]]
        return found

    def holds(self, questions: Numbers, column: str, words: Iterable[str]) -> npt.NDArray[np.bool_]:
        """Whether a column holds one of some words, for each question."""
        found: npt.NDArray[np.bool_] = np.isin(self.codes[questions, COLUMN[column]], [WORDS[column].index(word) for word in words])
        return found

    def grouped(self, questions: Numbers, columns: Sequence[str]) -> Iterator[tuple[tuple[str, ...], Numbers]]:
        """Questions grouped by the words of some columns, in the vocabulary's order of those words."""
        if not len(questions):
            return
        codes = self.codes[questions][:, [COLUMN[column] for column in columns]]
        unique, which = np.unique(codes, axis=0, return_inverse=True)
        order = np.argsort(which.ravel(), kind="stable")
        ends = np.cumsum(np.bincount(which.ravel()))
        for row, members in zip(unique.tolist(), np.split(questions[order], ends[:-1]), strict=True):
            yield tuple(WORDS[column][code] if code >= 0 else "" for column, code in zip(columns, row, strict=True)), members

    def number(self, target: str) -> int:
        """The column of a target."""
        return self.judgement.run_number[target]

    def numbers(self, targets: Iterable[str]) -> list[int]:
        """The columns of targets."""
        return [self.judgement.run_number[target] for target in targets]

    def answers(self, questions: Numbers, target: str) -> list[str]:
        """What a target answered; blank where it doesn't have the question."""
        outcomes = self.outcomes
        return [outcomes[number] for number in self.outcome[questions, self.number(target)].tolist()]

    def is_outcome(self, questions: Numbers, target: str, words: Iterable[str]) -> npt.NDArray[np.bool_]:
        """Whether a target answered with one of some words (blank: doesn't have the question), for each question."""
        numbers = [place if word else -1 for place, word in enumerate(self.outcomes) if word in set(words)]
        found: npt.NDArray[np.bool_] = np.isin(self.outcome[questions, self.number(target)], numbers)
        return found

    def situations(self, questions: Numbers, target: str) -> dict[Situation, str]:
        """What a target answered, by situation; without what it doesn't have."""
        columns = zip(*(self.column(questions, name) for name in ("protocol", "first_state", "first_family", "second_family", "account")),
                      self.answers(questions, target), strict=True)  # fmt: skip
        return {
            (protocol, state, family_words(first, second), account): answer
            for protocol, state, first, second, account, answer in columns if answer
        }  # fmt: skip


def family_words(first: str, second: str) -> str:
    """The family of two sockets; a pair of them where they differ."""
    return first if first == second else f"{first} then {second}"


def situation_of(question: tuple[str, ...]) -> Situation:
    """(protocol, state, family, account) of a question."""
    protocol, first, _, _, state, second, _, _, account, _ = question
    return protocol, state, family_words(first, second), account
