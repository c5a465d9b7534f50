"""gVisor: a kernel in user space with a network stack of its own, run by `runsc do`.

Its package depends on nothing, so that the one of any suite of Debian can be unpacked beside the system and needs no root of
its own. The release can't be seen from inside, where the kernel calls itself 4.4.0; it is stated to the probe.
"""

import os
import shutil
import tempfile
from collections.abc import Sequence
from pathlib import Path

from matrix.errors import StackError
from matrix.platforms.stacks.places import unpack
from matrix.platforms.stacks.stack import FACTS, MINUTES, PYTHON, Stack, as_root, run, version_in

SYSTRAP_SINCE = 2024  # older releases know ptrace, which is slower; the network stack is the same on both


class Gvisor(Stack):
    """`runsc`, of a suite of Debian; without one, the system's own if there is any, else that of the usual suite."""

    system = "gvisor"

    def __init__(self, suite: str = "") -> None:
        self.suite = suite
        self.name = f"gvisor-{suite}" if suite else "gvisor"

    def missing(self, cache: Path) -> str | None:
        """Whether there is a runsc that may be started."""
        if self.impossible():
            return self.impossible()
        if self.program(cache) is None:
            return "runsc not installed"
        if os.geteuid() != 0 and shutil.which("sudo") is None:
            return "runsc needs root, and this account has no sudo"
        return None

    def install(self, cache: Path) -> None:
        """Unpack runsc into the cache. Raises StackError."""
        if self.program(cache) is None:
            unpack(self.suite or FACTS["gvisor"]["suite"], FACTS["gvisor"]["package"], cache / self.name)

    def remove(self, cache: Path) -> None:
        """Remove what was unpacked."""
        shutil.rmtree(cache / self.name, ignore_errors=True)

    def program(self, cache: Path) -> Path | None:
        """The runsc that would be used."""
        found = None if self.suite else shutil.which("runsc")
        unpacked = cache / self.name / "usr" / "bin" / "runsc"
        return Path(found) if found else unpacked if unpacked.exists() else None

    def release(self, cache: Path) -> str:
        """The release of runsc, as `20240729.0`. Raises StackError."""
        found = self.program(cache)
        if found is None:
            raise StackError("runsc is not installed; run this with --install")
        return version_in(run([found, "--version"]), "runsc")

    def target(self, cache: Path) -> str:
        """`gvisor-` and the release. Raises StackError."""
        return f"gvisor-{self.release(cache)}"

    def measure(self, cache: Path, probe: Path, output: Path, arguments: Sequence[str]) -> str:
        """Run the probe in a sandbox without a network but its own loopback. Raises StackError."""
        output.mkdir(parents=True, exist_ok=True)
        release = self.release(cache)
        inside = [
            PYTHON, "-I", str(probe.resolve()), "--output", str(output.resolve()), "--target", f"gvisor-{release}",
            "--stated", f"runsc={release}", *arguments,
        ]  # fmt: skip
        with tempfile.TemporaryDirectory(prefix="bind-matrix-gvisor-") as folder:
            sandbox = [
                str(self.program(cache)), f"--root={folder}", "--network=none", f"--platform={platform(release)}", "--ignore-cgroups",
                "do", "-force-overlay=false",
            ]  # fmt: skip
            return run(as_root([*sandbox, *inside]), env={**os.environ, "TMPDIR": folder}, timeout=60 * MINUTES)


def platform(release: str) -> str:
    """How a release of runsc gets at the system calls of a program."""
    return "systrap" if int(release[:4]) >= SYSTRAP_SINCE else "ptrace"
