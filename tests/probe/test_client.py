"""The asker as a client: what it could not send or connect is a failure by name, and never traffic that nobody received."""

import select
import socket
from collections.abc import Iterator
from typing import Any

import pytest

from matrix.probe import client as client_module
from matrix.probe.client import REFUSED, Client
from matrix.probe.vocabulary import SENDERS


@pytest.fixture
def listener() -> Iterator[socket.socket]:
    with socket.socket() as made:
        made.bind(("127.0.0.1", 0))
        made.listen(16)
        yield made


def test_a_connection_is_a_socket_or_refused(listener: socket.socket) -> None:
    """A port with a listener, and one that nobody listens at."""
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))
        made, refused = Client("127.0.0.2").connections("ipv4", [listener.getsockname()[1], nobody.getsockname()[1]])
    assert refused == REFUSED
    assert isinstance(made, socket.socket)
    made.close()


def test_connections_that_nobody_answers_end(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each after its time, and all of a run after theirs: a failure with its reason, never `refused`."""
    monkeypatch.setattr(select, "select", lambda *words: ([], [], []))
    now = [0.0]

    def clock() -> float:
        now[0] += 1
        return now[0]

    asker = Client("127.0.0.2", clock=clock)
    monkeypatch.setattr(asker, "begin", lambda family, literal, port: (socket.socket(), None))
    assert asker.connections("ipv4", [1, 2]) == ["connect: no answer within 3 seconds"] * 2
    asker.waited = client_module.MAX_WAITED + 1
    assert asker.connections("ipv4", [1]) == ["no time left: connections that nobody answered took 901 seconds of this run"]


def test_a_select_that_fails_is_a_failure_of_ours(monkeypatch: pytest.MonkeyPatch) -> None:
    """And nobody's refusal."""

    def broken(*words: Any) -> Any:
        raise ValueError("filedescriptor out of range in select()")

    monkeypatch.setattr(select, "select", broken)
    asker = Client("127.0.0.2")
    monkeypatch.setattr(asker, "begin", lambda family, literal, port: (socket.socket(), None))
    assert asker.connections("ipv4", [1]) == ["select: ValueError"]


def test_datagrams_come_from_as_many_ports_as_there_are_senders() -> None:
    """All of them open at the same time, from the very address that is sent to, and closed afterwards."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as receiver:
        receiver.bind(("127.0.0.1", 0))
        receiver.setblocking(False)
        port = receiver.getsockname()[1]
        assert Client("127.0.0.2").datagrams("ipv4", [port], "token") == {}
        sources = [receiver.recvfrom(64) for _ in range(SENDERS)]
        with pytest.raises(BlockingIOError):
            receiver.recv(64)
    assert {data for data, _ in sources} == {b"token"}
    assert {source[0] for _, source in sources} == {"127.0.0.1"}
    assert len({source[1] for _, source in sources}) == SENDERS


def test_senders_that_the_system_gives_one_port_are_no_senders(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where only some of them can be had at a time, nothing is sent at all, and each port has the reason."""
    real, left = socket.socket, [5]

    class AMachineWithFewPorts(real):  # type: ignore[misc,valid-type]
        """Gives five ports."""

        def bind(self, address: Any) -> None:
            left[0] -= 1
            if left[0] < 0:
                raise OSError(98, "Address already in use")
            super().bind(address)

        def sendto(self, *words: Any) -> Any:
            raise AssertionError("nothing is sent")

    monkeypatch.setattr(socket, "socket", AMachineWithFewPorts)
    assert Client("127.0.0.2").datagrams("ipv4", [7, 8], "token") == dict.fromkeys([7, 8], "bind of a sender: EADDRINUSE")
