"""A probe that was started as a person would, what can be done to it, and what there is of it afterwards."""

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tests.conftest import PROBE

PATIENCE = 60  # seconds for a condition on a busy machine
WITHIN = 2  # seconds in which a signal ends a probe
LONG_RUN = ("--only", "tcp ipv4 * ipv4 *", "--repeat", "40")  # it goes on until it is ended
SHORT_RUN = ("--only", "tcp ipv4 default@wildcard * ipv4 default@* same")
STATUS = {signal.SIGINT: 130, signal.SIGTERM: 143, signal.SIGHUP: 129} if sys.platform != "win32" else {}


def wait_until(condition: Callable[[], Any], what: str) -> Any:
    """Whatever the condition gives once it is true."""
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        found = condition()
        if found:
            return found
        time.sleep(0.005)
    raise AssertionError(f"{what} did not come about within {PATIENCE} s")


def children_of(pid: int) -> list[int]:
    """The processes that a process has started, by Linux' /proc."""
    try:
        return [int(word) for word in Path(f"/proc/{pid}/task/{pid}/children").read_text("ascii").split()]
    except OSError:
        return []


def is_alive(pid: int) -> bool:
    """Whether a process is there and no zombie."""
    try:
        return Path(f"/proc/{pid}/stat").read_text("ascii").rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def is_helper(pid: int) -> bool:
    try:
        return b"--helper" in Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return False


class Started:
    """A probe in a session of its own, with its errors in a file beside the folder of its run."""

    def __init__(self, folder: Path, *words: str, python: str = sys.executable, **options: Any) -> None:
        self.folder, self.errors = folder, folder.with_name(folder.name + ".errors")
        settings = {"stdin": subprocess.DEVNULL, "stdout": subprocess.DEVNULL, "start_new_session": True, **options}
        with self.errors.open("wb") as errors:
            self.process = subprocess.Popen(
                [python, "-I", str(PROBE), "--output", str(folder), *words], **{"stderr": errors, **settings}
            )  # fmt: skip
        self.pid = self.process.pid
        self.helpers: list[int] = []

    def __enter__(self) -> "Started":
        return self

    def __exit__(self, *_: object) -> None:
        for helper in self.helpers:
            if is_helper(helper):
                os.kill(helper, signal.SIGKILL)
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()

    def wait_for_helpers(self, number: int = 2) -> list[int]:
        """So many helpers, each of which is one by its command line."""

        def found() -> list[int]:
            self.helpers = [each for each in children_of(self.pid) if is_helper(each)]
            return self.helpers if len(self.helpers) >= number else []

        return list(wait_until(found, f"a probe with {number} helpers"))

    def wait_until_it_measures(self) -> None:
        """Until its helpers hold sockets, which they do from their first question on."""
        helpers = self.wait_for_helpers()
        wait_until(lambda: any(sockets_of(each) for each in helpers), "a helper that holds sockets")

    def send(self, number: int, to_group: bool = False) -> None:
        """A signal to the asker, or to its whole group as a terminal does."""
        if to_group:
            os.killpg(self.pid, number)
        else:
            os.kill(self.pid, number)

    def end(self) -> tuple[int, float]:
        """The exit status, and the seconds until it was there."""
        began = time.monotonic()
        status = self.process.wait(PATIENCE)
        return status, time.monotonic() - began

    def errors_text(self) -> str:
        return self.errors.read_text("utf-8")

    def remains(self) -> list[str]:
        """What a run that ended may not leave: processes, its lock, parts of files."""
        wait_until(lambda: not any(is_alive(each) for each in self.helpers), "the end of all helpers")
        files = sorted(each.name for each in self.folder.iterdir()) if self.folder.exists() else []
        return [name for name in files if not name.endswith((".csv", ".json"))]


def sockets_of(pid: int) -> list[str]:
    """Which sockets a process holds."""
    try:
        links = [str(each.readlink()) for each in Path(f"/proc/{pid}/fd").iterdir()]
    except OSError:
        return []
    return [each for each in links if each.startswith("socket:")]


def our_traceback(errors: str) -> str:
    """A traceback that names a line of the probe; blank where there is none, or Python's own start-up was interrupted."""
    if not re.search(r"Traceback|Exception ignored|Fatal Python error", errors):
        return ""
    return errors if "/probe/" in errors.replace("-m /probe/", "") or "Traceback" not in errors else ""
