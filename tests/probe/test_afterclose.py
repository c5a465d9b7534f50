"""Ports that a connection still uses: each state is really reached, and what ends it is seen to end."""

import errno
import socket
import sys
from collections.abc import Iterator
from typing import Any

import pytest

from matrix.probe import attempts
from matrix.probe.afterclose import AFTER_CLOSE, AfterClosePort, NotReached, end_time_waits, fill_up
from matrix.probe.attempts import STILL_WAITING, Asker, crowded_ports, local_ports
from matrix.probe.cases import case_matches, cases_of, specs_of
from matrix.probe.outcomes import Attempt, rows_of
from matrix.probe.sockets import connected_pair
from tests.networks import is_free
from tests.probe.fakes import AHelperInThisProcess, real_lease

SPECS = specs_of("127.0.0.2")
STATES = {state.name: state for state in AFTER_CLOSE}
PLAIN = next(spec for spec in SPECS if spec.label() == "ipv4 default@wildcard").wire()
on_linux = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="what Linux does")


@pytest.fixture
def asker() -> Iterator[Asker]:
    """Two real helpers in this process."""
    lease = real_lease()
    helpers = [AHelperInThisProcess(role) for role in ("first", "second")]
    yield Asker(helpers[0], helpers[1], lease, SPECS)
    for helper in helpers:
        helper.stop()
    lease.release()


@pytest.fixture
def port() -> Iterator[int]:
    """One that no probe takes, and that nobody else has, not even in TIME_WAIT."""
    lease = real_lease()
    yield next(filter(is_free, (lease.take(1)[0] for _ in range(100))))
    lease.release()


def outcomes(asker: Asker, *patterns: str) -> dict[tuple[str, str], set[str]]:
    """The outcomes of these cases, by state and measure."""
    cases = [case for case in cases_of(SPECS) if any(case_matches(case.identity(), pattern) for pattern in patterns)]
    assert cases
    tallies = asker.measure(cases, 3, lambda number: None)
    found: dict[tuple[str, str], set[str]] = {}
    for case in cases:
        for row in rows_of(case, tallies[case]):
            found.setdefault((row[4], row[9]), set()).add(row[10])
    return found


@on_linux
@pytest.mark.parametrize(
    ("first", "state", "second", "outcome"),
    [
        ("default", "time-wait", "default", "INUSE"),
        ("SO_REUSEADDR", "time-wait", "SO_REUSEADDR", "SUCCESS"),
        ("default", "graceful", "default", "INUSE"),
        ("default", "reset", "default", "SUCCESS"),
        ("default", "peer-closed", "default", "SUCCESS"),
        ("default", "accepted", "default", "INUSE"),
        ("SO_REUSEADDR", "accepted", "SO_REUSEADDR", "SUCCESS"),
        ("default", "client", "SO_REUSEADDR", "INUSE"),
    ],
)
def test_linux_gives_ports_back_as_every_administrator_knows(asker: Asker, first: str, state: str, second: str, outcome: str) -> None:
    """TIME_WAIT blocks unless both set SO_REUSEADDR; a reset leaves nothing."""
    found = outcomes(asker, f"tcp ipv4 {first}@* {state} ipv4 {second}@* same")
    assert found[state, "bind"] == {outcome}


@on_linux
def test_whatever_blocked_a_port_is_seen_to_free_it(asker: Asker) -> None:
    """A TIME_WAIT too: on Linux a new connection from the peer's own port ends it (RFC 1337)."""
    found = outcomes(asker, "tcp ipv4 default@* ipv4 default@* same")
    freed = {state: words for (state, measure), words in found.items() if measure == "freed"}
    assert set(freed) >= {"accepted", "time-wait", "graceful", "unsent", "client", "client-ephemeral"}
    assert {word for words in freed.values() for word in words} == {"SUCCESS"}


@on_linux
def test_a_time_wait_that_nothing_ends_is_not_run(asker: Asker, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its port is not given out again, and nothing of the batch is an outcome."""
    monkeypatch.setattr("matrix.probe.helper.end_time_waits", lambda ports: None)
    cases = [case for case in cases_of(SPECS, "tcp ipv4 default@wildcard time-wait ipv4 default@* same") if case.account == "same"]
    tallies = asker.measure(cases, 1, lambda number: None)
    for case in cases:
        bind, freed = sorted(rows_of(case, tallies[case]), key=lambda row: str(row[9]))
        assert bind[10] == "INUSE"
        assert freed[9:] == ("freed", "NOT_RUN", "", 0, 0, STILL_WAITING)
    assert len(asker.lease.retired) == len(cases)


def test_each_state_is_what_its_name_says() -> None:
    """Whose port it is, on which side a TIME_WAIT ends, and where data must stay unsent."""
    assert [name for name, state in STATES.items() if state.system_port] == ["client-ephemeral"]
    assert [name for name, state in STATES.items() if state.time_wait] == ["time-wait", "graceful"]
    assert [name for name, state in STATES.items() if state.small_buffer] == ["unsent"]
    assert [name for name, state in STATES.items() if state.close is None] == ["client", "client-ephemeral"]


@on_linux
@pytest.mark.parametrize("name", STATES)
def test_every_state_is_reached_and_ended(port: int, name: str) -> None:
    """With both ends in one process, and nothing of it lives afterwards."""
    if STATES[name].system_port:
        port = 0
    made = AfterClosePort(PLAIN, port, name)
    assert made.port == port or STATES[name].system_port
    assert made.end() == ""
    assert made.alive == []
    if STATES[name].time_wait:
        end_time_waits([made])


class AConnection:
    """A stand-in for one end, which can't be made to linger and fails to send as it is told."""

    def __init__(self, linger: OSError | None = None, sends: list[Any] | None = None) -> None:
        self.linger, self.sends, self.closed = linger, sends or [], False

    def setsockopt(self, *words: Any) -> None:
        if self.linger:
            raise self.linger

    def setblocking(self, blocking: bool) -> None:
        """It never blocks."""

    def send(self, data: bytes) -> int:
        result = self.sends.pop(0)
        if isinstance(result, OSError):
            raise result
        return len(data)

    def close(self) -> None:
        self.closed = True

    def fileno(self) -> int:
        return -1 if self.closed else 7


def test_a_reset_without_linger_is_no_reset() -> None:
    """An ordinary close would leave a TIME_WAIT, and be taken for what a reset leaves."""
    with pytest.raises(OSError, match="no buffer"):
        STATES["reset"].close(AConnection(), AConnection(OSError(errno.ENOBUFS, "no buffer")))


def test_sending_counts_as_full_only_where_the_buffer_is() -> None:
    """Any other end of it leaves the state unreached."""
    fill_up(AConnection(sends=[1, BlockingIOError(), BlockingIOError()]))
    for wrong in (OSError(errno.EPERM, "forbidden"), ConnectionResetError(errno.ECONNRESET, "reset")):
        with pytest.raises(type(wrong)):
            fill_up(AConnection(sends=[1, wrong, wrong]))


def test_a_full_buffer_is_full() -> None:
    """On a real connection whose peer doesn't read."""
    near, far = connected_pair()
    with near, far:
        fill_up(far)
        with pytest.raises(BlockingIOError):
            far.send(b"x" * 65536)


def test_what_could_not_be_ended_by_reset_is_closed_and_named() -> None:
    """And what was closed already is left alone."""
    made = AfterClosePort.__new__(AfterClosePort)
    live, dead = AConnection(OSError(errno.ENOBUFS, "no buffer")), AConnection(OSError(errno.EBADF, "closed"))
    dead.closed = True
    made.alive = [dead, live]
    assert made.end() == "the connection could not be given up by reset: ENOBUFS"
    assert live.closed
    assert made.end() == ""


CASE = cases_of(SPECS, "tcp ipv4 default@wildcard accepted ipv4 default@wildcard same")[0]
INUSE = ["bind", "EADDRINUSE"]


@pytest.mark.parametrize(
    ("state", "first", "second", "freed", "ended", "not_ended", "found"),
    [
        ("accepted", 0, INUSE, 0, True, "", {"bind": "INUSE", "freed": "SUCCESS"}),
        ("accepted", 0, INUSE, INUSE, False, "", {"bind": "INUSE", "freed": "INUSE"}),
        ("accepted", 0, INUSE, INUSE, False, "no reset", {"bind": "INUSE", "freed": None}),
        ("accepted", 0, INUSE, 0, True, "no reset", {"bind": "INUSE", "freed": "SUCCESS"}),
        ("accepted", 0, INUSE, ["socket", "EMFILE"], False, "", {"bind": "INUSE", "freed": None}),
        ("accepted", 0, 0, 0, False, "", {"bind": "SUCCESS", "listen": "SUCCESS"}),
        ("accepted", 0, ["socket", "EMFILE"], 0, True, "", {"bind": None}),
        ("accepted", ["socket", "EMFILE"], None, None, False, "", {"bind": None}),
        ("accepted", ["connect", "EADDRINUSE"], None, None, False, "", {"bind": None}),
        ("accepted", INUSE, None, None, False, "", "lost"),
        ("accepted", ["listen", "WSAEADDRINUSE"], None, None, False, "", "lost"),
        ("accepted", ["bind of its peer", "EADDRINUSE"], None, None, False, "", {"bind": None}),
        ("client-ephemeral", ["connect", "EADDRINUSE"], None, None, False, "", "lost"),
        ("client-ephemeral", 0, INUSE, 0, True, "", {"bind": "INUSE", "freed": "SUCCESS"}),
        ("client-ephemeral", 0, INUSE, INUSE, False, "", "lost"),
        ("client-ephemeral", 0, INUSE, INUSE, False, "no reset", {"bind": "INUSE", "freed": None}),
        ("client-ephemeral", 0, INUSE, ["socket", "EMFILE"], False, "", {"bind": "INUSE", "freed": None}),
        ("time-wait", 0, INUSE, 0, True, "", {"bind": "INUSE", "freed": "SUCCESS"}),
        ("time-wait", 0, INUSE, INUSE, True, "", {"bind": "INUSE", "freed": None}),
        ("time-wait", 0, INUSE, INUSE, False, "", {"bind": "INUSE"}),
    ],
)  # fmt: skip
def test_an_attempt_answers_only_what_was_really_met(
    state: str, first: Any, second: Any, freed: Any, ended: bool, not_ended: str, found: Any
) -> None:
    """A word for each answer, None for each failure, `lost` for a port that was somebody else's."""
    attempt = Attempt(CASE, 20000)
    attempt.first, attempt.second = first, second
    Asker.note_after_close(attempt, STATES[state], freed, ended, not_ended)
    seen: dict[str, str | None] = {measure: answer.outcome for measure, answer in attempt.answers.items()}
    seen.update(dict.fromkeys(attempt.failures))
    assert ("lost" if attempt.lost else seen) == found
    assert (attempt.omitted == {"freed": STILL_WAITING}) is ((state, freed, ended) == ("time-wait", INUSE, False))


def test_a_connection_that_fails_is_not_reached_with_stage_and_error(port: int) -> None:
    """Its socket refused by a listener that is there already; nothing of it stays open."""
    with socket.socket() as holder:
        holder.bind(("127.0.0.1", port))
        holder.listen(1)
        with pytest.raises(NotReached) as refused:
            AfterClosePort(PLAIN, port, "accepted")
    assert refused.value.args[0] == "bind"


PROC_NET_TCP = """\
  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
   0: 0100007F:8C32 0100007F:6DDB 01 00000000:00000000 00:00000000 00000000     0        0 43187949 2 0 20 0 0 10 -1
   1: 0100007F:6DDB 0100007F:8C32 01 00000000:00000000 00:00000000 00000000     0        0 43187950 1 0 20 4 30 10 -1
1388: 0100007F:8C32 0100007F:6677 06 00000000:00000000 03:000016AF 00000000     0        0 0 3 0
"""


def test_an_ephemeral_port_that_somebody_shares_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    """In Linux's own table of sockets, a TIME_WAIT included, or because two of ours have it; elsewhere nothing is known."""
    assert local_ports(PROC_NET_TCP) == [0x8C32, 0x6DDB, 0x8C32]
    monkeypatch.setattr(attempts, "text_of", lambda path, limit: PROC_NET_TCP if path.endswith("/tcp") else "")
    assert crowded_ports([0x8C32, 0x6DDB, 7]) == {0x8C32}
    monkeypatch.setattr(attempts, "text_of", lambda path, limit: "")
    assert crowded_ports([7, 8, 7]) == {7}


def test_a_refusal_that_does_not_last_was_somebody_elses(asker: Asker, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of a port that the system chose: asked again it must be refused again; what could not be asked again is a failure."""
    monkeypatch.setattr(attempts, "crowded_ports", lambda ports: {20001})
    monkeypatch.setattr(attempts, "PAUSE", 0.0)
    four = [Attempt(CASE, port) for port in range(20000, 20004)]
    four[0].second = four[2].second = INUSE
    monkeypatch.setattr(asker, "second_binds", lambda asked: [INUSE, 0, 0, ["socket", "EMFILE"]])
    asker.find_shared(four)
    assert [each.lost for each in four] == [False, True, True, False]
    assert [list(each.failures) for each in four] == [[], [], [], ["bind"]]


def test_a_time_wait_is_not_ended_by_a_socket_that_cannot_be_had(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing happens then, and whoever asks looks at the port."""

    def none(*words: Any) -> Any:
        raise OSError(errno.EMFILE, "too many open files")

    monkeypatch.setattr(socket, "socket", none)
    end_time_waits([AfterClosePort.__new__(AfterClosePort)])
