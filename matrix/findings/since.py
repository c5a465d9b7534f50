"""Since which version: where a system answers one question otherwise on the next version that was measured.

The rules are those of `versions`: user-mode Linux stands in Linux's line by its kernel's version, and of several runs of one version
the first stands for all. A version that does not have what is asked is passed over. Between two versions nothing was measured.
"""

from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Generic, TypeVar

from matrix.findings.classes import release_of
from matrix.findings.versions import LINES
from matrix.findings.view import View
from matrix.vocabulary import version_key

T = TypeVar("T", bound=Hashable)


@dataclass(frozen=True, slots=True, kw_only=True)
class Step(Generic[T]):
    """From one version to the next that was measured."""

    before: str  # the last version that was measured to answer so
    after: str  # the first that was measured to answer otherwise
    was: T
    now: T
    about: tuple[int, ...]  # places of what was asked


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


def releases_of(view: View, targets: Sequence[str]) -> dict[str, dict[str, str]]:
    """System → version → the run that stands for it, oldest first."""
    found: dict[str, dict[str, str]] = {}
    for target in targets:
        host = view.hosts[target]
        version = release_of(host)
        if version:
            found.setdefault(LINES.get(host.system, host.system), {}).setdefault(version, target)
    return {system: dict(sorted(releases.items(), key=lambda each: version_key(each[0]))) for system, releases in found.items()}
