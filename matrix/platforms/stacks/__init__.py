"""Network stacks that one Debian or Ubuntu machine can host: each is installed and probed the same way.

`STACKS` names them. Every stack is a `Stack`: `impossible` says why this system can't have it, `missing` why it
can't be run yet, `install` gets it, `remove` ends that, `measure` runs the probe in it. A stack's target is named after the version
that is really there, and the probe inside finds out for itself what it runs on.

A kind of stack has one of this machine's own, and one for each suite of Debian that `stacks.toml` gives it: `uml`, `uml-trixie`.
"""

from collections.abc import Callable, Mapping, Sequence

from matrix.errors import UsageError
from matrix.platforms.stacks.gvisor import Gvisor
from matrix.platforms.stacks.host import Host
from matrix.platforms.stacks.stack import FACTS, Stack
from matrix.platforms.stacks.uml import UserModeLinux
from matrix.platforms.stacks.wine import Wine

# From a suite of Debian, blank for the machine's own, to the stack.
KINDS: Mapping[str, Callable[[str], Stack]] = {
    "uml": UserModeLinux,
    "gvisor": Gvisor,
    "wine": lambda suite: Wine(suite, python="3.13"),
    "wine-python3.8": lambda suite: Wine(suite, python="3.8"),
}
OWN: Mapping[str, Stack] = {"host": Host(), **{kind: made("") for kind, made in KINDS.items()}}
SUITES: Mapping[str, Stack] = {f"{kind}-{suite}": KINDS[kind](suite) for suite, kinds in FACTS["suites"].items() for kind in kinds}
STACKS: Mapping[str, Stack] = {**OWN, **SUITES}
# Words that stand for several names: what is measured where none is named, and one of every version that can be had.
GROUPS: Mapping[str, Sequence[str]] = {
    "own": tuple(OWN),
    "versions": tuple(name for name in STACKS if "python" not in name),
}

__all__ = ["GROUPS", "OWN", "STACKS", "SUITES", "Stack", "named", "stack"]


def stack(name: str) -> Stack:
    """The stack of that name. Raises UsageError with the names that there are."""
    try:
        return STACKS[name]
    except KeyError:
        raise UsageError(f"no stack is named {name!r}; there are {', '.join(STACKS)}, and for several {', '.join(GROUPS)}") from None


def named(words: Sequence[str]) -> dict[str, Stack]:
    """The stacks that a person names, each once, by name or group; this machine's own without a word. Raises UsageError."""
    return {name: stack(name) for word in words or ("own",) for name in GROUPS.get(word, (word,))}
