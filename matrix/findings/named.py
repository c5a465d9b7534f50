"""Platforms by the names that people write: a target, a system, or a system and the beginning of its version.

`linux` also finds user-mode Linux, which runs Linux's own network stack; it keeps its own name in every answer.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass

from matrix.errors import UsageError
from matrix.findings.view import View
from matrix.vocabulary import SYSTEMS, version_key

OTHER_NAMES = {"macos": "darwin", "mac": "darwin", "osx": "darwin", "win": "windows", "uml": "user-mode-linux"}
INCLUDES = {"linux": ("linux", "user-mode-linux")}


@dataclass(frozen=True, slots=True, kw_only=True)
class Chosen:
    """The runs that some names stand for, and the systems among them of which there is no run."""

    targets: tuple[str, ...]
    absent: tuple[str, ...]


def platforms_named(view: View, words: Iterable[str]) -> Chosen:
    """The platforms of some names; without a name all that there are. Raises UsageError for a name that is none."""
    targets: dict[str, None] = {}
    absent: dict[str, None] = {}
    for word in words:
        found = targets_named(view, word)
        targets.update(dict.fromkeys(found))
        if not found:
            absent[system_of(word)[0]] = None
    return Chosen(targets=tuple(targets), absent=tuple(absent)) if targets or absent else Chosen(targets=view.targets, absent=())


def targets_named(view: View, word: str) -> tuple[str, ...]:
    """The runs of one name, in their order; empty for a known system without one. Raises UsageError."""
    if word in view.hosts:
        return (word,)
    system, version = system_of(word)
    if system not in SYSTEMS:
        known = ", ".join(dict.fromkeys([*(host.system for host in view.hosts.values()), *view.targets]))
        raise UsageError(f"no platform is named {word!r}; there are {known or 'none'}")
    wanted = version_key(version)
    return tuple(
        target for target, host in view.hosts.items()
        if host.system in INCLUDES.get(system, (system,)) and (not wanted or version_key(host.version)[: len(wanted)] == wanted)
    )  # fmt: skip


def system_of(word: str) -> tuple[str, str]:
    """(system, version) of `Linux 6.1`, `linux-6.1` or `macos`; what is no version stays with the system."""
    match = re.fullmatch(r"(.*?)[\s_-]*([0-9]+(?:\.[0-9]+)*)?", word.strip().lower())
    name, version = match.groups() if match else (word, "")
    return OTHER_NAMES.get(name, re.sub(r"[\s_]+", "-", name)), version or ""
