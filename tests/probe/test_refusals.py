"""Windows' two seconds: a refused connection to loopback takes that long there. What a whole run may wait, on a network that is stood in for."""

import errno
import select
import socket
from collections import defaultdict
from types import SimpleNamespace
from typing import Any

import pytest

from matrix.probe import attempts, client, delivery
from matrix.probe.attempts import Asker
from matrix.probe.cases import KINDS, Case, Spec, cases_of, specs_of
from matrix.probe.client import MAX_WAIT, MAX_WAITED, SELECT_LIMIT, Client
from matrix.probe.outcomes import Tally, rows_of
from matrix.probe.vocabulary import ACCOUNT_NAMES, NOT_RUN, OPTIONS
from tests.probe.fakes import AHelperThatAlwaysSucceeds, ALeaseOfAnyPorts

REFUSAL = 2.0  # seconds: three tries, 500 ms apart, before connect gives up
TICK = 1 / 64  # seconds: Windows' clock, and its shortest sleep
BACKLOG_OF_XP = 5  # connections that wait for accept, whatever listen was asked for
QUARTER_OF_AN_HOUR = 15 * 60
BOUND, LISTENING = 0, 1
TO = {"127.0.0.1": "ipv4", "127.0.0.2": "ipv4-other", "::1": "ipv6"}


class AWindowsNetwork:
    """Time, sockets and `select`, as Windows has them. Every bind succeeds, and `deaf` sockets serve nothing though they are bound."""

    def __init__(self, deaf: tuple[str, ...], answers: bool = True) -> None:
        self.deaf, self.answers = deaf, answers
        self.now = self.slept = 0.0
        self.sockets: dict[tuple[int, int], list[ASocketOfAHelper]] = defaultdict(list)
        self.open = self.most_open = self.most_pending = self.most_selected = self.most_ports = 0
        self.next_port = 50000

    def clock(self) -> float:
        return self.now - self.now % TICK

    def sleep(self, seconds: float) -> None:
        self.slept += -(-seconds // TICK) * TICK
        self.now += -(-seconds // TICK) * TICK

    def server(self, kind: int, port: int, to: str) -> "ASocketOfAHelper | None":
        """Who gets what is sent there: the first that serves it."""
        able = [each for each in self.sockets[kind, port] if TO[to] in each.spec.serves and each.spec.address not in self.deaf]
        return next((each for each in able if kind == KINDS["udp"] or each.listening), None)

    def select(self, _read: Any, writing: list[Any], broken: list[Any], timeout: float) -> tuple[list[Any], list[Any], list[Any]]:
        if len(writing) > SELECT_LIMIT:
            raise ValueError("too many file descriptors in select()")
        self.most_selected = max(self.most_selected, len(writing))
        self.now = max(self.now, min([self.now + timeout, *(each.ready for each in writing)]))
        return [], [each for each in writing if each.ready <= self.now and not each.error], [
            each for each in broken if each.ready <= self.now and each.error]  # fmt: skip

    def socket(self, family: int, kind: int) -> "ASocketOfTheAsker":
        return ASocketOfTheAsker(self, kind)


class ASocketOfAHelper:
    """Bound, maybe listening, with what has come in."""

    def __init__(self, spec: Spec, port: int, listening: bool) -> None:
        self.spec, self.port, self.listening = spec, port, listening
        self.pending = 0


class ASocketOfTheAsker:
    """Sends datagrams, or connects at its leisure."""

    def __init__(self, network: AWindowsNetwork, kind: int) -> None:
        self.network, self.kind = network, kind
        self.ready, self.error = float("inf"), 0
        network.open += 1
        network.most_open = max(network.most_open, network.open)
        network.next_port += 1
        self.port = network.next_port

    def setblocking(self, blocking: bool) -> None:
        assert not blocking

    def bind(self, address: tuple[str, int]) -> None:
        assert address[1] == 0

    def sendto(self, data: bytes, address: tuple[str, int]) -> None:
        server = self.network.server(self.kind, address[1], address[0])
        if server is not None:
            server.pending += 1

    def connect(self, address: tuple[str, int]) -> None:
        server = self.network.server(self.kind, address[1], address[0])
        if self.network.answers and server is None:
            self.ready, self.error = self.network.now + REFUSAL, errno.ECONNREFUSED
        elif self.network.answers and server is not None:
            self.ready = self.network.now
            server.pending += 1
            self.network.most_pending = max(self.network.most_pending, server.pending)
        raise BlockingIOError(errno.EINPROGRESS, "on its way")

    def getsockopt(self, level: int, option: int) -> int:
        assert (level, option) == (socket.SOL_SOCKET, socket.SO_ERROR)
        return self.error

    def getsockname(self) -> tuple[str, int]:
        return "127.0.0.1", self.port

    def setsockopt(self, *words: Any) -> None:
        """Lingers as it is told."""

    def close(self) -> None:
        self.network.open -= 1


class AHelperOnWindows(AHelperThatAlwaysSucceeds):
    """Holds sockets of that network."""

    def __init__(self, pid: int, network: AWindowsNetwork, specs: list[Spec]) -> None:
        super().__init__(pid)
        self.network, self.specs = network, specs
        self.held: list[ASocketOfAHelper] = []
        self.kind = 0

    def send(self, *words: Any) -> None:
        super().send(*words)
        command = words[0]
        if command == "open":
            self.kind = words[1]
            flat = words[2]
            for spec, port, listening in zip(flat[::3], flat[1::3], flat[2::3], strict=True):
                made = ASocketOfAHelper(self.specs[spec], port, bool(listening))
                self.held.append(made)
                self.network.sockets[self.kind, port].append(made)
        elif command == "listen":
            for place in words[1]:
                self.held[place].listening = True
        elif command == "close":
            for made in self.held:
                self.network.sockets[self.kind, made.port].remove(made)
            self.held = []
        elif command in ("received", "accepted"):
            self.reply = [self.held[place].pending for place in words[1]]
            for place in words[1]:
                self.held[place].pending = 0
        elif command in ("errors", "member"):
            self.reply = [""] * (len(words[1]) if command == "errors" else len(words[1]) // 4)


@pytest.fixture
def on(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Puts the modules that wait onto a network."""

    def put(network: AWindowsNetwork) -> AWindowsNetwork:
        constants = {name: getattr(socket, name) for name in ("AF_INET", "AF_INET6", "SOCK_STREAM", "SOCK_DGRAM", "SOL_SOCKET", "SO_ERROR")}
        clock = SimpleNamespace(sleep=network.sleep, monotonic=network.clock)
        monkeypatch.setattr(client, "socket", SimpleNamespace(socket=network.socket, **constants))
        monkeypatch.setattr(client, "select", SimpleNamespace(select=network.select, error=select.error))
        monkeypatch.setattr(delivery, "time", clock)
        monkeypatch.setattr(attempts, "time", clock)
        return network

    return put


def windows_specs() -> list[Spec]:
    """Windows' 27 specs, wherever this test runs."""
    names = ("default", "SO_REUSEADDR", "SO_EXCLUSIVEADDRUSE")
    specs = list(specs_of("127.0.0.2", [(option, []) for option in OPTIONS if option.name in names]))
    assert len(specs) == 27
    return specs


def whole_run(network: AWindowsNetwork, open_files: int | None = None) -> tuple[Client, dict[Case, Tally]]:
    """All cases of four accounts, three times each, by the real Asker, Delivery and Client."""
    specs = windows_specs()
    asking = Client("127.0.0.2", open_files, network.clock)
    tallies: dict[Case, Tally] = {}
    for account in ACCOUNT_NAMES:
        first, second = (AHelperOnWindows(turn, network, specs) for turn in (1, 2))
        asker = Asker(first, second, ALeaseOfAnyPorts(), specs, asking, {"ipv4": None, "ipv6": None})
        tallies.update(asker.measure([case for case in cases_of(specs) if case.account == account], 3, lambda step: None))
    return asking, tallies


def outcomes(tallies: dict[Case, Tally], prefix: str) -> dict[str, int]:
    """How often each outcome is that of a measure of this kind."""
    found: dict[str, int] = defaultdict(int)
    for case, tally in tallies.items():
        for row in rows_of(case, tally):
            if row[9].startswith(prefix) and case.protocol == "tcp":
                found[row[10]] += 1
    return dict(found)


@pytest.mark.parametrize(
    ("deaf", "at_most"),
    [
        pytest.param((), 5, id="all serve"),  # seconds; a clock that jumps by 15.6 ms costs nothing where all that was sent is there
        pytest.param(("mapped-wildcard",), 570, id="mapped wildcard serves nothing", marks=pytest.mark.long),  # 538 s
        pytest.param(("mapped-wildcard", "mapped-specific"), 570, id="no mapped address serves"),  # 538 s: 30 batches of 8 refusals
    ],
)
def test_a_whole_windows_run_waits_for_minutes_only(deaf: tuple[str, ...], at_most: float, on: Any) -> None:
    """Every refusal takes two seconds, but all of a chunk take them together; nothing is left out for it."""
    network = on(AWindowsNetwork(deaf))
    asking, tallies = whole_run(network)
    assert network.now <= at_most < QUARTER_OF_AN_HOUR
    assert asking.waited < MAX_WAITED
    for prefix in ("deliver-", "inherit-"):
        found = outcomes(tallies, prefix)
        assert NOT_RUN not in found
        assert ("refused" in found) == bool(deaf)


@pytest.mark.long
def test_refused_everywhere_is_bounded_as_well(on: Any) -> None:
    """A network where nobody is ever reached: after a quarter of an hour of refusals the rest isn't asked, and says why."""
    network = on(AWindowsNetwork(tuple({spec.address for spec in windows_specs()})))
    asking, tallies = whole_run(network)
    assert asking.waited <= MAX_WAITED + MAX_WAIT
    assert network.now <= MAX_WAITED + MAX_WAIT + 150  # polls of datagrams that never come
    assert set(outcomes(tallies, "deliver-")) <= {"refused", NOT_RUN}


@pytest.mark.parametrize("open_files", [pytest.param(None, marks=pytest.mark.long), 256, pytest.param(64, marks=pytest.mark.long)])
def test_no_wave_exceeds_the_backlog_or_what_may_be_open(open_files: int | None, on: Any) -> None:
    """XP's 5, Windows' 512 for `select`, and the limit of open files less what else is open."""
    network = on(AWindowsNetwork(("mapped-wildcard",)))
    whole_run(network, open_files)
    assert 1 < network.most_pending <= BACKLOG_OF_XP
    assert network.most_selected <= SELECT_LIMIT
    assert network.most_open <= min(open_files or SELECT_LIMIT, SELECT_LIMIT) - 40
    assert network.open == 0


def test_connections_that_nobody_answers_end_after_a_quarter_of_an_hour(on: Any) -> None:
    """Neither accepted nor refused, as behind a firewall: the rest isn't asked, and says why."""
    network = on(AWindowsNetwork((), answers=False))
    asking, tallies = whole_run(network)
    assert MAX_WAITED < asking.waited <= MAX_WAITED + MAX_WAIT + TICK
    assert network.now <= QUARTER_OF_AN_HOUR + 120
    reasons = {row[14] for case, tally in tallies.items() for row in rows_of(case, tally) if row[9] == "deliver-ipv4" and row[0] == "tcp"}
    assert {reason.split(":")[0] for reason in reasons} <= {"connect", "no time left"}
    assert any(reason.startswith("no time left: connections that nobody answered took 90") for reason in reasons)
    assert set(outcomes(tallies, "deliver-")) == {NOT_RUN}
