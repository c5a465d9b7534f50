"""The one table of verdicts, and how each is shown.

How a claim is judged. A claim expects an outcome, an observation has one. Both are first put into a
class (`expectation`, `outcome_class`), then the pair of classes is looked up in `VERDICTS`. There is no other way to judge.
A new word of an outcome needs an entry here and in `outcome_class`.
"""

from dataclasses import dataclass
from enum import StrEnum

from matrix.vocabulary import NO_EVIDENCE, NOT_MEASURED, Expected, Outcome


class Verdict(StrEnum):
    """What an observation is to a claim."""

    AGREES = "agrees"
    WRONG_ERROR = "wrong-error"
    WEAKER = "weaker"
    STRICTER = "stricter"
    DIFFERS = "differs"
    UNSTABLE = "unstable"
    LEFT_OPEN = "left-open"
    UNOBSERVED = "unobserved"


@dataclass(frozen=True, slots=True)
class VerdictStyle:
    """How a verdict is shown: never by colour alone."""

    symbol: str
    colour: str  # the class of the page's style sheet
    meaning: str


STYLES = {
    Verdict.AGREES: VerdictStyle("✓", "good", "observed as documented"),
    Verdict.WRONG_ERROR: VerdictStyle("≠", "minor", "refused as documented, with another error"),
    Verdict.WEAKER: VerdictStyle("▼", "bad", "documented as refused, observed to succeed: a port thought safe can be taken"),
    Verdict.STRICTER: VerdictStyle("▲", "warn", "documented as success, observed to be refused"),
    Verdict.DIFFERS: VerdictStyle("✗", "bad", "something else was observed than what is documented"),
    Verdict.UNSTABLE: VerdictStyle("~", "warn", "the attempts did not agree with each other"),
    Verdict.LEFT_OPEN: VerdictStyle("○", "none", "left open by the document: what was measured neither confirms nor refutes it"),
    Verdict.UNOBSERVED: VerdictStyle("·", "none", "not measured, for a stated reason"),
}  # fmt: skip
CONTRADICTIONS = (Verdict.WRONG_ERROR, Verdict.WEAKER, Verdict.STRICTER, Verdict.DIFFERS, Verdict.UNSTABLE)
# Worst first.
GRAVEST = (Verdict.WEAKER, Verdict.DIFFERS, Verdict.STRICTER, Verdict.WRONG_ERROR, Verdict.UNSTABLE, Verdict.AGREES, Verdict.LEFT_OPEN)

EXPECTATIONS = ("SUCCESS", "INUSE", "ACCESS", "INUSE|ACCESS", "REFUSED", "word")
# (class of what is expected, class of what was observed) → verdict.
VERDICTS = {
    ("SUCCESS", "SUCCESS"): Verdict.AGREES,
    ("SUCCESS", "INUSE"): Verdict.STRICTER,
    ("SUCCESS", "ACCESS"): Verdict.STRICTER,
    ("SUCCESS", "other-error"): Verdict.STRICTER,
    ("INUSE", "SUCCESS"): Verdict.WEAKER,
    ("INUSE", "INUSE"): Verdict.AGREES,
    ("INUSE", "ACCESS"): Verdict.WRONG_ERROR,
    ("INUSE", "other-error"): Verdict.WRONG_ERROR,
    ("ACCESS", "SUCCESS"): Verdict.WEAKER,
    ("ACCESS", "INUSE"): Verdict.WRONG_ERROR,
    ("ACCESS", "ACCESS"): Verdict.AGREES,
    ("ACCESS", "other-error"): Verdict.WRONG_ERROR,
    ("INUSE|ACCESS", "SUCCESS"): Verdict.WEAKER,
    ("INUSE|ACCESS", "INUSE"): Verdict.AGREES,
    ("INUSE|ACCESS", "ACCESS"): Verdict.AGREES,
    ("INUSE|ACCESS", "other-error"): Verdict.WRONG_ERROR,
    ("REFUSED", "SUCCESS"): Verdict.WEAKER,
    ("REFUSED", "INUSE"): Verdict.AGREES,
    ("REFUSED", "ACCESS"): Verdict.AGREES,
    ("REFUSED", "other-error"): Verdict.AGREES,
    ("word", "the-word"): Verdict.AGREES,
    ("word", "another-word"): Verdict.DIFFERS,
    ("LEFT_OPEN", "whatever"): Verdict.LEFT_OPEN,
    **{(expected, "UNSTABLE"): Verdict.UNSTABLE for expected in EXPECTATIONS},
    **{(expected, "no-evidence"): Verdict.UNOBSERVED for expected in (*EXPECTATIONS, "LEFT_OPEN")},
}  # fmt: skip


def verdict_of(expected: str, observed: str) -> Verdict:
    """The verdict on an observation. `expected` is one of Expected but CHECK, or words joined by `|` of which any will do."""
    seen = outcome_class(observed)
    if expected == Expected.LEFT_OPEN:
        return VERDICTS[expected, seen if seen == "no-evidence" else "whatever"]
    if expected in tuple(Expected):
        return VERDICTS[expected, seen]
    if seen not in ("no-evidence", Outcome.UNSTABLE):
        seen = "the-word" if observed in expected.split("|") else "another-word"
    return VERDICTS["word", seen]


def contradict(expected: str, other: str) -> bool:
    """Whether no answer of a call agrees with both expectations. What is left open contradicts nothing."""
    if Expected.LEFT_OPEN in (expected, other):
        return False
    agreeing = [
        {seen for (word, seen), verdict in VERDICTS.items() if word == each and verdict == Verdict.AGREES} for each in (expected, other)
    ]
    return not agreeing[0] & agreeing[1]


def outcome_class(outcome: str) -> str:
    """The class of an observed outcome, as `VERDICTS` knows it."""
    if outcome in NOT_MEASURED or outcome in NO_EVIDENCE:
        return "no-evidence"
    if outcome in tuple(Outcome):
        return outcome
    return "other-error"
