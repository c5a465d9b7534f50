"""Old Windows in a virtual machine, started by hand: installed, measured once, switched off.

The machine is a container of dockur/windows (`guests.toml` says which) with KVM. What it promises, by its own source:
- `/oem` is copied to C:\\OEM, and C:\\OEM\\install.bat runs at the first logon, once, without an order between it and
  the network: as an administrator with elevated rights from Vista on (FirstLogonCommands), as the built-in one
  on XP and Server 2003 (RunOnce). The console's session is 0 on those two; the probe asks and acts on it.
- `/shared` is the share \\\\host.lan\\Data, for guests, SMB 1 included. It may not be there yet when install.bat begins.
- The container ends by itself when Windows switches off; reboots during the installation don't end it.
- Server 2003 is x64, XP is x86. None of them has updates, so that nothing may be asked of a guest that updates bring.

Rules:
1.  A guest needs no network but the share: XP speaks no TLS that anybody still answers. What it needs lies in C:\\OEM.
2.  No installer is used but one whose SHA-256 is pinned in `guests.toml` and matches.
3.  install.bat keeps to the commands of Windows XP (no PowerShell, robocopy, timeout) and to absolute paths; it is ASCII
    with CRLF, and all names in C:\\OEM have at most 8.3 letters, so that no setup program renames them.
4.  The marker is written last, with the probe's exit status: without it there is no run, whatever lies in the share.
5.  A guest that switches off without the marker, and one that does not end in time, each are a failure of their own.
"""

import shutil
import subprocess
import tempfile
import time
import tomllib
import urllib.request
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from matrix.data.runs import FILES
from matrix.errors import MatrixError, StackError, UsageError
from matrix.platforms.stacks.stack import last_lines, run
from matrix.platforms.stacks.wine import check_hash
from matrix.platforms.targets import Target

FACTS: dict[str, Any] = tomllib.loads((Path(__file__).parent / "guests.toml").read_text("utf-8"))
READY, ENDED = "ready.txt", "ended.txt"  # written by us before the start; by the guest at its end
LOG = "guest.log"
DEVICES = ("/dev/kvm", "/dev/net/tun")
MINUTES = 300  # dockur/windows allows its own installation tests 150, downloads included
GRACE = 180  # seconds between the marker and a guest that is switched off

# How each kind of installer is asked to be silent. Nothing but the interpreter is wanted of the newer ones.
SILENT = {
    ".msi": r'msiexec /i "C:\OEM\setup.msi" /qn /norestart /log "C:\OEM\setup.log" TARGETDIR=C:\python ALLUSERS=1',
    ".exe": r'"C:\OEM\setup.exe" /quiet /norestart /log "C:\OEM\setup.log" TargetDir=C:\python InstallAllUsers=1 '
    "Include_test=0 Include_pip=0 Include_launcher=0 Include_doc=0 Include_tcltk=0 Shortcuts=0",
}

# `>file echo` and never `echo …>file`: a status of 0 or 1 before `>` would name a handle. `start /wait`, because
# an installer is a program with windows.
INSTALL = r"""@echo off
rem Written by bind-matrix: measures this Windows once, hands the run over and switches off.
setlocal
set "SHARE=\\host.lan\Data"
set "TRIES=0"
call :measure >"C:\OEM\{log}" 2>&1
set "STATUS=%ERRORLEVEL%"
:reach
if exist "%SHARE%\{ready}" goto hand
set /a TRIES+=1
if %TRIES% geq 60 goto off
ping -n 6 127.0.0.1 >nul
goto reach
:hand
copy /y "C:\OEM\*.log" "%SHARE%"
md "%SHARE%\run"
copy /y "C:\run\*.*" "%SHARE%\run"
if errorlevel 1 if "%STATUS%"=="0" set "STATUS=1"
>"%SHARE%\{ended}" echo status %STATUS%
:off
shutdown -s -f -t 5
exit /b
:measure
ver
start "" /wait {silent}
echo The installer of Python ended with status %ERRORLEVEL%.
if not exist "C:\python\python.exe" exit /b 1
"C:\python\python.exe" -I "C:\OEM\probe.pyz" --output "C:\run" --target {target}
exit /b %ERRORLEVEL%
"""


def installer_for(target: Target) -> Mapping[str, str]:
    """The pinned installer of this target's Python. Raises MatrixError where there is none, or no hash of it."""
    for installer in FACTS["installer"]:
        if (installer["python"], installer["architecture"]) == (target.python, target.architecture):
            if len(installer["sha256"]) != 64:
                raise MatrixError(f"guests.toml: {installer['url']} has no SHA-256; find out the right one and write it there")
            return dict(installer)
    wanted = " ".join(filter(None, (target.python, target.architecture)))
    raise MatrixError(f"guests.toml: no installer of Python {wanted} for {target.id}; add one with its SHA-256")


def checked_installer(installer: Mapping[str, str], given: Path | None) -> bytes:
    """The installer, from a file or from python.org; checked. Raises StackError."""
    try:
        if given is not None:
            data = given.read_bytes()
        else:
            with urllib.request.urlopen(installer["url"], timeout=300) as answer:
                data = answer.read()
    except OSError as refused:
        raise StackError(f"cannot get {given or installer['url']}: {refused}; name a file that you have by --installer") from refused
    check_hash(installer["url"].rsplit("/", 1)[-1], data, installer["sha256"])
    return data


def install_bat(target: str, kind: str) -> bytes:
    """What the guest does, for an installer of a kind of SILENT."""
    text = INSTALL.format(log=LOG, ready=READY, ended=ENDED, silent=SILENT[kind], target=target)
    return text.replace("\n", "\r\n").encode("ascii")


def fill_oem(folder: Path, target: Target, installer: Mapping[str, str], data: bytes, probe: bytes) -> None:
    """Write what the guest will find in C:\\OEM; `probe` is the archive."""
    kind = Path(installer["url"]).suffix
    folder.mkdir(parents=True)
    (folder / f"setup{kind}").write_bytes(data)
    (folder / "install.bat").write_bytes(install_bat(target.id, kind))
    (folder / "probe.pyz").write_bytes(probe)


def run_words(name: str, version: str, oem: Path, share: Path) -> list[str]:
    """The command that starts the machine, as dockur/windows starts it for its own installation tests."""
    words = ["docker", "run", "--rm", "--name", name, "--stop-timeout", "120"]
    words += [*(word for device in DEVICES for word in ("--device", device)), "--cap-add", "NET_ADMIN"]
    for setting in (f"VERSION={version}", "RAM_SIZE=half", "CPU_CORES=half", "DISK_SIZE=64G"):
        words += ["--env", setting]
    return [*words, "--volume", f"{oem}:/oem:ro", "--volume", f"{share}:/shared", FACTS["image"]]


def status_in(share: Path) -> str:
    """The status that the guest wrote at its end; blank until all of it is there."""
    path = share / ENDED
    text = path.read_text("ascii", "replace") if path.exists() else ""
    return text.strip().removeprefix("status ") if text.endswith("\n") else ""


def wait(machine: subprocess.Popen[bytes], share: Path, seconds: float, pause: float = 5) -> str:
    """The guest's status once it has one. Raises StackError when it ends without it or takes longer than `seconds`."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        ended = machine.poll()  # before the marker is looked for: it may be written in between
        status = status_in(share)
        if status:
            return status
        if ended is not None:
            raise StackError(f"the machine ended (docker's exit status {ended}) and handed nothing over; its last words stand above")
        time.sleep(pause)
    raise StackError(f"the run never ended: no word of the guest after {seconds / 60:g} minutes, stopped; nothing of it is used")


def collect(share: Path, status: str, output: Path) -> None:
    """Take the run out of the share. Raises StackError, with the end of the guest's log, when it is not whole."""
    missing = [name for name in FILES if not (share / "run" / name).is_file()]
    if status != "0" or missing:
        log = last_lines((share / LOG).read_bytes()) if (share / LOG).exists() else "  | (it left no log)"
        ending = f"status {status}" + (f", without {', '.join(missing)}" if missing else "")
        raise StackError(f"the guest ended with {ending}; the end of its log:\n{log}")
    output.mkdir(parents=True, exist_ok=True)
    for name in FILES:
        shutil.copyfile(share / "run" / name, output / name)


def impossible() -> str | None:
    """Why this machine can't run a guest, in a sentence; None where it can. Asked before anything is fetched."""
    absent = [device for device in DEVICES if not Path(device).exists()]
    if shutil.which("docker") is None:
        return "the guest is a container, and docker is not installed; install it first"
    if absent:
        return f"the guest needs {' and '.join(absent)}, which this machine hasn't; use one with KVM, as hosted runners for Linux are"
    return None


def measure(target: Target, probe: bytes, output: Path, *, seconds: float, given: Path | None = None, pause: float = 5) -> None:
    """Install this target's Windows, measure it, and put its run into `output`. Raises MatrixError."""
    if target.reach != "manual":
        raise UsageError(f"{target.id} is not started by hand; `plan --by-hand` shows those that are")
    installer = installer_for(target)
    never = impossible()
    if never:
        raise StackError(never)
    data = checked_installer(installer, given)
    with tempfile.TemporaryDirectory(prefix="bind-matrix-guest-", ignore_cleanup_errors=True) as temporary:
        oem, share = Path(temporary, "oem"), Path(temporary, "share")
        fill_oem(oem, target, installer, data, probe)
        share.mkdir()
        (share / READY).write_text("ready\n", "ascii")
        collect(share, run_machine(target, oem, share, seconds, pause), output)


def run_machine(target: Target, oem: Path, share: Path, seconds: float, pause: float) -> str:
    """Run the machine to its end, whatever comes; the guest's status. Raises StackError."""
    name = f"bind-matrix-{target.id}"
    words: Sequence[str] = run_words(name, target.image, oem, share)
    try:
        machine = subprocess.Popen(words, stdin=subprocess.DEVNULL)
    except OSError as refused:
        raise StackError(f"cannot start docker: {refused.strerror}; install it first") from refused
    try:
        status = wait(machine, share, seconds, pause)
        deadline = time.monotonic() + GRACE
        while machine.poll() is None and time.monotonic() < deadline:  # what it wrote is on our side once it is off
            time.sleep(pause)
        return status
    finally:
        run(["docker", "rm", "--force", "--volumes", name], expect=None)
        machine.kill()
        machine.wait()
