"""Measures several stacks, one after the other: what `stacks` does, step by step.

Rules. A stack that fails does not keep the others from being measured. A target is measured once, whichever of the names asked
for lead to it: this machine's own user-mode Linux is also that of its suite. A run counts as measured where the probe found what
the stack is. All of it can be run again.
"""

import json
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from matrix.errors import MatrixError, StackError
from matrix.platforms.stacks.stack import Stack


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One thing that was done, or is about to be done, for a stack."""

    stack: str
    message: str
    failed: bool = False


def survey(
    stacks: Mapping[str, Stack], *, cache: Path, probe: Path, output: Path, install: bool = False, remove: bool = False
) -> Iterator[Step]:
    """Measure each stack into a folder of `output` that is named like its target; what a person may want to see of it.

    `install` gets what is missing before, `remove` takes it out of the cache again afterwards.
    """
    cache.mkdir(parents=True, exist_ok=True)
    measured: dict[str, str] = {}
    for name, stack in stacks.items():
        began = time.monotonic()
        try:
            never = stack.impossible()
            if never:
                raise StackError(never)
            reason = stack.missing(cache)
            if install:
                if reason:
                    yield Step(stack=name, message=f"installing it: {reason}")
                stack.install(cache)
                reason = stack.missing(cache)
            if reason:
                raise StackError(reason if install else f"{reason}; --install installs what can be installed")
            target = stack.target(cache)
            if target in measured:
                yield Step(stack=name, message=f"it is {target}, which was measured as {measured[target]}")
            else:
                yield Step(stack=name, message=f"measuring {target}")
                stack.measure(cache, probe, output / target, [])
                check_system(stack, output / target)
                measured[target] = name
                yield Step(stack=name, message=f"{output / target}, after {time.monotonic() - began:.0f} s")
        except MatrixError as trouble:
            yield Step(stack=name, message=str(trouble), failed=True)
        if remove:
            yield from removed(name, stack, cache)


def check_system(stack: Stack, folder: Path) -> None:
    """Raises StackError when the probe found something else there than the stack: such a run has the wrong name."""
    found = json.loads((folder / "host.json").read_text("utf-8"))["system"]
    if stack.system and found != stack.system:
        raise StackError(f"{folder}: the probe found {found} there, and it should be {stack.system}; don't use that run")


def removed(name: str, stack: Stack, cache: Path) -> Iterator[Step]:
    """Take a stack out of the cache; a fault if it can't be."""
    try:
        stack.remove(cache)
    except MatrixError as trouble:
        yield Step(stack=name, message=str(trouble), failed=True)
