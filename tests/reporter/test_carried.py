"""The wheel carries the published runs: validated when it is built, whole, and read wherever no folder is named."""

import hashlib
import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from matrix.data import carried
from matrix.data.packed import packed, unpacked
from matrix.data.runs import Loader, Run, Runs, find_runs, load_runs
from matrix.errors import MatrixError
from matrix.findings.view import View
from matrix.report.chapters import compose
from matrix.site.files import rendered
from tests.conftest import ROOT
from tests.made_runs import MadeRun
from tests.reporter.conftest import PART

CASE = "tcp ipv4 default@wildcard listening ipv4 SO_REUSEADDR@specific same"


@pytest.fixture
def published(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of an installed package that holds them; empty."""
    folder = tmp_path / "published"
    monkeypatch.setattr(carried, "PUBLISHED", folder)
    return folder


def same(one: Runs, other: Runs) -> bool:
    return one.hosts == other.hosts and all(
        np.array_equal(a.lines, b.lines) and a.counts == b.counts for a, b in zip(one.good, other.good, strict=True)
    )


def test_a_checkout_carries_nothing() -> None:
    """It reads its results/ instead."""
    assert carried.carried() is None


def test_what_is_carried_is_what_was_read(results: Path, published: Path, view: View, files: dict[str, str]) -> None:
    """To the last byte of the report, in one file that is named by its content."""
    read = load_runs(find_runs([results]))
    path = carried.carry(results, published)
    assert path.name == hashlib.sha256(path.read_bytes()).hexdigest() + ".runs"
    found = carried.carried()
    assert found is not None
    assert same(found, read)
    assert rendered(compose(replace(view, runs=found))) == files
    assert carried.carry(results, published) == path


def test_a_faulty_run_is_carried_by_no_wheel(tmp_path: Path, published: Path) -> None:
    """The build fails, with every fault named."""
    for name in ("linux-a", "linux-b"):
        (MadeRun(target=name, selection=PART).write(tmp_path / "results") / "counts.csv").unlink()
    MadeRun(target="linux-c", selection=PART).write(tmp_path / "results")
    with pytest.raises(MatrixError, match=r"(?s)linux-a.*counts\.csv.*\n.*linux-b.*counts\.csv"):
        carried.carry(tmp_path / "results", published)
    (tmp_path / "none").mkdir()
    with pytest.raises(MatrixError, match="there is no run"):
        carried.carry(tmp_path / "none", published)
    assert not published.exists()


@pytest.mark.parametrize("spoil", ["a byte", "cut off", "another file beside it", "renamed"])
def test_damage_to_what_was_installed_is_noticed(part: Path, published: Path, spoil: str) -> None:
    """And the way out is named."""
    path = carried.carry(part, published)
    data = path.read_bytes()
    match spoil:
        case "a byte":
            path.write_bytes(data[:-1] + bytes([data[-1] ^ 1]))
        case "cut off":
            path.write_bytes(data[:-8])
        case "another file beside it":
            (published / "x.runs").write_bytes(data)
        case "renamed":
            path.rename(published / "x.runs")
    with pytest.raises(MatrixError, match=r"are damaged .*; install bind-matrix again"):
        carried.carried()


@pytest.mark.parametrize("change", [
    lambda data: data.replace(b'"answers"', b'"answer"', 1), lambda data: data.replace(b'"hosts":[', b'"hosts":[1,', 1), lambda data: data.replace(b'"counts":[', b'"counts":[[],', 1),
    lambda data: data[:-4] + b"\xff\xff\xff\x7f", lambda data: data[:-4] + b"\x00\x00\x00\x80", lambda data: b"[]\n", lambda data: b""],
    ids=["no answers", "another host", "other counts", "a line that is none", "a line below all", "other JSON", "nothing"])  # fmt: skip
def test_what_is_no_packed_run_is_not_taken_for_one(part: Path, change: object) -> None:
    """Whatever its name says."""
    data = packed(load_runs([part]))
    found = unpacked(data)
    assert found is not None
    assert same(found, load_runs([part]))
    assert found.good[0].folder == Path("linux-part")
    again = unpacked(data, [part])
    assert again is not None
    assert again.good[0].folder == part
    with pytest.raises(ValueError, match="not packed runs"):
        unpacked(change(data))  # type: ignore[operator]


def test_another_run_is_read_into_what_is_carried(published: Path, tmp_path: Path) -> None:
    """As if all had been read together: lines that both have are one, quoted ones too."""
    both = [MadeRun(options=("default", "SO_REUSEPORT"), absent=("others",)), MadeRun(target="linux-6.2", options=("default",), absent=("others", "other"))]  # fmt: skip
    one, other = (made.write(tmp_path / "runs") for made in both)
    carried.carry(one, published)
    found, loader = carried.carried(), Loader()
    assert found is not None
    together = [loader.load(folder) for folder in (one, other)]
    later = Loader(catalogue=found.catalogue).load(other)
    assert isinstance(later, Run)
    assert isinstance(together[1], Run)
    assert np.array_equal(later.lines, together[1].lines)
    assert len(found.catalogue) == len(loader.catalogue)
    assert any("," in answer.detail for answer in found.catalogue.answers)


def test_people_need_to_name_no_folder(results: Path, published: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is installed comes before a folder `results` of the reader's own; a folder that is named comes before both."""
    from matrix.commands.loading import runs_of

    (tmp_path / "here" / "results").mkdir(parents=True)
    MadeRun(target="linux-part", selection=PART).write(tmp_path / "here" / "results")
    monkeypatch.chdir(tmp_path / "here")
    assert list(runs_of([]).hosts) == ["linux-part"]
    carried.carry(results, published)
    assert list(runs_of([]).hosts) == ["gvisor-1", "linux-6.1", "linux-6.2", "wine-8.0"]
    assert list(runs_of([Path("results")], cached=False).hosts) == ["linux-part"]


def test_a_checkout_is_found_from_anywhere(published: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where nothing is installed and the reader's folder has no results/, the checkout's own are the published ones."""
    from matrix.commands import loading

    monkeypatch.chdir(tmp_path)
    assert loading.published_folder() == ROOT / "results"
    (tmp_path / "results").mkdir()
    assert loading.published_folder() == Path("results")


@pytest.mark.long
def test_the_built_wheel_answers_in_an_empty_folder(tmp_path: Path) -> None:
    """Built from this checkout and installed beside nothing of it: what it carries is what results/ holds."""
    pip = [sys.executable, "-m", "pip", "--quiet", "--disable-pip-version-check"]
    wheels, site, empty = (tmp_path / name for name in ("wheels", "site", "empty"))
    empty.mkdir()
    subprocess.run([*pip, "wheel", "--no-deps", "--no-build-isolation", "--wheel-dir", str(wheels), str(ROOT)], check=True, cwd=empty)
    (wheel,) = wheels.iterdir()
    assert wheel.stat().st_size < 2_000_000
    subprocess.run([*pip, "install", "--no-deps", "--no-index", "--no-compile", "--target", str(site), str(wheel)], check=True, cwd=empty)
    (path,) = (site / "matrix" / "published").iterdir()
    found = unpacked(path.read_bytes())
    assert found is not None
    assert same(found, load_runs(find_runs([ROOT / "results"])))
    environment = {**os.environ, "PYTHONPATH": str(site), "PYTHONDONTWRITEBYTECODE": "1"}
    for words in (["explain", CASE], ["advise"], ["check"]):
        command = [sys.executable, "-P", "-m", "matrix", *words]
        done = subprocess.run(command, cwd=empty, env=environment, capture_output=True, text=True, encoding="utf-8", check=False)
        assert (done.returncode, done.stderr) == (0, "")
        assert "linux" in done.stdout.lower()
    assert list(empty.iterdir()) == []
