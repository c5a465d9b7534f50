"""Faults of the system's calls, injected where the harness makes them: in the asker, or in a helper in this process."""

import errno
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any

import pytest

from matrix.probe import attempts, delivery, facts
from matrix.probe.attempts import Asker
from matrix.probe.cases import specs_of
from matrix.probe.client import Client
from matrix.probe.lateoption import LateOption
from matrix.probe.multicast import find_interface
from matrix.probe.outcomes import answer_in, rows_of
from tests.probe.fakes import AHelperInThisProcess, case_named, real_lease

ASKER, HELPER, ENDING = "the asker", "a helper", "a helper, once a connection is given up"
# What each call fails with: never with an error that is an answer of the call that is asked.
ERRORS = {
    "socket": errno.EMFILE,
    "setsockopt": errno.ENOBUFS,
    "bind of a sender": errno.EADDRNOTAVAIL,
    "sendto": errno.EPERM,  # every call that sends
    "connect": errno.ETIMEDOUT,
    "accept": errno.EMFILE,
    "recv": errno.EIO,
    "getsockopt": errno.ENOBUFS,
    "listen": errno.ENOBUFS,
    "bind": errno.ENOBUFS,
    "getsockname": errno.ENOBUFS,
}


class Faults:
    """Which call fails, where, and which of its turns: those from `first` on, and so many."""

    def __init__(self) -> None:
        self.place = ASKER
        self.ending = False
        self.disarm()

    def disarm(self) -> None:
        """Let everything succeed, and forget what was counted."""
        self.fails: tuple[str, str] | None = None
        self.first = self.number = 0
        self.counts: dict[tuple[str, str], int] = {}

    def arm(self, place: str, call: str, first: int = 0, number: int = 1 << 30) -> None:
        """Let these turns of a call at a place fail."""
        self.disarm()
        self.fails, self.first, self.number = (place, call), first, number

    def met(self, call: str) -> None:
        """A call is made: raises OSError where its turn to fail has come."""
        key = self.place, call
        turn = self.counts.get(key, 0)
        self.counts[key] = turn + 1
        if key == self.fails and self.first <= turn < self.first + self.number:
            raise OSError(ERRORS[call], "injected")

    @contextmanager
    def at(self, place: str) -> Iterator[None]:
        """What happens in here happens at that place."""
        before, self.place = self.place, place
        try:
            yield
        finally:
            self.place = before


class AHelperWhoseCallsMayFail(AHelperInThisProcess):
    """Its calls are counted as a helper's."""

    def __init__(self, role: str, faults: Faults) -> None:
        super().__init__(role)
        self.faults = faults

    def send(self, *words: Any) -> None:
        self.faults.ending = self.faults.ending or words[0] == "end"
        with self.faults.at(ENDING if self.faults.ending else HELPER):
            super().send(*words)


def injected(monkeypatch: pytest.MonkeyPatch) -> Faults:
    """Faults that reach every socket made from now on."""
    faults = Faults()
    real = socket.socket

    class ASocketWhoseCallsMayFail(real):  # type: ignore[misc,valid-type]
        """A socket that asks the faults before each call."""

        def __init__(self, *words: Any, **options: Any) -> None:
            if options.get("fileno") is None:
                faults.met("socket")
            super().__init__(*words, **options)

        def bind(self, address: Any) -> None:
            faults.met("bind of a sender" if address[1] == 0 else "bind")
            super().bind(address)

        def accept(self) -> Any:
            faults.met("accept")
            return super().accept()

    def failing(name: str, call: str) -> Any:
        method = getattr(real, name)

        def called(self: Any, *words: Any) -> Any:
            faults.met(call)
            return method(self, *words)

        return called

    for call in ("setsockopt", "connect", "recv", "getsockopt", "listen", "getsockname"):
        setattr(ASocketWhoseCallsMayFail, call, failing(call, call))
    for method in ("sendto", "send", "sendall"):
        setattr(ASocketWhoseCallsMayFail, method, failing(method, "sendto"))
    monkeypatch.setattr(socket, "socket", ASocketWhoseCallsMayFail)
    for module in (attempts, delivery):
        monkeypatch.setattr(module, "PAUSE", 0.0005)  # sound traffic is there at once, and lost traffic never comes
    return faults


def begin_attempt(lease: Any, faults: Faults) -> None:
    """Let a connection's end be over when ports for the next attempt are taken."""

    def beginning(take: Any) -> Any:
        def taken(number: int) -> Any:
            faults.ending = False
            return take(number)

        return taken

    lease.take, lease.some = beginning(lease.take), beginning(lease.some)


@cache
def interfaces() -> dict[str, int | None]:
    """Where groups come back to this machine, found once."""
    return {family: find_interface(family)[0] for family in ("ipv4", "ipv6")}


Rows = dict[str, tuple[str, str, int, int, str]]


class Question:
    """Something that the probe asks: cases, or facts of the host. `ask` gives their rows, by measure."""

    def __init__(self, identity: str = "", fact: str = "", late: str = "") -> None:
        self.identity, self.fact, self.late = identity, fact, late

    def ask(self, faults: Faults, fault: tuple[Any, ...] = ()) -> Rows:
        """Its rows, with a fault that is armed once everything is prepared."""
        faults.disarm()
        faults.ending = False
        helpers = [AHelperWhoseCallsMayFail(role, faults) for role in ("first", "second")]
        lease = real_lease()
        try:
            lease.take(1)  # holds its block from now on
            begin_attempt(lease, faults)
            asker = Asker(helpers[0], helpers[1], lease, specs_of("127.0.0.2"), Client("127.0.0.2"), interfaces())
            return {row[9]: row[10:] for row in self.rows(asker, faults, fault)}
        finally:
            faults.fails = None
            for helper in helpers:
                helper.stop()
            lease.release()

    def rows(self, asker: Asker, faults: Faults, fault: tuple[Any, ...]) -> list[tuple[Any, ...]]:
        if self.fact:
            rows: list[tuple[Any, ...]] = FACTS[self.fact](asker, lambda: faults.arm(*fault) if fault else faults.disarm())
            return rows
        if self.late:
            wanted = case_named(asker, self.late)
            compared = LateOption(asker, {}, 3)
            never = compared.never_set(wanted)
            late = LateOption(asker, asker.measure([wanted, never], 3, lambda number: None), 3)
            late.cases = lambda: [wanted]  # type: ignore[method-assign]
            faults.disarm()
            if fault:
                faults.arm(*fault)
            found: list[tuple[Any, ...]] = late.rows()
            return found
        case = case_named(asker, self.identity)
        faults.disarm()
        if fault:
            faults.arm(*fault)
        tally = asker.measure([case], 3, lambda number: None)[case]
        answered: list[tuple[Any, ...]] = rows_of(case, tally)
        return answered


def option_rows(asker: Asker, arm: Any) -> list[tuple[Any, ...]]:
    arm()
    rows: list[tuple[Any, ...]] = [
        row for row in facts.option_rows([("same", asker.second)]) if row[0] == "tcp" and row[2] == "SO_REUSEADDR"
    ]
    return rows


def ephemeral_rows(asker: Asker, arm: Any) -> list[tuple[Any, ...]]:
    arm()
    return [facts.ephemeral_row("udp")]


def linger_rows(measure: str) -> Any:
    """One of the two questions about SO_LINGER, by one close; the other is left out, since it takes seconds."""
    other = {"linger-close": "loss_by_reset", "linger-loss": "close_that_lingers"}[measure]

    def asked(asker: Asker, arm: Any) -> list[tuple[Any, ...]]:
        lingering = facts.Lingering()
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(facts, other, lambda: answer_in("left out"))
            patch.setattr(facts, "CLOSES", 1)  # each takes its second
            patch.setattr(facts, "SETTLING", 0.01)
            arm()
            lingering.run()
            patch.setattr(lingering, "join", lambda seconds: None)
            return [row for row in lingering.rows() if row[9] == measure]

    return asked


FACTS = {
    "options": option_rows,
    "ephemeral": ephemeral_rows,
    "linger-close": linger_rows("linger-close"),
    "linger-loss": linger_rows("linger-loss"),
}
