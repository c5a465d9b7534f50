"""Old Windows in a virtual machine: what is put into one, how its end is noticed, and what is taken out."""

import hashlib
import os
import re
import shutil
import stat
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from matrix.data.runs import Run, load_run
from matrix.errors import MatrixError, StackError, UsageError
from matrix.platforms import guests
from matrix.platforms.stacks import Stack
from matrix.platforms.stacks.stack import run
from matrix.platforms.stacks.wine import Wine, environment, settle
from matrix.platforms.targets import load_targets
from matrix.probe import product
from tests.conftest import CACHE, ROOT
from tests.reporter.test_commands import program

MANUAL = {target.id: target for target in load_targets().values() if target.reach == "manual"}
# The words that dockur/windows has in its own list of installations to validate (.github/workflows/validate.yml).
WORDS = {
    "windows-xp": "xp", "windows-2003": "2003", "windows-vista": "vu", "windows-7": "7u", "windows-2008r2": "2008",
    "windows-8.1": "8e", "windows-2012r2": "2012", "windows-10": "10", "windows-2016": "2016", "windows-2019": "2019",
}  # fmt: skip

# A `docker` that is a program of its own: what it is asked is written down, `rm` ends what `run` began.
DOCKER = """#!{python}
import os, shutil, signal, subprocess, sys, time
from pathlib import Path
here = Path(__file__).parent
words = sys.argv[1:]
with (here / "asked").open("a") as asked:
    asked.write(" ".join(words) + "\\n")
if words[0] == "rm":
    try:
        os.kill(int((here / "pid").read_text()), signal.SIGKILL)
    except ProcessLookupError:
        pass
    sys.exit(0)
(here / "pid").write_text(str(os.getpid()))
volumes = [words[at + 1].split(":") for at, word in enumerate(words) if word == "--volume"]
oem, share = (Path(next(each[0] for each in volumes if each[1] == inside)) for inside in ("/oem", "/shared"))
def hand_over(status, *names):
    (share / "run").mkdir()
    for name in names:
        shutil.copyfile(os.path.join({run!r}, name), share / "run" / name)
    (share / "guest.log").write_text("Python said something\\n")
    (share / "ended.txt").write_text("status %s\\r\\n" % status)
WHOLE = ("observations.csv", "counts.csv", "host.json")
{does}
"""
HANDS_OVER = "hand_over(0, *WHOLE)"
HANGS_AFTER_THE_MARKER = "hand_over(0, *WHOLE); time.sleep(60)"
SWITCHES_OFF_WITHOUT_A_WORD = "hand_over(0, *WHOLE); (share / 'ended.txt').unlink(); sys.exit(7)"
WRITES_HALF_A_MARKER = "(share / 'ended.txt').write_text('stat'); time.sleep(60)"
NEVER_ENDS = "time.sleep(60)"
HAD_NO_PYTHON = "hand_over(1)"
LOST_A_FILE = "hand_over(0, *WHOLE[:2])"
# C:\\OEM, the share and `install.bat` as they are; Wine's cmd and its Winsock instead of Windows. Drive C: has a Python already.
RUNS_WINE = """
shutil.copytree(oem, Path(os.environ["WINEPREFIX"]) / "drive_c" / "OEM")
(Path(os.environ["WINEPREFIX"]) / "dosdevices" / "unc" / "host.lan").mkdir(parents=True)
(Path(os.environ["WINEPREFIX"]) / "dosdevices" / "unc" / "host.lan" / "Data").symlink_to(share)
said = subprocess.run(["wine", "cmd", "/d", "/c", r"C:\\OEM\\install.bat"], stdin=subprocess.DEVNULL, capture_output=True)
"""

needs_scripts = pytest.mark.skipif(sys.platform == "win32", reason="the stand-in for docker is a script with a #! line")


@pytest.fixture
def docker(measured_part: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], Path]:
    """Put a stand-in for docker first on the path; the file in which it writes what it was asked."""

    def stands_in(does: str) -> Path:
        path = tmp_path / "bin" / "docker"
        path.parent.mkdir()
        path.write_text(DOCKER.format(python=sys.executable, run=str(measured_part), does=does), "utf-8")
        path.chmod(path.stat().st_mode | stat.S_IXUSR)
        monkeypatch.setenv("PATH", f"{path.parent}{os.pathsep}{os.environ['PATH']}")
        monkeypatch.setattr(guests, "impossible", lambda: None)  # the stand-in needs no KVM
        return path.parent / "asked"

    return stands_in


@pytest.fixture
def installer(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A file that is taken for XP's installer of Python; only its hash is another than the pinned one."""
    path = tmp_path / "python-3.4.4.msi"
    path.write_bytes(b"an installer")
    pinned = {"python": "3.4", "architecture": "x86", "url": path.as_uri(), "sha256": hashlib.sha256(path.read_bytes()).hexdigest()}
    monkeypatch.setitem(guests.FACTS, "installer", [pinned])
    return path


def lines(target: str) -> list[str]:
    """A target's install.bat, line by line."""
    kind = Path(guests.installer_for(MANUAL[target])["url"]).suffix
    return guests.install_bat(target, kind).decode("ascii").split("\r\n")


def test_every_manual_target_is_a_windows_that_the_image_knows() -> None:
    """By the word that its own tests use."""
    assert {target.id: target.image for target in MANUAL.values()} == WORDS
    assert re.fullmatch(r"docker\.io/dockurr/windows:\d+\.\d+(@sha256:[0-9a-f]{64})?", guests.FACTS["image"])


def test_every_installer_is_pinned_and_one_that_a_target_needs() -> None:
    """From python.org, of the version that it is said to be, with a SHA-256."""
    for each in guests.FACTS["installer"]:
        assert re.fullmatch(
            rf"https://www\.python\.org/ftp/python/({re.escape(each['python'])}\.\d+)/python-\1[.a-z0-9-]*\.(msi|exe)", each["url"]
        )
        assert ("amd64" in each["url"]) == (each["architecture"] == "")
        assert re.fullmatch(r"[0-9a-f]{64}", each["sha256"])
    used = {guests.installer_for(target)["url"] for target in MANUAL.values()}
    assert used == {each["url"] for each in guests.FACTS["installer"]}


@pytest.mark.parametrize("target", MANUAL)
def test_the_guest_gets_all_it_needs_under_names_that_no_setup_program_changes(target: str, tmp_path: Path) -> None:
    """Three files with 8.3 names: the text mode of XP's setup is old."""
    pinned = guests.installer_for(MANUAL[target])
    guests.fill_oem(tmp_path / "oem", MANUAL[target], pinned, b"an installer", product.archive())
    names = sorted(path.name for path in (tmp_path / "oem").iterdir())
    assert names == ["install.bat", "probe.pyz", "setup" + Path(pinned["url"]).suffix]
    assert all(re.fullmatch(r"[a-z]{1,8}\.[a-z]{1,3}", name) for name in names)
    assert (tmp_path / "oem" / "probe.pyz").read_bytes() == product.archive()
    assert f'"C:\\OEM\\{names[2]}"' in (tmp_path / "oem" / "install.bat").read_text("ascii")


@pytest.mark.parametrize("target", MANUAL)
def test_what_the_guest_does_is_a_batch_file_of_windows_xp(target: str) -> None:
    """ASCII, CRLF, quotes in pairs, labels that exist, and no command that XP hasn't."""
    kind = Path(guests.installer_for(MANUAL[target])["url"]).suffix
    data = guests.install_bat(target, kind)
    assert data.isascii()
    assert data.endswith(b"\r\n")
    assert data.count(b"\r") == data.count(b"\n") == data.count(b"\r\n")
    text = lines(target)
    assert text[0] == "@echo off"
    assert all(line.count('"') % 2 == 0 and len(line) < 300 for line in text)
    assert {line[1:] for line in text if line.startswith(":")} == set(re.findall(r"(?:goto |call :)(\w+)", "\n".join(text)))
    assert not re.search(r"(?i)powershell|robocopy|timeout|xcopy|curl|certutil|bitsadmin|wmic|%~|https?:", "\n".join(text))
    assert not re.search(r"\d>", "\n".join(text).replace(" 2>&1", ""))


@pytest.mark.parametrize("target", MANUAL)
def test_the_marker_is_the_last_that_the_guest_writes_and_then_it_switches_off(target: str) -> None:
    """After the log and the run; on every way out, even where the share can't be reached."""
    text = lines(target)
    shared = [line for line in text if "%SHARE%" in line]
    assert shared[-1] == '>"%SHARE%\\ended.txt" echo status %STATUS%'
    assert shared[-2].startswith('copy /y "C:\\run')
    off = text.index(":off")
    assert text[off + 1 : off + 3] == ["shutdown -s -f -t 5", "exit /b"]
    assert text[off - 1] == shared[-1]
    assert text[-3] == f'"C:\\python\\python.exe" -I "C:\\OEM\\probe.pyz" --output "C:\\run" --target {target}'


def test_the_machine_is_started_as_the_image_wants_it() -> None:
    """KVM, a network device, the right to set it up, and the two folders; it leaves nothing behind."""
    words = guests.run_words("a-name", "xp", Path("/o"), Path("/s"))
    assert words == [
        "docker", "run", "--rm", "--name", "a-name", "--stop-timeout", "120",
        "--device", "/dev/kvm", "--device", "/dev/net/tun", "--cap-add", "NET_ADMIN",
        "--env", "VERSION=xp", "--env", "RAM_SIZE=half", "--env", "CPU_CORES=half", "--env", "DISK_SIZE=64G",
        "--volume", f"{Path('/o')}:/oem:ro", "--volume", f"{Path('/s')}:/shared", guests.FACTS["image"],
    ]  # fmt: skip


@needs_scripts
def test_the_run_of_a_guest_is_taken_and_nothing_else(docker: Callable[[str], Path], installer: Path, tmp_path: Path) -> None:
    """Three files, once the guest is off; the machine is removed."""
    asked = docker(HANDS_OVER)
    guests.measure(MANUAL["windows-xp"], product.archive(), tmp_path / "out", seconds=30, pause=0.05)
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == ["counts.csv", "host.json", "observations.csv"]
    assert isinstance(load_run(tmp_path / "out"), Run)
    started, removed = asked.read_text("utf-8").splitlines()
    assert started.startswith("run --rm --name bind-matrix-windows-xp ")
    assert removed == "rm --force --volumes bind-matrix-windows-xp"


@needs_scripts
def test_a_guest_that_does_not_switch_off_is_stopped(
    docker: Callable[[str], Path], installer: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its run is whole by then."""
    docker(HANGS_AFTER_THE_MARKER)
    monkeypatch.setattr(guests, "GRACE", 0.2)
    guests.measure(MANUAL["windows-xp"], product.archive(), tmp_path / "out", given=installer, seconds=30, pause=0.05)
    assert isinstance(load_run(tmp_path / "out"), Run)


@needs_scripts
@pytest.mark.parametrize(
    ("does", "seconds", "told"),
    [
        (SWITCHES_OFF_WITHOUT_A_WORD, 30, r"docker's exit status 7\) and handed nothing over"),
        (NEVER_ENDS, 1, "the run never ended: no word of the guest after"),
        (WRITES_HALF_A_MARKER, 1, "the run never ended"),
        (HAD_NO_PYTHON, 30, r"(?s)status 1, without observations.csv, counts.csv, host.json.*Python said something"),
        (LOST_A_FILE, 30, "status 0, without host.json"),
    ],
    ids=["switches off without a word", "never ends", "half a marker", "had no Python", "lost a file"],
)
def test_a_guest_without_a_whole_run_is_told(
    does: str, seconds: float, told: str, docker: Callable[[str], Path], installer: Path, tmp_path: Path
) -> None:
    """With what is known of its end; the machine is removed and nothing of it is used."""
    asked = docker(does)
    with pytest.raises(StackError, match=told):
        guests.measure(MANUAL["windows-xp"], product.archive(), tmp_path / "out", seconds=seconds, pause=0.05)
    assert not (tmp_path / "out").exists()
    assert asked.read_text("utf-8").splitlines()[-1].startswith("rm --force")


def test_an_installer_is_used_only_with_its_pinned_hash(installer: Path, tmp_path: Path) -> None:
    """Whether it was downloaded or brought; without a pinned hash there is none."""
    pinned = guests.FACTS["installer"][0]
    installer.write_bytes(b"another installer")
    for given in (installer, None):
        with pytest.raises(StackError, match="do not use it"):
            guests.checked_installer(pinned, given)
    with pytest.raises(StackError, match=r"cannot get .*nothing.*--installer"):
        guests.checked_installer(pinned, tmp_path / "nothing")
    pinned["sha256"] = ""
    with pytest.raises(MatrixError, match="has no SHA-256"):
        guests.installer_for(MANUAL["windows-xp"])
    with pytest.raises(MatrixError, match=r"no installer of Python 3\.13 for windows-10"):
        guests.installer_for(MANUAL["windows-10"])


@pytest.mark.parametrize(
    ("docker", "devices", "problem"), [(None, (), "docker is not installed"), ("docker", ("/no/kvm",), "needs /no/kvm, which this machine")]
)
def test_a_machine_that_can_run_no_guest_fetches_nothing_for_it(
    docker: str | None, devices: tuple[str, ...], problem: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The installer is 30 MB from somebody else's server."""
    monkeypatch.setattr(shutil, "which", lambda name: docker)
    monkeypatch.setattr(guests, "DEVICES", devices)
    monkeypatch.setattr(guests, "checked_installer", lambda *words: pytest.fail("fetched"))
    with pytest.raises(StackError, match=problem):
        guests.measure(MANUAL["windows-7"], b"", tmp_path / "run", seconds=1)


def test_a_docker_that_can_t_be_started_is_named(installer: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """With what to do."""
    monkeypatch.setattr(guests, "impossible", lambda: None)
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(StackError, match="cannot start docker"):
        guests.measure(MANUAL["windows-xp"], product.archive(), tmp_path / "out", seconds=5)


def test_only_targets_that_are_started_by_hand_are_installed(tmp_path: Path) -> None:
    """A hosted runner is no guest."""
    with pytest.raises(UsageError, match="wine is not started by hand"):
        guests.measure(load_targets()["wine"], product.archive(), tmp_path / "out", seconds=5)
    done = program("guest", "windows-95", "--output", str(tmp_path / "out"))
    assert (done.returncode, "no target is named 'windows-95'" in done.stderr) == (2, True)


def test_every_manual_target_can_be_chosen_and_the_licence_is_asked_for() -> None:
    """By hand only, and not without the starter's word."""
    workflow = (ROOT / ".github" / "workflows" / "legacy.yml").read_text("utf-8")
    assert re.findall(r"^  (\w+):", workflow.split("permissions: {}")[0].split("on:")[1], re.MULTILINE) == ["workflow_dispatch"]
    described = workflow.split("targets:")[1].split("type: string")[0]
    assert re.findall(r"windows-[a-z0-9.]+", described) == list(MANUAL)
    assert "description: I hold a licence for the Windows that is installed" in workflow
    assert "if: ${{ !inputs.licence }}" in workflow


@pytest.mark.long
@needs_scripts
def test_a_guest_s_batch_file_runs_to_its_end(
    need_stack: Callable[[str], Stack], docker: Callable[[str], Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As it is, with C:\\OEM and \\\\host.lan\\Data where it expects them: by Wine's cmd, with a CPython for Windows in place.

    Its installer is a program that installs nothing and fails; what counts is whether there is a Python.
    """
    wine = need_stack("wine")
    assert isinstance(wine, Wine)
    for name, value in environment(tmp_path).items():
        monkeypatch.setenv(name, value)
    drive = Path(os.environ["WINEPREFIX"]) / "drive_c"
    run(["wine", "wineboot", "--init"])
    interpreter = wine.interpreter(CACHE)
    assert interpreter is not None
    (drive / "python").symlink_to(interpreter.parent.resolve())
    program = drive / "windows" / "system32" / "hostname.exe"
    pinned = {
        "python": "3.13",
        "architecture": "",
        "url": "https://x/setup.exe",
        "sha256": hashlib.sha256(program.read_bytes()).hexdigest(),
    }
    monkeypatch.setitem(guests.FACTS, "installer", [pinned])
    folder = Path(shutil.copytree(Path(product.__file__).parent, tmp_path / "probe"))
    command = folder / "command.py"
    whole = 'metavar="PATTERN", action=OneMore, default=""'
    assert whole in command.read_text("ascii")
    command.write_text(command.read_text("ascii").replace(whole, whole[:-1] + 'tcp ipv4 bound ipv4 same"'), "ascii")
    docker(RUNS_WINE)
    try:
        guests.measure(
            replace(MANUAL["windows-10"], id="wine-guest"),
            product.archive_of(str(folder)),
            tmp_path / "out",
            given=program,
            seconds=300,
            pause=0.2,
        )
    finally:
        settle(tmp_path)
    found = load_run(tmp_path / "out")
    assert isinstance(found, Run)
    assert (found.host.target, found.host.system, len(found.lines) > 100) == ("wine-guest", "wine", True)
