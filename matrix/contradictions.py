"""Claims against claims: which speak of one case and expect different outcomes, before anything is measured.

Two patterns meet when no column tells them apart, they speak of one system, and their versions overlap. They are compared by
codes, in blocks of patterns that share measure and state, so that nothing is kept but what meets.
"""

from collections.abc import Sequence
from functools import lru_cache
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from matrix.data.garbage import collector_paused
from matrix.judge import Pattern, spelled_out
from matrix.records import Claim
from matrix.verdicts import contradict
from matrix.vocabulary import CALLS, KEYS, version_key, within

BLOCK = 256  # patterns that are compared with all others of their group at once
DENSE = 5  # columns that are compared for all of a block's pairs, those with the most words; the others for what these leave


Bits = npt.NDArray[np.unsignedinteger[Any]]
SIZES = (np.uint8, np.uint16, np.uint32, np.uint64)
MAX_BITS = 64


class Contradiction(NamedTuple):
    """Two claims that expect different outcomes of the same cases; `a` has the smaller id."""

    a: Claim
    b: Claim
    expected_a: str
    expected_b: str
    words: tuple[str, ...]  # of KEYS: what both speak of, blank for any
    fair: bool  # whether they do so too where each is read fairly; see `records.Reading`


@collector_paused()
def contradictions(claims: Sequence[Claim]) -> list[Contradiction]:
    """All of them, ordered by their claims' ids and what they speak of."""
    about_calls = [claim for claim in claims if set(claim.pattern[-1].split("|")) <= set(CALLS)]
    patterns = spelled_out(about_calls)
    groups: dict[tuple[str, str], list[Pattern]] = {}
    for pattern in patterns:
        groups.setdefault((pattern.words[KEYS.index("measure")], pattern.words[KEYS.index("first_state")]), []).append(pattern)
    found = []
    for group in groups.values():
        for one, other in meeting_pairs(group, about_calls):
            first, second = (one, other) if about_calls[one.claim].id < about_calls[other.claim].id else (other, one)
            a, b = about_calls[first.claim], about_calls[second.claim]
            if versions_overlap(a.since, a.until, b.since, b.until):
                words = tuple(word or beside for word, beside in zip(first.words, second.words, strict=True))
                fair = (a.last, b.last) == (a.until, b.until) or versions_overlap(a.since, a.last, b.since, b.last)
                found.append(Contradiction(a, b, first.expected, second.expected, words, fair))
    return sorted(found, key=lambda pair: (pair.a.id, pair.b.id, pair.words))


def meeting_pairs(group: Sequence[Pattern], claims: Sequence[Claim]) -> list[tuple[Pattern, Pattern]]:
    """Pairs of patterns of different claims that no column and no system tells apart, and whose expectations differ.

    A word is one bit, a blank is all of them: two cells meet where they have a bit in common.
    """
    expected = [pattern.expected for pattern in group]
    (own,) = bits(expected)
    bit_of = dict(zip(expected, own.tolist(), strict=True))
    against = {word: sum(bit for other, bit in bit_of.items() if contradict(word, other)) for word in bit_of}
    opposed = np.array([against[word] for word in expected], own.dtype)
    owner = np.array([pattern.claim for pattern in group], np.int32)
    cells = zip(*((*pattern.words, claims[pattern.claim].system) for pattern in group), strict=True)
    columns = [each for column in cells for each in bits(column)]
    telling = sorted((column for column in columns if (column != column[0]).any()), key=lambda column: -len(np.unique(column)))
    found = []
    for start in range(0, len(group), BLOCK):
        rows = slice(start, start + BLOCK)  # patterns are in the order of their claims, so that each is compared with later ones
        meets = (opposed[rows, None] & own[None, start:]) != 0
        for column in telling[:DENSE]:
            meets &= (column[rows, None] & column[None, start:]) != 0
        one, other = (places + start for places in np.divmod(np.flatnonzero(meets), meets.shape[1]))
        chosen = owner[one] < owner[other]
        for column in telling[DENSE:]:
            chosen &= (column[one] & column[other]) != 0
        found += [(group[a], group[b]) for a, b in zip(one[chosen].tolist(), other[chosen].tolist(), strict=True)]
    return found


def bits(column: Sequence[str]) -> list[Bits]:
    """A bit for each different word of a column, and all of them for a blank, in as few bytes as that takes.

    Of more than MAX_BITS words there are several columns, one for each digit of a word's number.
    """
    words = sorted({*column} - {""})
    digits = [np.arange(len(words))]
    while digits[-1].max(initial=0) >= MAX_BITS:
        digits[-1:] = [digits[-1] % MAX_BITS, digits[-1] // MAX_BITS]
    found: list[Bits] = []
    for numbers in digits:
        size = next(each for each in SIZES if numbers.max(initial=0) < 8 * np.dtype(each).itemsize)
        bit = dict(zip(words, (1 << number for number in numbers.tolist()), strict=True))
        found.append(np.array([bit[word] if word else (1 << 8 * np.dtype(size).itemsize) - 1 for word in column], size))
    return found


@lru_cache(maxsize=4096)
def versions_overlap(since_a: str, until_a: str, since_b: str, until_b: str) -> bool:
    """Whether two ranges of versions have a version in common."""
    starts = [since for since in (since_a, since_b) if since] or ["0"]
    start = max(starts, key=version_key)
    return within(start, since_a, until_a) and within(start, since_b, until_b)
