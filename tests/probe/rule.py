"""The rule by which answers become an outcome, once more: as slowly and plainly as it can be put."""

from collections import Counter

ERRORS = {"SUCCESS": "", "INUSE": "EADDRINUSE", "ACCESS": "EACCES"}


def plain_rule(answers: list[str], repeat: int) -> tuple[str, int, int] | None:
    """(outcome, agreed, attempts) of these answers in any order; None where they are too few."""
    counts = Counter(answers)
    for word in sorted(counts):
        others = sum(counts[other] for other in counts if other != word)
        if others == 0 and counts[word] >= repeat:
            return word, repeat, repeat
        if others == 1 and counts[word] >= max(repeat, 2):
            return word, counts[word], counts[word] + 1
    if answers and len(answers) >= repeat and all(len(answers) - counts[word] >= 2 for word in counts):
        return "UNSTABLE", 0, len(answers)
    return None


def is_open(decided: tuple[str, int, int] | None) -> bool:
    """Whether more is to be asked: too few answers, or one that dissents."""
    return decided is None or decided[1] == decided[2] - 1
