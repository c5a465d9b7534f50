"""`report`: merge runs, judge the documents, write the report, and say what this machine's own run comes to."""

import argparse
import os
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from matrix.commands.command import Command
from matrix.commands.loading import first_faults, loaded, results_argument
from matrix.commands.streams import complain, progress, say, width
from matrix.verdicts import Verdict

if TYPE_CHECKING:
    from matrix.findings.view import View
    from matrix.report.chapters import Report

BEGIN, END = "<!-- answers: written by `nox -s publish` -->", "<!-- /answers -->"
Given = TypeVar("Given")
Made = TypeVar("Made")


def options(parser: argparse.ArgumentParser) -> None:
    """Its arguments."""
    results_argument(parser)
    parser.add_argument(
        "--output", type=Path, required=True, metavar="DIR", help="folder for REPORT.md, index.html, verdicts.csv, report.json"
    )
    parser.add_argument("--mine", type=Path, metavar="RUN", help="a run of your own beside the published ones; its summary is printed last")
    parser.add_argument(
        "--read-from", type=Path, metavar="DIR", help="the folder in which the report will lie: each run's name then leads to its files"
    )
    parser.add_argument("--readme", type=Path, metavar="FILE", help="also write the first answers into this file, between its marks")
    parser.add_argument("--legs", type=Path, metavar="FILE", help="the result of each leg, as `merge` wrote it")
    parser.add_argument("--fail-on", choices=[str(verdict) for verdict in Verdict], action="append", default=[],
                        metavar="VERDICT", help="exit with 1 if Windows or an imitation gets this verdict anywhere")  # fmt: skip


def run(arguments: argparse.Namespace) -> int:
    """Write the report; faulty runs are named in it and on the terminal, and left out."""
    from matrix.data.cache import remember_page
    from matrix.data.legs import load_legs

    progress("reading runs")
    view = loaded(arguments.results, load_legs(arguments.legs) if arguments.legs else (), mine=arguments.mine)
    if arguments.read_from:
        folders = {each.host.target: relative(each.folder, arguments.read_from) for each in view.runs.good}
        view = replace(view, folders=folders)
    report = written(view, arguments.output)
    if arguments.readme:
        from matrix.report.front import first_answers

        put_between(BEGIN, END, first_answers(report), arguments.readme)
    remember_page(arguments.output / "index.html")
    progress("")
    faults = complain(first_faults(view))
    counts: dict[str, int] = {}
    for each in report.findings["verdicts"].counts:
        for verdict, count in each.verdicts.items():
            counts[verdict] = counts.get(verdict, 0) + count
    own = [each.host.target for each in view.runs.good if arguments.mine and each.folder.resolve() == arguments.mine.resolve()]
    if own:
        ending(view, own[0], arguments.output)
    else:
        judged = ", ".join(f"{counts[verdict]:,} {verdict}" for verdict in Verdict if counts.get(verdict))
        rows = sum(len(each.lines) for each in view.runs.good)
        say(f"{len(view.targets)} platforms, {rows:,} observations; claims on Windows and its imitations: {judged or 'none judged'}")
        say(f"report: {arguments.output / 'REPORT.md'}")
    found = sorted(set(arguments.fail_on) & {verdict for verdict, count in counts.items() if count})
    if found:
        complain([f"found {', '.join(found)}, as --fail-on asks"])
    return 1 if found or faults else 0


def written(view: "View", output: Path) -> "Report":
    """Compose the report and write all of its files, before any takes an older one's place. Raises OutputError."""
    from matrix.errors import OutputError
    from matrix.report.badges import badges
    from matrix.report.chapters import CHAPTERS, PARTS, compose
    from matrix.report.schemas import schemas
    from matrix.site.files import FORMATS, rendered

    number = {chapter.name: f"chapter {place} of {len(CHAPTERS)}" for place, chapter in enumerate(CHAPTERS, start=1)}
    parts = [replace(part, chapters=tuple(replace(each, find=announced(each.find, number[each.name])) for each in part.chapters))
             for part in PARTS]  # fmt: skip
    folders = (output, output / "badges", output / "schemas")
    try:
        for folder in folders:
            folder.mkdir(parents=True, exist_ok=True)
    except OSError as refused:
        raise OutputError(f"cannot make the folder {folder}: {refused.strerror}; name another --output") from refused
    report = compose(view, tuple(parts))
    formats = {name: announced(write, f"writing {name}") for name, write in FORMATS.items()}
    try:
        files = rendered(report, formats)
        files |= {f"badges/{name}": text for name, text in badges(report).items()}
        files |= {f"schemas/{name}": text for name, text in schemas().items()}
        for name, text in files.items():
            (output / f"{name}.part").write_text(text, "utf-8", newline="\n")
        for name in files:
            (output / f"{name}.part").replace(output / name)
    except OSError as refused:
        raise OutputError(f"cannot write the report to {output}: {refused.strerror}; free the space or name another --output") from refused
    return report


def put_between(begin: str, end: str, text: str, file: Path) -> None:
    """Replace what stands between two marks of a file. Raises UsageError where it can't be read, or has no such marks."""
    from matrix.errors import UsageError

    try:
        before, opening, rest = file.read_text("utf-8").partition(begin)
    except (OSError, UnicodeDecodeError) as refused:
        raise UsageError(f"{file} can't be read: {refused}; name a README") from refused
    _, closing, after = rest.partition(end)
    if not closing:
        raise UsageError(f"{file} has no place for the answers; write {begin} and {end} where they should stand, each on a line of its own")
    file.write_text(f"{before}{opening}\n{text}{closing}{after}", "utf-8", newline="\n")


def relative(folder: Path, start: Path) -> str:
    """A folder as seen from another one; blank where there is no way from one to the other, as between the disks of Windows."""
    try:
        return Path(os.path.relpath(folder, start)).as_posix()
    except ValueError:
        return ""


def announced(make: Callable[[Given], Made], what: str) -> Callable[[Given], Made]:
    """The same, with a word of progress before it."""

    def with_progress(given: Given) -> Made:
        progress(what)
        return make(given)

    return with_progress


def ending(view: "View", target: str, output: Path) -> None:
    """What this machine is and what its servers should know, then where the report lies."""
    from matrix.findings.machine import machine
    from matrix.report.machine import machine as shown
    from matrix.report.terminal import terminal

    say(terminal(shown(machine(view, target)), width()))
    say(f"Page: {output / 'index.html'}")
    say(f"Report: {output / 'REPORT.md'}")


COMMAND = Command(
    help="merge runs, judge the documents, write the report",
    options=options,
    run=run,
    examples=(
        "bind-matrix report --output build/report",
        "bind-matrix report --mine my-run --output build/report",
    ),
)
