"""Loads and validates runs: folders that hold observations.csv and host.json as the probe wrote them.

A run is taken whole or not at all. It is left out, with every fault named by file, row and value, when

- host.json is missing or does not match: the run was cut off, or the CSV was changed afterwards;
- a control failed: the harness was broken, so nothing that it says can be believed;
- a row is not what the probe writes, or contradicts itself;
- the host is not the one that the target's name claims.

The other runs are reported all the same.
"""

import hashlib
import json
import os
import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import pandas as pd

from matrix.errors import UsageError
from matrix.model import (
    BINDLESS,
    CASE_COLUMNS,
    HOST_MEASURES,
    NOT_MEASURED,
    OBSERVATION_COLUMNS,
    SCHEMA,
    SYSTEMS,
    VOCABULARY,
    WORDS,
    AccountFacts,
    Faulty,
    Host,
    Imitated,
    Measure,
    Outcome,
)  # fmt: skip
from matrix.table import Faults, read_bytes, read_table

MOST_JSON = 1024 * 1024
NUMBER_COLUMNS = ("agreed", "attempts")
# The beginning of a target's name, where it isn't the name of the system.
TARGET_WORDS = {"uml": "user-mode-linux", "ubuntu": "linux", "debian": "linux", "macos": "darwin", "omnios": "illumos"}
ERROR_OF = {"": Outcome.SUCCESS, "EADDRINUSE": Outcome.INUSE, "EACCES": Outcome.ACCESS}
COUNT_COLUMNS = (*CASE_COLUMNS, "measure", "sent", "first", "second")
SPLIT = "split"
BIND = Measure.BIND


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """A host and everything that was observed there."""

    host: Host
    frame: pd.DataFrame  # OBSERVATION_COLUMNS, every cell a string
    counts: pd.DataFrame  # COUNT_COLUMNS: how split traffic was split, every cell a string
    folder: Path = Path()


@dataclass(frozen=True, slots=True, kw_only=True)
class Runs:
    """The runs that can be reported, and those that can't."""

    good: tuple[Run, ...]
    faulty: tuple[Faulty, ...]


def find_runs(paths: Iterable[Path]) -> list[Path]:
    """The run folders among and directly below the paths, sorted by name, each once.

    A folder is a run's when it holds either of the two files, so that half a run is found as well.
    Raises UsageError for a path that is no folder.
    """
    found: dict[Path, Path] = {}
    for path in paths:
        if not path.is_dir():
            raise UsageError(f"{path}: no such folder; name a run, or a folder of runs")
        for folder in [path, *sorted(each for each in path.iterdir() if each.is_dir())]:
            if any(os.path.lexists(folder / name) for name in ("observations.csv", "host.json")):
                found.setdefault(folder.resolve(), folder)
    return sorted(found.values(), key=lambda folder: folder.name)


def load_runs(folders: Iterable[Path]) -> Runs:
    """Load every run; a target that was loaded already is a fault of the later one."""
    good: dict[str, Run] = {}
    faulty: list[Faulty] = []
    for folder in folders:
        result = load_run(folder)
        if isinstance(result, Run) and result.host.target in good:
            faults = Faults(str(folder / "host.json"))
            faults.add(None, "a run of this target is there already", result.host.target, "give one of them another --target")
            result = Faulty(folder=folder, faults=faults.all())
        if isinstance(result, Run):
            good[result.host.target] = result
        else:
            faulty.append(result)
    return Runs(good=tuple(good.values()), faulty=tuple(faulty))


def load_run(folder: Path) -> Run | Faulty:
    """Read one run; see this module's opening for what makes it faulty."""
    table = Faults(str(folder / "observations.csv"))
    header = Faults(str(folder / "host.json"))
    counts = Faults(str(folder / "counts.csv"))
    data = read_bytes(folder / "observations.csv", table)
    facts = load_facts(folder / "host.json", header)
    rows = read_table(data, OBSERVATION_COLUMNS, table) if data is not None else []
    check_rows(rows, table)
    numbers = load_counts(folder / "counts.csv", facts, rows, counts)
    host = host_of(facts, header) if facts is not None else None
    if facts is not None and data is not None:
        check_whole(facts, data, header)
    if host is not None and facts is not None:
        check_name(host, header)
        check_controls(facts, header)
    faults = (*header.all(), *table.all(), *counts.all())
    if faults or host is None:
        return Faulty(folder=folder, faults=faults)
    frame = pd.DataFrame([row for _, row in rows], columns=list(OBSERVATION_COLUMNS), dtype=str)
    return Run(host=host, frame=frame, counts=pd.DataFrame(numbers, columns=list(COUNT_COLUMNS), dtype=str), folder=folder)


def load_counts(path: Path, facts: dict[str, Any] | None, rows: list[tuple[int, list[str]]], faults: Faults) -> list[list[str]]:
    """The rows of counts.csv: numbers that belong to a `split` of observations.csv and add up."""
    data = read_bytes(path, faults)
    if data is None:
        return []
    promised = (facts or {}).get("counts")
    if facts is not None and (not isinstance(promised, dict) or promised.get("sha256") != hashlib.sha256(data).hexdigest()):
        faults.add(None, "is not the file that host.json speaks of", None, "run the probe again into this folder")
    width = len(CASE_COLUMNS) + 1
    split = {tuple(row[:width]) for _, row in rows if row[width] == SPLIT}
    found = []
    for line, row in read_table(data, COUNT_COLUMNS, faults):
        numbers = [int(cell) if re.fullmatch(r"\d{1,9}", cell) else -1 for cell in row[width:]]
        if min(numbers) < 0 or numbers[0] != numbers[1] + numbers[2] or tuple(row[:width]) not in split:
            faults.add(line, "not the counts of a split", " ".join(row), "the probe writes no such row; run it again")
        else:
            found.append(row)
    return found


def load_facts(path: Path, faults: Faults) -> dict[str, Any] | None:
    """The content of host.json, or None with a fault."""
    if not os.path.lexists(path):
        faults.add(None, "missing: the run was cut off before its end", None, "run the probe again into this folder")
        return None
    data = read_bytes(path, faults, MOST_JSON)
    if data is None:
        return None
    try:
        facts = json.loads(data.decode("utf-8"))
    except (ValueError, RecursionError) as broken:
        faults.add(None, "not valid JSON", broken, "run the probe again into this folder")
        return None
    if not isinstance(facts, dict):
        faults.add(None, "not an object", facts, "run the probe again into this folder")
        return None
    if facts.get("schema") != SCHEMA:
        faults.add(None, f"schema is not {SCHEMA}", facts.get("schema"), "measure again with this project's probe")
        return None
    return facts


# What the probe writes into `detail`: a reason in words, the counts of an UNSTABLE answer. Nothing that means something elsewhere.
REASON = re.compile(r"([A-Za-z0-9][A-Za-z0-9 ,.;:'\"`()/%_+=-]*)?")
WORD = re.compile(r"[A-Za-z0-9][A-Za-z0-9 ()/._+:,#~-]*")


class Reader:
    """Takes typed values out of host.json and notes what isn't there or isn't right."""

    def __init__(self, facts: dict[str, Any], faults: Faults) -> None:
        self.facts, self.faults = facts, faults

    def of(self, name: str, wanted: type) -> Any:
        """A value of the wanted type, or that type's empty value with a fault."""
        value = self.facts.get(name)
        if not isinstance(value, wanted) or isinstance(value, bool):
            self.faults.add(
                None, f"{name} is not {'text' if wanted is str else f'of type {wanted.__name__}'}", value, "run the probe again"
            )
            return wanted()
        return value

    def word(self, name: str) -> str:
        """A short printable text without markup, blank allowed."""
        value: str = self.of(name, str)
        if value and (len(value) > 200 or not WORD.fullmatch(value)):
            self.faults.add(None, f"{name} is not a plain word", value, "run the probe again; it writes no such value")
            return ""
        return value


def host_of(facts: dict[str, Any], faults: Faults) -> Host | None:
    """The host record, or None with faults."""
    before = len(faults.found)
    read = Reader(facts, faults)
    python = Reader(read.of("python", dict), faults)
    probe = Reader(read.of("probe", dict), faults)
    ports = Reader(read.of("ports", dict), faults)
    imitated = facts.get("imitates")
    imitates = None
    if imitated is not None:
        other = Reader(read.of("imitates", dict), faults)
        imitates = Imitated(system=other.word("system"), version=dotted(other, "version"))
    host = Host(
        target=read.word("target"),
        system=read.word("system"),
        version=dotted(read, "version"),
        kernel=read.word("kernel"),
        name=read.word("name"),
        imitates=imitates,
        container=read.word("container"),
        machine=read.word("machine"),
        python=f"{python.word('implementation')} {python.word('version')} ({python.of('bits', int)} bit)",
        account=read.word("account"),
        measured=day(read, "measured"),
        repeat=read.of("repeat", int),
        selection=printable(read, "selection", read.of("selection", str)),
        probe_version=probe.word("version"),
        probe_sha256=probe.word("sha256"),
        other_specific=read.word("other_specific"),
        ephemeral=tuple(
            (int(pair[0]), int(pair[1]))
            for pair in ports.of("ephemeral", list)
            if isinstance(pair, list) and len(pair) == 2 and all(isinstance(port, int) for port in pair)
        ),
        accounts={
            name: account_facts(Reader(each, faults))
            for name, each in read.of("accounts", dict).items()
            if isinstance(each, dict) and name in ("own", "other", "third")
        },
        multicast={
            printable(read, "multicast", name): printable(read, "multicast", role) for name, role in read.of("multicast", dict).items()
        },
        stated={printable(read, "stated", name): printable(read, "stated", value) for name, value in read.of("stated", dict).items()},
    )
    if not re.fullmatch(r"[a-z0-9][a-z0-9._-]{0,63}", host.target):
        faults.add(None, "target is not a name", host.target, "use a-z, 0-9, '.', '_' and '-'")
    return host if len(faults.found) == before else None


def account_facts(read: Reader) -> AccountFacts:
    """What one account's entry says."""
    elevated = read.facts.get("elevated")
    return AccountFacts(
        role=read.word("role"),
        how=read.word("method"),
        reason=printable(read, "reason", read.of("reason", str)),
        elevated=elevated if isinstance(elevated, bool) else None,
    )


def printable(read: Reader, name: str, value: object) -> str:
    """Free text of one line and a sane length: it will be shown in reports and on terminals."""
    text = str(value)
    if len(text) > 200 or not text.isprintable():
        read.faults.add(None, f"{name} holds text that is too long or not printable", text, "run the probe again; it writes no such value")
        return ""
    return text


def dotted(read: Reader, name: str) -> str:
    """A dotted number, or blank."""
    value = read.word(name)
    if not re.fullmatch(r"(\d{1,9}(\.\d{1,9}){0,5})?", value):
        read.faults.add(None, f"{name} is not a dotted number", value, "run the probe again")
        return ""
    return value


def day(read: Reader, name: str) -> str:
    """A day as ISO 8601 writes it."""
    value = read.word(name)
    try:
        known = re.fullmatch(r"20\d\d-\d\d-\d\d", value) is not None and bool(date.fromisoformat(value))
    except ValueError:
        known = False
    if not known:
        read.faults.add(None, f"{name} is not a day like 2026-11-24", value, "run the probe again")
    return value


def check_whole(facts: dict[str, Any], data: bytes, faults: Faults) -> None:
    """The footer's promise: this many rows, and exactly these bytes."""
    again = "the run was cut off, or the CSV was changed afterwards; run the probe again into this folder"
    count = max(data.count(b"\n") - 1, 0)
    if facts.get("rows") != count:
        faults.add(None, f"rows does not match the {count:,} rows of observations.csv", facts.get("rows"), again)
    digest = hashlib.sha256(data).hexdigest()
    if facts.get("sha256") != digest:
        faults.add(None, f"sha256 is not that of observations.csv, {digest}", facts.get("sha256"), again)


def check_name(host: Host, faults: Faults) -> None:
    """A target is called what it is: its first word names the system that was really found."""
    if host.system not in SYSTEMS:
        faults.add(None, "unknown system", host.system, f"known are {', '.join(SYSTEMS)}")
    word = re.split(r"[-.]", host.target)[0]
    if TARGET_WORDS.get(word, word) != host.system and word in {*TARGET_WORDS, *SYSTEMS}:
        faults.add(None, f"the target is named {word}, and the probe found {host.system}", host.target, "rename the target to what it is")


def check_controls(facts: dict[str, Any], faults: Faults) -> None:
    """Every control must be there and must have answered as it does everywhere."""
    controls = facts.get("controls")
    whens = set()
    for control in controls if isinstance(controls, list) else []:
        read = control if isinstance(control, dict) else {}
        whens.add(str(read.get("when")))
        if not read or read.get("expected") != read.get("observed"):
            told = f"{read.get('name')}: expected {read.get('expected')}, observed {read.get('observed')}"
            faults.add(None, "a control failed, so the run is void", told, "find out what is wrong with the harness; run it again")
    for when in ("before", "after"):
        if when not in whens:
            faults.add(None, f"no controls from {when} the run", None, "the run is void; run the probe again into this folder")


def check_rows(rows: list[tuple[int, list[str]]], faults: Faults) -> None:
    """Every row in the vocabulary, none twice, none that contradicts itself or has no bind."""
    seen: dict[tuple[str, ...], int] = {}
    bound: set[tuple[str, ...]] = set()
    words = {column: frozenset(map(str, allowed)) for column, allowed in VOCABULARY.items()}
    for line, row in rows:
        cells = dict(zip(OBSERVATION_COLUMNS, row, strict=True))
        for column, allowed in words.items():
            if cells[column] not in allowed and (cells[column] or cells["measure"] not in HOST_MEASURES):
                faults.add(line, f"unknown {column}", cells[column], f"known are {', '.join(sorted(allowed))}")
        case, key = tuple(row[: len(CASE_COLUMNS)]), tuple(row[: len(CASE_COLUMNS) + 1])
        if key in seen:
            faults.add(line, f"the same case and measure as row {seen[key]}", " ".join(key), "each may stand once")
        seen.setdefault(key, line)
        problem = contradiction(cells)
        if problem:
            faults.add(line, problem[0], problem[1], "the probe writes no such row; run it again")
        if cells["measure"] == BIND and cells["outcome"] in (Outcome.SUCCESS, Outcome.UNSTABLE):
            bound.add(case)
    for key, line in seen.items():
        if key[-1] not in BINDLESS and key[:-1] not in bound:
            faults.add(line, f"{key[-1]} of a case whose bind did not succeed", " ".join(key), "the probe writes no such row; run it again")


def contradiction(cells: dict[str, str]) -> tuple[str, str] | None:
    """What in a row does not fit together, and the value that shows it."""
    outcome, error = cells["outcome"], cells["error"].removeprefix("WSA")
    if not REASON.fullmatch(cells["detail"]):
        return "detail is not plain words", cells["detail"]
    if any(not re.fullmatch(r"\d{1,4}", cells[column]) for column in NUMBER_COLUMNS):
        return "agreed and attempts must be numbers", f"{cells['agreed']} of {cells['attempts']}"
    agreed, attempts = int(cells["agreed"]), int(cells["attempts"])
    if outcome in NOT_MEASURED:
        if attempts or not cells["detail"]:
            return f"{outcome} has no attempts and always a reason", f"{attempts} attempts, {cells['detail']!r}"
    elif outcome == Outcome.UNSTABLE:
        if agreed or attempts < 2:
            return "UNSTABLE takes two attempts, and none agreed", f"{agreed} of {attempts}"
    elif outcome in WORDS.get(cells["measure"], ()):
        if agreed not in (attempts, attempts - 1) or not agreed or (error and outcome != "refused"):
            return f"{outcome} must have been the answer of every attempt, without an error", f"{agreed} of {attempts}, {error!r}"
    elif outcome != ERROR_OF.get(error, error) or not re.fullmatch(r"SUCCESS|INUSE|ACCESS|E[A-Z0-9]+|error \d+", outcome):
        return "unknown outcome, or not that of its error", f"{outcome} with error {cells['error']!r}"
    elif agreed not in (attempts, attempts - 1) or not agreed:
        return f"{outcome} must have been the answer of every attempt", f"{agreed} of {attempts}"
    return None
