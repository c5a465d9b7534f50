"""One run against another: what changed, and where a run departs from the nearest. From version to version: `versions`."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields, replace

import numpy as np
import numpy.typing as npt

from matrix.data.catalogue import MEASURES, Catalogue
from matrix.data.runs import Run
from matrix.findings.classes import named
from matrix.findings.shifts import Shift, shifts
from matrix.records import Host, Imitated
from matrix.vocabulary import KEYS, NOT_MEASURED

# Facts that differ between any two runs and explain nothing, or are compared by their rows.
NO_CHANGE = ("target", "measured")
ABSENT = "absent"
WAYS = ("protocol", "first_state", "measure")


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """A question that is answered otherwise, is new, or is gone."""

    question: tuple[str, ...]  # cells of KEYS
    before: str  # outcome, with its detail in brackets; ABSENT where the run doesn't have the question
    after: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Drift:
    """What changed from one run to another."""

    old: Host
    new: Host
    facts: tuple[tuple[str, str, str], ...]  # (fact of the host, before, after)
    shifts: tuple[Shift, ...]  # what those that both measured have in common
    changes: tuple[Change, ...]
    rows: int  # of the new run


@dataclass(frozen=True, slots=True, kw_only=True)
class Way:
    """Questions that are answered otherwise in the same way, and what they have in common."""

    protocol: str
    state: str
    measure: str
    before: str
    after: str
    addresses: tuple[str, ...]  # `ipv4 wildcard → ipv4 specific`
    options: tuple[str, ...]
    accounts: tuple[str, ...]
    questions: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Differences:
    """What changed from one run to another, by what the cases have in common."""

    old: Host
    new: Host
    facts: tuple[tuple[str, str, str], ...]  # (fact of the host, before, after)
    questions: int  # measured on both
    changed: int
    only_old: int  # measured there alone
    only_new: int
    shifts: tuple[Shift, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Meeting:
    """How often a run answers as a published one."""

    target: str
    questions: int  # measured on both
    equal: int
    name: str = ""  # what it is called among others


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """A run beside the published ones, the nearest first."""

    host: Host
    rows: int
    meetings: tuple[Meeting, ...]
    ways: tuple[Way, ...]  # where it departs from the nearest


def answers_by_question(run: Run, catalogue: Catalogue) -> npt.NDArray[np.int32]:
    """The number of the answer to every question of the catalogue, -1 for none."""
    found = np.full(len(catalogue.cases) * MEASURES, -1, np.int32)
    found[catalogue.question_of[run.lines]] = catalogue.answer_of[run.lines]
    return found


def drift(old: Run, new: Run, catalogue: Catalogue) -> Drift:
    """Facts of the host first, then every question that is not answered the same; never a net count."""
    before, after = answers_by_question(old, catalogue), answers_by_question(new, catalogue)
    words = [f"{answer.outcome} ({answer.detail})" if answer.detail else answer.outcome for answer in catalogue.answers] + [ABSENT]
    same: dict[str, int] = {}
    number = np.array([same.setdefault(word, len(same)) for word in words], np.int32)
    changed = np.flatnonzero(number[before] != number[after])
    codes = catalogue.cases.codes[changed // MEASURES]
    order = np.lexsort((changed % MEASURES, *codes.T[::-1]))
    changes = tuple(
        Change(question=catalogue.question(question), before=words[before[question]], after=words[after[question]])
        for question in changed[order].tolist()
    )
    return Drift(old=old.host, new=new.host, facts=host_changes(old.host, new.host), shifts=between(old, new, catalogue), changes=changes,
                 rows=len(new.lines))  # fmt: skip


def between(old: Run, new: Run, catalogue: Catalogue) -> tuple[Shift, ...]:
    """What the questions that two runs answer otherwise have in common."""
    _, one, other, outcomes = meeting(old, new, catalogue)
    return tuple(replace(shift, numbers=()) for shift in shifts(one, other, outcomes, catalogue))


def differences(old: Run, new: Run, catalogue: Catalogue) -> Differences:
    """The same summed up: questions that both measured and answered otherwise, and how many only one of them has."""
    met, one, other, _ = meeting(old, new, catalogue)
    return Differences(old=old.host, new=new.host, facts=host_changes(old.host, new.host), questions=met.questions,
                       changed=met.questions - met.equal, only_old=int(((one >= 0) & (other < 0)).sum()),
                       only_new=int(((one < 0) & (other >= 0)).sum()), shifts=between(old, new, catalogue))  # fmt: skip


def host_changes(old: Host, new: Host) -> tuple[tuple[str, str, str], ...]:
    """Facts of the host that differ, by name."""
    pairs = [(each.name, getattr(old, each.name), getattr(new, each.name)) for each in fields(Host) if each.name not in NO_CHANGE]
    return tuple((name.replace("_", " "), worded(before), worded(after)) for name, before, after in pairs if before != after)


def worded(value: object) -> str:
    """A fact of the host for a reader: lists with commas, ranges with a dash, nothing as a dash."""
    if isinstance(value, tuple) and value and isinstance(value[0], tuple):
        return ", ".join("-".join(map(str, each)) for each in value)
    if isinstance(value, tuple):
        return ", ".join(map(str, value)) or "none"
    if isinstance(value, dict):
        return ", ".join(f"{name} {worded(each)}" for name, each in value.items()) or "none"
    if isinstance(value, Imitated):
        return f"{value.system} {value.version}".strip()
    if isinstance(value, bool):
        return "yes" if value else "no"
    return str(value).strip() or "none" if value is not None else "none"


def outcome_numbers(catalogue: Catalogue) -> tuple[list[str], npt.NDArray[np.int32]]:
    """The outcomes that were measured, and the number of each answer's; -1 for what was not, and for no answer at the end."""
    words: dict[str, int] = {}
    numbers = [
        -1 if answer.outcome in NOT_MEASURED else words.setdefault(answer.outcome, len(words)) for answer in catalogue.answers
    ]  # fmt: skip
    return list(words), np.array([*numbers, -1], np.int32)


def ways(before: npt.NDArray[np.int32], after: npt.NDArray[np.int32], outcomes: Sequence[str], catalogue: Catalogue) -> tuple[Way, ...]:
    """The questions whose outcome changed, grouped by what they have in common. Arguments: outcome numbers by question."""
    changed = np.flatnonzero((before >= 0) & (after >= 0) & (before != after))
    gathered: dict[tuple[str, ...], list[tuple[str, ...]]] = {}
    for question in changed.tolist():
        cells = catalogue.question(question)
        words = dict(zip(KEYS, cells, strict=True))
        key = (*(words[name] for name in WAYS), outcomes[before[question]], outcomes[after[question]])
        gathered.setdefault(key, []).append(cells)
    return tuple(
        Way(protocol=key[0], state=key[1], measure=key[2], before=key[3], after=key[4],
            addresses=distinct(f"{cells[1]} {cells[3]} → {cells[5]} {cells[7]}" for cells in members),
            options=distinct(f"{cells[2]} → {cells[6]}" for cells in members),
            accounts=distinct(cells[8] for cells in members), questions=len(members))
        for key, members in sorted(gathered.items())
    )  # fmt: skip


def distinct(words: Iterable[str]) -> tuple[str, ...]:
    """Each once, sorted; facts of the host have neither addresses nor options."""
    return tuple(sorted({word for word in words if word.strip(" →")}))


def meeting(theirs: Run, ours: Run, catalogue: Catalogue) -> tuple[Meeting, npt.NDArray[np.int32], npt.NDArray[np.int32], list[str]]:
    """The questions that two runs have both measured: how many, and the outcomes of each."""
    outcomes, number = outcome_numbers(catalogue)
    one, other = (number[answers_by_question(run, catalogue)] for run in (theirs, ours))
    both = (one >= 0) & (other >= 0)
    found = Meeting(target=theirs.host.target, questions=int(both.sum()), equal=int((both & (one == other)).sum()))
    return found, one, other, outcomes


def beside(run: Run, published: Sequence[Run], catalogue: Catalogue) -> Comparison:
    """A run beside every published one: how often it answers the same, and where it departs from the nearest.

    A question is a case and a measure; only those that were measured in both are compared.
    """
    others = [other for other in published if other.folder.resolve() != run.folder.resolve()]
    hosts = {other.host.target: other.host for other in others}
    met = [meeting(other, run, catalogue) for other in others]
    ordered = sorted(met, key=lambda each: (-each[0].equal / max(each[0].questions, 1), -each[0].questions, each[0].target))
    departures = ways(*ordered[0][1:], catalogue) if ordered else ()
    return Comparison(host=run.host, rows=len(run.lines), ways=departures,
                      meetings=tuple(replace(each[0], name=named([each[0].target], hosts)) for each in ordered))  # fmt: skip
