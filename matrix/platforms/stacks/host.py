"""The machine's own kernel: nothing to install."""

from collections.abc import Sequence
from pathlib import Path

from matrix.platforms.stacks.stack import MINUTES, PYTHON, Stack, run
from matrix.probe.system import default_target, system_facts


class Host(Stack):
    """Whatever this machine runs."""

    def impossible(self) -> str | None:
        """Every system is a host."""
        return None

    def missing(self, cache: Path) -> str | None:
        """Nothing is ever missing."""
        return None

    def install(self, cache: Path) -> None:
        """Nothing to do."""

    def target(self, cache: Path) -> str:
        """The name that the probe would give it: system and numeric version, as `linux-6.18.44`."""
        return str(default_target(system_facts()))

    def measure(self, cache: Path, probe: Path, output: Path, arguments: Sequence[str]) -> str:
        """Run the probe as a program of this machine. Raises StackError."""
        return run([PYTHON, "-I", probe, "--output", output, "--target", self.target(cache), *arguments], timeout=60 * MINUTES)
