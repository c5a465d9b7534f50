"""From version to version of one system: what changed, since which version that was measured, and what its history says of it.

Rules. User-mode Linux is Linux's own source and stands in Linux's line by the kernel's version. gVisor names no version of its own that
counts; its line goes by the release of runsc. Of several runs of one version the first stands for all.
"""

from dataclasses import dataclass, replace
from itertools import pairwise

from matrix.data.catalogue import Catalogue
from matrix.data.runs import Run
from matrix.findings.changes import answers_by_question, outcome_numbers
from matrix.findings.classes import release_of
from matrix.findings.shifts import Numbers, Shift, shifts
from matrix.findings.view import View
from matrix.records import Note
from matrix.vocabulary import version_key, within

LINES = {"user-mode-linux": "linux"}  # systems in the line of another one


@dataclass(frozen=True, slots=True, kw_only=True)
class Release:
    """A version that was measured."""

    version: str
    target: str

    @property
    def names_version(self) -> bool:
        """Whether the run's id says the version already."""
        return self.target.endswith(self.version)


@dataclass(frozen=True, slots=True, kw_only=True)
class Changed:
    """A shift between two versions, and what is known of it."""

    shift: Shift
    as_in: str  # an earlier version that answered so already; blank for none
    notes: tuple[Note, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """From one version to the next that was measured."""

    before: Release
    after: Release
    questions: int  # measured on both
    changed: int
    changes: tuple[Changed, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """The versions of one system, in their order."""

    system: str
    releases: tuple[Release, ...]
    steps: tuple[Step, ...]


def versions(view: View) -> tuple[Line, ...]:
    """The systems of which two versions were measured."""
    by_system: dict[str, dict[str, Run]] = {}
    for run in view.runs.good:
        version = release_of(run.host)
        if version:
            by_system.setdefault(LINES.get(run.host.system, run.host.system), {}).setdefault(version, run)
    return tuple(
        line(system, by_version, view.runs.catalogue, view.claims.history)
        for system, by_version in by_system.items()
        if len(by_version) > 1
    )


def line(system: str, by_version: dict[str, Run], catalogue: Catalogue, history: tuple[Note, ...]) -> Line:
    """One system."""
    ordered = sorted(by_version.items(), key=lambda each: version_key(each[0]))
    releases = tuple(Release(version=version, target=run.host.target) for version, run in ordered)
    words, outcome_of = outcome_numbers(catalogue)
    answers = [outcome_of[answers_by_question(run, catalogue)] for _, run in ordered]
    steps = []
    for number, (before, after) in enumerate(pairwise(releases), start=1):
        one, other = answers[number - 1], answers[number]
        both = (one >= 0) & (other >= 0)
        notes = [note for note in history if note.line == system and covers(note, before.version, after.version)]
        changes = tuple(
            Changed(shift=replace(shift, numbers=()), as_in=as_in(shift, number, answers, releases),
                    notes=tuple(note for note in notes if speaks_of(note, shift)))
            for shift in shifts(one, other, words, catalogue)
        )  # fmt: skip
        steps.append(Step(before=before, after=after, questions=int(both.sum()), changed=int((both & (one != other)).sum()),
                          changes=changes))  # fmt: skip
    return Line(system=system, releases=releases, steps=tuple(steps))


def as_in(shift: Shift, number: int, answers: list[Numbers], releases: tuple[Release, ...]) -> str:
    """The last earlier version that answered these questions as this one does; blank for none."""
    questions = list(shift.numbers)
    for earlier in range(number - 2, -1, -1):
        if (answers[earlier][questions] == answers[number][questions]).all():
            return releases[earlier].version
    return ""


def covers(note: Note, before: str, after: str) -> bool:
    """Whether a note's two versions are those of a step, or lie around it."""
    return (within(before, note.after, "") and not within(before, note.until, "")) and (
        version_key(after)[: len(version_key(note.until))] <= version_key(note.until)
    )


def speaks_of(note: Note, shift: Shift) -> bool:
    """Whether all words of a note fit a shift."""
    pairs = {(" ".join(first), " ".join(second)) for first, second in shift.pairs}
    return (
        (note.kind, note.protocol, note.measure) == (shift.kind, shift.protocol, shift.measure)
        and note.state in shift.states
        and (not note.first or {first for first, _ in pairs} == {note.first})
        and (not note.second or {second for _, second in pairs} == {note.second})
    )
