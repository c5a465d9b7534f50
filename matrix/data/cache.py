"""Runs that were validated before, so that a question is answered at once.

A cache entry is named by a hash of everything that its validation depended on: every byte of the runs, this program's rules,
and the words. So an entry can't be out of date; it is a copy of numbers, and holds nothing that isn't in the runs. Only sets of
runs without a fault are kept. The cache is the user's own folder; where it can't be read or written, runs are read as always.
"""

import hashlib
import json
import os
import sys
from collections.abc import Iterable, Sequence
from contextlib import suppress
from datetime import date
from pathlib import Path

import numpy as np

from matrix.data.catalogue import Catalogue
from matrix.data.host import host_of
from matrix.data.rows import Answer
from matrix.data.runs import FILES, HOST, Run, Runs, load_runs
from matrix.data.strict import Faults, read_bytes, read_json
from matrix.records import Host

MAX_ENTRIES = 8  # the oldest go
MAX_BYTES = 256 * 1024 * 1024
RULES = ("data", "probe/vocabulary.py", "probe/cases.py", "probe/afterclose.py", "vocabulary.py", "records.py")


def cache_folder() -> Path:
    """The user's folder for it, as each system has one."""
    home = Path.home()
    if sys.platform == "win32":
        base = Path(os.environ.get("LOCALAPPDATA") or home / "AppData" / "Local")
    elif sys.platform == "darwin":
        base = home / "Library" / "Caches"
    else:
        base = Path(os.environ.get("XDG_CACHE_HOME") or home / ".cache")
    return base / "bind-matrix"


def load_cached(folders: Sequence[Path], today: date | None = None) -> Runs:
    """As `load_runs`, from the cache where it has exactly these runs."""
    key = key_of(folders)
    if key is None:
        return load_runs(folders, today)
    hosts = hosts_of(folders, today)
    path = cache_folder() / f"{key}.runs"
    runs = read_entry(path, folders, hosts) if hosts else None
    if runs is None:
        runs = load_runs(folders, today)
        if runs.good and not runs.faulty:
            write_entry(path, runs)
    return runs


def key_of(folders: Iterable[Path]) -> str | None:
    """The hash of all that counts, or None where some file can't be read."""
    found = hashlib.sha256()
    root = Path(__file__).parent.parent
    for name in RULES:
        for source in sorted((root / name).glob("*.py")) if (root / name).is_dir() else [root / name]:
            found.update(hashlib.sha256(source.read_bytes()).digest())
    for folder in folders:
        for name in FILES:
            faults = Faults(folder / name)
            data = read_bytes(folder / name, faults)
            if data is None:
                return None
            found.update(hashlib.sha256(data).digest())
    return found.hexdigest()


def hosts_of(folders: Iterable[Path], today: date | None) -> list[Host]:
    """The hosts, read again: they are small, and the day may have come on which one was measured. Empty where one is faulty."""
    found = []
    for folder in folders:
        faults = Faults(folder / HOST)
        facts = read_json(folder / HOST, faults)
        host = host_of(facts, today, faults) if isinstance(facts, dict) else None
        if host is None:
            return []
        found.append(host)
    return found


def read_entry(path: Path, folders: Sequence[Path], hosts: Sequence[Host]) -> Runs | None:
    """The runs of an entry, or None where there is none that can be used."""
    try:
        if path.is_symlink() or path.stat().st_size > MAX_BYTES:
            return None
        header, _, numbers = path.read_bytes().partition(b"\n")
        text = json.loads(header)
        question_of, answer_of, lines = np.split(np.frombuffer(numbers, np.dtype("<i4")), np.cumsum(text["sizes"])[:-1])
        catalogue = Catalogue()
        catalogue.restore([Answer(*cells) for cells in text["answers"]], text["cases"], question_of, answer_of)
        good = tuple(
            Run(host=host, lines=of_run, counts=tuple(map(tuple, counts)), folder=folder)
            for host, of_run, counts, folder in zip(hosts, np.split(lines, text["ends"][:-1]), text["counts"], folders, strict=True)
        )
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return Runs(catalogue=catalogue, good=good, hosts={run.host.target: run.host for run in good})


def write_entry(path: Path, runs: Runs) -> None:
    """Keep runs, and no more than MAX_ENTRIES of them; what can't be written is not kept."""
    catalogue = runs.catalogue
    arrays = [catalogue.question_of, catalogue.answer_of, np.concatenate([run.lines for run in runs.good])]
    text = {
        "answers": catalogue.answers, "cases": catalogue.cases.texts[catalogue.cases.possible :],
        "counts": [run.counts for run in runs.good],
        "sizes": [len(each) for each in arrays], "ends": np.cumsum([len(run.lines) for run in runs.good]).tolist(),
    }  # fmt: skip
    part = path.with_suffix(f".{os.getpid()}.part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with part.open("wb") as out:
            out.write(json.dumps(text).encode() + b"\n")
            for each in arrays:
                out.write(each.astype("<i4").tobytes())
        part.replace(path)
        entries = sorted(path.parent.glob("*.runs"), key=lambda each: each.stat().st_mtime, reverse=True)
        sizes = np.cumsum([each.stat().st_size for each in entries])
        for number, entry in enumerate(entries):
            if number >= MAX_ENTRIES or sizes[number] > MAX_BYTES:
                entry.unlink()
    except OSError:
        with suppress(OSError):
            part.unlink(missing_ok=True)
