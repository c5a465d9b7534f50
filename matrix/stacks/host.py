"""The machine's own kernel: nothing to install."""

import os
from collections.abc import Sequence
from pathlib import Path

from matrix.stacks.stack import PYTHON, Stack, run


class Host(Stack):
    """Whatever this machine runs."""

    def missing(self, cache: Path) -> str | None:
        """Nothing is ever missing."""
        return None

    def install(self, cache: Path) -> None:
        """Nothing to do."""

    def target(self, cache: Path) -> str:
        """The kernel's name and numeric version, as `linux-6.18.44`."""
        told = os.uname()
        release = told.release.split("-")[0].split("+")[0]
        return f"{told.sysname.lower()}-{release}"

    def measure(self, cache: Path, probe: Path, output: Path, arguments: Sequence[str]) -> str:
        """Run the probe as a program of this machine. Raises StackError."""
        return run([PYTHON, "-I", probe, "--output", output, "--target", self.target(cache), *arguments])
