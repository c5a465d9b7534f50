"""The one table of verdicts, and how each is shown.

How a claim is judged. A claim expects an outcome, an observation has one. Both are first put into a
class (`expectation`, `outcome_class`), then the pair of classes is looked up in `VERDICTS`. There is no other way to judge.
A new word of an outcome needs an entry here and in `outcome_class`.
"""

from dataclasses import dataclass
from enum import StrEnum

from matrix.vocabulary import NOT_MEASURED, Expected, Outcome


class Verdict(StrEnum):
    """What an observation is to a claim."""

    AGREES = "agrees"
    WRONG_ERROR = "wrong-error"
    WEAKER = "weaker"
    STRICTER = "stricter"
    DIFFERS = "differs"
    UNSTABLE = "unstable"
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
    Verdict.UNOBSERVED: VerdictStyle("·", "none", "not measured, for a stated reason"),
}  # fmt: skip
CONTRADICTIONS = (Verdict.WRONG_ERROR, Verdict.WEAKER, Verdict.STRICTER, Verdict.DIFFERS, Verdict.UNSTABLE)
# Worst first.
GRAVEST = (Verdict.WEAKER, Verdict.DIFFERS, Verdict.STRICTER, Verdict.WRONG_ERROR, Verdict.UNSTABLE, Verdict.AGREES)

EXPECTATIONS = ("SUCCESS", "INUSE", "ACCESS", "REFUSED", "word")
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
    ("REFUSED", "SUCCESS"): Verdict.WEAKER,
    ("REFUSED", "INUSE"): Verdict.AGREES,
    ("REFUSED", "ACCESS"): Verdict.AGREES,
    ("REFUSED", "other-error"): Verdict.AGREES,
    ("word", "the-word"): Verdict.AGREES,
    ("word", "another-word"): Verdict.DIFFERS,
    **{(expected, "UNSTABLE"): Verdict.UNSTABLE for expected in EXPECTATIONS},
    **{(expected, "not-measured"): Verdict.UNOBSERVED for expected in EXPECTATIONS},
}  # fmt: skip


def verdict_of(expected: str, observed: str) -> Verdict:
    """The verdict on an observation. `expected` is one of Expected but CHECK, or words joined by `|` of which any will do."""
    seen = outcome_class(observed)
    if expected in tuple(Expected):
        return VERDICTS[expected, seen]
    if seen not in ("not-measured", Outcome.UNSTABLE):
        seen = "the-word" if observed in expected.split("|") else "another-word"
    return VERDICTS["word", seen]


def outcome_class(outcome: str) -> str:
    """The class of an observed outcome, as `VERDICTS` knows it."""
    if outcome in NOT_MEASURED:
        return "not-measured"
    if outcome in tuple(Outcome):
        return outcome
    return "other-error"
