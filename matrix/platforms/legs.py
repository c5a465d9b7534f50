"""Brings the legs of a matrix together: new runs, last good runs, and what is missing.

Rules. Every expected leg ends as one line:
- *fresh*: its run is good and is what its target says; it takes the place of the published one.
- *kept*: nothing usable came, and the last good run stays, with its day.
- *missing*: nothing usable came, and there never was a run.
Last good runs come from several places: what is committed, and what the last report showed. The newer one counts.
Two artifacts for one target are both left out, because nobody knows which is the leg's. What comes
without being expected is named and left out, and so is a run that is something else than its target: it is
called what it is, in the leg's line. A run that was measured after today would be the newest for ever, and is a fault.
"""

import json
import os
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import date
from pathlib import Path

from matrix.data.runs import FILES, Loader, Run, find_runs
from matrix.errors import MatrixError
from matrix.platforms.targets import Target, is_not
from matrix.records import Faulty, Leg, plain

PREFIX = "run-"  # of an artifact's name; the target follows


def merge(
    artifacts: Path, published: Sequence[Path], expected: Mapping[str, Target], output: Path, today: date | None = None
) -> tuple[list[Leg], list[str]]:  # fmt: skip
    """Put the runs to be reported into `output`; the result of each leg, and every fault.

    Of the folders of published runs, those that aren't there hold none. Raises MatrixError when there is no
    folder of artifacts.
    """
    if not artifacts.is_dir():
        raise MatrixError(f"{artifacts}: no such folder of artifacts; download them there first")
    output.mkdir(parents=True, exist_ok=True)  # also where there is no run at all
    came, faults = sorted_out(artifacts, expected, today)
    kept, worse = last_good(published, today)
    faults += worse
    for name, (_, folder) in kept.items():
        copy_run(folder, output / name)
    fresh = {name: each for name, each in came.items() if not isinstance(each, str)}
    for run, folder in fresh.values():
        shutil.rmtree(output / run.host.target, ignore_errors=True)
        copy_run(folder, output / run.host.target)
    legs = []
    for name, target in expected.items():
        if name in fresh:
            state, shown, reason = "fresh", fresh[name][0].host.measured, ""
        else:
            shown = max((run.host.measured for run, _ in kept.values() if belongs(run.host.target, target)), default="")
            state, reason = "kept" if shown else "missing", str(came.get(name, "it sent nothing"))
        legs.append(Leg(target=name, state=state, shown=shown, reason=reason, may_fail=target.may_fail))
    return legs, faults


def last_good(published: Sequence[Path], today: date | None) -> tuple[dict[str, tuple[Run, Path]], list[str]]:
    """The newest published run of each target, and the faults of those that can't be used."""
    loader = Loader(today)
    newest: dict[str, tuple[Run, Path]] = {}
    faults: list[str] = []
    for folder in [run for place in published if place.is_dir() for run in find_runs([place])]:
        run = loader.load(folder)
        if isinstance(run, Faulty):
            faults += map(str, run.faults)
        elif run.host.target not in newest or newest[run.host.target][0].host.measured < run.host.measured:
            newest[run.host.target] = (run, folder)
    return newest, faults


def belongs(name: str, target: Target) -> bool:
    """Whether a run's name is this target's."""
    return name == target.id or (target.reach == "stack" and name.startswith((f"{target.id}-", f"{target.id}.")))


def sorted_out(artifacts: Path, expected: Mapping[str, Target], today: date | None) -> tuple[dict[str, tuple[Run, Path] | str], list[str]]:
    """The usable run of each target, or why there is none; and every fault."""
    loader = Loader(today)
    came: dict[str, tuple[Run, Path] | str] = {}
    faults: list[str] = []
    for folder in sorted(each for each in artifacts.rglob("*") if each.is_dir() and any(os.path.lexists(each / name) for name in FILES)):
        name = name_of(folder, artifacts)
        run = loader.load(folder)
        if isinstance(run, Faulty):
            reason = "; ".join(map(str, run.faults))
        elif run.host.target != name and not (name in expected and belongs(run.host.target, expected[name])):
            reason = f"{plain(folder)}: the artifact is named {plain(name)}, and the run says {run.host.target}; give the leg its own name"
        elif name in expected:
            reason = is_not(run.host, expected[name])
            reason = reason and f"{plain(folder)}: not {name}: {reason}; measure it as a target of its own"
        else:
            reason = f"{plain(folder)}: nobody asked for {plain(name)}; add it to targets.toml"
        if name in came:
            reason = f"{plain(folder)}: a second run of {plain(name)}; neither is used, give each leg a name of its own"
        if reason:
            faults.append(reason)
        came[name] = reason or (run, folder) if isinstance(run, Run) else reason
    return came, faults


def name_of(folder: Path, artifacts: Path) -> str:
    """The target that an artifact's folder is named for: `run-…`, or the run's own folder in it."""
    parts = [part for part in folder.relative_to(artifacts).parts if part.startswith(PREFIX)]
    return parts[0].removeprefix(PREFIX) if parts else folder.name


def copy_run(folder: Path, to: Path) -> None:
    """The three files of a run and nothing else that an artifact may hold."""
    to.mkdir(parents=True, exist_ok=True)
    for name in FILES:
        if (folder / name).is_file():
            shutil.copyfile(folder / name, to / name)


def save_legs(legs: list[Leg], path: Path) -> None:
    """Write the result of each leg, for the report."""
    path.write_text(json.dumps([asdict(leg) for leg in legs], indent=2) + "\n", "utf-8", newline="\n")
