"""Arguments and loading that several commands share."""

import argparse
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from matrix.data.runs import Run, Runs
    from matrix.findings.view import View
    from matrix.records import Fault, Leg

RESULTS = Path("results")
PACKAGE = Path(__file__).parent.parent
PROBE = PACKAGE / "probe"
CHECKOUT = PACKAGE.parent / "results"


def results_argument(parser: argparse.ArgumentParser) -> None:
    """RESULTS …, by default the published runs."""
    parser.add_argument("results", nargs="*", type=Path, metavar="RESULTS", help="runs, or folders of runs (the published ones)")


def append_argument(parser: argparse.ArgumentParser) -> None:
    """--append: Markdown may go to the end of a file, as a job's summary."""
    parser.add_argument("--append", type=Path, metavar="FILE", help="write Markdown at the end of this file instead of the terminal")


def runs_of(results: Sequence[Path], *, cached: bool = True) -> "Runs":
    """The runs that a command was given; without any, the published ones: those that were installed with the program, or a checkout's.

    `cached`: runs that were validated before, byte for byte, are not validated again. Raises UsageError for a folder that isn't there.
    """
    from datetime import date

    from matrix.data.cache import load_cached
    from matrix.data.carried import carried
    from matrix.data.runs import find_runs, load_runs

    installed = None if results else carried()
    if installed is not None:
        return installed
    folders = find_runs(results or [published_folder()])
    return load_cached(folders, date.today()) if cached else load_runs(folders, date.today())


def published_folder() -> Path:
    """results/ of the working folder, or of the checkout that this program lies in."""
    return CHECKOUT if CHECKOUT.is_dir() and not RESULTS.is_dir() else RESULTS


def loaded(results: Sequence[Path], legs: "tuple[Leg, ...]" = (), *, cached: bool = False) -> "View":
    """Claims and runs; see `runs_of`."""
    from matrix.data.claims import load_claims
    from matrix.findings.view import View

    return View(claims=load_claims(), runs=runs_of(results, cached=cached), legs=legs)


def faults_of(view: "View") -> "list[Fault]":
    """Every fault of claims and runs."""
    return [*view.claims.faults, *(fault for each in view.runs.faulty for fault in each.faults)]


def good_run(folder: Path, loader: object) -> "Run":
    """One run that must be usable. Raises MatrixError with every fault."""
    from matrix.data.runs import Loader, Run
    from matrix.errors import MatrixError

    assert isinstance(loader, Loader)
    run = loader.load(folder)
    if isinstance(run, Run):
        return run
    raise MatrixError("\n".join(map(str, run.faults)))
