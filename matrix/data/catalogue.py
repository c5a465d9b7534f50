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
from itertools import repeat

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
        self._lines: dict[str, int] = {}
        self._answers: dict[str, int] = {}
        self._forgotten = False  # whether the text of restored lines must be made again before one is added
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
        self._answers = {"\n".join(answer): number for number, answer in enumerate(self.answers)}
        cases, measures = (each.tolist() for each in np.divmod(self.question_of, MEASURES))
        texts = self.cases.texts
        lines = [f"{texts[case]},{MEASURE_NAMES[measure]},{tails[answer]}"
                 for case, measure, answer in zip(cases, measures, self.answer_of.tolist(), strict=True)]  # fmt: skip
        self._lines = dict(zip(lines, range(len(lines)), strict=True))
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
        try:
            lines = data.decode("utf-8").split("\n")[1:-1]
        except UnicodeDecodeError:
            return None
        numbers = self._numbers(lines)
        unknown = np.flatnonzero(numbers < 0)
        if len(unknown):
            new = list(dict.fromkeys([lines[place] for place in unknown.tolist()]))
            first = len(self)
            if first + len(new) > MAX_DISTINCT:
                raise TooMany
            longest = max(map(len, new))  # characters, of which each has four bytes at most
            if 4 * longest > MAX_LINE and max(len(line.encode()) for line in new) > MAX_LINE:
                return None
            self._add(new)
            if len(new) == len(unknown):
                numbers[unknown] = np.arange(first, len(self), dtype=np.int32)
            else:
                numbers = self._numbers(lines)
        return numbers

    def _numbers(self, lines: Sequence[str]) -> Numbers:
        """The numbers of lines, -1 for those that are new."""
        return np.fromiter(map(self._lines.get, lines, repeat(-1)), np.int32, len(lines))

    def _add(self, lines: Sequence[str]) -> None:
        """Parse lines that are new. What begins a line is its case, and the rest, of which there are few, its measure and its answer."""
        cases = [line.rsplit(",", TAIL + 1)[0] for line in lines]
        rests = [line[len(case) + 1 :] for case, line in zip(cases, lines, strict=True)]
        for place in [place for place, line in enumerate(lines) if '"' in line]:
            cases[place], rests[place] = unquoted(lines[place])
        case_of = self.cases.numbered(cases)
        place_of = {rest: place for place, rest in enumerate(dict.fromkeys(rests))}
        pairs = np.array([self._measure_and_answer(rest) for rest in place_of], np.int32)
        which = np.fromiter(map(place_of.__getitem__, rests), np.int32, len(rests))
        measure_of, given = pairs[which].T
        odd = self._odd(case_of, measure_of) | np.array([not self._fits(*pair) for pair in pairs.tolist()], np.bool_)[which]
        first = len(self)
        self._lines.update(zip(lines, range(first, first + len(lines)), strict=True))
        self.question_of = np.concatenate([self.question_of, case_of * MEASURES + np.maximum(measure_of, 0)])
        self.answer_of = np.concatenate([self.answer_of, given])
        self.odd = np.concatenate([self.odd, odd])

    def _measure_and_answer(self, rest: str) -> tuple[int, int]:
        """The numbers of both, -1 for a measure that is none; the answer is added where it is new."""
        measure, *cells = cells_of(rest) or ("",)
        key = "\n".join(cells)
        answer = self._answers.get(key)
        if answer is None:
            answer = self._answers[key] = len(self.answers)
            self.answers.append(answer_of(cells))
        return MEASURE_NUMBERS.get(measure, -1), answer

    def _fits(self, measure: int, answer: int) -> bool:
        """Whether a measure can be answered like this."""
        return measure >= 0 and answer_problem(MEASURE_NAMES[measure], self.answers[answer]) is None

    def _odd(self, case_of: Numbers, measure_of: Numbers) -> Flags:
        """Which lines break a rule: of their words, or of where their measure is asked."""
        codes = self.cases.codes[case_of]
        odd: Flags = (measure_of < 0) | (codes == UNKNOWN).any(axis=1)
        odd |= (codes == BLANK).any(axis=1) & ~OF_HOST[measure_of]
        odd |= ~ASKED[measure_of, codes[:, PROTOCOL], codes[:, STATE]] & ~OF_HOST[measure_of]
        odd |= (measure_of == LATE_NUMBER) & (codes[:, ACCOUNT] != SAME)
        return odd

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


def answer_of(cells: Sequence[str]) -> Answer:
    """An answer by its cells; NO_ANSWER where they are none."""
    good = len(cells) == TAIL and all(cell.isprintable() and len(cell) <= MAX_CELL for cell in cells)
    return Answer(*cells) if good else NO_ANSWER


def cells_of(text: str) -> list[str] | None:
    """The cells of a line or of a part of one; None where it is no CSV."""
    if '"' not in text:
        return text.split(",")
    try:
        rows = list(csv.reader([text], strict=True))
    except csv.Error:
        return None
    return rows[0] if len(rows) == 1 else None


def unquoted(line: str) -> tuple[str, str]:
    """Case and rest of a line with quotes. A line that is no CSV, or has another number of cells, comes back as a case that none is."""
    *words, rest = line.split(",", WIDTH)
    if len(words) == WIDTH and '"' not in "".join(words):
        return line[: -len(rest) - 1], rest
    cells = cells_of(line)
    if cells is None or len(cells) != len(COLUMNS) or any("," in cell for cell in cells[: WIDTH + 1]):
        return line, ""
    out = io.StringIO()
    csv.writer(out, lineterminator="").writerow(cells[WIDTH:])
    return ",".join(cells[:WIDTH]), out.getvalue()
