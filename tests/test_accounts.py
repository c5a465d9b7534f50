"""Two accounts: had for real where this machine allows it, never believed without a look, and left without a trace."""

import getpass
import io
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest

import matrix.probe
from matrix.runs import Reader, printable
from matrix.stacks import Stack
from matrix.stacks.wine import environment, settle, windows_path
from matrix.table import Faults
from tests.conftest import CACHE, PROBE, rows

as_root = pytest.mark.skipif(sys.platform == "win32" or os.geteuid() != 0, reason="takes root to become another account")
OTHERS = ("other", "other-first", "others")


def run_as_nobody(folder: Path, path: str) -> Path:
    """A run of the probe by an unprivileged account with this PATH, in a folder that pytest keeps to itself otherwise."""
    assert sys.platform != "win32"
    import pwd

    nobody = pwd.getpwnam("nobody")
    copy = folder / "probe.py"
    copy.write_bytes(PROBE.read_bytes())
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


@as_root
@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="what Linux does")
def test_linux_asks_who_for_so_reuseport_and_for_nothing_else(measured: Path) -> None:
    """SO_REUSEPORT is refused across accounts, in every direction; SO_REUSEADDR shares a UDP port with anybody."""
    binds = {tuple(list(row.values())[:9]): row["outcome"] for row in rows(measured) if row["measure"] == "bind"}
    for protocol, option, same, different in (("udp", "SO_REUSEPORT", "SUCCESS", "INUSE"), ("udp", "SO_REUSEADDR", "SUCCESS", "SUCCESS"),
                                              ("tcp", "SO_REUSEPORT", "SUCCESS", "INUSE")):  # fmt: skip
        case = (protocol, "ipv4", option, "specific", "bound", "ipv4", option, "specific")
        assert binds[*case, "same"] == same
        assert [binds[*case, account] for account in OTHERS] == [different] * 3


@as_root
def test_an_unprivileged_run_without_sudo_is_complete_and_says_why(tmp_path: Path) -> None:
    """Every row is there; those of other accounts say why they were not measured."""
    run = run_as_nobody(tmp_path, "/nowhere")
    reasons = {row["detail"] for row in rows(run) if row["account"] != "same"}
    assert reasons == {"we are not root, and `sudo -n` lets us run no Python as another account"}
    assert {row["outcome"] for row in rows(run) if row["account"] == "same"} > {"SUCCESS", "INUSE"}
    facts = json.loads((run / "host.json").read_text("utf-8"))
    assert facts["accounts"]["ours"]["role"] == "standard"


@as_root
def test_a_sudo_that_changes_nothing_is_found_out(tmp_path: Path) -> None:
    """The helper says who it really is, and the same account twice is not two accounts."""
    before = set(Path("/tmp").glob("bind-matrix-????????????????"))
    (tmp_path / "sudo").write_text('#!/bin/sh\nshift 3\nexec "$@"\n', "utf-8")
    (tmp_path / "sudo").chmod(0o755)
    run = run_as_nobody(tmp_path, f"{tmp_path}:/usr/bin:/bin")
    reasons = {row["detail"] for row in rows(run) if row["account"] != "same"}
    assert reasons == {"the system started the helper, and it is the same account as ours"}
    assert set(Path("/tmp").glob("bind-matrix-????????????????")) <= before


def test_nothing_says_who_anybody_is(measured: Path, probe: ModuleType) -> None:
    """Roles and reasons only: no account's name or number in either file."""
    text = "".join((measured / name).read_text("utf-8") for name in ("host.json", "observations.csv", "counts.csv"))
    facts = json.loads((measured / "host.json").read_text("utf-8"))["accounts"]
    assert probe.ACCOUNT_PREFIX not in text
    facts.pop("leftovers", None)  # numbers, and only on Windows
    assert all(set(each) == {"role", "elevated", "how", "reason"} for each in facts.values())
    for name in ("nobody", "daemon", getpass.getuser()):
        assert f'"{name}"' not in text
        assert f",{name}," not in text


@pytest.mark.parametrize(
    ("first", "second", "reason"),
    [
        ({"ids": [0, 0], "trouble": ""}, {"ids": [65534, 65534], "trouble": ""}, ""),
        ({"ids": [0, 0], "trouble": ""}, {"ids": [0, 0], "trouble": ""}, "the same account"),
        ({"ids": [1000, 0], "trouble": ""}, {"ids": [1000, 1000], "trouble": ""}, "the same account"),
        ({"ids": ["S-1-5-21-1"], "trouble": ""}, {"ids": ["S-1-5-21-2"], "trouble": ""}, ""),
        ({"ids": [0, 0], "trouble": ""}, {"ids": [0, 0], "trouble": "could not give up root"}, "could not give up root"),
    ],
)
def test_two_accounts_are_two_only_by_what_each_says_of_itself(
    probe: ModuleType, first: dict[str, Any], second: dict[str, Any], reason: str
) -> None:
    """Real and effective ids, or SIDs: any in common, and they are one."""
    told = probe.why_not_two_accounts(first, second)
    assert reason in told
    assert bool(told) is bool(reason)


def test_unprivileged_accounts_are_neither_roots_nor_ours_nor_twice_the_same(probe: ModuleType) -> None:
    """Two names with one number are one account."""
    numbers = {"nobody": 65534, "daemon": 1, "bin": 1, "games": 5}
    found = probe.unprivileged_accounts(lambda name: SimpleNamespace(pw_uid=numbers[name], pw_gid=7), 5)
    assert found == [("nobody", 65534, 7), ("daemon", 1, 7)]


def test_a_temporary_account_says_who_must_remove_it(probe: ModuleType) -> None:
    """At most 20 characters; left over when its maker is gone, or when another process has its number now; never without our comment."""
    name = probe.account_name(0xFFFFFFFF, 1)
    assert (len(name), name) == (20, "bindmatrix-ffffffffb")
    alive = {0x10: 500}
    accounts = [
        ("bindmatrix-10a", probe.account_comment(500)),  # its maker lives
        ("bindmatrix-10b", probe.account_comment(400)),  # another process has the number now
        ("bindmatrix-11a", probe.account_comment(500)),  # nobody has
        ("bindmatrix-zz", ""), ("Administrator", ""), ("bindmatrix-1x", ""),
        ("bindmatrix-11b", "somebody's own"), ("bindmatrix-12a", ""),
    ]  # fmt: skip
    assert probe.leftovers(accounts, alive.get) == ["bindmatrix-10b", "bindmatrix-11a"]


def test_a_command_line_is_quoted_and_never_too_long(probe: ModuleType) -> None:
    """Microsoft's rules; CreateProcessWithLogonW takes 1,024 characters with the closing zero."""
    assert probe.command_line(["C:\\a b\\python.exe", '"', "c\\"]) == '"C:\\a b\\python.exe" \\" c\\'
    assert len(probe.command_line(["x" * 1023])) == 1023
    with pytest.raises(probe.NoOtherAccount, match="has 1024 characters"):
        probe.command_line(["x" * 1024])


def test_the_other_accounts_environment_holds_nothing_of_ours(probe: ModuleType) -> None:
    """SystemRoot, or there is no Winsock; no profile, no TEMP of ours; sorted and closed by two zeros."""
    ours = {"SYSTEMROOT": "C:\\W", "USERPROFILE": "C:\\Users\\me", "TEMP": "C:\\Users\\me\\t", "SECRET": "x", "APPDATA": "y"}
    plain = probe.plain_environment(ours)
    assert plain == {"SYSTEMROOT": "C:\\W", "PATH": "C:\\W\\system32;C:\\W", "TEMP": "C:\\W\\Temp", "TMP": "C:\\W\\Temp"}
    assert probe.environment_block({"b": "2", "A": "1"}) == "A=1\0b=2\0\0"


@pytest.mark.parametrize(
    ("session", "first"),
    [(0, "CreateProcessAsUserW"), (1, "CreateProcessWithLogonW"), (2, "CreateProcessWithLogonW")],
)
def test_session_0_takes_another_way(probe: ModuleType, session: int, first: str) -> None:
    """And every way is tried."""
    ways = probe.ways_to_start(session)
    assert (ways[0], len(set(ways))) == (first, 3)


def test_a_password_is_new_each_time_and_takes_every_kind(probe: ModuleType) -> None:
    """Long, and of the kinds that any policy wants."""
    one, two = probe.new_password(), probe.new_password()
    assert one != two
    assert len(one) == 28
    assert all(any(test(char) for char in one) for test in (str.isupper, str.islower, str.isdigit, lambda char: not char.isalnum()))


class AWindowsThatForgetsNothing:
    """Keeps the accounts that were made, among them one that a killed run left, and refuses to start anything."""

    def __init__(self) -> None:
        self.accounts = {"bindmatrix-7a": "temporary, made by the bind-matrix probe that started at 7", "Administrator": ""}
        self.passwords: list[str] = []

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


def test_accounts_are_removed_on_every_way_out(
    probe: ModuleType, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Those that a killed run left are removed first; ours afterwards, though nothing could be started."""
    system = AWindowsThatForgetsNothing()
    monkeypatch.setattr(probe, "Windows", lambda: system)
    monkeypatch.setenv("ProgramData", str(tmp_path))
    accounts = probe.WindowsAccounts()
    assert (accounts.found, accounts.removed) == (1, 1)
    tried: list[str] = []

    def refused(way: str, *rest: object) -> None:
        tried.append(way)
        raise probe.NoOtherAccount(f"{way} failed: error 5")

    monkeypatch.setattr(accounts, "start_by", refused)
    with pytest.raises(probe.NoOtherAccount) as told:
        list(accounts.processes(0))
    assert len(tried) == 3
    assert system.passwords[0] not in str(told.value)
    assert len(system.accounts) == 2
    accounts.close()
    assert list(system.accounts) == ["Administrator"]
    assert list(tmp_path.iterdir()) == []
    assert "could not be removed" not in capsys.readouterr().err


class AWindowsThatMakesNoAccount(AWindowsThatForgetsNothing):
    """Where we are no administrator: nothing may be made, and nothing removed."""

    def add_user(self, name: str, password: str, comment: str) -> None:
        raise matrix.probe.NoOtherAccount("NetUserAdd failed: error 5")

    def remove_user(self, name: str) -> str:
        return "NetUserDel failed: error 5"


def test_an_account_that_was_never_made_is_not_missed(
    probe: ModuleType, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Who may make none is told why, and not to remove it by hand."""
    monkeypatch.setattr(probe, "Windows", AWindowsThatMakesNoAccount)
    accounts = probe.WindowsAccounts()
    with pytest.raises(probe.NoOtherAccount, match="NetUserAdd failed"):
        list(accounts.processes(0))
    accounts.close()
    assert capsys.readouterr().err == ""


class AHelperThatSaysWhoItIs:
    """As far as Accounts needs one of our own."""

    def ask(self, *words: str) -> dict[str, Any]:
        return {"ids": [1], "role": "standard", "trouble": ""}

    def stop(self) -> None:
        pass


def test_a_folder_that_is_still_in_use_is_removed_a_moment_later(
    probe: ModuleType, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """As Windows has it of a folder in which a process has just ended."""
    folder, _ = probe.readable_copy(str(tmp_path))
    remove = probe.shutil.rmtree
    looks: list[str] = []

    def busy_twice(path: str, **options: object) -> None:
        looks.append(path)
        if len(looks) > 2:
            remove(path, **options)

    monkeypatch.setattr(probe.shutil, "rmtree", busy_twice)
    probe.remove_folder(folder)
    assert (looks, list(tmp_path.iterdir())) == ([folder] * 3, [])


def accounts_on(probe: ModuleType, monkeypatch: pytest.MonkeyPatch, system: Any) -> Any:
    """Accounts of a system that is given, whatever this one is."""
    for name in ("UnixAccounts", "WindowsAccounts"):
        monkeypatch.setattr(probe, name, lambda: system)
    return probe.Accounts(AHelperThatSaysWhoItIs(), AHelperThatSaysWhoItIs())


@pytest.mark.parametrize("when", ["add_to_users", "session"])
def test_an_interrupted_beginning_leaves_no_account(probe: ModuleType, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, when: str) -> None:
    """Whoever has an Accounts can close it, however far it got."""
    windows = AWindowsThatForgetsNothing()
    monkeypatch.setattr(probe, "Windows", lambda: windows)
    monkeypatch.setenv("ProgramData", str(tmp_path))

    def interrupted(*words: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(windows, when, interrupted)
    accounts = accounts_on(probe, monkeypatch, probe.WindowsAccounts())
    with pytest.raises(KeyboardInterrupt):
        accounts.begin()
    assert len(windows.accounts) == 2
    accounts.close()
    assert list(windows.accounts) == ["Administrator"]
    assert list(tmp_path.iterdir()) == []


class ASystemOfManyWays:
    """Starts what it is given, one after the other: each a program of Python, or None for a real helper."""

    found = removed = 0

    def __init__(self, probe: ModuleType, *programs: str | None) -> None:
        self.probe, self.programs, self.how = probe, programs, ""
        self.started: list[subprocess.Popen[bytes]] = []

    def processes(self, turn: int) -> Iterator[subprocess.Popen[bytes]]:
        for number, program in enumerate(self.programs):
            self.how = f"way {number}"
            words = [str(PROBE), "--helper"] if program is None else ["-c", program]
            self.started.append(self.probe.helper_by_words([sys.executable, "-I", *words]))
            yield self.started[-1]

    def close(self) -> None:
        pass


def test_when_a_helper_dies_at_once_the_next_way_is_tried(probe: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    """Windows says that a process was started before it is known whether it could be: the first that answers is taken."""
    system = ASystemOfManyWays(probe, "raise SystemExit(7)", None, None)
    accounts = accounts_on(probe, monkeypatch, system)
    accounts.begin()
    try:
        assert accounts.hows == {"another": "way 1", "third": "way 1"}
        assert accounts.reasons == {}
        assert len(system.started) == 4
    finally:
        accounts.close()
    assert all(process.wait(10) in (0, 7) for process in system.started)


def test_when_every_helper_dies_each_way_says_how(probe: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    """With its exit status, in no more words than a run may hold."""
    accounts = accounts_on(probe, monkeypatch, ASystemOfManyWays(probe, "raise SystemExit(7)", "raise SystemExit(8)"))
    accounts.begin()
    accounts.close()
    reason = "way 0: the helper ended with status 7; way 1: the helper ended with status 8"
    assert accounts.reasons == {"another": reason, "third": reason}
    assert accounts.why_not("other") == reason
    longest = "; ".join(f"{way}: the helper ended with status 0xC0000142" for way in probe.ways_to_start(1))
    assert len(longest) <= probe.MOST_REASON
    faults = Faults("host.json")
    assert printable(Reader({}, faults), "accounts", "x" * probe.MOST_REASON)
    assert not faults.all()


def test_a_helper_that_never_answers_is_ended(probe: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    """A window that says why it can't start would otherwise hold up the run for ever."""
    monkeypatch.setattr(probe, "MOST_START", 0.5)
    accounts = accounts_on(probe, monkeypatch, ASystemOfManyWays(probe, "import time; time.sleep(60)"))
    began = time.monotonic()
    accounts.begin()
    accounts.close()
    assert time.monotonic() - began < 30
    assert accounts.reasons["another"].startswith("way 0: the helper ended with status ")


@pytest.mark.parametrize("broken", ["own_identity", "socket"])
def test_a_helper_that_cannot_tell_or_measure_says_so(probe: ModuleType, monkeypatch: pytest.MonkeyPatch, broken: str) -> None:
    """It answers all the same, and its cases are not run; its controls would void the whole run."""

    def refused(*words: object) -> None:
        raise probe.NoOtherAccount("OpenProcessToken failed: error 5") if broken == "own_identity" else OSError(13, "no")

    monkeypatch.setattr(probe if broken == "own_identity" else probe.socket, broken, refused)
    told = probe.Helper().identity()
    assert told["trouble"] in ("who it is can't be found out: OpenProcessToken failed: error 5", "it can make no socket: EACCES")
    assert probe.why_not_two_accounts({"ids": [1], "trouble": ""}, told) == told["trouble"]


@pytest.mark.parametrize(
    ("path", "ours"),
    [
        ("C:\\Users\\Me\\AppData\\Local\\Programs\\Python\\python.exe", True),
        ("c:\\users\\me\\x\\python.exe", True),
        ("C:\\Users\\Menno\\python.exe", False),
        ("C:\\hostedtoolcache\\windows\\Python\\3.13.2\\x64\\python.exe", False),
    ],
)
def test_a_python_in_our_profile_is_nobody_elses(probe: ModuleType, path: str, ours: bool) -> None:
    """Windows' own installer puts it there, unless it is asked to install for everybody."""
    assert probe.lies_in_profile(path, {"USERPROFILE": "C:\\Users\\me"}) is ours
    assert not probe.lies_in_profile(path, {})


class AKernelWithOneProcess:
    """Counts what is done to the one handle that it has given out."""

    def __init__(self) -> None:
        self.kernel = self
        self.closed: list[int] = []
        self.ended = False

    def WaitForSingleObject(self, handle: int, milliseconds: int) -> int:
        return 0 if self.ended else 258

    def TerminateProcess(self, handle: int, status: int) -> int:
        self.ended = True
        return 1

    def CloseHandle(self, handle: int) -> int:
        self.closed.append(handle)
        return 1

    def exit_status(self, handle: int) -> int:
        return 0xC0000142


def test_the_handle_of_another_accounts_process_is_closed_once(probe: ModuleType) -> None:
    """However often it is waited for; its exit status is kept, as the system's documents write it."""
    system = AKernelWithOneProcess()
    helper = probe.HelperProcess("another", probe.WindowsProcess(system, 44, io.BytesIO(), io.BytesIO()))
    with pytest.raises(subprocess.TimeoutExpired):
        helper.process.wait(0)
    helper.stop()
    helper.stop()
    helper.kill()
    assert system.closed == [44]
    assert helper.status() == "0xC0000142"


DRIVER = """
import os, sys
sys.path.insert(0, os.path.dirname(os.path.abspath(sys.argv[1])))
import probe
probe.new_password = lambda: os.environ.pop("WANTED", "") or "aA1!another"
sys.argv[0] = sys.argv[1]
sys.exit(probe.main(sys.argv[2:]))
"""
PASSWORD = "aA1!0123456789abcdef01234567"


def test_under_wine_the_windows_way_is_gone_to_its_end_and_every_account_is_one(need_stack: Callable[[str], Stack], tmp_path: Path) -> None:
    """Made, logged on, started, asked, found to be the same account, removed: said in words, and by no special case."""
    wine = need_stack("wine")
    common = CACHE / "wine-prefix" / "drive_c" / "ProgramData"
    before = set(common.glob("bind-matrix-*"))
    wine.measure(CACHE, PROBE, tmp_path / "run", ["--only", "udp ipv4 bound ipv4"])
    assert set(common.glob("bind-matrix-*")) <= before
    facts = json.loads((tmp_path / "run" / "host.json").read_text("utf-8"))["accounts"]
    assert facts["another"]["how"].startswith("CreateProcess")
    assert facts["leftovers"] == {"found": 0, "removed": 0}
    reasons = {(row["outcome"], row["detail"]) for row in rows(tmp_path / "run") if row["account"] != "same"}
    assert reasons == {("NOT_RUN", "the system started the helper, and it is the same account as ours")}
    assert "wine_" not in PROBE.read_text("utf-8").split("# --- Windows")[1].split("# --- either")[0]


def start_under_wine(wine: Any, folder: Path) -> subprocess.Popen[str]:
    """A probe under Wine whose password is known."""
    driver = folder / "driver.py"
    driver.write_text(DRIVER, "utf-8")
    words = ["wine", str(wine.interpreter(CACHE)), "-I", windows_path(driver), windows_path(PROBE), "--output", windows_path(folder / "run"),
             "--only", "udp bound"]  # fmt: skip
    return subprocess.Popen(
        words,
        env={**environment(CACHE), "WANTED": PASSWORD},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def test_the_password_is_found_nowhere(need_stack: Callable[[str], Stack], tmp_path: Path) -> None:
    """In no output, no file, and no process list entry, looked at all the time while the run goes on."""
    wine = need_stack("wine")
    started = start_under_wine(wine, tmp_path)
    seen: set[str] = set()
    looks = helpers = 0
    while started.poll() is None and looks < 2000:
        looks += 1
        for entry in Path("/proc").glob("[0-9]*/cmdline"):
            try:
                line = entry.read_bytes().replace(b"\0", b" ").decode("utf-8", "replace")
            except OSError:
                continue
            helpers += "--helper" in line
            if PASSWORD in line:
                seen.add(line)
        time.sleep(0.02)
    told, _ = started.communicate(timeout=120)
    settle(CACHE)
    assert started.returncode == 0, told
    assert (looks > 10, helpers > 10) == (True, True)
    assert not seen
    assert PASSWORD not in told
    files = [path for path in tmp_path.rglob("*") if path.is_file()]
    prefix = CACHE / "wine-prefix"
    files += [path for path in prefix.rglob("*") if path.is_file() and not path.is_symlink() and path.stat().st_mtime > time.time() - 300]
    assert len(files) > 3
    for path in files:
        assert PASSWORD.encode() not in (data := path.read_bytes()), path
        assert PASSWORD.encode("utf-16-le") not in data, path


def test_after_a_killed_run_the_next_one_looks_for_what_it_left(need_stack: Callable[[str], Stack], tmp_path: Path) -> None:
    """The next run finds nothing left under Wine, whose accounts die with the process, and takes the killed one's files for no run."""
    wine = need_stack("wine")
    started = start_under_wine(wine, tmp_path)
    deadline = time.time() + 60
    while not (tmp_path / "run" / "observations.csv").exists() and time.time() < deadline:
        time.sleep(0.05)
    time.sleep(1.0)
    os.kill(started.pid, signal.SIGKILL)
    started.communicate(timeout=60)
    settle(CACHE)
    assert not (tmp_path / "run" / "host.json").exists()
    wine.measure(CACHE, PROBE, tmp_path / "next", ["--only", "udp ipv4 *@specific bound ipv4 *@specific"])
    facts = json.loads((tmp_path / "next" / "host.json").read_text("utf-8"))["accounts"]
    assert facts["leftovers"] == {"found": 0, "removed": 0}
