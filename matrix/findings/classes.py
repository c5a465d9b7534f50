"""Runs that answer equally to everything that a table asks share a column: a class, whose members are named once.

So a table costs by the number of classes, and not of runs. Of many classes the largest of each system are shown; each
other one is described by how much it departs from the nearest that is. Nothing is left out without being named.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from matrix.findings.titles import release
from matrix.records import Host
from matrix.vocabulary import version_key

MAX_COLUMNS = 6
MAX_TABLES = 3  # of classes that get a whole table each
MAX_NAMED = 4  # targets without a version of their own, where they are all that there are of a system
STATED = {"gvisor": "runsc"}  # what host.json states, where that is the version


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """Some runs with the same answers, and what a table calls them."""

    name: str
    members: tuple[str, ...]  # targets; the first one stands for all

    @property
    def target(self) -> str:
        """The member that stands for all."""
        return self.members[0]


@dataclass(frozen=True, slots=True, kw_only=True)
class Departure:
    """A class that has no column of its own."""

    name: str
    nearest: str  # the name of the column that it departs least from
    differences: int  # answers that are not those of that column
    questions: int  # of so many


@dataclass(frozen=True, slots=True, kw_only=True)
class Columns:
    """The columns of a table."""

    shown: tuple[Column, ...]
    omitted: tuple[Departure, ...] = ()

    @property
    def names(self) -> tuple[str, ...]:
        """What the columns are called."""
        return tuple(column.name for column in self.shown)


def release_of(host: Host) -> str:
    """The version by which a run is known among those of its system; blank where there is none. gVisor's is the release of runsc."""
    stated = host.stated.get(STATED.get(host.system, ""), "")
    return host.version or (stated if stated and all(part.isdecimal() for part in stated.split(".")) else "")


def columns_of(answers: npt.NDArray[np.generic], targets: Sequence[str], hosts: Mapping[str, Host], limit: int = MAX_COLUMNS) -> Columns:
    """Classes of targets by their answers: `answers` has a row for each question and a column for each of `targets`."""
    groups: dict[bytes, list[int]] = {}
    by_target = np.ascontiguousarray(answers.T)
    for number in range(len(targets)):
        groups.setdefault(by_target[number].tobytes(), []).append(number)
    classes = list(groups.values())
    chosen = shown_classes(classes, targets, hosts, limit)
    shown = tuple(
        Column(name=named([targets[n] for n in members], hosts), members=tuple(targets[n] for n in members)) for members in chosen
    )
    omitted = []
    for members in classes:
        if members in chosen:
            continue
        differences = [int((by_target[members[0]] != by_target[other[0]]).sum()) for other in chosen]
        nearest = min(range(len(chosen)), key=lambda place: differences[place])
        omitted.append(Departure(name=named([targets[n] for n in members], hosts), nearest=shown[nearest].name,
                                 differences=differences[nearest], questions=len(answers)))  # fmt: skip
    return Columns(shown=shown, omitted=tuple(omitted))


def columns_by(keys: Mapping[str, Iterable[object]], hosts: Mapping[str, Host], limit: int = MAX_COLUMNS) -> Columns:
    """Classes of targets by what each shows in the cells of a table, cell by cell."""
    if not keys:
        return Columns(shown=())
    numbers: dict[object, int] = {}
    cells = [[numbers.setdefault(cell, len(numbers)) for cell in column] for column in keys.values()]
    return columns_of(np.array(cells, np.int32).T, list(keys), hosts, limit)


def shown_classes(classes: list[list[int]], targets: Sequence[str], hosts: Mapping[str, Host], limit: int) -> list[list[int]]:
    """The classes that get a column: the largest of each system by turns, in the order of their first members."""
    by_system: dict[str, list[list[int]]] = {}
    for members in sorted(classes, key=lambda members: (-len(members), members[0])):
        by_system.setdefault(hosts[targets[members[0]]].system, []).append(members)
    ranked = sorted((rank, -len(members), members[0]) for group in by_system.values() for rank, members in enumerate(group))
    first_members = {first for _, _, first in ranked[:limit]}
    return [members for members in classes if members[0] in first_members]


def named(members: Sequence[str], hosts: Mapping[str, Host]) -> str:
    """What some targets are called together: `Linux 5.10, 6.12 to 7.2, Wine 8.0`.

    `to` spans versions of that system that were measured, and only where all between them are members. A target's own name
    follows in brackets where the version doesn't tell it from others, and after a single run that isn't named by its version.
    """
    return ", ".join(of_system(system, members, hosts) for system in dict.fromkeys(hosts[target].system for target in members))


def of_system(system: str, members: Sequence[str], hosts: Mapping[str, Host]) -> str:
    """The members that are one system's."""
    releases = {target: release_of(host) for target, host in hosts.items() if host.system == system}
    mine = [target for target in members if target in releases]
    taken = {"", *(version for target, version in releases.items() if target not in mine)}
    clear = {releases[target] for target in mine} - taken
    if len(mine) == 1 and clear and not mine[0].endswith(releases[mine[0]]):
        clear = set()
    known = sorted(filter(None, {*releases.values()}), key=version_key)
    parts = [release(system, ", ".join(spans([version for version in known if version in clear], known)))] if clear else []
    rest = [target for target in mine if releases[target] not in clear]
    if len(rest) > MAX_NAMED and len(rest) == len(releases):
        return f"every {release(system)} ({len(rest)})"
    by_version: dict[str, list[str]] = {}
    for target in rest:
        by_version.setdefault(releases[target], []).append(target)
    parts += [f"{release(system, version)} ({', '.join(targets)})" for version, targets in by_version.items()]
    return ", ".join(parts)


def spans(versions: Sequence[str], known: Sequence[str]) -> list[str]:
    """Versions as ranges of the known ones: `6.1`, `6.12 to 7.2`."""
    groups: list[list[str]] = []
    for version in versions:
        if groups and known.index(version) == known.index(groups[-1][-1]) + 1:
            groups[-1].append(version)
        else:
            groups.append([version])
    return [group[0] if len(group) == 1 else f"{group[0]} {'to' if len(group) > 2 else 'and'} {group[-1]}" for group in groups]
