"""Since which version: where a system answers one question otherwise on the next version that was measured.

The rules are those of `versions`: user-mode Linux stands in Linux's line by its kernel's version, and of several runs of one version
the first stands for all. A version that does not have what is asked is passed over. Between two versions nothing was measured.
"""

from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Generic, TypeVar

from matrix.findings.classes import release_of
from matrix.findings.shifts import kind_of
from matrix.findings.versions import LINES, covers
from matrix.findings.view import View
from matrix.records import Note
from matrix.vocabulary import Measure, version_key

T = TypeVar("T", bound=Hashable)


@dataclass(frozen=True, slots=True, kw_only=True)
class Step(Generic[T]):
    """From one version to the next that was measured."""

    before: str  # the last version that was measured to answer so
    after: str  # the first that was measured to answer otherwise
    was: T
    now: T
    about: tuple[int, ...]  # places of what was asked
    notes: tuple[Note, ...] = ()  # commits that may be behind it


@dataclass(frozen=True, slots=True, kw_only=True)
class Line(Generic[T]):
    """The measured versions of one system, oldest first, and what changed among them."""

    system: str
    versions: tuple[str, ...]
    steps: tuple[Step[T], ...]


def lines(view: View, targets: Sequence[str], answers: Sequence[Callable[[str], T | None]]) -> tuple[Line[T], ...]:
    """The systems of which two versions or more were measured.

    `answers`: of each thing that is asked, what a target answers to it; None where it does not have it.
    """
    found = []
    for system, releases in releases_of(view, targets).items():
        steps: dict[tuple[str, str, T, T], list[int]] = {}
        having: dict[str, None] = {}
        for place, answer in enumerate(answers):
            given = [(version, each) for version, target in releases.items() if (each := answer(target)) is not None]
            having.update((version, None) for version, _ in given)
            for (before, was), (after, now) in pairwise(given):
                if was != now:
                    steps.setdefault((before, after, was, now), []).append(place)
        versions = tuple(version for version in releases if version in having)
        if len(versions) > 1:
            order = sorted(steps.items(), key=lambda each: version_key(each[0][1]))
            found.append(Line(system=system, versions=versions, steps=tuple(
                Step(before=before, after=after, was=was, now=now, about=tuple(about)) for (before, after, was, now), about in order
            )))  # fmt: skip
    return tuple(found)


def notes_on(view: View, system: str, step: Step[T], binds: tuple[str, str], cases: Sequence[Sequence[str]]) -> tuple[Note, ...]:
    """The commits in a system's history that speak of such a change. `binds`: outcomes before and after; `cases`: cells of CASE_COLUMNS."""
    if binds[0] == binds[1]:
        return ()
    kind, bind = kind_of(str(Measure.BIND), *binds), str(Measure.BIND)
    notes = [note for note in view.claims.history if (note.line, note.kind, note.measure) == (system, kind, bind)
             and covers(note, step.before, step.after)]  # fmt: skip
    return tuple(note for note in notes if any(is_about(note, words) for words in cases))


def is_about(note: Note, words: Sequence[str]) -> bool:
    """Whether a note's protocol, state and addresses are those of a case."""
    pair = (" ".join((words[1], words[3])), " ".join((words[5], words[7])))
    return (note.protocol, note.state) == (words[0], words[4]) and note.first in ("", pair[0]) and note.second in ("", pair[1])


def releases_of(view: View, targets: Sequence[str]) -> dict[str, dict[str, str]]:
    """System → version → the run that stands for it, oldest first."""
    found: dict[str, dict[str, str]] = {}
    for target in targets:
        host = view.hosts[target]
        version = release_of(host)
        if version:
            found.setdefault(LINES.get(host.system, host.system), {}).setdefault(version, target)
    return {system: dict(sorted(releases.items(), key=lambda each: version_key(each[0]))) for system, releases in found.items()}
