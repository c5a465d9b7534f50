"""The platforms that are measured, and how each is reached: `targets.toml`, loaded and validated.

A workflow takes its legs from here (`python -m matrix plan`). What a leg sends back is held against what is
expected of its target: a run whose host is something else is named for what it is, never published
under the target's name.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from pathlib import Path

from matrix.data.strict import Faults, read_toml
from matrix.errors import MatrixError, UsageError
from matrix.records import Host
from matrix.vocabulary import SYSTEMS

TARGETS = Path(__file__).parent / "targets.toml"
REACHES = ("hosted", "vm", "wsl", "stack", "container", "manual")
SCHEDULED = REACHES[:-1]


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """One platform that is asked for."""

    id: str
    reach: str  # one of REACHES
    system: str  # what the probe must find
    why: str
    version: str = ""  # prefix of the version that the probe must find; blank where any will do
    runner: str = ""  # label of the runner
    python: str = ""
    architecture: str = ""  # of the Python; blank for the runner's own
    image: str = ""  # of a container, a stack, WSL or a machine that is started by hand; what a runner's ImageOS must begin with
    prepare: str = ""  # what a virtual machine does first, to get a Python
    stack: str = ""  # which of `stacks`, where it isn't named like the target
    may_fail: bool = False


def load_targets(path: Path = TARGETS) -> dict[str, Target]:
    """The targets by id. Raises MatrixError with every fault of the file."""
    faults = Faults(path)
    found = {}
    for name, table in read_toml(path, faults).items():
        if valid_target(name, table, faults):
            found[name] = Target(id=name, **table)
    if faults.count():
        raise MatrixError("\n".join(map(str, faults.all())))
    return found


def valid_target(name: str, table: object, faults: Faults) -> bool:
    """Check one target; note each fault and say whether there was none."""
    before = faults.count()
    if not re.fullmatch(r"[a-z0-9][a-z0-9._-]{0,63}", name):
        faults.add(None, "not a target's name", name, "use a-z, 0-9, '.', '_' and '-'")
    if not isinstance(table, dict):
        faults.add(None, f"{name} is no table", table, "write [its-name], then its fields")
        return False
    known = [each.name for each in fields(Target) if each.name != "id"]
    for field, value in table.items():
        if field not in known:
            faults.add(None, f"{name}: unknown field", field, f"a target has {', '.join(known)}")
        elif not isinstance(value, bool if field == "may_fail" else str):
            faults.add(None, f"{name}: {field} is of another type", value, f"write {'true or false' if field == 'may_fail' else 'a text'}")
    for field in ("reach", "system", "why"):
        if not table.get(field):
            faults.add(None, f"{name}: {field} is missing", None, "every target has one")
    for field, allowed in (("reach", REACHES), ("system", SYSTEMS)):
        if table.get(field) and table[field] not in allowed:
            faults.add(None, f"{name}: unknown {field}", table[field], f"use {', '.join(allowed)}")
    return faults.count() == before


def chosen(targets: Mapping[str, Target], words: Sequence[str]) -> dict[str, Target]:
    """The targets that a person names: ids, several with commas between, or `all`. Raises UsageError."""
    names = [name.strip() for word in words for name in word.split(",") if name.strip()]
    unknown = sorted(set(names) - {*targets, "all"})
    if unknown or not names:
        problem = f"{', '.join(unknown)} can't be chosen here" if unknown else "no target is named"
        raise UsageError(f"{problem}; choose from all, {', '.join(targets)}")
    return {name: target for name, target in targets.items() if name in names or "all" in names}


def plan(targets: Mapping[str, Target], *, by_hand: bool = False) -> dict[str, list[dict[str, object]]]:
    """The legs of a workflow, by the way in which they are reached."""
    reaches = ("manual",) if by_hand else SCHEDULED
    return {reach: [asdict(target) for target in targets.values() if target.reach == reach] for reach in reaches}


def is_not(host: Host, target: Target) -> str:
    """Why a run is not one of this target, by what the probe found; blank when it is.

    The image that a runner says it has counts where it says one: the label is GitHub's own promise already.
    """
    if host.system != target.system:
        return f"it is {host.system}, and {target.system} was asked for"
    if target.version and not (host.version + ".").startswith(target.version + "."):
        return f"it is {host.system} {host.version or '(version unknown)'}, and {target.version} was asked for"
    image = host.stated.get("image", "").strip()
    if target.reach == "hosted" and target.image and image and not image.startswith(target.image):
        return f"its runner says that it is {image}, and {target.image} was asked for"
    return ""
