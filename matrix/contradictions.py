"""Claims against claims: which speak of one case and expect different outcomes, before anything is measured.

Two patterns meet when no column tells them apart, they speak of one system, and their versions overlap. They are compared by
codes, in blocks of patterns that share measure and state, so that nothing is kept but what meets.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from matrix.judge import Pattern, spelled_out
from matrix.records import Claim
from matrix.verdicts import contradict
from matrix.vocabulary import CALLS, KEYS, version_key, within

BLOCK = 256  # patterns that are compared with all others of their group at once


class Contradiction(NamedTuple):
    """Two claims that expect different outcomes of the same cases; `a` has the smaller id."""

    a: Claim
    b: Claim
    expected_a: str
    expected_b: str
    words: tuple[str, ...]  # of KEYS: what both speak of, blank for any
    fair: bool  # whether they do so too where each is read fairly; see `records.Reading`


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
                fair = versions_overlap(a.since, a.last, b.since, b.last)
                found.append(Contradiction(a, b, first.expected, second.expected, words, fair))
    return sorted(found, key=lambda pair: (pair.a.id, pair.b.id, pair.words))


def meeting_pairs(group: Sequence[Pattern], claims: Sequence[Claim]) -> list[tuple[Pattern, Pattern]]:
    """Pairs of patterns of different claims that no column and no system tells apart, and whose expectations differ."""
    numbers: dict[str, int] = {"": 0}
    codes = np.array(
        [[numbers.setdefault(word, len(numbers)) for word in (*pattern.words, claims[pattern.claim].system)] for pattern in group], np.int16
    )
    words = list(dict.fromkeys(pattern.expected for pattern in group))
    opposed = np.array([[contradict(one, other) for other in words] for one in words] or [[]], np.bool_)
    expected = np.array([words.index(pattern.expected) for pattern in group], np.intp)
    owner = np.array([pattern.claim for pattern in group], np.int32)
    found = []
    for start in range(0, len(group), BLOCK):
        rows = slice(start, start + BLOCK)
        meets = opposed[expected[rows, None], expected[None, :]] & (owner[rows, None] < owner[None, :])
        for column in range(codes.shape[1]):
            a, b = codes[rows, column, None], codes[None, :, column]
            meets &= (a == b) | (a == 0) | (b == 0)
        found += [(group[start + one], group[other]) for one, other in np.argwhere(meets).tolist()]
    return found


def versions_overlap(since_a: str, until_a: str, since_b: str, until_b: str) -> bool:
    """Whether two ranges of versions have a version in common."""
    starts = [since for since in (since_a, since_b) if since] or ["0"]
    start = max(starts, key=version_key)
    return within(start, since_a, until_a) and within(start, since_b, until_b)
