"""Linux as a user's program: Debian's user-mode Linux, booted on the machine's own file system.

Facts that shape this module (user-mode-linux 6.1um4):

- hostfs gives the guest the machine's files, and what it writes lands there.
- IPv6 is a module. Without it every AF_INET6 socket is slow to fail, so it is loaded before the
  loopback interface comes up; modprobe wants a tree of its own, since the modules lie elsewhere.
- Linux brings no IPv6 group's datagram back over its loopback interface, so there is a dummy one, which leads nowhere.
- An init that returns is a kernel panic, so it ends with reboot(2), RB_POWER_OFF. Not every system
  has a `halt`.
- The guest's exit status is not the probe's: it is written to a file.
"""

import shlex
import shutil
import tempfile
from collections.abc import Sequence
from pathlib import Path, PurePath

from matrix.errors import StackError
from matrix.stacks.stack import FACTS, PYTHON, Stack, apt_install, last_lines, run, version_in

KERNEL = "linux.uml"
POWER_OFF = "import ctypes; ctypes.CDLL(None).reboot(0x4321fedc)"
NEEDED = (KERNEL, "modprobe", "ip")


class UserModeLinux(Stack):
    """A Linux kernel that is an ordinary process."""

    def missing(self, cache: Path) -> str | None:
        """Which of its programs this machine lacks."""
        if self.impossible():
            return self.impossible()
        path = "/usr/sbin:/sbin:/usr/bin:/bin"
        absent = [name for name in NEEDED if shutil.which(name) is None and shutil.which(name, path=path) is None]
        return f"{' and '.join(absent)} not installed" if absent else None

    def install(self, cache: Path) -> None:
        """Install Debian's packages. Raises StackError."""
        if self.missing(cache):
            apt_install(FACTS["uml"]["packages"])

    def target(self, cache: Path) -> str:
        """`uml-` and the guest kernel's version. Raises StackError."""
        return f"uml-{version_in(run([KERNEL, '--version']), KERNEL)}"

    def measure(self, cache: Path, probe: Path, output: Path, arguments: Sequence[str]) -> str:
        """Boot, probe, power off. Raises StackError with the end of the guest's console."""
        output.mkdir(parents=True, exist_ok=True)
        command = [PYTHON, "-I", str(probe.resolve()), "--output", str(output.resolve()), "--target", self.target(cache), *arguments]
        with tempfile.TemporaryDirectory(prefix="bind-matrix-uml-") as folder:
            work = Path(folder)
            init = work / "init.sh"
            init.write_text(init_script(command, work), "utf-8")
            init.chmod(0o755)
            console = run(boot_command(init, work), timeout=600, expect=None)
            try:
                printed = (work / "printed").read_bytes()
                status = (work / "status").read_text("ascii").strip()
            except OSError:
                raise StackError(f"user-mode Linux did not get as far as the probe.\n{last_lines(console.encode())}") from None
        if status != "0":
            raise StackError(f"the probe ended with status {status} in user-mode Linux.\n{last_lines(printed)}")
        return printed.decode("utf-8", "replace")


def boot_command(init: PurePath, work: PurePath) -> list[str]:
    """How to boot the guest on this machine's files, with its console on our pipe and its state in `work`."""
    return [
        KERNEL, "root=/dev/root", "rootfstype=hostfs", "rootflags=/", "rw", "mem=512M",
        "con=null", "con0=fd:0,fd:1", f"uml_dir={work}/", f"init={init}",
    ]  # fmt: skip


def init_script(command: Sequence[str], work: PurePath) -> str:
    """The guest's first process: loopback with IPv6, an interface for groups, the probe, its status, power off."""
    here = shlex.quote(str(work))
    return f"""#!/bin/sh
PATH=/usr/sbin:/sbin:/usr/bin:/bin
export PATH
mount -t proc proc /proc
mkdir -p {here}/lib/modules
ln -s "/usr/lib/uml/modules/$(uname -r)" "{here}/lib/modules/$(uname -r)"
modprobe -d {here} -a ipv6 dummy
ip link set lo up
ip link add dummy0 type dummy
echo 0 >/proc/sys/net/ipv6/conf/dummy0/accept_dad
ip link set dummy0 up
{shlex.join(command)} </dev/null >{here}/printed 2>&1
echo $? >{here}/status
sync
exec {shlex.join([PYTHON, "-I", "-c", POWER_OFF])}
"""
