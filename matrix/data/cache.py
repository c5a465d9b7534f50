"""Runs that were validated before, so that a question is answered at once.

A cache entry is named by a hash of everything that its validation depended on: every byte of the runs, this program's rules,
and the words. So an entry can't be out of date; it is a copy of numbers, and holds nothing that isn't in the runs. Only sets of
runs without a fault are kept. The cache is the user's own folder; where it can't be read or written, runs are read as always.
"""

import hashlib
import os
import sys
from collections.abc import Iterable, Sequence
from contextlib import suppress
from datetime import date
from pathlib import Path

import numpy as np

from matrix.data.packed import packed, unpacked
from matrix.data.runs import FILES, Runs, load_runs
from matrix.data.strict import Faults, read_bytes

MAX_ENTRIES = 8  # the oldest go
LAST_PAGE = "page"  # the file that holds the path of the page that was written last
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


def last_page() -> Path | None:
    """The page that `report` wrote last on this machine and that is still there; None where there is none."""
    try:
        page = Path((cache_folder() / LAST_PAGE).read_text("utf-8").rstrip("\n"))
        return page if page.is_absolute() and page.is_file() else None
    except (OSError, ValueError):
        return None


def remember_page(page: Path) -> None:
    """Note where a page was written; where that can't be noted, nothing is."""
    with suppress(OSError, ValueError):
        cache_folder().mkdir(parents=True, exist_ok=True)
        (cache_folder() / LAST_PAGE).write_text(f"{page.resolve()}\n", "utf-8")


def load_cached(folders: Sequence[Path], today: date | None = None) -> Runs:
    """As `load_runs`, from the cache where it has exactly these runs."""
    key = key_of(folders)
    if key is None:
        return load_runs(folders, today)
    path = cache_folder() / f"{key}.runs"
    runs = read_entry(path, folders, today)
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


def read_entry(path: Path, folders: Sequence[Path], today: date | None) -> Runs | None:
    """The runs of an entry, or None where there is none that can be used, or the clock was set back to before one was measured."""
    try:
        if path.is_symlink() or path.stat().st_size > MAX_BYTES:
            return None
        return unpacked(path.read_bytes(), folders, today)
    except (OSError, ValueError):
        return None


def write_entry(path: Path, runs: Runs) -> None:
    """Keep runs, and no more than MAX_ENTRIES of them; what can't be written is not kept."""
    part = path.with_suffix(f".{os.getpid()}.part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with part.open("wb") as out:
            out.write(packed(runs))
        part.replace(path)
        entries = sorted(path.parent.glob("*.runs"), key=lambda each: each.stat().st_mtime, reverse=True)
        sizes = np.cumsum([each.stat().st_size for each in entries])
        for number, entry in enumerate(entries):
            if number >= MAX_ENTRIES or sizes[number] > MAX_BYTES:
                entry.unlink()
    except (OSError, ValueError):
        with suppress(OSError):
            part.unlink(missing_ok=True)
