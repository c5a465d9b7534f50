"""Linux as a user's program: Debian's user-mode Linux, booted on the files of the place where its programs are.

Facts that shape this module (user-mode-linux 5.10, 6.1, 6.12, 7.2):

- hostfs gives the guest the files of the machine, or of the root that it is started in, and what it writes lands there.
- It keeps its memory in a file of the folder that TMPDIR, TMP or TEMP names, else of /dev/shm if that is a tmpfs, else of /tmp,
  and maps it executable (choose_tempdir and check_tmpexec in arch/um/os-Linux/mem.c). Docker mounts /dev/shm noexec, with 64 MB,
  also with --privileged. A guest whose memory finds no room there is ended by SIGBUS in the middle of a run.
- IPv6 is a module. Without it every AF_INET6 socket is slow to fail, so it is loaded before the
  loopback interface comes up; modprobe wants a tree of its own, since the modules lie elsewhere.
- Linux brings no IPv6 group's datagram back over its loopback interface, so there is a dummy one, which leads nowhere.
- A queue of 1000 packets (net.core.netdev_max_backlog) lies before the loopback interface. The probe sends more than
  that at once, and a slow guest drops some of them (second column of /proc/net/softnet_stat), so it gets a longer one.
- An init that returns is a kernel panic, so it ends with reboot(2), RB_POWER_OFF. Not every system
  has a `halt`.
- Until it has a /proc of its own it sees the machine's, through hostfs, and would set the machine's queue: it goes no further then.
- The guest's exit status is not the probe's: it is written to a file.
- Linux before 6.13 has room for 2696 bytes of a guest process's vector registers (HOST_FP_SIZE in its
  arch/x86/um/user-offsets.c). Where the host keeps more, as it does for a processor with AMX, PTRACE_GETREGSET cuts
  them off without a word, PTRACE_SETREGSET refuses the part with EFAULT, and the first process of the guest dies
  (put_fp_registers in arch/x86/um/os-Linux/registers.c). If already the first PTRACE_GETREGSET fails, that kernel makes
  do with the 512 bytes of FXSAVE (arch_init_registers, same file). So there it is started under a seccomp filter, which
  gives these two requests the answer of a host without XSAVE.
- Linux 6.13 and later asks the host for the size (since "um: switch to regset API and depend on XSTATE") and counts on
  the answer: it is started without the filter.
- FXSAVE leaves out the upper halves of the AVX registers, and a guest process loses them at every page fault: a signal
  tells the guest kernel of it (stub_segv_handler in arch/x86/um/stub_segv.c), the host clears the registers to deliver
  it, and there is no return from it that would bring them back. A memcpy by AVX into a fresh page writes zeros; Python
  does not even start. So under the filter the guest's C library and OpenSSL are made to leave AVX alone. The kernel's
  command line tells them: what the kernel does not know itself goes into the environment of its first process, and so
  into that of all others.
"""

import mmap
import os
import re
import shlex
import struct
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path, PurePath

from matrix.errors import StackError
from matrix.platforms.stacks.places import OUTSIDE_ONLY, Machine, place
from matrix.platforms.stacks.stack import FACTS, MINUTES, PYTHON, Stack, last_lines, run, version_in

KERNEL = "linux.uml"
MEMORY = 512  # MB of the guest
POWER_OFF = "import ctypes; ctypes.CDLL(None).reboot(0x4321fedc)"
NEEDED = (KERNEL, "modprobe", "ip", "mount")

ROOM = 2696
SIZES_ITSELF = (6, 13)
# A program that prints how many bytes of vector registers the host has for a traced process, asked as the guest kernel asks.
ASK_HOST = """
import ctypes, os, signal
ptrace = ctypes.CDLL(None).ptrace
ptrace.argtypes = [ctypes.c_long, ctypes.c_long, ctypes.c_void_p, ctypes.c_void_p]
ptrace.restype = ctypes.c_long
child = os.fork()
if not child:
    ptrace(0, 0, None, None)  # PTRACE_TRACEME
    os.kill(os.getpid(), signal.SIGSTOP)
    os._exit(0)
os.waitpid(child, os.WUNTRACED)
room = ctypes.create_string_buffer(1 << 20)
vector = (ctypes.c_size_t * 2)(ctypes.addressof(room), len(room))
refused = ptrace(0x4204, child, 0x202, ctypes.addressof(vector))  # PTRACE_GETREGSET, NT_X86_XSTATE
os.kill(child, signal.SIGKILL)
print(0 if refused else vector[1])
"""
# A program that becomes the one in its arguments, under the seccomp filter in its first one.
UNDER_FILTER = """
import ctypes, os, struct, sys
libc = ctypes.CDLL(None, use_errno=True)
code = bytes.fromhex(sys.argv[1])
kept = ctypes.create_string_buffer(code, len(code))
program = ctypes.create_string_buffer(struct.pack("HP", len(code) // 8, ctypes.addressof(kept)))
none = ctypes.c_ulong(0)
if libc.prctl(38, ctypes.c_ulong(1), none, none, none) or libc.prctl(22, ctypes.c_ulong(2), program):  # NO_NEW_PRIVS, SECCOMP
    sys.exit("no seccomp filter: " + os.strerror(ctypes.get_errno()))
os.execvp(sys.argv[2], sys.argv[2:])
"""
# For the C library: its names up to glibc 2.32 and those since 2.33. Either ignores the names that it does not know.
AVX = (
    "AVX_Fast_Unaligned_Load", "AVX_Usable", "AVX2_Usable", "AVX512F_Usable", "AVX512DQ_Usable",
    "AVX", "AVX2", "AVX512F", "AVX512VL", "AVX512BW", "AVX512DQ",
)  # fmt: skip
# And for OpenSSL: AVX is bit 60 of its first word, AVX2 and all that came later stand in the second.
WITHOUT_AVX = (
    "GLIBC_TUNABLES=glibc.cpu.hwcaps=" + ",".join(f"-{name}" for name in AVX),
    f"OPENSSL_ia32cap=~{1 << 60:#x}:0",
)


class UserModeLinux(Stack):
    """A Linux kernel that is an ordinary process; of a suite of Debian, blank for the machine's own."""

    system = "user-mode-linux"

    def __init__(self, suite: str = "") -> None:
        self.suite = suite
        self.name = f"uml-{suite}" if suite else "uml"

    @property
    def place(self) -> Machine:
        """Where its programs are."""
        return place(self.name, self.suite)

    def missing(self, cache: Path) -> str | None:
        """Which of its programs the place lacks, or what its memory does."""
        if self.impossible():
            return self.impossible()
        absent = self.place.missing(cache, NEEDED)
        return f"{' and '.join(absent)} not installed" if absent else no_memory(memory_folder(os.environ if self.place.is_here else {}))

    def install(self, cache: Path) -> None:
        """Install Debian's packages there. Raises StackError."""
        if self.place.missing(cache, NEEDED):
            self.place.install(cache, FACTS["uml"]["packages"])

    def remove(self, cache: Path) -> None:
        """Remove the root. Raises StackError."""
        self.place.remove(cache)

    def target(self, cache: Path) -> str:
        """`uml-` and the guest kernel's version. Raises StackError."""
        return f"uml-{self.version(cache)}"

    def version(self, cache: Path) -> str:
        """The guest kernel's version. Raises StackError."""
        return version_in(run(self.place.inside(cache, [KERNEL, "--version"])), KERNEL)

    def measure(self, cache: Path, probe: Path, output: Path, arguments: Sequence[str]) -> str:
        """Boot, probe, power off. Raises StackError with the end of the guest's console."""
        here, version = self.place, self.version(cache)
        output.mkdir(parents=True, exist_ok=True)
        words = [here.python, "-I", str(probe.resolve()), "--output", str(output.resolve()), "--target", f"uml-{version}", *arguments]
        with tempfile.TemporaryDirectory(prefix="bind-matrix-uml-") as folder:
            work = Path(folder)
            init = work / "init.sh"
            init.write_text(init_script(words, work, here.python), "utf-8")
            init.chmod(0o755)
            boot = start(boot_command(init, work), version, here.python)
            shared = (work, output, probe if probe.is_dir() else probe.parent)
            console = run(here.inside(cache, boot, shared=shared), timeout=60 * MINUTES, expect=None)
            try:
                printed = (work / "printed").read_bytes()
                status = (work / "status").read_text("ascii").strip()
            except OSError:
                raise StackError(f"user-mode Linux did not get as far as the probe.\n{last_lines(console.encode())}") from None
        if status != "0":
            raise StackError(f"the probe ended with status {status} in user-mode Linux.\n{last_lines(printed)}")
        return printed.decode("utf-8", "replace")


def memory_folder(settings: Mapping[str, str]) -> Path:
    """The folder in which a guest keeps its memory, when it is started with these settings in its environment."""
    named = next((settings[name] for name in OUTSIDE_ONLY if settings.get(name)), None)
    return Path(named or ("/dev/shm" if os.path.ismount("/dev/shm") else "/tmp"))


def no_memory(folder: Path) -> str | None:
    """Why a guest can't keep its memory in that folder, in a sentence; None where it can. It is asked as the guest asks."""
    in_docker = "in Docker start the container with --tmpfs /dev/shm:rw,nosuid,nodev,exec,size=1g, elsewhere name another folder by TMPDIR"
    try:
        with tempfile.TemporaryFile(dir=folder) as file:
            file.truncate(mmap.PAGESIZE)
            mmap.mmap(file.fileno(), mmap.PAGESIZE, prot=mmap.PROT_READ | mmap.PROT_WRITE | mmap.PROT_EXEC).close()
            room = os.statvfs(file.fileno())
    except PermissionError:
        return f"{folder} is mounted noexec, and user-mode Linux keeps its memory there; {in_docker}"
    except OSError as refused:
        return f"user-mode Linux would keep its memory in {folder}: {refused.strerror}; name another folder by TMPDIR"
    free = room.f_bavail * room.f_frsize >> 20
    return None if free >= MEMORY else f"{folder} has room for {free} MB, and user-mode Linux keeps {MEMORY} MB there; {in_docker}"


def start(boot: Sequence[str], version: str, python: str) -> list[str]:
    """The command that boots a guest of that version on this host, whatever its processor. Raises StackError."""
    return without_xsave(boot, python) if too_wide(version, int(run([PYTHON, "-I", "-c", ASK_HOST]))) else list(boot)


def too_wide(kernel: str, size: int) -> bool:
    """Whether a guest kernel of that version has no room for so many bytes of vector registers."""
    major, minor = (int(number) for number in re.findall(r"\d+", kernel)[:2])
    return (major, minor) < SIZES_ITSELF and size > ROOM


def without_xsave(boot: Sequence[str], python: str = PYTHON) -> list[str]:
    """The command under the filter, with a guest that leaves alone what is no longer kept for it."""
    return [python, "-I", "-c", UNDER_FILTER, xsave_filter().hex(), *boot, *WITHOUT_AVX]


def xsave_filter() -> bytes:
    """A seccomp filter, for classic BPF: PTRACE_GETREGSET and PTRACE_SETREGSET of NT_X86_XSTATE are refused with ENODEV.

    It compares the lower halves of 64-bit arguments, which is where all of these numbers lie.
    """
    load, equal, answer = 0x20, 0x15, 0x06  # BPF_LD|BPF_W|BPF_ABS, BPF_JMP|BPF_JEQ|BPF_K, BPF_RET|BPF_K
    allow, refuse = 0x7FFF0000, 0x00050000 | 19  # SECCOMP_RET_ALLOW, SECCOMP_RET_ERRNO | ENODEV
    program = [
        (load, 0, 0, 4),  # the architecture of the system call
        (equal, 0, 8, 0xC000003E),  # AUDIT_ARCH_X86_64
        (load, 0, 0, 0),  # its number
        (equal, 0, 6, 101),  # ptrace
        (load, 0, 0, 16),  # its first argument
        (equal, 1, 0, 0x4204),  # PTRACE_GETREGSET
        (equal, 0, 3, 0x4205),  # PTRACE_SETREGSET
        (load, 0, 0, 32),  # its third argument
        (equal, 0, 1, 0x202),  # NT_X86_XSTATE
        (answer, 0, 0, refuse),
        (answer, 0, 0, allow),
    ]
    return b"".join(struct.pack("=HBBI", *step) for step in program)


def boot_command(init: PurePath, work: PurePath) -> list[str]:
    """How to boot the guest on the files that it is started among, with its console on our pipe and its state in `work`."""
    return [
        KERNEL, "root=/dev/root", "rootfstype=hostfs", "rootflags=/", "rw", f"mem={MEMORY}M",
        "con=null", "con0=fd:0,fd:1", f"uml_dir={work}/", f"init={init}",
    ]  # fmt: skip


def init_script(command: Sequence[str], work: PurePath, python: str = PYTHON) -> str:
    """The guest's first process: loopback with IPv6 and a long queue, an interface for groups, the probe, its status, power off."""
    here, power_off = shlex.quote(str(work)), shlex.join([python, "-I", "-c", POWER_OFF])
    return f"""#!/bin/sh
PATH=/usr/sbin:/sbin:/usr/bin:/bin
export PATH
mount -t proc proc /proc || exec {power_off}
mkdir -p {here}/lib/modules
ln -s "/usr/lib/uml/modules/$(uname -r)" "{here}/lib/modules/$(uname -r)"
modprobe -d {here} -a ipv6 dummy
echo 10000 >/proc/sys/net/core/netdev_max_backlog
ip link set lo up
ip link add dummy0 type dummy
echo 0 >/proc/sys/net/ipv6/conf/dummy0/accept_dad
ip link set dummy0 up
{shlex.join(command)} </dev/null >{here}/printed 2>&1
echo $? >{here}/status
sync
exec {power_off}
"""
