"""Platforms by the names that people write: a target, or a system and the beginning of its version, as the one reader of questions has it.

`linux` also finds user-mode Linux, which runs Linux's own network stack; it keeps its own name in every answer.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from matrix.errors import UsageError
from matrix.findings.classes import release_of
from matrix.findings.view import WINDOWS, View
from matrix.questions.reader import platform_of
from matrix.records import Host
from matrix.vocabulary import version_key, within

INCLUDES = {"linux": ("linux", "user-mode-linux")}
# A Windows for people by its first build → the last build that bears its name; blank for the newest. A server says so in its name.
CLIENTS = {"10.0.10240": "10.0.19999", "10.0.22000": ""}
SERVER = "Server"


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
        if word in view.hosts:
            targets[word] = None
            continue
        system, version = system_of(view, word)
        found = runs_of(view, system, version)
        targets.update(dict.fromkeys(found))
        if not found:
            absent[system] = None
    return Chosen(targets=tuple(targets), absent=tuple(absent)) if targets or absent else Chosen(targets=view.targets, absent=())


def runs_of(view: View, system: str, version: str) -> tuple[str, ...]:
    """The runs of a system, in their order; with a version, those whose version begins with it. Empty for a system without one."""
    systems = INCLUDES.get(system, (system,))
    return tuple(target for target, host in view.hosts.items() if host.system in systems and is_version(host, version))


def is_version(host: Host, version: str) -> bool:
    """Whether a host's version begins with another one, blank for any; of a Windows for people, whether its build lies in that one's."""
    if host.system == WINDOWS and version in CLIENTS:
        return within(host.version, *range_of(host.system, version)) and SERVER not in host.name
    wanted = version_key(version)
    return version_key(release_of(host))[: len(wanted)] == wanted


def range_of(system: str, version: str) -> tuple[str, str]:
    """The first and the last version that a version stands for, blank for no bound: itself, but for a Windows that many builds have."""
    return (version, CLIENTS[version]) if system == WINDOWS and version in CLIENTS else (version, version)


def system_of(view: View, word: str) -> tuple[str, str]:
    """(system, version) of `Linux 6.1`, `linux-6.1`, `macos` or `windows 10`. Raises UsageError for a name that is none."""
    found = platform_of(word)
    if found is None:
        known = ", ".join(dict.fromkeys([*(host.system for host in view.hosts.values()), *view.targets]))
        raise UsageError(f"no platform is named {word!r}; there are {known or 'none'}")
    return found
