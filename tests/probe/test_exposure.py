"""What a run opens, and that no more of it is seen from outside than its cases are about."""

import json
import os
import socket
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from matrix.probe.errors import ProbeError
from matrix.probe.link import program
from matrix.probe.ports import BLOCK, PortLease, Ports, lock_address, lock_of
from tests.conftest import ROOT, different, rows
from tests.probe.fakes import real_lease

AS_ROOT = pytest.mark.skipif(
    sys.platform == "win32" or os.geteuid() != 0, reason="only root can be another account, or have a network of its own"
)
WILDCARDS = {"0.0.0.0", "::", "::ffff:0.0.0.0", ""}

# The probe, whose asker and helpers write down each address that they bind or send to. An audit hook sees every call of Python's.
WATCHED = """
import os, sys, runpy
folder, root, program = sys.argv[1:4]
def note(event, words):
    if event in ("socket.bind", "socket.connect", "socket.sendto"):
        made, address = words
        own = None
        try:
            own = made.getsockname()
        except OSError:
            pass
        line = "%s %d %s %d %s\\n" % (event, made.type, address[0], address[1], own[1] if own else 0)
        os.write(log, line.encode())
log = os.open(os.path.join(folder, "%d.log" % os.getpid()), os.O_WRONLY | os.O_CREAT | os.O_APPEND)
sys.addaudithook(note)
words = sys.argv[4:]
sys.path.insert(0, root)
if "--helper" in words:
    sys.argv[1:] = words
    runpy.run_path(program, run_name="__main__")
from matrix.probe import link, command
link.own_command = lambda *more: [sys.executable, "-I", __file__] + sys.argv[1:4] + list(more)
import matrix.probe.accounts.unix
matrix.probe.accounts.unix.own_command = link.own_command
status = command.main(words)
sys.stdout.flush()
os._exit(status)
"""


def watched(tmp_path: Path, *words: str) -> list[tuple[str, int, str, int, int]]:
    """A run, and (call, kind of socket, address, port, own port before) of each call of its processes."""
    logs = tmp_path / "logs"
    logs.mkdir()
    logs.chmod(0o777)
    script = tmp_path / "watched.py"
    script.write_text(WATCHED, "utf-8")
    command = [sys.executable, "-I", str(script), str(logs), str(ROOT), program(), "--output", str(tmp_path / "run"), *words]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=120)
    assert (done.returncode, done.stderr) == (0, "")
    calls = [line.split() for log in logs.iterdir() for line in log.read_text("utf-8").splitlines()]
    assert len(list(logs.iterdir())) >= 3
    return [(call, int(kind), address, int(port), int(own)) for call, kind, address, port, own in calls]


PART = ("--only", "default@* default@* same", "--repeat", "1")


def test_no_wildcard_opens_none(tmp_path: Path) -> None:
    """Neither by bind nor by sending from a socket without an address; such cases are NOT_RUN with the reason, and controls hold."""
    calls = watched(tmp_path, *PART, "--no-wildcard")
    assert {address for call, _, address, _, _ in calls if call == "socket.bind"} <= {"127.0.0.1", "127.0.0.2", "::1", "::ffff:127.0.0.1"}
    assert [call for call in calls if call[0] != "socket.bind" and call[1] == socket.SOCK_DGRAM and not call[4]] == []
    facts = json.loads((tmp_path / "run" / "host.json").read_text("utf-8"))
    assert facts["no_wildcard"] is True
    assert all(control["expected"] == control["observed"] for control in facts["controls"])
    for row in rows(tmp_path / "run"):
        wildcard = "wildcard" in row["first_address"] + row["second_address"]
        assert (row["detail"] == "left out by --no-wildcard") is wildcard, row
        assert (row["outcome"] == "NOT_RUN") is wildcard or row["outcome"] == "UNSUPPORTED", row


def test_only_what_a_case_is_about_is_bound_to_a_wildcard(tmp_path: Path) -> None:
    """Senders have the address that they send to, and the lock of a block is on loopback."""
    calls = watched(tmp_path, *PART)
    starts = {start for group in Ports.here().groups for start in group}
    bound = [(address, port) for call, _, address, port, _ in calls if call == "socket.bind"]
    assert {port for address, port in bound if address in WILDCARDS and port in starts} == set()
    assert {address for address, port in bound if port in starts} == {lock_address()[1]}
    senders = [call for call in calls if call[0] == "socket.sendto" and not call[4]]
    assert [call for call in senders if not call[2].startswith("ff11:")] == []


def test_everything_goes_to_this_machine(tmp_path: Path) -> None:
    """Its own addresses, and groups that don't leave it; a connected UDP socket, by which a route is asked for, sends nothing."""
    own = {"127.0.0.1", "127.0.0.2", "::1", "::ffff:127.0.0.1"}
    for call, kind, address, port, _ in watched(tmp_path, *PART):
        if call == "socket.sendto":
            assert address in own or address.startswith(("239.255.77.", "ff11::4d:")), address
        if call == "socket.connect":
            assert address in own or (kind == socket.SOCK_DGRAM and port == 9), address


def test_a_block_is_held_by_one_lease_only() -> None:
    """The lock is a listening socket, so it holds between processes and accounts, and on loopback nobody else sees it."""
    lease = real_lease()
    port = lease.take(1)[0] - 1
    try:
        assert [lock.getsockname()[:2] for lock in lease.locks.values()] == [(lock_address()[1], port)]
        assert lock_of(port) is None
    finally:
        lease.release()
    again = lock_of(port)
    assert again is not None
    again.close()


def test_two_leases_never_share_a_block() -> None:
    """Whatever blocks they begin with, and until none is left."""
    ports = Ports.here()
    ports.groups = [[start for group in ports.groups for start in group][:3]]
    one, other = PortLease(ports), PortLease(ports)
    try:
        shared = set(one.take(BLOCK + 1)) & set(other.take(1))
        assert shared == set()
        with pytest.raises(ProbeError, match="2 are held by others"):
            other.take(BLOCK)
    finally:
        one.release()
        other.release()


LOCKED = """
import os, sys
sys.path.insert(0, %r)
from matrix.probe.ports import lock_address, lock_of
os.setgroups([]), os.setgid(65534), os.setuid(65534)
lock = lock_of(%d)
print("refused" if lock is None else "taken", lock_address()[1])
"""


@AS_ROOT
def test_another_accounts_probe_meets_the_lock() -> None:
    """One of an account without privileges, as beside one of root's."""
    lease = real_lease()
    port = lease.take(1)[0] - 1
    try:
        done = subprocess.run([sys.executable, "-I", "-c", LOCKED % (str(ROOT), port)], capture_output=True, text=True, check=True)
    finally:
        lease.release()
    assert done.stdout == f"refused {lock_address()[1]}\n"


IN_NETWORK = """
import json, subprocess, sys
sys.path.insert(0, %r)
subprocess.run("ip link set lo up && until ip -6 addr show dev lo | grep -q '::1'; do :; done && %s", shell=True, check=True)
from matrix.probe.errors import ProbeError
from matrix.probe.ports import PortLease, Ports, lock_address, lock_of
one, other = PortLease(Ports.here()), PortLease(Ports.here())
first, second = one.take(1)[0] - 1, other.take(1)[0] - 1
print(json.dumps([lock_address()[1], lock_of(first) is None, first != second]))
"""


@pytest.fixture
def own_network() -> Callable[[str], str]:
    """Runs code in a network of its own, after a command; skips where that can't be had."""

    def run(command: str) -> str:
        trial = subprocess.run(["unshare", "--net", "true"], capture_output=True, text=True, check=False)
        if trial.returncode:
            pytest.skip(f"no network of its own can be had here: {trial.stderr.strip()}")
        words = ["unshare", "--net", sys.executable, "-I", "-c", IN_NETWORK % (str(ROOT), command)]
        return subprocess.run(words, capture_output=True, text=True, check=True).stdout

    return run


@pytest.mark.skipif(not sys.platform.startswith("linux") or os.geteuid() != 0, reason="asks for a network of its own, as root on Linux")
@pytest.mark.parametrize(
    ("command", "address"), [("true", "127.0.0.1"), ("ip addr del 127.0.0.1/8 dev lo", "::1")], ids=["both families", "IPv6 alone"]
)
def test_the_lock_holds_where_there_is_ipv6_alone(own_network: Callable[[str], str], command: str, address: str) -> None:
    """It is on the loopback address that there is."""
    assert json.loads(own_network(command)) == [address, True, True]


@pytest.mark.long
def test_probes_beside_each_other_never_meet(tmp_path: Path, measured_part: Path) -> None:
    """Three at once observe what one alone does."""
    from tests.probe.started import Started

    only = ("--target", "this-machine", "--only", "tcp ipv4 bound ipv4 same")
    started = [Started(tmp_path / str(n), *only) for n in range(3)]
    assert [each.end()[0] for each in started] == [0, 0, 0]
    for n in range(3):
        assert different(tmp_path / str(n), measured_part) == []
