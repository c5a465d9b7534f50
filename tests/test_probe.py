"""The probe, on this machine's real network stack."""

from types import ModuleType, SimpleNamespace
from typing import Any

import pytest

ONE = "tcp ipv4 default@wildcard listening ipv4 default@wildcard"


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


@pytest.mark.parametrize(
    ("error", "outcome"),
    [("", "SUCCESS"), ("EADDRINUSE", "INUSE"), ("WSAEADDRINUSE", "INUSE"), ("WSAEACCES", "ACCESS"), ("EACCES", "ACCESS"), ("WSAEINVAL", "EINVAL"), ("EPERM", "EPERM")],
)  # fmt: skip
def test_outcomes_keep_the_documents_terms(probe: ModuleType, error: str, outcome: str) -> None:
    """One word for one answer on every system."""
    assert probe.outcome_of(error) == outcome
