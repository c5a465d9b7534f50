"""The probe, on this machine's real network stack."""

import hashlib
import json
import os
import random
import shutil
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest

from tests.conftest import PROBE, rows, run_probe

ONE = "tcp ipv4 default@wildcard listening ipv4 default@wildcard"


def test_a_run_is_whole(measured: Path) -> None:
    """host.json gives the number of rows and the hash of the CSV; the rows are sorted, and none stands twice."""
    facts = json.loads((measured / "host.json").read_text("utf-8"))
    data = (measured / "observations.csv").read_bytes()
    assert facts["rows"] == data.count(b"\n") - 1 > 1000
    assert facts["sha256"] == hashlib.sha256(data).hexdigest()
    keys = [tuple(row.values())[:10] for row in rows(measured)]
    assert keys == sorted(set(keys))
    assert all(control["expected"] == control["observed"] for control in facts["controls"])


def test_every_case_has_its_bind(measured: Path, probe: ModuleType) -> None:
    """The CSV holds each case of the host exactly once as `bind`."""
    listed = subprocess.run([sys.executable, "-I", str(PROBE), "--list"], capture_output=True, text=True, check=True).stdout.split("\n")[
        :-1
    ]
    bound = [probe.case_id(tuple(row.values())[:9]) for row in rows(measured) if row["measure"] == "bind"]
    assert sorted(bound) == sorted(listed)


def test_two_runs_are_identical(measured: Path, tmp_path: Path) -> None:
    """Nothing in the CSV is left to chance."""
    assert run_probe(tmp_path / "again", "--target", "this-machine").returncode == 0
    assert (tmp_path / "again" / "observations.csv").read_bytes() == (measured / "observations.csv").read_bytes()


def test_runs_at_the_same_time_under_load_are_identical(measured: Path, tmp_path: Path) -> None:
    """Two probes never meet on a port, and a busy machine changes no outcome."""
    loads = [subprocess.Popen([sys.executable, "-c", "import time\nend=time.time()+60\nwhile time.time()<end: pass"]) for _ in range(4)]
    try:
        words = [sys.executable, "-I", str(PROBE), "--target", "this-machine", "--output"]
        probes = [subprocess.Popen([*words, str(tmp_path / str(n))], stdout=subprocess.DEVNULL) for n in range(3)]
        assert [each.wait(240) for each in probes] == [0, 0, 0]
    finally:
        for load in loads:
            load.kill()
            load.wait()
    for n in range(3):
        assert (tmp_path / str(n) / "observations.csv").read_bytes() == (measured / "observations.csv").read_bytes()


def test_a_port_that_somebody_else_holds_is_never_believed(tmp_path: Path) -> None:
    """With thousands of ports in foreign hands the outcomes stay the same."""
    run_probe(tmp_path / "free", "--only", "tcp ipv4 bound ipv4")
    held = []
    for port in random.Random(1).sample(range(10000, 32000), 400):
        foreign = socket.socket()
        try:
            foreign.bind(("127.0.0.1", port))
            foreign.listen(1)
        except OSError:
            foreign.close()
            continue
        held.append(foreign)
    try:
        assert run_probe(tmp_path / "crowded", "--only", "tcp ipv4 bound ipv4").returncode == 0
    finally:
        for foreign in held:
            foreign.close()
    assert (tmp_path / "free" / "observations.csv").read_bytes() == (tmp_path / "crowded" / "observations.csv").read_bytes()


@pytest.mark.skipif(sys.platform == "win32", reason="sends Unix' signal to a whole group, as a terminal does")
def test_ctrl_c_is_told_once(tmp_path: Path) -> None:
    """All processes of a terminal get it; the asker speaks, the helpers go when their input closes."""
    words = [sys.executable, "-I", str(PROBE), "--output", str(tmp_path / "run"), "--repeat", "40"]
    started = subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True)
    time.sleep(3)
    os.killpg(started.pid, signal.SIGINT)
    said, trouble = started.communicate(timeout=60)
    assert (started.returncode, said, trouble) == (1, "", f"probe: interrupted; the run in {tmp_path / 'run'} is incomplete\n")


@pytest.mark.parametrize("seconds", [0.0, 0.15, 0.3, 0.5])
def test_a_killed_run_has_no_footer(tmp_path: Path, measured: Path, seconds: float) -> None:
    """Whenever it is cut off, and even over an older run: without host.json it is no run, and its helpers end."""
    shutil.copytree(measured, tmp_path / "run")
    started = subprocess.Popen([sys.executable, "-I", str(PROBE), "--output", str(tmp_path / "run"), "--repeat", "40"])
    deadline = time.time() + 30
    while (tmp_path / "run" / "host.json").exists() and time.time() < deadline:
        time.sleep(0.01)
    time.sleep(seconds)
    children = Path(f"/proc/{started.pid}/task/{started.pid}/children")
    helpers = children.read_text("ascii").split() if children.exists() else []
    started.kill()
    started.wait()
    assert not (tmp_path / "run" / "host.json").exists()
    deadline = time.time() + 10
    while any(Path(f"/proc/{helper}/cmdline").exists() for helper in helpers) and time.time() < deadline:
        time.sleep(0.05)
    assert not any(Path(f"/proc/{helper}/cmdline").exists() for helper in helpers)


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="finds the helpers by /proc")
def test_a_killed_helper_ends_the_run_with_a_reason(tmp_path: Path) -> None:
    """No half-measured run is passed off as a whole one."""
    words = [sys.executable, "-I", str(PROBE), "--output", str(tmp_path), "--repeat", "40"]
    started = subprocess.Popen(words, stderr=subprocess.PIPE, text=True)
    deadline = time.time() + 30
    helpers: list[str] = []
    while len(helpers) < 2 and time.time() < deadline:
        helpers = Path(f"/proc/{started.pid}/task/{started.pid}/children").read_text("ascii").split()
    time.sleep(0.3)
    os.kill(int(helpers[1]), signal.SIGKILL)
    _, told = started.communicate(timeout=60)
    assert started.returncode == 1
    assert "helper process" in told
    assert not (tmp_path / "host.json").exists()


def test_a_full_disk_is_told_and_leaves_no_footer(tmp_path: Path, probe: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    """The error names the file and what to do; no part of it stays behind."""

    def no_space(descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(probe.os, "fsync", no_space)
    with pytest.raises(probe.ProbeError, match=r"cannot write .*observations\.csv: No space left.*--output"):
        probe.Output(str(tmp_path)).begin()
    assert list(tmp_path.iterdir()) == []


def test_an_output_that_cannot_be_a_folder_is_told(tmp_path: Path) -> None:
    """A file in the way."""
    (tmp_path / "file").write_bytes(b"")
    done = run_probe(tmp_path / "file")
    assert (done.returncode, "cannot use the folder" in done.stderr) == (1, True)


@pytest.mark.parametrize(
    ("words", "status", "told"),
    [
        (["--repeat", "0"], 2, "not a number from 1 to 99"),
        (["--target", "../x"], 2, "use a-z"),
        (["--stated", "x"], 2, "NAME=VALUE"),
        (["--only", "no such case"], 1, "--list shows them all"),
    ],
    ids=lambda value: str(value),
)
def test_wrong_usage_is_told(tmp_path: Path, words: list[str], status: int, told: str) -> None:
    """What is wrong, and what would be right."""
    done = run_probe(tmp_path / "x", *words)
    assert done.returncode == status
    assert told in done.stderr


def test_only_measures_what_it_names_and_says_so(tmp_path: Path) -> None:
    """A part of the cases is a part in host.json as well."""
    assert run_probe(tmp_path, "--only", ONE + " same", "--repeat", "5").returncode == 0
    found = [(row["outcome"], row["error"].removeprefix("WSA"), row["agreed"], row["attempts"]) for row in rows(tmp_path)]
    assert found == [("INUSE", "EADDRINUSE", "5", "5")]
    assert json.loads((tmp_path / "host.json").read_text("utf-8"))["selection"] == ONE + " same"


def test_a_run_can_be_published_as_it_is(measured: Path) -> None:
    """No host name, user, home folder or outside address in either file."""
    text = (measured / "host.json").read_text("utf-8") + (measured / "observations.csv").read_text("utf-8")
    secrets = {str(Path.home()), str(measured.parent), str(Path(sys.executable).parent)}
    written = {form for secret in secrets if len(secret) > 1 for form in (secret, json.dumps(secret)[1:-1])}
    assert not [secret for secret in written if secret in text]
    assert f'"{socket.gethostname()}"' not in text


@pytest.mark.skipif(sys.platform == "win32" or os.geteuid() != 0, reason="is no root anyway")
def test_no_root_is_needed(tmp_path: Path) -> None:
    """An unprivileged account gets the same rows."""
    free, theirs = tmp_path / "root", Path("/tmp") / f"bind-matrix-test-{os.getpid()}"
    theirs.mkdir(mode=0o777)
    theirs.chmod(0o777)
    python = "/usr/bin/python3"
    try:
        copy = theirs / "probe.py"
        shutil.copy(PROBE, copy)
        done = subprocess.run([python, "-I", str(copy), "--output", str(theirs / "run"), "--only", "tcp ipv4 bound ipv4 same"],
                              user=65534, group=65534, extra_groups=[], capture_output=True, text=True, check=False)  # fmt: skip
        assert done.returncode == 0, done.stderr
        assert json.loads((theirs / "run" / "host.json").read_text("utf-8"))["account"] == "standard"
        run_probe(free, "--only", "tcp ipv4 bound ipv4 same")
        assert (theirs / "run" / "observations.csv").read_bytes() == (free / "observations.csv").read_bytes()
    finally:
        shutil.rmtree(theirs)


def test_helpers_can_be_started_by_an_old_python_on_windows(probe: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    """CPython 3.4 to 3.6 raise ValueError there when close_fds is asked for beside pipes; left alone, it is right everywhere."""
    asked: list[dict[str, Any]] = []
    monkeypatch.setattr(probe.subprocess, "Popen", lambda words, **options: asked.append(options))
    probe.HelperProcess("first")
    assert asked == [{"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}]


class AHelperThatAlwaysSucceeds:
    """Says yes to every question, like a harness that opens no socket at all."""

    def __init__(self, pid: int) -> None:
        self.pid = pid
        self.reply: Any = None

    def ask(self, *words: Any) -> Any:
        self.send(*words)
        return self.reply

    def send(self, *words: Any) -> None:
        command = words[0]
        self.reply = {"who": self.pid, "specs": 0, "close": 0, "option": [0, ""]}.get(command)
        if command in ("open", "alone"):
            self.reply = [0] * (len(words[2]) // 3)
        if command == "listen":
            self.reply = [""] * len(words[1])

    def receive(self) -> Any:
        return self.reply


class AHelperThatAnswersByTurns(AHelperThatAlwaysSucceeds):
    """Refuses every second bind, and never one alone."""

    turn = 0

    def send(self, *words: Any) -> None:
        super().send(*words)
        if words[0] == "open":
            self.turn += 1
            self.reply = [0 if self.turn % 2 else ["bind", "EADDRINUSE"] for _ in self.reply]


class AHelperWhosePortsAreAlwaysTaken(AHelperThatAlwaysSucceeds):
    """Is refused always, and alone as well."""

    def send(self, *words: Any) -> None:
        super().send(*words)
        if words[0] in ("open", "alone"):
            self.reply = [["bind", "EADDRINUSE"] for _ in self.reply]


class ALeaseOfAnyPorts:
    """Hands out numbers."""

    def take(self, number: int) -> list[int]:
        return list(range(number))

    def forget(self) -> None:
        """Holds none."""


def measurement(probe: ModuleType, second: Any) -> Any:
    return probe.Measurement(AHelperThatAlwaysSucceeds(1), second, ALeaseOfAnyPorts(), probe.specs_of("127.0.0.2"))


def test_a_harness_that_always_succeeds_is_found_out(probe: ModuleType) -> None:
    """The controls fail, so the run is void."""
    failed = probe.failed(probe.run_controls(measurement(probe, AHelperThatAlwaysSucceeds(2)), "before"))
    assert any("tcp-same-port" in reason for reason in failed)


def test_helpers_that_are_one_process_are_found_out(probe: ModuleType) -> None:
    """Two sockets of one process are another question."""
    failed = probe.failed(probe.run_controls(measurement(probe, AHelperThatAlwaysSucceeds(1)), "before"))
    assert any("three-processes" in reason for reason in failed)


def test_another_accounts_broken_helper_voids_its_own_cases_alone(probe: ModuleType) -> None:
    """They are NOT_RUN with the controls that failed; ours stay as they were measured."""
    ours = [probe.HelperProcess(which) for which in ("first", "second")]
    accounts = SimpleNamespace(
        helpers={"first": ours[0], "second": ours[1], "another": AHelperThatAlwaysSucceeds(9)}, why_not=lambda account: ""
    )
    specs = probe.specs_of("127.0.0.2")
    cases = [
        case for case in probe.cases_of(specs, "tcp ipv4 default@wildcard bound ipv4 default@specific") if case.account in ("same", "other")
    ]
    lease = probe.PortLease(probe.Ports(*probe.declared_ranges(), None).blocks())
    run = probe.RunOfCases(cases, 2, lease, specs, None, ours, accounts)
    try:
        run.measure(whole=False)
    finally:
        lease.release()
        for helper in ours:
            helper.stop()
    told = {(row[8], row[9]): (row[10], row[14]) for row in run.rows}
    assert told["same", "bind"][0] in ("SUCCESS", "INUSE")
    assert told["other", "bind"] == ("NOT_RUN", "controls failed: other-tcp-same-port, other-udp-same-port")
    assert ("other", "listen") not in told
    assert {control["when"] for control in run.controls} == {"before", "after"}
    assert not any(control["name"].startswith("other") for control in run.controls)


def test_answers_that_disagree_are_unstable(probe: ModuleType) -> None:
    """Never the last one, never the most frequent one: UNSTABLE, with the counts."""
    fake = measurement(probe, AHelperThatAnswersByTurns(2))
    case = probe.cases_of(fake.specs, ONE)[:1]
    tally = fake.measure(case, 3, lambda step: None)[case[0]]
    assert probe.rows_of(case[0], tally)[0][9:] == ("bind", "UNSTABLE", "", 0, 3, "INUSE 1, SUCCESS 2")


def test_a_case_without_a_free_port_is_not_run(probe: ModuleType) -> None:
    """A refusal that the second socket meets even alone is nobody's answer."""
    fake = measurement(probe, AHelperWhosePortsAreAlwaysTaken(2))
    case = probe.cases_of(fake.specs, ONE)[:1]
    tally = fake.measure(case, 3, lambda step: None)[case[0]]
    (row,) = probe.rows_of(case[0], tally)
    assert row[9:14] == ("bind", "NOT_RUN", "", 0, 0)
    assert "held by somebody else" in row[14]


@pytest.mark.parametrize(
    ("pattern", "matches"),
    [
        ("tcp ipv4 default@wildcard SO_REUSEADDR@specific", True),
        ("SO_REUSEADDR@* same", True),
        ("udp", False),
        ("SO_REUSEADDR@specific default@wildcard", False),
        ("", True),
    ],
)
def test_patterns_name_words_in_order(probe: ModuleType, pattern: str, matches: bool) -> None:
    """A case is found by the words that matter."""
    assert probe.case_matches("tcp ipv4 default@wildcard bound ipv4 SO_REUSEADDR@specific same", pattern) is matches


@pytest.mark.parametrize(
    ("function", "text", "found"),
    [
        ("parse_netsh_dynamic", "\nProtocol tcp Dynamic Port Range\n----\nStart Port      : 49152\nNumber of Ports : 16384\n", [[49152, 65535]]),
        ("parse_netsh_dynamic", "\nProtokoll tcp – Dynamischer Portbereich\n----\nStartport : 1024\nAnzahl von Ports : 64511\n", [[1024, 65534]]),
        ("parse_netsh_dynamic", "The following command was not found: int ipv4 show.", []),
        ("parse_netsh_excluded", "Start Port    End Port\n----------    --------\n     50000       50059     *\n      5357        5357\n\n* - Administered", [[50000, 50059], [5357, 5357]]),
        ("parse_pairs", "32768\t60999\n", [[32768, 60999]]),
        ("parse_pairs", "10000\n65535\n49152\n65535\n", [[10000, 65535], [49152, 65535]]),
        ("parse_pairs", "", []),
        ("parse_reserved", "8080,9000-9010\n", [[8080, 8080], [9000, 9010]]),
        ("parse_reserved", "\n", []),
    ],
)  # fmt: skip
def test_port_ranges_are_read_from_what_systems_print(probe: ModuleType, function: str, text: str, found: list[list[int]]) -> None:
    """In any language, and nothing from nothing."""
    assert getattr(probe, function)(text) == found


@pytest.mark.parametrize(
    ("release", "version", "cpuinfo", "log", "uname", "system"),
    [
        ("6.18.44", "Linux version 6.18.44", "vendor_id: GenuineIntel", "Linux version", "#1 SMP", "linux"),
        ("4.4.0", "Linux version 4.4.0", "", "Starting gVisor...", "#1 SMP", "gvisor"),
        ("6.1.176", "Linux version", "vendor_id\t: User Mode Linux", "", "#1", "user-mode-linux"),
        ("5.15.167.4-microsoft-standard-WSL2", "Linux", "", "", "#1", "wsl2"),
        ("4.4.0-19041-Microsoft", "Linux", "", "", "#1", "wsl1"),
        ("2.6.32", "Linux", "", "", "BrandZ virtual linux", "illumos-lx"),
    ],
    ids=lambda value: str(value)[:12],
)
def test_what_answers_like_linux_is_named_for_what_it_is(
    probe: ModuleType, release: str, version: str, cpuinfo: str, log: str, uname: str, system: str
) -> None:
    """Names are true."""
    assert probe.name_linux(release, version, cpuinfo, log, uname)[0] == system


@pytest.mark.parametrize(
    ("wine", "product", "system"),
    [("8.0", "Microsoft Windows 7", "wine"), ("", "ReactOS", "reactos"), ("", "Windows Server 2025 Datacenter", "windows")],
)
def test_what_answers_like_windows_is_named_for_what_it_is(probe: ModuleType, wine: str, product: str, system: str) -> None:
    """Wine is never Windows."""
    assert probe.name_windows(wine, product, "6.1.7601")[0] == system


def test_blocks_of_ports_avoid_the_systems_own(probe: ModuleType) -> None:
    """No block touches an ephemeral or excluded range; unknown ranges are drawn, with a margin."""
    ports = probe.Ports([[32768, 60999]], [[20000, 20100]], None)
    for start in ports.blocks():
        assert start + probe.BLOCK <= 32768 or start > 60999
        assert not start <= 20100 < start + probe.BLOCK
        assert start >= 1025
    drawn = probe.Ports([], [], [32900, 60900])
    assert drawn.told_by == "draws"
    assert all(start + probe.BLOCK <= 30900 or start > 65000 for start in drawn.blocks())


def test_a_block_is_held_by_one_lease_only(probe: ModuleType, block: int) -> None:
    """The lock is a listening socket, so it holds between processes and accounts."""
    first, second = probe.PortLease([block]), probe.PortLease([block])
    try:
        assert first.take(3) == [block + 1, block + 2, block + 3]
        with pytest.raises(probe.ProbeError, match="no block"):
            second.take(1)
    finally:
        first.release()
    assert second.take(1) == [block + 1]
    second.release()


def test_ports_of_a_batch_stay_ours_when_it_begins_another_block(probe: ModuleType) -> None:
    """A batch may lie in several blocks: they are given up when it is over, all but the one in use."""
    lease = probe.PortLease(probe.Ports(*probe.declared_ranges(), None).blocks())
    try:
        before = lease.take(probe.BLOCK - 11)[0] - 1
        assert len({port // probe.BLOCK for port in (port - 1025 for port in lease.take(20))}) == 2
        assert probe.PortLease.locked(before) is None
        lease.forget()
        again = probe.PortLease.locked(before)
        assert again is not None
        again.close()
    finally:
        lease.release()


@pytest.mark.parametrize(
    ("error", "outcome"),
    [("", "SUCCESS"), ("EADDRINUSE", "INUSE"), ("WSAEADDRINUSE", "INUSE"), ("WSAEACCES", "ACCESS"), ("EACCES", "ACCESS"), ("WSAEINVAL", "EINVAL"), ("EPERM", "EPERM")],
)  # fmt: skip
def test_outcomes_keep_the_documents_terms(probe: ModuleType, error: str, outcome: str) -> None:
    """One word for one answer on every system."""
    assert probe.outcome_of(error) == outcome


def test_a_reader_that_has_seen_enough_of_the_list_is_no_error() -> None:
    """As in `--list | head`: nothing on the error stream."""
    words = [sys.executable, "-I", str(PROBE), "--list"]
    with subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as started:
        assert started.stdout is not None
        assert started.stderr is not None
        assert started.stdout.readline() == "tcp ipv4 default@wildcard bound ipv4 default@wildcard same\n"
        started.stdout.close()
        assert started.stderr.read() == ""
    assert started.returncode == 0
