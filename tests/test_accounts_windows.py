"""Windows' temporary accounts: made, used and removed, whatever happens on the way."""

import io
import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from matrix.probe import accounts, link
from matrix.probe.accounts import common, winapi, windows

# --- names, passwords, command lines


def test_a_temporary_account_says_which_process_must_remove_it() -> None:
    """At most 20 characters; stale when its maker is gone, or when another process has its number now; never without our comment."""
    name = windows.account_name(0xFFFFFFFF, 1)
    assert (len(name), name) == (20, "bindmatrix-ffffffffb")
    alive = {0x10: 500}
    found = [
        ("bindmatrix-10a", windows.account_comment(500)),  # its maker lives
        ("bindmatrix-10b", windows.account_comment(400)),  # another process has the number now
        ("bindmatrix-11a", windows.account_comment(500)),  # nobody has
        ("bindmatrix-zz", ""), ("Administrator", ""), ("bindmatrix-1x", ""),
        ("bindmatrix-11b", "somebody's own"), ("bindmatrix-12a", ""),
    ]  # fmt: skip
    assert windows.stale_accounts(found, alive.get) == ["bindmatrix-10b", "bindmatrix-11a"]


def test_a_command_line_is_quoted_and_never_too_long() -> None:
    """Microsoft's rules; CreateProcessWithLogonW takes 1,024 characters with the closing zero."""
    assert windows.command_line(["C:\\a b\\python.exe", '"', "c\\"]) == '"C:\\a b\\python.exe" \\" c\\'
    assert len(windows.command_line(["x" * 1023])) == 1023
    with pytest.raises(common.NotAvailable, match="has 1024 characters"):
        windows.command_line(["x" * 1024])


def test_the_other_accounts_environment_holds_nothing_of_ours() -> None:
    """SystemRoot, or there is no Winsock; no profile, no TEMP of ours; sorted and closed by two zeros."""
    ours = {"SYSTEMROOT": "C:\\W", "USERPROFILE": "C:\\Users\\me", "TEMP": "C:\\Users\\me\\t", "SECRET": "x", "APPDATA": "y"}
    plain = windows.plain_environment(ours)
    assert plain == {"SYSTEMROOT": "C:\\W", "PATH": "C:\\W\\system32;C:\\W", "TEMP": "C:\\W\\Temp", "TMP": "C:\\W\\Temp"}
    assert windows.environment_block({"b": "2", "A": "1"}) == "A=1\0b=2\0\0"


@pytest.mark.parametrize(
    ("session", "first", "last"),
    [(0, "CreateProcessAsUserW", "CreateProcessWithLogonW"), (1, "CreateProcessWithLogonW", "CreateProcessAsUserW"),
     (2, "CreateProcessWithLogonW", "CreateProcessAsUserW")],
)  # fmt: skip
def test_session_0_begins_with_another_call(session: int, first: str, last: str) -> None:
    """CreateProcessWithLogonW comes last there, and every call is tried."""
    methods = windows.start_methods(session)
    assert (methods[0], methods[-1], len(set(methods))) == (first, last, 3)


def test_a_password_is_new_each_time_and_takes_every_kind() -> None:
    """Long, and of the kinds that any policy wants."""
    one, two = windows.new_password(), windows.new_password()
    assert one != two
    assert len(one) == 28
    assert all(any(test(char) for char in one) for test in (str.isupper, str.islower, str.isdigit, lambda char: not char.isalnum()))


@pytest.mark.parametrize(
    ("path", "ours"),
    [
        ("C:\\Users\\Me\\AppData\\Local\\Programs\\Python\\python.exe", True),
        ("c:\\users\\me\\x\\python.exe", True),
        ("C:\\Users\\Menno\\python.exe", False),
        ("C:\\hostedtoolcache\\windows\\Python\\3.13.2\\x64\\python.exe", False),
    ],
)
def test_a_python_in_our_profile_is_nobody_elses(path: str, ours: bool) -> None:
    """Windows' own installer puts it there, unless it is asked to install for everybody."""
    assert windows.lies_in_profile(path, {"USERPROFILE": "C:\\Users\\me"}) is ours
    assert not windows.lies_in_profile(path, {})


# --- accounts are removed on every way out


class AWindowsThatForgetsNothing:
    """Keeps the accounts that were made, among them one of a killed run, and processes that never start."""

    def __init__(self) -> None:
        self.accounts = {"bindmatrix-7a": "temporary, made by the bind-matrix probe that started at 7", "Administrator": ""}
        self.passwords: list[str] = []
        self.tried: list[str] = []
        self.terminated: list[int] = []
        self.closed: list[int] = []

    def users(self) -> list[str]:
        return list(self.accounts)

    def comment_of(self, name: str) -> str:
        return self.accounts[name]

    def started_at(self, process: int) -> int | None:
        return 100 if process == os.getpid() else None

    def remove_user(self, name: str) -> str:
        return "" if self.accounts.pop(name, None) is not None else "NetUserDel failed: error 2221"

    def add_user(self, name: str, password: str, comment: str) -> None:
        self.accounts[name] = comment
        self.passwords.append(password)

    def add_to_users(self, name: str) -> None:
        assert name in self.accounts

    def session(self) -> int:
        return 1

    def start_as(self, method: str, *rest: object) -> int:
        self.tried.append(method)
        raise common.NotAvailable(f"{method} failed: error 5")

    def terminate(self, handle: int) -> None:
        self.terminated.append(handle)

    def close_handle(self, handle: int) -> None:
        self.closed.append(handle)


@pytest.fixture
def system(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Callable[..., Any]:
    """WindowsAccounts on a Windows that is given, with its common folder in tmp_path."""

    def made(api: AWindowsThatForgetsNothing) -> Any:
        monkeypatch.setattr(winapi, "Windows", lambda: api)
        monkeypatch.setenv("ProgramData", str(tmp_path))
        monkeypatch.setitem(sys.modules, "msvcrt", SimpleNamespace(get_osfhandle=lambda descriptor: descriptor))
        return windows.WindowsAccounts()

    return made


def test_accounts_are_removed_on_every_way_out(system: Callable[..., Any], tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Those of a killed run are removed first; ours afterwards, though nothing could be started. A second close does nothing."""
    api = AWindowsThatForgetsNothing()
    had = system(api)
    assert had.stale_accounts == {"found": 1, "removed": 1}
    with pytest.raises(common.NotAvailable) as refused:
        list(had.processes(0))
    assert api.tried == list(windows.start_methods(1))
    assert str(refused.value).count("failed: error 5") == 3
    assert api.passwords[0] not in str(refused.value)
    assert len(api.accounts) == 2
    had.close()
    had.close()
    assert list(api.accounts) == ["Administrator"]
    assert list(tmp_path.iterdir()) == []
    assert capsys.readouterr().err == ""


def test_folders_of_killed_runs_are_removed_first(system: Callable[..., Any], tmp_path: Path) -> None:
    """Where every account can read them, and nobody else cleans up."""
    (tmp_path / "bind-matrix-0123456789abcdef").mkdir()
    os.utime(tmp_path / "bind-matrix-0123456789abcdef", (0, 0))
    system(AWindowsThatForgetsNothing())
    assert list(tmp_path.iterdir()) == []


class AWindowsThatMakesNoAccount(AWindowsThatForgetsNothing):
    """Where we are no administrator: nothing may be made, and nothing removed."""

    def add_user(self, name: str, password: str, comment: str) -> None:
        raise common.NotAvailable("NetUserAdd failed: error 5")

    def remove_user(self, name: str) -> str:
        return "NetUserDel failed: error 5"


def test_an_account_that_was_never_made_is_not_missed(system: Callable[..., Any], capsys: pytest.CaptureFixture[str]) -> None:
    """Who may make none gets the reason, and no advice to remove it by hand."""
    had = system(AWindowsThatMakesNoAccount())
    assert had.stale_accounts == {"found": 1, "removed": 0}
    with pytest.raises(common.NotAvailable, match="NetUserAdd failed"):
        list(had.processes(0))
    had.close()
    assert capsys.readouterr().err == ""


def test_what_cannot_be_removed_is_reported_and_keeps_nothing_else(
    system: Callable[..., Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The second account goes though the first doesn't, and the folder too; the message says what to do, and no password."""
    api = AWindowsThatForgetsNothing()
    had = system(api)
    for turn in (0, 1):
        with pytest.raises(common.NotAvailable):
            list(had.processes(turn))
    monkeypatch.setattr(
        api, "remove_user", lambda name: "NetUserDel failed: error 5" if name.endswith("a") else api.accounts.pop(name) and ""
    )
    had.close()
    assert list(tmp_path.iterdir()) == []
    assert [name[-1] for name in api.accounts if name.startswith("bindmatrix-")] == ["a"]
    written = capsys.readouterr().err
    assert written.startswith("probe: a temporary account could not be removed, NetUserDel failed: error 5; the next run tries again")
    assert not any(password in written for password in api.passwords)


@pytest.mark.parametrize("error", [OSError(5, "no"), KeyboardInterrupt()])
def test_a_removal_that_is_cut_off_is_made_up_for(system: Callable[..., Any], tmp_path: Path, error: BaseException) -> None:
    """The other account and the folder go at once, and the first with a second close."""
    api = AWindowsThatForgetsNothing()
    had = system(api)
    for turn in (0, 1):
        with pytest.raises(common.NotAvailable):
            list(had.processes(turn))
    remove, names = api.remove_user, list(had.names)

    def cut_off(name: str) -> str:
        if name == names[0]:
            raise error
        return remove(name)

    api.remove_user = cut_off  # type: ignore[method-assign]
    with pytest.raises(type(error)):
        had.close()
    assert (had.names, list(tmp_path.iterdir())) == (names[:1], [])
    api.remove_user = remove  # type: ignore[method-assign]
    had.close()
    assert list(api.accounts) == ["Administrator"]


@pytest.mark.parametrize("when", ["add_to_users", "session"])
def test_an_interrupted_beginning_leaves_no_account(
    system: Callable[..., Any], monkeypatch: pytest.MonkeyPatch, tmp_path: Path, when: str
) -> None:
    """Whoever has an Accounts can close it, however far it got."""
    api = AWindowsThatForgetsNothing()

    def interrupted(*words: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(api, when, interrupted)
    windows_accounts = system(api)
    monkeypatch.setattr(accounts, "accounts_here", lambda: windows_accounts)
    ours = SimpleNamespace(ask=lambda word: {"ids": [1], "role": "standard", "problem": ""}, stop=lambda: None)
    had = accounts.Accounts(ours, ours)
    with pytest.raises(KeyboardInterrupt):
        had.begin()
    assert len(api.accounts) == 2
    had.close()
    assert list(api.accounts) == ["Administrator"]
    assert list(tmp_path.iterdir()) == []


# --- calls that don't return, and handles


class AWindowsWhoseFirstCallHangs(AWindowsThatForgetsNothing):
    """CreateProcessWithLogonW returns only when it is let go, and then has started a process after all."""

    def __init__(self) -> None:
        super().__init__()
        self.let_go, self.late = threading.Event(), 4711

    def start_as(self, method: str, *rest: object) -> int:
        if method != "CreateProcessWithLogonW":
            return super().start_as(method, *rest)
        self.let_go.wait(60)
        return self.late


def test_a_call_that_never_returns_is_left_and_the_next_is_tried(system: Callable[..., Any], monkeypatch: pytest.MonkeyPatch) -> None:
    """Its reason says how long it was waited for; a process that it starts later is ended at once."""
    api = AWindowsWhoseFirstCallHangs()
    monkeypatch.setattr(windows, "MAX_CALL", 0.5)
    had = system(api)
    began = time.monotonic()
    with pytest.raises(common.NotAvailable, match=r"^CreateProcessWithLogonW did not return within 0\.5 s; CreateProcessWithTokenW failed"):
        list(had.processes(0))
    assert time.monotonic() - began < 10
    assert api.tried == ["CreateProcessWithTokenW", "CreateProcessAsUserW"]
    had.close()
    assert (api.terminated, list(api.accounts)) == ([], ["Administrator"])
    api.let_go.set()
    deadline = time.monotonic() + 10
    while not api.closed and time.monotonic() < deadline:
        time.sleep(0.01)
    assert (api.terminated, api.closed) == ([4711], [4711])


def test_a_call_that_returns_in_time_is_a_call_like_any_other() -> None:
    """It gives its result, or raises what it raised."""
    assert windows.within(60, "a call", lambda: 7, pytest.fail) == 7
    with pytest.raises(ZeroDivisionError):
        windows.within(60, "a call", lambda: 1 // 0, pytest.fail)


class AWindowsWithOneProcess:
    """Counts what is done to the one handle that it has given out."""

    def __init__(self) -> None:
        self.closed: list[int] = []
        self.ended = False

    def has_ended(self, handle: int, timeout: float | None) -> bool:
        return self.ended

    def terminate(self, handle: int) -> None:
        self.ended = True

    def close_handle(self, handle: int) -> None:
        self.closed.append(handle)

    def exit_status(self, handle: int) -> int:
        return 0xC0000142


def test_the_handle_of_another_accounts_process_is_closed_once() -> None:
    """However often it is waited for; its exit status is kept, as the system's documents write it."""
    api = AWindowsWithOneProcess()
    helper = link.Link("other", windows.WindowsProcess(api, 44, io.BytesIO(), io.BytesIO()))
    with pytest.raises(subprocess.TimeoutExpired):
        helper.process.wait(0)
    assert helper.process.poll() is None
    helper.stop()
    helper.stop()
    helper.kill()
    assert api.closed == [44]
    assert (helper.exit_status(), helper.process.poll()) == ("0xC0000142", 0xC0000142)
