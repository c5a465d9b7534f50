"""Brings the legs of a matrix together: new runs, last good runs, and what is missing.

Rules. Every expected leg ends as one line, whatever came of it:
- *fresh*: its run is good and is what its target says; it takes the place of the published one.
- *kept*: nothing usable came, and the last good run stays, with its day.
- *missing*: nothing usable came, and there never was a run.
Last good runs come from several places: what is committed, and what the last report showed. The newer one counts.
Two artifacts for one target are both left out, because nobody knows which is the leg's. What comes
without being expected is named and left out, and so is a run that is something else than its target: it is
called what it is, in the leg's line.
"""

import json
import os
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from matrix.errors import MatrixError
from matrix.model import Faulty, plain
from matrix.runs import Run, find_runs, load_run
from matrix.targets import Target, is_not

FILES = ("observations.csv", "counts.csv", "host.json")
PREFIX = "run-"  # of an artifact's name; the target follows


@dataclass(frozen=True, slots=True, kw_only=True)
class Leg:
    """What came of one target that was asked for."""

    target: str
    state: str  # "fresh", "kept" or "missing"
    shown: str  # day of the run that is shown; blank for none
    reason: str  # why there is no fresh run
    may_fail: bool = False


def merge(
    artifacts: Path, published: Sequence[Path], expected: Mapping[str, Target], output: Path
) -> tuple[list[Leg], list[str]]:  # fmt: skip
    """Put the runs to be reported into `output`; what came of each leg, and every fault.

    Of the folders of published runs, those that aren't there hold none. Raises MatrixError when there is no
    folder of artifacts.
    """
    if not artifacts.is_dir():
        raise MatrixError(f"{artifacts}: no such folder of artifacts; download them there first")
    output.mkdir(parents=True, exist_ok=True)  # also where there is no run at all
    came, faults = sorted_out(artifacts, expected)
    kept, worse = last_good(published)
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
            state, reason = "kept" if shown else "missing", str(came.get(name, "nothing came of it"))
        legs.append(Leg(target=name, state=state, shown=shown, reason=reason, may_fail=target.may_fail))
    return legs, faults


def last_good(published: Sequence[Path]) -> tuple[dict[str, tuple[Run, Path]], list[str]]:
    """The newest published run of each target, and the faults of those that can't be used."""
    newest: dict[str, tuple[Run, Path]] = {}
    faults: list[str] = []
    for folder in [run for place in published if place.is_dir() for run in find_runs([place])]:
        run = load_run(folder)
        if isinstance(run, Faulty):
            faults += map(str, run.faults)
        elif run.host.target not in newest or newest[run.host.target][0].host.measured < run.host.measured:
            newest[run.host.target] = (run, folder)
    return newest, faults


def belongs(name: str, target: Target) -> bool:
    """Whether a run's name is this target's."""
    return name == target.id or (target.reach == "stack" and name.startswith((f"{target.id}-", f"{target.id}.")))


def sorted_out(artifacts: Path, expected: Mapping[str, Target]) -> tuple[dict[str, tuple[Run, Path] | str], list[str]]:
    """The usable run of each target, or why there is none; and every fault."""
    came: dict[str, tuple[Run, Path] | str] = {}
    faults: list[str] = []
    for folder in sorted(each for each in artifacts.rglob("*") if each.is_dir() and any(os.path.lexists(each / name) for name in FILES)):
        name = name_of(folder, artifacts)
        run = load_run(folder)
        if isinstance(run, Faulty):
            problem = "; ".join(map(str, run.faults))
        elif run.host.target != name and not (name in expected and belongs(run.host.target, expected[name])):
            problem = f"{plain(folder)}: the artifact is named {plain(name)}, and the run says {run.host.target}; give the leg its own name"
        elif name in expected:
            problem = is_not(run.host, expected[name])
            problem = problem and f"{plain(folder)}: not {name}: {problem}; measure it as a target of its own"
        else:
            problem = f"{plain(folder)}: nobody asked for {plain(name)}; add it to targets.toml"
        if name in came:
            problem = f"{plain(folder)}: a second run of {plain(name)}; neither is used, give each leg a name of its own"
        if problem:
            faults.append(problem)
        came[name] = problem or (run, folder) if isinstance(run, Run) else problem
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
    """Write what came of each leg, for the report."""
    path.write_text(json.dumps([asdict(leg) for leg in legs], indent=2) + "\n", "utf-8", newline="\n")


def load_legs(path: Path) -> tuple[Leg, ...]:
    """Read it again. Raises MatrixError when it isn't such a file."""
    try:
        return tuple(Leg(**leg) for leg in json.loads(path.read_text("utf-8")))
    except (OSError, ValueError, TypeError) as broken:
        raise MatrixError(f"{path}: not a file of legs: {broken}; let `merge` write it again") from broken


def last_report(listing: Path, branch: str, name: str) -> str:
    """The workflow run whose artifact of this name is the newest usable one of a branch; blank where there is none.

    `listing` is what GitHub answers to "list artifacts for a repository". Raises MatrixError when it isn't that.
    """
    try:
        found = [
            (str(each["created_at"]), int(each["workflow_run"]["id"]))
            for each in json.loads(listing.read_text("utf-8"))["artifacts"]
            if each["name"] == name and not each["expired"] and each["workflow_run"]["head_branch"] == branch
        ]
    except (OSError, ValueError, KeyError, TypeError) as broken:
        raise MatrixError(f"{listing}: not a list of artifacts: {broken!r}; ask GitHub for it again") from broken
    return str(max(found)[1]) if found else ""
