"""The lease on ports: on stand-ins for a machine's locks, its clock and its TIME_WAITs."""

import time
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from matrix.probe import ports
from matrix.probe.attempts import Asker
from matrix.probe.cases import cases_of, specs_of
from matrix.probe.errors import ProbeError
from matrix.probe.ports import BLOCK, TIME_WAIT_LIFE, NoPortsLeft, PortLease, Ports
from matrix.probe.vocabulary import OPTIONS
from tests.probe.fakes import AHelperThatAlwaysSucceeds
from tests.probe.port_ranges import SYSTEMS, block_of

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


def linux_sized_specs() -> list[Any]:
    """The specs of a Linux machine, wherever this test runs."""
    names = ("default", "SO_REUSEADDR", "SO_REUSEPORT", "SO_REUSEADDR+SO_REUSEPORT")
    return list(specs_of("127.0.0.2", [(option, []) for option in OPTIONS if option.name in names]))


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
    assert time.monotonic() - began < 30  # it would sleep for minutes otherwise
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
