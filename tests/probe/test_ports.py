"""Where ports may be taken from on every system."""

import sys
from typing import Any

import pytest

from matrix.probe import ports
from matrix.probe.ports import BLOCK, PortLease, Ports
from tests.probe.port_ranges import WHERE


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
