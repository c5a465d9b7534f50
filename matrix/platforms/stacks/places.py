"""Where the programs of a stack come from: this machine's own suite of Debian, or another suite.

A stack of another suite lies in a folder of the cache that is named like the stack: a small root, made by mmdebstrap, or a
package unpacked by dpkg where its programs need nothing else. A container image of that suite is the same thing elsewhere: where
the machine is of the suite that is asked for, the machine itself is the place, and nothing is made.

Rules:
1.  The mirror is the one from which the machine's own apt takes Debian; none is written down.
2.  A root is whole or not there: it is made under another name and gets its own at the end.
3.  Nothing is mounted in a root but for one command, in a mount namespace of its own, so that it can always be removed.
4.  A folder that is shared with a root has the same path inside, so that no path in a command needs to be translated.
5.  A root is never brought up to date. Removed and made again, it may hold a newer version: that is another target.
6.  What apt refuses as too old is taken: a mirror's copy of a suite that moves, or has ended, may be older than it promises
    (Valid-Until of its Release file). It is signed all the same, and an old version is what is wanted here.
"""

import os
import platform
import shlex
import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path

from matrix.errors import StackError
from matrix.platforms.stacks.stack import PYTHON, apt_install, as_root, run

KEYRING = "/usr/share/keyrings/debian-archive-keyring.gpg"
PROGRAMS = ("usr/local/bin", "usr/sbin", "usr/bin", "sbin", "bin")  # below a root
ANY_AGE = ('Acquire::Check-Valid-Until "false"', 'APT::Install-Recommends "false"')
NOT_NEEDED = ("/usr/share/doc/*", "/usr/share/man/*", "/usr/share/locale/*")
MINUTES = 30  # for a root: half a gigabyte by a slow mirror
# The temporary folder of whoever calls need not exist in a root.
OUTSIDE_ONLY = ("TMPDIR", "TMP", "TEMP")

# Its arguments: the root, the folders that are shared with it, a --, the command.
ENTER = """
set -e
root=$1
shift
mount --rbind /dev "$root/dev"
mount --rbind /sys "$root/sys"
mount -t proc proc "$root/proc"
while [ "$1" != -- ]; do
    mkdir -p "$root$1"
    mount --bind "$1" "$root$1"
    shift
done
shift
exec chroot "$root" "$@"
"""


class Machine:
    """This machine, as it is."""

    python = PYTHON
    is_here = True  # whether a command sees the caller's files and environment

    def missing(self, cache: Path, programs: Sequence[str]) -> list[str]:
        """Those that are not installed."""
        path = os.pathsep.join(f"/{each}" for each in PROGRAMS)
        return [name for name in programs if shutil.which(name) is None and shutil.which(name, path=path) is None]

    def install(self, cache: Path, packages: Sequence[str]) -> None:
        """Install Debian's packages. Raises StackError."""
        apt_install(packages)

    def remove(self, cache: Path) -> None:
        """The machine's own packages stay."""

    def inside(
        self, cache: Path, command: Sequence[str | Path], *, shared: Sequence[Path] = (), settings: Mapping[str, str] | None = None
    ) -> list[str]:
        """The command, with `settings` in its environment."""
        return with_settings(command, settings or {})

    def file(self, cache: Path, *paths: str) -> str | None:
        """The first of these paths that exists."""
        return next((path for path in paths if os.path.lexists(path)), None)


class Root(Machine):
    """A small root of another suite, for one stack."""

    python = "/usr/bin/python3"
    is_here = False

    def __init__(self, name: str, suite: str) -> None:
        self.name, self.suite = name, suite

    def folder(self, cache: Path) -> Path:
        """Where the root lies, or would lie."""
        return cache / self.name

    def missing(self, cache: Path, programs: Sequence[str]) -> list[str]:
        """Those that are not in the root."""
        return [name for name in programs if self.file(cache, *(f"/{each}/{name}" for each in PROGRAMS)) is None]

    def install(self, cache: Path, packages: Sequence[str]) -> None:
        """Make the root with these packages and a Python. Raises StackError."""
        make_root(self.suite, ["python3", *packages], self.folder(cache))

    def remove(self, cache: Path) -> None:
        """Remove the root. Raises StackError."""
        if self.folder(cache).exists():
            run(as_root(["rm", "-rf", "--one-file-system", str(self.folder(cache))]))

    def inside(
        self, cache: Path, command: Sequence[str | Path], *, shared: Sequence[Path] = (), settings: Mapping[str, str] | None = None
    ) -> list[str]:
        """The command in the root, by root, with /dev, /proc, /sys and the shared folders. Raises StackError."""
        words = ["env", *(word for name in OUTSIDE_ONLY for word in ("-u", name)), *with_settings(command, settings or {})]
        folders = [str(each.resolve()) for each in shared]
        return as_root(["unshare", "--mount", "sh", "-c", ENTER, "sh", str(self.folder(cache)), *folders, "--", *words])

    def file(self, cache: Path, *paths: str) -> str | None:
        """The first of these paths that exists in the root; links in it may lead anywhere."""
        return next((path for path in paths if os.path.lexists(self.folder(cache) / path.lstrip("/"))), None)


def place(name: str, suite: str) -> Machine:
    """Where the stack of this name is, whose programs are to be those of `suite`; blank for the machine's own."""
    return Root(name, suite) if suite and suite != own_suite() else Machine()


def own_suite() -> str:
    """The machine's own suite of Debian, as `bookworm`; blank where it has none."""
    try:
        release = platform.freedesktop_os_release()
    except OSError:
        return ""
    return release.get("VERSION_CODENAME", "") if release.get("ID") == "debian" else ""


def with_settings(command: Sequence[str | Path], settings: Mapping[str, str]) -> list[str]:
    """The command under `env`, which takes the settings along wherever the command goes: sudo and chroot do not."""
    words = [str(word) for word in command]
    return ["env", *(f"{name}={value}" for name, value in settings.items()), *words] if settings else words


def make_root(suite: str, packages: Sequence[str], folder: Path) -> None:
    """Make a small root with the packages and what they depend on. Raises StackError."""
    if shutil.which("mmdebstrap") is None:
        apt_install(["mmdebstrap"])
    source = f"deb {mirror()} {suite} main"
    part = folder.with_name(folder.name + ".part")
    run(as_root(["rm", "-rf", "--one-file-system", str(part), str(folder)]))
    words = ["mmdebstrap", "--quiet", "--mode=root", "--variant=apt", f"--include={','.join(packages)}"]
    words += [f"--aptopt={each}" for each in ANY_AGE] + [f"--dpkgopt=path-exclude={each}" for each in NOT_NEEDED]
    run(as_root([*words, suite, str(part), source]), timeout=60 * MINUTES, env={**os.environ, "DEBIAN_FRONTEND": "noninteractive"})
    run(as_root(["mv", str(part), str(folder)]))


def unpack(suite: str, package: str, folder: Path) -> None:
    """Download one package of a suite with lists of our own, so that the system's stay as they are; unpack it. Raises StackError."""
    apt = folder.with_name(folder.name + ".part")
    shutil.rmtree(apt, ignore_errors=True)
    for each in ("lists/partial", "cache/archives/partial"):
        (apt / each).mkdir(parents=True)
    sources = apt / "debian.sources"
    sources.write_text(f"Types: deb\nURIs: {mirror()}\nSuites: {suite}\nComponents: main\nSigned-By: {KEYRING}\n", "utf-8")
    own = [
        "-o", f"Dir::Etc::sourcelist={sources}", "-o", "Dir::Etc::sourceparts=/dev/null", "-o", "Acquire::Check-Valid-Until=false",
        "-o", f"Dir::State::Lists={apt / 'lists'}", "-o", f"Dir::Cache={apt / 'cache'}",
    ]  # fmt: skip
    run(["apt-get", *own, "-qq", "update"])
    run(["apt-get", *own, "-qq", "download", package], cwd=apt)
    packages = sorted(apt.glob(f"{package}_*.deb"))
    if not packages:
        raise StackError(f"apt-get downloaded no package {package} of {suite}; try again, or make a root of that suite by hand")
    run(["dpkg", "-x", packages[-1], apt / "unpacked"])
    shutil.rmtree(folder, ignore_errors=True)
    (apt / "unpacked").replace(folder)
    shutil.rmtree(apt)


def mirror() -> str:
    """The mirror of Debian that the machine's own apt uses. Raises StackError."""
    return debian_among(run(["apt-get", "indextargets", "--format", "$(REPO_URI)"]))


def debian_among(mirrors: str) -> str:
    """The first plain Debian mirror of several. Raises StackError where there is none."""
    for each in sorted(set(mirrors.split())):
        if each.rstrip("/").endswith("/debian"):
            return each
    raise StackError(
        "this machine's apt knows no mirror of Debian, whose address ends in /debian; "
        f"run this in an image of Debian, as {shlex.quote('docker run --privileged')} does for the weekly matrix"
    )
