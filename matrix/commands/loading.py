"""Arguments and loading that several commands share."""

import argparse
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from matrix.commands.streams import say
from matrix.records import plain

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
    from matrix.errors import MatrixError, UsageError
    from matrix.findings.view import View

    folders = find_runs(results or [RESULTS])
    if not folders and not legs:
        raise UsageError(no_run(results or [RESULTS]))
    runs = load_cached(folders, date.today()) if cached else load_runs(folders, date.today())
    view = View(claims=load_claims(), runs=runs, legs=legs, evidence=load_evidence())
    if cached and not runs.good:  # a question can't be answered: why is the answer
        raise MatrixError("\n".join(first_faults(view)))
    return view


def first_faults(view: "View") -> "list[str]":
    """The first fault of claims and of each faulty run, for commands that are not about faults; `check` names all."""
    found = []
    for faults in (view.claims.faults, view.evidence.faults, *(each.faults for each in view.runs.faulty)):
        if faults:
            more = f" (and {len(faults) - 1} more, which `bind-matrix check` names)" if len(faults) > 1 else ""
            found.append(f"{faults[0]}{more}")
    return found


def run_folder(word: str) -> Path:
    """The folder of a run that is named by its path, or a published run by its name or the beginning of it. Raises UsageError."""
    from matrix.data.runs import find_runs
    from matrix.errors import UsageError

    path = Path(word)
    if path.is_dir():
        found = find_runs([path])
        if not found:
            raise UsageError(no_run([path]))
        if len(found) > 1:
            raise UsageError(f"there are {len(found)} runs in {plain(path)}; name one of them: {', '.join(each.name for each in found)}")
        return found[0]
    published = {each.name: each for each in find_runs([RESULTS])} if RESULTS.is_dir() else {}
    name = "-".join(word.lower().split())
    fitting = [name] if name in published else [each for each in published if each.startswith((f"{name}.", f"{name}-"))]
    if len(fitting) == 1:
        return published[fitting[0]]
    if fitting:
        raise UsageError(f"{plain(word)} may be {', '.join(fitting)}; name one of them")
    known = f"a published run: {', '.join(published)}" if published else "a folder of runs"
    raise UsageError(f"{plain(word)}: no such folder; name a run, or {known}")


def no_run(folders: Sequence[Path]) -> str:
    """What every command says of folders without a run."""
    return f"there is no run in {', '.join(map(plain, folders))}; name a run, or a folder of runs"


def faults_of(view: "View") -> "list[Fault]":
    """Every fault of claims, evidence and runs."""
    return [*view.claims.faults, *view.evidence.faults, *(fault for each in view.runs.faulty for fault in each.faults)]


def good_run(folder: Path, loader: object) -> "Run":
    """One run that must be usable. Raises MatrixError with every fault."""
    from matrix.data.runs import Loader, Run
    from matrix.errors import MatrixError

    assert isinstance(loader, Loader)
    run = loader.load(folder)
    if isinstance(run, Run):
        return run
    more = f" (and {len(run.faults) - 1} more, which `bind-matrix check` names)" if len(run.faults) > 1 else ""
    raise MatrixError(f"{run.faults[0]}{more}")
