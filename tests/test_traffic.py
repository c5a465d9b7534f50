"""Who receives, and ports left behind: real traffic on this machine, and nothing concluded from what was lost."""

import csv
import sys
from pathlib import Path
from types import ModuleType

import pytest

from tests.conftest import rows

on_linux = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="what Linux does")


@pytest.mark.parametrize(
    ("sent", "refused", "first", "second", "who"),
    [
        (32, 0, 32, 0, "first"), (32, 0, 0, 32, "second"), (32, 0, 20, 12, "split"), (32, 0, 32, 32, "both"), (32, 0, 0, 0, "none"),
        (32, 32, 0, 0, "refused"), (32, 3, 0, 0, "none"), (32, 0, 31, 0, None), (32, 0, 20, 13, None), (32, 0, 64, 0, None),
    ],
)  # fmt: skip
def test_who_received_is_said_only_when_all_of_it_is_accounted_for(
    probe: ModuleType, sent: int, refused: int, first: int, second: int, who: str | None
) -> None:
    """One lost datagram, and nothing is concluded."""
    assert probe.who_received(sent, refused, first, second) == who


def test_lost_traffic_is_a_row_that_says_so(probe: ModuleType) -> None:
    """NOT_RUN, with the numbers."""
    case = probe.cases_of(probe.specs_of("127.0.0.2"), "udp ipv4 default@specific bound ipv4 default@specific same")[0]
    tally = probe.Tally()
    tally.add("bind", "")
    tally.add_counts("deliver-ipv4", 32, 0, 30, 0)
    assert probe.rows_of(case, tally)[1][9:] == ("deliver-ipv4", "NOT_RUN", "", 0, 0, "of 32 sent, the two sockets received 30 and 0")


@pytest.mark.parametrize(
    ("first", "second", "names"),
    [
        (("ipv4", "wildcard"), ("ipv4", "specific"), ("ipv4", "ipv4-other")),
        (("dual", "wildcard"), ("ipv4", "specific"), ("ipv4", "ipv4-other", "ipv6")),
        (("dual", "specific"), ("ipv6", "wildcard"), ("ipv6",)),
        (("ipv4", "specific"), ("ipv4", "other-specific"), ()),
        (("ipv6", "specific"), ("dual", "mapped-specific"), ()),
    ],
)
def test_traffic_goes_where_two_sockets_meet(
    probe: ModuleType, first: tuple[str, str], second: tuple[str, str], names: tuple[str, ...]
) -> None:
    """To every address that either serves, where there is one that both do."""
    one, two = (probe.Spec(family, "default", address, "", []) for family, address in (first, second))
    assert probe.served(one, two) == names


def test_the_counts_of_a_split_add_up(measured: Path) -> None:
    """At least 32 source ports an attempt, and every split of the observations has its counts; Linux splits often."""
    with (measured / "counts.csv").open(newline="", encoding="utf-8") as source:
        counts = list(csv.DictReader(source))
    splits = [row for row in rows(measured) if row["outcome"] == "split"]
    assert len(counts) == len(splits)
    assert len(splits) > 50 or not sys.platform.startswith("linux")
    for row in counts:
        assert int(row["sent"]) == int(row["first"]) + int(row["second"]) >= 3 * 32
        assert int(row["first"]) > 0 < int(row["second"])


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
def test_linux_gives_ports_back_as_every_administrator_knows(measured: Path, first: str, state: str, second: str, outcome: str) -> None:
    """TIME_WAIT blocks unless both set SO_REUSEADDR; a reset leaves nothing behind."""
    found = [
        row["outcome"]
        for row in rows(measured)
        if (row["first_option"], row["first_state"], row["second_option"], row["measure"]) == (first, state, second, "bind")
        and row["account"] == "same"
    ]
    assert found
    assert set(found) == {outcome}


def facts_of(run: Path) -> dict[tuple[str, str, str, str], str]:
    """The rows that speak of the host alone, by measure, protocol, option and account."""
    return {
        (row["measure"], row["protocol"], row["first_option"], row["account"]): row["outcome"]
        for row in rows(run)
        if not row["first_family"]
    }


def test_facts_of_the_host_are_rows(measured: Path) -> None:
    """Options, their defaults, port 0, linger: judged by the same join as everything else."""
    facts = facts_of(measured)
    assert facts["available", "tcp", "SO_REUSEADDR", "same"] == "SUCCESS"
    assert facts["default", "udp", "SO_REUSEADDR", "same"] == "off"
    assert facts["linger-close", "tcp", "", "same"]
    assert facts["available", "tcp", "SO_EXCLUSIVEADDRUSE", "same"] == ("SUCCESS" if sys.platform == "win32" else "UNSUPPORTED")
    assert facts["available", "tcp", "SO_REUSEPORT", "same"] == ("UNSUPPORTED" if sys.platform == "win32" else "SUCCESS")


@on_linux
def test_linux_says_of_its_options_what_its_manuals_say(measured: Path) -> None:
    """SO_REUSEPORT is off at first, and close waits for what lingers."""
    facts = facts_of(measured)
    assert facts["default", "udp", "SO_REUSEPORT", "same"] == "off"
    assert facts["linger-close", "tcp", "", "same"] == "blocks"


def test_ports_that_were_left_in_time_wait_are_not_given_out_again(probe: ModuleType, block: int) -> None:
    """By one run, however often it goes round."""
    lease, retired = probe.PortLease([block]), range(block + 1, block + 400)
    lease.retire(retired)
    try:
        assert not set(lease.take(600)) & set(retired)
    finally:
        lease.release()


PROC_NET_TCP = """\
  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
   0: 0100007F:8C32 0100007F:6DDB 01 00000000:00000000 00:00000000 00000000     0        0 43187949 2 0 20 0 0 10 -1
   1: 0100007F:6DDB 0100007F:8C32 01 00000000:00000000 00:00000000 00000000     0        0 43187950 1 0 20 4 30 10 -1
1388: 0100007F:8C32 0100007F:6677 06 00000000:00000000 03:000016AF 00000000     0        0 0 3 0
"""


def test_an_ephemeral_port_that_somebody_shares_is_seen(probe: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    """In Linux's own table of sockets, a TIME_WAIT included, or because two of ours have it; elsewhere nothing is told."""
    assert probe.local_ports(PROC_NET_TCP) == [0x8C32, 0x6DDB, 0x8C32]
    monkeypatch.setattr(probe, "text_of", lambda path, most: PROC_NET_TCP if path.endswith("/tcp") else "")
    assert probe.crowded_ports([0x8C32, 0x6DDB, 7]) == {0x8C32}
    monkeypatch.setattr(probe, "text_of", lambda path, most: "")
    assert probe.crowded_ports([7, 8, 7]) == {7}
