"""The command line: the only module that prints, reads arguments or exits.

Exit status: 0 done, 1 the data has faults or something failed, 2 wrong usage. What was found in the
data changes the status only where it is asked for (`report --fail-on`).
"""

import argparse
import errno
import json
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from matrix import guests
from matrix.claims import load_claims
from matrix.errors import MatrixError, OutputError, UsageError
from matrix.legs import Leg, last_report, load_legs, merge, save_legs
from matrix.model import Faulty, Verdict, plain
from matrix.probe.product import archive, sha256
from matrix.report import one_line, render, sections
from matrix.report.compare import beside, drift, explain, job_summary
from matrix.report.hijack import advice
from matrix.report.view import View
from matrix.runs import Run, find_runs, load_run, load_runs
from matrix.stacks import GROUPS, STACKS, named
from matrix.stacks.survey import survey
from matrix.targets import SCHEDULED, chosen, load_targets, plan

RESULTS = Path("results")
PROBE = Path(__file__).parent / "probe"


def main(words: Sequence[str] | None = None) -> int:
    """Run one command; the exit status."""
    for stream in (sys.stdout, sys.stderr):
        stream.reconfigure(encoding="utf-8", errors="replace")  # type: ignore[union-attr]
    arguments = parser().parse_args(words)
    try:
        status: int = arguments.run(arguments)
        return status
    except MatrixError as trouble:
        print(f"bind-matrix: {trouble}", file=sys.stderr)
        return trouble.exit_code
    except OSError as refused:
        if not reader_is_gone(refused):
            raise
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1


def reader_is_gone(refused: OSError) -> bool:
    """Whether the reader of our output closed it. Windows says EINVAL, as of a bad file name, but names no file (cpython issue 79935)."""
    return refused.errno == errno.EPIPE or (sys.platform == "win32" and refused.errno == errno.EINVAL and refused.filename is None)


def parser() -> argparse.ArgumentParser:
    """All commands and their options."""
    made = argparse.ArgumentParser(
        prog="bind-matrix", description="What bind does when the port is taken: measured, and held against the documents."
    )
    commands = made.add_subparsers(required=True, metavar="COMMAND")

    report = commands.add_parser("report", help="merge runs, judge the documents, write the report")
    report.add_argument("results", nargs="*", type=Path, metavar="RESULTS", help="runs, or folders of runs (results)")
    report.add_argument(
        "--output", type=Path, required=True, metavar="DIR", help="folder for REPORT.md, index.html, verdicts.csv, report.json"
    )
    report.add_argument("--legs", type=Path, metavar="FILE", help="what came of each leg, as `merge` wrote it")
    report.add_argument("--fail-on", choices=[str(verdict) for verdict in Verdict], action="append", default=[],
                        metavar="VERDICT", help="exit with 1 if Windows or an imitation gets this verdict anywhere")  # fmt: skip
    report.set_defaults(run=run_report)

    check = commands.add_parser("check", help="validate runs and claims; every fault, then exit 1")
    check.add_argument("results", nargs="*", type=Path, metavar="RESULTS", help="runs, or folders of runs (results)")
    check.set_defaults(run=run_check)

    explain = commands.add_parser("explain", help="one case on every platform, and what the documents say of it")
    explain.add_argument(
        "case", metavar="CASE", help="words of its id in their order, globs allowed: 'tcp ipv4 default@wildcard SO_REUSEADDR@specific'"
    )
    explain.add_argument("results", nargs="*", type=Path, metavar="RESULTS", help="runs, or folders of runs (results)")
    explain.set_defaults(run=run_explain)

    advise = commands.add_parser("advise", help="with which options a socket keeps its traffic where, from observations")
    advise.add_argument("results", nargs="*", type=Path, metavar="RESULTS", help="runs, or folders of runs (results)")
    advise.set_defaults(run=run_advise)

    diff = commands.add_parser("diff", help="what changed between two runs: the host, then case by case")
    diff.add_argument("old", type=Path, metavar="RUN")
    diff.add_argument("new", type=Path, metavar="RUN")
    diff.set_defaults(run=run_diff)

    compare = commands.add_parser("compare", help="a run beside the published platforms, and where it departs from the nearest")
    compare.add_argument("folder", type=Path, metavar="RUN")
    compare.add_argument("results", nargs="*", type=Path, metavar="RESULTS", help="runs, or folders of runs (results)")
    appended(compare)
    compare.set_defaults(run=run_compare)

    plan = commands.add_parser("plan", help="the legs of the CI matrix, as JSON")
    plan.add_argument("--by-hand", action="store_true", help="those that are started by hand, instead of the weekly ones")
    plan.add_argument("--only", action="append", metavar="TARGETS", help="these alone, with commas between; all (all)")
    plan.set_defaults(run=run_plan)

    merge = commands.add_parser("merge", help="bring the runs of all legs together with the published ones")
    merge.add_argument("artifacts", type=Path, metavar="ARTIFACTS", help="folder of downloaded artifacts, each named run-TARGET")
    merge.add_argument(
        "--published", type=Path, action="append", metavar="DIR", help="last good runs; may be given again, the newer run counts (results)"
    )
    merge.add_argument("--only", action="append", metavar="TARGETS", help="expect these legs alone, with commas between (all weekly legs)")
    merge.add_argument("--output", type=Path, required=True, metavar="DIR", help="folder for the runs to be reported, and legs.json")
    merge.set_defaults(run=run_merge)

    summary = commands.add_parser("summary", help="what a job's summary shows: the legs, and what changed since the published runs")
    summary.add_argument("merged", type=Path, metavar="MERGED", help="folder that `merge` wrote")
    summary.add_argument("--published", type=Path, default=RESULTS, metavar="DIR", help="the last good runs (results)")
    appended(summary)
    summary.set_defaults(run=run_summary)

    last = commands.add_parser("last-report", help="the workflow run that holds the newest report of a branch, if any")
    last.add_argument("listing", type=Path, metavar="FILE", help="what GitHub's API answered to `list artifacts for a repository`")
    last.add_argument("--branch", required=True, metavar="NAME")
    last.add_argument("--artifact", default="report", metavar="NAME", help="the artifact's name (report)")
    last.set_defaults(run=run_last_report)

    stacks = commands.add_parser("stacks", help="measure the network stacks that this machine can host")
    stacks.add_argument("names", nargs="*", metavar="STACK", help=f"which: {', '.join(STACKS)}; {' or '.join(GROUPS)} for several (own)")
    stacks.add_argument("--output", type=Path, required=True, metavar="DIR", help="folder that gets a run for each target")
    stacks.add_argument("--cache", type=Path, default=Path("build/stacks"), metavar="DIR", help="where stacks are unpacked (build/stacks)")
    stacks.add_argument("--install", action="store_true", help="install what is missing; may need root")
    stacks.add_argument("--remove", action="store_true", help="take it out of the cache again, each once it is measured")
    stacks.set_defaults(run=run_stacks)

    guest = commands.add_parser("guest", help="install an old Windows in a virtual machine by docker and KVM, and measure it")
    guest.add_argument("target", metavar="TARGET", help="one of `plan --by-hand`; you need a licence for that Windows")
    guest.add_argument("--output", type=Path, required=True, metavar="DIR", help="folder that gets the run")
    guest.add_argument("--installer", type=Path, metavar="FILE", help="Python's installer, checked like the one that is downloaded without")
    guest.add_argument("--minutes", type=float, default=guests.MINUTES, metavar="N", help=f"how long all of it may take ({guests.MINUTES})")
    guest.set_defaults(run=run_guest)
    return made


def appended(command: argparse.ArgumentParser) -> None:
    """What is told in Markdown may go to the end of a file: a job's summary."""
    command.add_argument("--append", type=Path, metavar="FILE", help="write at the end of this file instead of the terminal")


def say(text: str, append: Path | None) -> None:
    """Print a text, or write it at the end of a file. Raises OutputError."""
    if append is None:
        print(text, end="")
        return
    try:
        with append.open("a", encoding="utf-8", newline="\n") as out:
            out.write(text)
    except OSError as refused:
        raise OutputError(f"cannot write to {append}: {refused.strerror}; name another file with --append") from refused


def loaded(results: Sequence[Path], legs: tuple[Leg, ...] = ()) -> View:
    """Claims and runs; they are judged when the first verdict is asked for."""
    return View(claims=load_claims(), runs=load_runs(find_runs(results or [RESULTS])), legs=legs)


def run_report(arguments: argparse.Namespace) -> int:
    """Write the report; faulty runs are named in it and on the terminal, and left out."""
    view = loaded(arguments.results, load_legs(arguments.legs) if arguments.legs else ())
    output: Path = arguments.output
    try:
        output.mkdir(parents=True, exist_ok=True)
        files = render(view)
        for name, text in files.items():  # all of them, before any takes an older one's place
            (output / f"{name}.part").write_text(text, "utf-8", newline="\n")
        for name in files:
            (output / f"{name}.part").replace(output / name)
    except OSError as refused:
        raise OutputError(f"cannot write the report to {output}: {refused.strerror}; free the space or name another --output") from refused
    faults = show_faults(view)
    print(one_line(view))
    print(f"report: {output / 'REPORT.md'}")
    found = sorted(set(view.judged["verdict"]) & set(arguments.fail_on))
    if found:
        print(f"bind-matrix: found {', '.join(found)}, as --fail-on asks", file=sys.stderr)
    return 1 if found or faults else 0


def run_check(arguments: argparse.Namespace) -> int:
    """Say what each run is, and name every fault of claims and runs; a run that comes in is looked at by this before it is merged."""
    view = loaded(arguments.results)
    if not view.runs.good and not view.runs.faulty:
        raise UsageError(f"there is no run in {', '.join(map(plain, arguments.results or [RESULTS]))}; name a run, or a folder of runs")
    faults = show_faults(view)
    ours = sha256()
    for run in view.runs.good:
        by = "this probe" if run.host.probe_sha256 == ours else f"another probe, {run.host.probe_sha256}"
        print(f"{run.host.target}: {run.host.system}, {run.host.name}, {len(run.frame):,} rows, measured {run.host.measured} by {by}")
        if run.folder.resolve().name != run.host.target:
            faults += tell([f"{plain(run.folder)}: the folder of {run.host.target}; give it that name"])
    print(f"{len(view.claims.frame)} claims, {len(view.runs.good)} good runs, {len(view.runs.faulty)} faulty, {faults} faults")
    return 1 if faults else 0


def show_faults(view: View) -> int:
    """Print every fault on the error stream; how many there were."""
    return tell([*view.claims.faults, *(fault for each in view.runs.faulty for fault in each.faults)])


def tell(faults: Sequence[object]) -> int:
    """Print faults on the error stream; how many there were."""
    for fault in faults:
        print(f"bind-matrix: {fault}", file=sys.stderr)
    return len(faults)


def run_explain(arguments: argparse.Namespace) -> int:
    """Show the cases that the words match."""
    view = loaded(arguments.results)
    print(explain(view, arguments.case))
    return 1 if show_faults(view) else 0


def run_advise(arguments: argparse.Namespace) -> int:
    """Show what keeps a socket's traffic."""
    view = loaded(arguments.results)
    print(advice(view))
    return 1 if show_faults(view) else 0


def run_diff(arguments: argparse.Namespace) -> int:
    """Show what changed; that something did is no failure."""
    print(drift(good_run(arguments.old), good_run(arguments.new)))
    return 0


def good_run(folder: Path) -> Run:
    """One run that must be usable. Raises MatrixError with every fault."""
    run = load_run(folder)
    if isinstance(run, Faulty):
        raise MatrixError("\n".join(map(str, run.faults)))
    return run


def run_compare(arguments: argparse.Namespace) -> int:
    """Show where a run stands among the published ones; that it departs is no failure, a published run that is faulty is one."""
    run, results = good_run(arguments.folder), load_runs(find_runs(arguments.results or [RESULTS]))
    text = beside(run, results.good)
    say(text, arguments.append)
    if arguments.append:
        print(text.split("\n\n")[1])
    return 1 if tell([fault for each in results.faulty for fault in each.faults]) else 0


def run_plan(arguments: argparse.Namespace) -> int:
    """Print the legs in one line, as a workflow's output wants it."""
    reachable = {name: each for name, each in load_targets().items() if (each.reach == "manual") == arguments.by_hand}
    print(json.dumps(plan(chosen(reachable, arguments.only or ["all"]), by_hand=arguments.by_hand), separators=(",", ":")))
    return 0


def run_merge(arguments: argparse.Namespace) -> int:
    """Merge; a leg that is missing is no fault of the data, a run that can't be used is one."""
    targets = load_targets()
    weekly = {name: each for name, each in targets.items() if each.reach in SCHEDULED}
    expected = chosen(targets, arguments.only) if arguments.only else weekly
    legs, faults = merge(arguments.artifacts, arguments.published or [RESULTS], expected, arguments.output)
    save_legs(legs, arguments.output / "legs.json")
    tell(faults)
    for leg in legs:
        print(f"{leg.target}: {leg.state}" + (f", shown as of {leg.shown}" if leg.state == "kept" else ""))
    return 1 if faults else 0


def run_summary(arguments: argparse.Namespace) -> int:
    """Write the summary; that something changed is no failure."""
    legs = load_legs(arguments.merged / "legs.json")
    view = loaded([arguments.merged], legs)
    before = {run.host.target: run for run in load_runs(find_runs([arguments.published])).good} if arguments.published.is_dir() else {}
    pairs = [(before[run.host.target], run) for run in view.runs.good if run.host.target in before]
    text = job_summary(
        sections.legs(view), [pair for pair in pairs if pair[0].host != pair[1].host or not pair[0].frame.equals(pair[1].frame)]
    )
    say(text, arguments.append)
    return 0


def run_last_report(arguments: argparse.Namespace) -> int:
    """Print the number of the workflow run, as a workflow's output wants it."""
    print(last_report(arguments.listing, arguments.branch, arguments.artifact))
    return 0


def run_stacks(arguments: argparse.Namespace) -> int:
    """Measure stacks one after the other; what happens goes to the terminal as it happens."""
    failed = False
    for step in survey(
        named(arguments.names), cache=arguments.cache.resolve(), probe=PROBE, output=arguments.output,
        install=arguments.install, remove=arguments.remove,
    ):  # fmt: skip
        print(f"bind-matrix: {step.stack}: {step.message}", file=sys.stderr if step.failed else sys.stdout, flush=True)
        failed |= step.failed
    return 1 if failed else 0


def run_guest(arguments: argparse.Namespace) -> int:
    """Measure one old Windows; what the machine says meanwhile goes to the terminal as it comes."""
    target = load_targets().get(arguments.target)
    if target is None:
        raise UsageError(f"no target is named {arguments.target!r}; `plan --by-hand` shows those that are started so")
    guests.measure(target, archive(), arguments.output, given=arguments.installer, seconds=60 * arguments.minutes)
    print(f"{target.id}: {arguments.output}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
