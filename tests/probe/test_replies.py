"""A helper's reply that doesn't come, or not whole, ends the run of our own account, and is never an answer."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from matrix.probe import link, run
from matrix.probe.attempts import Asker
from matrix.probe.cases import cases_of, specs_of
from matrix.probe.client import Client
from matrix.probe.controls import failed, run_controls
from matrix.probe.facts import option_rows
from matrix.probe.helper import COMMANDS
from matrix.probe.lateoption import LateOption
from matrix.probe.link import HelperLost, Link
from matrix.probe.outcomes import rows_of
from tests.conftest import ROOT
from tests.probe.fakes import AHelperInThisProcess, AHelperThatAlwaysSucceeds, real_lease

FOLDER = str(ROOT / "matrix")
SPOILED = str(Path(__file__).with_name("spoiled_helper.py"))
HOWS = ("silent", "ended", "half a line", "a line without its end", "no JSON", "a failure", "too few")
CASES = (
    "tcp ipv4 SO_REUSEADDR@wildcard bound ipv4 SO_REUSEADDR@wildcard same",
    "tcp ipv4 SO_REUSEPORT@wildcard listening ipv4 SO_REUSEPORT@wildcard same",
    "tcp ipv4 default@wildcard accepted ipv4 default@wildcard same",
    "udp ipv4 SO_REUSEADDR@wildcard bound ipv4 SO_REUSEADDR@wildcard same",
    "udp ipv4 default@wildcard bound ipv4 SO_REUSEADDR@wildcard same",
)
SPECS = specs_of("127.0.0.2")
ASKED = [case for case in cases_of(SPECS) if case.identity() in CASES]
# Commands whose reply is one thing and not a list of what was asked: nothing of it can be missing.
SINGLE = ("pid", "specs", "close", "end", "option", "together")
# Asked by `Accounts` alone, of a helper that is another account's: then only that account's cases are NOT_RUN.
ELSEWHERE = ("identity",)
# Asked of the first helper only; every other command is asked of the second as well, or only of it.
OF_THE_FIRST = ("listen", "errors", "after_close", "end", "late")


def a_spoiled_process(spoiled: str, how: str) -> subprocess.Popen[bytes]:
    """A real helper in a real process, but for the replies to one command."""
    words = [sys.executable, "-I", SPOILED, FOLDER, spoiled, how]
    return subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE)


def everything_that_is_asked(first: Any, second: Any) -> list[tuple[Any, ...]]:
    """Controls, cases of every kind, facts of options, late options: each command of a helper is used."""
    lease = real_lease()
    try:
        asker = Asker(first, second, lease, SPECS, Client("127.0.0.2"), {"ipv4": 0, "ipv6": None})
        run_controls(asker, "before")
        asker.refused_alone(first, "udp")
        tallies = asker.measure(ASKED, 1, lambda number: None)
        rows = [row for case in ASKED for row in rows_of(case, tallies[case])]
        rows += option_rows([("same", second)])
        return rows + [row for row in LateOption(asker, tallies, 1).rows() if row[10] != "NOT_RUN"]
    finally:
        lease.release()


@pytest.fixture
def one_link(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """Starts a spoiled helper, and ends it."""
    started: list[Link] = []

    def start(spoiled: str, how: str) -> Link:
        monkeypatch.setattr(link, "REPLY_TIMEOUT", 0.3 if how == "silent" else 30)
        started.append(Link("first" if spoiled in OF_THE_FIRST else "second", a_spoiled_process(spoiled, how)))
        return started[-1]

    yield start
    for each in started:
        each.kill()
        each.let_go()


def spoils(one_link: Any, spoiled: str, how: str) -> None:
    """The helper is lost, and nothing of what it wrote is taken."""
    bad, good = one_link(spoiled, how), AHelperInThisProcess()
    try:
        with pytest.raises(HelperLost):
            everything_that_is_asked(*((bad, good) if spoiled in OF_THE_FIRST else (good, bad)))
    finally:
        good.stop()


@pytest.mark.parametrize("how", HOWS)
def test_a_reply_that_is_not_whole_is_nobodys_answer(one_link: Any, how: str) -> None:
    """Whatever is wrong with it."""
    spoils(one_link, "open", how)


@pytest.mark.parametrize("spoiled", [name for name in COMMANDS if name not in ELSEWHERE])
def test_half_a_line_is_nobodys_answer(one_link: Any, spoiled: str) -> None:
    """Whatever was asked."""
    spoils(one_link, spoiled, "half a line")


@pytest.mark.long
@pytest.mark.parametrize("how", HOWS)
@pytest.mark.parametrize("spoiled", [name for name in COMMANDS if name not in ELSEWHERE])
def test_no_command_takes_a_reply_that_is_not_whole(one_link: Any, spoiled: str, how: str) -> None:
    """Every command, spoiled in every way."""
    if how == "too few" and spoiled in SINGLE:
        pytest.skip("its reply is one thing, of which nothing can be missing")
    spoils(one_link, spoiled, how)


def test_all_commands_are_asked_of_helpers_that_answer() -> None:
    """So that the test before this one spoils what is really used."""
    asked: set[str] = set()

    class AHelperThatKeepsAList(AHelperInThisProcess):
        """Notes what it is asked."""

        def send(self, *words: Any) -> None:
            asked.add(words[0])
            super().send(*words)

    first, second = AHelperThatKeepsAList("first"), AHelperThatKeepsAList("second")
    try:
        rows = everything_that_is_asked(first, second)
    finally:
        first.stop()
        second.stop()
    assert asked == set(COMMANDS) - set(ELSEWHERE)
    assert {row[9] for row in rows} > {"bind", "listen", "first-listen", "freed", "notice", "multicast-both", "available"}


SPOILED_RUN = """
import subprocess, sys
folder, script, how, output, only = sys.argv[1:]
sys.path.insert(0, folder)
from probe import link, run
from probe.command import main
link.REPLY_TIMEOUT = 1.0 if how == "silent" else 30

def started(role):
    words = [sys.executable, "-I", script, folder, "accepted" if role == "second" else "none", how]
    return link.Link(role, subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE))

run.Link = started
sys.exit(main(["--output", output, "--only", only]))
"""


@pytest.mark.parametrize("how", HOWS)
def test_a_run_with_a_spoiled_helper_has_status_1_and_no_footer(tmp_path: Path, how: str) -> None:
    """And a sentence that names the helper."""
    only = "tcp ipv4 SO_REUSEADDR@wildcard listening ipv4 default@specific same"
    words = [sys.executable, "-I", "-c", SPOILED_RUN, FOLDER, SPOILED, how, str(tmp_path / "run"), only]
    done = subprocess.run(words, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 1, done.stderr
    assert not (tmp_path / "run" / "host.json").exists()
    assert "a helper process (second)" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_harness_that_always_succeeds_is_found_out() -> None:
    """The controls fail, so that the run is void."""
    asker = Asker(AHelperThatAlwaysSucceeds(1), AHelperThatAlwaysSucceeds(2), real_lease(), specs_of("127.0.0.2"))
    try:
        wrong = failed(run_controls(asker, "before"))
    finally:
        asker.lease.release()
    assert any("tcp-same-port" in reason for reason in wrong)
    assert not any("three-processes" in reason for reason in wrong)


def test_helpers_that_are_one_process_are_found_out() -> None:
    """Two sockets of one process are another question."""
    asker = Asker(AHelperThatAlwaysSucceeds(1), AHelperThatAlwaysSucceeds(1), real_lease(), specs_of("127.0.0.2"))
    try:
        wrong = failed(run_controls(asker, "before"))
    finally:
        asker.lease.release()
    assert any("three-processes" in reason for reason in wrong)


def test_another_accounts_broken_helper_voids_its_own_cases_alone() -> None:
    """They are NOT_RUN with the controls that failed; ours stay as they were measured."""
    arguments = SimpleNamespace(only="tcp ipv4 default@wildcard bound ipv4 default@specific", repeat=2, no_wildcard=False)
    one = run.Run(arguments, run.Progress(None))
    one.choose()
    one.cases = [case for case in cases_of(one.specs, arguments.only) if case.account in ("same", "other")]
    one.links = {"first": Link("first"), "second": Link("second"), "other": AHelperThatAlwaysSucceeds(9)}
    one.accounts = SimpleNamespace(why_not=lambda account: "", reasons={}, helpers=one.links, close=lambda: None)
    one.multicast, one.lease = {"ipv4": (None, "none"), "ipv6": (None, "none")}, real_lease()
    try:
        one.measure_accounts(False)
    finally:
        one.lease.release()
        one.links["first"].stop()
        one.links["second"].stop()
    found = {(row[8], row[9]): (row[10], row[14]) for row in one.rows}
    assert found["same", "bind"][0] in ("SUCCESS", "INUSE")
    assert found["other", "bind"] == ("NOT_RUN", "controls failed: other-tcp-same-port, other-udp-same-port")
    assert ("other", "listen") not in found
    assert {control["when"] for control in one.controls} == {"before", "after"}
    assert not any(control["name"].startswith("other") for control in one.controls)
