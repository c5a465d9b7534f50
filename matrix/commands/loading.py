"""Arguments and loading that several commands share."""

import argparse
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from matrix.commands.streams import coloured, say, width
from matrix.records import plain

if TYPE_CHECKING:
    from matrix.data.runs import Loader, Run, Runs
    from matrix.findings.view import View
    from matrix.records import Fault, Leg
    from matrix.report.blocks import Block

RESULTS = Path("results")
PACKAGE = Path(__file__).parent.parent
PROBE = PACKAGE / "probe"
CHECKOUT = PACKAGE.parent / "results"
FORMATS = ("table", "json", "markdown")


def results_argument(parser: argparse.ArgumentParser) -> None:
    """RESULTS …, by default the published runs."""
    parser.add_argument(
        "results", nargs="*", type=Path, default=[], metavar="RESULTS", help="runs, or folders of runs (the published ones)"
    )


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
        from matrix.report.terminal import bold, plainly, terminal

        say(terminal(blocks, width(), bold if coloured() else plainly).rstrip("\n"))


def append_argument(parser: argparse.ArgumentParser) -> None:
    """--append: Markdown may go to the end of a file, as a job's summary."""
    parser.add_argument("--append", type=Path, metavar="FILE", help="write Markdown at the end of this file instead of the terminal")


def runs_of(results: Sequence[Path], *, cached: bool = True, may_be_empty: bool = False) -> "Runs":
    """The runs that a command was given; without any, the published ones: those that were installed with the program, or a checkout's.

    `cached`: runs that were validated before, byte for byte, are not validated again. Raises UsageError for a folder that isn't there.
    """
    from datetime import date

    from matrix.data.cache import load_cached
    from matrix.data.carried import carried
    from matrix.data.runs import find_runs, load_runs
    from matrix.errors import UsageError

    installed = None if results else carried()
    if installed is not None:
        return installed
    folders = find_runs(results or [published_folder()])
    if not folders and not may_be_empty:
        raise UsageError(f"there is no run in {', '.join(map(plain, results or [RESULTS]))}; name a run, or a folder of runs")
    return load_cached(folders, date.today()) if cached else load_runs(folders, date.today())


def published_folder() -> Path:
    """results/ of the working folder, or of the checkout that this program lies in."""
    return CHECKOUT if CHECKOUT.is_dir() and not RESULTS.is_dir() else RESULTS


def loaded(results: Sequence[Path], legs: "tuple[Leg, ...]" = (), *, cached: bool = False, mine: Path | None = None) -> "View":
    """Claims, evidence and runs; see `runs_of`. With legs there may be no run at all; `mine` is one more run. Raises MatrixError."""
    from matrix.data.claims import load_claims
    from matrix.data.evidence import load_evidence
    from matrix.data.statements import load_statements
    from matrix.errors import MatrixError
    from matrix.findings.view import View

    runs = runs_of(results, cached=cached, may_be_empty=bool(legs))
    if mine is not None:
        runs = joined_by(runs, mine)
    claims = load_claims()
    view = View(claims=claims, runs=runs, legs=legs, evidence=load_evidence(), statements=load_statements(claims))
    if cached and not runs.good:  # a question can't be answered: why is the answer
        raise MatrixError("\n".join(first_faults(view)))
    return view


def joined_by(runs: "Runs", folder: Path) -> "Runs":
    """Runs and one more. Raises UsageError where it isn't there; a target that is there already is a fault of it."""
    from dataclasses import replace
    from datetime import date

    from matrix.data.runs import Loader, Run, find_runs
    from matrix.errors import UsageError
    from matrix.records import Fault, Faulty

    if not find_runs([folder]):
        raise UsageError(f"there is no run in {plain(folder)}; name a run, or a folder of runs")
    added = Loader(date.today(), runs.catalogue).load(folder)
    if isinstance(added, Run) and added.host.target in runs.hosts:
        twice = Fault(file=str(folder), row=None, problem="a run of this target is there already", value=added.host.target,
                      remedy="give it another --target")  # fmt: skip
        added = Faulty(folder=folder, faults=(twice,))
    if isinstance(added, Run):
        return replace(runs, good=(*runs.good, added), hosts={**runs.hosts, added.host.target: added.host})
    return replace(runs, faulty=(*runs.faulty, added))


def first_faults(view: "View") -> "list[str]":
    """The first fault of claims and of each faulty run, for commands that are not about faults; `check` names all."""
    every = (view.claims.faults, view.statements.faults, view.evidence.faults, *(each.faults for each in view.runs.faulty))
    return [first_of(faults) for faults in every if faults]


def first_of(faults: "Sequence[Fault]") -> str:
    """The first fault, from which the others may follow, and how many there are."""
    more = f" (and {len(faults) - 1} more, which `bind-matrix check` names)" if len(faults) > 1 else ""
    return f"{faults[0]}{more}"


def run_named(word: str, loader: "Loader", published: "Runs | None" = None) -> "Run":
    """A run by its folder, or a published one by its name or the beginning of it. Raises UsageError and MatrixError."""
    from matrix.data.runs import find_runs
    from matrix.errors import UsageError

    path = Path(word)
    if path.is_dir():
        found = find_runs([path])
        if not found:
            raise UsageError(f"there is no run in {plain(path)}; name a run, or a folder of runs")
        if len(found) > 1:
            raise UsageError(f"there are {len(found)} runs in {plain(path)}; name one of them: {', '.join(each.name for each in found)}")
        return good_run(found[0], loader)
    good = {each.host.target: each for each in published.good} if published else {}
    name = "-".join(word.lower().split())
    fitting = [name] if name in good else [target for target in good if target.startswith((f"{name}.", f"{name}-"))]
    if len(fitting) == 1:
        return good[fitting[0]]
    if fitting:
        raise UsageError(f"{plain(word)} may be {', '.join(fitting)}; name one of them")
    known = f"a published run: {', '.join(good)}" if good else "a folder of runs"
    raise UsageError(f"{plain(word)}: no such folder; name a run, or {known}")


def published_runs() -> "Runs | None":
    """The published runs, if there are any here."""
    from matrix.errors import UsageError

    try:
        return runs_of(())
    except UsageError:
        return None


def faults_of(view: "View") -> "list[Fault]":
    """Every fault of claims, evidence and runs."""
    of_runs = (fault for each in view.runs.faulty for fault in each.faults)
    return [*view.claims.faults, *view.statements.faults, *view.evidence.faults, *of_runs]


def good_run(folder: Path, loader: "Loader") -> "Run":
    """One run that must be usable. Raises MatrixError with its first fault."""
    from matrix.data.runs import Run
    from matrix.errors import MatrixError

    run = loader.load(folder)
    if isinstance(run, Run):
        return run
    raise MatrixError(first_of(run.faults))
