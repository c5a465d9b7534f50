"""Other accounts on Unix: root is given up for good, and a Python is found that another account can run."""

import json
import os
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from matrix.probe.accounts import common, unix

ROOT = Path(__file__).parent.parent
as_root = pytest.mark.skipif(sys.platform == "win32" or os.geteuid() != 0, reason="takes root to become another account")
on_unix = pytest.mark.skipif(sys.platform == "win32", reason="how Unix does it")


# --- giving up root

CHILD = """
import json, os, sys
from matrix.probe.accounts.unix import become
problem = become(sys.argv[1])
try:
    os.setuid(0)
    back = True
except PermissionError:
    back = False
print(json.dumps([problem, os.getresuid(), os.getresgid(), os.getgroups(), back]))
"""


@as_root
@pytest.mark.skipif(not hasattr(os, "getresuid"), reason="macOS tells no saved ids")
def test_who_gives_up_root_keeps_no_group_and_no_way_back() -> None:
    """Real, effective and saved ids are the other account's, and the groups of the asker are gone, however many it had."""
    done = subprocess.run(
        [sys.executable, "-c", CHILD, "65534:65533"], cwd=ROOT, extra_groups=[1, 4, 27], capture_output=True, text=True, check=True
    )
    problem, users, groups, more_groups, back = json.loads(done.stdout)
    assert (problem, back) == ("", False)
    assert (users, groups) == ([65534] * 3, [65533] * 3)
    assert set(more_groups) <= {65533}


class ARootThatCanGiveUpEverything:
    """The calls of `os` that giving up root takes, in memory: nothing of this process changes."""

    def __init__(self) -> None:
        self.calls: list[str] = []
        self.user = self.effective_user = self.group = self.effective_group = 0
        self.groups = [0, 4, 27]

    def setgroups(self, groups: list[int]) -> None:
        self.calls.append("setgroups")
        self.groups = groups

    def setgid(self, group: int) -> None:
        self.calls.append("setgid")
        self.group = self.effective_group = group

    def setuid(self, user: int) -> None:
        self.calls.append("setuid")
        self.user = self.effective_user = user

    def getuid(self) -> int:
        return self.user

    def geteuid(self) -> int:
        return self.effective_user

    def getgid(self) -> int:
        return self.group

    def getegid(self) -> int:
        return self.effective_group

    def getgroups(self) -> list[int]:
        return self.groups


def test_root_is_given_up_groups_first(monkeypatch: pytest.MonkeyPatch) -> None:
    """Once the user is another, the groups can't be given up any more."""
    system = ARootThatCanGiveUpEverything()
    monkeypatch.setattr(unix, "os", system)
    assert unix.become("7:8") == ""
    assert system.calls == ["setgroups", "setgid", "setuid"]
    assert (system.user, system.group, system.groups) == (7, 8, [])


@pytest.mark.parametrize(
    ("kept", "value"), [("getuid", 0), ("geteuid", 0), ("getgid", 0), ("getegid", 0), ("getgroups", [0, 4]), ("getgroups", [4, 8])]
)
def test_a_system_that_says_yes_and_changes_nothing_is_found_out(monkeypatch: pytest.MonkeyPatch, kept: str, value: Any) -> None:
    """Every id is looked at after the calls: one that is still root's, and nothing is measured."""
    system = ARootThatCanGiveUpEverything()
    monkeypatch.setattr(system, kept, lambda: value)
    monkeypatch.setattr(unix, "os", system)
    assert unix.become("7:8") == "the helper gave up root, and still has ids of it"


@pytest.mark.parametrize(
    ("call", "error", "name"),
    [("setgroups", PermissionError(1, "no"), "EPERM"), ("setgid", PermissionError(1, "no"), "EPERM"),
     ("setuid", OSError(11, "no"), "EAGAIN"), ("setuid", OverflowError("no"), "OverflowError")],
)  # fmt: skip
def test_who_cannot_give_up_root_says_so(monkeypatch: pytest.MonkeyPatch, call: str, error: Exception, name: str) -> None:
    """By the error's name, whichever call refused."""
    system = ARootThatCanGiveUpEverything()

    def refused(*words: object) -> None:
        raise error

    monkeypatch.setattr(system, call, refused)
    monkeypatch.setattr(unix, "os", system)
    assert unix.become("7:8") == f"the helper could not give up root: {name}"


# --- which accounts, and which Python


def test_unprivileged_accounts_are_neither_roots_nor_ours_nor_twice_the_same() -> None:
    """Two names with one number are one account."""
    numbers = {"nobody": 65534, "daemon": 1, "bin": 1, "games": 5}
    found = unix.unprivileged_accounts(lambda name: SimpleNamespace(pw_uid=numbers[name], pw_gid=7), 5)
    assert found == [("nobody", 65534, 7), ("daemon", 1, 7)]


def test_a_python_that_others_can_run_is_looked_for_in_the_usual_places(monkeypatch: pytest.MonkeyPatch) -> None:
    """Ours first, then the file that it is a link to, which may lie where others can go; each is tried once."""
    monkeypatch.setattr(sys, "executable", "/home/me/venv/bin/python")
    monkeypatch.setattr(os.path, "realpath", lambda path: "/opt/python/bin/python3.13")
    found = unix.interpreters()
    assert found[:2] == ["/home/me/venv/bin/python", "/opt/python/bin/python3.13"]
    assert {"/opt/homebrew/bin/python3", "/opt/local/bin/python3", "/usr/local/bin/python3", "/usr/pkg/bin/python3"} < set(found)
    assert len(found) == len(set(found))


@on_unix
def test_the_python_for_sudo_is_one_that_names_the_probes_version(monkeypatch: pytest.MonkeyPatch) -> None:
    """The first that ends well with --version is taken; one that is not there or fails is passed over."""
    started: list[list[str]] = []

    def call(words: list[str], **options: object) -> int:
        started.append(words)
        if words[4] == "/first":
            raise FileNotFoundError(2, "no sudo")
        return 1 if words[4] == "/second" else 0

    monkeypatch.setattr(unix, "interpreters", lambda: ["/first", "/second", "/third", "/fourth"])
    monkeypatch.setattr(subprocess, "call", call)
    system = unix.UnixAccounts()
    system.copy = "/tmp/x/probe.pyz"
    assert system.interpreter_for("nobody") == "/third"
    assert started[-1] == ["sudo", "-n", "-u", "nobody", "/third", "-E", "-s", "/tmp/x/probe.pyz", "--version"]
    monkeypatch.setattr(unix, "interpreters", lambda: ["/first", "/second"])
    with pytest.raises(common.NotAvailable, match="lets us run no Python"):
        system.interpreter_for("nobody")


@on_unix
def test_a_run_on_unix_begins_by_removing_stale_folders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Also where it makes none of its own, as root."""
    (tmp_path / "bind-matrix-0123456789abcdef").mkdir()
    os.utime(tmp_path / "bind-matrix-0123456789abcdef", (0, 0))
    monkeypatch.setattr(unix, "COPY_PARENT", str(tmp_path))
    system = unix.UnixAccounts()
    assert list(tmp_path.iterdir()) == []
    system.folder, system.copy = common.readable_copy(str(tmp_path))
    system.close()
    system.close()
    assert list(tmp_path.iterdir()) == []
