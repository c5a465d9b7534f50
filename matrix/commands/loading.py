"""Arguments and loading that several commands share."""

import argparse
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from matrix.commands.streams import say

if TYPE_CHECKING:
    from matrix.data.runs import Run
    from matrix.findings.view import View
    from matrix.records import Fault, Leg
    from matrix.report.blocks import Block

RESULTS = Path("results")
PROBE = Path(__file__).parent.parent / "probe"
FORMATS = ("table", "json", "markdown")


def results_argument(parser: argparse.ArgumentParser) -> None:
    """RESULTS …, by default the published runs."""
    parser.add_argument("results", nargs="*", type=Path, metavar="RESULTS", help="runs, or folders of runs (results)")


def format_argument(parser: argparse.ArgumentParser) -> None:
    """--format: for people, for documents, or for programs."""
    parser.add_argument("--format", choices=FORMATS, default=FORMATS[0], help="table for a terminal, markdown, or json (table)")


def show(style: str, blocks: "Iterable[Block]", answer: "dict[str, Any]") -> None:
    """Print an answer: its blocks as text for a terminal or as Markdown, or its findings as JSON."""
    if style == "json":
        from matrix.report.tabular import answer_json

        say(answer_json(answer))
    elif style == "markdown":
        from matrix.report.markdown import markdown

        say(markdown(blocks).rstrip("\n"))
    else:
        from matrix.report.terminal import terminal

        say(terminal(blocks).rstrip("\n"))


def append_argument(parser: argparse.ArgumentParser) -> None:
    """--append: Markdown may go to the end of a file, as a job's summary."""
    parser.add_argument("--append", type=Path, metavar="FILE", help="write Markdown at the end of this file instead of the terminal")


def loaded(results: Sequence[Path], legs: "tuple[Leg, ...]" = (), *, cached: bool = False) -> "View":
    """Claims and runs. `cached`: runs that were validated before, byte for byte, are not validated again."""
    from datetime import date

    from matrix.data.cache import load_cached
    from matrix.data.claims import load_claims
    from matrix.data.evidence import load_evidence
    from matrix.data.runs import find_runs, load_runs
    from matrix.data.statements import load_statements
    from matrix.findings.view import View

    folders = find_runs(results or [RESULTS])
    runs = load_cached(folders, date.today()) if cached else load_runs(folders, date.today())
    claims = load_claims()
    return View(claims=claims, runs=runs, legs=legs, evidence=load_evidence(), statements=load_statements(claims))


def faults_of(view: "View") -> "list[Fault]":
    """Every fault of claims, evidence and runs."""
    of_runs = (fault for each in view.runs.faulty for fault in each.faults)
    return [*view.claims.faults, *view.statements.faults, *view.evidence.faults, *of_runs]


def good_run(folder: Path, loader: object) -> "Run":
    """One run that must be usable. Raises MatrixError with every fault."""
    from matrix.data.runs import Loader, Run
    from matrix.errors import MatrixError

    assert isinstance(loader, Loader)
    run = loader.load(folder)
    if isinstance(run, Run):
        return run
    raise MatrixError("\n".join(map(str, run.faults)))
