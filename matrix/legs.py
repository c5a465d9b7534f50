"""Brings the legs of a matrix together: new runs, last good runs, and what is missing.

Rules. Every expected leg ends as one line, whatever came of it:
- *fresh*: its run is good and is what its target says; it takes the place of the published one.
- *kept*: nothing usable came, and the last good run stays, with its day.
- *missing*: nothing usable came, and there never was a run.
Two artifacts for one target are both left out, because nobody knows which is the leg's. What comes
without being expected is told and left out.
"""

import json
import shutil
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

from matrix.errors import MatrixError
from matrix.model import Faulty
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


def merge(artifacts: Path, published: Path, expected: Mapping[str, Target], output: Path) -> tuple[list[Leg], list[str]]:
    """Put the runs to be reported into `output`; what came of each leg, and every fault.

    Raises MatrixError when there is no folder of artifacts.
    """
    if not artifacts.is_dir():
        raise MatrixError(f"{artifacts}: no such folder of artifacts; download them there first")
    came, faults = sorted_out(artifacts, expected)
    if published.is_dir():
        for folder in find_runs([published]):
            copy_run(folder, output / folder.name)
    legs = []
    for run, folder in [each for each in came.values() if not isinstance(each, str)]:
        shutil.rmtree(output / run.host.target, ignore_errors=True)
        copy_run(folder, output / run.host.target)
    for name, target in expected.items():
        told = came.get(name, "nothing came of it")
        result = told if isinstance(told, str) else told[0]
        if isinstance(result, Run):
            legs.append(Leg(target=name, state="fresh", shown=result.host.measured, reason="", may_fail=target.may_fail))
            continue
        days = [run.host.measured for run in map(load_run, found_of(target, output)) if isinstance(run, Run)]
        state = "kept" if days else "missing"
        legs.append(Leg(target=name, state=state, shown=max(days, default=""), reason=result, may_fail=target.may_fail))
    return legs, faults


def found_of(target: Target, folder: Path) -> list[Path]:
    """The runs below a folder that are this target's: a stack's carry its version in their names."""
    if not folder.is_dir():
        return []
    return sorted(each for each in folder.iterdir() if each.is_dir() and belongs(each.name, target))


def belongs(name: str, target: Target) -> bool:
    """Whether a run's name is this target's."""
    return name == target.id or (target.reach == "stack" and name.startswith(target.id + "-"))


def sorted_out(artifacts: Path, expected: Mapping[str, Target]) -> tuple[dict[str, tuple[Run, Path] | str], list[str]]:
    """The usable run of each target, or why there is none; and every fault."""
    came: dict[str, tuple[Run, Path] | str] = {}
    faults: list[str] = []
    for folder in sorted(each for each in artifacts.rglob("*") if each.is_dir() and any((each / name).exists() for name in FILES)):
        name = name_of(folder, artifacts)
        run = load_run(folder)
        if isinstance(run, Faulty):
            told = "; ".join(map(str, run.faults))
        elif run.host.target != name and not (name in expected and belongs(run.host.target, expected[name])):
            told = f"{folder}: the artifact is named {name}, and the run says {run.host.target}; give the leg its own name"
        elif name in expected:
            told = is_not(run.host, expected[name])
            told = told and f"{folder}: not {name}: {told}; measure it as a target of its own"
        else:
            told = f"{folder}: nobody asked for {name}; add it to targets.toml"
        if name in came:
            told = f"{folder}: a second run of {name}; neither is used, give each leg a name of its own"
        if told:
            faults.append(told)
        came[name] = told or (run, folder) if isinstance(run, Run) else told
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
    path.write_text(json.dumps([asdict(leg) for leg in legs], indent=2) + "\n", "utf-8")


def load_legs(path: Path) -> tuple[Leg, ...]:
    """Read it again. Raises MatrixError when it isn't such a file."""
    try:
        return tuple(Leg(**leg) for leg in json.loads(path.read_text("utf-8")))
    except (OSError, ValueError, TypeError) as broken:
        raise MatrixError(f"{path}: not a file of legs: {broken}; let `merge` write it again") from broken
