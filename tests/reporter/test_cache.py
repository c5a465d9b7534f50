"""The cache: an entry is a copy of exactly these runs under exactly these rules, or it isn't used."""

import json
from dataclasses import replace
from datetime import date
from pathlib import Path

import numpy as np
import pytest

from matrix.data import cache
from matrix.data.runs import Runs, find_runs, load_runs
from matrix.findings.view import View
from matrix.report.chapters import compose
from matrix.site.files import rendered
from tests.made_runs import MadeRun, set_fact
from tests.reporter.conftest import PART


@pytest.fixture(autouse=True)
def empty_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setenv("LOCALAPPDATA", str(tmp_path / "cache"))


def entries() -> list[Path]:
    return sorted(cache.cache_folder().glob("*")) if cache.cache_folder().exists() else []


def never(*_: object) -> Runs:
    raise AssertionError("the cache was not used")


def test_what_the_cache_gives_is_what_reading_gives(
    results: Path, view: View, files: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """To the last byte of the report."""
    folders = find_runs([results])
    read = load_runs(folders)
    cache.load_cached(folders)
    monkeypatch.setattr(cache, "load_runs", never)
    kept = cache.load_cached(folders)
    assert kept.hosts == read.hosts
    assert all(np.array_equal(a.lines, b.lines) and a.counts == b.counts for a, b in zip(kept.good, read.good, strict=True))
    assert rendered(compose(replace(view, runs=kept))) == files


def test_an_entry_depends_on_every_byte_and_every_rule(part: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Its name changes with any of them."""
    names = {cache.key_of([part])}
    for name in ("observations.csv", "counts.csv", "host.json"):
        (part / name).write_bytes((part / name).read_bytes() + b"\n")
        names.add(cache.key_of([part]))
    monkeypatch.setattr(cache, "RULES", cache.RULES[1:])
    names.add(cache.key_of([part]))
    assert len(names) == 5
    (part / "counts.csv").unlink()
    assert cache.key_of([part]) is None


def test_faulty_runs_are_never_kept(part: Path) -> None:
    """Their faults are named anew each time."""
    set_fact(part, "repeat", -1)
    for _ in range(2):
        assert "repeat is not between" in str(cache.load_cached([part]).faulty[0].faults[0])
    assert entries() == []


def test_the_day_is_looked_at_again(part: Path) -> None:
    """A run of tomorrow is kept today, and would be faulty if the clock were set back."""
    assert cache.load_cached([part], date(2026, 11, 24)).good
    assert cache.load_cached([part], date(2026, 11, 22)).faulty


@pytest.mark.parametrize("spoil", [lambda data: data[:-7], lambda data: b"", lambda data: b"[]\n", lambda data: data.replace(b'"sizes": [', b'"sizes": [9, '), lambda data: b"\xff" + data],
                         ids=["cut off", "empty", "other JSON", "other sizes", "no JSON"])  # fmt: skip
def test_an_entry_that_is_broken_is_not_used(part: Path, spoil: object) -> None:
    """The runs are read as always."""
    assert cache.load_cached([part]).good
    (entry,) = entries()
    entry.write_bytes(spoil(entry.read_bytes()))  # type: ignore[operator]
    assert len(cache.load_cached([part]).good[0].lines) > 30


def test_an_entry_can_hold_no_line_that_is_none(part: Path) -> None:
    """Numbers out of range are noticed."""
    cache.load_cached([part])
    (entry,) = entries()
    header, _, numbers = entry.read_bytes().partition(b"\n")
    entry.write_bytes(header + b"\n" + b"\xff\xff\xff\x7f" * (len(numbers) // 4))
    assert len(cache.load_cached([part]).good[0].lines) > 30
    assert json.loads(header)["sizes"][0] > 30


def test_few_entries_are_kept(tmp_path: Path) -> None:
    """The oldest go."""
    for number in range(cache.MAX_ENTRIES + 3):
        cache.load_cached([MadeRun(target=f"linux-{number}", selection=PART).write(tmp_path)])
    assert len(entries()) == cache.MAX_ENTRIES


def test_a_cache_that_cannot_be_written_is_done_without(part: Path, tmp_path: Path) -> None:
    """No word about it."""
    (tmp_path / "cache").write_text("a file")
    assert cache.load_cached([part]).good
