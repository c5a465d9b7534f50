"""gVisor: a kernel in user space with a network stack of its own, run by `runsc do`.

Debian 12 has no package of it, Debian 13 has, and that one depends on nothing. It is downloaded with
the machine's own mirror and keys into lists of our own, so that the system's lists stay as they are.
The release can't be seen from inside, where the kernel calls itself 4.4.0; it is stated to the probe.
"""

import os
import shutil
import tempfile
from collections.abc import Sequence
from pathlib import Path

from matrix.errors import StackError
from matrix.platforms.stacks.stack import FACTS, PYTHON, Stack, as_root, run, version_in

PLATFORM = "systrap"


class Gvisor(Stack):
    """`runsc`, from the system or from the cache."""

    def missing(self, cache: Path) -> str | None:
        """Whether there is a runsc that may be started."""
        if self.impossible():
            return self.impossible()
        if program(cache) is None:
            return "runsc not installed"
        if os.geteuid() != 0 and shutil.which("sudo") is None:
            return "runsc needs root, and this account has no sudo"
        return None

    def install(self, cache: Path) -> None:
        """Unpack runsc into the cache. Raises StackError."""
        if program(cache) is None:
            unpack_runsc(cache)

    def target(self, cache: Path) -> str:
        """`gvisor-` and the release. Raises StackError."""
        return f"gvisor-{release(cache)}"

    def measure(self, cache: Path, probe: Path, output: Path, arguments: Sequence[str]) -> str:
        """Run the probe in a sandbox without a network but its own loopback. Raises StackError."""
        output.mkdir(parents=True, exist_ok=True)
        inside = [
            PYTHON, "-I", str(probe.resolve()), "--output", str(output.resolve()), "--target", self.target(cache),
            "--stated", f"runsc={release(cache)}", *arguments,
        ]  # fmt: skip
        with tempfile.TemporaryDirectory(prefix="bind-matrix-gvisor-") as folder:
            sandbox = [
                str(program(cache)), f"--root={folder}", "--network=none", f"--platform={PLATFORM}", "--ignore-cgroups",
                "do", "-force-overlay=false",
            ]  # fmt: skip
            return run(as_root([*sandbox, *inside]), env={**os.environ, "TMPDIR": folder})


def program(cache: Path) -> Path | None:
    """The runsc that would be used: the system's, else the unpacked one."""
    found = shutil.which("runsc")
    unpacked = cache / "gvisor" / "usr" / "bin" / "runsc"
    return Path(found) if found else unpacked if unpacked.exists() else None


def release(cache: Path) -> str:
    """The release of runsc, as `20240729.0`. Raises StackError."""
    found = program(cache)
    if found is None:
        raise StackError("runsc is not installed; run this with --install")
    return version_in(run([found, "--version"]), "runsc")


def unpack_runsc(cache: Path) -> None:
    """Download Debian's package with lists of our own and unpack it. Raises StackError."""
    apt = cache / "apt"
    for folder in ("lists/partial", "cache/archives/partial"):
        (apt / folder).mkdir(parents=True, exist_ok=True)
    sources = apt / "runsc.sources"
    sources.write_text(sources_file(run(["apt-get", "indextargets", "--format", "$(REPO_URI)"])), "utf-8")
    own = [
        "-o", f"Dir::Etc::sourcelist={sources}", "-o", "Dir::Etc::sourceparts=/dev/null",
        "-o", f"Dir::State::Lists={apt / 'lists'}", "-o", f"Dir::Cache={apt / 'cache'}",
    ]  # fmt: skip
    run(["apt-get", *own, "-qq", "update"])
    run(["apt-get", *own, "-qq", "download", FACTS["gvisor"]["package"]], cwd=apt)
    packages = sorted(apt.glob(f"{FACTS['gvisor']['package']}_*.deb"))
    if not packages:
        raise StackError(f"apt-get downloaded no package into {apt}; look there")
    run(["dpkg", "-x", packages[-1], cache / "gvisor"])


def sources_file(mirrors: str) -> str:
    """A sources file for the suite that has runsc, on the first plain Debian mirror among `mirrors`.

    Raises StackError where the machine has no Debian mirror.
    """
    for mirror in sorted(set(mirrors.split())):
        if mirror.rstrip("/").endswith("/debian"):
            return (
                f"Types: deb\nURIs: {mirror}\nSuites: {FACTS['gvisor']['suite']}\nComponents: main\n"
                "Signed-By: /usr/share/keyrings/debian-archive-keyring.gpg\n"
            )
    raise StackError("this machine has no Debian mirror to take runsc from; install runsc in its own way")
