"""Every case that the vocabulary can make, numbered, with the codes of its words.

A case is written as its cells joined by commas, as it begins a line of observations.csv. The first cases of a table are
those that `cases.cases_of` lists with all options; facts of the host, of which most cells are blank, and cases of an older
vocabulary follow as they come. A code is a word's place in WORDS, -1 for blank, -2 for a word that is none.
"""

from collections.abc import Iterator
from functools import cache, cached_property

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


class CaseTable:
    """Cases by number and by text. What only a run that is read asks for, their texts, is made when it is first asked for."""

    def __init__(self) -> None:
        self.codes = possible_codes()
        self.possible = len(self.codes)  # the first ones, which a host may be asked
        self.added: list[str] = []  # the others
        self._cells: dict[int, tuple[str, ...]] = {}  # of those that were asked for

    def __len__(self) -> int:
        """How many cases it knows."""
        return len(self.codes)

    @cached_property
    def texts(self) -> list[str]:
        """All of them as text."""
        return [*possible_texts(), *self.added]

    @cached_property
    def numbers(self) -> dict[str, int]:
        """Their numbers."""
        return dict(zip(self.texts, range(len(self)), strict=True))

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

    def add(self, texts: list[str]) -> None:
        """Number cases that are new, in this order."""
        first = len(self)
        self.added += texts
        if "texts" in vars(self):
            self.texts.extend(texts)
        if "numbers" in vars(self):
            self.numbers.update(zip(texts, range(first, first + len(texts)), strict=True))
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
