"""Two accounts: had for real where this machine allows it, never believed without a look, and left without a trace."""

import getpass
import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from matrix.data.host import Reader, account_facts
from matrix.data.strict import Faults
from matrix.probe import accounts, link, product
from matrix.probe.accounts import common, windows
from matrix.probe.vocabulary import MAX_REASON
from tests.conftest import rows

as_root = pytest.mark.skipif(sys.platform == "win32" or os.geteuid() != 0, reason="takes root to become another account")
OTHER_PAIRS = ("other", "other-first", "others")
FIRST, SECOND = {"ids": [0, 0], "problem": ""}, {"ids": [65534, 65534], "problem": ""}


# --- measured for real


def run_as_nobody(folder: Path, path: str) -> Path:
    """A run of the probe by an unprivileged account with this PATH, in a folder that pytest keeps to itself otherwise."""
    assert sys.platform != "win32"
    import pwd

    nobody = pwd.getpwnam("nobody")
    copy = folder / "probe.pyz"
    copy.write_bytes(product.archive())
    folder.chmod(0o777)
    for parent in folder.parents:
        if parent.stat().st_uid == os.geteuid() and str(parent).startswith("/tmp/"):
            parent.chmod(parent.stat().st_mode | 0o055)
    words = ["/usr/bin/python3", "-I", str(copy), "--output", str(folder / "run"), "--only", "udp ipv4 bound ipv4"]
    done = subprocess.run(
        words, user=nobody.pw_uid, group=nobody.pw_gid, extra_groups=[], env={"PATH": path}, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return folder / "run"


def folders_in_tmp() -> set[Path]:
    return set(Path("/tmp").glob("bind-matrix-????????????????"))


@as_root
@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="what Linux does")
def test_linux_asks_whose_a_socket_is_for_so_reuseport_and_for_nothing_else(measured: Path) -> None:
    """SO_REUSEPORT is refused across accounts, in every direction; SO_REUSEADDR shares a UDP port with anybody."""
    binds = {tuple(list(row.values())[:9]): row["outcome"] for row in rows(measured) if row["measure"] == "bind"}
    for protocol, option, same, different in (("udp", "SO_REUSEPORT", "SUCCESS", "INUSE"), ("udp", "SO_REUSEADDR", "SUCCESS", "SUCCESS"),
                                              ("tcp", "SO_REUSEPORT", "SUCCESS", "INUSE")):  # fmt: skip
        case = (protocol, "ipv4", option, "specific", "bound", "ipv4", option, "specific")
        assert binds[*case, "same"] == same
        assert [binds[*case, account] for account in OTHER_PAIRS] == [different] * 3


@as_root
def test_an_unprivileged_run_without_sudo_is_complete_and_says_why(tmp_path: Path) -> None:
    """Every row is there; those of other accounts say why they were not measured, and the copy for them is removed."""
    before = folders_in_tmp()
    run = run_as_nobody(tmp_path, "/nowhere")
    reasons = {row["detail"] for row in rows(run) if row["account"] != "same"}
    assert reasons == {"we are not root, and `sudo -n` lets us run no Python as another account"}
    assert {row["outcome"] for row in rows(run) if row["account"] == "same"} > {"SUCCESS", "INUSE"}
    facts = json.loads((run / "host.json").read_text("utf-8"))["accounts"]
    assert facts["own"] == {"role": "standard", "elevated": None, "method": "", "reason": ""}
    assert facts["other"] == facts["third"] == {"role": "", "elevated": None, "method": "", "reason": reasons.pop()}
    assert folders_in_tmp() <= before


@as_root
def test_a_sudo_that_changes_nothing_is_found_out(tmp_path: Path) -> None:
    """The helper says which account it has, and the same account twice is not two accounts."""
    before = folders_in_tmp()
    (tmp_path / "sudo").write_text('#!/bin/sh\nshift 3\nexec "$@"\n', "utf-8")
    (tmp_path / "sudo").chmod(0o755)
    run = run_as_nobody(tmp_path, f"{tmp_path}:/usr/bin:/bin")
    reasons = {row["detail"] for row in rows(run) if row["account"] != "same"}
    assert reasons == {"the system started the helper, and it is the same account as ours"}
    facts = json.loads((run / "host.json").read_text("utf-8"))["accounts"]
    assert (facts["other"]["method"], facts["other"]["role"]) == ("sudo", "standard")
    assert folders_in_tmp() <= before


def test_nothing_tells_anybodys_name(measured: Path) -> None:
    """Roles and reasons only: no account's name or number in any file of a run."""
    text = "".join((measured / name).read_text("utf-8") for name in ("host.json", "observations.csv", "counts.csv"))
    facts = json.loads((measured / "host.json").read_text("utf-8"))["accounts"]
    assert windows.ACCOUNT_PREFIX not in text
    assert set(facts) == {"own", "other", "third"}
    assert all(set(each) == {"role", "elevated", "method", "reason"} for each in facts.values())
    for name in ("nobody", "daemon", getpass.getuser()):
        assert f'"{name}"' not in text
        assert f",{name}," not in text


# --- the helpers


@pytest.mark.parametrize(
    ("first", "second", "reason"),
    [
        (FIRST, SECOND, ""),
        (FIRST, FIRST, "the same account"),
        ({"ids": [1000, 0], "problem": ""}, {"ids": [1000, 1000], "problem": ""}, "the same account"),
        ({"ids": ["S-1-5-21-1"], "problem": ""}, {"ids": ["S-1-5-21-2"], "problem": ""}, ""),
        (FIRST, {"ids": [0, 0], "problem": "could not give up root"}, "could not give up root"),
    ],
)
def test_two_accounts_are_two_only_by_what_each_says_of_itself(first: dict[str, Any], second: dict[str, Any], reason: str) -> None:
    """Real and effective ids, or SIDs: any in common, and they are one."""
    found = accounts.why_not_two_accounts(first, second)
    assert reason in found
    assert bool(found) is bool(reason)


@pytest.mark.parametrize(
    ("broken", "error", "reason"),
    [
        ("account", common.NotAvailable("OpenProcessToken failed: error 5"), "its account can't be found out: OpenProcessToken failed: error 5"),
        ("account", OSError(13, "C:\\Users\\me"), "its account can't be found out: EACCES"),
        ("socket", OSError(13, "no"), "it can make no socket: EACCES"),
    ],
)  # fmt: skip
def test_a_helper_that_cannot_tell_or_measure_says_so(monkeypatch: pytest.MonkeyPatch, broken: str, error: Exception, reason: str) -> None:
    """It answers all the same, and its cases are not run; its controls would void the whole run."""

    def refused(*words: object) -> None:
        raise error

    where, name = (accounts, "role") if broken == "account" else (socket, "socket")
    monkeypatch.setattr(where, name, refused)
    identity = accounts.own_identity()
    assert set(identity) == {"ids", "role", "elevated", "problem"}
    assert identity["problem"] == reason
    assert accounts.why_not_two_accounts({"ids": ["x"], "problem": ""}, identity) == reason


class AHelperThatSaysWhichAccountItHas:
    """As far as Accounts needs one of our own."""

    stopped = 0

    def ask(self, *words: str) -> dict[str, Any]:
        return {"ids": [1], "role": "standard", "elevated": None, "problem": ""}

    def stop(self) -> None:
        self.stopped += 1


class ASystemOfManyWays:
    """Starts what it is given, one after the other: each a program of Python, or None for a real helper."""

    def __init__(self, *programs: str | None) -> None:
        self.programs, self.method, self.closed = programs, "", 0
        self.stale_accounts: dict[str, int] = {}
        self.started: list[subprocess.Popen[bytes]] = []

    def processes(self, turn: int) -> Iterator[subprocess.Popen[bytes]]:
        for number, program in enumerate(self.programs):
            self.method = f"way {number}"
            words = link.own_command("--helper") if program is None else [sys.executable, "-I", "-c", program]
            self.started.append(link.start_process(words))
            yield self.started[-1]

    def close(self) -> None:
        self.closed += 1


def accounts_on(monkeypatch: pytest.MonkeyPatch, system: Any) -> Any:
    """Accounts of a system that is given, whatever this one is."""
    monkeypatch.setattr(accounts, "accounts_here", lambda: system)
    return accounts.Accounts(AHelperThatSaysWhichAccountItHas(), AHelperThatSaysWhichAccountItHas())


def test_when_a_helper_dies_at_once_the_next_way_is_tried(monkeypatch: pytest.MonkeyPatch) -> None:
    """Windows says that a process was started before it is known whether it could be: the first that answers is taken."""
    system = ASystemOfManyWays("raise SystemExit(7)", None, None)
    had = accounts_on(monkeypatch, system)
    had.begin()
    try:
        assert had.methods == {"other": "way 1", "third": "way 1"}
        assert had.reasons == {}
        assert len(system.started) == 4
        assert {name: facts["method"] for name, facts in had.facts().items()} == {"own": "", "other": "way 1", "third": "way 1"}
    finally:
        had.close()
    assert all(process.wait(10) in (0, 7) for process in system.started)


def test_when_every_helper_dies_each_way_says_how(monkeypatch: pytest.MonkeyPatch) -> None:
    """With its exit status, in no more words than a run may hold."""
    had = accounts_on(monkeypatch, ASystemOfManyWays("raise SystemExit(7)", "raise SystemExit(8)"))
    had.begin()
    had.close()
    reason = "way 0: the helper ended with status 7; way 1: the helper ended with status 8"
    assert had.reasons == {"other": reason, "third": reason}
    assert [had.why_not(pair) for pair in OTHER_PAIRS] == [reason] * 3
    assert had.why_not("same") == ""
    assert [had.facts()[name]["reason"] for name in ("own", "other", "third")] == ["", reason, reason]
    longest = "; ".join(f"{way}: the helper ended with status 0xC0000142" for way in windows.start_methods(1))
    assert len(longest) <= MAX_REASON
    faults = Faults("host.json")
    facts = {"role": "", "method": "", "elevated": None, "reason": "x" * MAX_REASON}
    assert account_facts(Reader(facts, faults)).reason
    assert not faults.all()


class ASystemThatTalksTooMuch(ASystemOfManyWays):
    """Starts nothing, for a reason of 300 characters."""

    def processes(self, turn: int) -> Iterator[subprocess.Popen[bytes]]:
        raise common.NotAvailable("x" * 300)


def test_a_reason_is_cut_where_a_run_takes_no_more(monkeypatch: pytest.MonkeyPatch) -> None:
    """However many ways there were."""
    had = accounts_on(monkeypatch, ASystemThatTalksTooMuch())
    had.begin()
    had.close()
    assert had.reasons == {"other": "x" * MAX_REASON, "third": "x" * MAX_REASON}


def test_a_helper_that_never_answers_is_ended_and_the_next_way_tried(monkeypatch: pytest.MonkeyPatch) -> None:
    """A window that says why it can't start would otherwise hold up the run for ever."""
    monkeypatch.setattr(accounts, "MAX_START", 0.5)
    monkeypatch.setattr(accounts, "MAX_END", 0.2)
    silent = "import time; time.sleep(60)"
    system = ASystemOfManyWays(silent, silent)
    had = accounts_on(monkeypatch, system)
    began = time.monotonic()
    had.begin()
    had.close()
    assert time.monotonic() - began < 30
    assert had.reasons["other"] == "; ".join(f"way {n}: a helper process (other) did not answer within 0.5 seconds" for n in (0, 1))
    assert all(process.poll() is not None for process in system.started)


class AHelperThatCannotBeStopped(AHelperThatSaysWhichAccountItHas):
    """Where stopping it raises what it was made with, each time."""

    def __init__(self, error: BaseException) -> None:
        self.error = error

    def stop(self) -> None:
        super().stop()
        raise self.error


@pytest.mark.parametrize("error", [OSError(5, "no"), KeyboardInterrupt()])
def test_what_fails_on_the_way_out_keeps_nothing_else_from_being_removed(monkeypatch: pytest.MonkeyPatch, error: BaseException) -> None:
    """Ctrl-C as little as an error: the rest is done first, and then it is raised. A second close does nothing."""
    system = ASystemOfManyWays()
    had = accounts_on(monkeypatch, system)
    first, second = AHelperThatCannotBeStopped(error), AHelperThatCannotBeStopped(OSError(6, "never seen"))
    had.helpers.update({"first": first, "second": second})
    had.begin()
    with pytest.raises(type(error)) as raised:
        had.close()
    assert raised.value is error
    had.close()
    assert (first.stopped, second.stopped, system.closed) == (1, 1, 2)


def test_what_was_never_begun_can_be_closed(monkeypatch: pytest.MonkeyPatch) -> None:
    """Only our own helpers are there to be stopped."""
    had = accounts_on(monkeypatch, ASystemOfManyWays())
    helpers = list(had.helpers.values())
    had.close()
    assert [helper.stopped for helper in helpers] == [1, 1]
