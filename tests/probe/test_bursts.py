"""Systems queue only so many datagrams: what is sent at once is less as soon as some were lost."""

import socket
import sys
from typing import Any

import pytest

from matrix.probe.attempts import Asker
from matrix.probe.cases import cases_of, specs_of
from matrix.probe.client import Client
from matrix.probe.delivery import BURST
from matrix.probe.outcomes import rows_of
from matrix.probe.vocabulary import SENDERS
from tests.probe.fakes import AHelperInThisProcess, real_lease

QUEUE = 256  # net.isr.defaultqlimit of FreeBSD


class ANetworkThatQueuesLittle(Client):
    """Loses every datagram of one burst that its queue has no room for; nobody takes any before the burst is over."""

    largest = 0

    def datagrams(self, name: str, ports: list[int], token: str, number: int = SENDERS) -> dict[int, str]:
        family, literal = self.places[name]
        self.largest = max(self.largest, number * len(ports))
        for turn in range(number):
            with socket.socket(family, socket.SOCK_DGRAM) as sender:
                for port in ports[: max(0, QUEUE - turn * len(ports))]:
                    sender.sendto(token.encode("ascii"), (literal, port))
        return {}


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="takes options that let two UDP sockets share everywhere")
def test_what_a_short_queue_loses_is_asked_again_in_smaller_bursts() -> None:
    """Every row is measured in the end, and only the first batch was too large."""
    specs, lease = specs_of("127.0.0.2"), real_lease()
    network: Any = ANetworkThatQueuesLittle
    network = network("127.0.0.2")
    helpers = AHelperInThisProcess("first"), AHelperInThisProcess("second")
    cases = [case for case in cases_of(specs, "udp SO_REUSEADDR*@* bound SO_REUSEADDR*@* same")
             if all(specs[n].address in ("specific", "other-specific") for n in (case.first, case.second))]  # fmt: skip
    try:
        asker = Asker(*helpers, lease, specs, network, {"ipv4": None, "ipv6": None})
        tallies: dict[Any, Any] = asker.measure(cases, 2, lambda number: None)
        assert asker.delivery.together == BURST // SENDERS
    finally:
        for helper in helpers:
            helper.stop()
        lease.release()
    assert network.largest > QUEUE
    received = [row for case in cases for row in rows_of(case, tallies[case]) if row[9].startswith("deliver-")]
    assert len(received) > QUEUE // SENDERS
    assert {row[10] for row in received} <= {"first", "second", "split"}
