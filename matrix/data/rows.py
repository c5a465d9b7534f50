"""What a row may say: the rules of observations.csv and counts.csv, one row at a time.

The catalogue asks these of each distinct line once. `name_faults` asks them of every row of a run in which something was
odd, to name row and value. Both use the same functions, so that they can't disagree.
"""

import re
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from matrix.data.strict import Faults
from matrix.probe.vocabulary import MULTICAST_SENDERS
from matrix.vocabulary import (
    AFTER_BIND,
    ANSWERS,
    CASE_COLUMNS,
    COUNT_COLUMNS,
    EXTRA_ATTEMPTS,
    HOST_MEASURES,
    LIVE_NAMES,
    NOT_MEASURED,
    SENDERS,
    WORDS,
    Account,
    Measure,
    Outcome,
    Protocol,
    State,
    known_error,
)

BIND = str(Measure.BIND)
AGAIN = "the probe writes no such row; measure again with this project's probe"
# What the probe writes into `detail`: a reason, the counts of an UNSTABLE answer. Nothing that means something elsewhere.
REASON = re.compile(r"([A-Za-z0-9][A-Za-z0-9 ,.;:'\"`()/%_+=-]*)?")
COUNTED = re.compile(r"([A-Za-z0-9][^,]*) (\d{1,4})")
# Where a measure is asked: protocols, and whether of live sockets or after a close. Measures without an entry are asked anywhere.
LIVE, BOUND = frozenset(LIVE_NAMES), frozenset({str(State.BOUND)})
AFTER_CLOSE = frozenset(map(str, State)) - LIVE
TCP, UDP, BOTH = frozenset({str(Protocol.TCP)}), frozenset({str(Protocol.UDP)}), frozenset(map(str, Protocol))
PLACES = {
    str(Measure.LISTEN): (TCP, LIVE | AFTER_CLOSE),
    str(Measure.FIRST_LISTEN): (TCP, BOUND),
    str(Measure.FREED): (TCP, AFTER_CLOSE),
    str(Measure.LATE_OPTION): (BOTH, LIVE),
    **{str(measure): (UDP, BOUND) for measure in Measure if measure.startswith("multicast-")},
    **{str(measure): (BOTH, LIVE) for measure in Measure if measure.startswith(("deliver-", "inherit-"))},
}


class Answer(NamedTuple):
    """The cells of a row after its question."""

    outcome: str
    error: str
    agreed: str
    attempts: str
    detail: str


def outcome_of(error: str) -> str:
    """The outcome of a call for its error's symbolic name, blank for none."""
    plain = error.removeprefix("WSA")
    return {"": "SUCCESS", "EADDRINUSE": "INUSE", "EACCES": "ACCESS"}.get(plain, plain)


def question_problem(question: Sequence[str]) -> tuple[str, str] | None:
    """What is wrong with the cells of KEYS, and the value that shows it."""
    cells = dict(zip((*CASE_COLUMNS, "measure"), question, strict=True))
    measure = cells["measure"]
    for column, allowed in WORDS.items():
        if cells[column] not in allowed and (cells[column] or measure not in HOST_MEASURES):
            return f"unknown {column}", cells[column]
    if measure in PLACES:
        protocols, states = PLACES[measure]
        if cells["protocol"] not in protocols or cells["first_state"] not in states:
            return f"{measure} is not asked there", f"{cells['protocol']} {cells['first_state']}"
    if measure == Measure.LATE_OPTION and cells["account"] != Account.SAME:
        return f"{measure} is not asked of two accounts", cells["account"]
    return None


def answer_problem(measure: str, answer: Answer) -> tuple[str, str] | None:
    """What in an answer to a measure does not fit together whatever the run, and the value that shows it."""
    outcome, error = answer.outcome, answer.error
    if not REASON.fullmatch(answer.detail):
        return "detail is not plain words", answer.detail
    if not all(re.fullmatch(r"0|[1-9]\d{0,3}", number) for number in (answer.agreed, answer.attempts)):
        return "agreed and attempts must be numbers", f"{answer.agreed} of {answer.attempts}"
    if error and not known_error(error):
        return "unknown error", error
    agreed, attempts = int(answer.agreed), int(answer.attempts)
    if outcome in NOT_MEASURED:
        if agreed or attempts or not answer.detail:
            return f"{outcome} has no attempts and always a reason", f"{agreed} of {attempts}, {answer.detail!r}"
        if error and outcome == Outcome.NOT_RUN:
            return f"{outcome} has no error", error
        return None
    if outcome == Outcome.UNSTABLE:
        return unstable_problem(measure, answer, agreed, attempts)
    problem = outcome_problem(measure, outcome, error)
    if problem:
        return problem
    if not attempts or agreed not in (attempts, attempts - 1) or not agreed:
        return f"{outcome} must have been the answer of all attempts but one at most", f"{agreed} of {attempts}"
    if agreed < attempts and not re.search(r"(^|, )once [A-Za-z0-9]", answer.detail):
        return "the attempt that dissents is not named", f"{agreed} of {attempts}, {answer.detail!r}"
    return None


def outcome_problem(measure: str, outcome: str, error: str) -> tuple[str, str] | None:
    """Whether an outcome is an answer to a measure, and that of its error."""
    words = ANSWERS[measure]
    if outcome in words:
        return (f"{outcome} has no error", error) if error and outcome != "refused" else None
    if words and (not error or (measure in PLACES and measure != Measure.LATE_OPTION)):
        return f"unknown outcome of {measure}", outcome
    if outcome != outcome_of(error):
        return "unknown outcome, or not that of its error", f"{outcome} with error {error!r}"
    return None


def unstable_problem(measure: str, answer: Answer, agreed: int, attempts: int) -> tuple[str, str] | None:
    """UNSTABLE counts at least two kinds of answers, as `SUCCESS 2, INUSE 1`, which are all attempts."""
    if agreed or attempts < 2 or answer.error:
        return "UNSTABLE takes two attempts, none agreed, and no error", f"{agreed} of {attempts} {answer.error}".strip()
    counted = [COUNTED.fullmatch(part) for part in answer.detail.split(", ")]
    kinds = {match[1] for match in counted if match}
    numbers = [int(match[2]) for match in counted if match]
    words = {kind.split()[0] for kind in kinds}
    answers = set(ANSWERS[measure])
    known = all(word in answers or word in ("SUCCESS", "INUSE", "ACCESS", "error") or known_error(word) for word in words)
    if None in counted or len(kinds) < 2 or len(kinds) != len(counted) or 0 in numbers or sum(numbers) != attempts or not known:
        return "UNSTABLE names at least two kinds of answers, and how many attempts gave each", f"{answer.detail} of {attempts}"
    return None


def attempts_problem(measure: str, answer: Answer, repeat: int) -> tuple[str, str] | None:
    """Whether a run that repeats each question can have made so many attempts. The answer has no other problem."""
    agreed, attempts = int(answer.agreed), int(answer.attempts)
    limit = repeat + EXTRA_ATTEMPTS
    if attempts > limit:
        return f"more attempts than {limit}, which a run that repeats {repeat} times makes at most", f"{agreed} of {attempts}"
    if answer.outcome in (*NOT_MEASURED, Outcome.UNSTABLE) or measure in HOST_MEASURES:
        return None
    if agreed == attempts < repeat:
        return f"fewer attempts than the run's {repeat}", f"{agreed} of {attempts}"
    if agreed < attempts < limit:
        return f"one attempt dissents, and fewer than {limit} were made", f"{agreed} of {attempts}"
    return None


def name_faults(rows: list[tuple[int, list[str]]], repeat: int | None, faults: Faults) -> None:
    """Name every row that breaks a rule: alone, twice there, or without the bind that it follows from."""
    seen: dict[tuple[str, ...], int] = {}
    bound: set[tuple[str, ...]] = set()
    asked: set[tuple[str, ...]] = set()
    measured: set[tuple[str, ...]] = set()
    width = len(CASE_COLUMNS)
    for line, row in rows:
        question, answer = tuple(row[: width + 1]), Answer(*row[width + 1 :])
        problem = question_problem(question) or answer_problem(question[-1], answer)
        if not problem and repeat is not None:
            problem = attempts_problem(question[-1], answer, repeat)
        if problem:
            faults.add(line, *problem, AGAIN)
        if question in seen:
            faults.add(line, f"the same case and measure as row {seen[question]}", " ".join(question), "each is there once")
        seen.setdefault(question, line)
        if answer.outcome not in NOT_MEASURED:
            measured.add(question)
        if question[-1] == BIND:
            asked.add(question[:-1])
            if answer.outcome in (Outcome.SUCCESS, Outcome.UNSTABLE):
                bound.add(question[:-1])
    for question, line in seen.items():
        if question[-1] in AFTER_BIND and question in measured and question[:-1] not in bound:
            faults.add(line, f"{question[-1]} of a case whose bind did not succeed", " ".join(question), AGAIN)
        elif question[-1] not in HOST_MEASURES and question[:-1] not in asked:
            faults.add(line, f"{question[-1]} of a case whose bind was not asked", " ".join(question), AGAIN)


def counts_problem(row: Sequence[str], splits: Mapping[tuple[str, ...], tuple[int, int]]) -> tuple[str, str] | None:
    """What is wrong with a row of counts.csv. `splits`: (agreed, attempts) of the run's questions that were answered `split`."""
    width = len(COUNT_COLUMNS) - 3
    question, cells = tuple(row[:width]), row[width:]
    if question not in splits:
        return "not the counts of a split", " ".join(question)
    if not all(re.fullmatch(r"0|[1-9]\d{0,8}", cell) for cell in cells):
        return "sent, first and second must be numbers", " ".join(cells)
    sent, first, second = map(int, cells)
    agreed, attempts = splits[question]
    one = MULTICAST_SENDERS if question[-1].startswith("multicast-") else SENDERS  # datagrams or connections of one attempt
    if not sent or sent != first + second or (agreed == attempts and not (first and second)) or sent != agreed * one:
        return "the numbers are not those of a split that adds up", " ".join(cells)
    return None
