"""Loads and validates runs: folders that hold observations.csv, counts.csv and host.json as the probe wrote them.

A run is taken whole or not at all. It is left out, with every fault named by file, row and value, when

- host.json is missing or does not match: the run was cut off, or a CSV was changed afterwards;
- a control failed or is missing: the harness was broken, so nothing that it says can be believed;
- a row is not what the probe writes, or contradicts itself;
- its cases are not exactly those that its host can be asked;
- the host is not the one that the target's name claims.

The other runs are reported all the same. The fast way reads lines by the catalogue; where it found something odd, the slow
way reads the run again, row by row, to name it.
"""

import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

from matrix.data.cases import Numbers
from matrix.data.catalogue import Catalogue, TooMany
from matrix.data.garbage import collector_paused
from matrix.data.host import host_of
from matrix.data.rows import counts_problem, name_faults
from matrix.data.strict import Faults, read_bytes, read_json, read_table
from matrix.data.whole import Expected, check_controls, check_footer, measured_accounts, name_cases
from matrix.errors import UsageError
from matrix.records import Faulty, Host
from matrix.vocabulary import COLUMNS, COUNT_COLUMNS

MAX_RUNS = 1_000  # read at once; so many take about a minute and 1.5 GB
OBSERVATIONS, COUNTS, HOST = FILES = ("observations.csv", "counts.csv", "host.json")
AGAIN = "run the probe again into this folder"


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Run:
    """A host and everything that was observed there."""

    host: Host
    lines: Numbers  # of the catalogue, in the order of the file
    counts: tuple[tuple[str, ...], ...] = ()  # rows of COUNT_COLUMNS: how split traffic was split
    folder: Path = Path()


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Runs:
    """The runs that can be reported, by target, and those that can't."""

    catalogue: Catalogue
    good: tuple[Run, ...] = ()
    faulty: tuple[Faulty, ...] = ()
    hosts: dict[str, Host] = field(default_factory=dict)  # of the good runs, by target


def find_runs(paths: Iterable[Path]) -> list[Path]:
    """The run folders among and directly below the paths, sorted by name, each once.

    A folder is a run's when it holds any of the three files, so that half a run is found as well.
    Raises UsageError for a path that is no folder, and for more than MAX_RUNS runs.
    """
    found: dict[Path, Path] = {}
    for named in paths:
        path = named.resolve() if named.is_symlink() else named
        if not path.is_dir():
            raise UsageError(f"{path}: no such folder; name a run, or a folder of runs")
        try:
            inside = sorted(each for each in path.iterdir() if each.is_dir())
        except OSError as refused:
            raise UsageError(f"{path}: cannot be read ({refused.strerror}); name a run, or a folder of runs") from refused
        for folder in [path, *inside]:
            if any(os.path.lexists(folder / name) for name in FILES):
                found.setdefault(folder.absolute() if folder.is_symlink() and folder != path else folder.resolve(), folder)
    if len(found) > MAX_RUNS:
        raise UsageError(f"{len(found):,} runs are more than {MAX_RUNS:,}, which can be read at once; name fewer of them")
    return sorted(found.values(), key=lambda folder: folder.name)


@collector_paused()
def load_runs(folders: Iterable[Path], today: date | None = None) -> Runs:
    """Load every run; a target that was loaded already is a fault of the later one.

    Runs that were measured after `today` are faulty; None accepts any day.
    """
    loader = Loader(today)
    good: dict[str, Run] = {}
    faulty: list[Faulty] = []
    for folder in folders:
        result = loader.load(folder)
        if isinstance(result, Run) and result.host.target in good:
            faults = Faults(folder / HOST)
            faults.add(None, "a run of this target is there already", result.host.target, "give one of them another --target")
            result = Faulty(folder=folder, faults=faults.all())
        if isinstance(result, Run):
            good[result.host.target] = result
        else:
            faulty.append(result)
    hosts = {target: run.host for target, run in good.items()}
    return Runs(catalogue=loader.catalogue, good=tuple(good.values()), faulty=tuple(faulty), hosts=hosts)


def load_run(folder: Path, today: date | None = None) -> Run | Faulty:
    """Read one run by itself."""
    return Loader(today).load(folder)


class Loader:
    """Reads runs one after the other into one catalogue."""

    def __init__(self, today: date | None = None, catalogue: Catalogue | None = None) -> None:
        self.today = today
        self.catalogue = catalogue or Catalogue()
        self._expected = Expected(self.catalogue)

    def load(self, folder: Path) -> Run | Faulty:
        """Read one run; see this module's opening for what makes it faulty."""
        table, header, counted = (Faults(folder / name) for name in FILES[:1] + FILES[2:] + FILES[1:2])
        if folder.is_symlink():
            header.add(None, "its folder is a link", None, "put the run itself there")
            return Faulty(folder=folder, faults=header.all())
        if not os.path.lexists(folder / HOST):
            header.add(None, "missing: the run was cut off before its end", None, AGAIN)
            return Faulty(folder=folder, faults=header.all())
        facts = read_json(folder / HOST, header)
        if facts is not None and not isinstance(facts, dict):
            header.add(None, "not an object", facts, AGAIN)
        host = host_of(facts, self.today, header) if isinstance(facts, dict) else None
        data, numbers = read_bytes(folder / OBSERVATIONS, table), read_bytes(folder / COUNTS, counted)
        if data is None or numbers is None or not isinstance(facts, dict):
            return Faulty(folder=folder, faults=(*header.all(), *table.all(), *counted.all()))
        check_footer(facts, data, numbers, header)
        lines = self._lines(host, data, table)
        counts: Sequence[Sequence[str]] = ()
        if lines is not None and host is not None:
            check_controls(facts, measured_accounts(self.catalogue, lines), header)
            counts = self._counts(numbers, lines, counted)
        faults = (*header.all(), *table.all(), *counted.all())
        if faults or host is None or lines is None:
            return Faulty(folder=folder, faults=faults)
        return Run(host=host, lines=lines, counts=tuple(map(tuple, counts)), folder=folder)

    def _lines(self, host: Host | None, data: bytes, faults: Faults) -> Numbers | None:
        """The run's lines, or None with faults. Without a host nothing is known of attempts and cases."""
        if host is not None:
            self.catalogue.cases.meet(host.options)
        try:
            lines = self.catalogue.take(data)
        except TooMany:
            faults.add(None, "together with the runs before it, it has too many different rows to be read", None, "name fewer runs")
            return None
        if (
            host is not None
            and lines is not None
            and self.catalogue.consistent(lines, host.repeat)
            and self._expected.is_whole(host, lines)
        ):
            return lines
        rows = read_table(data, COLUMNS, faults)
        name_faults(rows, host.repeat if host is not None else None, faults)
        if host is not None and not faults.count():
            name_cases(host, self.catalogue.cases, rows, faults)
        if host is not None and not faults.count():
            faults.add(None, "is not what the probe writes, and no row says why", None, "does its last line end in a line end?")
        return None

    def _counts(self, data: bytes, lines: Numbers, faults: Faults) -> list[list[str]]:
        """The rows of counts.csv: each split of observations.csv once, numbers that add up."""
        splits, found, seen = self.catalogue.splits(lines), [], set()
        for line, row in read_table(data, COUNT_COLUMNS, faults):
            problem = counts_problem(row, splits)
            question = tuple(row[: len(COUNT_COLUMNS) - 3])
            if problem is None and question in seen:
                problem = "the same split twice", " ".join(question)
            seen.add(question)
            if problem:
                faults.add(line, *problem, "the probe writes no such row; run it again")
            else:
                found.append(row)
        missing = [question for question in splits if question not in seen]
        if missing and not faults.count():
            faults.add(None, f"{len(missing):,} splits are not counted", " ".join(missing[0]), AGAIN)
        return found
