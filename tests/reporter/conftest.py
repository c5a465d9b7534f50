"""Small runs for the tests of the reporter. They are made, never measured; `results/` is no part of any test."""

import hashlib
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from selenium import webdriver

from matrix.__main__ import main
from matrix.data.claims import load_claims
from matrix.data.evidence import load_evidence
from matrix.data.runs import find_runs, load_runs
from matrix.data.statements import load_statements
from matrix.findings.view import View
from matrix.report.chapters import Report, compose
from matrix.site.files import rendered
from tests.conftest import ROOT
from tests.made_runs import MadeRun, reuse_decides
from tests.reporter.browser import Page, chromium

Typed = Callable[..., tuple[int, str, str]]
PART = "tcp ipv4 bound ipv4 same"  # a selection of 36 cases
WINE = {"target": "wine-8.0", "system": "wine", "version": "8.0", "options": ("default", "SO_REUSEADDR", "SO_EXCLUSIVEADDRUSE")}


def listeners_protect_their_loopback(case: Any, first: Any, second: Any) -> str:
    """A later version of the imaginary stack: the wildcard can't be bound over a listener on loopback by another account."""
    if case.state == "listening" and case.account == "other" and first.address == "specific" and second.address == "wildcard":
        return "EACCES"
    return reuse_decides(case, first, second)


@pytest.fixture(scope="session")
def results(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Four published runs: two versions of Linux, gVisor, and Wine with one account."""
    folder = tmp_path_factory.mktemp("results")
    MadeRun().write(folder)
    MadeRun(target="linux-6.2", version="6.2", rule=listeners_protect_their_loopback).write(folder)
    MadeRun(target="gvisor-1", system="gvisor", version="", options=("default", "SO_REUSEPORT")).write(folder)
    MadeRun(**WINE, absent=("other", "other-first", "others")).write(folder)  # type: ignore[arg-type]  # a table of keywords
    return folder


@pytest.fixture(scope="session")
def view(results: Path) -> View:
    """The published runs, and the claims and the evidence that ship."""
    claims = load_claims()
    return View(claims=claims, runs=load_runs(find_runs([results])), evidence=load_evidence(), statements=load_statements(claims))


@pytest.fixture(scope="session")
def report(view: View) -> Report:
    """Their report."""
    return compose(view)


@pytest.fixture(scope="session")
def files(report: Report) -> dict[str, str]:
    """Its files."""
    return rendered(report)


@pytest.fixture(scope="session")
def written(tmp_path_factory: pytest.TempPathFactory, files: dict[str, str]) -> Path:
    """Their page as a file."""
    path = tmp_path_factory.mktemp("page") / "index.html"
    path.write_text(files["index.html"], "utf-8")
    return path


@pytest.fixture(scope="session")
def driver(tmp_path_factory: pytest.TempPathFactory) -> Iterator[webdriver.Chrome]:
    """One browser for all tests of the page."""
    with chromium(tmp_path_factory.mktemp("browser")) as made:
        yield made


@pytest.fixture
def page(driver: webdriver.Chrome, written: Path) -> Iterator[Page]:
    """The page, opened; nothing that a test does may be complained of in the console."""
    made = Page(driver, written)
    made.open()
    yield made
    assert made.console == []


# A program that prints pandas' storage of text, then each file of the report of a folder of runs with its hash. Its second word: "with"
# or "without" pyarrow, where it is installed.
REPORT_ELSEWHERE = """
import hashlib, sys
from pathlib import Path
if sys.argv[2] == "without":
    sys.modules["pyarrow"] = None  # an import of it fails, as where it isn't installed
from matrix.data.claims import load_claims
from matrix.data.evidence import load_evidence
from matrix.data.runs import find_runs, load_runs
from matrix.data.statements import load_statements
from matrix.findings.view import View
from matrix.report.chapters import compose
from matrix.site.files import rendered
claims = load_claims()
runs = load_runs(find_runs([Path(sys.argv[1])]))
files = rendered(compose(View(claims=claims, runs=runs, evidence=load_evidence(), statements=load_statements(claims))))
import pandas
print(pandas.Series(["text"]).dtype.storage)
for name, text in files.items():
    print(name, hashlib.sha256(text.encode()).hexdigest())
"""


def report_elsewhere(results: Path, pyarrow: str, seed: str = "random") -> tuple[str, dict[str, str]]:
    """How pandas keeps text in another process, and what the report of these runs is there: file → hash."""
    command = [sys.executable, "-c", REPORT_ELSEWHERE, str(results), pyarrow]
    environment = {**os.environ, "PYTHONHASHSEED": seed}
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, encoding="utf-8", check=True)
    storage, *lines = done.stdout.splitlines()
    return storage, dict(line.split(" ") for line in lines)


def hashes(files: dict[str, str]) -> dict[str, str]:
    """File → hash."""
    return {name: hashlib.sha256(text.encode()).hexdigest() for name, text in files.items()}


@pytest.fixture
def part(tmp_path: Path) -> Path:
    """A small run of one selection, to be spoiled."""
    return MadeRun(target="linux-part", selection=PART).write(tmp_path)


@pytest.fixture(autouse=True, scope="session")
def own_cache(tmp_path_factory: pytest.TempPathFactory) -> None:
    """The user's cache is none of the tests' business."""
    os.environ["XDG_CACHE_HOME"] = os.environ["LOCALAPPDATA"] = str(tmp_path_factory.mktemp("cache"))


@pytest.fixture
def typed(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Typed:
    """Run a command in this process: its status, output and errors."""

    def run(*words: object) -> tuple[int, str, str]:
        for stream in (sys.stdout, sys.stderr):
            monkeypatch.setattr(stream, "reconfigure", lambda **_: None, raising=False)
        try:
            status = main([str(word) for word in words])
        except SystemExit as ended:
            status = int(str(ended.code))
        out, err = capsys.readouterr()
        return status, out, err

    return run
