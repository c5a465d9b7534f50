"""Every case that the vocabulary can make, numbered, with the codes of its words.

A case is written as its cells joined by commas, as it begins a line of observations.csv. The first cases of a table are
those that `cases.cases_of` lists with all options; facts of the host, of which most cells are blank, and cases of an older
vocabulary follow as they come. A code is a word's place in WORDS, -1 for blank, -2 for a word that is none.
"""

from collections.abc import Iterable, Iterator
from functools import cache, cached_property
from itertools import repeat

import numpy as np
import numpy.typing as npt

from matrix.probe import cases
from matrix.probe.vocabulary import ACCOUNT_NAMES
from matrix.vocabulary import CASE_COLUMNS, WORDS

Codes = npt.NDArray[np.int8]
Numbers = npt.NDArray[np.int32]
BLANK, UNKNOWN = -1, -2
CODES = tuple({"": BLANK, **{word: number for number, word in enumerate(WORDS[column])}} for column in CASE_COLUMNS)
OPTION_COLUMNS = [CASE_COLUMNS.index("first_option"), CASE_COLUMNS.index("second_option")]


SPECS = cases.specs_of(None, cases.options_named(WORDS["first_option"]))
SPEC_CELLS = [(spec.family, spec.option, spec.address) for spec in SPECS]


def blocks() -> Iterator[tuple[str, str, str, list[int], list[int]]]:
    """(account, protocol, state, first specs, second specs) of the cases that the vocabulary can make, in the order of `cases.cases_of`."""
    for account in ACCOUNT_NAMES:
        for protocol, state, *both in cases.situations(SPECS):
            firsts, seconds = ([number for number in numbers if protocol in SPECS[number].protocols] for numbers in both)
            yield account, protocol, state, firsts, seconds


@cache
def possible_texts() -> tuple[str, ...]:
    """Every case that the vocabulary can make."""
    texts: list[str] = []
    for account, protocol, state, firsts, seconds in blocks():
        ends = [f",{state},{','.join(SPEC_CELLS[second])},{account}" for second in seconds]
        for first in firsts:
            start = f"{protocol},{','.join(SPEC_CELLS[first])}"
            texts += [start + end for end in ends]
    return tuple(texts)


@cache
def possible_codes() -> Codes:
    """The codes of the same cases, a row each."""
    spec_codes = np.array([[codes[word] for codes, word in zip(CODES[1:4], words, strict=True)] for words in SPEC_CELLS], np.int8)
    found = []
    for account, protocol, state, firsts, seconds in blocks():
        block = np.empty((len(firsts), len(seconds), len(CASE_COLUMNS)), np.int8)
        block[:, :, 0], block[:, :, 4], block[:, :, 8] = CODES[0][protocol], CODES[4][state], CODES[8][account]
        block[:, :, 1:4], block[:, :, 5:8] = spec_codes[firsts][:, None], spec_codes[seconds][None, :]
        found.append(block.reshape(-1, len(CASE_COLUMNS)))
    return np.concatenate(found)


def codes_of(texts: list[str]) -> Codes:
    """The codes of cases, a row each; a case with another number of cells is all UNKNOWN."""
    width = len(CASE_COLUMNS)
    split = [text.split(",") for text in texts]
    rows = [cells if len(cells) == width else ["?"] * width for cells in split]
    columns = zip(*rows, strict=True) if rows else [()] * width
    found = np.empty((len(rows), width), np.int8)
    for place, (column, codes) in enumerate(zip(columns, CODES, strict=True)):
        found[:, place] = [codes.get(word, UNKNOWN) for word in column]
    return found


def options_in(text: str) -> tuple[str, ...]:
    """The options of a case's two sockets; none where it has not two."""
    cells = text.split(",")
    options = tuple(cells[place] for place in OPTION_COLUMNS) if len(cells) == len(CASE_COLUMNS) else ()
    return options if all(options) else ()


class CaseTable:
    """Cases by number and by text. What only a run that is read asks for, their texts, is made when it is first asked for."""

    def __init__(self) -> None:
        self.codes = possible_codes()
        self.possible = len(self.codes)  # the first ones, which a host may be asked
        self.added: list[str] = []  # the others
        self._cells: dict[int, tuple[str, ...]] = {}  # of those that were asked for
        self._numbers: dict[str, int] = {}  # by text, of the possible ones as far as their options were met
        self._met: set[str] = set()

    def __len__(self) -> int:
        """How many cases it knows."""
        return len(self.codes)

    @cached_property
    def texts(self) -> list[str]:
        """All of them as text."""
        return [*possible_texts(), *self.added]

    def cells(self, number: int) -> tuple[str, ...]:
        """The words of a case."""
        found = self._cells.get(number)
        if found is None:
            if number >= self.possible:
                found = tuple(self.added[number - self.possible].split(","))
            else:
                found = tuple(WORDS[column][code] for column, code in zip(CASE_COLUMNS, self.codes[number].tolist(), strict=True))
            self._cells[number] = found
        return found

    def numbered(self, texts: list[str]) -> Numbers:
        """The numbers of cases, of which those that are new are added in their order."""
        found = np.fromiter(map(self._numbers.get, texts, repeat(-1)), np.int32, len(texts))
        unknown = np.flatnonzero(found < 0).tolist()
        if unknown:
            self.meet({option for place in unknown for option in options_in(texts[place])})
            self.add([text for text in dict.fromkeys([texts[place] for place in unknown]) if text not in self._numbers])
            found[unknown] = [self._numbers[texts[place]] for place in unknown]
        return found

    def meet(self, options: Iterable[str]) -> None:
        """Get ready for cases of these options: of all that are possible, only theirs are written out, because that takes a while."""
        new = {*options} - self._met
        if not new:
            return
        met, start = self._met, 0
        for account, protocol, state, firsts, seconds in blocks():
            tails = [f",{state},{','.join(SPEC_CELLS[second])},{account}" for second in seconds]
            options_of = [SPECS[second].option for second in seconds]
            of_new = [(tail, place) for place, (tail, option) in enumerate(zip(tails, options_of, strict=True)) if option in new]
            of_all = [(tail, place) for place, (tail, option) in enumerate(zip(tails, options_of, strict=True)) if option in new | met]
            for first in firsts:
                option, head = SPECS[first].option, f"{protocol},{','.join(SPEC_CELLS[first])}"
                chosen = of_all if option in new else of_new if option in met else []
                self._numbers.update({head + tail: start + place for tail, place in chosen})
                start += len(seconds)
        self._met |= new

    def add(self, texts: list[str]) -> None:
        """Number cases that are new, in this order."""
        first = len(self)
        self.added += texts
        if "texts" in vars(self):
            self.texts.extend(texts)
        self._numbers.update(zip(texts, range(first, first + len(texts)), strict=True))
        self.codes = np.concatenate([self.codes, codes_of(texts)])

    def expected(self, options: tuple[str, ...], selection: str) -> Numbers:
        """The numbers of the cases that a run with these options holds: all of them, or those that its `--only` matches."""
        wanted = [number for number, word in enumerate(WORDS["first_option"]) if word in options]
        inside = np.isin(self.codes[: self.possible, OPTION_COLUMNS], wanted).all(axis=1)
        found = np.flatnonzero(inside).astype(np.int32)
        if not selection:
            return found
        ids = (cases.case_id(self.texts[number].split(",")) for number in found.tolist())
        return found[np.array([cases.case_matches(case, selection) for case in ids], np.bool_)]
