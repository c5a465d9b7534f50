"""probe.pyz, the one file: the same bytes whoever makes it, and the same probe as the folder that it is made of."""

import hashlib
import io
import json
import os
import shutil
import struct
import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from matrix.platforms.stacks import Stack
from matrix.platforms.stacks.stack import run
from matrix.platforms.stacks.wine import Wine, environment, settle, windows_path
from matrix.probe import product
from tests.conftest import CACHE, different, rows

FOLDER = Path(product.__file__).parent
SOME = "tcp ipv4 bound ipv4 same"
FEW = "tcp ipv4 default@wildcard ipv4 default@* same"
VERSIONS = tuple(f"3.{minor}" for minor in range(4, 15))
STATUS_OF_AN_OLD_PYTHON = 3


def interpreter(version: str) -> str:
    """A CPython of this version on this machine, from pyenv or the path; the test is skipped without it."""
    found = sorted((Path.home() / ".pyenv" / "versions").glob(f"{version}.*/bin/python"))
    named = str(found[-1]) if found else shutil.which(f"python{version}")
    if named is None:
        pytest.skip(f"no CPython {version} here")
    return named


def ask(python: str, *words: str | Path, **options: object) -> subprocess.CompletedProcess[str]:
    command = [python, "-I", *map(str, words)]
    return subprocess.run(command, capture_output=True, text=True, timeout=120, check=False, **options)  # type: ignore[call-overload, no-any-return]


def copy_of_the_folder(to: Path) -> Path:
    return Path(shutil.copytree(FOLDER, to, ignore=shutil.ignore_patterns("__pycache__")))


@pytest.fixture(scope="session")
def archive(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The archive alone in an empty folder."""
    path = tmp_path_factory.mktemp("alone") / "probe.pyz"
    path.write_bytes(product.archive())
    return path


@pytest.fixture(scope="session")
def by_the_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Some cases, measured by the folder."""
    output = tmp_path_factory.mktemp("by-the-folder") / "run"
    done = ask(sys.executable, FOLDER, "--output", output, "--only", SOME)
    assert done.returncode == 0, done.stderr
    return output


@pytest.fixture(scope="session")
def few_by_the_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A few cases, measured by the folder."""
    output = tmp_path_factory.mktemp("few-by-the-folder") / "run"
    done = ask(sys.executable, FOLDER, "--output", output, "--only", FEW)
    assert done.returncode == 0, done.stderr
    return output


def hash_in(output: Path) -> str:
    facts = json.loads((output / "host.json").read_text("utf-8"))
    return str(facts["probe"]["sha256"])


# What is in it


def test_every_module_is_a_member_and_nothing_else() -> None:
    """Sorted by name, with LF ends, and otherwise as they are in the folder."""
    found = dict(product.members(str(FOLDER)))
    modules = sorted(path.relative_to(FOLDER).as_posix() for path in FOLDER.rglob("*.py"))
    assert list(found) == modules
    assert {"__main__.py", "accounts/__init__.py", "accounts/windows.py"} < set(modules)
    assert found == {name: (FOLDER / name).read_bytes().replace(b"\r\n", b"\n") for name in modules}


def test_every_field_of_an_entry_is_fixed() -> None:
    """By what `zipfile` reads of it: no clock, no owner, no system, no compression."""
    with zipfile.ZipFile(io.BytesIO(product.archive())) as opened:
        assert opened.comment == b""
        assert opened.testzip() is None
        for entry in opened.infolist():
            assert (entry.date_time, entry.compress_type) == ((1980, 1, 1, 0, 0, 0), zipfile.ZIP_STORED)
            assert (entry.create_system, entry.create_version, entry.extract_version) == (3, 20, 20)
            assert (entry.external_attr, entry.internal_attr, entry.flag_bits) == (0o100644 << 16, 0, 0)
            assert (entry.extra, entry.comment, entry.volume, entry.reserved) == (b"", b"", 0, 0)


def test_the_bytes_are_those_of_the_zip_format_and_no_more() -> None:
    """Written out by hand from PKWARE's description, so that no version of `zipfile` decides anything."""
    local, central, number = b"", b"", 0
    for name, data in product.members(str(FOLDER)):
        common = struct.pack("<5H3I2H", 20, 0, 0, 0, 0x0021, zipfile.crc32(data), len(data), len(data), len(name), 0)  # type: ignore[attr-defined]
        place = len(local)
        local += b"PK\3\4" + common + name.encode("ascii") + data
        central += b"PK\1\2" + struct.pack("<2B", 20, 3) + common
        central += struct.pack("<3H2I", 0, 0, 0, 0o100644 << 16, place) + name.encode("ascii")
        number += 1
    end = b"PK\5\6" + struct.pack("<4H2IH", 0, 0, number, number, len(central), len(local), 0)
    assert product.archive() == local + central + end


@pytest.mark.parametrize(
    "name",
    ["__pycache__/ports.cpython-38.pyc", "__pycache__/ports.py", "ports.py~", "ports.py.orig", ".ports.py.swp", "._ports.py", ".#ports.py",
     "#ports.py#", "ports copy.py", "ports_BASE_1234.py", "notes.txt", ".mypy_cache/ports.py", "accounts/.DS_Store", "accounts/Thumbs.db"],
)  # fmt: skip
def test_files_beside_the_modules_change_nothing(name: str, tmp_path: Path) -> None:
    """Byte code, editors' backups, what Finder, mounts and version control leave."""
    folder = copy_of_the_folder(tmp_path / "probe")
    stray = folder / name
    stray.parent.mkdir(exist_ok=True)
    stray.write_bytes(b"stray")
    assert product.archive_of(str(folder)) == product.archive()


@pytest.mark.skipif(sys.platform == "win32", reason="Windows makes symbolic links only for administrators")
def test_an_editor_s_lock_that_leads_nowhere_changes_nothing(tmp_path: Path) -> None:
    """Emacs marks a file that it has open by such a link."""
    folder = copy_of_the_folder(tmp_path / "probe")
    (folder / ".#ports.py").symlink_to("somebody@somewhere.1234")
    assert product.archive_of(str(folder)) == product.archive()


def test_a_checkout_with_crlf_is_the_same_probe(tmp_path: Path) -> None:
    """Git for Windows may write every text so."""
    folder = copy_of_the_folder(tmp_path / "probe")
    for path in folder.rglob("*.py"):
        path.write_bytes(path.read_bytes().replace(b"\r\n", b"\n").replace(b"\n", b"\r\n"))
    assert product.archive_of(str(folder)) == product.archive()


def test_a_changed_module_is_another_probe(tmp_path: Path) -> None:
    """One character, or one file more."""
    folder = copy_of_the_folder(tmp_path / "probe")
    (folder / "one_more.py").write_bytes(b"")
    more = product.archive_of(str(folder))
    (folder / "one_more.py").unlink()
    (folder / "ports.py").write_bytes((folder / "ports.py").read_bytes() + b"\n")
    assert len({more, product.archive_of(str(folder)), product.archive()}) == 3


# Who makes it


def test_the_command_line_writes_it(tmp_path: Path) -> None:
    """And prints of it what `sha256sum` prints; nothing is measured."""
    path = tmp_path / "probe.pyz"
    done = ask(sys.executable, FOLDER, "--pyz", path)
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    assert (done.returncode, done.stdout, done.stderr) == (0, f"{digest}  {path}\n", "")
    assert path.read_bytes() == product.archive()


def test_the_archive_writes_itself(archive: Path, tmp_path: Path) -> None:
    """Elsewhere, and over the very file that runs."""
    path = Path(shutil.copy(archive, tmp_path / "probe.pyz"))
    for to in (tmp_path / "another.pyz", path):
        assert ask(sys.executable, path, "--pyz", to).returncode == 0
        assert to.read_bytes() == archive.read_bytes()


def test_a_file_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    """With the system's reason."""
    done = ask(sys.executable, FOLDER, "--pyz", tmp_path / "nowhere" / "probe.pyz")
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith("probe: cannot write ")


@pytest.mark.parametrize("version", VERSIONS)
def test_every_cpython_makes_the_same_bytes_and_runs_them(version: str, archive: Path, few_by_the_folder: Path, tmp_path: Path) -> None:
    """Each version that is here makes the file, and the file measures by it what the folder does by ours."""
    python = interpreter(version)
    assert ask(python, FOLDER, "--pyz", tmp_path / "probe.pyz", env=without_byte_code()).returncode == 0
    assert (tmp_path / "probe.pyz").read_bytes() == archive.read_bytes()
    done = ask(python, tmp_path / "probe.pyz", "--output", tmp_path / "run", "--only", FEW)
    assert (done.returncode, done.stderr) == (0, "")
    assert different(tmp_path / "run", few_by_the_folder) == []
    assert hash_in(tmp_path / "run") == hash_in(few_by_the_folder) == hashlib.sha256(archive.read_bytes()).hexdigest()


def without_byte_code() -> dict[str, str]:
    return {**os.environ, "PYTHONDONTWRITEBYTECODE": "1"}


@pytest.mark.long
@pytest.mark.parametrize("name", ["wine", "wine-python3.8"])
def test_under_wine_folder_and_archive_are_this_probe(name: str, need_stack: Callable[[str], Stack], archive: Path, tmp_path: Path) -> None:
    """CPython for Windows makes the same bytes, and both measure the same and name the same hash."""
    wine = need_stack(name)
    assert isinstance(wine, Wine)
    words = ["wine", str(wine.interpreter(CACHE)), "-I", windows_path(FOLDER), "--pyz", windows_path(tmp_path / "probe.pyz")]
    try:
        run(words, env=environment(CACHE))
    finally:
        settle(CACHE)
    assert (tmp_path / "probe.pyz").read_bytes() == archive.read_bytes()
    folder, file = tmp_path / "folder", tmp_path / "file"
    wine.measure(CACHE, FOLDER, folder, ["--only", FEW])
    wine.measure(CACHE, tmp_path / "probe.pyz", file, ["--only", FEW])
    assert different(folder, file) == []
    assert hash_in(folder) == hash_in(file) == hashlib.sha256(archive.read_bytes()).hexdigest()


# Where it runs


def test_the_archive_alone_measures_what_the_folder_does(archive: Path, by_the_folder: Path, tmp_path: Path) -> None:
    """Copied to an empty folder and started there by its bare name; both name the same hash."""
    shutil.copy(archive, tmp_path / "probe.pyz")
    done = ask(sys.executable, "probe.pyz", "--output", "run", "--only", SOME, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert different(tmp_path / "run", by_the_folder) == []
    assert hash_in(tmp_path / "run") == hash_in(by_the_folder) == hashlib.sha256(archive.read_bytes()).hexdigest()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["probe.pyz", "run"]


@pytest.mark.long
def test_a_whole_run_of_the_archive_is_one_of_the_folder(measured: Path, archive: Path, tmp_path: Path) -> None:
    """Every account, every destination, every fact."""
    done = ask(sys.executable, archive, "--output", tmp_path / "run", "--target", "this-machine")
    assert done.returncode == 0, done.stderr
    assert different(tmp_path / "run", measured) == []
    assert hash_in(tmp_path / "run") == hash_in(measured)


def elsewhere(tmp_path: Path, name: str) -> tuple[Path, Path | str]:
    """(working directory, what Python is given) of a way to start the folder."""
    if name == "relative":
        return copy_of_the_folder(tmp_path / "a" / "probe").parent, f".{os.sep}probe"
    if name == "from inside":
        return copy_of_the_folder(tmp_path / "probe"), os.curdir
    if name == "by its parent":
        copy_of_the_folder(tmp_path / "probe")
        (tmp_path / "b").mkdir()
        return tmp_path / "b", f"..{os.sep}probe"
    if name == "with a slash":
        return tmp_path, str(copy_of_the_folder(tmp_path / "probe")) + os.sep
    if name == "symbolic link":
        (tmp_path / "link").symlink_to(copy_of_the_folder(tmp_path / "c" / "probe"))
        return tmp_path, tmp_path / "link"
    if name == "read-only":
        folder = copy_of_the_folder(tmp_path / "probe")
        for path in (*folder.rglob("*"), folder):
            path.chmod(path.stat().st_mode & 0o555)
        return tmp_path, folder
    return tmp_path, copy_of_the_folder(tmp_path / name / "probe")


@pytest.mark.skipif(sys.platform == "win32", reason="Windows makes symbolic links only for administrators")
@pytest.mark.parametrize(
    "name",
    ["relative", "from inside", "by its parent", "with a slash", "symbolic link", "read-only", "two words", "Größe 大 ñ", "100%", "a'b\"c", "-I"],
)  # fmt: skip
def test_the_folder_runs_wherever_it_lies(name: str, tmp_path: Path) -> None:
    """Helpers and all: they are started by the path that the folder really has."""
    directory, given = elsewhere(tmp_path, name)
    done = ask(sys.executable, given, "--output", tmp_path / "run", "--only", FEW, cwd=directory)
    assert done.returncode == 0, done.stderr
    assert {row["outcome"] for row in rows(tmp_path / "run")} <= {"SUCCESS", "INUSE", "first", "second", "split", "silent"}
    assert hash_in(tmp_path / "run") == product.sha256()


@pytest.mark.skipif(sys.platform == "win32", reason="Windows makes symbolic links only for administrators")
@pytest.mark.parametrize("name", ["two words", "Größe 大 ñ", "symbolic link"])
def test_the_archive_runs_wherever_it_lies(name: str, archive: Path, tmp_path: Path) -> None:
    """With helpers, under whatever name."""
    (tmp_path / name).mkdir()
    path = tmp_path / name / "of another name"
    if name == "symbolic link":
        path.symlink_to(archive)
    else:
        shutil.copy(archive, path)
    done = ask(sys.executable, path, "--output", tmp_path / "run", "--only", FEW)
    assert done.returncode == 0, done.stderr
    assert hash_in(tmp_path / "run") == product.sha256()


@pytest.mark.skipif(sys.platform == "win32", reason="sets the locale by an environment variable")
def test_a_path_that_the_locale_has_no_letters_for_is_no_obstacle(tmp_path: Path) -> None:
    """The C locale, where old Pythons read such a name by surrogates."""
    folder = copy_of_the_folder(tmp_path / "größe" / "probe")
    done = ask(sys.executable, folder, "--output", tmp_path / "run", "--only", FEW, env={"LC_ALL": "C", "PATH": os.environ["PATH"]})
    assert done.returncode == 0, done.stderr


def test_its_modules_never_take_the_place_of_the_library_s(tmp_path: Path) -> None:
    """Python puts the folder first on sys.path; the probe takes it away before it imports anything that imports more."""
    folder = copy_of_the_folder(tmp_path / "probe")
    for name in ("argparse", "json", "subprocess", "csv", "hashlib"):
        (folder / f"{name}.py").write_text("raise SystemExit('not the library')\n", "ascii")
    done = ask(sys.executable, folder, "--output", tmp_path / "run", "--only", FEW)
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize("form", ["folder", "archive"])
def test_python_2_is_turned_away(form: str, archive: Path) -> None:
    """With the status that the documents name, one line and no traceback."""
    found = sorted((Path.home() / ".pyenv" / "versions").glob("2.7.*/bin/python"))
    if not found:
        pytest.skip("no Python 2.7 here")
    words = [str(found[-1]), str(FOLDER if form == "folder" else archive)]
    done = subprocess.run(words, capture_output=True, text=True, timeout=60, check=False, env=without_byte_code())
    assert (done.returncode, done.stdout) == (STATUS_OF_AN_OLD_PYTHON, "")
    assert done.stderr == f"probe: needs Python 3.4 or newer, this is {found[-1].parent.parent.name}\n"
