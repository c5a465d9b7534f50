"""Groups that stay on this machine, and the interface over which they come back to it."""

import socket
from typing import Any

import pytest

from matrix.probe import multicast
from matrix.probe.multicast import HERE, Group, find_interface, interfaces


def test_every_attempt_of_a_batch_has_a_group_of_its_own() -> None:
    """More of them than the last number of an address has room for, all in the ranges that stay on this machine."""
    addresses = [Group("ipv4", turn, 0).address for turn in range(1000)]
    assert len(set(addresses)) == 1000
    assert all(socket.inet_aton(address)[:2] == bytes([239, 255]) for address in addresses)
    assert addresses[0] == "239.255.77.1"
    six = [Group("ipv6", turn, 1).address for turn in range(1000)]
    assert len(set(six)) == 1000
    assert all(socket.inet_pton(socket.AF_INET6, address)[:2] == b"\xff\x11" for address in six)


def test_the_loopback_interface_is_tried_first(monkeypatch: pytest.MonkeyPatch) -> None:
    """Then all others by number, each once; where none can be listed, number 1."""
    monkeypatch.setattr(socket, "if_nameindex", lambda: [(9, "x"), (2, "y"), (7, "lo0")], raising=False)

    def index(name: str) -> int:
        if name != "lo0":
            raise OSError(6, "no such interface")
        return 7

    monkeypatch.setattr(socket, "if_nametoindex", index, raising=False)
    assert interfaces() == [7, 2, 9]
    monkeypatch.delattr(socket, "if_nameindex")
    monkeypatch.delattr(socket, "if_nametoindex")
    assert interfaces() == [1]


class AReceiver:
    """A stand-in that receives what the next of its machine's tries brings: the group's datagram, another's, or an error."""

    tries: tuple[Any, ...] = ()
    used: list[int] = []  # noqa: RUF012  # set by the test
    opened = closed = 0

    def __init__(self, *words: Any) -> None:
        AReceiver.opened += 1

    def bind(self, address: Any) -> None:
        """To any."""

    def setsockopt(self, *words: Any) -> None:
        """Joins."""

    def settimeout(self, seconds: float) -> None:
        """Waits for nothing."""

    def getsockname(self) -> tuple[str, int]:
        return "", 20000

    def recv(self, size: int) -> bytes:
        result = AReceiver.tries[len(AReceiver.used) - 1]
        if isinstance(result, OSError):
            raise result
        assert isinstance(result, bytes)
        return result

    def close(self) -> None:
        AReceiver.closed += 1


NOTHING = TimeoutError()


@pytest.mark.parametrize(
    ("family", "tries", "found", "used"),
    [
        ("ipv6", (HERE,), (1, "loopback"), [1]),
        ("ipv6", (NOTHING, HERE), (5, "interface"), [1, 5]),
        ("ipv6", (b"other", NOTHING, HERE), (1, "loopback"), [1, 5, 1]),
        ("ipv6", (NOTHING,) * 4, (None, "none"), [1, 5, 1, 5]),
        ("ipv4", (NOTHING, HERE), (0, "loopback"), [0, 0]),
        ("ipv4", (NOTHING, NOTHING), (None, "none"), [0, 0]),
    ],
)
def test_the_first_interface_over_which_a_group_comes_back_is_taken(
    monkeypatch: pytest.MonkeyPatch, family: str, tries: tuple[Any, ...], found: tuple[int | None, str], used: list[int]
) -> None:
    """Each is tried twice before there is none, since what fails may do so once; every socket is closed."""
    monkeypatch.setattr(AReceiver, "tries", tries)
    monkeypatch.setattr(AReceiver, "used", [])
    monkeypatch.setattr(AReceiver, "opened", 0)
    monkeypatch.setattr(AReceiver, "closed", 0)
    monkeypatch.setattr(multicast, "interfaces", lambda: [1, 5])
    monkeypatch.setattr(socket, "socket", AReceiver)
    monkeypatch.setattr(Group, "send", lambda group, data, port, number: AReceiver.used.append(group.index))
    assert find_interface(family) == found
    assert AReceiver.used == used
    assert AReceiver.opened == AReceiver.closed == len(used)


def test_a_system_without_multicast_has_no_interface(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever it refuses."""

    def refused(*words: Any) -> Any:
        raise OSError(97, "no such family")

    monkeypatch.setattr(socket, "socket", refused)
    assert find_interface("ipv6") == find_interface("ipv4") == (None, "none")
