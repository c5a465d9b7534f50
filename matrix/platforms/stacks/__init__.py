"""Network stacks that one Debian or Ubuntu machine can host: each is installed and probed the same way.

`STACKS` names them. Every stack is a `Stack`: `impossible` says why this system can't have it, `missing` why it
can't be run yet, `install` gets it, `measure` runs the probe in it. A stack's target is named after the version that is really there, and
the probe inside finds out for itself what it runs on.
"""

from collections.abc import Mapping

from matrix.errors import UsageError
from matrix.platforms.stacks.gvisor import Gvisor
from matrix.platforms.stacks.host import Host
from matrix.platforms.stacks.stack import Stack
from matrix.platforms.stacks.uml import UserModeLinux
from matrix.platforms.stacks.wine import Wine

STACKS: Mapping[str, Stack] = {
    "host": Host(),
    "uml": UserModeLinux(),
    "gvisor": Gvisor(),
    "wine": Wine(python="3.13"),
    "wine-python3.8": Wine(python="3.8"),
}

__all__ = ["STACKS", "Stack", "stack"]


def stack(name: str) -> Stack:
    """The stack of that name. Raises UsageError with the names that there are."""
    try:
        return STACKS[name]
    except KeyError:
        raise UsageError(f"no stack is named {name!r}; there are {', '.join(STACKS)}") from None
