"""What all stacks have in common: the interface, and running a program to its end."""

import os
import shutil
import signal
import subprocess
import sys
import tomllib
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from matrix.errors import StackError

FACTS: Mapping[str, Any] = tomllib.loads((Path(__file__).parent / "stacks.toml").read_text("utf-8"))
# The interpreter behind a virtual environment: other stacks see the machine's files, not its settings.
PYTHON = str(getattr(sys, "_base_executable", sys.executable))
LAST_LINES = 15
MINUTES = 30  # for a run: gVisor by ptrace takes five, and three times that where others run on the same machine


class Stack(ABC):
    """One implementation of sockets that the probe can be run on."""

    system = ""  # what the probe must find there; blank where it may be anything

    def impossible(self) -> str | None:
        """Why this stack can't even be installed on this system, in a sentence; None where it can."""
        return None if sys.platform == "linux" else f"it can be run only on Linux, and this system is {sys.platform}"

    @abstractmethod
    def missing(self, cache: Path) -> str | None:
        """Why this stack can't be run here as it is, in a sentence; None when it can."""

    @abstractmethod
    def install(self, cache: Path) -> None:
        """Get what `missing` complains of; quick when nothing does. Raises StackError."""

    def remove(self, cache: Path) -> None:  # noqa: B027  # most have nothing of their own
        """Remove what `install` put into the cache for this stack alone. Raises StackError."""

    @abstractmethod
    def target(self, cache: Path) -> str:
        """The target's name, from the version that is installed. Raises StackError."""

    @abstractmethod
    def measure(self, cache: Path, probe: Path, output: Path, arguments: Sequence[str]) -> str:
        """Run the probe in this stack, into `output`; what it printed. Raises StackError when it failed."""


def run(
    command: Sequence[str | Path],
    *,
    timeout: float = 600,
    env: Mapping[str, str] | None = None,
    cwd: Path | None = None,
    expect: int | None = 0,
) -> str:
    """Run a program to its end, without a terminal, and return all that it printed.

    Raises StackError with the command, its status and its last lines when the status is not `expect`
    (None: any will do), or when it takes more than `timeout` seconds; it is ended then.
    """
    words = [str(word) for word in command]
    try:
        started = subprocess.Popen(
            words, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, env=env, cwd=cwd,
            start_new_session=True,
        )  # fmt: skip
    except OSError as refused:
        raise StackError(f"cannot start {words[0]}: {refused.strerror}; install it first") from refused
    try:
        printed, _ = started.communicate(timeout=timeout)
    except BaseException as stopped:
        end(started)
        printed, _ = started.communicate()
        if not isinstance(stopped, subprocess.TimeoutExpired):
            raise
        raise StackError(f"{as_typed(words)}: no end after {timeout:g} s, stopped.\n{last_lines(printed)}") from None
    text = printed.decode("utf-8", "replace")
    if expect is not None and started.returncode != expect:
        raise StackError(f"{as_typed(words)}: exit status {started.returncode}.\n{last_lines(printed)}")
    return text


def end(started: subprocess.Popen[bytes]) -> None:
    """End a program and all that it started. Windows has no process groups: what it started there must see for itself."""
    if sys.platform == "win32":
        started.kill()
    else:
        os.killpg(started.pid, signal.SIGKILL)


def as_typed(words: Sequence[str]) -> str:
    """A command as a person would recognise it, cut where it gets long."""
    text = " ".join(words)
    return text if len(text) <= 200 else text[:200] + " …"


def last_lines(printed: bytes) -> str:
    """The end of what a program printed, where its reason usually is."""
    lines = printed.decode("utf-8", "replace").splitlines()[-LAST_LINES:]
    return "\n".join(f"  | {line}" for line in lines)


def as_root(command: Sequence[str]) -> list[str]:
    """The command with what it takes to run it as root. Raises StackError where nothing does."""
    if os.geteuid() == 0:
        return list(command)
    if shutil.which("sudo") is None:
        raise StackError(f"{as_typed(command)} needs root; run it as root, or install sudo without a password")
    return ["sudo", "-n", *command]


def apt_install(packages: Sequence[str]) -> None:
    """Install Debian or Ubuntu packages. Raises StackError."""
    if shutil.which("apt-get") is None:
        raise StackError(f"this system has no apt-get; install {' '.join(packages)} in its own way")
    env = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    wait = ["-o", "DPkg::Lock::Timeout=300"]
    run(as_root(["apt-get", *wait, "-qq", "update"]), env=env)
    run(as_root(["apt-get", *wait, "-qq", "install", "-y", "--no-install-recommends", *packages]), env=env, timeout=1200)


def version_in(text: str, program: str) -> str:
    """The dotted number after the program's name in what `--version` printed. Raises StackError."""
    for word in text.replace("-", " ").split():
        if word[0].isdigit() and "." in word:
            return word.split("~")[-1] if word.startswith("0.0~") else word.split("~")[0]
    raise StackError(f"{program} --version printed no version: {text.strip()[:80]!r}")
