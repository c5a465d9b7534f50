"""Where ports may be taken from on every system, and the lease on them."""

import json
import os
import shutil
import socket
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from matrix.probe import ports
from matrix.probe.afterclose import AFTER_CLOSE, AfterClosePort, NotReached
from matrix.probe.attempts import Asker
from matrix.probe.cases import cases_of, specs_of
from matrix.probe.errors import ProbeError
from matrix.probe.ports import BLOCK, TIME_WAIT_LIFE, NoPortsLeft, PortLease, Ports
from matrix.probe.vocabulary import OPTIONS
from tests.conftest import PROBE, run_probe
from tests.probe.fakes import AHelperThatAlwaysSucceeds

HYPER_V = [[start, start + 99] for start in range(49700, 54700, 100)]
# (declared, excluded, drawn), what is taken, blocks. The ranges are those that each system documents or ships with.
SYSTEMS: dict[str, tuple[tuple[Any, Any, Any], str, int]] = {
    "linux": (([[32768, 60999]], [], None), "outside", 68),  # Documentation/networking/ip-sysctl.rst
    "linux with reserved ports": (([[32768, 60999]], [[8080, 8080], [9000, 9010]], None), "outside", 66),
    "openbsd": (([[1024, 49151], [49152, 65535]], [], None), "inside", 125),  # netinet/in.h, since 5.6
    "netbsd": (([[49152, 65535]], [], None), "outside", 93),  # ip(4), anonportmin and anonportmax
    "freebsd": (([[10000, 65535], [49152, 65535]], [], None), "outside", 17),  # ip(4), portrange.first
    "dragonfly": (([[1024, 5000], [49152, 65535]], [], None), "outside", 85),  # netinet/in.h
    "macos": (([[49152, 65535]], [], None), "outside", 93),  # netinet/in.h
    "illumos": (([[32768, 65535]], [], None), "outside", 61),  # ipadm(8), smallest_anon_port
    "windows": (([[49152, 65535]], [], None), "outside", 93),  # Microsoft, "The default dynamic port range for TCP/IP"
    "windows with Visual Studio": (([[1024, 65534]], [], None), "inside", 125),  # netsh: start 1024, 64511 ports
    "windows from 1025": (([[1025, 65535]], [], None), "inside", 125),
    "windows with Hyper-V": (([[49152, 65535]], HYPER_V, None), "outside", 93),
    "windows with Hyper-V and Visual Studio": (([[1024, 65534]], HYPER_V, None), "inside", 115),
    "windows-xp": (([], [], [1063, 1190]), "outside", 88),
    "unknown": (([], [], None), "outside", 93),
    "unknown and wide": (([], [], [1100, 64900]), "inside", 125),
    "all but eight blocks": (([[1024, 60928]], [], None), "outside", 8),
    "all but seven blocks": (([[1024, 60929]], [], None), "inside", 125),
}
WHERE = [pytest.param(*row, id=name) for name, row in SYSTEMS.items()]
AT_ONCE = ("linux", "openbsd", "freebsd", "all but eight blocks")  # whole runs that every test session asks for
WHOLE_RUNS = [pytest.param(row[0], id=name, marks=() if name in AT_ONCE else pytest.mark.long) for name, row in SYSTEMS.items()]


class AMachinesLocks:
    """Which blocks are locked, for all probes of one machine, and how often somebody tried."""

    def __init__(self) -> None:
        self.held: dict[int, AMachinesLocks.Lock] = {}
        self.tried = 0

    class Lock:
        def __init__(self, locks: "AMachinesLocks", port: int) -> None:
            self.locks, self.port = locks, port

        def close(self) -> None:
            del self.locks.held[self.port]

    def lock_of(self, port: int) -> "AMachinesLocks.Lock | None":
        self.tried += 1
        if port in self.held:
            return None
        self.held[port] = self.Lock(self, port)
        return self.held[port]


@pytest.fixture
def locks(monkeypatch: pytest.MonkeyPatch) -> AMachinesLocks:
    """Locks without sockets."""
    found = AMachinesLocks()
    monkeypatch.setattr(ports, "lock_of", found.lock_of)
    return found


class AClock:
    """Moves when it is told to."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


class ASystemWhoseTimeWaitsStay(AHelperThatAlwaysSucceeds):
    """Refuses a port that has a TIME_WAIT, of which it lets nobody end any; both helpers share `waiting`."""

    def __init__(self, pid: int, clock: AClock, waiting: dict[int, float]) -> None:
        super().__init__(pid)
        self.clock, self.waiting = clock, waiting

    def send(self, *words: Any) -> None:
        super().send(*words)
        if words[0] in ("open", "alone"):
            self.reply = [["bind", "EADDRINUSE"] if self.waiting.get(port, 0) > self.clock() else 0 for port in words[2][1::3]]
        if words[0] == "after_close":
            for port, state in zip(words[1][1::3], words[1][2::3], strict=True):
                if state in ("time-wait", "graceful"):
                    self.waiting[port] = self.clock() + TIME_WAIT_LIFE - 1


class AWatchedLease(PortLease):
    """Notes what is handed out, and whether it may be."""

    def __init__(self, given: Ports, clock: AClock, locks: AMachinesLocks, waiting: dict[int, float]) -> None:
        super().__init__(given, clock)  # type: ignore[no-untyped-call]
        self.machine, self.waiting = locks, waiting
        self.handed_out, self.most_locks = 0, 0
        self.batch: set[int] = set()

    def some(self, number: int) -> list[int]:
        taken: list[int] = super().some(number)  # type: ignore[no-untyped-call]
        assert not self.batch & set(taken), "a port was handed out twice in one batch"
        assert all(self.waiting.get(port, 0) <= self.clock() for port in taken), "a port in TIME_WAIT was handed out"
        assert {block_of(port) for port in taken} <= set(self.locks), "a port of a block that is not locked"
        self.batch |= set(taken)
        self.handed_out += len(taken)
        self.most_locks = max(self.most_locks, len(self.machine.held))
        return taken

    def forget(self) -> None:
        super().forget()  # type: ignore[no-untyped-call]
        self.batch.clear()


def block_of(port: int) -> int:
    return port - (port - ports.LOWEST) % BLOCK


def linux_sized_specs() -> list[Any]:
    """The specs of a Linux machine, wherever this test runs."""
    names = ("default", "SO_REUSEADDR", "SO_REUSEPORT", "SO_REUSEADDR+SO_REUSEPORT")
    return list(specs_of("127.0.0.2", [(option, []) for option in OPTIONS if option.name in names]))


# Which blocks there are


@pytest.mark.parametrize(("given_ranges", "taken", "number"), WHERE)
def test_every_system_has_blocks_and_they_avoid_what_can_be_avoided(given_ranges: tuple[Any, Any, Any], taken: str, number: int) -> None:
    """Excluded ranges always; the system's own where enough is left beside them, and only then."""
    declared, excluded, drawn = given_ranges
    found = Ports(declared, excluded, drawn)
    blocks = [start for group in found.groups for start in group]
    assert (found.taken, len(blocks), len(set(blocks))) == (taken, number, number)
    assert found.facts()["taken"] == taken
    assert found.facts()["source"] == ("system" if declared else "draws")
    for start in blocks:
        assert start >= ports.LOWEST
        assert start + BLOCK - 1 <= ports.HIGHEST
        avoided = found.excluded + (found.ephemeral if taken == "outside" else [])
        assert not any(low < start + BLOCK and start <= high for low, high in avoided)


@pytest.mark.parametrize(("given_ranges", "taken", "number"), WHERE)
def test_blocks_inside_the_system_s_ranges_come_last(given_ranges: tuple[Any, Any, Any], taken: str, number: int) -> None:
    """And among each kind those below 10000, where most well-known services are; a lease begins with the first group."""
    found = Ports(*given_ranges)
    order = [
        (any(low < start + BLOCK and start <= high for low, high in found.ephemeral), start < ports.PREFERRED)
        for start in PortLease(found).blocks
    ]
    assert order == sorted(order)


def test_a_drawn_range_is_avoided_with_a_margin() -> None:
    """What a few draws show is not all that there is; IANA's own range counts in any case."""
    found = Ports([], [], [32900, 60900])
    assert found.ephemeral == [[49152, 65535], [30900, 62900]]


@pytest.mark.parametrize(
    ("function", "text", "found"),
    [
        ("parse_netsh_dynamic", "\nProtocol tcp Dynamic Port Range\n----\nStart Port      : 49152\nNumber of Ports : 16384\n", [[49152, 65535]]),
        ("parse_netsh_dynamic", "\nProtokoll tcp – Dynamischer Portbereich\n----\nStartport : 1024\nAnzahl von Ports : 64511\n", [[1024, 65534]]),
        ("parse_netsh_dynamic", "The following command was not found: int ipv4 show.", []),
        ("parse_netsh_dynamic", "", []),
        ("parse_netsh_excluded", "Start Port    End Port\n----------    --------\n     50000       50059     *\n      5357        5357\n\n* - Administered", [[50000, 50059], [5357, 5357]]),
        ("parse_netsh_excluded", "Protocol tcp Port Exclusion Ranges\r\n\r\nStart Port    End Port\r\n----------    --------\r\n      1100        1199\r\n", [[1100, 1199]]),
        ("parse_pairs", "32768\t60999\n", [[32768, 60999]]),
        ("parse_pairs", "10000\n65535\n49152\n65535\n", [[10000, 65535], [49152, 65535]]),
        ("parse_pairs", "65535\n49152\n", [[49152, 65535]]),
        ("parse_pairs", "", []),
        ("parse_reserved", "8080,9000-9010\n", [[8080, 8080], [9000, 9010]]),
        ("parse_reserved", "\n", []),
    ],
)  # fmt: skip
def test_port_ranges_are_read_from_what_systems_print(function: str, text: str, found: list[list[int]]) -> None:
    """In any language, and nothing from nothing."""
    assert getattr(ports, function)(text) == found


@pytest.mark.parametrize(
    ("platform", "command", "printed", "declared"),
    [
        ("darwin", "sysctl", "49152\n65535\n49152\n65535\n", [[49152, 65535]]),
        ("freebsd14", "sysctl", "10000\n65535\n49152\n65535\n", [[10000, 65535], [49152, 65535]]),
        ("dragonfly6", "sysctl", "1024\n5000\n49152\n65535\n", [[1024, 5000], [49152, 65535]]),
        ("openbsd7", "sysctl", "1024\n49151\n49152\n65535\n", [[1024, 49151], [49152, 65535]]),
        ("netbsd10", "sysctl", "49152\n65535\n", [[49152, 65535]]),
        ("sunos5", "ipadm", "32768\n65535\n", [[32768, 65535]]),
        ("haiku1", "", "", []),
    ],
)
def test_each_system_is_asked_in_its_own_way(
    platform: str, command: str, printed: str, declared: list[list[int]], monkeypatch: pytest.MonkeyPatch
) -> None:
    """By the command that its manual names; a system without one says nothing, and its range is drawn."""
    asked: list[list[str]] = []

    def output_of(words: list[str]) -> str:
        asked.append(words)
        return printed

    monkeypatch.setattr(sys, "platform", platform)
    monkeypatch.setattr(ports, "output_of", output_of)
    assert ports.declared_ranges() == (declared, [])
    assert [words[0] for words in asked] == ([command] if command else [])


def test_windows_is_asked_for_both_families_and_protocols(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each has ranges of its own; what is the same in all counts once."""
    answers = {"dynamicport": "Start Port : 49152\nNumber of Ports : 16384\n", "excludedportrange": "  50000   50059\n"}
    asked: list[str] = []

    def output_of(words: list[str]) -> str:
        asked.append(" ".join(words[2:]))
        return answers[words[4]]

    monkeypatch.setattr(sys, "platform", "win32")
    monkeypatch.setattr(ports, "output_of", output_of)
    assert ports.declared_ranges() == ([[49152, 65535]], [[50000, 50059]])
    assert sorted(asked) == sorted(
        f"{family} show {what} {protocol}" for family in ("ipv4", "ipv6") for what in answers for protocol in ("tcp", "udp")
    )


# The lease


@pytest.mark.parametrize("given_ranges", WHOLE_RUNS)
def test_a_whole_run_gets_its_ports_on_every_system(given_ranges: tuple[Any, Any, Any], locks: AMachinesLocks) -> None:
    """A Linux-sized run of four accounts, whose TIME_WAITs all stay to the end: no port twice in a batch, none in TIME_WAIT, few locks."""
    clock, waiting = AClock(), dict[int, float]()
    lease = AWatchedLease(Ports(*given_ranges), clock, locks, waiting)
    first, second = (ASystemWhoseTimeWaitsStay(turn, clock, waiting) for turn in (1, 2))
    specs = linux_sized_specs()
    for account in ("same", "other", "other-first", "others"):
        asker = Asker(first, second, lease, specs)
        tallies = asker.measure([case for case in cases_of(specs) if case.account == account], 3, lambda step: None)
        assert all(tally.answer("bind") for tally in tallies.values())
        assert len(asker.clean_ports("tcp", 2)) == 2
    assert len(waiting) == 4 * 2 * 64 * 3
    assert lease.handed_out > 4 * 4000 * 3
    assert lease.most_locks <= 4
    assert locks.tried < 2 * lease.handed_out / (BLOCK - 1) + len(lease.blocks)
    lease.release()  # type: ignore[no-untyped-call]
    assert locks.held == {}


@pytest.mark.parametrize("wanted", [1, 400])
def test_a_lease_whose_ports_are_all_in_time_wait_ends_with_a_sentence(wanted: int, locks: AMachinesLocks) -> None:
    """At once, and they are back when the TIME_WAITs are over."""
    clock = AClock()
    lease = PortLease(Ports([[1024, 60999], [62000, 65535]], [[1024, 60999], [62000, 65535]], None), clock)
    (start,) = lease.blocks
    lease.retire(lease.take(BLOCK - 1))
    began = time.monotonic()
    with pytest.raises(NoPortsLeft, match=f"and {BLOCK - 1} ports are in TIME_WAIT after this run"):
        lease.take(wanted)
    lease.forget()
    with pytest.raises(NoPortsLeft):
        lease.take(wanted)
    clock.now += TIME_WAIT_LIFE
    assert time.monotonic() - began < 1
    assert set(lease.take(wanted)) <= set(range(start + 1, start + BLOCK))
    with pytest.raises(NoPortsLeft):
        lease.take(BLOCK)


def test_the_sentence_names_what_was_avoided_and_what_to_do(locks: AMachinesLocks) -> None:
    """The ranges, how many blocks others hold, and how long to wait."""
    found = Ports([[32768, 60999]], [[20000, 20100]], None)
    for start in PortLease(found).blocks:
        locks.lock_of(start)
    with pytest.raises(ProbeError) as refused:
        PortLease(found).take(1)
    number = len(locks.held)
    assert str(refused.value) == (
        f"no port could be had: of {number} blocks of 512 ports that lie outside the ranges to avoid (20000-20100, 32768-60999), "
        f"{number} are held by others (another probe listens on the first port of its block), and 0 ports are in TIME_WAIT after this "
        "run; end what holds them, or wait 5 minutes, and start again"
    )


def test_a_machine_that_leaves_no_block_at_all_is_an_error_with_the_ranges(locks: AMachinesLocks) -> None:
    """Where everything is excluded."""
    with pytest.raises(NoPortsLeft, match=r"of 0 blocks .*1-65535"):
        PortLease(Ports([[1024, 65535]], [[1, 65535]], None)).take(1)


def test_a_port_is_retired_only_while_its_time_wait_may_live(locks: AMachinesLocks) -> None:
    """Twice two minutes (RFC 9293), and some; not a second longer."""
    assert 2 * 120 < TIME_WAIT_LIFE <= 2 * 120 + 10
    clock = AClock()
    lease = PortLease(Ports([[1024, 60999], [62000, 65535]], [[1024, 60999], [62000, 65535]], None), clock)
    first = lease.take(10)
    lease.retire(first)
    for passed, again in ((TIME_WAIT_LIFE - 1, False), (1.0, True)):
        clock.now += passed
        lease.take(BLOCK - 1 - len(lease.given) - (0 if again else len(first)))
        lease.forget()
        seen: set[int] = set()
        while not seen & set(first) and len(seen) < BLOCK - 1 - (0 if again else len(first)):
            seen |= set(lease.some(BLOCK))
        assert bool(seen & set(first)) is again
        lease.forget()


def planned(plan: list[tuple[int, str, int]], locks: AMachinesLocks) -> None:
    """Follow a plan of (lease, what, how many) with two leases on a machine of few blocks, and hold the laws after every step."""
    clock = AClock()
    where = Ports([[1024, 60928]], [[1024, 60928]], None)
    leases = [PortLease(where, clock) for _ in range(2)]
    held: list[set[int]] = [set(), set()]
    waiting: dict[int, float] = {}
    for turn, what, number in plan:
        lease, ours = leases[turn], held[turn]
        if what == "take":
            try:
                taken = lease.take(number)
            except NoPortsLeft:
                continue
            assert len(taken) == len(set(taken)) == number
            assert not ours & set(taken)
            assert not any(waiting.get(port, 0) > clock.now for port in taken)
            ours |= set(taken)
        elif what == "retire":
            used = sorted(ours)[:number]
            lease.retire(used)
            waiting.update((port, clock.now + TIME_WAIT_LIFE) for port in used)
        elif what == "keep":
            ours -= set(sorted(ours)[:number])
            lease.keep(ours)
        elif what == "forget":
            lease.forget()
            ours.clear()
        elif what == "wait":
            clock.now += number
        assert not held[0] & held[1]
        assert all({block_of(port) for port in held[n]} <= set(leases[n].locks) for n in (0, 1))
        assert not set(leases[0].locks) & set(leases[1].locks)
        assert set(locks.held) == set(leases[0].locks) | set(leases[1].locks)
        assert what not in ("keep", "forget") or set(lease.locks) <= {block_of(port) for port in ours} | {lease.current}
    for lease in leases:
        lease.release()
    assert locks.held == {}


@given(
    st.lists(
        st.tuples(st.sampled_from([0, 1]), st.sampled_from(["take", "retire", "keep", "forget", "wait"]), st.integers(1, 700)), max_size=25
    )
)
def test_two_leases_never_meet(plan: list[tuple[int, str, int]]) -> None:
    """Whatever they do: no port is with both, none is handed out twice or in TIME_WAIT, and no lock is kept longer than its ports."""
    locks = AMachinesLocks()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(ports, "lock_of", locks.lock_of)
        planned(plan, locks)


def test_two_probes_take_turns_at_few_blocks(locks: AMachinesLocks) -> None:
    """Batch after batch, each in blocks of its own: a lock that is kept too long would starve the other."""
    leases = [PortLease(Ports([[1024, 60928]], [[1024, 60928]], None)) for _ in range(3)]
    assert len(leases[0].blocks) == 8
    for _ in range(200):
        batches = [set(lease.take(400)) for lease in leases]
        assert len(set().union(*batches)) == 1200
        for lease in leases:
            lease.forget()
            assert len(lease.locks) == 1


def test_ports_that_are_looked_at_are_given_up_but_for_the_clean_ones(locks: AMachinesLocks) -> None:
    """A search through the whole machine holds two or three blocks at a time."""
    found = Ports([[32768, 60999]], [], None)
    wanted = set(PortLease(found).blocks[-1:])
    clock = AClock()
    busy = {port: clock.now + 1 for start in PortLease(found).blocks if start not in wanted for port in range(start, start + BLOCK)}
    lease = AWatchedLease(found, clock, locks, {})
    asker = Asker(AHelperThatAlwaysSucceeds(1), ASystemWhoseTimeWaitsStay(2, clock, busy), lease, linux_sized_specs())
    assert {block_of(port) for port in asker.clean_ports("tcp", 400)} == wanted
    assert lease.most_locks <= 3


def test_where_no_port_is_clean_any_will_do(locks: AMachinesLocks) -> None:
    """Somebody else's socket on all of them: each case finds that out for itself, on a port that is handed out once."""
    clock = AClock()
    busy = dict.fromkeys(range(1, 65536), clock.now + 1)
    lease = AWatchedLease(Ports([[32768, 60999]], [], None), clock, locks, {})
    asker = Asker(AHelperThatAlwaysSucceeds(1), ASystemWhoseTimeWaitsStay(2, clock, busy), lease, linux_sized_specs())
    assert len(set(asker.clean_ports("tcp", 400))) == 400
    assert lease.most_locks <= 3


# For real


@pytest.fixture
def real() -> Any:
    """A lease on this machine's ports."""
    lease = PortLease(Ports.here())
    yield lease
    lease.release()


def test_a_block_is_locked_by_a_listener_that_nobody_outside_sees(real: PortLease) -> None:
    """On loopback, so that it holds between processes and accounts; given up with the lease."""
    port = real.take(1)[0]
    (lock,) = real.locks.values()
    assert lock.getsockname()[:2] == (ports.lock_address()[1], block_of(port))
    assert lock.getsockname()[0] in ("127.0.0.1", "::1")
    socket.create_connection(lock.getsockname()[:2], timeout=5).close()  # refused where nobody listens
    assert ports.lock_of(block_of(port)) is None
    again = subprocess.run(
        [sys.executable, "-c", f"from matrix.probe.ports import lock_of; print(lock_of({block_of(port)}))"],
        capture_output=True, text=True, check=True, cwd=PROBE.parent.parent,
    )  # fmt: skip
    assert again.stdout == "None\n"
    real.release()
    freed = ports.lock_of(block_of(port))
    assert freed is not None
    freed.close()


def test_ports_of_a_batch_stay_ours_when_it_begins_another_block(real: PortLease) -> None:
    """A batch may lie in several blocks: they are given up when it is over, all but the one in use."""
    before = block_of(real.take(BLOCK - 11)[0])
    assert len({block_of(port) for port in real.take(20)}) == 2
    assert ports.lock_of(before) is None
    real.forget()
    again = ports.lock_of(before)
    assert again is not None
    again.close()


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="sets Linux' limit of open files")
def test_a_lock_that_cannot_be_made_is_a_block_that_cannot_be_had(real: PortLease, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without an open file left, for one: the lease ends with its sentence."""
    no_socket = OSError(24, "Too many open files")
    monkeypatch.setattr(socket, "socket", lambda *words: (_ for _ in ()).throw(no_socket))
    monkeypatch.setattr(ports, "lock_address", lambda: (socket.AF_INET, "127.0.0.1"))
    with pytest.raises(NoPortsLeft):
        real.take(1)


@pytest.mark.parametrize("state", [each.name for each in AFTER_CLOSE])
def test_a_connection_s_other_end_never_has_a_port_of_the_batch(state: str, real: PortLease) -> None:
    """The system may choose one inside its own range: the attempt is made again, and no TIME_WAIT is left on either port."""
    wire = next(spec for spec in specs_of("127.0.0.2") if spec.label() == "ipv4 default@specific").wire()
    port = real.take(1)[0]
    with pytest.raises(NotReached) as refused:
        AfterClosePort(wire, port, state, range(65536))
    assert refused.value.args == ("bind", "EADDRINUSE")
    with socket.socket() as again:
        again.bind(("127.0.0.1", port))
    reached = AfterClosePort(wire, port, state, [port])
    reached.end()


def in_a_network_of_its_own(folder: Path, ports_range: str) -> subprocess.CompletedProcess[str]:
    """Run the probe where the system's own range is another; the machine's stays as it is."""
    script = (
        f"ip link set lo up && echo {ports_range} > /proc/sys/net/ipv4/ip_local_port_range && "
        f'exec "{sys.executable}" -I "{PROBE}" --output "{folder}" --target this-machine --only "ipv4 ipv4"'
    )
    return subprocess.run(["unshare", "--net", "sh", "-c", script], capture_output=True, text=True, timeout=300, check=False)


@pytest.mark.long
@pytest.mark.skipif(not sys.platform.startswith("linux") or os.geteuid() != 0, reason="needs root for a network namespace of Linux")
@pytest.mark.parametrize(("ports_range", "taken"), [("'1025 65535'", "inside"), ("'49152 65535'", "outside")])
def test_inside_the_system_s_range_the_observations_are_the_same(ports_range: str, taken: str, tmp_path: Path) -> None:
    """Every account, with traffic and after-close states: as on the machine itself, whose range leaves room."""
    if not (shutil.which("unshare") and shutil.which("ip")):
        pytest.skip("no unshare or no ip here")
    done = in_a_network_of_its_own(tmp_path / "namespace", ports_range)
    if "unshare failed" in done.stderr:
        pytest.skip(f"no network namespace can be had here: {done.stderr.strip()}")
    assert done.returncode == 0, done.stderr
    facts = json.loads((tmp_path / "namespace" / "host.json").read_text("utf-8"))
    assert facts["ports"]["taken"] == taken
    assert run_probe(tmp_path / "machine", "--target", "this-machine", "--only", "ipv4 ipv4").returncode == 0
    observations = [(tmp_path / each / "observations.csv").read_text("utf-8") for each in ("namespace", "machine")]
    assert observations[0] == observations[1]
