"""Machines whose network is broken, each in a network namespace of its own: no outcome differs from a sound one's."""

import csv
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

from matrix.probe.vocabulary import NOT_MEASURED
from tests.conftest import PROBE
from tests.networks import LO, why_no_namespace

NETWORKS = {
    "sound": LO,
    "loopback-down": "true; ",
    "no-ipv6": LO + "echo 1 > /proc/sys/net/ipv6/conf/all/disable_ipv6; ",
    "ipv6-only": LO + "ip addr del 127.0.0.1/8 dev lo; ",
    "one-port": LO + "echo 40000 40000 > /proc/sys/net/ipv4/ip_local_port_range; ",
    "no-rfc1337": LO + "echo 1 > /proc/sys/net/ipv4/tcp_rfc1337; ",
}
BROKEN = [name for name in NETWORKS if name != "sound"]
# Some of everything: traffic of both protocols over all families, groups, states after a close; what splits is among it.
PARTS = (
    "udp SO_REUSEPORT@* SO_REUSEPORT@* same",
    "tcp SO_REUSEPORT@*wildcard listening SO_REUSEPORT@* same",
    "tcp default@specific default@specific same",
)
Rows = dict[tuple[str, ...], tuple[str, ...]]


pytestmark = pytest.mark.skipif(bool(why_no_namespace()), reason=why_no_namespace())


def measured_in(network: str, folder: Path, *words: str) -> Rows:
    """What the probe observes in such a network."""
    script = NETWORKS[network] + 'exec "$0" "$@"'
    command = ["unshare", "-n", "sh", "-c", script, sys.executable, "-I", str(PROBE), "--output", str(folder), "--target", "x", *words]
    done = subprocess.run(command, capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0, done.stderr
    with (folder / "observations.csv").open(newline="", encoding="utf-8") as source:
        return {tuple(row[:10]): tuple(row[10:]) for row in list(csv.reader(source))[1:]}


def different(found: Rows, sound: Rows) -> dict[tuple[str, ...], tuple[str, ...]]:
    """Rows whose outcome differs from the sound network's and is no NOT_RUN or UNSUPPORTED."""
    return {key: row for key, row in found.items() if row[0] not in NOT_MEASURED and row[0] != sound.get(key, ("",))[0]}


def outcomes(rows: Rows) -> Counter[str]:
    return Counter(row[0] for row in rows.values())


SOUND: dict[tuple[str, ...], Rows] = {}


def sound_rows(tmp_path_factory: pytest.TempPathFactory, *words: str) -> Rows:
    """What a sound network answers, measured once."""
    if words not in SOUND:
        SOUND[words] = measured_in("sound", tmp_path_factory.mktemp("sound") / "run", *words)
    return SOUND[words]


@pytest.mark.parametrize("network", BROKEN)
@pytest.mark.parametrize("part", PARTS)
def test_a_broken_network_changes_no_outcome(tmp_path: Path, tmp_path_factory: pytest.TempPathFactory, network: str, part: str) -> None:
    """What can't be measured there is NOT_RUN or UNSUPPORTED, with its reason; some of it still can."""
    sound = sound_rows(tmp_path_factory, "--only", part)
    found = measured_in(network, tmp_path / "run", "--only", part)
    assert different(found, sound) == {}
    assert any(row[0] not in NOT_MEASURED for row in found.values())
    assert all(row[4] for row in found.values() if row[0] in NOT_MEASURED)


def test_each_broken_network_is_really_broken(tmp_path: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    """Each takes something away from the part that has traffic."""
    sound = sound_rows(tmp_path_factory, "--only", PARTS[0])
    for network in ("loopback-down", "no-ipv6", "ipv6-only", "one-port"):
        found = measured_in(network, tmp_path / network, "--only", PARTS[0])
        assert sum(outcomes(found)[word] for word in NOT_MEASURED) > sum(outcomes(sound)[word] for word in NOT_MEASURED), network


@pytest.mark.long
@pytest.mark.parametrize("network", BROKEN)
def test_a_broken_network_changes_no_outcome_of_a_whole_run(tmp_path: Path, tmp_path_factory: pytest.TempPathFactory, network: str) -> None:
    """All cases, all accounts, all facts of the host."""
    sound = sound_rows(tmp_path_factory)
    found = measured_in(network, tmp_path / "run")
    truly = {key[9]: row[0] for key, row in different(found, sound).items()}
    assert truly in ({}, {"ephemeral": "below-49152"} if network == "one-port" else {})  # its range does lie there
    assert all(row[4] for row in found.values() if row[0] in NOT_MEASURED)


def test_a_time_wait_that_cannot_be_ended_is_not_run(tmp_path: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    """With net.ipv4.tcp_rfc1337 Linux ignores the reset: `freed` is NOT_RUN, all of it; without it is SUCCESS, all of it."""
    for state in ("time-wait", "graceful"):
        only = "--only", f"tcp {state} same"
        sound = sound_rows(tmp_path_factory, *only)
        found = measured_in("no-rfc1337", tmp_path / state, *only)
        freed = {key: row for key, row in sound.items() if key[9] == "freed"}
        assert len(freed) > 20
        assert {row[0] for row in freed.values()} == {"SUCCESS"}
        reason = "TIME_WAIT can't be ended by its peer's own port on this system, and is not waited for"
        assert {key: row for key, row in found.items() if key[9] == "freed"} == dict.fromkeys(freed, ("NOT_RUN", "", "0", "0", reason))
        assert {key: row for key, row in found.items() if key[9] != "freed"} == {key: row for key, row in sound.items() if key not in freed}
