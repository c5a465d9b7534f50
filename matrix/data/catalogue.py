"""The distinct lines of all runs, each parsed and validated once; a run is an array of line numbers.

Theory of operation. Runs repeat each other: forty of them hold 1.2 million lines, of which 57,000 differ. A line is a
question (a case and a measure) and an answer. Cases and answers repeat again, so each is numbered and checked once, and a
line is a pair of numbers: its question is `case * MEASURES + measure`. What is odd about a line is only flagged here; a run
that holds an odd line is read again row by row (`rows.name_faults`), which names file, row and value.

Numbers of lines and answers are those of first appearance, so that they depend only on the order of the runs.
"""

import csv
import io
from collections.abc import Mapping, Sequence

import numpy as np
import numpy.typing as npt

from matrix.data.cases import BLANK, UNKNOWN, CaseTable, Numbers
from matrix.data.rows import BIND, PLACES, Answer, answer_problem, attempts_problem
from matrix.data.strict import MAX_CELL, MAX_LINE, MAX_ROWS
from matrix.vocabulary import AFTER_BIND, CASE_COLUMNS, COLUMNS, HOST_MEASURES, NOT_MEASURED, WORDS, Account, Measure, Outcome

Flags = npt.NDArray[np.bool_]

MAX_DISTINCT = 1_000_000  # lines; about 400 MB of them
HEADER = ",".join(COLUMNS).encode()
MARKS = (b"\0", b"\r")
MEASURE_NAMES = WORDS["measure"]
MEASURES = len(MEASURE_NAMES)
MEASURE_NUMBERS = {word: number for number, word in enumerate(MEASURE_NAMES)}
WIDTH = len(CASE_COLUMNS)
TAIL = len(Answer._fields)
NO_ANSWER = Answer("", "", "", "", "\n")  # in place of one that is none; its detail is not plain


class TooMany(Exception):
    """The runs together hold more than MAX_DISTINCT different lines."""


def where_asked() -> Flags:
    """[measure, protocol, state] → whether the measure is asked there (`rows.PLACES`)."""
    allowed = np.ones((MEASURES, len(WORDS["protocol"]), len(WORDS["first_state"])), np.bool_)
    for measure, (protocols, states) in PLACES.items():
        for p, protocol in enumerate(WORDS["protocol"]):
            for s, state in enumerate(WORDS["first_state"]):
                allowed[MEASURE_NUMBERS[measure], p, s] = protocol in protocols and state in states
    return allowed


ASKED = where_asked()
OF_HOST = np.array([name in HOST_MEASURES for name in MEASURE_NAMES], np.bool_)
NEEDS_BIND = np.array([name in AFTER_BIND for name in MEASURE_NAMES], np.bool_)
BIND_NUMBER, LATE_NUMBER = MEASURE_NUMBERS[BIND], MEASURE_NUMBERS[Measure.LATE_OPTION]
PROTOCOL, STATE, ACCOUNT = (CASE_COLUMNS.index(name) for name in ("protocol", "first_state", "account"))
SAME = WORDS["account"].index(Account.SAME)


class Catalogue:
    """Cases, answers and lines, numbered; `take` adds a file's lines."""

    def __init__(self) -> None:
        self.cases = CaseTable()
        self._questions: dict[int, tuple[str, ...]] = {}  # the cells of those that were asked for
        self.answers: list[Answer] = []
        self.question_of: Numbers = np.empty(0, np.int32)  # of each line
        self.answer_of: Numbers = np.empty(0, np.int32)
        self.odd: Flags = np.empty(0, np.bool_)  # lines that break a rule whatever the run
        self._lines: dict[bytes, int] = {}
        self._answers: dict[str, int] = {}
        self._forgotten = False  # whether the text of restored lines must be made again before one is added
        self._fit: dict[tuple[int, int], bool] = {}  # (measure, answer) → whether they go together
        self._repeated: dict[tuple[int, int, int], bool] = {}  # (repeat, measure, answer) → whether so many attempts can be

    def __len__(self) -> int:
        """How many lines it knows."""
        return len(self.question_of)

    def restore(self, answers: list[Answer], cases: list[str], question_of: Numbers, answer_of_line: Numbers) -> None:
        """Take what another catalogue held. Raises ValueError where that can't be."""
        if cases:
            self.cases.add(cases)
        if len(question_of) and not (question_of.min() >= 0 and question_of.max() < len(self.cases) * MEASURES):
            raise ValueError("a question that is none")
        if len(answer_of_line) and not (answer_of_line.min() >= 0 and answer_of_line.max() < len(answers)):
            raise ValueError("an answer that is none")
        self.answers, self.question_of, self.answer_of = answers, question_of, answer_of_line
        self.odd = np.zeros(len(question_of), np.bool_)
        self._forgotten = True

    def _remember(self) -> None:
        """Make the text of restored lines again, as the probe writes it; a line that was written otherwise counts as another one."""
        out = io.StringIO()
        csv.writer(out, lineterminator="\n").writerows(self.answers)
        tails = out.getvalue().split("\n")
        keys = [tail if '"' not in tail else "\n".join(answer) for tail, answer in zip(tails, self.answers, strict=False)]
        self._answers = dict(zip(keys, range(len(keys)), strict=True))
        cases, measures = (each.tolist() for each in np.divmod(self.question_of, MEASURES))
        texts = self.cases.texts
        lines = [f"{texts[case]},{MEASURE_NAMES[measure]},{tails[answer]}"
                 for case, measure, answer in zip(cases, measures, self.answer_of.tolist(), strict=True)]  # fmt: skip
        self._lines = dict(zip(map(str.encode, lines), range(len(lines)), strict=True))
        self._forgotten = False

    def question(self, number: int) -> tuple[str, ...]:
        """The cells of KEYS of a question."""
        found = self._questions.get(number)
        if found is None:
            case, measure = divmod(number, MEASURES)
            found = self._questions[number] = (*self.cases.cells(case), MEASURE_NAMES[measure])
        return found

    def take(self, data: bytes) -> Numbers | None:
        """The numbers of a file's lines, added where they are new; None where the file is odd as a whole.

        Raises TooMany.
        """
        if not data.startswith(HEADER + b"\n") or not data.endswith(b"\n") or data.count(b"\n") > MAX_ROWS + 1:
            return None
        if any(mark in data for mark in MARKS):
            return None
        if self._forgotten:
            self._remember()
        lines = data.split(b"\n")[1:-1]
        known = self._lines
        numbers = list(map(known.get, lines))
        if None in numbers:
            new = list(dict.fromkeys([line for line, number in zip(lines, numbers, strict=True) if number is None]))
            if len(known) + len(new) > MAX_DISTINCT:
                raise TooMany
            if max(map(len, new)) > MAX_LINE or not self._add(new):
                return None
            numbers = list(map(known.get, lines))
        return np.fromiter(numbers, np.int32, len(numbers))

    def _add(self, lines: Sequence[bytes]) -> bool:
        """Parse lines that are new; whether they are text at all."""
        try:
            texts = b"\n".join(lines).decode("utf-8").split("\n")
        except UnicodeDecodeError:
            return False
        quoted = [place for place, text in enumerate(texts) if '"' in text]
        heads = [text.rsplit(",", TAIL)[0] for text in texts]
        tails = [text[len(head) + 1 :] for head, text in zip(heads, texts, strict=True)]
        for place, parts in zip(quoted, unquoted([texts[place] for place in quoted]), strict=True):
            heads[place], tails[place] = parts
        cases = [head.rpartition(",")[0] for head in heads]
        measures = [head[len(case) + 1 :] for head, case in zip(heads, cases, strict=True)]
        numbers, answers = self.cases.numbers, self._answers
        new_cases = [case for case in dict.fromkeys(cases) if case not in numbers]
        if new_cases:
            self.cases.add(new_cases)
        for tail in dict.fromkeys(tails):
            if tail not in answers:
                answers[tail] = len(answers)
                self.answers.append(answer_of(tail))
        count = len(lines)
        case_of = np.fromiter(map(numbers.__getitem__, cases), np.int32, count)
        measure_of = measure_numbers(measures)
        given = np.fromiter(map(answers.__getitem__, tails), np.int32, count)
        odd = self._odd(case_of, measure_of, given)
        first = len(self)
        self._lines.update(zip(lines, range(first, first + count), strict=True))
        self.question_of = np.concatenate([self.question_of, case_of * MEASURES + np.maximum(measure_of, 0)])
        self.answer_of = np.concatenate([self.answer_of, given])
        self.odd = np.concatenate([self.odd, odd])
        return True

    def _odd(self, case_of: Numbers, measure_of: Numbers, answer_of_line: Numbers) -> Flags:
        """Which lines break a rule: of their words, of where their measure is asked, or of what it answers."""
        codes = self.cases.codes[case_of]
        odd: Flags = (measure_of < 0) | (codes == UNKNOWN).any(axis=1)
        odd |= (codes == BLANK).any(axis=1) & ~OF_HOST[measure_of]
        odd |= ~ASKED[measure_of, codes[:, PROTOCOL], codes[:, STATE]] & ~OF_HOST[measure_of]
        odd |= (measure_of == LATE_NUMBER) & (codes[:, ACCOUNT] != SAME)
        pairs, which = np.unique(measure_of.astype(np.int64) * len(self.answers) + answer_of_line, return_inverse=True)
        misfit = np.zeros(len(pairs), np.bool_)
        for place, pair in enumerate(pairs.tolist()):
            measure, answer = divmod(pair, len(self.answers))
            if (measure, answer) not in self._fit:
                self._fit[measure, answer] = measure >= 0 and answer_problem(MEASURE_NAMES[measure], self.answers[answer]) is None
            misfit[place] = not self._fit[measure, answer]
        return odd | misfit[which]

    def consistent(self, lines: Numbers, repeat: int) -> bool:
        """Whether the lines of one run go together: none odd, no question twice, attempts that can be, nothing without its bind."""
        if self.odd[lines].any():
            return False
        questions, answers = self.question_of[lines], self.answer_of[lines]
        ordered = np.sort(questions)
        if (ordered[1:] == ordered[:-1]).any():
            return False
        measures = questions % MEASURES
        together = np.bincount(measures * len(self.answers) + answers)
        for pair in np.flatnonzero(together).tolist():
            measure, answer = divmod(pair, len(self.answers))
            key = (repeat, measure, answer)
            if key not in self._repeated:
                self._repeated[key] = attempts_problem(MEASURE_NAMES[measure], self.answers[answer], repeat) is None
            if not self._repeated[key]:
                return False
        return self._follows(questions // MEASURES, answers, measures)

    def _follows(self, cases: Numbers, answers: Numbers, measures: Numbers) -> bool:
        """Whether each row that needs its case's bind, or the success of it, has it in the same run."""
        is_bind = measures == BIND_NUMBER
        success = np.array([answer.outcome in (Outcome.SUCCESS, Outcome.UNSTABLE) for answer in self.answers], np.bool_)
        measured = np.array([answer.outcome not in NOT_MEASURED for answer in self.answers], np.bool_)
        asked, bound = np.zeros((2, len(self.cases)), np.bool_)
        asked[cases[is_bind]] = True
        bound[cases[is_bind & success[answers]]] = True
        return bool(bound[cases[NEEDS_BIND[measures] & measured[answers]]].all() and asked[cases[~OF_HOST[measures]]].all())

    def binds(self, lines: Numbers) -> Numbers:
        """The cases whose bind these lines hold, sorted."""
        questions = self.question_of[lines]
        found: Numbers = np.sort(questions[questions % MEASURES == BIND_NUMBER] // MEASURES)
        return found

    def splits(self, lines: Numbers) -> Mapping[tuple[str, ...], tuple[int, int]]:
        """(agreed, attempts) of the questions that these lines answer with `split`."""
        wanted = np.array([answer.outcome == "split" for answer in self.answers], np.bool_)
        chosen = lines[wanted[self.answer_of[lines]]]
        found = {}
        for question, answer in zip(self.question_of[chosen].tolist(), self.answer_of[chosen].tolist(), strict=True):
            given = self.answers[answer]
            found[self.question(question)] = (int(given.agreed), int(given.attempts))
        return found


def measure_numbers(measures: Sequence[str]) -> Numbers:
    """The numbers of measures, -1 for one that is none."""
    try:
        return np.fromiter(map(MEASURE_NUMBERS.__getitem__, measures), np.int32, len(measures))
    except KeyError:
        return np.array([MEASURE_NUMBERS.get(measure, -1) for measure in measures], np.int32)


def answer_of(tail: str) -> Answer:
    """An answer by the rest of its line, or by its cells joined by line ends, as `unquoted` gives them."""
    cells = tail.split("\n" if "\n" in tail else ",")
    good = len(cells) == TAIL and all(cell.isprintable() and len(cell) <= MAX_CELL for cell in cells)
    return Answer(*cells) if good else NO_ANSWER


def unquoted(texts: list[str]) -> list[tuple[str, str]]:
    """Question and answer of lines with quotes; the answer's cells are joined by line ends, which no line holds.

    A line that is no CSV, or has another number of cells, comes back as a question that none is.
    """
    try:
        rows = list(csv.reader(texts, strict=True))
    except csv.Error:
        rows = []
    if len(rows) != len(texts):  # a quote that isn't closed takes the next line along: look at each alone
        return [(text, "") for text in texts] if len(texts) == 1 else [parts for text in texts for parts in unquoted([text])]
    found = []
    for text, cells in zip(texts, rows, strict=True):
        head = ",".join(cells[: WIDTH + 1])
        good = len(cells) == len(COLUMNS) and head.count(",") == WIDTH  # no cell of the question holds a comma of its own
        found.append((head, "\n".join(cells[WIDTH + 1 :])) if good else (text, ""))
    return found
