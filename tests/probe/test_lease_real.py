"""The lease on this machine's own ports, and whole runs where the system leaves none outside its range."""

import contextlib
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

from matrix.probe import ports
from matrix.probe.afterclose import AFTER_CLOSE, AfterClosePort, NotReached
from matrix.probe.cases import specs_of
from matrix.probe.ports import BLOCK, NoPortsLeft, PortLease, Ports
from tests.conftest import PROBE, run_probe
from tests.probe.port_ranges import block_of


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
    port = next(filter(is_free, real.take(BLOCK - 1)))  # a lease of another process may have left a TIME_WAIT
    with pytest.raises(NotReached) as refused:
        AfterClosePort(wire, port, state, range(65536))
    assert refused.value.args == ("bind", "EADDRINUSE")
    assert is_free_soon(port)
    reached = AfterClosePort(wire, port, state, [port])
    reached.end()


def is_free(port: int) -> bool:
    with contextlib.suppress(OSError), socket.socket() as made:
        made.bind(("127.0.0.1", port))
        return True
    return False


def is_free_soon(port: int) -> bool:
    """Within five seconds: a reset may take its time on a busy machine, and a TIME_WAIT lasts for a minute."""
    for _ in range(100):
        if is_free(port):
            return True
        time.sleep(0.05)
    return False


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
