"""Helpers for the probe's tests: one in this process, and some that are wrong in a way that their name says."""

from collections import deque
from typing import Any

from matrix.probe.attempts import Asker
from matrix.probe.cases import Case, cases_of, specs_of
from matrix.probe.helper import Helper
from matrix.probe.outcomes import Tally
from matrix.probe.ports import NoPortsLeft, PortLease, Ports


class AHelperInThisProcess:
    """A real helper without a process of its own: what it does to sockets can be changed by monkeypatching."""

    def __init__(self, role: str = "first") -> None:
        self.role = role
        self.helper = Helper()
        self.replies: deque[Any] = deque()

    def send(self, *words: Any) -> None:
        self.replies.append(self.helper.answer(words))

    def receive(self, timeout: float | None = None) -> Any:
        return self.replies.popleft()

    def ask(self, *words: Any, timeout: float | None = None) -> Any:
        self.send(*words)
        return self.receive()

    def stop(self) -> None:
        """Close what it holds."""
        self.helper.close()
        self.helper.end()

    def let_go(self) -> None:
        """Nothing waits for its input."""

    def drain(self) -> None:
        self.replies.clear()


class AHelperThatAlwaysSucceeds:
    """Says yes to every question, like a harness that opens no socket at all."""

    def __init__(self, pid: int = 1) -> None:
        self.pid = pid
        self.role = "second"
        self.reply: Any = None

    def ask(self, *words: Any, timeout: float | None = None) -> Any:
        self.send(*words)
        return self.reply

    def send(self, *words: Any) -> None:
        command = words[0]
        self.reply = {"pid": self.pid, "specs": 0, "close": 0, "end": 0, "option": [0, ""]}.get(command)
        if command in ("open", "alone"):
            self.reply = [0] * (len(words[2]) // 3)
        if command == "after_close":
            self.reply = [[0, port] for port in words[1][1::3]]
        if command == "listen":
            self.reply = [""] * len(words[1])

    def receive(self, timeout: float | None = None) -> Any:
        return self.reply


class AHelperThatAnswersBy(AHelperThatAlwaysSucceeds):
    """Answers each `open` with the next of the outcomes that it was given, and is never refused alone."""

    def __init__(self, outcomes: list[str]) -> None:
        super().__init__(2)
        self.outcomes = list(outcomes)

    def send(self, *words: Any) -> None:
        super().send(*words)
        if words[0] == "open":
            error = self.outcomes.pop(0)
            self.reply = [["bind", error] if error else 0 for _ in self.reply]


class AHelperWhosePortsAreAlwaysTaken(AHelperThatAlwaysSucceeds):
    """Is refused always, and alone as well."""

    def send(self, *words: Any) -> None:
        super().send(*words)
        if words[0] in ("open", "alone"):
            self.reply = [["bind", "EADDRINUSE"] for _ in self.reply]


class ALeaseOfAnyPorts:
    """Hands out numbers, each once; a round of them is short."""

    def __init__(self) -> None:
        self.next = 20000
        self.round = 0

    def take(self, number: int) -> list[int]:
        self.next += number
        return list(range(self.next - number, self.next))

    def some(self, number: int) -> list[int]:
        self.round += number
        if self.round > 4000:
            raise NoPortsLeft("no port could be had")
        return self.take(number)

    def keep(self, ports: list[int]) -> None:
        """Holds none."""

    def forget(self) -> None:
        self.round = 0

    def retire(self, ports: list[int]) -> None:
        """Gives none twice anyway."""


def asker_with(second: Any, first: Any = None) -> Asker:
    """An asker whose second helper is given, on no real port; it sends no traffic."""
    return Asker(first or AHelperThatAlwaysSucceeds(1), second, ALeaseOfAnyPorts(), specs_of("127.0.0.2"))


def case_named(asker: Asker, identity: str) -> Case:
    """The one case of that id."""
    case: Case
    (case,) = [case for case in cases_of(asker.specs, identity) if case.identity() == identity]
    return case


def measured_by(asker: Asker, identity: str, repeat: int = 3) -> tuple[Case, Tally]:
    """A case and what its attempts came to."""
    case = case_named(asker, identity)
    return case, asker.measure([case], repeat, lambda number: None)[case]


def real_lease() -> PortLease:
    """Ports of this machine that nobody's probe is using."""
    return PortLease(Ports.here())
