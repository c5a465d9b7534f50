"""What the probe costs: CPU time of all its processes for a pair of sockets, beside the bare system calls for the same pairs.

Both are taken by turns, at least seven times each, and the middle ratio counts: timings alone mean little on a machine that others
share. The bare calls are those that the probe asks: socket, setsockopt, bind, the listens, close. The probe does besides: two
processes, controls of every refusal, records, repeats. Then a whole run, and what each part of it takes.
"""

import argparse
import gc
import resource
import socket
import statistics
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable
from contextlib import suppress
from functools import wraps
from pathlib import Path
from typing import Any

from matrix.probe import command, facts, run
from matrix.probe.accounts import Accounts
from matrix.probe.addresses import find_other_specific
from matrix.probe.attempts import Asker
from matrix.probe.cases import KINDS, Case, Spec, cases_of, specs_of
from matrix.probe.delivery import Delivery
from matrix.probe.lateoption import LateOption
from matrix.probe.link import Link
from matrix.probe.ports import PortLease, Ports
from matrix.probe.sockets import BACKLOG
from matrix.probe.vocabulary import LIVE_NAMES

TURNS = 7
REPEAT = 3
AIM = 2.0


def cpu_of(pid: int) -> float:
    """Seconds on a processor of another process: Linux says it in nanoseconds."""
    return int(Path(f"/proc/{pid}/schedstat").read_text("ascii").split()[0]) / 1e9


def live_cases(specs: list[Spec]) -> list[Case]:
    """Pairs of sockets that live, of our own account: what a pair costs, without traffic."""
    return [case for case in cases_of(specs) if case.account == "same" and case.state in LIVE_NAMES]


def bare_pair(case: Case, wires: list[Any], port: int) -> None:
    """The system calls for one case, and nothing else."""
    is_tcp, listening, held = case.protocol == "tcp", case.state == "listening", []
    kind = KINDS[case.protocol]
    with suppress(OSError):
        for spec in (case.first, case.second):
            family, settings, literal = wires[spec]
            made = socket.socket(family, kind)
            held.append(made)
            for level, number, value in settings:
                made.setsockopt(level, number, value)
            made.bind((literal, port))
            if is_tcp and (listening or len(held) == 2):
                made.listen(BACKLOG)
        if is_tcp and not listening:
            held[0].listen(BACKLOG)
    for made in held:
        made.close()


def bare(cases: list[Case], specs: list[Spec], ports: list[int]) -> float:
    """Seconds of CPU for all of these pairs, each as often as the probe attempts it."""
    wires = [spec.wire() for spec in specs]
    began = time.process_time()
    for _ in range(REPEAT):
        for case, port in zip(cases, ports, strict=True):
            bare_pair(case, wires, port)
    return time.process_time() - began


def probed(cases: list[Case], specs: list[Spec], lease: PortLease) -> float:
    """Seconds of CPU that the asker and its two helpers take for the same pairs, once all of them are there."""
    first, second = links = [Link(role) for role in ("first", "second")]
    try:
        asker = Asker(first, second, lease, specs)
        began = time.process_time() + sum(cpu_of(link.process.pid) for link in links)
        asker.measure(cases, REPEAT, lambda step: None)
        return time.process_time() + sum(cpu_of(link.process.pid) for link in links) - began
    finally:
        for link in links:
            link.stop()


def ratios(turns: int) -> float:
    """Print each turn; the middle ratio."""
    specs = list(specs_of(find_other_specific()[0]))
    cases = live_cases(specs)
    lease = PortLease(Ports.here())
    found = []
    pairs = len(cases) * REPEAT
    for _ in range(turns):
        direct = bare(cases, specs, lease.take(len(cases)))
        lease.forget()
        whole = probed(cases, specs, lease)
        found.append(whole / direct)
        print(
            f"{pairs:,} pairs: bare {direct / pairs * 1e6:.1f} µs, probe {whole / pairs * 1e6:.1f} µs, ratio {whole / direct:.2f}",
            flush=True,
        )
    lease.release()
    return statistics.median(found)


class Shares:
    """CPU time of all processes by part of a run; a part that another one asks for counts for itself alone."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = defaultdict(float)
        self.running: list[str] = []
        self.helpers: dict[Link, float] = {}
        self.last = self.now()

    def now(self) -> float:
        """Of all processes so far; a helper that has ended counts with what it had when it was last seen."""
        for link in self.helpers:
            with suppress(OSError):
                self.helpers[link] = cpu_of(link.process.pid)
        return time.process_time() + sum(self.helpers.values())

    def note(self) -> None:
        """Give what has passed to the part that runs."""
        now = self.now()
        self.seconds[self.running[-1] if self.running else "the rest"] += now - self.last
        self.last = now

    def watch(self, owner: Any, name: str, part: str) -> None:
        """Let what this function takes count for a part."""
        function: Callable[..., Any] = getattr(owner, name)

        @wraps(function)
        def watched(*words: Any, **options: Any) -> Any:
            self.note()
            self.running.append(part if not (self.running and self.running[-1] == "other accounts") else "other accounts")
            try:
                return function(*words, **options)
            finally:
                self.note()
                self.running.pop()

        setattr(owner, name, watched)


def shares() -> tuple[Shares, float, float]:
    """A whole run in this process, watched: (shares, CPU seconds of all processes, wall seconds)."""
    found = Shares()
    begun: Any = Link.__init__
    measured: Any = run.Run.measure_account

    def made(link: Link, *words: Any, **options: Any) -> None:
        begun(link, *words, **options)
        found.note()
        found.helpers[link] = 0.0

    def of_account(self: Any, account: Any, *words: Any) -> Any:
        if account.name == "same":
            return measured(self, account, *words)
        found.note()
        found.running.append("other accounts")
        try:
            return measured(self, account, *words)
        finally:
            found.note()
            found.running.pop()

    for owner, name, function in ((Link, "__init__", made), (run.Run, "measure_account", of_account)):
        setattr(owner, name, function)
    found.watch(Delivery, "ask", "traffic")
    found.watch(Asker, "attempt_live", "pairs that live")
    found.watch(Asker, "attempt_after_close", "ports after a close")
    found.watch(facts, "rows_of_host", "facts of the host")
    found.watch(LateOption, "rows", "facts of the host")
    found.watch(Accounts, "begin", "starting other accounts")
    began, wall = time.process_time() + sum(resource.getrusage(resource.RUSAGE_CHILDREN)[:2]), time.monotonic()
    with tempfile.TemporaryDirectory() as folder:
        command.main(["--output", folder])
    found.note()
    return found, time.process_time() + sum(resource.getrusage(resource.RUSAGE_CHILDREN)[:2]) - began, time.monotonic() - wall


def main() -> int:
    """Print the ratio, and what a whole run consists of; 1 where the ratio misses its aim."""
    words = argparse.ArgumentParser(description="What the probe costs, in CPU time of all its processes.")
    words.add_argument("--turns", type=int, default=TURNS, help=f"turns of each ({TURNS})")
    if not sys.platform.startswith("linux"):
        print("bench: CPU time of the helpers is read from Linux' /proc")
        return 1
    gc.disable()  # as the probe does
    ratio = ratios(words.parse_args().turns)
    print(f"ratio: {ratio:.2f} in the middle (aim: at most {AIM})")
    found, cpu, wall = shares()
    print(f"a whole run: {cpu:.1f} s of CPU, {wall:.1f} s of wall time; of the CPU time after the start of the processes")
    total = sum(found.seconds.values())
    for part, seconds in sorted(found.seconds.items(), key=lambda pair: -pair[1]):
        print(f"  {seconds / total:4.0%}  {seconds:5.2f} s  {part}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
